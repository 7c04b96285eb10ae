/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_key.h"
#include "check_core.h"

#include <schemas.h>
#include <utf8.h>

/**
 * The plugins that were built with this program.
 */
static const options_schema_t *const schemas[] = SCHEMAS;

const option_t setting_key_load = {
	.key = "load",
	.type = OPTION_BOOL,
	.def = "no",
};

static const char unknown[] =
		"is no setting: expected a key of 'swanadv setting list', or a section";

/**
 * Take the next name of a key.
 *
 * @param rest			what is left of the key, moved on, "" after its end
 */
static const char *next(const char **rest, char name[BUF_LEN])
{
	size_t len = strcspn(*rest, ".");

	snprintf(name, BUF_LEN, "%.*s", (int)len, *rest);
	*rest += len + ((*rest)[len] == '.');
	return name;
}

/**
 * Check the names of a key: those that charon's parser takes, and nothing that
 * is only seen by looking closely.
 */
static const char *check_names(const char *key)
{
	const char *rest, *pos;
	char name[BUF_LEN];
	size_t len;

	if (strlen(key) >= BUF_LEN / 2)
	{
		return "is too long";
	}
	for (pos = key; *pos; pos += len)
	{
		len = utf8_length(pos);
		if (!utf8_printable(pos, len) || strchr("#{}:,=\"% ", *pos))
		{
			return "has a character that no name of a section can have";
		}
	}
	if (strstr(key, "..") || *key == '.' || pos[-1] == '.')
	{
		return "has an empty name between dots";
	}
	for (rest = key; *rest;)
	{
		if (streq(next(&rest, name), "include"))
		{
			return "has a section that charon takes for an include statement";
		}
		if (*name == '<')
		{
			return "has <name> in it, expected a name there";
		}
	}
	return NULL;
}

/**
 * Find out what a key in a plugin's section is.
 *
 * @param rest			the key there, "" for the section
 * @param key			all of the key
 */
static bool find_option(const options_schema_t *schema, const char *rest,
						const char *key, setting_key_t *out)
{
	const option_t *option;
	char name[BUF_LEN];
	u_int i;

	while (*rest)
	{
		next(&rest, name);
		option = NULL;
		for (i = 0; i < schema->count; i++)
		{
			if (streq(schema->options[i].key, name))
			{
				option = &schema->options[i];
			}
		}
		if (!option)
		{
			return FALSE;
		}
		if (option->type != OPTION_SECTIONS)
		{
			out->option = option;
			return !*rest;
		}
		if (*rest)
		{
			schema = option->section;
			next(&rest, name);
			out->named = rest - key - (*rest != '\0');
		}
	}
	return TRUE;
}

/**
 * Find out what a key of a plugin is.
 */
static bool find_plugin(const char *rest, const char *key, setting_key_t *out)
{
	char name[BUF_LEN];
	int i;

	next(&rest, name);
	if (streq(rest, setting_key_load.key))
	{	/* also those that ours take the place of, as socket-default */
		out->option = &setting_key_load;
		return TRUE;
	}
	for (i = 0; schemas[i]; i++)
	{
		if (streq(schemas[i]->name, name))
		{
			return find_option(schemas[i], rest, key, out);
		}
	}
	return FALSE;
}

/**
 * Find out what a key of charon's own is.
 */
static bool find_core(const check_core_t *core, const char *rest,
					  const char *key, setting_key_t *out)
{
	const char *pattern = core->section;
	char name[BUF_LEN], expected[BUF_LEN];

	while (*pattern && *rest)
	{
		next(&pattern, expected);
		next(&rest, name);
		if (streq(expected, "*"))
		{
			out->named = rest - key - (*rest != '\0');
		}
		else if (!streq(expected, name))
		{
			return FALSE;
		}
	}
	if (*rest)
	{
		out->option = check_core_find(core, rest);
		return out->option != NULL;
	}
	return !*pattern && *core->section;
}

const char *setting_key_find(const char *key, setting_key_t *out)
{
	const check_core_t *core;
	const char *wrong, *rest = key;
	char daemon[BUF_LEN];
	bool journal;

	wrong = check_names(key);
	if (wrong)
	{
		return wrong;
	}
	if (strpfx(key, "connections."))
	{
		return "is of swanctl.conf, which isn't written";
	}
	*out = (setting_key_t){};
	if (strpfx(key, "charon.plugins."))
	{
		return find_plugin(key + strlen("charon.plugins."), key, out) ? NULL
																: unknown;
	}
	next(&rest, daemon);
	for (core = check_core_sections; core->section; core++)
	{
		/* charon-systemd alone has a journal */
		journal = streq(core->section, "journal");
		*out = (setting_key_t){};
		if (!core->swanctl &&
			streq(daemon, journal ? "charon-systemd" : "charon") &&
			find_core(core, rest, key, out))
		{
			return NULL;
		}
	}
	return unknown;
}
