/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file explain.h
 * What plugins say about somebody who may connect: lines, which rules make.
 */

#ifndef EXPLAIN_H_
#define EXPLAIN_H_

#include "peer_match.h"

typedef struct explain_peer_t explain_peer_t;

/**
 * Somebody, and a connection that is for him.
 */
struct explain_peer_t {
	/** who he is, an address if that is all that is known */
	identification_t *id;
	/** where he is, NULL if that isn't known */
	host_t *host;
	/** the connection, NULL if none that is loaded is for him */
	peer_cfg_t *cfg;
	/** these as rules take them; groups, and other names of a certificate, only
	 * a login tells. The connection is "" if there is none. */
	peer_facts_t facts;
};

/**
 * Add a line.
 *
 * @param lines		array of char*
 * @param fmt		format, as for the log
 */
void explain_add(array_t *lines, const char *fmt, ...);

/**
 * Write what a rule is about: "rules.NAME (connections = a, ids = *@b)".
 *
 * @param name		name of the rule, NULL for "no rule"
 * @param third		name of the option for groups
 * @return			text, to be freed
 */
char *explain_rule(const char *name, const peer_match_t *match,
				   const char *third);

/**
 * Add a line about a rule.
 *
 * @param config	settings
 * @param rule		the rule, NULL for what they say where none applies
 * @param when		when it applies, to follow the rule's name
 */
typedef void (*explain_rule_cb_t)(array_t *lines, void *config, void *rule,
								  const char *when);

/**
 * Add lines about the rule that applies, and about those before it that would
 * if the peer was in their groups.
 *
 * @param config	settings, passed to cb
 * @param rules		their rules
 * @param offset	of the peer_match_t in a rule
 * @param found		the rule that applies, NULL if none does
 * @param member	what to say of groups
 * @param cb		adds a line
 */
void explain_rules(array_t *lines, void *config,
				   const options_sections_t *rules, size_t offset, void *found,
				   const peer_facts_t *facts, const char *member,
				   explain_rule_cb_t cb);

#endif /** EXPLAIN_H_ */
