/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_names.h"
#include "check_core.h"

#include <schemas.h>

#include <ctype.h>

/**
 * Longest name that is compared.
 */
#define NAME_MAX_LEN 64

static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * Sections of a daemon that the page has.
 */
static const char *const sections[] = {
	"plugins", "filelog", "syslog", "journal",
};

/**
 * Names of strongSwan's that are nearly one of the page's.
 */
static const char *const others[] = {
	"charon-nm", "charon-cmd",
};

/**
 * Get the least number of characters to add, take away, change or swap to make
 * a name of another one. Case and what separates words don't matter.
 */
static u_int get_distance(const char *a, const char *b)
{
	u_int rows[3][NAME_MAX_LEN + 1], i, j, cost;
	u_int *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	char x[NAME_MAX_LEN], y[NAME_MAX_LEN];
	const char *pos;
	u_int m = 0, n = 0;

	for (pos = a; *pos && m < NAME_MAX_LEN; pos++)
	{
		if (!strchr("-_", *pos))
		{
			x[m++] = tolower((u_char)*pos);
		}
	}
	for (pos = b; *pos && n < NAME_MAX_LEN; pos++)
	{
		if (!strchr("-_", *pos))
		{
			y[n++] = tolower((u_char)*pos);
		}
	}
	for (j = 0; j <= n; j++)
	{
		last[j] = j;
	}
	for (i = 1; i <= m; i++)
	{
		now[0] = i;
		for (j = 1; j <= n; j++)
		{
			cost = x[i - 1] != y[j - 1];
			now[j] = min(min(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
			if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
			{
				now[j] = min(now[j], before[j - 2] + 1);
			}
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

/**
 * Is a name nearly another one, but not the same?
 */
static bool is_near(const char *name, const char *other)
{
	size_t len = strlen(other);
	int i;

	for (i = 0; i < countof(others); i++)
	{
		if (streq(name, others[i]))
		{
			return FALSE;
		}
	}
	return !streq(name, other) && strlen(name) <= NAME_MAX_LEN &&
		   get_distance(name, other) <= (len > 6 ? 2 : len > 3 ? 1 : 0);
}

/**
 * Find the plugin of ours that a section is for, with a ! after it or not.
 *
 * @param near			whether it may only nearly be one
 */
static const char *find_plugin(const char *name, bool near)
{
	char plugin[BUF_LEN];
	size_t len = strlen(name);
	int i;

	snprintf(plugin, sizeof(plugin), "%.*s",
			 (int)(len && name[len - 1] == '!' ? len - 1 : len), name);
	for (i = 0; schemas[i]; i++)
	{
		if (near ? is_near(plugin, schemas[i]->name)
				 : streq(plugin, schemas[i]->name))
		{
			return schemas[i]->name;
		}
	}
	return NULL;
}

/**
 * Find the setting of a daemon's that a name is, of those on the page.
 *
 * @param section		whether it is a section
 * @param near			whether it may only nearly be one
 */
static const char *find_core(const char *name, bool section, bool near)
{
	const check_core_t *core = &check_core_sections[0];
	const char *other;
	u_int i, count = section ? countof(sections) : core->count;

	for (i = 0; i < count; i++)
	{
		other = section ? sections[i] : core->options[i].key;
		if (near ? is_near(name, other) : streq(name, other))
		{
			return other;
		}
	}
	return NULL;
}

/**
 * Say that an entry has no effect.
 */
static void report(check_conf_t *conf, conf_entry_t *entry, const char *about,
				   const char *expected)
{
	report_add(conf->report, FINDING_ERROR, entry->where, about, "%s%s%s%s: "
			   "has no effect here, expected %s", entry->name,
			   entry->value ? " = \"" : "", entry->value ?: "",
			   entry->value ? "\"" : "", expected);
}

/**
 * Check a name in a place that may be the wrong one.
 *
 * @param plugins		whether it is in a daemon's section plugins
 * @param daemon		whether it is in a daemon's section itself
 */
static void check_place(check_conf_t *conf, conf_entry_t *entry, bool plugins,
						bool daemon)
{
	char expected[BUF_LEN];
	const char *name;

	name = entry->value ? NULL : find_plugin(entry->name, FALSE);
	if (name && !plugins)
	{
		snprintf(expected, sizeof(expected), "within charon { plugins { ... } "
				 "}");
		report(conf, entry, name, expected);
		return;
	}
	name = find_core(entry->name, !entry->value, FALSE);
	if (name && !daemon)
	{
		snprintf(expected, sizeof(expected), "within charon { ... }");
		report(conf, entry, "charon", expected);
	}
}

/**
 * Check a name that may be nearly another one.
 */
static void check_near(check_conf_t *conf, conf_entry_t *entry, bool plugins,
					   bool daemon)
{
	const char *name = NULL, *about = "charon";

	if (plugins && !entry->value && !find_plugin(entry->name, FALSE))
	{
		about = name = find_plugin(entry->name, TRUE);
	}
	else if (daemon && !find_core(entry->name, !entry->value, FALSE))
	{
		name = find_core(entry->name, !entry->value, TRUE);
		if (!name && !entry->value)
		{	/* near and misplaced */
			about = name = find_plugin(entry->name, TRUE);
		}
	}
	if (name)
	{
		report(conf, entry, about, name);
	}
}

/**
 * Check what is in the section of a plugin that is critical: its options are in
 * the section without !.
 *
 * @param parent		last name of the section that it is in
 */
static void check_critical(check_conf_t *conf, conf_entry_t *entry,
						   const char *parent, size_t len)
{
	char about[BUF_LEN], expected[BUF_LEN];

	if (len > 1 && parent[len - 1] == '!' && !streq(entry->name, "load"))
	{
		snprintf(about, sizeof(about), "%.*s", (int)len, parent);
		snprintf(expected, sizeof(expected), "in section %.*s, which may be "
				 "beside this one", (int)len - 1, parent);
		report(conf, entry, about, expected);
	}
}

/**
 * Check what is in the section of a plugin that isn't ours: one of ours, after
 * a brace too few.
 */
static void check_inner(check_conf_t *conf, conf_entry_t *entry,
						const char *parent, size_t len)
{
	char outer[BUF_LEN];

	snprintf(outer, sizeof(outer), "%.*s", (int)len, parent);
	if (!entry->value && !find_plugin(outer, FALSE))
	{
		check_place(conf, entry, FALSE, TRUE);
	}
}

/**
 * Check options of a log.
 *
 * @param core			what is known of them
 */
static void check_log(check_conf_t *conf, conf_entry_t *entry,
					  const char *daemon, const check_core_t *core)
{
	u_int i;

	for (i = 0; entry->value && !check_core_find(core, entry->name) &&
		 i < core->count; i++)
	{
		if (is_near(entry->name, core->options[i].key))
		{
			report(conf, entry, daemon, core->options[i].key);
			return;
		}
	}
}

/**
 * Get how many names a path has.
 */
static u_int get_depth(const char *path)
{
	u_int depth = *path != '\0';

	for (; *path; path++)
	{
		depth += *path == '.';
	}
	return depth;
}

/**
 * Check an entry within a daemon's section.
 *
 * @param rest			its path within that
 */
static void check_within(check_conf_t *conf, conf_entry_t *entry,
						 const char *daemon, const char *rest)
{
	const check_core_t *core;
	u_int depth = get_depth(rest);
	const char *plugin;
	size_t len;

	if (depth == 1)
	{
		check_place(conf, entry, FALSE, TRUE);
		check_near(conf, entry, FALSE, TRUE);
	}
	else if (strpfx(rest, "plugins.") && depth == 2)
	{
		check_place(conf, entry, TRUE, FALSE);
		check_near(conf, entry, TRUE, FALSE);
	}
	else if (strpfx(rest, "plugins.") && depth == 3)
	{
		plugin = rest + strlen("plugins.");
		len = strcspn(plugin, ".");
		check_critical(conf, entry, plugin, len);
		check_inner(conf, entry, plugin, len);
	}
	for (core = check_core_sections; core->section; core++)
	{
		len = strcspn(core->section, ".*");
		if (!core->swanctl && len && strneq(rest, core->section, len) &&
			rest[len] == '.' && depth == get_depth(core->section) + 1)
		{
			check_log(conf, entry, daemon, core);
		}
	}
}

/**
 * Find the daemon whose section something is in.
 *
 * @return				NULL if it isn't in any
 */
static const char *find_daemon(check_conf_t *conf, const char *path)
{
	int i;

	for (i = 0; conf->daemons[i]; i++)
	{
		if (strpfx(path, conf->daemons[i]) &&
			path[strlen(conf->daemons[i])] == '.')
		{
			return conf->daemons[i];
		}
	}
	return strpfx(path, "libstrongswan.") ? "libstrongswan" : NULL;
}

/**
 * Check an entry that isn't in any daemon's section.
 */
static void check_outside(check_conf_t *conf, conf_entry_t *entry)
{
	u_int depth = get_depth(entry->path);

	if (depth == 1 && !entry->value &&
		(is_near(entry->name, "charon") ||
		 is_near(entry->name, "charon-systemd")) &&
		!find_daemon(conf, entry->path))
	{
		report(conf, entry, NULL, is_near(entry->name, "charon")
								  ? "charon" : "charon-systemd");
	}
	else if (depth == 1)
	{
		check_place(conf, entry, conf->snippet, FALSE);
		check_near(conf, entry, TRUE, FALSE);
	}
}

void check_names(check_conf_t *conf)
{
	enumerator_t *enumerator;
	conf_entry_t *entry;
	const char *daemon;

	enumerator = conf->lines->create_enumerator(conf->lines);
	while (enumerator->enumerate(enumerator, &entry))
	{
		daemon = find_daemon(conf, entry->path);
		if (daemon)
		{
			check_within(conf, entry, daemon,
						 entry->path + strlen(daemon) + 1);
		}
		else if (!conf->lines->is_referenced(conf->lines, entry->path))
		{
			check_outside(conf, entry);
		}
	}
	enumerator->destroy(enumerator);
}
