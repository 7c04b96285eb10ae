/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file glob_list.h
 * A list of shell patterns, some of them negated, as in "eth*, !eth7".
 */

#ifndef GLOB_LIST_H_
#define GLOB_LIST_H_

#include <collections/array.h>
#include <library.h>

typedef struct glob_list_t glob_list_t;

/**
 * Immutable list of patterns. Safe to use from any thread.
 *
 * Patterns are those of fnmatch(3): *, ? and [...]. A backslash has no special
 * meaning, as in DOMAIN\user; [*] matches a literal asterisk. Matching ignores
 * the case of ASCII letters, as identities and host names do.
 */
struct glob_list_t {

	/**
	 * Does a string match this list?
	 *
	 * A string matches if it matches a pattern and no negated one, in
	 * whichever order they stand. A list that has only negated patterns
	 * matches everything but these.
	 *
	 * @param str			string to match
	 * @return				TRUE if it matches
	 */
	bool (*matches)(glob_list_t *this, const char *str);

	/**
	 * Does any of a number of strings match this list?
	 *
	 * @param strs			array of char*, NULL if there are none
	 * @return				TRUE if one matches
	 */
	bool (*matches_any)(glob_list_t *this, array_t *strs);

	/**
	 * Does any of a number of strings match a negated pattern?
	 *
	 * @param strs			array of char*, NULL if there are none
	 * @return				TRUE if one does
	 */
	bool (*excludes_any)(glob_list_t *this, array_t *strs);

	/**
	 * Does any of the names or groups that something has match this list, and
	 * none of them a negated pattern?
	 *
	 * @param strs			array of char*, NULL if there are none
	 * @return				TRUE if one matches, and none is excluded
	 */
	bool (*matches_names)(glob_list_t *this, array_t *strs);

	/**
	 * Enumerate the patterns as they were written.
	 *
	 * @return				enumerator over (const char *pattern, bool negated)
	 */
	enumerator_t *(*create_enumerator)(glob_list_t *this);

	/**
	 * Destroy a glob_list_t.
	 */
	void (*destroy)(glob_list_t *this);
};

/**
 * Parse a comma separated list of patterns.
 *
 * White space around patterns is removed. A pattern in single quotes may hold
 * commas, as distinguished names do: 'C=CH, O=Acme, CN=*'. Two of them in it
 * stand for one. A distinguished name without quotes would be several patterns
 * that match nothing, hence patterns of the form O=Acme that follow each other
 * need quotes.
 *
 * @param str				string to parse
 * @param bad[out]			set to what is wrong on failure, static string
 * @return					list, NULL if it is empty, has an empty pattern, an
 *							unbalanced quote or bracket, or lacks quotes
 */
glob_list_t *glob_list_create(const char *str, const char **bad);

/**
 * Write one pattern so that it is one in a list, whatever it holds.
 *
 * @param pattern			pattern, perhaps with ! before it or quoted already
 * @return					pattern, in quotes if it needs them; to be freed
 */
char *glob_list_quote(const char *pattern);

#endif /** GLOB_LIST_H_ */
