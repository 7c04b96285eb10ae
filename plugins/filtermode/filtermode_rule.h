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
 * Chains that rules are in.
 */
typedef enum {
	/** packets that came out of IPsec */
	FILTERMODE_IPSEC_IN,
	/** packets that are about to go in, which can't be rejected any more once
	 * source NAT has been */
	FILTERMODE_IPSEC_OUT,
	/** the same before that, to reject and for nothing else */
	FILTERMODE_REJECT_OUT,
} filtermode_place_t;

/**
 * Names of these chains.
 */
extern const char *const filtermode_places[];

/**
 * What of a packet rules look at.
 *
 * With stateful, a connection is what passes or doesn't: all of its packets are
 * judged by the rules for those that opened it, each time anew. So nothing has
 * to be remembered of connections, and other rules apply to them at once.
 */
typedef enum {
	/** what it says itself */
	FILTERMODE_BY_PACKET,
	/** it is an answer: those who opened the connection went the other way */
	FILTERMODE_BY_ANSWER,
	/** it is an ICMP error from who opened the connection that it is about */
	FILTERMODE_BY_ERROR,
} filtermode_by_t;

/**
 * ICMP errors about a connection.
 */
#define FILTERMODE_ERRORS "meta l4proto { 1, 58 } ct state related"

/**
 * Is a rule about the packets of a chain?
 */
bool filtermode_rule_applies(filtermode_rule_t *rule, filtermode_place_t place,
							 filtermode_by_t by);

/**
 * Print the rule's part of a chain.
 *
 * @param rule		valid rule that applies
 * @param tun		device of ESP in userspace, NULL if there is none
 * @param out		where to print statements, a line each
 */
void filtermode_rule_print(filtermode_rule_t *rule, filtermode_place_t place,
						   filtermode_by_t by, const char *tun, FILE *out);

/**
 * Print the sets of ports that statements refer to for packets of connections.
 */
void filtermode_rule_print_ports(filtermode_rule_t *rule, FILE *out);

/**
 * Print the chain that these statements refer to, if they do, whichever packets
 * they are for.
 */
void filtermode_rule_print_chain(filtermode_rule_t *rule,
								 filtermode_place_t place, const char *tun,
								 FILE *out);

/**
 * Print the chain that logs what meets a rule or the default: what is accepted
 * once for each connection, if that is tracked.
 *
 * @param rule		NULL for the default
 * @param action	a filtermode_action_t
 */
void filtermode_rule_print_log(filtermode_rule_t *rule, int action, FILE *out);

/**
 * Name of the default's.
 */
#define FILTERMODE_LOG_DEFAULT "default-log"

/**
 * Print a statement for each way in which a packet can be in tunnel mode.
 *
 * nft finds a tunnel's addresses only in a state in tunnel (or BEET) mode, and
 * looks at one state of a bundle at a time. With IPComp the tunnel is not the
 * first one.
 *
 * @param in		TRUE for packets that came out of it
 * @param verdict	rest of the statement, with its newline
 */
void filtermode_rule_print_tunnel(bool in, const char *verdict, FILE *out);

/**
 * Sets of the interfaces that packets came in by, VTIs and XFRM interfaces: of
 * one in a VRF, the kind doesn't show any more once it was routed.
 */
#define FILTERMODE_VTIS "vti-devices"
#define FILTERMODE_XFRMIS "xfrm-devices"

/**
 * Name of the set of CHILD_SAs that a rule with peers looks at, as a format for
 * the rule's name.
 */
#define FILTERMODE_RULE_SET "rule-%s"

#endif /** FILTERMODE_RULE_H_ */
