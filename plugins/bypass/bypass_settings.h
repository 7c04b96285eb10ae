/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_settings.h
 * Settings of the plugin: charon.plugins.bypass in strongswan.conf.
 */

#ifndef BYPASS_SETTINGS_H_
#define BYPASS_SETTINGS_H_

#include <options.h>
#include <glob_list.h>

typedef struct bypass_settings_t bypass_settings_t;
typedef struct bypass_rule_t bypass_rule_t;
typedef struct bypass_match_t bypass_match_t;
typedef enum bypass_direction_t bypass_direction_t;

/**
 * Which packets a rule is about. The kernel's hooks are another matter: a
 * packet that is forwarded passes two of them.
 */
enum bypass_direction_t {
	BYPASS_BOTH,
	/** those from src to dst */
	BYPASS_OUT,
	/** those from dst to src */
	BYPASS_IN,
};

/**
 * A rule as it is written.
 */
struct bypass_rule_t {
	options_section_t section;
	char *src;
	char *dst;
	char *protocol;
	char *src_port;
	char *dst_port;
	/** OPTION_UNSET for any */
	uint32_t icmp_type;
	char *interface;
	/** a bypass_direction_t */
	int direction;
	bool allow_any;
	/** what all of this means */
	bypass_match_t *match;
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

#endif /** BYPASS_SETTINGS_H_ */
