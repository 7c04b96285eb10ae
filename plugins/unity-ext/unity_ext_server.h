/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_server.h
 * Glue: rewrites what clients are sent in mode config and IKE_AUTH.
 */

#ifndef UNITY_EXT_SERVER_H_
#define UNITY_EXT_SERVER_H_

#include <bus/listeners/listener.h>
#include <options_store.h>

typedef struct unity_ext_server_t unity_ext_server_t;

struct unity_ext_server_t {

	/** to be added to the bus */
	listener_t listener;

	/**
	 * Log what keeps the settings from having an effect.
	 */
	void (*reload)(unity_ext_server_t *this);

	/**
	 * Destroy an unity_ext_server_t, once it is off the bus.
	 */
	void (*destroy)(unity_ext_server_t *this);
};

/**
 * Create a server.
 *
 * @param store		settings, have to outlive the server
 */
unity_ext_server_t *unity_ext_server_create(options_store_t *store);

#endif /** UNITY_EXT_SERVER_H_ */
