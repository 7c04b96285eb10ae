/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_lines.h"

#include <log_fields.h>
#include <peer_identity.h>
#include <utf8.h>

#include <inttypes.h>
#include <syslog.h>
#include <time.h>

/**
 * Get how much a record matters.
 */
static int get_priority(accounting_type_t type)
{
	return type == ACCOUNTING_REFUSED ? LOG_NOTICE : LOG_INFO;
}

/**
 * Get the text of an identity, without what a terminal may act on.
 */
static char *get_id(identification_t *id)
{
	char *text, *escaped;

	text = id ? peer_identity_print(id) : strdup("somebody");
	escaped = utf8_escape(text, ACCOUNTING_TEXT_MAX);
	free(text);
	return escaped;
}

/**
 * Add a field with an identity, if there is one.
 *
 * @param user		the one that is printed already
 * @param printed	how
 */
static void add_id(bio_writer_t *writer, const char *name, identification_t *id,
				   identification_t *user, const char *printed)
{
	char *text;

	if (id && user && id->equals(id, user))
	{	/* to print one costs more than all the rest */
		log_fields_add(writer, name, printed);
	}
	else if (id)
	{
		text = get_id(id);
		log_fields_add(writer, name, text);
		free(text);
	}
}

/**
 * Add the sentence.
 */
static void add_message(bio_writer_t *writer, accounting_type_t type,
						const accounting_session_t *session,
						const accounting_state_t *state, const char *id,
						const char *host)
{
	char *text;
	time_t duration = state->end_monotonic - session->start_monotonic;
	int len;

	switch (type)
	{
		case ACCOUNTING_REFUSED:
			len = asprintf(&text, "%s from %s was refused at %s: %s", id, host,
						   session->step, session->refused);
			break;
		case ACCOUNTING_END:
			len = asprintf(&text, "%s from %s is gone after %" PRIu64 " s, %"
						   PRIu64 " bytes in, %" PRIu64 " out: %s", id, host,
						   (uint64_t)duration, state->usage.bytes[1],
						   state->usage.bytes[0], state->reason);
			break;
		default:
			len = asprintf(&text, "%s from %s is connected", id, host);
			break;
	}
	if (len >= 0)
	{
		log_fields_add(writer, "MESSAGE", text);
		free(text);
	}
}

/**
 * Add what only an end has.
 */
static void add_end(bio_writer_t *writer, const accounting_session_t *session,
					const accounting_state_t *state)
{
	log_fields_add(writer, "ACCOUNTING_REASON", state->reason);
	log_fields_add_number(writer, "ACCOUNTING_DURATION",
						  state->end_monotonic - session->start_monotonic);
	log_fields_add_number(writer, "ACCOUNTING_BYTES_IN", state->usage.bytes[1]);
	log_fields_add_number(writer, "ACCOUNTING_BYTES_OUT",
						  state->usage.bytes[0]);
}

chunk_t accounting_lines_journal(accounting_type_t type,
								 const accounting_session_t *session,
								 const accounting_state_t *state,
								 const char *record)
{
	bio_writer_t *writer = bio_writer_create(512);
	identification_t *user = session->user;
	char *id = get_id(user), host[64];
	accounting_place_t place;
	chunk_t datagram;
	host_t *vip;
	int i;

	array_get(state->places, ARRAY_TAIL, &place);
	snprintf(host, sizeof(host), "%H", place.host);
	add_message(writer, type, session, state, id, host);
	log_fields_add_number(writer, "PRIORITY", get_priority(type));
	log_fields_add(writer, "SYSLOG_IDENTIFIER", "charon");
	log_fields_add(writer, "ACCOUNTING_TYPE", accounting_types[type]);
	log_fields_add(writer, "ACCOUNTING_SESSION", session->id);
	add_id(writer, "ACCOUNTING_ID", user, user, id);
	add_id(writer, "ACCOUNTING_IKE_ID", session->ike_id, user, id);
	add_id(writer, "ACCOUNTING_EAP_ID", session->eap_id, user, id);
	log_fields_add(writer, "ACCOUNTING_HOST", host);
	log_fields_add_number(writer, "IKE_SA_UNIQUE_ID", state->unique_id);
	if (session->connection)
	{
		log_fields_add(writer, "IKE_SA_NAME", session->connection);
	}
	for (i = 0; array_get(state->vips, i, &vip); i++)
	{	/* a field may be there several times */
		snprintf(host, sizeof(host), "%H", vip);
		log_fields_add(writer, "ACCOUNTING_VIRTUAL_IP", host);
	}
	if (type == ACCOUNTING_REFUSED)
	{
		log_fields_add(writer, "ACCOUNTING_STEP", session->step);
		log_fields_add(writer, "ACCOUNTING_REASON", session->refused);
	}
	else if (type == ACCOUNTING_END)
	{
		add_end(writer, session, state);
	}
	log_fields_add(writer, "ACCOUNTING_RECORD", record);
	free(id);
	datagram = writer->extract_buf(writer);
	writer->destroy(writer);
	return datagram;
}

chunk_t accounting_lines_syslog(accounting_type_t type, const char *record,
								int facility, pid_t pid, time_t now)
{
	/* whatever the locale is */
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
		"Nov", "Dec",
	};
	struct tm tm;
	char *line;
	int len;

	localtime_r(&now, &tm);
	len = asprintf(&line, "<%d>%s %2d %02d:%02d:%02d charon[%d]: @cee: %s",
				   facility | get_priority(type), months[tm.tm_mon], tm.tm_mday,
				   tm.tm_hour, tm.tm_min, tm.tm_sec, pid, record);
	return len < 0 ? chunk_empty : chunk_create((u_char*)line, len);
}
