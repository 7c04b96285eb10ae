/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_record.h"

#include <peer_identity.h>
#include <utf8.h>

#include <credentials/certificates/x509.h>

#include <inttypes.h>

/**
 * Write a text.
 */
static void write_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	utf8_print_json(out, text, ACCOUNTING_TEXT_MAX);
}

/**
 * Write a number.
 */
static void write_number(FILE *out, const char *key, uint64_t number)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, number);
}

/**
 * Write an identity, if there is one.
 */
static void write_id(FILE *out, const char *key, identification_t *id)
{
	char *text;

	if (id)
	{
		text = peer_identity_print(id);
		write_text(out, key, text);
		free(text);
	}
}

/**
 * Write an address.
 */
static void write_host(FILE *out, const char *key, host_t *host)
{
	fprintf(out, "\"%s\":\"%H\",\"port\":%u", key, host,
			host->get_port(host));
}

/**
 * Write what a peer is a member of.
 */
static void write_groups(FILE *out, array_t *groups)
{
	identification_t *group;
	char *text;
	int i;

	fputs(",\"groups\":[", out);
	for (i = 0; array_get(groups, i, &group); i++)
	{
		fputs(i ? "," : "", out);
		text = peer_identity_print(group);
		utf8_print_json(out, text, ACCOUNTING_TEXT_MAX);
		free(text);
	}
	fputc(']', out);
}

/**
 * Write whose certificate was shown.
 */
static void write_cert(FILE *out, certificate_t *cert)
{
	chunk_t serial;
	x509_t *x509 = (x509_t*)cert;

	write_id(out, "cert-subject", cert->get_subject(cert));
	write_id(out, "cert-issuer", cert->get_issuer(cert));
	if (cert->get_type(cert) == CERT_X509)
	{
		serial = x509->get_serial(x509);
		fprintf(out, ",\"cert-serial\":\"%#B\"", &serial);
	}
}

/**
 * Write where a peer is, and was.
 */
static void write_places(FILE *out, const accounting_state_t *state)
{
	accounting_place_t place;
	int i;

	array_get(state->places, ARRAY_TAIL, &place);
	fputc(',', out);
	write_host(out, "host", place.host);
	if (!state->moves)
	{
		return;
	}
	write_number(out, "moves", state->moves);
	fputs(",\"places\":[", out);
	for (i = 0; array_get(state->places, i, &place); i++)
	{
		fprintf(out, "%s{", i ? "," : "");
		write_host(out, "host", place.host);
		write_number(out, "since", place.since);
		fputc('}', out);
	}
	fputc(']', out);
}

/**
 * Write virtual IPs.
 */
static void write_vips(FILE *out, array_t *vips)
{
	host_t *vip;
	int i;

	fputs(",\"virtual-ips\":[", out);
	for (i = 0; array_get(vips, i, &vip); i++)
	{
		fprintf(out, "%s\"%H\"", i ? "," : "", vip);
	}
	fputc(']', out);
}

/**
 * Write who it is, which is all of a login that was refused.
 */
static void write_peer(FILE *out, const accounting_session_t *session,
					   const accounting_state_t *state)
{
	write_number(out, "uniqueid", state->unique_id);
	write_id(out, "id", session->user);
	write_id(out, "ike-id", session->ike_id);
	write_id(out, "eap-id", session->eap_id);
	if (session->connection)
	{
		write_text(out, "connection", session->connection);
	}
	write_number(out, "ike-version", session->ike_version);
	fprintf(out, ",\"initiator\":%s", session->initiator ? "true" : "false");
	fprintf(out, ",\"local-host\":\"%H\"", session->local);
	write_places(out, state);
	if (session->cert)
	{
		write_cert(out, session->cert);
	}
}

/**
 * Write how much went through.
 */
static void write_usage(FILE *out, const accounting_usage_t *usage)
{
	write_number(out, "bytes-in", usage->bytes[1]);
	write_number(out, "bytes-out", usage->bytes[0]);
	write_number(out, "packets-in", usage->packets[1]);
	write_number(out, "packets-out", usage->packets[0]);
}

char *accounting_record_print(accounting_type_t type,
							  const accounting_session_t *session,
							  const accounting_state_t *state, time_t now)
{
	time_t monotonic = state->end_monotonic ?: time_monotonic(NULL);
	char *line = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&line, &len);
	if (!out)
	{
		return NULL;
	}
	fprintf(out, ACCOUNTING_HEAD "%s\"", accounting_types[type], session->id);
	write_number(out, "time", now);
	write_peer(out, session, state);
	if (type == ACCOUNTING_REFUSED)
	{
		write_text(out, "step", session->step);
		write_text(out, "reason", session->refused);
	}
	else
	{
		write_groups(out, session->groups);
		write_vips(out, state->vips);
		if (session->previous)
		{
			write_text(out, "previous", session->previous);
		}
		write_number(out, "start", session->start);
		write_number(out, "duration", monotonic - session->start_monotonic);
		write_usage(out, &state->usage);
	}
	if (type == ACCOUNTING_END)
	{
		write_number(out, "end", state->end);
		write_text(out, "reason", state->reason);
		if (state->by)
		{
			write_text(out, "closed-by", state->by);
		}
		if (session->limit)
		{
			write_text(out, "limit", session->limit);
		}
	}
	fputs("}\n", out);
	fclose(out);
	return line;
}
