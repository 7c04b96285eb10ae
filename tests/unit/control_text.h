/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_text.h
 * Stands in for the plugin control: what plugins write becomes text, as
 * "key=value list: 'item' ; section { key=value } ", and " ; " ends messages.
 */

#ifndef CONTROL_TEXT_H_
#define CONTROL_TEXT_H_

#include <offer.h>

/**
 * Attach to the registry in place of control; to be detached from it.
 */
void control_text_attach();

/**
 * Attach, and offer something.
 *
 * @param plugin	name of the plugin
 * @param offer		what it offers
 * @param store		its settings, or NULL
 * @param data		passed to functions of the offer
 */
void control_text_offer(const char *plugin, const offer_t *offer,
						options_store_t *store, void *data);

/**
 * Undo control_text_offer().
 */
void control_text_withdraw();

/**
 * Write the status of a plugin.
 *
 * @return			text, valid until the next call of a function; NULL if the
 *					plugin offers none
 */
const char *control_text_status(const char *plugin);

/**
 * Write the counters of a plugin, as control_text_status().
 */
const char *control_text_stats(const char *plugin);

/**
 * Run a command without arguments, which has to succeed.
 *
 * @return			text, valid until the next call of a function; NULL if no
 *					plugin offers the command
 */
const char *control_text_run(const char *command);

/**
 * Get the events since the last call of a function.
 *
 * @return			text, each event ends with " ; "
 */
const char *control_text_events();

#endif /** CONTROL_TEXT_H_ */
