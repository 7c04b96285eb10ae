/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_pending.h
 * Lines of IKE_SAs that a rule may apply to once more is known about them.
 */

#ifndef PEER_LOG_PENDING_H_
#define PEER_LOG_PENDING_H_

#include "peer_log_line.h"

typedef struct peer_log_pending_t peer_log_pending_t;

/**
 * Lines that are kept of an IKE_SA at most, and IKE_SAs of which some are kept.
 */
#define PEER_LOG_PENDING_LINES 1000
#define PEER_LOG_PENDING_SAS 1000

/**
 * Called for each line, which stays with the caller.
 */
typedef void (*peer_log_pending_cb_t)(void *data, const peer_log_line_t *line);

/**
 * Lines of a rule, by IKE_SA. Thread-safe.
 */
struct peer_log_pending_t {

	/**
	 * Keep a copy of a line. Beyond the limits it is dropped.
	 */
	void (*add)(peer_log_pending_t *this, const peer_log_line_t *line);

	/**
	 * Take the lines of an IKE_SA off, in the order in which they came.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param cb		called for each, NULL to drop them
	 * @param data		passed to cb
	 */
	void (*take)(peer_log_pending_t *this, uint32_t unique_id,
				 peer_log_pending_cb_t cb, void *data);

	/**
	 * Destroy a peer_log_pending_t, and what it keeps.
	 */
	void (*destroy)(peer_log_pending_t *this);
};

/**
 * Create a peer_log_pending_t.
 */
peer_log_pending_t *peer_log_pending_create(void);

#endif /** PEER_LOG_PENDING_H_ */
