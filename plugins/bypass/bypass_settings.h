/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_settings.h
 * Settings of the plugin: charon.plugins.bypass in strongswan.conf.
 */

#ifndef BYPASS_SETTINGS_H_
#define BYPASS_SETTINGS_H_

#include "bypass_match.h"

#include <glob_list.h>

typedef struct bypass_settings_t bypass_settings_t;
typedef struct bypass_request_t bypass_request_t;

/**
 * A rule that is to be added at run time, arguments of add-bypass: an option
 * "name" is that of the rule's section.
 */
struct bypass_request_t {
	options_head_t head;
	bypass_rule_t rule;
};

struct bypass_settings_t {
	options_head_t head;
	bool lan;
	/** NULL for all interfaces */
	glob_list_t *lan_interfaces;
	/** whether lan_interfaces has a pattern that isn't negated */
	bool lan_named;
	/** least number of bits that LANs have in common */
	uint32_t lan_min_prefix;
	uint32_t lan_min_prefix_ipv6;
	/** of bypass_rule_t */
	options_sections_t rules;
};

/**
 * Largest number of rules. Charon sorts all sections again with each one that
 * it reads, which takes it seconds for this many, and minutes for more.
 */
#define BYPASS_RULES_MAX 10000

/**
 * Longest name of a rule that is added at run time.
 */
#define BYPASS_NAME_MAX 100

/**
 * Largest number of kernel policies, all rules and subnets together. Each
 * takes about 1 KB of the kernel's memory.
 */
#define BYPASS_POLICIES_MAX 250000

/**
 * Least number of bits that LANs of a family have in common.
 */
static inline u_int bypass_lan_min_prefix(bypass_settings_t *settings,
										  uint8_t family)
{
	return family == AF_INET ? settings->lan_min_prefix
							 : settings->lan_min_prefix_ipv6;
}

/**
 * Name of the option for that.
 */
static inline const char *bypass_lan_min_prefix_key(uint8_t family)
{
	return family == AF_INET ? "lan_min_prefix" : "lan_min_prefix_ipv6";
}

/**
 * Names of directions, by bypass_direction_t.
 */
extern const char *const bypass_directions[];

/**
 * Options of charon.plugins.bypass.
 */
extern const options_schema_t bypass_schema;

/**
 * Arguments of add-bypass.
 */
extern const options_schema_t bypass_request_schema;

#endif /** BYPASS_SETTINGS_H_ */
