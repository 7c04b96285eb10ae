/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_listener.h"
#include "accounting_offer.h"
#include "accounting_settings.h"

#include <inttypes.h>

/**
 * Write what went through in a session.
 */
static void write_usage(control_out_t *out, accounting_session_t *session,
						const accounting_state_t *state)
{
	accounting_place_t place;
	host_t *vip;
	int i;

	array_get(state->places, ARRAY_TAIL, &place);
	out->value(out, "session", "%s", session->id);
	out->number(out, "uniqueid", state->unique_id);
	out->value(out, "id", "%Y", session->user);
	out->value(out, "connection", "%s", session->connection);
	out->value(out, "host", "%H", place.host);
	out->number(out, "port", place.host->get_port(place.host));
	out->number(out, "age", time_monotonic(NULL) - session->start_monotonic);
	out->number(out, "bytes-in", state->usage.bytes[1]);
	out->number(out, "bytes-out", state->usage.bytes[0]);
	out->number(out, "packets-in", state->usage.packets[1]);
	out->number(out, "packets-out", state->usage.packets[0]);
	out->begin_list(out, "virtual-ips");
	for (i = 0; array_get(state->vips, i, &vip); i++)
	{
		out->item(out, "%H", vip);
	}
	out->end_list(out);
	out->emit(out);
}

/**
 * Implementation of offer_command_t.run: list-usages.
 */
static void list_usages(void *data, settings_t *request, control_out_t *out,
						option_errors_t *errors)
{
	accounting_listener_t *this = data;
	accounting_session_t *session;
	accounting_state_t state;
	array_t *all;

	this->kernel->read_all(this->kernel);
	all = this->sessions->get_all(this->sessions);
	while (array_remove(all, ARRAY_HEAD, &session))
	{
		this->sessions->get_state(this->sessions, session, &state);
		write_usage(out, session, &state);
		accounting_state_clear(&state);
		accounting_session_unref(session);
	}
	array_destroy(all);
}

/**
 * Warn that records are lost.
 */
static void warn(control_out_t *out, const char *target, const char *error,
				 uint64_t dropped)
{
	out->item(out, "accounting.%s isn't in force: %s; %" PRIu64 " records are "
			  "lost", target, error, dropped);
}

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
	if (!settings->file && !settings->journal &&
		settings->syslog == OPTION_UNSET_ENUM)
	{
		out->item(out, "nothing is recorded, as accounting.file isn't set, nor "
				  "journal or syslog");
	}
	if (stats.error)
	{
		warn(out, "file", stats.error, stats.dropped);
	}
	if (stats.journal.error)
	{
		warn(out, "journal", strerror(stats.journal.error),
			 stats.journal.dropped);
	}
	if (stats.syslog.error)
	{
		warn(out, "syslog", strerror(stats.syslog.error), stats.syslog.dropped);
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
	out->number(out, "journal-written", stats.journal.written);
	out->number(out, "journal-dropped", stats.journal.dropped);
	out->number(out, "syslog-written", stats.syslog.written);
	out->number(out, "syslog-dropped", stats.syslog.dropped);
	out->number(out, "sessions-crashed", stats.recovered);
	out->number(out, "sessions-limited", this->get_limited(this));
	out->number(out, "refusals-unrecorded", this->get_unrecorded(this));
	free(stats.error);
}

static const offer_command_t commands[] = {
	{ .name = "list-usages", .stream = "list-usage",
	  .reads = TRUE, .run = list_usages },
};

static const char *const events[] = { "limit", NULL };

const offer_t accounting_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.stats = write_stats,
};
