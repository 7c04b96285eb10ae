/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_needs.h
 * What a connection would need to be used with IKEv2 in place of IKEv1.
 */

#ifndef IKEV1_POLICY_NEEDS_H_
#define IKEV1_POLICY_NEEDS_H_

#include <config/peer_cfg.h>

/**
 * Longest text, with its end.
 */
#define IKEV1_POLICY_NEEDS_LEN 320

typedef struct ikev1_policy_traits_t ikev1_policy_traits_t;

/**
 * What a connection has that IKEv2 does in another way, or not at all.
 */
struct ikev1_policy_traits_t {
	/** aggressive mode */
	bool aggressive;
	/** mode config that the gateway begins: pull = no */
	bool push;
	/** peers log in with XAuth, and whether a RADIUS server is asked */
	bool xauth;
	bool radius;
	/** we log in with XAuth */
	bool own_xauth;
	/** we authenticate with a pre-shared key */
	bool psk;
};

/**
 * Find out what a connection has.
 */
void ikev1_policy_get_traits(peer_cfg_t *cfg, ikev1_policy_traits_t *traits);

/**
 * Write what to change in its section of swanctl.conf.
 */
void ikev1_policy_write_needs(const ikev1_policy_traits_t *traits,
							  char buf[IKEV1_POLICY_NEEDS_LEN]);

#endif /** IKEV1_POLICY_NEEDS_H_ */
