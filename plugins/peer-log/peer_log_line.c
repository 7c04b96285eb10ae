/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_line.h"

#include <log_fields.h>
#include <utf8.h>

#include <syslog.h>
#include <time.h>

/**
 * Replace what a terminal may act on and what isn't UTF-8, but not what
 * separates lines.
 */
static void clean(char *str)
{
	size_t len;

	for (; *str; str += len)
	{
		len = utf8_length(str);
		if (!utf8_printable(str, len) && *str != '\n' && *str != '\t')
		{
			len = max(len, 1);
			memset(str, '?', len);
		}
	}
}

/**
 * Print what comes in front of each line.
 */
static void print_prefix(const peer_log_line_t *line, char *buf, size_t len)
{
	char date[32];
	struct tm tm;

	localtime_r(&line->time.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, len, "%s.%03d %.2d[%N%d] <%s%s%u> ", date,
			 (int)(line->time.tv_usec / 1000), line->thread, debug_names,
			 line->group, line->level, line->connection ?: "",
			 line->connection ? "|" : "", line->unique_id);
}

char *peer_log_line_print(const peer_log_line_t *line)
{
	char prefix[256], *copy, *rest, *part;
	bio_writer_t *writer;
	chunk_t text;

	print_prefix(line, prefix, sizeof(prefix));
	writer = bio_writer_create(strlen(prefix) + strlen(line->message) + 2);
	copy = rest = strdup(line->message);
	while ((part = strsep(&rest, "\n")))
	{
		writer->write_data(writer, chunk_from_str(prefix));
		writer->write_data(writer, chunk_from_str(part));
		writer->write_uint8(writer, '\n');
	}
	writer->write_uint8(writer, '\0');
	free(copy);
	text = writer->extract_buf(writer);
	writer->destroy(writer);
	clean((char*)text.ptr);
	return (char*)text.ptr;
}

chunk_t peer_log_line_print_journal(const peer_log_line_t *line,
									const char *rule)
{
	bio_writer_t *writer = bio_writer_create(256);
	char group[8], *message = strdup(line->message);
	chunk_t datagram;

	clean(message);
	snprintf(group, sizeof(group), "%N", debug_names, line->group);
	log_fields_add(writer, "MESSAGE", message);
	log_fields_add_number(writer, "PRIORITY", LOG_INFO);
	log_fields_add(writer, "SYSLOG_IDENTIFIER", "charon");
	log_fields_add(writer, "PEER_LOG_RULE", rule);
	log_fields_add(writer, "GROUP", group);
	log_fields_add_number(writer, "LEVEL", line->level);
	log_fields_add_number(writer, "THREAD", line->thread);
	log_fields_add_number(writer, "IKE_SA_UNIQUE_ID", line->unique_id);
	if (line->connection)
	{
		log_fields_add(writer, "IKE_SA_NAME", line->connection);
	}
	free(message);
	datagram = writer->extract_buf(writer);
	writer->destroy(writer);
	return datagram;
}
