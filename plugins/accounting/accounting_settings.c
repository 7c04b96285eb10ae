/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_bytes.h"
#include "accounting_settings.h"

/**
 * Longest time of a limit: a year.
 */
#define LIMIT_MAX (366 * 24 * 3600)

static const option_t rule_options[] = {
	PEER_MATCH_OPTIONS(accounting_rule_t, match, "groups"),
	OPTION(accounting_rule_t, time_max, TIME, .max = LIMIT_MAX, .def = "0"),
	OPTION(accounting_rule_t, idle_timeout, TIME, .max = LIMIT_MAX,
		   .def = "0"),
	OPTION(accounting_rule_t, bytes_max, STRING),
	OPTION(accounting_rule_t, time_max_day, TIME, .max = 86400, .def = "0"),
	OPTION(accounting_rule_t, bytes_max_day, STRING),
	OPTION(accounting_rule_t, hours, STRING),
};

/**
 * Parse a number of bytes, if there is one.
 */
static void check_bytes(const char *key, const char *text, uint64_t *bytes,
						option_errors_t *errors)
{
	if (text && !accounting_bytes_parse(text, bytes))
	{
		errors->add(errors, key, text, "expected bytes, at least 1, with k, M, "
					"G or T for 1024 of them and so on");
	}
}

/**
 * Implementation of options_schema_t.check: a rule without a limit is a
 * mistake.
 */
static void check_rule(void *config, option_errors_t *errors)
{
	accounting_rule_t *rule = config;

	peer_match_check(&rule->match, "groups", errors);
	check_bytes("bytes_max", rule->bytes_max, &rule->bytes, errors);
	check_bytes("bytes_max_day", rule->bytes_max_day, &rule->day_bytes, errors);
	if (rule->hours && !accounting_hours_parse(rule->hours, &rule->open))
	{
		errors->add(errors, "hours", rule->hours, "expected days, times or "
					"both, comma separated, as mon-fri 08:00-18:00, sat");
	}
	if (!rule->time_max && !rule->time_max_day && !rule->idle_timeout &&
		!rule->bytes_max && !rule->bytes_max_day && !rule->hours)
	{
		errors->add(errors, "", NULL, "limits nothing, expected time_max, "
					"time_max_day, idle_timeout, bytes_max, bytes_max_day or "
					"hours");
	}
}

static const options_schema_t rule_schema = {
	.size = sizeof(accounting_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
};

static const option_t options[] = {
	OPTION(accounting_settings_t, file, STRING),
	OPTION(accounting_settings_t, update_interval, TIME, .max = 86400,
		   .def = "10m"),
	OPTION(accounting_settings_t, journal, BOOL, .def = "no"),
	OPTION(accounting_settings_t, syslog, ENUM, .names = log_facilities),
	OPTION(accounting_settings_t, rules, SECTIONS, .section = &rule_schema,
		   .max = ACCOUNTING_RULES_MAX),
	OPTION(accounting_settings_t, limit_warning, TIME, .max = 86400,
		   .def = "5m"),
};

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	accounting_settings_t *settings = config;

	if (settings->file && *settings->file != '/')
	{
		errors->add(errors, "file", settings->file,
					"expected an absolute path");
	}
}

const options_schema_t accounting_schema = {
	.name = "accounting",
	.size = sizeof(accounting_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
