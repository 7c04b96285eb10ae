/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_actions.h
 * What is done to IKE_SAs other than the one at hand.
 *
 * An IKE_SA must not be checked out in a bus hook, its holder may be waiting
 * for the bus: only what is said to be for hooks may be called there.
 */

#ifndef UNIQUE_POLICY_ACTIONS_H_
#define UNIQUE_POLICY_ACTIONS_H_

#include <collections/array.h>
#include <sa/ike_sa_id.h>

typedef struct unique_policy_usage_t unique_policy_usage_t;

/**
 * What a peer has and does.
 */
struct unique_policy_usage_t {
	/** when something was received from it, monotonic seconds, 0 if unknown */
	time_t inbound;
	/** bytes of the CHILD_SAs that are there */
	uint64_t bytes_in;
	uint64_t bytes_out;
	/** host_t*, its virtual IPs, or NULL */
	array_t *vips;
};

/**
 * After how many seconds a superseded IKE_SA is deleted: until then the peer
 * may move its CHILD_SAs to the new one, or delete it itself. Core waits as
 * long for a suspected reauthentication.
 */
#define UNIQUE_POLICY_HANDOVER_TIME 10

/**
 * After how many seconds an IKE_SA is deleted that has just taken the place of
 * one that had to go: the peer doesn't know it before it has the response to
 * the rekeying, which isn't sent yet.
 */
#define UNIQUE_POLICY_REKEYED_TIME 1

/**
 * Delete an IKE_SA later, by a job. For bus hooks.
 *
 * @param id		its SPIs
 * @param delay		in how many seconds
 */
void unique_policy_delete(ike_sa_id_t *id, uint32_t delay);

/**
 * Delete an IKE_SA whose peer may be gone: its virtual IPs are free at once
 * and not after all retransmits. One that is being deleted is destroyed.
 *
 * @param id		its SPIs
 */
void unique_policy_evict(ike_sa_id_t *id);

/**
 * Destroy an IKE_SA whose peer isn't there anymore.
 *
 * @param id		its SPIs
 */
void unique_policy_destroy(ike_sa_id_t *id);

/**
 * Destroy an IKE_SA whose peer isn't expected to be there anymore, but send it
 * a single DELETE, just in case.
 *
 * @param id		its SPIs
 */
void unique_policy_close(ike_sa_id_t *id);

/**
 * Check that the peer of an IKE_SA is alive, unless regular checks (dpd_delay)
 * are configured, which do that anyway. If it doesn't answer, charon deletes
 * the IKE_SA after its usual retransmits. Queues a job, for bus hooks.
 *
 * @param id		its SPIs
 */
void unique_policy_probe(ike_sa_id_t *id);

/**
 * Find out what a peer has and does, on the IKE_SA and its CHILD_SAs. Asks the
 * kernel.
 *
 * @param id		SPIs of the IKE_SA
 * @param usage		gets it, to be cleared; all 0 if the IKE_SA is gone
 */
void unique_policy_get_usage(ike_sa_id_t *id, unique_policy_usage_t *usage);

/**
 * Free what that holds.
 */
void unique_policy_usage_clear(unique_policy_usage_t *usage);

#endif /** UNIQUE_POLICY_ACTIONS_H_ */
