/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_settings.h
 * Settings of the plugin: charon.plugins.unity-ext in strongswan.conf.
 */

#ifndef UNITY_EXT_SETTINGS_H_
#define UNITY_EXT_SETTINGS_H_

#include "unity_ext_rule.h"
#include "unity_ext_record.h"

typedef struct unity_ext_settings_t unity_ext_settings_t;

struct unity_ext_settings_t {
	options_head_t head;
	/** an unity_ext_method_t, for DNS servers as a client */
	int dns;
	/** program of the method, or NULL */
	char *dns_program;
	/** interface to have settings on, NULL for one of our own each time */
	char *dns_interface;
	/** absolute paths of what dns_program changes, separated by commas, or
	 * NULL */
	char *dns_files;
	/** domains to take from a gateway, NULL for all of them */
	glob_list_t *dns_domains;
	/** for programs, in seconds */
	uint32_t dns_timeout;
	/** where the records are of what is to be undone */
	char *state_dir;
	/** of unity_ext_rule_t, the first one that matches applies */
	options_sections_t rules;
};

/**
 * Largest number of rules: all of them may be looked at for a login.
 */
#define UNITY_EXT_RULES_MAX 10000

/**
 * Is a program called resolvconf systemd's resolvectl? That takes names of
 * interfaces only, and one set of servers for each.
 *
 * @param program	path of the program
 */
bool unity_ext_is_resolvectl(const char *program);

/**
 * Options of charon.plugins.unity-ext.
 */
extern const options_schema_t unity_ext_schema;

#endif /** UNITY_EXT_SETTINGS_H_ */
