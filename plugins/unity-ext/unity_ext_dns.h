/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_dns.h
 * Does what tunnels want of the resolver, one after the other, in a job.
 */

#ifndef UNITY_EXT_DNS_H_
#define UNITY_EXT_DNS_H_

#include "unity_ext_record.h"

#include <options_store.h>

typedef struct unity_ext_dns_t unity_ext_dns_t;

/**
 * Thread-safe. All methods but destroy() only queue, so hooks may call them.
 */
struct unity_ext_dns_t {

	/**
	 * A tunnel is up.
	 *
	 * @param record		what it wants, with an ID of its own; owned
	 */
	void (*up)(unity_ext_dns_t *this, unity_ext_record_t *record);

	/**
	 * A tunnel is down, whether up() was called for it or not.
	 *
	 * @param id			ID of the record
	 */
	void (*down)(unity_ext_dns_t *this, uint32_t id);

	/**
	 * The settings were loaded anew.
	 */
	void (*reload)(unity_ext_dns_t *this);

	/**
	 * Go through what is in force, or couldn't be put in force.
	 *
	 * @param cb			called for each tunnel; mustn't block
	 * @param data			passed to cb
	 */
	void (*list)(unity_ext_dns_t *this,
				 void (*cb)(void *data, const unity_ext_record_t *record),
				 void *data);

	/**
	 * Undo everything, and destroy an unity_ext_dns_t. Blocks.
	 */
	void (*destroy)(unity_ext_dns_t *this);
};

/**
 * Create an unity_ext_dns_t. What a daemon left that was killed is undone
 * before anything else.
 *
 * @param store		settings, have to outlive this
 */
unity_ext_dns_t *unity_ext_dns_create(options_store_t *store);

#endif /** UNITY_EXT_DNS_H_ */
