/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_settings.h
 * Settings of the plugin: charon.plugins.accounting in strongswan.conf.
 */

#ifndef ACCOUNTING_SETTINGS_H_
#define ACCOUNTING_SETTINGS_H_

#include <log_fields.h>
#include <options.h>

typedef struct accounting_settings_t accounting_settings_t;

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
};

/**
 * Options of charon.plugins.accounting.
 */
extern const options_schema_t accounting_schema;

#endif /** ACCOUNTING_SETTINGS_H_ */
