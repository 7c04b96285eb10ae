/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_resolver.h
 * Does to the machine's resolver what a record says, and undoes it.
 *
 * These block on programs and D-Bus: not for bus hooks. They return NULL, or
 * why they failed, in a string that is valid until the next call of the same
 * thread.
 */

#ifndef UNITY_EXT_RESOLVER_H_
#define UNITY_EXT_RESOLVER_H_

#include "unity_ext_record.h"

#include <collections/linked_list.h>

/**
 * Is a program called resolvconf systemd's resolvectl? That takes names of
 * interfaces only, and one set of servers for each.
 *
 * @param program	path of the program
 */
bool unity_ext_resolver_is_resolvectl(const char *program);

/**
 * Does systemd-resolved do what a record says?
 *
 * @param record	record
 */
bool unity_ext_resolver_is_resolved(const unity_ext_record_t *record);

/**
 * Look at what files have of a record that is in force, to find out later
 * whether others changed it.
 *
 * @param record	record
 * @param files		paths of what a program changes, separated by commas, or
 *					NULL
 * @return			another number if they did
 */
uint32_t unity_ext_resolver_look(const unity_ext_record_t *record,
								 const char *files);

/**
 * Do what a record says, also once more.
 *
 * @param record	record
 * @param others	unity_ext_record_t of the tunnels that are up; those that
 *					share the record's interface stay in force
 * @param timeout	for a program, in seconds
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolver_up(unity_ext_record_t *record,
								  linked_list_t *others, u_int timeout);

/**
 * Undo what a record says, as far as it is there.
 *
 * @param record	record
 * @param others	unity_ext_record_t of the tunnels that stay up
 * @param timeout	for a program, in seconds
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolver_down(unity_ext_record_t *record,
									linked_list_t *others, u_int timeout);

#endif /** UNITY_EXT_RESOLVER_H_ */
