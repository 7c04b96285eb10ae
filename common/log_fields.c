/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "log_fields.h"

#include <inttypes.h>
#include <syslog.h>

const char *const log_facilities[] = {
	"daemon", "auth", "authpriv", "user", "local0", "local1", "local2",
	"local3", "local4", "local5", "local6", "local7", NULL
};

int log_facility(int index)
{
	static const int facilities[] = {
		LOG_DAEMON, LOG_AUTH, LOG_AUTHPRIV, LOG_USER, LOG_LOCAL0, LOG_LOCAL1,
		LOG_LOCAL2, LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7,
	};

	return facilities[index];
}

void log_fields_add(bio_writer_t *writer, const char *name, const char *value)
{
	uint64_t len = htole64(strlen(value));

	/* the length goes in front, as values may have line feeds */
	writer->write_data(writer, chunk_from_str((char*)name));
	writer->write_uint8(writer, '\n');
	writer->write_data(writer, chunk_from_thing(len));
	writer->write_data(writer, chunk_from_str((char*)value));
	writer->write_uint8(writer, '\n');
}

void log_fields_add_number(bio_writer_t *writer, const char *name,
						   uint64_t value)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%" PRIu64, value);
	log_fields_add(writer, name, buf);
}
