/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa_close.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>

void ike_sa_close_now(ike_sa_id_t *id)
{
	ike_sa_t *ike_sa;

	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	if (ike_sa)
	{
		ike_sa->delete(ike_sa, TRUE);
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													ike_sa);
	}
}

/**
 * Job: close the IKE_SA.
 */
static job_requeue_t close_job(ike_sa_id_t *id)
{
	ike_sa_close_now(id);
	return JOB_REQUEUE_NONE;
}

void ike_sa_close(ike_sa_id_t *id, job_priority_t prio)
{
	lib->processor->queue_job(lib->processor, (job_t*)
				callback_job_create_with_prio((callback_job_cb_t)close_job,
					id->clone(id), (callback_job_cleanup_t)id->destroy, NULL,
					prio));
}
