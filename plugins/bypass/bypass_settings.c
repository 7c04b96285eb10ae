/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_settings.h"

const char *const bypass_directions[] = { "both", "out", "in", NULL };

/**
 * An option of a rule that is somewhere in a struct.
 */
#define RULE_OPTION(base, name, kind, ...) \
	{ .key = #name, .type = kind, \
	  .offset = (base) + offsetof(bypass_rule_t, name), __VA_ARGS__ }

/**
 * All of them.
 */
#define RULE_OPTIONS(base) \
	RULE_OPTION(base, src, OPTION_STRING), \
	RULE_OPTION(base, dst, OPTION_STRING), \
	RULE_OPTION(base, protocol, OPTION_STRING), \
	RULE_OPTION(base, src_port, OPTION_STRING), \
	RULE_OPTION(base, dst_port, OPTION_STRING), \
	RULE_OPTION(base, icmp_type, OPTION_INT, .max = 255), \
	RULE_OPTION(base, interface, OPTION_STRING), \
	RULE_OPTION(base, direction, OPTION_ENUM, .names = bypass_directions, \
				.def = "both"), \
	RULE_OPTION(base, allow_any, OPTION_BOOL, .def = "no")

static const option_t rule_options[] = {
	RULE_OPTIONS(0),
};

/**
 * Implementation of options_schema_t.check for a rule.
 */
static void check_rule(void *config, option_errors_t *errors)
{
	bypass_match_parse(config, "", errors);
}

/**
 * Implementation of options_schema_t.clear for a rule.
 */
static void clear_rule(void *config)
{
	bypass_match_clear(config);
}

static const options_schema_t rule_schema = {
	.size = sizeof(bypass_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
	.clear = clear_rule,
};

static const option_t options[] = {
	OPTION(bypass_settings_t, lan, BOOL, .def = "no"),
	OPTION(bypass_settings_t, lan_interfaces, GLOBS),
	OPTION(bypass_settings_t, lan_min_prefix, INT, .min = 1, .max = 32,
		   .def = "8"),
	OPTION(bypass_settings_t, lan_min_prefix_ipv6, INT, .min = 1, .max = 128,
		   .def = "48"),
	OPTION(bypass_settings_t, rules, SECTIONS, .section = &rule_schema,
		   .max = BYPASS_RULES_MAX),
};

/**
 * Does a list have a pattern that isn't negated?
 */
static bool names_any(glob_list_t *list)
{
	enumerator_t *enumerator;
	bool found = FALSE, negated;
	char *pattern;

	enumerator = list->create_enumerator(list);
	while (!found && enumerator->enumerate(enumerator, &pattern, &negated))
	{
		found = !negated;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Refuse more policies than there may be.
 */
static void check_count(uint64_t policies, const char *key,
						option_errors_t *errors)
{
	if (policies > BYPASS_POLICIES_MAX)
	{
		errors->add(errors, key, NULL, "%llu kernel policies, expected at "
					"most %u", (unsigned long long)policies,
					BYPASS_POLICIES_MAX);
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	bypass_settings_t *settings = config;
	uint64_t policies = 0;
	u_int i;

	settings->lan_named = settings->lan_interfaces &&
						  names_any(settings->lan_interfaces);
	for (i = 0; i < settings->rules.count; i++)
	{
		policies += bypass_match_count(settings->rules.items[i]);
	}
	check_count(policies, "rules", errors);
}

const options_schema_t bypass_schema = {
	.name = "bypass",
	.size = sizeof(bypass_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};

/**
 * Implementation of options_schema_t.check for add-bypass.
 */
static void check_request(void *config, option_errors_t *errors)
{
	bypass_rule_t *rule = &((bypass_request_t*)config)->rule;
	const char *name = rule->section.name;

	if (!name || strlen(name) > BYPASS_NAME_MAX)
	{
		errors->add(errors, "name", name, "%sexpected at most %u characters",
					name ? "" : "missing, ", BYPASS_NAME_MAX);
		return;
	}
	bypass_match_parse(rule, "src", errors);
	check_count(bypass_match_count(rule), "src", errors);
}

/**
 * Implementation of options_schema_t.clear for add-bypass.
 */
static void clear_request(void *config)
{
	bypass_match_clear(&((bypass_request_t*)config)->rule);
}

static const option_t request_options[] = {
	OPTION_AS("name", bypass_request_t, rule.section.name, STRING),
	RULE_OPTIONS(offsetof(bypass_request_t, rule)),
};

const options_schema_t bypass_request_schema = {
	.name = "add-bypass",
	.size = sizeof(bypass_request_t),
	.options = request_options,
	.count = countof(request_options),
	.check = check_request,
	.clear = clear_request,
};
