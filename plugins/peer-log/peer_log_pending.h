/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_pending.h
 * What is remembered of IKE_SAs: which rules have matched the peer's identity,
 * and lines that rules may apply to once more is known about it.
 */

#ifndef PEER_LOG_PENDING_H_
#define PEER_LOG_PENDING_H_

#include "peer_log_line.h"

typedef struct peer_log_pending_t peer_log_pending_t;

/**
 * Lines that are kept of an IKE_SA at most.
 */
#define PEER_LOG_PENDING_LINES 1000

/**
 * An IKE_SA's part of the buffer at most: the whole by this.
 */
#define PEER_LOG_PENDING_PART 4

/**
 * Called for each line, which stays with the caller.
 *
 * @param rules		set of rules to write it for
 */
typedef void (*peer_log_pending_cb_t)(void *data, const peer_log_line_t *line,
									  uint64_t rules);

/**
 * A table by unique ID of the IKE_SA, for all rules: each line is kept once.
 * Sets of rules have the bit of a rule's index among the active ones.
 *
 * Thread-safe. An IKE_SA is the affair of the thread that has it checked out.
 */
struct peer_log_pending_t {

	/**
	 * Set how many bytes lines may take.
	 */
	void (*set_max)(peer_log_pending_t *this, size_t max);

	/**
	 * Get the rules that have matched an identity of the peer. That remains
	 * known when charon forgets the identity.
	 */
	uint64_t (*get_matched)(peer_log_pending_t *this, uint32_t unique_id);

	/**
	 * Add rules that have matched an identity of the peer.
	 */
	void (*add_matched)(peer_log_pending_t *this, uint32_t unique_id,
						uint64_t rules);

	/**
	 * Keep a copy of a line. If there is no room, the lines of the IKE_SA go
	 * that is half-open for the longest time, and no further ones of it are
	 * kept.
	 *
	 * @param rules		rules that may apply to it, not empty
	 */
	void (*add)(peer_log_pending_t *this, const peer_log_line_t *line,
				uint64_t rules);

	/**
	 * It became known of some rules whether they apply to an IKE_SA.
	 *
	 * @param yes		rules that do: their lines are taken, in the order in
	 *					which they came
	 * @param no		rules that don't: their lines are dropped
	 * @param cb		called for each line of the former
	 * @param data		passed to cb
	 */
	void (*settle)(peer_log_pending_t *this, uint32_t unique_id, uint64_t yes,
				   uint64_t no, peer_log_pending_cb_t cb, void *data);

	/**
	 * An IKE_SA takes the place of another.
	 */
	void (*inherit)(peer_log_pending_t *this, uint32_t old_id, uint32_t new_id);

	/**
	 * Forget an IKE_SA.
	 */
	void (*forget)(peer_log_pending_t *this, uint32_t unique_id);

	/**
	 * Other rules are active now. Nothing else may be called meanwhile.
	 *
	 * @param indices	the index that each rule gets, -1 if it is gone
	 * @param count		number of rules so far
	 */
	void (*renumber)(peer_log_pending_t *this, const int *indices, u_int count);

	/**
	 * Get what is in it.
	 *
	 * @param lost		gets the number of IKE_SAs so far whose lines were
	 *					dropped as there was no room
	 * @return			bytes that lines take
	 */
	size_t (*get_stats)(peer_log_pending_t *this, u_int *lost);

	/**
	 * Destroy a peer_log_pending_t, and what it keeps.
	 */
	void (*destroy)(peer_log_pending_t *this);
};

/**
 * Create a peer_log_pending_t without room.
 */
peer_log_pending_t *peer_log_pending_create(void);

#endif /** PEER_LOG_PENDING_H_ */
