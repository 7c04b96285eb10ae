/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_pending.h
 * What strongswan.conf says that isn't in force: plugins that aren't loaded,
 * and settings that charon reads when it starts only.
 */

#ifndef CONTROL_PENDING_H_
#define CONTROL_PENDING_H_

#include <offer.h>

typedef struct control_pending_t control_pending_t;

struct control_pending_t {

	/**
	 * Write the lists unreadable, not-loaded and restart-needed.
	 */
	void (*write)(control_pending_t *this, control_out_t *out);

	/**
	 * Destroy a control_pending_t.
	 */
	void (*destroy)(control_pending_t *this);
};

/**
 * Create a control_pending_t: the settings are now those of charon's start.
 */
control_pending_t *control_pending_create(void);

#endif /** CONTROL_PENDING_H_ */
