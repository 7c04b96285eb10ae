/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_handler.h
 * Asks gateways for attributes, so that they are sent.
 */

#ifndef UNITY_EXT_HANDLER_H_
#define UNITY_EXT_HANDLER_H_

#include <library.h>
#include <attributes/attribute_handler.h>
#include <options_store.h>

typedef struct unity_ext_handler_t unity_ext_handler_t;

/**
 * The attributes are taken from the message, in unity_ext_client_t, where all
 * of them are seen, whichever plugin else handles some of them.
 */
struct unity_ext_handler_t {

	/** to be added to the attribute manager */
	attribute_handler_t handler;

	/**
	 * Destroy an unity_ext_handler_t.
	 */
	void (*destroy)(unity_ext_handler_t *this);
};

/**
 * Create a handler.
 *
 * @param store		settings, have to outlive the handler
 */
unity_ext_handler_t *unity_ext_handler_create(options_store_t *store);

#endif /** UNITY_EXT_HANDLER_H_ */
