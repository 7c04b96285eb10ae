/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_needs.h
 * What a connection would need to be used with IKEv2 in place of IKEv1.
 */

#ifndef IKEV1_NEEDS_H_
#define IKEV1_NEEDS_H_

#include <library.h>

/**
 * Longest text, with its end.
 */
#define IKEV1_NEEDS_LEN 320

typedef struct ikev1_traits_t ikev1_traits_t;

/**
 * What a connection has that IKEv2 does in another way, or not at all.
 */
struct ikev1_traits_t {
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
 * Note a side's round of authentication.
 *
 * @param local		whether it is ours
 * @param auth		as in swanctl.conf
 */
void ikev1_traits_add(ikev1_traits_t *traits, bool local, const char *auth);

/**
 * Write what to change in its section of swanctl.conf.
 *
 * @return			buf
 */
const char *ikev1_needs_write(const ikev1_traits_t *traits,
							  char buf[IKEV1_NEEDS_LEN]);

#endif /** IKEV1_NEEDS_H_ */
