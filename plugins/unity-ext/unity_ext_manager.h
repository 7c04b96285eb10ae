/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_manager.h
 * Glue: sees to what is asked for and answered in mode config and IKE_AUTH, as
 * a gateway and as a client.
 */

#ifndef UNITY_EXT_MANAGER_H_
#define UNITY_EXT_MANAGER_H_

#include "unity_ext_dns.h"

#include <attributes/attribute_handler.h>
#include <bus/listeners/listener.h>
#include <options_store.h>

typedef struct unity_ext_manager_t unity_ext_manager_t;

struct unity_ext_manager_t {

	/** to be added to the bus: has gateways send what a client's rule has, and
	 * takes what gateways send, whichever plugin else handles some of it */
	listener_t listener;

	/** to be added to the attribute manager: asks gateways for attributes */
	attribute_handler_t handler;

	/**
	 * Log what keeps the settings from having an effect.
	 */
	void (*reload)(unity_ext_manager_t *this);

	/**
	 * Destroy an unity_ext_manager_t, once it is off the bus.
	 */
	void (*destroy)(unity_ext_manager_t *this);
};

/**
 * Create a manager.
 *
 * @param store		settings, have to outlive the manager
 * @param dns		where to send what is to be done to the resolver, as above
 */
unity_ext_manager_t *unity_ext_manager_create(options_store_t *store,
											  unity_ext_dns_t *dns);

#endif /** UNITY_EXT_MANAGER_H_ */
