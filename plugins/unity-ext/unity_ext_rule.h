/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_rule.h
 * Which rule a client matches, and what its attributes look like on the wire.
 */

#ifndef UNITY_EXT_RULE_H_
#define UNITY_EXT_RULE_H_

#include <peer_match.h>

typedef struct unity_ext_rule_t unity_ext_rule_t;

/**
 * Longest banner in bytes. Cisco's gateways send up to 500 characters.
 */
#define UNITY_EXT_BANNER_MAX 4096

/**
 * What some of the clients are sent.
 */
struct unity_ext_rule_t {
	options_section_t section;
	peer_match_t match;
	/** what each client is sent that matches, as unity_ext_attr_t:
	 * with IKEv1 and Unity, each type of Unity attribute once, or IKEv2 */
	array_t *unity;
	array_t *ikev2;
	/** bytes of these if that is more than some clients take, else 0 */
	size_t too_long;
	/* what follows are options that these are made of */

	char *banner;
	char *banner_file;
	char *default_domain;
	char *split_dns;
	linked_list_t *split_include;
	linked_list_t *split_exclude;
	char *backup_servers;
	int save_password;
	int pfs;
	char *dns;
	char *nbns;
};

/**
 * Options of a rule.
 */
extern const options_schema_t unity_ext_rule_schema;

/**
 * Find the first rule that matches a client.
 *
 * @param all			unity_ext_rule_t in the order of the file
 * @param peer			the client
 * @return				rule, NULL if there is none
 */
unity_ext_rule_t *unity_ext_rule_find(options_sections_t *all,
										const peer_facts_t *peer);

/** what to say of a rule with too_long: its name, and that */
#define UNITY_EXT_RULE_LONG "rules.%s sends %zu bytes, so clients with " \
	"strongSwan can't connect unless their charon.max_packet is larger than " \
	"its default; have split_include or split_dns shorter"

#endif /** UNITY_EXT_RULE_H_ */
