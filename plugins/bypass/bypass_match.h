/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_match.h
 * What a rule means: its options, parsed.
 */

#ifndef BYPASS_MATCH_H_
#define BYPASS_MATCH_H_

#include "bypass_nets.h"
#include "bypass_number.h"
#include "bypass_settings.h"

typedef struct bypass_match_t bypass_match_t;

struct bypass_match_t {
	const bypass_rule_t *rule;
	/** arrays of bypass_net_t */
	array_t *src;
	array_t *dst;
	/** 0 for any */
	uint8_t protocol;
	/** from source to destination, 0-65535 for any */
	port_range_t src_port;
	port_range_t dst_port;
};

/**
 * Parse the options of a rule, and check them against each other.
 *
 * @param rule		rule, has to outlive the match
 * @param match		gets what it means, without what is wrong
 * @param errors	gets what is wrong, NULL if the rule is known to be valid
 * @param notices	array of char*, gets allocated lines about what isn't taken
 *					as it was written, NULL if nobody cares
 */
void bypass_match_parse(const bypass_rule_t *rule, bypass_match_t *match,
						option_errors_t *errors, array_t *notices);

/**
 * Number of kernel policies the rule makes, without those of interfaces'
 * subnets.
 */
uint64_t bypass_match_count(const bypass_match_t *match);

/**
 * May networks be paired? They have to be of the same family, and the protocol
 * must exist there.
 *
 * @param src		network of the rule's source
 * @param dst		network of the rule's destination
 */
bool bypass_match_pairs(const bypass_match_t *match,
						const bypass_prefix_t *src,
						const bypass_prefix_t *dst);

/**
 * Free what bypass_match_parse() has allocated.
 */
void bypass_match_clear(bypass_match_t *match);

#endif /** BYPASS_MATCH_H_ */
