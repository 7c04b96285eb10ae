/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_offer.h"

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	control_servers_t *this = data;
	char *uri = this->main->get_uri(this->main);
	char *readonly = this->readers->get_uri(this->readers);

	out->number(out, "clients", this->main->count_clients(this->main));
	out->number(out, "registrations",
				this->main->events->get_count(this->main->events));
	out->value(out, "socket", "%s", uri);
	if (readonly)
	{
		out->value(out, "readonly-socket", "%s", readonly);
		out->number(out, "readonly-clients",
					this->readers->count_clients(this->readers));
	}
	free(readonly);
	free(uri);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	control_servers_t *this = data;
	control_stats_t *stats = &this->main->stats;
	control_stats_t *readonly = &this->readers->stats;

	out->number(out, "connects", ref_cur(&stats->connects));
	out->number(out, "refused", ref_cur(&stats->refused));
	out->number(out, "disconnected", ref_cur(&stats->disconnected));
	out->number(out, "requests", ref_cur(&stats->commands));
	out->number(out, "failed", ref_cur(&stats->failed));
	out->number(out, "events-queued", ref_cur(&stats->events));
	out->number(out, "events-dropped", ref_cur(&stats->dropped));
	out->number(out, "readonly-connects", ref_cur(&readonly->connects));
	out->number(out, "readonly-refused", ref_cur(&readonly->refused));
	out->number(out, "readonly-requests", ref_cur(&readonly->commands));
}

const offer_t control_offer = {
	.status = status,
	.stats = write_stats,
};
