/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_journal.h
 * Records of what was done to the resolver, on disk.
 *
 * A record is there before anything is done, and as long as it isn't undone.
 * Whose it is says a lock on its file: while the process that wrote it is
 * there, nobody else gets the lock, whatever namespaces both are in.
 * Not thread-safe. Not for bus hooks.
 */

#ifndef UNITY_EXT_JOURNAL_H_
#define UNITY_EXT_JOURNAL_H_

#include "unity_ext_record.h"

#include <collections/linked_list.h>

/**
 * Write a record to a new file, in place of where it was before.
 *
 * @param dir		directory of the journal, created if it isn't there
 * @param record	record, keeps the file and its lock
 * @return			NULL, or why it failed, static; then all is as before
 */
const char *unity_ext_journal_add(const char *dir, unity_ext_record_t *record);

/**
 * Remove a record, if it is in the journal.
 *
 * @param record	record
 */
void unity_ext_journal_remove(unity_ext_record_t *record);

/**
 * Have others know that the process ends, but something goes on that undoes it
 * and keeps the record's descriptor.
 *
 * @param record	record
 */
void unity_ext_journal_leave(unity_ext_record_t *record);

/**
 * Take over all records that nobody holds anymore, and remove what isn't one.
 *
 * @param dir		directory of the journal, which need not be there
 * @param wait		set to whether something goes on that undoes records; then
 *					none is taken over
 * @return			list of unity_ext_record_t
 */
linked_list_t *unity_ext_journal_read(const char *dir, bool *wait);

#endif /** UNITY_EXT_JOURNAL_H_ */
