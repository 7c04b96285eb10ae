/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_actions.h"

#include <daemon.h>
#include <ike_sa_close.h>
#include <processing/jobs/callback_job.h>
#include <processing/jobs/delete_ike_sa_job.h>

void unique_policy_delete(ike_sa_id_t *id, uint32_t delay)
{
	lib->scheduler->schedule_job(lib->scheduler,
						(job_t*)delete_ike_sa_job_create(id, TRUE), delay);
}

/**
 * Check in an IKE_SA after something was initiated.
 */
static void checkin(ike_sa_t *ike_sa, status_t status)
{
	if (status == DESTROY_ME)
	{
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													ike_sa);
	}
	else
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
}

/**
 * Give the addresses of a peer back to their pools.
 */
static void release_addresses(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	linked_list_t *pools;
	peer_cfg_t *cfg;
	host_t *vip;

	cfg = ike_sa->get_peer_cfg(ike_sa);
	if (!cfg)
	{
		return;
	}
	pools = linked_list_create_from_enumerator(
											cfg->create_pool_enumerator(cfg));
	enumerator = ike_sa->create_virtual_ip_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &vip))
	{
		charon->attributes->release_address(charon->attributes, pools, vip,
											ike_sa);
	}
	enumerator->destroy(enumerator);
	pools->destroy(pools);
	ike_sa->clear_virtual_ips(ike_sa, FALSE);
}

void unique_policy_evict(ike_sa_id_t *id)
{
	ike_sa_t *ike_sa;
	status_t status = SUCCESS;

	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	if (ike_sa)
	{
		if (ike_sa->get_state(ike_sa) != IKE_PASSIVE)
		{
			release_addresses(ike_sa);
			ike_sa_why_say(ike_sa->get_unique_id(ike_sa),
						   IKE_SA_WHY_UNIQUE_POLICY);
			status = ike_sa->delete(ike_sa, FALSE);
		}
		checkin(ike_sa, status);
	}
}

void unique_policy_destroy(ike_sa_id_t *id)
{
	ike_sa_t *ike_sa;

	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	if (ike_sa)
	{
		ike_sa_why_say(ike_sa->get_unique_id(ike_sa), IKE_SA_WHY_UNIQUE_POLICY);
		charon->bus->ike_updown(charon->bus, ike_sa, FALSE);
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													ike_sa);
	}
}

/**
 * Job: check the peer if nobody else does.
 */
static job_requeue_t probe_ike_sa(ike_sa_id_t *id)
{
	peer_cfg_t *cfg;
	ike_sa_t *ike_sa;
	status_t status = SUCCESS;

	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	if (ike_sa)
	{
		cfg = ike_sa->get_peer_cfg(ike_sa);
		/* with a delay, each call would start another series of checks */
		if (ike_sa->get_state(ike_sa) == IKE_ESTABLISHED &&
			cfg && !cfg->get_dpd(cfg) &&
			(ike_sa->get_version(ike_sa) == IKEV2 ||
			 ike_sa->supports_extension(ike_sa, EXT_DPD)))
		{
			status = ike_sa->send_dpd(ike_sa);
		}
		checkin(ike_sa, status);
	}
	return JOB_REQUEUE_NONE;
}

void unique_policy_close(ike_sa_id_t *id)
{
	ike_sa_close_now(id, IKE_SA_WHY_UNIQUE_POLICY);
}

void unique_policy_probe(ike_sa_id_t *id)
{
	lib->processor->queue_job(lib->processor,
				(job_t*)callback_job_create((callback_job_cb_t)probe_ike_sa,
					id->clone(id), (callback_job_cleanup_t)id->destroy, NULL));
}

void unique_policy_get_usage(ike_sa_id_t *id, unique_policy_usage_t *usage)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	ike_sa_t *ike_sa;
	host_t *vip;
	time_t used;
	uint64_t bytes;

	memset(usage, 0, sizeof(*usage));
	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	if (!ike_sa)
	{
		return;
	}
	usage->inbound = ike_sa->get_statistic(ike_sa, STAT_INBOUND);
	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		child_sa->get_usestats(child_sa, TRUE, &used, &bytes, NULL);
		usage->inbound = max(usage->inbound, used);
		usage->bytes_in += bytes;
		child_sa->get_usestats(child_sa, FALSE, NULL, &bytes, NULL);
		usage->bytes_out += bytes;
	}
	enumerator->destroy(enumerator);
	enumerator = ike_sa->create_virtual_ip_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &vip))
	{
		array_insert_create(&usage->vips, ARRAY_TAIL, vip->clone(vip));
	}
	enumerator->destroy(enumerator);
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
}

void unique_policy_usage_clear(unique_policy_usage_t *usage)
{
	array_destroy_offset(usage->vips, offsetof(host_t, destroy));
}
