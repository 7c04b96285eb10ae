/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_sessions.h
 * The sessions that there are, and the IPsec SAs that are counted for them.
 */

#ifndef ACCOUNTING_SESSIONS_H_
#define ACCOUNTING_SESSIONS_H_

#include "accounting_limits.h"
#include "accounting_session.h"

#include <kernel/kernel_ipsec.h>

typedef struct accounting_sessions_t accounting_sessions_t;

/**
 * Seconds after the end of a session in which another one of the same client is
 * taken for its successor.
 */
#define ACCOUNTING_LINK_TIME 10

/**
 * Thread-safe. Its lock is only held for lookups, so that bus hooks may take
 * it; nothing is asked of the kernel or of IKE_SAs.
 */
struct accounting_sessions_t {

	/**
	 * Add a session, which gets the ID of the one before it, if there is one.
	 *
	 * @param session	adopted
	 * @return			another reference, NULL if there is one of the IKE_SA
	 *					already
	 */
	accounting_session_t *(*add)(accounting_sessions_t *this,
								 accounting_session_t *session);

	/**
	 * Is there a session of an IKE_SA?
	 */
	bool (*has)(accounting_sessions_t *this, uint32_t unique_id);

	/**
	 * A session ends, though its IPsec SAs may be there still.
	 *
	 * @param reason	why, unless that was said before; static
	 * @param by		plugin that closed it, or NULL; static
	 * @param now		current time
	 */
	void (*end)(accounting_sessions_t *this, uint32_t unique_id,
				const char *reason, const char *by, time_t now);

	/**
	 * The IKE_SA of a session is gone, and its IPsec SAs are about to.
	 *
	 * @return			the session, NULL if there is none
	 */
	accounting_session_t *(*take)(accounting_sessions_t *this,
								  uint32_t unique_id);

	/**
	 * An IKE_SA was rekeyed.
	 */
	void (*rekey)(accounting_sessions_t *this, uint32_t from, uint32_t to);

	/**
	 * IPsec SAs go from one IKE_SA to another one.
	 */
	void (*migrate)(accounting_sessions_t *this, uint32_t from, uint32_t to);

	/**
	 * The peer of an IKE_SA has moved.
	 */
	void (*move)(accounting_sessions_t *this, uint32_t unique_id, host_t *host,
				 time_t now);

	/**
	 * The peer of an IKE_SA was given virtual IPs.
	 *
	 * @param vips		of host_t*, adopted
	 */
	void (*set_vips)(accounting_sessions_t *this, uint32_t unique_id,
					 array_t *vips);

	/**
	 * An IPsec SA was installed.
	 */
	void (*add_sa)(accounting_sessions_t *this, uint32_t unique_id,
				   kernel_ipsec_sa_id_t *id, bool inbound);

	/**
	 * Is an IPsec SA counted?
	 */
	bool (*has_sa)(accounting_sessions_t *this, kernel_ipsec_sa_id_t *id);

	/**
	 * The counters of an IPsec SA were read.
	 */
	void (*count)(accounting_sessions_t *this, kernel_ipsec_sa_id_t *id,
				  uint64_t bytes, uint64_t packets);

	/**
	 * An IPsec SA has other addresses.
	 */
	void (*move_sa)(accounting_sessions_t *this, kernel_ipsec_sa_id_t *id,
					host_t *src, host_t *dst);

	/**
	 * An IPsec SA goes.
	 */
	void (*remove_sa)(accounting_sessions_t *this, kernel_ipsec_sa_id_t *id);

	/**
	 * Get what a session has used.
	 *
	 * @return			unique ID of its IKE_SA, 0 if it has ended
	 */
	uint32_t (*get_use)(accounting_sessions_t *this,
						accounting_session_t *session, accounting_use_t *use);

	/**
	 * Get what a user has used today, who has no session yet. For bus hooks.
	 *
	 * @param use			gets it, and the time
	 */
	void (*get_day)(accounting_sessions_t *this, identification_t *user,
					accounting_use_t *use);

	/**
	 * A session has reached a limit.
	 *
	 * @param limit		its key
	 * @return			FALSE if it had reached one before
	 */
	bool (*limit)(accounting_sessions_t *this, accounting_session_t *session,
				  const char *limit);

	/**
	 * Get all IPsec SAs.
	 *
	 * @return			of kernel_ipsec_sa_id_t, with addresses to be destroyed
	 */
	array_t *(*get_sas)(accounting_sessions_t *this);

	/**
	 * Get all sessions.
	 *
	 * @return			of accounting_session_t*, a reference each
	 */
	array_t *(*get_all)(accounting_sessions_t *this);

	/**
	 * Get what changes of a session.
	 *
	 * @param state		gets it, clear with accounting_state_clear()
	 * @return			number of IPsec SAs that are counted for it still
	 */
	u_int (*get_state)(accounting_sessions_t *this,
					   accounting_session_t *session,
					   accounting_state_t *state);

	/**
	 * Get the number of sessions.
	 */
	u_int (*get_count)(accounting_sessions_t *this);

	/**
	 * Destroy an accounting_sessions_t.
	 */
	void (*destroy)(accounting_sessions_t *this);
};

/**
 * Create an accounting_sessions_t without any.
 */
accounting_sessions_t *accounting_sessions_create(void);

#endif /** ACCOUNTING_SESSIONS_H_ */
