/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_name.h
 * A host name, what it stood for lately, and whether that can be relied on.
 */

#ifndef PEER_RESOLVE_NAME_H_
#define PEER_RESOLVE_NAME_H_

#include <collections/linked_list.h>
#include <networking/host.h>

typedef struct peer_resolve_name_t peer_resolve_name_t;

/**
 * Intervals for which a peer stays at an address that isn't in the answers
 * anymore, if they flap.
 */
#define PEER_RESOLVE_HOLD 10

/**
 * Intervals for which is known what a name stood for.
 */
#define PEER_RESOLVE_MEMORY 60

/**
 * Not thread-safe.
 */
struct peer_resolve_name_t {

	/**
	 * Get the name.
	 */
	const char *(*get_name)(peer_resolve_name_t *this);

	/**
	 * Take an answer.
	 *
	 * @param hosts		addresses, host_t*, adopted; if that failed it is
	 *					empty, and the last ones stay
	 * @param error		then why, NULL otherwise
	 * @param now		in seconds
	 * @param interval	in seconds, until the next one
	 * @return			TRUE if it failed and didn't before, or the other way
	 *					round
	 */
	bool (*answer)(peer_resolve_name_t *this, linked_list_t *hosts,
				   const char *error, time_t now, uint32_t interval);

	/**
	 * Get its addresses, as of the last answer that had some.
	 *
	 * @return			host_t*, owned by the name; empty if there was none
	 */
	linked_list_t *(*get_hosts)(peer_resolve_name_t *this);

	/**
	 * Get why the last answer had none.
	 *
	 * @return			owned by the name; NULL if it had some, or never came
	 */
	const char *(*get_error)(peer_resolve_name_t *this);

	/**
	 * Get when the last answer came that had addresses, 0 if none did.
	 */
	time_t (*get_resolved)(peer_resolve_name_t *this);

	/**
	 * Are the answers such that a peer had better stay where it is? That is so
	 * if it was in one lately, and the other address comes back, as with
	 * answers that take turns, or if these change again and again.
	 *
	 * @param from		where the peer is
	 * @param to		where it would go, an address of this name
	 */
	bool (*is_flapping)(peer_resolve_name_t *this, host_t *from, host_t *to,
						time_t now, uint32_t interval);

	/**
	 * Destroy a peer_resolve_name_t.
	 */
	void (*destroy)(peer_resolve_name_t *this);
};

/**
 * May a peer be at an address? Not at the unspecified one, which dynamic DNS
 * has for who is offline, nor at loopback, multicast or reserved ones.
 */
bool peer_resolve_is_place(host_t *host);

/**
 * Create a name that nothing is known of.
 */
peer_resolve_name_t *peer_resolve_name_create(const char *name);

/**
 * Is an address in a list?
 *
 * @param hosts			host_t*
 */
bool peer_resolve_hosts_include(linked_list_t *hosts, host_t *host);

/**
 * Have two lists of addresses nothing in common?
 */
bool peer_resolve_hosts_disjoint(linked_list_t *a, linked_list_t *b);

#endif /** PEER_RESOLVE_NAME_H_ */
