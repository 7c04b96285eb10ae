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

#include <sa/ike_sa_id.h>

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
 * Find out when something was received from a peer, on the IKE_SA or any of
 * its CHILD_SAs. Asks the kernel.
 *
 * @param id		SPIs of the IKE_SA
 * @return			monotonic seconds, 0 if unknown or the IKE_SA is gone
 */
time_t unique_policy_last_inbound(ike_sa_id_t *id);

#endif /** UNIQUE_POLICY_ACTIONS_H_ */
