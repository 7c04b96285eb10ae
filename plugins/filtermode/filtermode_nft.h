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
typedef enum filtermode_list_t filtermode_list_t;

/**
 * What there is to list.
 */
enum filtermode_list_t {
	/** names of all inet tables */
	FILTERMODE_LIST_TABLES,
	/** a table without counters' values and without the elements of its sets */
	FILTERMODE_LIST_TABLE,
	/** that with counters' values */
	FILTERMODE_LIST_COUNTERS,
	/** a set with its elements */
	FILTERMODE_LIST_SET,
	/** a table of any family, as FILTERMODE_LIST_TABLE */
	FILTERMODE_LIST_OTHERS_TABLE,
	/** a set in a table of any family */
	FILTERMODE_LIST_OTHERS_SET,
};

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
	 * List something, with handles and with numbers in place of names.
	 *
	 * @param what		what to list
	 * @param table		name of an inet table, with its family if that may be
	 *					any, "" for tables
	 * @param set		name of its set, "" but for a set
	 * @param error		gets the reason if it failed, may be NULL
	 * @return			text, to be freed; NULL if it failed
	 */
	char *(*list)(filtermode_nft_t *this, filtermode_list_t what,
				  const char *table, const char *set,
				  filtermode_nft_error_t *error);

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
 * What is wrong with such a name.
 */
#define FILTERMODE_WORD "that is a word of nft's, expected another name"

/**
 * Is a failure due to a name that is a word of nft's language?
 */
bool filtermode_nft_error_is_word(filtermode_nft_error_t *error,
								  const char *name);

/**
 * Create a context.
 *
 * @return				NULL if libnftables can't, errno is set
 */
filtermode_nft_t *filtermode_nft_create();

#endif /** FILTERMODE_NFT_H_ */
