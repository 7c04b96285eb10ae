/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_record.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

/**
 * Names of the variables, in the order of unity_ext_field_t.
 */
static const char *const names[UNITY_EXT_FIELDS] = {
	"UNITY_METHOD", "UNITY_PROGRAM", "UNITY_INTERFACE", "UNITY_OWN_INTERFACE",
	"UNITY_CONNECTION", "UNITY_ID", "UNITY_VIRTUAL_IPS", "UNITY_DNS",
	"UNITY_DOMAINS", "UNITY_DEFAULT_DOMAIN",
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
	for (i = 0; i < UNITY_EXT_FIELDS; i++)
	{
		record->fields[i] = strdup("");
	}
	return record;
}

void unity_ext_record_set(unity_ext_record_t *record, unity_ext_field_t field,
						  const char *value)
{
	char *pos;

	free(record->fields[field]);
	record->fields[field] = strdup(value);
	for (pos = record->fields[field]; *pos; pos++)
	{
		if (iscntrl((u_char)*pos))
		{
			*pos = '?';
		}
	}
}

bool unity_ext_record_owns_interface(const unity_ext_record_t *record)
{
	return streq(record->fields[UNITY_EXT_OWN_INTERFACE], "yes");
}

void unity_ext_record_append(unity_ext_record_t *record,
							 unity_ext_field_t field, const char *value)
{
	char *old = record->fields[field], *list;

	if (asprintf(&list, "%s%s%s", old, *old ? " " : "", value) > 0)
	{
		unity_ext_record_set(record, field, list);
		free(list);
	}
}

char **unity_ext_record_env(unity_ext_record_t *record, const char *action)
{
	char **env = calloc(UNITY_EXT_FIELDS + 3, sizeof(char*));
	u_int i;

	for (i = 0; i < UNITY_EXT_FIELDS; i++)
	{
		if (asprintf(&env[i], "%s=%s", names[i], record->fields[i]) < 0)
		{
			env[i] = strdup("");
		}
	}
	if (asprintf(&env[i++], "UNITY_ACTION=%s", action) < 0)
	{
		env[i - 1] = strdup("");
	}
	env[i] = strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	return env;
}

void unity_ext_record_freeenv(char **env)
{
	char **pos;

	for (pos = env; *pos; pos++)
	{
		free(*pos);
	}
	free(env);
}

bool unity_ext_record_write(unity_ext_record_t *record, FILE *out)
{
	u_int i;

	for (i = 0; i < UNITY_EXT_FIELDS; i++)
	{
		fprintf(out, "%s=%s\n", names[i], record->fields[i]);
	}
	fputs(END, out);
	return fflush(out) == 0 && !ferror(out);
}

unity_ext_record_t *unity_ext_record_read(FILE *in)
{
	unity_ext_record_t *record = unity_ext_record_create();
	char *line = NULL, *value;
	size_t size = 0;
	bool complete = FALSE;
	u_int i;

	while (!complete && getline(&line, &size, in) > 0)
	{
		complete = streq(line, END);
		value = strchr(line, '=');
		if (complete || !value)
		{
			continue;
		}
		*value++ = '\0';
		value[strcspn(value, "\n")] = '\0';
		for (i = 0; i < UNITY_EXT_FIELDS; i++)
		{
			if (streq(line, names[i]))
			{
				unity_ext_record_set(record, i, value);
			}
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
		for (i = 0; i < UNITY_EXT_FIELDS; i++)
		{
			free(record->fields[i]);
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
