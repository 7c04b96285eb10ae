/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_record.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

const char *const unity_ext_methods[] = {
	"none", "exec", "resolvconf", "resolved", NULL
};

/**
 * Variables of the strings, in their order.
 */
static const char *const names[UNITY_EXT_TEXTS] = {
	"UNITY_PROGRAM", "UNITY_INTERFACE", "UNITY_CONNECTION",
	"UNITY_VIRTUAL_IPS", "UNITY_DNS", "UNITY_DOMAINS", "UNITY_DEFAULT_DOMAIN",
};

/**
 * Last line of a record, so that one that was cut isn't taken for complete.
 */
#define END "END\n"

unity_ext_record_t *unity_ext_record_create()
{
	unity_ext_record_t *record;
	u_int i;

	INIT(record,
		.fd = -1,
	);
	for (i = 0; i < UNITY_EXT_TEXTS; i++)
	{
		record->texts[i] = strdup("");
	}
	return record;
}

void unity_ext_record_set(char **text, const char *value)
{
	char *pos;

	free(*text);
	*text = strdup(value);
	for (pos = *text; *pos; pos++)
	{
		if (iscntrl((u_char)*pos))
		{
			*pos = '?';
		}
	}
}

void unity_ext_record_append(char **list, const char *words)
{
	char *longer;

	if (*words &&
		asprintf(&longer, "%s%s%s", *list, **list ? " " : "", words) > 0)
	{
		free(*list);
		*list = longer;
	}
}

/**
 * Write a line for each field.
 */
static void write_fields(unity_ext_record_t *record, FILE *out)
{
	u_int i;

	fprintf(out, "UNITY_METHOD=%s\nUNITY_ID=%u\nUNITY_OWN_INTERFACE=%s\n",
			unity_ext_methods[record->method], record->id,
			record->own_interface ? "yes" : "no");
	for (i = 0; i < UNITY_EXT_TEXTS; i++)
	{
		fprintf(out, "%s=%s\n", names[i], record->texts[i]);
	}
}

char **unity_ext_record_env(unity_ext_record_t *record, const char *action)
{
	char *text = NULL, *line, *next, **env;
	size_t len;
	FILE *out;
	u_int i = 0;

	out = open_memstream(&text, &len);
	fprintf(out, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nUNITY_ACTION=%s\n",
			action);
	write_fields(record, out);
	fclose(out);
	env = calloc(UNITY_EXT_TEXTS + 6, sizeof(char*));
	for (line = strtok_r(text, "\n", &next); line;
		 line = strtok_r(NULL, "\n", &next))
	{
		env[i++] = line;
	}
	return env;
}

void unity_ext_record_freeenv(char **env)
{
	free(env[0]);
	free(env);
}

bool unity_ext_record_write(unity_ext_record_t *record, FILE *out)
{
	write_fields(record, out);
	fputs(END, out);
	return fflush(out) == 0 && !ferror(out);
}

/**
 * Read a field, if there is one of that name.
 */
static void read_field(unity_ext_record_t *record, const char *name,
					   const char *value)
{
	u_int i;

	if (streq(name, "UNITY_ID"))
	{
		record->id = strtoul(value, NULL, 10);
	}
	record->own_interface |= streq(name, "UNITY_OWN_INTERFACE") &&
							 streq(value, "yes");
	for (i = 0; streq(name, "UNITY_METHOD") && unity_ext_methods[i]; i++)
	{
		if (streq(value, unity_ext_methods[i]))
		{
			record->method = i;
		}
	}
	for (i = 0; i < UNITY_EXT_TEXTS; i++)
	{
		if (streq(name, names[i]))
		{
			unity_ext_record_set(&record->texts[i], value);
		}
	}
}

unity_ext_record_t *unity_ext_record_read(FILE *in)
{
	unity_ext_record_t *record = unity_ext_record_create();
	char *line = NULL, *value;
	size_t size = 0;
	bool complete = FALSE;

	while (!complete && getline(&line, &size, in) > 0)
	{
		complete = streq(line, END);
		value = strchr(line, '=');
		if (!complete && value)
		{
			*value++ = '\0';
			value[strcspn(value, "\n")] = '\0';
			read_field(record, line, value);
		}
	}
	free(line);
	if (!complete)
	{
		unity_ext_record_destroy(record);
		return NULL;
	}
	return record;
}

void unity_ext_record_destroy(unity_ext_record_t *record)
{
	u_int i;

	if (record)
	{
		for (i = 0; i < UNITY_EXT_TEXTS; i++)
		{
			free(record->texts[i]);
		}
		if (record->fd >= 0)
		{
			close(record->fd);
		}
		free(record->path);
		free(record->reason);
		free(record);
	}
}
