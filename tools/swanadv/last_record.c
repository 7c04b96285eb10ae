/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "last_record.h"
#include "print.h"

#include <peer_identity.h>
#include <utf8.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

/**
 * Characters of the columns, which stand in this order.
 */
#define ID_WIDTH 24
#define HOST_WIDTH 15
#define CONNECTION_WIDTH 12
#define TIME_WIDTH 16
#define DURATION_WIDTH 11
#define STEP_WIDTH 14
#define BYTES_WIDTH 8

typedef struct private_last_record_t private_last_record_t;

struct private_last_record_t {
	last_record_t public;
	json_t *json;
};

/**
 * Get the text of a key, "" if there is none.
 */
static const char *get_text(json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key)) ?: "";
}

/**
 * Get the number of a key, 0 if there is none.
 */
static json_int_t get_number(json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

/**
 * Is it the text of an identity?
 */
static bool is_identity(const char *text, const last_who_t *who)
{
	identification_t *id;
	bool is;

	if (!*text)
	{
		return FALSE;
	}
	id = identification_create_from_string((char*)text);
	is = strcaseeq(text, who->name) || peer_identity_equals(id, who->id);
	id->destroy(id);
	return is;
}

/**
 * Is it the text of an address?
 */
static bool is_host(const char *text, const last_who_t *who)
{
	host_t *host = *text ? host_create_from_string((char*)text, 0) : NULL;
	bool is = host && host->ip_equals(host, who->host);

	DESTROY_IF(host);
	return is;
}

METHOD(last_record_t, is_about, bool,
	private_last_record_t *this, const last_who_t *who)
{
	json_t *item;
	size_t i;

	if (is_identity(get_text(this->json, "id"), who) ||
		is_identity(get_text(this->json, "ike-id"), who) ||
		is_identity(get_text(this->json, "eap-id"), who))
	{
		return TRUE;
	}
	if (!who->host)
	{
		return FALSE;
	}
	if (is_host(get_text(this->json, "host"), who))
	{
		return TRUE;
	}
	json_array_foreach(json_object_get(this->json, "places"), i, item)
	{
		if (is_host(get_text(item, "host"), who))
		{
			return TRUE;
		}
	}
	json_array_foreach(json_object_get(this->json, "virtual-ips"), i, item)
	{
		if (is_host(json_string_value(item) ?: "", who))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Print text, and what is left of its column.
 */
static void print_cell(const char *text, int width)
{
	char *escaped = utf8_escape(text, strlen(text));
	const char *pos;

	fputs(escaped, stdout);
	for (pos = escaped; *pos; pos++)
	{	/* all bytes but those that continue a character */
		width -= ((u_char)*pos & 0xc0) != 0x80;
	}
	printf("%*s  ", max(width, 0), "");
	free(escaped);
}

/**
 * Print a time by the local clock.
 */
static void print_time(json_int_t seconds)
{
	char buf[32] = "";
	time_t since = seconds;
	struct tm tm;

	if (localtime_r(&since, &tm))
	{
		strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M", &tm);
	}
	print_cell(buf, TIME_WIDTH);
}

/**
 * Print a duration: [DAYS+]HOURS:MINUTES:SECONDS.
 */
static void print_duration(json_int_t seconds)
{
	char buf[64];
	int len = 0;

	if (seconds >= 86400)
	{
		len = snprintf(buf, sizeof(buf), "%" PRId64 "+",
					   (int64_t)(seconds / 86400));
	}
	snprintf(buf + len, sizeof(buf) - len, "%02d:%02d:%02d",
			 (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
			 (int)(seconds % 60));
	print_cell(buf, DURATION_WIDTH);
}

/**
 * Print a number of bytes, in units of 1024.
 */
static void print_bytes(json_int_t bytes)
{
	static const char units[] = " KMGTPE";
	double number = bytes;
	char buf[32];
	int unit = 0;

	while (number >= 1024 && units[unit + 1])
	{
		number /= 1024;
		unit++;
	}
	if (unit)
	{
		snprintf(buf, sizeof(buf), "%.1f%c", number, units[unit]);
	}
	else
	{
		snprintf(buf, sizeof(buf), "%" PRId64, (int64_t)bytes);
	}
	print_cell(buf, BYTES_WIDTH);
}

void last_record_print_header(bool refused)
{
	print_cell("id", ID_WIDTH);
	print_cell("host", HOST_WIDTH);
	print_cell("connection", CONNECTION_WIDTH);
	if (refused)
	{
		print_cell("time", TIME_WIDTH);
		print_cell("step", STEP_WIDTH);
	}
	else
	{
		print_cell("start", TIME_WIDTH);
		print_cell("duration", DURATION_WIDTH);
		print_cell("in", BYTES_WIDTH);
		print_cell("out", BYTES_WIDTH);
	}
	puts("reason");
}

METHOD(last_record_t, print, void,
	private_last_record_t *this, bool newest)
{
	const char *type = get_text(this->json, "type");

	print_cell(get_text(this->json, "id"), ID_WIDTH);
	print_cell(get_text(this->json, "host"), HOST_WIDTH);
	print_cell(get_text(this->json, "connection"), CONNECTION_WIDTH);
	if (streq(type, "refused"))
	{
		print_time(get_number(this->json, "time"));
		print_cell(get_text(this->json, "step"), STEP_WIDTH);
	}
	else
	{
		print_time(get_number(this->json, "start"));
		print_duration(get_number(this->json, "duration"));
		print_bytes(get_number(this->json, "bytes-in"));
		print_bytes(get_number(this->json, "bytes-out"));
	}
	if (streq(type, "start") || streq(type, "update"))
	{
		/* nothing follows in an older file */
		fputs(newest ? "open" : "unknown", stdout);
	}
	else if (streq(type, "continued"))
	{
		fputs("continued", stdout);
	}
	else
	{
		print_text(stdout, get_text(this->json, "reason"));
	}
	putchar('\n');
}

METHOD(last_record_t, destroy, void,
	private_last_record_t *this)
{
	json_decref(this->json);
	free(this);
}

last_record_t *last_record_create(const char *line)
{
	private_last_record_t *this;
	const char *pos;
	json_t *json;
	size_t len;

	for (pos = line; *pos; pos += len)
	{
		len = utf8_length(pos);
		if (!utf8_printable(pos, len))
		{
			return NULL;
		}
	}
	json = json_loads(line, 0, NULL);
	if (!json_is_object(json))
	{
		json_decref(json);
		return NULL;
	}
	INIT(this,
		.public = {
			.is_about = _is_about,
			.print = _print,
			.destroy = _destroy,
		},
		.json = json,
	);
	return &this->public;
}
