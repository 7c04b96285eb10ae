/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_guesses.h
 * Failed logins, counted by key: a name, an address or both.
 */

#ifndef AUTH_POLICY_GUESSES_H_
#define AUTH_POLICY_GUESSES_H_

#include <collections/array.h>

typedef struct auth_policy_guesses_t auth_policy_guesses_t;

/**
 * A table of a fixed size. If it is full, the key goes that failed least
 * recently and isn't locked; if all are locked, the one whose lock began first.
 *
 * Has no clock and isn't thread-safe. Times are seconds of any clock that
 * isn't set back.
 */
struct auth_policy_guesses_t {

	/**
	 * Count a failed login.
	 *
	 * @param now		current time
	 * @param within	time within which all of them have to come
	 * @param lasts		time for which the key is locked then
	 * @return			where to put what is to be kept with the lock that
	 *					begins now, NULL if none does
	 */
	void **(*fail)(auth_policy_guesses_t *this, const char *key, time_t now,
				   uint32_t within, uint32_t lasts);

	/**
	 * Forget the failed logins of a key, but not its lock.
	 */
	void (*forget)(auth_policy_guesses_t *this, const char *key);

	/**
	 * Is a key locked?
	 *
	 * @return			what is kept with its lock, NULL if it isn't
	 */
	void *(*find)(auth_policy_guesses_t *this, const char *key, time_t now);

	/**
	 * Unlock a key.
	 *
	 * @return			what was kept with its lock, NULL if it wasn't locked
	 */
	void *(*unlock)(auth_policy_guesses_t *this, const char *key, time_t now);

	/**
	 * Forget a lock that is over. Call it until there is none.
	 *
	 * @return			what was kept with it, NULL if there is none
	 */
	void *(*take_over)(auth_policy_guesses_t *this, time_t now);

	/**
	 * When is the next lock over?
	 *
	 * @return			that time, 0 if there is none
	 */
	time_t (*get_next)(auth_policy_guesses_t *this);

	/**
	 * Get what is kept with all locks that aren't over.
	 *
	 * @param list		gets it
	 */
	void (*list)(auth_policy_guesses_t *this, time_t now, array_t *list);

	/**
	 * Have other failed logins make a lock. Those so far are forgotten.
	 *
	 * @param failures	number of them, 1 at least
	 */
	void (*set_failures)(auth_policy_guesses_t *this, u_int failures);

	/**
	 * Get the number of keys that had to go as the table was full.
	 */
	uint64_t (*get_lost)(auth_policy_guesses_t *this);

	/**
	 * Destroy an auth_policy_guesses_t, and what is kept with locks.
	 */
	void (*destroy)(auth_policy_guesses_t *this);
};

/**
 * Create it, empty.
 *
 * @param max			number of keys
 * @param failures		failed logins that make a lock, 1 at least
 * @param release		frees what is kept with a lock
 */
auth_policy_guesses_t *auth_policy_guesses_create(u_int max, u_int failures,
												  void (*release)(void *data));

#endif /** AUTH_POLICY_GUESSES_H_ */
