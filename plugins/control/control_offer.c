/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_offer.h"

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	control_server_t *this = data;
	char *uri = this->get_uri(this);

	out->value(out, "clients", "%u", this->count_clients(this));
	out->value(out, "registrations", "%u",
			   this->events->get_count(this->events));
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

	out->value(out, "connects", "%u", ref_cur(&stats->connects));
	out->value(out, "refused", "%u", ref_cur(&stats->refused));
	out->value(out, "disconnected", "%u", ref_cur(&stats->disconnected));
	out->value(out, "commands", "%u", ref_cur(&stats->commands));
	out->value(out, "failed", "%u", ref_cur(&stats->failed));
	out->value(out, "events", "%u", ref_cur(&stats->events));
	out->value(out, "dropped", "%u", ref_cur(&stats->dropped));
}

const offer_t control_offer = {
	.status = status,
	.stats = write_stats,
};
