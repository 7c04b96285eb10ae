/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_listener.h"
#include "accounting_offer.h"
#include "accounting_settings.h"

#include <inttypes.h>

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	accounting_settings_t *settings = config;
	accounting_listener_t *this = data;
	accounting_stats_t stats;

	this->writer->get_stats(this->writer, &stats);
	out->number(out, "sessions", this->sessions->get_count(this->sessions));
	if (settings->file)
	{
		out->value(out, "file", "%s", settings->file);
	}
	out->begin_list(out, "warnings");
	if (!settings->file)
	{
		out->item(out, "nothing is recorded, as accounting.file isn't set");
	}
	else if (stats.error)
	{
		out->item(out, "accounting.file isn't in force: %s; %" PRIu64
				  " records are lost", stats.error, stats.dropped);
	}
	out->end_list(out);
	free(stats.error);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	accounting_listener_t *this = data;
	accounting_stats_t stats;

	this->writer->get_stats(this->writer, &stats);
	out->number(out, "records-written", stats.written);
	out->number(out, "records-dropped", stats.dropped);
	out->number(out, "sessions-crashed", stats.recovered);
	out->number(out, "refusals-unrecorded", this->get_unrecorded(this));
	free(stats.error);
}

const offer_t accounting_offer = {
	.status = status,
	.stats = write_stats,
};
