/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_resolver.h
 * Asks the system's resolver, in threads of its own, which are there while
 * there is something to ask for: one that hangs holds none of charon's workers,
 * nor those threads that the host's own resolver has.
 */

#ifndef PEER_RESOLVE_RESOLVER_H_
#define PEER_RESOLVE_RESOLVER_H_

#include <collections/linked_list.h>

typedef struct peer_resolve_resolver_t peer_resolve_resolver_t;

/**
 * Called with an answer, by a thread of the resolver, or by ask() if there
 * can't be one.
 *
 * @param name		name that was asked for
 * @param hosts		all of its addresses, host_t*, adopted; none if that failed
 * @param error		then why, NULL otherwise
 */
typedef void (*peer_resolve_answer_t)(void *data, const char *name,
									  linked_list_t *hosts, const char *error);

/**
 * All for one thread.
 */
struct peer_resolve_resolver_t {

	/**
	 * Ask for a name, without waiting. Each is answered once.
	 */
	void (*ask)(peer_resolve_resolver_t *this, const char *name);

	/**
	 * Destroy a peer_resolve_resolver_t, without waiting for answers.
	 */
	void (*destroy)(peer_resolve_resolver_t *this);
};

/**
 * Create a resolver.
 *
 * @param answer		whom to tell
 * @param data			passed to answer
 */
peer_resolve_resolver_t *peer_resolve_resolver_create(
									peer_resolve_answer_t answer, void *data);

#endif /** PEER_RESOLVE_RESOLVER_H_ */
