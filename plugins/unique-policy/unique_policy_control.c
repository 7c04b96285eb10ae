/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_control.h"

#include <control_registry.h>

typedef struct private_unique_policy_control_t private_unique_policy_control_t;

struct private_unique_policy_control_t {
	unique_policy_control_t public;
	options_store_t *store;
	unique_policy_enforcer_t *enforcer;
	unique_policy_core_t *core;
	control_offer_t offer;
};

/**
 * Names of reasons, by unique_policy_reason_t.
 */
static const char *const reasons[] = {
	[UNIQUE_POLICY_SUPERSEDED] = "superseded",
	[UNIQUE_POLICY_INITIAL_CONTACT] = "initial-contact",
	[UNIQUE_POLICY_REPLACED] = "limit",
	[UNIQUE_POLICY_TIMED_OUT] = "timed-out",
};

/**
 * Write who logged in where, and from where.
 */
static void write_login(control_out_t *out, uint32_t unique_id,
						identification_t *remote, const char *connection,
						const char *rule, host_t *host)
{
	out->value(out, "uniqueid", "%u", unique_id);
	out->value(out, "id", "%Y", remote);
	out->value(out, "connection", "%s", connection);
	if (rule)
	{
		out->value(out, "rule", "%s", rule);
	}
	out->value(out, "host", "%H", host);
	out->value(out, "port", "%u", host->get_port(host));
}

static void write_session(control_out_t *out, unique_policy_session_t *session)
{
	write_login(out, session->unique_id, session->remote, session->connection,
				session->rule, session->host);
}

void unique_policy_tell_accepted(unique_policy_session_t *session)
{
	control_out_t *out = control_event_begin("session");

	if (out)
	{
		out->value(out, "type", "accepted");
		write_session(out, session);
		control_event_end(out);
	}
}

void unique_policy_tell_rejected(const unique_policy_login_t *login,
								 uint32_t limit)
{
	control_out_t *out = control_event_begin("session");

	if (out)
	{
		out->value(out, "type", "rejected");
		out->value(out, "reason", "limit");
		out->value(out, "limit", "%u", limit);
		write_login(out, login->unique_id, login->remote, login->connection,
					login->rule, login->host);
		control_event_end(out);
	}
}

void unique_policy_tell_replaced(unique_policy_session_t *session,
								 unique_policy_reason_t reason, uint32_t by)
{
	control_out_t *out = control_event_begin("session");

	if (out)
	{
		out->value(out, "type", "replaced");
		out->value(out, "reason", "%s", reasons[reason]);
		out->value(out, "by", "%u", by);
		write_session(out, session);
		control_event_end(out);
	}
}

/**
 * Implementation of control_command_t.run: list-sessions.
 */
static void list_sessions(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	private_unique_policy_control_t *this = data;
	unique_policy_session_t session;
	array_t *sessions;
	time_t now;

	sessions = this->enforcer->get_sessions(this->enforcer);
	now = time_monotonic(NULL);
	while (array_remove(sessions, ARRAY_HEAD, &session))
	{
		write_session(out, &session);
		out->value(out, "state", session.established ? "up" : "authorized");
		if (session.established)
		{
			out->value(out, "age", "%u",
					   (u_int)(now - min(now, session.established)));
			out->value(out, "idle", "%u",
					   (u_int)(now - min(now, session.seen)));
		}
		out->emit(out);
		unique_policy_session_clear(&session);
	}
	array_destroy(sessions);
}

/**
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_unique_policy_control_t *this = data;
	unique_policy_settings_t *settings;
	unique_policy_stats_t stats;

	settings = this->store->get(this->store);
	this->enforcer->get_stats(this->enforcer, &stats);
	out->value(out, "mode", "%s", unique_policy_modes[settings->terms.mode]);
	out->value(out, "limit", "%u", settings->terms.limit);
	out->value(out, "rules", "%u", settings->rules.count);
	out->value(out, "sessions", "%u", stats.sessions);
	out->value(out, "identities", "%u", stats.identities);
	out->value(out, "rejected", "%u", stats.rejected);
	this->core->warn(this->core, out);
	options_unref(settings);
}

/**
 * Implementation of control_offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	private_unique_policy_control_t *this = data;
	unique_policy_stats_t stats;
	int i;

	this->enforcer->get_stats(this->enforcer, &stats);
	out->value(out, "sessions", "%u", stats.sessions);
	out->value(out, "identities", "%u", stats.identities);
	out->value(out, "accepted", "%u", stats.accepted);
	out->value(out, "rejected", "%u", stats.rejected);
	out->begin_section(out, "replaced");
	for (i = 0; i < countof(reasons); i++)
	{
		out->value(out, reasons[i], "%u", stats.victims[i]);
	}
	out->end_section(out);
}

static const control_command_t commands[] = {
	{ .name = "list-sessions", .stream = "list-session", .run = list_sessions },
};

static const char *const events[] = { "session", NULL };

METHOD(unique_policy_control_t, destroy, void,
	private_unique_policy_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

unique_policy_control_t *unique_policy_control_create(options_store_t *store,
										unique_policy_enforcer_t *enforcer,
										unique_policy_core_t *core)
{
	private_unique_policy_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.enforcer = enforcer,
		.core = core,
	);
	this->offer = (control_offer_t){
		.plugin = "unique-policy",
		.store = store,
		.data = this,
		.commands = commands,
		.command_count = countof(commands),
		.events = events,
		.status = status,
		.stats = write_stats,
	};
	control_registry_add(&this->offer);
	return &this->public;
}
