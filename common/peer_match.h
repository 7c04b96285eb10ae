/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_match.h
 * Whether a rule is about a peer: its connection, its identity, and what it
 * belongs to.
 */

#ifndef PEER_MATCH_H_
#define PEER_MATCH_H_

#include "glob_list.h"
#include "options.h"

#include <collections/linked_list.h>
#include <sa/ike_sa.h>

typedef struct peer_match_t peer_match_t;
typedef struct peer_facts_t peer_facts_t;
typedef enum peer_match_verdict_t peer_match_verdict_t;

/**
 * Lists of a rule, NULL for one it doesn't have.
 */
struct peer_match_t {
	glob_list_t *connections;
	glob_list_t *ids;
	/** what it is a member of, or the CAs that vouch for it */
	glob_list_t *groups;
};

/**
 * The options of a peer_match_t.
 *
 * @param owner		type of the rule's struct
 * @param member	its member that is a peer_match_t
 * @param third		name of the option for groups
 */
#define PEER_MATCH_OPTIONS(owner, member, third) \
	OPTION_AS("connections", owner, member.connections, GLOBS), \
	OPTION_AS("ids", owner, member.ids, GLOBS), \
	OPTION_AS(third, owner, member.groups, GLOBS)

/**
 * Refuse a rule without any list.
 *
 * @param third		name of the option for groups
 * @param errors	gets it, as those of the rule's section
 */
void peer_match_check(const peer_match_t *match, const char *third,
					  option_errors_t *errors);

/**
 * What rules know of a peer. Names are as they are printed in the log.
 */
struct peer_facts_t {
	/** name of the connection, NULL as long as that and id may change */
	const char *connection;
	/** who it is, NULL if unknown */
	char *id;
	/** of char*, other names that it could have called itself, or NULL */
	array_t *names;
	/** of char*, what it is a member of, or CAs that vouch for it, or NULL */
	array_t *groups;
};

/**
 * What a rule says about a peer.
 */
enum peer_match_verdict_t {
	PEER_MATCH_NO,
	/** yes, if connection and identity, which it asks for, come to match */
	PEER_MATCH_OPEN,
	/** yes, but for the identity: another name of the peer may match */
	PEER_MATCH_NOT_ID,
	PEER_MATCH_YES,
};

/**
 * Find out whether a rule matches a peer. It does if each of its lists does;
 * groups does if any of the groups matches it, and none a negated pattern.
 */
peer_match_verdict_t peer_match(const peer_match_t *match,
								const peer_facts_t *peer);

/**
 * Is a peer's address in a list of networks?
 *
 * @param networks	of traffic_selector_t*, as of OPTION_SUBNETS
 */
bool peer_match_address(linked_list_t *networks, host_t *host);

/**
 * Get the facts about the peer of an IKE_SA that is authenticated: its groups
 * are those that authentication found, for instance from RADIUS.
 *
 * @param peer		gets them, clear with peer_facts_clear()
 * @param ike_sa	IKE_SA, which has to live as long
 * @param id		as of peer_identity_get_names()
 * @param names		array of identification_t*, as well, or NULL
 */
void peer_facts_init(peer_facts_t *peer, ike_sa_t *ike_sa,
					 identification_t *id, array_t *names);

/**
 * Free what facts hold but the name of the connection.
 */
void peer_facts_clear(peer_facts_t *peer);

#endif /** PEER_MATCH_H_ */
