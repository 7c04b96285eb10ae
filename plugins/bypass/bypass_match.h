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
	/** array of char*, lines about what isn't taken as it was written */
	array_t *notices;
};

/**
 * Parse the options of a rule, and check them against each other.
 *
 * @param rule		rule, has to outlive the match
 * @param errors	gets what is wrong
 * @return			what it means, without what is wrong
 */
bypass_match_t *bypass_match_create(const bypass_rule_t *rule,
									option_errors_t *errors);

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
 * Destroy a match, which may be NULL.
 */
void bypass_match_destroy(bypass_match_t *match);

#endif /** BYPASS_MATCH_H_ */
