/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_control.h
 * What peer-log offers to control: rules that come and go at run time.
 */

#ifndef PEER_LOG_CONTROL_H_
#define PEER_LOG_CONTROL_H_

#include "peer_log_manager.h"

typedef struct peer_log_control_t peer_log_control_t;

struct peer_log_control_t {

	/**
	 * Withdraw the offer and destroy a peer_log_control_t.
	 */
	void (*destroy)(peer_log_control_t *this);
};

/**
 * Offer commands.
 *
 * @param store		settings of the plugin
 * @param manager	the active rules
 */
peer_log_control_t *peer_log_control_create(options_store_t *store,
											peer_log_manager_t *manager);

#endif /** PEER_LOG_CONTROL_H_ */
