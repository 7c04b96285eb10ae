/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file owner.h
 * Tells which of several daemons looks after something in a network namespace.
 */

#ifndef OWNER_H_
#define OWNER_H_

#include <library.h>

typedef struct owner_t owner_t;

/**
 * A claim on what exists once in a network namespace: policies, a table, ports.
 *
 * A daemon that holds a claim has an abstract UNIX socket of that name. All in
 * the namespace see it, whatever files they see, and it goes with the process,
 * however that ends. So what is there without a holder is a dead daemon's, and
 * may be removed; with one, it has to be left alone. The kernel says who holds
 * it, so another user's process that takes the name holds nothing.
 */
struct owner_t {

	/**
	 * Is it ours?
	 *
	 * @param holder	set to the process that has it if it isn't, 0 if that is
	 *					in another PID namespace; may be NULL
	 */
	bool (*is_ours)(owner_t *this, pid_t *holder);

	/**
	 * Give it back. Waits for gained if that is being called, so it mustn't be
	 * called by it, nor with a lock that it takes.
	 */
	void (*destroy)(owner_t *this);
};

/**
 * Claim something, or wait for it.
 *
 * @param what		name, the same in all daemons, at most 80 characters
 * @param gained	called by a thread of the watcher as soon as another daemon
 *					that has it now has ended, and it became ours; may be NULL
 * @param data		passed to gained
 */
owner_t *owner_create(const char *what, void (*gained)(void *data), void *data);

#endif /** OWNER_H_ */
