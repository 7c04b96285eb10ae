/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_manager.h
 * Keeps the table in line with settings and CHILD_SAs, and in the kernel.
 */

#ifndef FILTERMODE_MANAGER_H_
#define FILTERMODE_MANAGER_H_

#include "filtermode_sets.h"

#include <options_store.h>

typedef struct filtermode_manager_t filtermode_manager_t;
typedef struct filtermode_state_t filtermode_state_t;

/**
 * Most milliseconds that a login waits for nftables. One of charon's workers
 * does; the peer sends its message again and again meanwhile.
 */
#define FILTERMODE_LOGIN_TIMEOUT 5000

/**
 * What there is to know at a glance.
 */
struct filtermode_state_t {
	filtermode_counts_t counts;
	/** how often the table was installed again */
	u_int reinstalled;
	/** why the table can't be installed again after somebody changed it, empty
	 * unless that is so */
	char lost[BUF_LEN];
	/** who has our table, empty unless somebody has: his rules apply, and ours
	 * don't until he ends */
	char waiting[BUF_LEN];
};

/**
 * Thread-safe.
 */
struct filtermode_manager_t {

	/** settings, those in force */
	options_store_t *store;
	/** where hooks report CHILD_SAs: sets follow in a job */
	filtermode_queue_t *queue;
	/** device of ESP in userspace, NULL if there is none */
	const char *tun;

	/**
	 * Put settings in force.
	 *
	 * @param errors		gets why that failed; the previous rules stay
	 */
	void (*apply)(filtermode_manager_t *this, filtermode_settings_t *settings,
				  option_errors_t *errors);

	/**
	 * Get the state. May block, as all methods.
	 *
	 * @return				state, to be freed
	 */
	filtermode_state_t *(*get_state)(filtermode_manager_t *this);

	/**
	 * Go through the sets, see filtermode_children_t.list_sets().
	 */
	void (*list_sets)(filtermode_manager_t *this,
					  void (*cb)(void *data, const char *name, u_int elements),
					  void *data);

	/**
	 * Go through the operator's sets, see filtermode_sets_t.list().
	 */
	void (*list_targets)(filtermode_manager_t *this, filtermode_sets_cb_t cb,
						 void *data);

	/**
	 * Go through all who have an address, see filtermode_members_t.find().
	 */
	void (*find)(filtermode_manager_t *this, host_t *address,
				 filtermode_owner_cb_t cb, void *data);

	/**
	 * An IKE_SA was assigned virtual IPs, as a hook has reported: have them in
	 * the operator's sets, and what others had of them out of these, before it
	 * gets to know. Blocks, so it isn't for hooks.
	 *
	 * @return				FALSE if that wasn't done within
	 *						FILTERMODE_LOGIN_TIMEOUT
	 */
	bool (*login)(filtermode_manager_t *this);

	/**
	 * List the table in the kernel, with the values of counters.
	 *
	 * @param intact		set to whether it is what we installed
	 * @return				text, to be freed; NULL if there is no table
	 */
	char *(*list_table)(filtermode_manager_t *this, bool *intact);

	/**
	 * Remove the table, unless the settings say otherwise, and destroy a
	 * filtermode_manager_t.
	 */
	void (*destroy)(filtermode_manager_t *this);
};

/**
 * Put the settings in force, and watch the table from then on.
 *
 * @param store			the plugin's settings
 * @return				NULL if that failed, after logging why
 */
filtermode_manager_t *filtermode_manager_create(options_store_t *store);

#endif /** FILTERMODE_MANAGER_H_ */
