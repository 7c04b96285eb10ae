/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_connections.h
 * What the loaded connections need, for auto = yes.
 */

#ifndef STRICT_BIND_CONNECTIONS_H_
#define STRICT_BIND_CONNECTIONS_H_

#include "strict_bind_wanted.h"

typedef struct strict_bind_connections_t strict_bind_connections_t;

/**
 * For one thread at a time.
 */
struct strict_bind_connections_t {

	/**
	 * Want the local addresses of all loaded connections, and for those that
	 * don't name any, what the settings say. Each of the latter is logged once.
	 *
	 * @param settings	settings in force
	 * @param wanted	what to add to
	 */
	void (*add)(strict_bind_connections_t *this,
				strict_bind_settings_t *settings, strict_bind_wanted_t *wanted);

	/**
	 * Have connections come, gone or changed since the last add(), or is it
	 * time to look up routes again? Much cheaper than finding out by add().
	 */
	bool (*changed)(strict_bind_connections_t *this);

	/**
	 * Look up routes anew the next time.
	 *
	 * @param logged	whether to log anew, too
	 */
	void (*forget)(strict_bind_connections_t *this, bool logged);

	/**
	 * Destroy a strict_bind_connections_t.
	 */
	void (*destroy)(strict_bind_connections_t *this);
};

/**
 * Create a strict_bind_connections_t.
 */
strict_bind_connections_t *strict_bind_connections_create(void);

#endif /** STRICT_BIND_CONNECTIONS_H_ */
