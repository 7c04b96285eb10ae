/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_events.h"

#include <credentials/certificates/x509.h>

const char *const auth_policy_results[] = {
	[AUTH_POLICY_GOOD] = "good",
	[AUTH_POLICY_SKIPPED] = "no-uri",
	[AUTH_POLICY_STALE] = "stale",
	[AUTH_POLICY_FAILED] = "not-available",
	[AUTH_POLICY_ON_HOLD] = "on-hold",
	[AUTH_POLICY_REVOKED] = "revoked",
	[AUTH_POLICY_UNCHECKED] = "unchecked",
};

auth_policy_who_t *auth_policy_who_create(ike_sa_t *ike_sa)
{
	identification_t *id = ike_sa->get_other_eap_id(ike_sa);
	host_t *host = ike_sa->get_other_host(ike_sa);
	auth_policy_who_t *this;

	INIT(this,
		.uniqueid = ike_sa->get_unique_id(ike_sa),
		.connection = strdup(ike_sa->get_name(ike_sa)),
		.id = id->clone(id),
		.host = host->clone(host),
	);
	return this;
}

auth_policy_who_t *auth_policy_who_clone(const auth_policy_who_t *who)
{
	auth_policy_who_t *this;

	if (!who)
	{
		return NULL;
	}
	INIT(this,
		.uniqueid = who->uniqueid,
		.connection = strdup(who->connection),
		.id = who->id->clone(who->id),
		.host = who->host->clone(who->host),
	);
	return this;
}

void auth_policy_who_destroy(auth_policy_who_t *who)
{
	if (!who)
	{
		return;
	}
	free(who->connection);
	who->id->destroy(who->id);
	who->host->destroy(who->host);
	free(who);
}

/**
 * Write which certificate it is.
 */
static void write_certificate(control_out_t *out, certificate_t *cert)
{
	x509_t *x509 = (x509_t*)cert;
	chunk_t serial = chunk_to_hex(x509->get_serial(x509), NULL, FALSE);

	out->value(out, "subject", "%Y", cert->get_subject(cert));
	out->value(out, "serial", "%s", serial.ptr);
	out->value(out, "issuer", "%Y", cert->get_issuer(cert));
	chunk_free(&serial);
}

/**
 * Write who it is.
 */
static void write_who(control_out_t *out, const auth_policy_who_t *peer)
{
	out->value(out, "connection", "%s", peer->connection);
	out->number(out, "uniqueid", peer->uniqueid);
	out->value(out, "id", "%Y", peer->id);
	out->value(out, "host", "%H", peer->host);
	out->number(out, "port", peer->host->get_port(peer->host));
}

void auth_policy_tell_refused(const auth_policy_check_t *check,
							  const auth_policy_terms_t *terms,
							  const auth_policy_rule_t *rule,
							  const auth_policy_who_t *peer)
{
	control_out_t *out = control_event_begin("revocation");
	char why[256];

	if (!out)
	{
		return;
	}
	write_who(out, peer);
	write_certificate(out, check->cert);
	out->value(out, "result", "%s", auth_policy_results[check->status.result]);
	auth_policy_explain(&check->status, why, sizeof(why));
	out->value(out, "reason", "%s", why);
	if (check->tried)
	{
		out->value(out, "tried", "%s", check->tried);
	}
	if (terms)
	{
		out->value(out, "revocation", "%s",
				   auth_policy_revocations[terms->revocation]);
	}
	if (rule)
	{
		out->value(out, "rule", "%s", rule->section.name);
	}
	control_event_end(out);
}

void auth_policy_write_block(control_out_t *out,
							 const auth_policy_block_t *block)
{
	char *line = auth_policy_block_print(block);

	out->value(out, "block", "%s", line);
	free(line);
	if (block->id)
	{
		out->value(out, "pattern", "%s", block->id);
	}
	if (block->address)
	{
		out->value(out, "address", "%s", block->address);
	}
	if (block->serial)
	{
		out->value(out, "serial", "%s", block->serial);
		out->value(out, "issuer", "%s", block->issuer);
	}
	if (block->fingerprint)
	{
		out->value(out, "fingerprint", "%s", block->fingerprint);
	}
	if (block->by)
	{
		out->value(out, "by", "%s", block->by);
	}
	if (block->note)
	{
		out->value(out, "note", "%s", block->note);
	}
}

void auth_policy_tell_block(const char *type, const auth_policy_block_t *block,
							const auth_policy_who_t *who)
{
	control_out_t *out = control_event_begin("block");

	if (!out)
	{
		return;
	}
	out->value(out, "type", "%s", type);
	if (who)
	{
		write_who(out, who);
	}
	auth_policy_write_block(out, block);
	control_event_end(out);
}
