/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_block.h
 * A block: who isn't let in. As text, and whom it is about.
 */

#ifndef AUTH_POLICY_BLOCK_H_
#define AUTH_POLICY_BLOCK_H_

#include "auth_policy_person.h"

#include <glob_list.h>
#include <options.h>

#include <selectors/traffic_selector.h>

typedef struct auth_policy_block_t auth_policy_block_t;

/**
 * Largest number of blocks: all of them may be looked at for a login.
 */
#define AUTH_POLICY_BLOCKS_MAX 10000

/**
 * A block, of options_load() with the schema below. It is about one of: an
 * identity, an address, a certificate by serial number and issuer, or one by
 * its fingerprint. One that is a lockout has a name in place of a pattern of
 * identities, an address, or both. Doesn't change but for what is said.
 */
struct auth_policy_block_t {
	options_head_t head;
	/** as given, NULL if not */
	char *id;
	char *address;
	char *serial;
	char *issuer;
	char *fingerprint;
	char *until;
	char *since;
	/** who set it, and why */
	char *by;
	char *note;
	/** seconds it lasts, OPTION_UNSET if that isn't said so */
	uint32_t expire;
	/** patterns of id or issuer, NULL for a lockout */
	glob_list_t *pattern;
	traffic_selector_t *network;
	/** serial number without leading zeroes, or the fingerprint */
	chunk_t bytes;
	/** when it ends and was set, 0 if it doesn't or isn't known; by whoever
	 * creates it, before others see it */
	time_t ends;
	time_t set;
	/** whether it is in the file, protected by whom it belongs to */
	bool kept;
};

/**
 * Options of a block, as arguments and in the file.
 */
extern const options_schema_t auth_policy_block_schema;

/**
 * Read a line of the file: options as KEY=VALUE, with white space between; a
 * value may be in double quotes, in which two of them stand for one. Nothing
 * counts from a # on that starts a word.
 *
 * If it is clear whom a line is about, but not for how long or the like, it is
 * for good.
 *
 * @param line			to be changed
 * @param errors		gets what is wrong with it
 * @return				block, to be released with options_unref(), NULL if the
 *						line has none
 */
auth_policy_block_t *auth_policy_block_parse(char *line,
											 option_errors_t *errors);

/**
 * Create the block that a lockout is.
 *
 * @param id			name, which is printable, or NULL
 * @param address		address or network, or NULL
 * @param note			why
 */
auth_policy_block_t *auth_policy_block_create_lockout(const char *id,
													  const char *address,
													  const char *note);

/**
 * Write a block as a line of the file.
 *
 * @return				line without its end, to be freed
 */
char *auth_policy_block_print(const auth_policy_block_t *block);

/**
 * Are two blocks about the same?
 */
bool auth_policy_block_equals(const auth_policy_block_t *a,
							  const auth_policy_block_t *b);

/**
 * Is a block about the same as one of a list?
 *
 * @param list		of auth_policy_block_t*, NULL for an empty one
 */
bool auth_policy_block_among(const auth_policy_block_t *this, array_t *list);

/**
 * Is a block over?
 */
bool auth_policy_block_over(const auth_policy_block_t *block, time_t now);

/**
 * Is a block about somebody? It is if any name matches, or any certificate of
 * the chain is the one.
 */
bool auth_policy_block_matches(const auth_policy_block_t *block,
							   const auth_policy_person_t *person);

#endif /** AUTH_POLICY_BLOCK_H_ */
