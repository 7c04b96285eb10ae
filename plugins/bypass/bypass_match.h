/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_match.h
 * What a rule means: its options, parsed.
 */

#ifndef BYPASS_MATCH_H_
#define BYPASS_MATCH_H_

#include "bypass_nets.h"
#include "bypass_settings.h"

/**
 * Parse the options of a rule, and check them against each other.
 *
 * @param rule		gets what they mean, without what is wrong
 * @param prefix	what errors have before the key of an option, without a dot;
 *					empty for none
 * @param errors	gets what is wrong
 */
void bypass_match_parse(bypass_rule_t *rule, const char *prefix,
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
