/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_settings.h
 * Settings of the plugin: charon.plugins.ikev1-policy in strongswan.conf.
 */

#ifndef IKEV1_POLICY_SETTINGS_H_
#define IKEV1_POLICY_SETTINGS_H_

#include <options.h>
#include <options_store.h>
#include <glob_list.h>

#include "ikev1_policy_peers.h"

typedef struct ikev1_policy_settings_t ikev1_policy_settings_t;

/**
 * Bounds of the window, in exchanges. The first is core's default.
 */
#define IKEV1_POLICY_WINDOW_MIN 3
#define IKEV1_POLICY_WINDOW_MAX 1024

struct ikev1_policy_settings_t {
	options_head_t head;
	char *phase2_exchanges;
	/** from phase2_exchanges, 0 for auto */
	uint32_t window;
	/** largest window that auto sets */
	uint32_t phase2_max;
	/** close the IKE_SA of a peer that overflows its window */
	int on_overflow;
	/** accept the third main mode message in clear */
	bool unencrypted_main_mode;
	/** those who may send it in clear, as written, NULL for everybody */
	glob_list_t *unencrypted_main_mode_peers;
	/** the same, parsed */
	ikev1_policy_peers_t *peers;
};

/**
 * What to do about a peer that overflows its window.
 */
enum {
	IKEV1_POLICY_REPORT,
	IKEV1_POLICY_TERMINATE,
};

/**
 * Options of charon.plugins.ikev1-policy.
 */
extern const options_schema_t ikev1_policy_schema;

/**
 * Who decides that a peer may not send the end of main mode in clear?
 *
 * @param host		where it sends from, NULL if that isn't known
 * @param id		its identity
 * @return			name of the option, NULL if it may
 */
const char *ikev1_policy_settings_refuse(ikev1_policy_settings_t *settings,
										 host_t *host, identification_t *id);

/**
 * Exchanges a window has to hold for a number of Quick Modes at once.
 *
 * Four times that number: one place for each, one for the delete of an old
 * CHILD_SA during rekeying, and two as peers that don't get an answer in time
 * retransmit, which core answers with an error in an exchange of its own. Three
 * more for exchanges that come in between, such as DPD, which takes two.
 *
 * @param quick_modes	number of Quick Modes
 * @return				IKEV1_POLICY_WINDOW_MIN-IKEV1_POLICY_WINDOW_MAX
 */
uint32_t ikev1_policy_window_for(u_int quick_modes);

#endif /** IKEV1_POLICY_SETTINGS_H_ */
