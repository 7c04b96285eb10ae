/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_events.h"

const char *const unique_policy_reasons[] = {
	[UNIQUE_POLICY_SUPERSEDED] = "superseded",
	[UNIQUE_POLICY_INITIAL_CONTACT] = "initial-contact",
	[UNIQUE_POLICY_REPLACED] = "limit",
	[UNIQUE_POLICY_TIMED_OUT] = "timed-out",
	NULL
};

/**
 * Write who logged in where, and from where.
 */
static void write_login(control_out_t *out, uint32_t unique_id,
						ike_sa_id_t *ike_sa_id, identification_t *remote,
						const char *connection, const char *rule, host_t *host)
{
	out->number(out, "uniqueid", unique_id);
	out->value(out, "id", "%Y", remote);
	out->value(out, "connection", "%s", connection);
	if (rule)
	{
		out->value(out, "rule", "%s", rule);
	}
	out->value(out, "host", "%H", host);
	out->number(out, "port", host->get_port(host));
	out->number(out, "ike-version",
				ike_sa_id->get_ike_version(ike_sa_id));
}

void unique_policy_write_session(control_out_t *out,
								 unique_policy_session_t *session)
{
	write_login(out, session->unique_id, session->ike_sa_id, session->remote,
				session->connection, session->rule, session->host);
}

void unique_policy_tell_accepted(unique_policy_session_t *session)
{
	control_out_t *out = control_event_begin("session");

	if (out)
	{
		out->value(out, "type", "accepted");
		unique_policy_write_session(out, session);
		control_event_end(out);
	}
}

/**
 * Write who holds the places that a login didn't get.
 */
static void write_holders(control_out_t *out, array_t *holders)
{
	enumerator_t *enumerator;
	unique_policy_session_t *session;

	out->begin_list(out, "held-by");
	enumerator = array_create_enumerator(holders);
	while (enumerator->enumerate(enumerator, &session))
	{
		out->item(out, "%u at %#H", session->unique_id, session->host);
	}
	enumerator->destroy(enumerator);
	out->end_list(out);
}

void unique_policy_tell_left(unique_policy_session_t *session,
							 const char *reason)
{
	control_out_t *out = control_event_begin("session");

	if (out)
	{
		out->value(out, "type", "left");
		out->value(out, "reason", "%s", reason);
		unique_policy_write_session(out, session);
		control_event_end(out);
	}
}

void unique_policy_tell_rejected(const unique_policy_login_t *login,
								 uint32_t limit, array_t *holders)
{
	control_out_t *out = control_event_begin("session");

	if (out)
	{
		out->value(out, "type", "rejected");
		out->value(out, "reason", "limit");
		out->number(out, "limit", limit);
		write_holders(out, holders);
		write_login(out, login->unique_id, login->ike_sa_id, login->remote,
					login->connection, login->rule, login->host);
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
		out->value(out, "reason", "%s", unique_policy_reasons[reason]);
		out->number(out, "replaced-by", by);
		unique_policy_write_session(out, session);
		control_event_end(out);
	}
}
