/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_resolver.h
 * Does to the machine's resolver what a record says, and undoes it.
 *
 * It blocks on programs and D-Bus: not for bus hooks. Why it failed is told in
 * a string that is valid until the next call of the same thread.
 */

#ifndef UNITY_EXT_RESOLVER_H_
#define UNITY_EXT_RESOLVER_H_

#include "unity_ext_record.h"

#include <collections/linked_list.h>

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
 * Do what a record says, also once more, or undo it as far as it is there.
 *
 * @param record	record
 * @param up		whether to do it
 * @param others	unity_ext_record_t of the tunnels that are up; those that
 *					share the record's interface stay in force
 * @param timeout	for a program, in seconds
 * @param stop		set by others once charon stops: what is going on ends
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolver_set(unity_ext_record_t *record, bool up,
								   linked_list_t *others, u_int timeout,
								   const volatile bool *stop);

/**
 * Why a program isn't over.
 */
#define UNITY_EXT_GOES_ON "it goes on"

/**
 * Undo what records say by programs, one after the other, which go on if charon
 * ends before them: then the descriptor of the last record isn't closed until
 * all are over.
 *
 * @param records	records, with a program as their method; reordered
 * @param count		number of records, at least 1
 * @param timeout	for all of them, in seconds
 * @param wait		how long to wait for them, in milliseconds
 * @param ended		called for each record, with NULL, UNITY_EXT_GOES_ON, or why
 *					it failed
 */
void unity_ext_resolver_leave(unity_ext_record_t *records[], u_int count,
							  u_int timeout, u_int wait,
							  void (*ended)(unity_ext_record_t *record,
											const char *reason));

#endif /** UNITY_EXT_RESOLVER_H_ */
