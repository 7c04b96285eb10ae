/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_logger.h
 * Applies the active rules to what is logged.
 */

#ifndef PEER_LOG_LOGGER_H_
#define PEER_LOG_LOGGER_H_

#include "peer_log_pending.h"

#include <collections/array.h>

typedef struct peer_log_logger_t peer_log_logger_t;

/**
 * A logger on the bus, and a listener, only as long as there are rules, so that
 * it costs nothing without.
 */
struct peer_log_logger_t {

	/** what is remembered of IKE_SAs */
	peer_log_pending_t *pending;

	/**
	 * Have other rules applied. For one thread at a time, and not to be called
	 * by a logger or in a bus hook.
	 *
	 * @param rules		array of at most PEER_LOG_RULES_MAX peer_log_active_t*,
	 *					adopted, with those that stay; NULL for none
	 * @return			array as it was given before, no longer in use
	 */
	array_t *(*swap)(peer_log_logger_t *this, array_t *rules);

	/**
	 * Destroy a peer_log_logger_t that has no rules.
	 */
	void (*destroy)(peer_log_logger_t *this);
};

/**
 * Create a peer_log_logger_t without rules.
 */
peer_log_logger_t *peer_log_logger_create(void);

#endif /** PEER_LOG_LOGGER_H_ */
