/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_users.h
 * The addresses that IKE_SAs use.
 */

#ifndef STRICT_BIND_USERS_H_
#define STRICT_BIND_USERS_H_

#include <library.h>
#include <networking/host.h>

typedef struct strict_bind_users_t strict_bind_users_t;

/**
 * Seconds after which what was tried is forgotten. Each retransmission of a
 * message that looks for a path tries again.
 */
#define STRICT_BIND_TRY_LIFETIME 10

/**
 * Counts the IKE_SAs of each address. Thread-safe; nothing blocks.
 */
struct strict_bind_users_t {

	/**
	 * An IKE_SA has a local address, in place of any other one.
	 *
	 * @param id		unique number of the IKE_SA
	 * @param host		address, whatever its port
	 */
	void (*use)(strict_bind_users_t *this, uint32_t id, host_t *host);

	/**
	 * Does an IKE_SA have a local address?
	 *
	 * @param id		unique number of the IKE_SA
	 * @param host		address, whatever its port
	 */
	bool (*uses)(strict_bind_users_t *this, uint32_t id, host_t *host);

	/**
	 * An IKE_SA may be about to move to an address.
	 *
	 * @param id		unique number of the IKE_SA
	 * @param host		address, whatever its port
	 * @param now		time, in seconds
	 */
	void (*try)(strict_bind_users_t *this, uint32_t id, host_t *host,
				time_t now);

	/**
	 * Forget what IKE_SAs tried and didn't try again: they have moved there, or
	 * won't.
	 *
	 * @param now		time, in seconds
	 */
	void (*expire)(strict_bind_users_t *this, time_t now);

	/**
	 * An IKE_SA is gone.
	 *
	 * @param id		unique number of the IKE_SA
	 */
	void (*remove)(strict_bind_users_t *this, uint32_t id);

	/**
	 * Has any address got its first or lost its last IKE_SA since list()?
	 */
	bool (*changed)(strict_bind_users_t *this);

	/**
	 * List the addresses, each once.
	 *
	 * @param cb		called for each; must not call back
	 * @param data		passed to cb
	 */
	void (*list)(strict_bind_users_t *this, void (*cb)(void *data,
				 host_t *host), void *data);

	/**
	 * Destroy a strict_bind_users_t.
	 */
	void (*destroy)(strict_bind_users_t *this);
};

/**
 * Create a table without IKE_SAs.
 */
strict_bind_users_t *strict_bind_users_create(void);

/**
 * Hash an address of this machine, of whole words: nobody else picks it, so
 * that it can be done in a few instructions.
 */
u_int strict_bind_hash(chunk_t address);

/**
 * Hash an address of this machine without its port, implementation of
 * hashtable_hash_t.
 */
u_int strict_bind_host_hash(const void *host);

/**
 * Compare addresses without their ports, implementation of hashtable_equals_t.
 */
bool strict_bind_host_equals(const void *a, const void *b);

#endif /** STRICT_BIND_USERS_H_ */
