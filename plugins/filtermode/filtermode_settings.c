/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_settings.h"
#include "filtermode_rule.h"

#include <protocol.h>

#include <ctype.h>

const char *const filtermode_modes[] = { "off", "ipsec", "interfaces", NULL };
const char *const filtermode_actions[] = { "accept", "drop", "reject", NULL };

static const char *const defaults[] = { "accept", "drop", NULL };

static const char *const directions[] = { "both", "in", "out", NULL };

static const char *const kinds[] = {
	"any", "tunnel", "transport", "vti", "xfrmi", NULL
};

const char *const filtermode_on_stops[] = { "remove", "keep", NULL };

/**
 * Longest name of a table or a rule. nft itself accepts more, but names of
 * rules become part of others.
 */
#define NAME_MAX_LEN 64

static const option_t rule_options[] = {
	{ .key = "direction", .type = OPTION_ENUM, .names = directions,
	  .offset = offsetof(filtermode_rule_t, direction), .def = "both" },
	{ .key = "src", .type = OPTION_SUBNETS,
	  .offset = offsetof(filtermode_rule_t, src) },
	{ .key = "dst", .type = OPTION_SUBNETS,
	  .offset = offsetof(filtermode_rule_t, dst) },
	{ .key = "protocol", .type = OPTION_STRING,
	  .offset = offsetof(filtermode_rule_t, protocol) },
	{ .key = "ports", .type = OPTION_STRING,
	  .offset = offsetof(filtermode_rule_t, ports) },
	{ .key = "mode", .type = OPTION_ENUM, .names = kinds,
	  .offset = offsetof(filtermode_rule_t, kind), .def = "any" },
	{ .key = "connection", .type = OPTION_GLOBS,
	  .offset = offsetof(filtermode_rule_t, connection) },
	{ .key = "action", .type = OPTION_ENUM, .names = filtermode_actions,
	  .offset = offsetof(filtermode_rule_t, action) },
};

static const options_schema_t rule_schema = {
	.size = sizeof(filtermode_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
};

static const option_t options[] = {
	{ .key = "mode", .type = OPTION_ENUM, .names = filtermode_modes,
	  .offset = offsetof(filtermode_settings_t, mode), .def = "off" },
	{ .key = "default", .type = OPTION_ENUM, .names = defaults,
	  .offset = offsetof(filtermode_settings_t, def), .def = "accept" },
	{ .key = "rules", .type = OPTION_SECTIONS, .section = &rule_schema,
	  .offset = offsetof(filtermode_settings_t, rules),
	  .max = FILTERMODE_RULES_MAX },
	{ .key = "rules_file", .type = OPTION_STRING,
	  .offset = offsetof(filtermode_settings_t, rules_file) },
	{ .key = "allow", .type = OPTION_GLOBS,
	  .offset = offsetof(filtermode_settings_t, allow) },
	{ .key = "reject", .type = OPTION_BOOL,
	  .offset = offsetof(filtermode_settings_t, reject), .def = "no" },
	{ .key = "table", .type = OPTION_STRING,
	  .offset = offsetof(filtermode_settings_t, table),
	  .def = "charon_filtermode" },
	{ .key = "priority", .type = OPTION_STRING,
	  .offset = offsetof(filtermode_settings_t, priority), .def = "-10" },
	{ .key = "on_stop", .type = OPTION_ENUM, .names = filtermode_on_stops,
	  .offset = offsetof(filtermode_settings_t, on_stop), .def = "remove" },
};

bool filtermode_priority_parse(const char *str, int *priority)
{
	bool negative = *str == '-';
	uint32_t number;

	if (!number_parse(str + negative, FILTERMODE_PRIORITY_MAX, &number))
	{
		return FALSE;
	}
	*priority = negative ? -(int)number : number;
	return TRUE;
}

/**
 * Is this a name that nft takes as it is, and that can't end its statement?
 */
static bool is_name(const char *str)
{
	const char *pos;

	for (pos = str; isalnum((u_char)*pos) || *pos == '_' || *pos == '-'; pos++)
	{
	}
	return !*pos && isalpha((u_char)*str) && pos - str <= NAME_MAX_LEN;
}

/**
 * Check a rule.
 */
static void check_rule(filtermode_rule_t *rule, option_errors_t *errors)
{
	char path[BUF_LEN];

	snprintf(path, sizeof(path), "rules.%s", rule->section.name);
	if (!is_name(rule->section.name))
	{
		errors->add(errors, path, NULL, "expected a name of letters, digits, "
					"_ and -, of at most %d characters", NAME_MAX_LEN);
	}
	if (rule->action == OPTION_UNSET_ENUM)
	{
		snprintf(path, sizeof(path), "rules.%s.action", rule->section.name);
		errors->add(errors, path, NULL, "missing, expected accept, drop or "
					"reject");
	}
	if (rule->connection && rule->kind != FILTERMODE_TUNNEL &&
		rule->kind != FILTERMODE_TRANSPORT)
	{
		snprintf(path, sizeof(path), "rules.%s.connection",
				 rule->section.name);
		errors->add(errors, path, NULL, "expected together with mode tunnel "
					"or transport, as other packets don't show their CHILD_SA");
	}
	filtermode_rule_check(rule, errors);
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	filtermode_settings_t *settings = config;
	int priority;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		check_rule(settings->rules.items[i], errors);
	}
	if (settings->rules_file &&
		(*settings->rules_file != '/' ||
		 settings->rules_file[strcspn(settings->rules_file, "\"\n")]))
	{
		errors->add(errors, "rules_file", settings->rules_file,
					"expected an absolute path");
	}
	if (!is_name(settings->table))
	{
		errors->add(errors, "table", settings->table, "expected a name of "
					"letters, digits, _ and -, of at most %d characters",
					NAME_MAX_LEN);
	}
	if (!filtermode_priority_parse(settings->priority, &priority))
	{
		errors->add(errors, "priority", settings->priority, "expected a number "
					"from -%d to %d", FILTERMODE_PRIORITY_MAX,
					FILTERMODE_PRIORITY_MAX);
	}
}

const options_schema_t filtermode_schema = {
	.name = "filtermode",
	.size = sizeof(filtermode_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
