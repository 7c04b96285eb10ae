/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa_close.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>

typedef struct closing_t closing_t;

/**
 * An IKE_SA to be closed.
 */
struct closing_t {
	ike_sa_id_t *id;
	ike_sa_why_t why;
};

static void closing_destroy(closing_t *closing)
{
	closing->id->destroy(closing->id);
	free(closing);
}

void ike_sa_close_now(ike_sa_id_t *id, ike_sa_why_t why)
{
	ike_sa_t *ike_sa;

	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	if (ike_sa)
	{
		ike_sa_why_say(ike_sa->get_unique_id(ike_sa), why);
		ike_sa->delete(ike_sa, TRUE);
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													ike_sa);
	}
}

/**
 * Job: close the IKE_SA.
 */
static job_requeue_t close_job(closing_t *closing)
{
	ike_sa_close_now(closing->id, closing->why);
	return JOB_REQUEUE_NONE;
}

void ike_sa_close(ike_sa_id_t *id, job_priority_t prio, ike_sa_why_t why)
{
	closing_t *closing;

	INIT(closing,
		.id = id->clone(id),
		.why = why,
	);
	lib->processor->queue_job(lib->processor, (job_t*)
				callback_job_create_with_prio((callback_job_cb_t)close_job,
					closing, (callback_job_cleanup_t)closing_destroy, NULL,
					prio));
}
