/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_settings.h
 * Settings of the plugin: charon.plugins.auth-policy in strongswan.conf.
 */

#ifndef AUTH_POLICY_SETTINGS_H_
#define AUTH_POLICY_SETTINGS_H_

#include <options.h>
#include <peer_match.h>

typedef struct auth_policy_settings_t auth_policy_settings_t;
typedef struct auth_policy_rule_t auth_policy_rule_t;
typedef struct auth_policy_terms_t auth_policy_terms_t;
typedef struct auth_policy_lockout_rule_t auth_policy_lockout_rule_t;
typedef enum auth_policy_revocation_t auth_policy_revocation_t;
typedef enum auth_policy_outage_t auth_policy_outage_t;
typedef enum auth_policy_by_t auth_policy_by_t;

/**
 * What has to be known about a certificate's revocation.
 */
enum auth_policy_revocation_t {
	/** nothing */
	AUTH_POLICY_RELAXED,
	/** its status, if there is a CRL or OCSP URI */
	AUTH_POLICY_IFURI,
	/** its status */
	AUTH_POLICY_STRICT,
};

/**
 * What becomes of who is connected when the status of its certificates isn't
 * known anymore.
 */
enum auth_policy_outage_t {
	AUTH_POLICY_KEEP,
	/** it is closed if it couldn't log in now */
	AUTH_POLICY_CLOSE,
};

/**
 * The terms under which a certificate is accepted.
 */
struct auth_policy_terms_t {
	/** an auth_policy_revocation_t */
	int revocation;
	/** seconds for which a CRL is good after it expired */
	uint32_t grace;
};

/**
 * Terms for some of the peers.
 */
struct auth_policy_rule_t {
	options_section_t section;
	/** groups are the CAs of its chain */
	peer_match_t match;
	/** complete: what the rule leaves open comes from the settings */
	auth_policy_terms_t terms;
};

/**
 * What failed logins are counted by, and what is locked out.
 */
enum auth_policy_by_t {
	/** a name, from anywhere */
	AUTH_POLICY_BY_IDENTITY,
	/** an address, or an IPv6 network of 64 bits, whatever the name */
	AUTH_POLICY_BY_ADDRESS,
	/** a name from an address */
	AUTH_POLICY_BY_BOTH,
};

/**
 * After which failed logins somebody is locked out.
 */
struct auth_policy_lockout_rule_t {
	options_section_t section;
	/** how many, 0 for never */
	uint32_t failures;
	/** seconds within which they have to come */
	uint32_t within;
	/** seconds the lockout lasts */
	uint32_t lasts;
	/** an auth_policy_by_t */
	int by;
};

struct auth_policy_settings_t {
	options_head_t head;
	/** terms where no rule applies */
	auth_policy_terms_t terms;
	/** of auth_policy_rule_t, the first one that matches applies */
	options_sections_t rules;
	/** where blocks are kept, NULL if they aren't */
	char *blocks_file;
	/** seconds between two rounds of fetching CRLs, 0 for none */
	uint32_t recheck_interval;
	/** an auth_policy_outage_t */
	int on_outage;
	/** of auth_policy_lockout_rule_t, each of which counts on its own */
	options_sections_t lockouts;
};

/**
 * Largest number of rules: all of them may be looked at for a login.
 */
#define AUTH_POLICY_RULES_MAX 10000

/**
 * Largest number of rules of lockouts: each has a table.
 */
#define AUTH_POLICY_LOCKOUT_MAX 4

/**
 * Names of auth_policy_revocation_t.
 */
extern const char *const auth_policy_revocations[];

/**
 * Is there anybody whose certificates have to have a known status?
 *
 * @param settings		settings in force
 * @return				FALSE if all terms are relaxed
 */
bool auth_policy_settings_demand(auth_policy_settings_t *settings);

/**
 * Options of charon.plugins.auth-policy.
 */
extern const options_schema_t auth_policy_schema;

#endif /** AUTH_POLICY_SETTINGS_H_ */
