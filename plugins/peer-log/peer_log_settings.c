/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_settings.h"

static const option_t rule_options[] = {
	PEER_LOG_TERMS(peer_log_rule_t, terms),
};

/**
 * Implementation of options_schema_t.check of a rule.
 */
static void check_rule(void *config, option_errors_t *errors)
{
	peer_log_rule_t *rule = config;

	peer_log_terms_check(&rule->terms, errors);
}

static const options_schema_t rule_schema = {
	.size = sizeof(peer_log_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
};

static const option_t options[] = {
	OPTION(peer_log_settings_t, buffer_size, INT, .was = "buffer",
		   .min = 64 * 1024, .max = 1024 * 1024 * 1024, .def = "16777216"),
	OPTION(peer_log_settings_t, rules, SECTIONS, .section = &rule_schema,
		   .max = PEER_LOG_RULES_MAX),
};

bool peer_log_terms_has_level(const peer_log_terms_t *terms, debug_t group)
{
#define HAS_OPTION(name, group, unused) [group] = TRUE,
	static const bool options[DBG_MAX] = {
		PEER_LOG_SUBSYSTEMS(HAS_OPTION, )
	};

	return group < DBG_MAX && options[group] &&
		   terms->levels[group] != OPTION_UNSET;
}

level_t peer_log_terms_level(const peer_log_terms_t *terms, debug_t group)
{
	return peer_log_terms_has_level(terms, group) ? terms->levels[group]
												  : terms->level;
}

int peer_log_terms_facility(const peer_log_terms_t *terms)
{
	return log_facility(terms->syslog);
}

void peer_log_terms_check(const peer_log_terms_t *terms,
						  option_errors_t *errors)
{
	u_int targets;

	if (!terms->ids && !terms->addresses && !terms->connections)
	{
		errors->add(errors, "ids", NULL, "missing, expected ids, addresses or "
					"connections");
	}
	targets = !!terms->file + terms->journal +
			  (terms->syslog != OPTION_UNSET_ENUM);
	if (targets != 1)
	{
		errors->add(errors, "file", NULL, "%s, expected one of file, journal = "
					"yes and syslog", targets ? "not the only target" :
					"missing");
	}
	if (terms->file && *terms->file != '/')
	{
		errors->add(errors, "file", terms->file, "expected an absolute path");
	}
}

const options_schema_t peer_log_schema = {
	.name = "peer-log",
	.size = sizeof(peer_log_settings_t),
	.options = options,
	.count = countof(options),
};
