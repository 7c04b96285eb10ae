/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ike_sa_close.h
 * Ends an IKE_SA whose peer may be gone.
 */

#ifndef IKE_SA_CLOSE_H_
#define IKE_SA_CLOSE_H_

#include "ike_sa_why.h"

#include <processing/jobs/job.h>
#include <sa/ike_sa_id.h>

/**
 * Queue a job that closes an IKE_SA: the peer is sent a single DELETE, but not
 * waited for. If it doesn't answer, the usual retransmits would take minutes.
 * May be called in bus hooks, as the IKE_SA is checked out in the job only.
 *
 * @param id		its SPIs, cloned
 * @param prio		priority of the job
 * @param why		who closes it
 */
void ike_sa_close(ike_sa_id_t *id, job_priority_t prio, ike_sa_why_t why);

/**
 * The same at once, not for bus hooks: checks out the IKE_SA. The thread has
 * no IKE_SA on the bus afterwards.
 *
 * @param id		its SPIs
 * @param why		who closes it
 */
void ike_sa_close_now(ike_sa_id_t *id, ike_sa_why_t why);

#endif /** IKE_SA_CLOSE_H_ */
