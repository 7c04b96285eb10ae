/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_rule.h
 * A rule of the settings in nft's language.
 */

#ifndef FILTERMODE_RULE_H_
#define FILTERMODE_RULE_H_

#include "filtermode_settings.h"

#include <stdio.h>

/**
 * Check what the option table can't.
 */
void filtermode_rule_check(filtermode_rule_t *rule, option_errors_t *errors);

/**
 * Is a rule about packets in a direction?
 *
 * @param in		TRUE for those that came out of IPsec
 */
bool filtermode_rule_applies(filtermode_rule_t *rule, bool in);

/**
 * Print the rule's part of ipsec-in or ipsec-out.
 *
 * @param rule		valid rule that applies
 * @param in		direction
 * @param out		where to print statements, a line each
 */
void filtermode_rule_print(filtermode_rule_t *rule, bool in, FILE *out);

/**
 * Print the chain that these statements refer to, if they do.
 */
void filtermode_rule_print_chain(filtermode_rule_t *rule, bool in, FILE *out);

/**
 * Print a statement for each way in which a packet can be in tunnel mode.
 *
 * nft finds a tunnel's addresses only in a state in tunnel (or BEET) mode, and
 * looks at one state of a bundle at a time. With IPComp the tunnel is not the
 * first one.
 *
 * @param in		TRUE for packets that came out of it
 * @param verdict	rest of the statement
 */
void filtermode_rule_print_tunnel(bool in, const char *verdict, FILE *out);

/**
 * Name of the set of CHILD_SAs that a rule with connection looks at, as a
 * format for the rule's name.
 */
#define FILTERMODE_RULE_SET "rule-%s"

#endif /** FILTERMODE_RULE_H_ */
