/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_core.h"

/**
 * What becomes of a value: it is only checked.
 */
typedef union {
	bool flag;
	uint32_t number;
	double decimal;
	int index;
	char *text;
} value_t;

static const char *const levels[] = { "-1", "0", "1", "2", "3", "4", NULL };

static const char *const syslog_levels[] = {
	"-1", "0", "1", "2", "3", "4", "5", "6", "7", NULL,
};

static const char *const uniques[] = { "never", "no", "keep", "replace", NULL };

static const char *const revocations[] = {
	"strict", "ifuri", "relaxed", NULL,
};

/**
 * What each subsystem logs.
 */
#define LEVEL(name) { .key = name, .type = OPTION_ENUM, .names = levels }
#define LEVELS \
	LEVEL("default"), LEVEL("app"), LEVEL("asn"), LEVEL("cfg"), LEVEL("chd"), \
	LEVEL("dmn"), LEVEL("enc"), LEVEL("esp"), LEVEL("ike"), LEVEL("imc"), \
	LEVEL("imv"), LEVEL("job"), LEVEL("knl"), LEVEL("lib"), LEVEL("mgr"), \
	LEVEL("net"), LEVEL("pts"), LEVEL("tls"), LEVEL("tnc"), LEVEL("wch")

static const option_t filelog[] = {
	LEVELS,
	{ .key = "path", .type = OPTION_STRING },
	{ .key = "append", .type = OPTION_BOOL },
	{ .key = "flush_line", .type = OPTION_BOOL },
	{ .key = "ike_name", .type = OPTION_BOOL },
	{ .key = "log_level", .type = OPTION_BOOL },
	{ .key = "time_format", .type = OPTION_STRING },
	{ .key = "time_add_ms", .type = OPTION_BOOL },
};

static const option_t syslogs[] = {
	LEVELS,
	{ .key = "ike_name", .type = OPTION_BOOL },
	{ .key = "log_level", .type = OPTION_BOOL },
	{ .key = "map_level", .type = OPTION_ENUM, .names = syslog_levels },
};

static const option_t journal[] = {
	LEVELS,
};

static const option_t daemon_options[] = {
	{ .key = "accept_unencrypted_mainmode_messages", .type = OPTION_BOOL,
	  .ikev1 = TRUE },
	{ .key = "cisco_unity", .type = OPTION_BOOL, .ikev1 = TRUE },
	{ .key = "interfaces_use", .type = OPTION_STRING },
	{ .key = "make_before_break", .type = OPTION_BOOL },
	{ .key = "max_ikev1_exchanges", .type = OPTION_INT, .min = 1,
	  .max = INT32_MAX, .ikev1 = TRUE },
	{ .key = "port", .type = OPTION_INT, .max = UINT16_MAX },
	{ .key = "port_nat_t", .type = OPTION_INT, .max = UINT16_MAX },
	/* a base below 1 sends ever faster, more than 20 percent is taken for 20,
	 * and charon multiplies the limit by 1000 */
	{ .key = "retransmit_base", .type = OPTION_DECIMAL, .min = 1000,
	  .max = 100000 },
	{ .key = "retransmit_jitter", .type = OPTION_INT, .max = 20 },
	{ .key = "retransmit_limit", .type = OPTION_INT, .max = INT32_MAX / 1000 },
	{ .key = "retransmit_timeout", .type = OPTION_DECIMAL, .min = 1,
	  .max = 3600000 },
	{ .key = "retransmit_tries", .type = OPTION_INT, .max = 1000 },
};

static const option_t connection[] = {
	{ .key = "local_port", .type = OPTION_INT, .max = UINT16_MAX },
	{ .key = "remote_port", .type = OPTION_INT, .max = UINT16_MAX },
	{ .key = "unique", .type = OPTION_ENUM, .names = uniques },
};

static const option_t child[] = {
	{ .key = "ipcomp", .type = OPTION_BOOL },
};

static const option_t peer[] = {
	{ .key = "revocation", .type = OPTION_ENUM, .names = revocations },
};

const check_core_t check_core_sections[] = {
	{ "", daemon_options, countof(daemon_options) },
	{ "filelog.*", filelog, countof(filelog) },
	{ "syslog.*", syslogs, countof(syslogs) },
	{ "journal", journal, countof(journal) },
	{ "connections.*", connection, countof(connection), TRUE },
	{ "connections.*.children.*", child, countof(child), TRUE },
	{ "connections.*.remote*", peer, countof(peer), TRUE },
	{},
};

const option_t *check_core_find(const check_core_t *section, const char *key)
{
	u_int i;

	for (i = 0; i < section->count; i++)
	{
		if (streq(section->options[i].key, key))
		{
			return &section->options[i];
		}
	}
	return NULL;
}

/**
 * Check the values in a section.
 *
 * @param about			what the messages are about
 * @param prefix		length of what isn't said of its path
 */
static void check_values(check_conf_t *conf, const check_core_t *core,
						 const char *about, const char *section, size_t prefix)
{
	option_errors_t *errors;
	enumerator_t *enumerator;
	const option_t *option;
	const char *value;
	char path[BUF_LEN], *line;
	value_t slot;
	u_int i;

	for (i = 0; i < core->count; i++)
	{
		option = &core->options[i];
		value = check_conf_get(conf, section, option->key);
		if (!value)
		{
			continue;
		}
		check_conf_join(path, section, option->key);
		errors = option_errors_create();
		option_value_init(option, &slot);
		option_value_parse(option, value, &slot, errors, path + prefix);
		option_value_clear(option, &slot);
		enumerator = errors->create_enumerator(errors);
		while (enumerator->enumerate(enumerator, &line))
		{
			report_add(conf->report, FINDING_ERROR,
					   conf->lines->find(conf->lines, path), about, "%s", line);
		}
		enumerator->destroy(enumerator);
		errors->destroy(errors);
	}
}

/**
 * Does a name match what ends with *, or is the same?
 */
static bool matches(const char *pattern, size_t len, const char *name)
{
	return len && pattern[len - 1] == '*' ? strneq(name, pattern, len - 1)
										  : strlen(name) == len &&
											strneq(name, pattern, len);
}

/**
 * Check the sections that a pattern is about.
 *
 * @param pattern		what is left of it
 * @param section		section it is within
 */
static void check_sections(check_conf_t *conf, const check_core_t *core,
						   const char *about, const char *pattern,
						   const char *section, size_t prefix)
{
	enumerator_t *enumerator;
	char *name, path[BUF_LEN];
	size_t len = strcspn(pattern, ".");

	if (!*pattern)
	{
		check_values(conf, core, about, section, prefix);
		return;
	}
	enumerator = check_conf_sections(conf, section);
	while (enumerator->enumerate(enumerator, &name))
	{
		if (matches(pattern, len, name))
		{
			check_sections(conf, core, about,
						   pattern + len + (pattern[len] == '.'),
						   check_conf_join(path, section, name), prefix);
		}
	}
	enumerator->destroy(enumerator);
}

void check_core(check_conf_t *conf, bool swanctl)
{
	const check_core_t *core;
	const char *daemon;
	int i;

	for (core = check_core_sections; core->section; core++)
	{
		if (core->swanctl && swanctl)
		{
			check_sections(conf, core, "swanctl", core->section, "", 0);
		}
		for (i = 0; !core->swanctl && !swanctl && conf->daemons[i]; i++)
		{
			daemon = conf->daemons[i];
			check_sections(conf, core, daemon, core->section, daemon,
						   strlen(daemon) + 1);
		}
	}
}

/**
 * Check whether a daemon's plugins are loaded.
 *
 * @param plugins		section that has those of the plugins
 */
static void check_load(check_conf_t *conf, const char *plugins)
{
	enumerator_t *enumerator;
	const char *str;
	char *name, *value, section[BUF_LEN], path[BUF_LEN];

	enumerator = check_conf_sections(conf, plugins);
	while (enumerator->enumerate(enumerator, &name))
	{
		check_conf_join(section, plugins, name);
		str = check_conf_get(conf, section, "load");
		value = (char*)str;
		if (str &&
			settings_value_as_bool(value, TRUE) !=
				settings_value_as_bool(value, FALSE) &&
			settings_value_as_int(value, 0) != settings_value_as_int(value, 1))
		{
			report_add(conf->report, FINDING_ERROR, conf->lines->find(
						conf->lines, check_conf_join(path, section, "load")),
					   name, "load = \"%s\": expected yes, no or a priority",
					   str);
		}
	}
	enumerator->destroy(enumerator);
}

void check_core_load(check_conf_t *conf)
{
	char plugins[BUF_LEN];
	int i;

	for (i = 0; conf->daemons[i]; i++)
	{
		check_load(conf, check_conf_join(plugins, conf->daemons[i], "plugins"));
	}
	if (conf->snippet)
	{
		check_load(conf, "");
	}
}
