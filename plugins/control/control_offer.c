/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_offer.h"

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	control_server_t *this = data;
	char *uri = this->get_uri(this);

	out->number(out, "clients", this->count_clients(this));
	out->number(out, "registrations", this->events->get_count(this->events));
	out->value(out, "socket", "%s", uri);
	free(uri);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	control_server_t *this = data;
	control_stats_t *stats = &this->stats;

	out->number(out, "connects", ref_cur(&stats->connects));
	out->number(out, "refused", ref_cur(&stats->refused));
	out->number(out, "disconnected", ref_cur(&stats->disconnected));
	out->number(out, "requests", ref_cur(&stats->commands));
	out->number(out, "failed", ref_cur(&stats->failed));
	out->number(out, "events-queued", ref_cur(&stats->events));
	out->number(out, "events-dropped", ref_cur(&stats->dropped));
}

const offer_t control_offer = {
	.status = status,
	.stats = write_stats,
};
