/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_settings.h
 * Settings of the plugin: charon.plugins.unique-policy in strongswan.conf.
 */

#ifndef UNIQUE_POLICY_SETTINGS_H_
#define UNIQUE_POLICY_SETTINGS_H_

#include <options.h>
#include <peer_match.h>
#include <config/peer_cfg.h>

typedef struct unique_policy_settings_t unique_policy_settings_t;
typedef struct unique_policy_rule_t unique_policy_rule_t;
typedef struct unique_policy_terms_t unique_policy_terms_t;
typedef enum unique_policy_evict_t unique_policy_evict_t;
typedef enum unique_policy_match_t unique_policy_match_t;

/**
 * Which IKE_SA has to go when a new one exceeds the limit in mode replace.
 */
enum unique_policy_evict_t {
	/** the one that was established first */
	UNIQUE_POLICY_EVICT_OLDEST,
	/** the one that received nothing for the longest time */
	UNIQUE_POLICY_EVICT_IDLE,
};

/**
 * What makes two logins those of the same user.
 */
enum unique_policy_match_t {
	/** remote identity: EAP or XAuth identity if there is one, else IKE ID */
	UNIQUE_POLICY_MATCH_IDENTITY,
	/** remote and local identity */
	UNIQUE_POLICY_MATCH_IDENTITY_LOCAL,
};

/**
 * The terms under which a login is admitted.
 */
struct unique_policy_terms_t {
	/** a unique_policy_t */
	int mode;
	/** number of IKE_SAs an identity may have in modes replace and keep */
	uint32_t limit;
	/** a unique_policy_evict_t */
	int evict;
	/** mode keep: seconds without inbound traffic after which an IKE_SA
	 * yields to a new one, 0 for never */
	uint32_t keep_timeout;
};

/**
 * Terms for some of the logins.
 */
struct unique_policy_rule_t {
	options_section_t section;
	peer_match_t match;
	/** complete: what the rule leaves open comes from the settings */
	unique_policy_terms_t terms;
};

struct unique_policy_settings_t {
	options_head_t head;
	/** terms where no rule applies */
	unique_policy_terms_t terms;
	/** a unique_policy_match_t */
	int match;
	/** of unique_policy_rule_t, the first one that matches applies */
	options_sections_t rules;
};

/**
 * Largest number of rules: all of them may be looked at for a login.
 */
#define UNIQUE_POLICY_RULES_MAX 10000

/**
 * Names of the modes, in the order of unique_policy_t.
 */
extern const char *const unique_policy_modes[];

/**
 * Names of unique_policy_evict_t.
 */
extern const char *const unique_policy_evicts[];

/**
 * Options of charon.plugins.unique-policy.
 */
extern const options_schema_t unique_policy_schema;

#endif /** UNIQUE_POLICY_SETTINGS_H_ */
