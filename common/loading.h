/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file loading.h
 * Which plugins charon loads.
 */

#ifndef LOADING_H_
#define LOADING_H_

#include <library.h>

/**
 * Does a daemon load a plugin, if it is there? With load_modular by the
 * plugin's section, which may be that of a critical one ("NAME!"), and by the
 * list that is in the option load else. A number is a priority, and 0 none.
 *
 * @param settings	what is in strongswan.conf
 * @param daemon	name of the daemon, as "charon", "" if the sections of
 *					plugins aren't in any
 * @param plugin	name of the plugin
 */
bool loading_wants(settings_t *settings, const char *daemon,
				   const char *plugin);

#endif /** LOADING_H_ */
