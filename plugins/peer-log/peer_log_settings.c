/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_settings.h"

#include <syslog.h>

const char *const peer_log_facilities[] = {
	"daemon", "auth", "authpriv", "user", "local0", "local1", "local2",
	"local3", "local4", "local5", "local6", "local7", NULL
};

static const int facilities[] = {
	LOG_DAEMON, LOG_AUTH, LOG_AUTHPRIV, LOG_USER, LOG_LOCAL0, LOG_LOCAL1,
	LOG_LOCAL2, LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7,
};

static const option_t rule_options[] = {
	PEER_LOG_TERMS(peer_log_rule_t, terms),
};

static const options_schema_t rule_schema = {
	.size = sizeof(peer_log_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
};

static const option_t options[] = {
	OPTION(peer_log_settings_t, buffer, INT, .min = 64 * 1024,
		   .max = 1024 * 1024 * 1024, .def = "16777216"),
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
	return facilities[terms->syslog];
}

void peer_log_terms_check(const peer_log_terms_t *terms, const char *rule,
						  option_errors_t *errors)
{
	char key[BUF_LEN];
	u_int targets;

	if (!terms->ids && !terms->addresses && !terms->connections)
	{
		snprintf(key, sizeof(key), "%sids", rule);
		errors->add(errors, key, NULL, "missing, expected ids, addresses or "
					"connections");
	}
	targets = !!terms->file + terms->journal +
			  (terms->syslog != OPTION_UNSET_ENUM);
	snprintf(key, sizeof(key), "%sfile", rule);
	if (targets != 1)
	{
		errors->add(errors, key, NULL, "%s, expected one of file, journal = "
					"yes and syslog", targets ? "not the only target" :
					"missing");
	}
	if (terms->file && *terms->file != '/')
	{
		errors->add(errors, key, terms->file, "expected an absolute path");
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	peer_log_settings_t *settings = config;
	peer_log_rule_t *rule;
	char path[BUF_LEN];
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		snprintf(path, sizeof(path), "rules.%s.", rule->section.name);
		peer_log_terms_check(&rule->terms, path, errors);
	}
}

const options_schema_t peer_log_schema = {
	.name = "peer-log",
	.size = sizeof(peer_log_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
