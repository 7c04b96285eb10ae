/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_offer.h"
#include "unique_policy_events.h"
#include "unique_policy_rules.h"
#include "unique_policy_settings.h"

#include <explain.h>

/**
 * Write a session as a message of list-sessions, callback of
 * unique_policy_enforcer_t.list().
 */
static void write_session(void *data, unique_policy_session_t *session,
						  const unique_policy_usage_t *usage)
{
	control_out_t *out = data;
	time_t now = time_monotonic(NULL);
	host_t *vip;
	int i;

	unique_policy_write_session(out, session);
	out->value(out, "state", session->established ? "up" : "authorized");
	if (session->established)
	{
		out->number(out, "age", now - min(now, session->established));
		out->number(out, "idle", now - min(now, session->seen));
		out->number(out, "bytes-in", usage->bytes_in);
		out->number(out, "bytes-out", usage->bytes_out);
		out->begin_list(out, "virtual-ips");
		for (i = 0; array_get(usage->vips, i, &vip); i++)
		{
			out->item(out, "%H", vip);
		}
		out->end_list(out);
	}
	out->emit(out);
}

/**
 * Implementation of offer_command_t.run: list-sessions.
 */
static void list_sessions(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	unique_policy_listener_t *this = data;

	this->enforcer->list(this->enforcer, write_session, out);
}

/**
 * What terminate-session closes.
 */
typedef struct {
	control_out_t *out;
	bool found;
} terminated_t;

/**
 * Write that a session is closed.
 */
static void write_terminated(void *data, uint32_t unique_id)
{
	terminated_t *this = data;

	if (!this->found)
	{
		this->out->begin_list(this->out, "terminated");
		this->found = TRUE;
	}
	this->out->item(this->out, "%u", unique_id);
}

/**
 * Implementation of offer_command_t.run: terminate-session.
 */
static void terminate_session(void *data, settings_t *request,
							  control_out_t *out, option_errors_t *errors)
{
	unique_policy_listener_t *this = data;
	terminated_t terminated = { .out = out };
	uint32_t unique_id = 0;
	char *name, *number;

	name = request->get_str(request, CONTROL_REQUEST ".name", NULL);
	number = request->get_str(request, CONTROL_REQUEST ".uniqueid", NULL);
	if (number ? name != NULL : !name || !*name)
	{
		errors->add(errors, "name", NULL, "expected either an identity, an "
					"address or a unique ID, or uniqueid in place of it");
		return;
	}
	if (number && !option_number_parse(number, 1, UINT32_MAX, &unique_id))
	{
		errors->add(errors, "uniqueid", number, "expected 1-%u", UINT32_MAX);
		return;
	}
	this->enforcer->terminate(this->enforcer, name, unique_id, write_terminated,
							  &terminated);
	if (terminated.found)
	{
		out->end_list(out);
	}
	else
	{
		errors->add(errors, name ? "name" : "uniqueid", name ?: number, "there "
					"is no such session, see list-sessions");
	}
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	unique_policy_listener_t *this = data;
	unique_policy_settings_t *settings = config;
	unique_policy_stats_t stats;

	this->enforcer->get_stats(this->enforcer, &stats);
	out->value(out, "mode", "%s", unique_policy_modes[settings->terms.mode]);
	out->number(out, "limit", settings->terms.limit);
	out->number(out, "rules", settings->rules.count);
	out->number(out, "sessions", stats.sessions);
	out->number(out, "identities", stats.identities);
	out->number(out, "rejected", stats.rejected);
	this->core->warn(this->core, out);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	unique_policy_listener_t *this = data;
	unique_policy_stats_t stats;
	int i;

	this->enforcer->get_stats(this->enforcer, &stats);
	out->number(out, "accepted", stats.accepted);
	out->number(out, "rejected", stats.rejected);
	out->begin_numbers(out, "replaced");
	for (i = 0; unique_policy_reasons[i]; i++)
	{
		out->number(out, unique_policy_reasons[i], stats.victims[i]);
	}
	out->end_section(out);
}

/**
 * Say what a rule's terms are, implementation of explain_rule_cb_t.
 */
static void explain_terms(array_t *lines, void *config, void *found,
						  const char *when)
{
	unique_policy_settings_t *settings = config;
	unique_policy_rule_t *rule = found;
	unique_policy_terms_t *terms = rule ? &rule->terms : &settings->terms;
	char *text, more[BUF_LEN] = "";

	if (terms->mode == UNIQUE_REPLACE)
	{
		snprintf(more, sizeof(more), ", limit %u, evict %s", terms->limit,
				 unique_policy_evicts[terms->evict]);
	}
	else if (terms->mode == UNIQUE_KEEP)
	{
		snprintf(more, sizeof(more), ", limit %u, keep_timeout %u",
				 terms->limit, terms->keep_timeout);
	}
	text = explain_rule(rule ? rule->section.name : NULL,
						rule ? &rule->match : NULL, "groups");
	explain_add(lines, "%s%s: mode %s%s", text, when,
				unique_policy_modes[terms->mode], more);
	free(text);
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	unique_policy_settings_t *settings = config;
	unique_policy_t mode;

	if (peer->cfg && unique_policy_core_has(peer->cfg))
	{
		mode = peer->cfg->get_unique_policy(peer->cfg);
		explain_add(lines, "charon decides, as the connection has unique = %s; "
					"set %s", unique_policy_modes[mode],
					unique_policy_core_advice());
	}
	explain_rules(lines, settings, &settings->rules,
				  offsetof(unique_policy_rule_t, match),
				  unique_policy_rule_find(settings, &peer->facts),
				  &peer->facts, " if a group of his matches",
				  explain_terms);
}

static const offer_command_t commands[] = {
	{ .name = "list-sessions", .stream = "list-session",
	  .reads = TRUE, .run = list_sessions },
	{ .name = "terminate-session", .arguments = TRUE,
	  .run = terminate_session },
};

static const char *const events[] = { "session", NULL };

const offer_t unique_policy_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.stats = write_stats,
	.explain = explain,
};
