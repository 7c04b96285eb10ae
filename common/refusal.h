/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file refusal.h
 * Why plugins aren't in force: said when they refuse to load or start, and kept
 * while their code is gone.
 */

#ifndef REFUSAL_H_
#define REFUSAL_H_

#include <library.h>

typedef struct refusal_t refusal_t;

/**
 * Note that a plugin isn't loaded, until all of them are.
 *
 * @param plugin	name of the plugin
 * @param reason	what is wrong, with the option to change; lines
 */
void refusal_note(const char *plugin, const char *reason);

/**
 * Take the reason of a plugin that isn't loaded.
 *
 * @param plugin	gets its name, to be freed
 * @param reason	gets the reason, to be freed
 * @return			FALSE if there is none left
 */
bool refusal_take(char **plugin, char **reason);

/**
 * Begin to listen to what a plugin logs.
 *
 * @param plugin	its name, with which its lines start
 */
refusal_t *refusal_listen(const char *plugin);

/**
 * End that.
 *
 * @param failed	whether the plugin isn't loaded, for what it has logged
 *					about that, or has logged last
 */
void refusal_end(refusal_t *refusal, bool failed);

#endif /** REFUSAL_H_ */
