/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_settings.h
 * Settings of the plugin: charon.plugins.filtermode in strongswan.conf.
 */

#ifndef FILTERMODE_SETTINGS_H_
#define FILTERMODE_SETTINGS_H_

#include <options.h>
#include <peer_match.h>

typedef struct filtermode_settings_t filtermode_settings_t;
typedef struct filtermode_rule_t filtermode_rule_t;
typedef struct filtermode_target_t filtermode_target_t;
typedef enum filtermode_mode_t filtermode_mode_t;
typedef enum filtermode_action_t filtermode_action_t;
typedef enum filtermode_direction_t filtermode_direction_t;
typedef enum filtermode_kind_t filtermode_kind_t;
typedef enum filtermode_on_stop_t filtermode_on_stop_t;
typedef enum filtermode_what_t filtermode_what_t;

/**
 * Where IPsec traffic is filtered.
 */
enum filtermode_mode_t {
	FILTERMODE_OFF,
	/** all of it in chains of its own */
	FILTERMODE_IPSEC,
	/** on interfaces; what has none is dropped */
	FILTERMODE_INTERFACES,
};

/**
 * What happens to a packet.
 */
enum filtermode_action_t {
	FILTERMODE_ACCEPT,
	FILTERMODE_DROP,
	FILTERMODE_REJECT,
};

/**
 * Packets that a rule is about: those that came out of IPsec, or those that
 * are about to go in.
 */
enum filtermode_direction_t {
	FILTERMODE_BOTH,
	FILTERMODE_IN,
	FILTERMODE_OUT,
};

/**
 * How IPsec is applied to a packet.
 */
enum filtermode_kind_t {
	FILTERMODE_ANY,
	/** policies in tunnel mode */
	FILTERMODE_TUNNEL,
	/** policies in transport mode */
	FILTERMODE_TRANSPORT,
	/** an interface of kind vti or vti6 */
	FILTERMODE_VTI,
	/** an interface of kind xfrm */
	FILTERMODE_XFRMI,
};

/**
 * What becomes of the table when the daemon stops.
 */
enum filtermode_on_stop_t {
	FILTERMODE_REMOVE,
	FILTERMODE_KEEP,
};

/**
 * What of a peer goes into a set of the operator's.
 */
enum filtermode_what_t {
	/** its virtual IPs */
	FILTERMODE_ADDRESSES,
	/** its side's traffic selectors */
	FILTERMODE_NETWORKS,
};

/**
 * A rule as it is written; filtermode_rule.h makes it nft's.
 */
struct filtermode_rule_t {
	options_section_t section;
	/** a filtermode_direction_t */
	int direction;
	/** of traffic_selector_t*, NULL for any */
	linked_list_t *src;
	linked_list_t *dst;
	char *protocol;
	/** as nft takes them, once they are checked; NULL for any */
	char *src_port;
	char *dst_port;
	/** a filtermode_kind_t */
	int kind;
	/** without any list for any */
	peer_match_t peers;
	/** a filtermode_action_t */
	int action;
	bool log;
	/** number of protocol, 0 for any */
	uint8_t l4proto;
	/** whether packets of these address families can match */
	bool ipv4;
	bool ipv6;
};

/**
 * A set in a table of the operator's, to be filled.
 */
struct filtermode_target_t {
	options_section_t section;
	/** family and name, as nft takes them: "inet mine" */
	char *table;
	char *set;
	/** whose addresses, with a list at least */
	peer_match_t peers;
	/** a filtermode_what_t */
	int what;
};

struct filtermode_settings_t {
	options_head_t head;
	/** a filtermode_mode_t */
	int mode;
	/** in mode ipsec, for what no rule is about: a filtermode_action_t, never
	 * FILTERMODE_REJECT */
	int def;
	/** whether to log what meets that */
	bool log_default;
	/** whether connections are what passes, not packets */
	bool stateful;
	/** of filtermode_rule_t */
	options_sections_t rules;
	char *rules_file;
	/** without any list if nothing is exempt */
	peer_match_t allow;
	bool refuse_blocked;
	char *table;
	char *priority;
	/** that as a number, within FILTERMODE_PRIORITY_MAX */
	int hook_priority;
	/** a filtermode_on_stop_t */
	int on_stop;
	/** of filtermode_target_t, no two of them the same set */
	options_sections_t sets;
};

/**
 * Largest number of rules.
 */
#define FILTERMODE_RULES_MAX 1000

/**
 * Largest number of sets.
 */
#define FILTERMODE_SETS_MAX 64

/**
 * Largest priority, and smallest if negated: after connection tracking, before
 * source NAT.
 */
#define FILTERMODE_PRIORITY_MAX 99

/**
 * Names of modes, actions and what becomes of the table, by number.
 */
extern const char *const filtermode_modes[];
extern const char *const filtermode_actions[];
extern const char *const filtermode_on_stops[];

/**
 * Families of nft whose tables may have sets to be filled.
 */
extern const char *const filtermode_families[];

/**
 * Is there any list that names peers?
 */
bool filtermode_names_peers(const peer_match_t *peers);

/**
 * Options of charon.plugins.filtermode.
 */
extern const options_schema_t filtermode_schema;

#endif /** FILTERMODE_SETTINGS_H_ */
