/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_nft.h
 * Commands to nftables.
 */

#ifndef FILTERMODE_NFT_H_
#define FILTERMODE_NFT_H_

#include <library.h>

typedef struct filtermode_nft_t filtermode_nft_t;
typedef struct filtermode_nft_error_t filtermode_nft_error_t;

/**
 * Why commands failed.
 */
struct filtermode_nft_error_t {
	/** line of the commands, 0 if it isn't known */
	u_int line;
	/** nft's first message, without trailing newline */
	char message[256];
};

/**
 * A context of libnftables for the network namespace it was created in. Not
 * thread-safe.
 */
struct filtermode_nft_t {

	/**
	 * Run commands as one transaction.
	 *
	 * @param commands	commands, a line each
	 * @param error		gets the reason if it failed, may be NULL
	 * @return			TRUE if all were carried out, FALSE if none was
	 */
	bool (*run)(filtermode_nft_t *this, const char *commands,
				filtermode_nft_error_t *error);

	/**
	 * List a table with handles, with numbers in place of names, without
	 * counters' values and without the elements of its sets.
	 *
	 * @param table		name of an inet table
	 * @param error		gets the reason if it failed, may be NULL
	 * @return			text, to be freed; NULL if it failed
	 */
	char *(*list_table)(filtermode_nft_t *this, const char *table,
						filtermode_nft_error_t *error);

	/**
	 * List the names of all inet tables.
	 *
	 * @return			text, to be freed; NULL if it failed
	 */
	char *(*list_tables)(filtermode_nft_t *this);

	/**
	 * List a set with its elements.
	 *
	 * @param table		name of an inet table
	 * @param set		name of the set
	 * @return			text, to be freed; NULL if it failed
	 */
	char *(*list_set)(filtermode_nft_t *this, const char *table,
					  const char *set);

	/**
	 * List a table as list_table() does, with counters' values.
	 *
	 * @param table		name of an inet table
	 * @return			text, to be freed; NULL if it failed
	 */
	char *(*list_counters)(filtermode_nft_t *this, const char *table);

	/**
	 * Destroy a filtermode_nft_t.
	 */
	void (*destroy)(filtermode_nft_t *this);
};

/**
 * Is a failure due to a certain error of the kernel's?
 *
 * @param number		errno
 */
bool filtermode_nft_error_is(filtermode_nft_error_t *error, int number);

/**
 * Create a context.
 *
 * @return				NULL if libnftables can't, errno is set
 */
filtermode_nft_t *filtermode_nft_create();

#endif /** FILTERMODE_NFT_H_ */
