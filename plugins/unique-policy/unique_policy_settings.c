/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_settings.h"

const char *const unique_policy_modes[] = {
	"never", "no", "replace", "keep", NULL
};

const char *const unique_policy_evicts[] = { "oldest", "idle", NULL };

static const char *const matches[] = { "identity", "identity+local", NULL };

/**
 * Options that the settings and each rule have, with defaults for the former.
 */
#define TERMS_OPTIONS(owner, def_mode, def_limit, def_evict, def_timeout) \
	OPTION_AS("mode", owner, terms.mode, ENUM, .names = unique_policy_modes, \
			  .def = def_mode), \
	OPTION_AS("limit", owner, terms.limit, INT, .min = 1, .max = 65535, \
			  .def = def_limit), \
	OPTION_AS("evict", owner, terms.evict, ENUM, \
			  .names = unique_policy_evicts, .def = def_evict), \
	OPTION_AS("keep_timeout", owner, terms.keep_timeout, TIME, .max = 604800, \
			  .def = def_timeout)

static const option_t rule_options[] = {
	PEER_MATCH_OPTIONS(unique_policy_rule_t, match, "groups"),
	TERMS_OPTIONS(unique_policy_rule_t, NULL, NULL, NULL, NULL),
};

static void check_rule(void *config, option_errors_t *errors);

static const options_schema_t rule_schema = {
	.size = sizeof(unique_policy_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
};

static const option_t options[] = {
	TERMS_OPTIONS(unique_policy_settings_t, "replace", "1", "oldest", "0"),
	OPTION(unique_policy_settings_t, match, ENUM, .names = matches,
		   .def = "identity"),
	OPTION(unique_policy_settings_t, rules, SECTIONS, .section = &rule_schema,
		   .max = UNIQUE_POLICY_RULES_MAX),
};

/**
 * Refuse an option of a rule that its mode doesn't look at.
 */
static void check_used(unique_policy_rule_t *rule, bool set, bool used,
					   const char *key, const char *accepted,
					   option_errors_t *errors)
{
	if (set && !used)
	{
		errors->add(errors, key, NULL, "has no effect with mode %s, expected "
					"%s", unique_policy_modes[rule->terms.mode], accepted);
	}
}

/**
 * Complete a rule with what the settings say, and check it.
 */
static void check_rule(void *config, option_errors_t *errors)
{
	unique_policy_rule_t *rule = config;
	unique_policy_settings_t *settings = rule->section.parent;
	unique_policy_terms_t *terms = &rule->terms, *def = &settings->terms;

	peer_match_check(&rule->match, "groups", errors);
	if (terms->mode == OPTION_UNSET_ENUM)
	{
		terms->mode = def->mode;
	}
	check_used(rule, terms->limit != OPTION_UNSET,
			   terms->mode == UNIQUE_REPLACE || terms->mode == UNIQUE_KEEP,
			   "limit", "mode replace or keep", errors);
	check_used(rule, terms->evict != OPTION_UNSET_ENUM,
			   terms->mode == UNIQUE_REPLACE,
			   "evict", "mode replace", errors);
	check_used(rule, terms->keep_timeout != OPTION_UNSET,
			   terms->mode == UNIQUE_KEEP,
			   "keep_timeout", "mode keep", errors);
	if (terms->limit == OPTION_UNSET)
	{
		terms->limit = def->limit;
	}
	if (terms->evict == OPTION_UNSET_ENUM)
	{
		terms->evict = def->evict;
	}
	if (terms->keep_timeout == OPTION_UNSET)
	{
		terms->keep_timeout = def->keep_timeout;
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	unique_policy_settings_t *settings = config;

	/* with rules, these are defaults for them and may well be of use */
	if (!settings->rules.count)
	{
		if (settings->terms.limit > 1 &&
			settings->terms.mode != UNIQUE_REPLACE &&
			settings->terms.mode != UNIQUE_KEEP)
		{
			errors->add(errors, "limit", NULL, "has no effect with mode %s, "
						"expected mode replace or keep",
						unique_policy_modes[settings->terms.mode]);
		}
		if (settings->terms.keep_timeout &&
			settings->terms.mode != UNIQUE_KEEP)
		{
			errors->add(errors, "keep_timeout", NULL, "has no effect with "
						"mode %s, expected mode keep",
						unique_policy_modes[settings->terms.mode]);
		}
		if (settings->terms.evict != UNIQUE_POLICY_EVICT_OLDEST &&
			settings->terms.mode != UNIQUE_REPLACE)
		{
			errors->add(errors, "evict", NULL, "has no effect with mode %s, "
						"expected mode replace",
						unique_policy_modes[settings->terms.mode]);
		}
	}
}

const options_schema_t unique_policy_schema = {
	.name = "unique-policy",
	.size = sizeof(unique_policy_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
