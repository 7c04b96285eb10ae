/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef AUTH_POLICY_OFFER_H_
#define AUTH_POLICY_OFFER_H_

#include "auth_policy_logins.h"
#include "auth_policy_refresh.h"
#include "auth_policy_validator.h"

#include <offer.h>

typedef struct auth_policy_t auth_policy_t;

/**
 * What the plugin is made of.
 */
struct auth_policy_t {
	options_store_t *store;
	auth_policy_lockout_t *lockout;
	auth_policy_logins_t *logins;
	auth_policy_blocks_t *blocks;
	auth_policy_report_t *report;
	auth_policy_recheck_t *recheck;
	auth_policy_refresh_t *refresh;
	auth_policy_online_t *online;
	auth_policy_enforcer_t *enforcer;
	auth_policy_validator_t *validator;
};

/**
 * Is a status demanded that nobody finds out, as plugin revocation isn't there?
 *
 * @param settings		settings in force
 */
bool auth_policy_lacks_revocation(auth_policy_settings_t *settings);

/**
 * Status, counters and events of an auth_policy_t.
 */
extern const offer_t auth_policy_offer;

#endif /** AUTH_POLICY_OFFER_H_ */
