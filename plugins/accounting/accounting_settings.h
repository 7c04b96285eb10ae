/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_settings.h
 * Settings of the plugin: charon.plugins.accounting in strongswan.conf.
 */

#ifndef ACCOUNTING_SETTINGS_H_
#define ACCOUNTING_SETTINGS_H_

#include "accounting_hours.h"

#include <log_fields.h>
#include <peer_match.h>

typedef struct accounting_settings_t accounting_settings_t;
typedef struct accounting_rule_t accounting_rule_t;

/**
 * Limits of some of the peers: each is 0 if there is none.
 */
struct accounting_rule_t {
	options_section_t section;
	peer_match_t match;
	/** seconds, of a session and of a day */
	uint32_t time_max;
	uint32_t time_max_day;
	uint32_t idle_timeout;
	/** as it was written, or NULL, and what it says */
	char *bytes_max;
	uint64_t bytes;
	char *bytes_max_day;
	uint64_t day_bytes;
	/** likewise, when a session may be up */
	char *hours;
	accounting_hours_t open;
};

struct accounting_settings_t {
	options_head_t head;
	/** absolute path, NULL if nothing is recorded */
	char *file;
	/** seconds between two readings of the counters, 0 for none */
	uint32_t update_interval;
	/** whether records go to the journal */
	bool journal;
	/** index of a facility of syslog, or OPTION_UNSET_ENUM */
	int syslog;
	/** of accounting_rule_t, all that match apply */
	options_sections_t rules;
	/** seconds before the end of a session to tell of it, 0 for none */
	uint32_t limit_warning;
};

/**
 * Largest number of rules: all of them may be looked at for each session.
 */
#define ACCOUNTING_RULES_MAX 1000

/**
 * Options of charon.plugins.accounting.
 */
extern const options_schema_t accounting_schema;

#endif /** ACCOUNTING_SETTINGS_H_ */
