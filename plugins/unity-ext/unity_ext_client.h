/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_client.h
 * Glue: takes the attributes that gateways send.
 */

#ifndef UNITY_EXT_CLIENT_H_
#define UNITY_EXT_CLIENT_H_

#include "unity_ext_dns.h"

#include <bus/listeners/listener.h>
#include <options_store.h>

typedef struct unity_ext_client_t unity_ext_client_t;

struct unity_ext_client_t {

	/** to be added to the bus */
	listener_t listener;

	/**
	 * Destroy an unity_ext_client_t, once it is off the bus.
	 */
	void (*destroy)(unity_ext_client_t *this);
};

/**
 * Create a client.
 *
 * @param store		settings, have to outlive the client
 * @param dns		where to send what is to be done to the resolver, as above
 */
unity_ext_client_t *unity_ext_client_create(options_store_t *store,
											unity_ext_dns_t *dns);

#endif /** UNITY_EXT_CLIENT_H_ */
