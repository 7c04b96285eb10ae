/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_match.h
 * A rule, and what it means: its options, parsed.
 */

#ifndef BYPASS_MATCH_H_
#define BYPASS_MATCH_H_

#include "bypass_nets.h"

#include <options.h>
#include <protocol.h>

#include <collections/array.h>

typedef struct bypass_rule_t bypass_rule_t;
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
 * A rule, as it is written, and what that means.
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
	/** NULL for any */
	char *interface;
	/** a bypass_direction_t */
	int direction;
	bool allow_any;
	/** arrays of bypass_net_t, of src and dst */
	array_t *src_nets;
	array_t *dst_nets;
	/** 0 for any */
	uint8_t proto;
	/** from source to destination, 0-65535 for any */
	port_range_t src_ports;
	port_range_t dst_ports;
	/** array of char*, lines about what isn't taken as it was written */
	array_t *notices;
};

/**
 * Parse the options of a rule, and check them against each other.
 *
 * @param rule		gets what they mean, without what is wrong
 * @param whole	key of errors about the rule as a whole
 * @param errors	gets what is wrong
 */
void bypass_match_parse(bypass_rule_t *rule, const char *whole,
						option_errors_t *errors);

/**
 * Number of kernel policies the rule makes, without those of interfaces'
 * subnets.
 */
uint64_t bypass_match_count(const bypass_rule_t *rule);

/**
 * May networks be paired? They have to be of the same family, and the protocol
 * must exist there.
 *
 * @param src		network of the rule's source
 * @param dst		network of the rule's destination
 */
bool bypass_match_pairs(const bypass_rule_t *rule, const bypass_prefix_t *src,
						const bypass_prefix_t *dst);

/**
 * Free what was parsed, if it was.
 */
void bypass_match_clear(bypass_rule_t *rule);

#endif /** BYPASS_MATCH_H_ */
