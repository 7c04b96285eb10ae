/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_offer.h"
#include "unique_policy_events.h"
#include "unique_policy_rules.h"
#include "unique_policy_settings.h"

#include <explain.h>

/**
 * Implementation of offer_command_t.run: list-sessions.
 */
static void list_sessions(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	unique_policy_listener_t *this = data;
	unique_policy_session_t session;
	array_t *sessions;
	time_t now;

	sessions = this->enforcer->get_sessions(this->enforcer);
	now = time_monotonic(NULL);
	while (array_remove(sessions, ARRAY_HEAD, &session))
	{
		unique_policy_write_session(out, &session);
		out->value(out, "state", session.established ? "up" : "authorized");
		if (session.established)
		{
			out->number(out, "age", now - min(now, session.established));
			out->number(out, "idle", now - min(now, session.seen));
		}
		out->emit(out);
		unique_policy_session_clear(&session);
	}
	array_destroy(sessions);
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
	out->number(out, "sessions", stats.sessions);
	out->number(out, "identities", stats.identities);
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
				  &peer->facts, " if he is in one of the groups",
				  explain_terms);
}

static const offer_command_t commands[] = {
	{ .name = "list-sessions", .stream = "list-session", .run = list_sessions },
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
