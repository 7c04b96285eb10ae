/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_settings.h"
#include "bypass_match.h"

const char *const bypass_directions[] = { "both", "out", "in", NULL };

static const option_t rule_options[] = {
	{ .key = "src", .type = OPTION_STRING,
	  .offset = offsetof(bypass_rule_t, src) },
	{ .key = "dst", .type = OPTION_STRING,
	  .offset = offsetof(bypass_rule_t, dst) },
	{ .key = "protocol", .type = OPTION_STRING,
	  .offset = offsetof(bypass_rule_t, protocol) },
	{ .key = "src_port", .type = OPTION_STRING,
	  .offset = offsetof(bypass_rule_t, src_port) },
	{ .key = "dst_port", .type = OPTION_STRING,
	  .offset = offsetof(bypass_rule_t, dst_port) },
	{ .key = "icmp_type", .type = OPTION_INT, .max = 255,
	  .offset = offsetof(bypass_rule_t, icmp_type) },
	{ .key = "interface", .type = OPTION_STRING,
	  .offset = offsetof(bypass_rule_t, interface) },
	{ .key = "direction", .type = OPTION_ENUM,
	  .names = bypass_directions,
	  .offset = offsetof(bypass_rule_t, direction), .def = "both" },
	{ .key = "allow_any", .type = OPTION_BOOL,
	  .offset = offsetof(bypass_rule_t, allow_any), .def = "no" },
};

/**
 * Implementation of options_schema_t.clear.
 */
static void clear_rule(void *config)
{
	bypass_rule_t *rule = config;

	bypass_match_destroy(rule->match);
}

static const options_schema_t rule_schema = {
	.size = sizeof(bypass_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.clear = clear_rule,
};

static const option_t options[] = {
	{ .key = "lan", .type = OPTION_BOOL,
	  .offset = offsetof(bypass_settings_t, lan), .def = "no" },
	{ .key = "lan_interfaces", .type = OPTION_GLOBS,
	  .offset = offsetof(bypass_settings_t, lan_interfaces) },
	{ .key = "lan_min_prefix", .type = OPTION_INT, .min = 1, .max = 32,
	  .offset = offsetof(bypass_settings_t, lan_min_prefix), .def = "8" },
	{ .key = "lan_min_prefix_ipv6", .type = OPTION_INT, .min = 1, .max = 128,
	  .offset = offsetof(bypass_settings_t, lan_min_prefix_ipv6),
	  .def = "48" },
	{ .key = "rules", .type = OPTION_SECTIONS, .section = &rule_schema,
	  .offset = offsetof(bypass_settings_t, rules), .max = BYPASS_RULES_MAX },
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
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	bypass_settings_t *settings = config;
	bypass_rule_t *rule;
	uint64_t policies = 0;
	u_int i;

	settings->lan_named = settings->lan_interfaces &&
						  names_any(settings->lan_interfaces);
	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		rule->match = bypass_match_create(rule, errors);
		policies += bypass_match_count(rule->match);
	}
	if (policies > BYPASS_POLICIES_MAX)
	{
		errors->add(errors, "rules", NULL, "%llu kernel policies, expected at "
					"most %u", (unsigned long long)policies,
					BYPASS_POLICIES_MAX);
	}
}

const options_schema_t bypass_schema = {
	.name = "bypass",
	.size = sizeof(bypass_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
