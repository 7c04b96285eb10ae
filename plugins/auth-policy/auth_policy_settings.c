/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_settings.h"

/**
 * Longest grace: 90 days. Beyond that nobody notices that a CRL isn't renewed.
 */
#define GRACE_MAX (90 * 24 * 3600)

/**
 * Longest time between two rounds of fetching CRLs.
 */
#define RECHECK_MAX (7 * 24 * 3600)

/**
 * Most failures, which all have a place in memory, longest time for them, and
 * for a lockout: 30 days, as it ends with charon.
 */
#define FAILURES_MAX 100
#define WITHIN_MAX (24 * 3600)
#define LASTS_MAX (30 * 24 * 3600)

const char *const auth_policy_revocations[] = {
	"relaxed", "ifuri", "strict", NULL
};

static const char *const outages[] = { "keep", "close", NULL };

/**
 * Options that the settings and each rule have, with defaults for the former.
 */
#define TERMS_OPTIONS(owner, def_revocation, def_grace) \
	OPTION_AS("revocation", owner, terms.revocation, ENUM, \
			  .names = auth_policy_revocations, .def = def_revocation), \
	OPTION_AS("grace", owner, terms.grace, TIME, .max = GRACE_MAX, \
			  .def = def_grace)

static const option_t rule_options[] = {
	PEER_MATCH_OPTIONS(auth_policy_rule_t, match, "cas"),
	TERMS_OPTIONS(auth_policy_rule_t, NULL, NULL),
};

static void check_rule(void *config, option_errors_t *errors);

static const options_schema_t rule_schema = {
	.size = sizeof(auth_policy_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
};

static const char *const bys[] = {
	"identity", "address", "both", NULL
};

static const option_t lockout_options[] = {
	OPTION(auth_policy_lockout_rule_t, failures, INT, .def = "5",
		   .max = FAILURES_MAX),
	OPTION(auth_policy_lockout_rule_t, within, TIME, .def = "10m", .min = 1,
		   .max = WITHIN_MAX),
	OPTION_AS("for", auth_policy_lockout_rule_t, lasts, TIME, .def = "15m",
			  .min = 1, .max = LASTS_MAX),
	OPTION(auth_policy_lockout_rule_t, by, ENUM, .names = bys, .def = "both"),
};

static const options_schema_t lockout_schema = {
	.size = sizeof(auth_policy_lockout_rule_t),
	.options = lockout_options,
	.count = countof(lockout_options),
};

static const option_t options[] = {
	TERMS_OPTIONS(auth_policy_settings_t, "relaxed", "0"),
	OPTION(auth_policy_settings_t, rules, SECTIONS, .section = &rule_schema,
		   .max = AUTH_POLICY_RULES_MAX),
	OPTION(auth_policy_settings_t, blocks_file, STRING),
	OPTION(auth_policy_settings_t, recheck_interval, TIME, .def = "0",
		   .max = RECHECK_MAX),
	OPTION(auth_policy_settings_t, on_outage, ENUM, .names = outages,
		   .def = "keep"),
	OPTION(auth_policy_settings_t, lockouts, SECTIONS,
		   .section = &lockout_schema, .max = AUTH_POLICY_LOCKOUT_MAX),
};

/**
 * Refuse a grace that nothing is measured by.
 */
static void check_grace(const auth_policy_terms_t *terms,
						option_errors_t *errors)
{
	if (terms->revocation == AUTH_POLICY_RELAXED)
	{
		errors->add(errors, "grace", NULL, "has no effect with revocation "
					"relaxed, expected revocation ifuri or strict");
	}
}

/**
 * Complete a rule with what the settings say, and check it.
 */
static void check_rule(void *config, option_errors_t *errors)
{
	auth_policy_rule_t *rule = config;
	auth_policy_settings_t *settings = rule->section.parent;
	auth_policy_terms_t *terms = &rule->terms, *def = &settings->terms;

	peer_match_check(&rule->match, "cas", errors);
	if (terms->revocation == OPTION_UNSET_ENUM)
	{
		terms->revocation = def->revocation;
	}
	if (terms->grace == OPTION_UNSET)
	{
		terms->grace = def->grace;
		return;
	}
	check_grace(terms, errors);
}

bool auth_policy_settings_demand(auth_policy_settings_t *settings)
{
	auth_policy_rule_t *rule;
	bool demand = settings->terms.revocation != AUTH_POLICY_RELAXED;
	u_int i;

	for (i = 0; i < settings->rules.count && !demand; i++)
	{
		rule = settings->rules.items[i];
		demand = rule->terms.revocation != AUTH_POLICY_RELAXED;
	}
	return demand;
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	auth_policy_settings_t *settings = config;

	if (settings->blocks_file && *settings->blocks_file != '/')
	{
		errors->add(errors, "blocks_file", settings->blocks_file, "expected an "
					"absolute path");
	}
	if (settings->on_outage == AUTH_POLICY_CLOSE &&
		(!settings->recheck_interval || !auth_policy_settings_demand(settings)))
	{
		errors->add(errors, "on_outage", NULL, "has no effect unless there is "
					"a recheck_interval, and revocation is ifuri or strict");
	}
	/* with rules, it is a default for them and may well be of use */
	if (!settings->rules.count && settings->terms.grace)
	{
		check_grace(&settings->terms, errors);
	}
}

const options_schema_t auth_policy_schema = {
	.name = "auth-policy",
	.size = sizeof(auth_policy_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
