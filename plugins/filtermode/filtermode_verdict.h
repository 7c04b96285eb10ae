/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_verdict.h
 * Which CHILD_SAs the rules of mode interfaces block.
 */

#ifndef FILTERMODE_VERDICT_H_
#define FILTERMODE_VERDICT_H_

#include "filtermode_addresses.h"
#include "filtermode_peer.h"
#include "filtermode_reqid.h"
#include "filtermode_settings.h"

typedef enum filtermode_verdict_t filtermode_verdict_t;
typedef struct filtermode_child_t filtermode_child_t;

/**
 * What the rules do with the packets of a CHILD_SA.
 */
enum filtermode_verdict_t {
	/** nothing, or whatever the operator's rules say */
	FILTERMODE_PASSES,
	/** drop them */
	FILTERMODE_BLOCKED,
	/** drop them unless it is a VTI that has the CHILD_SA's marks */
	FILTERMODE_BLOCKED_UNLESS_VTI,
	/** drop them although they are allowed or have an interface, as userspace
	 * has one device for those of all CHILD_SAs */
	FILTERMODE_BLOCKED_BY_DEVICE,
};

/**
 * What counts of a CHILD_SA.
 */
struct filtermode_child_t {
	/** name of its connection */
	const char *connection;
	bool transport;
	/** whether it has an interface ID in both directions: with one, the other
	 * direction is a policy's without an interface */
	bool if_id;
	/** whether it has a mark in either direction */
	bool mark;
	bool ipcomp;
	/** its networks as filtermode_networks_key() makes them a number, 0 unless
	 * it has neither marks nor interface IDs */
	uint64_t networks;
	/** whether userspace does ESP: kernel-libipsec */
	bool userspace;
	/** who it is with, NULL if that isn't known */
	filtermode_peer_t *peer;
	/** our use of its reqid, NULL for none */
	filtermode_reqid_t *use;
	/** what it has of its peer, NULL for nothing */
	filtermode_addresses_t *addresses;
};

/**
 * Do lists name the peer of a CHILD_SA?
 *
 * @param doubt			what it is if another name of the peer is named than the
 *						one it uses, or excluded by a negated pattern, or if it
 *						isn't known who that will be
 */
bool filtermode_is_named(const peer_match_t *peers,
						 const filtermode_child_t *child, bool doubt);

/**
 * Is it only for allow_connections that mode interfaces doesn't block a
 * CHILD_SA?
 */
bool filtermode_is_exempt(filtermode_settings_t *settings,
						  const filtermode_child_t *child);

/**
 * Decide on a CHILD_SA.
 */
filtermode_verdict_t filtermode_verdict(filtermode_settings_t *settings,
										const filtermode_child_t *child);

#endif /** FILTERMODE_VERDICT_H_ */
