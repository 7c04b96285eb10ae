/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ike_sa_ends.h
 * Why IKE_SAs end.
 */

#ifndef IKE_SA_ENDS_H_
#define IKE_SA_ENDS_H_

#include <bus/bus.h>
#include <sa/ike_sa.h>

typedef struct ike_sa_ends_t ike_sa_ends_t;

/**
 * What a bus listener is told about the ends of IKE_SAs. Not thread-safe: for
 * bus hooks, one of which runs at a time.
 */
struct ike_sa_ends_t {

	/**
	 * Note an alert: for the listener's hook of that name.
	 *
	 * @param ike_sa	IKE_SA it is about, or NULL
	 */
	void (*alert)(ike_sa_ends_t *this, ike_sa_t *ike_sa, alert_t alert);

	/**
	 * Note a message that was received, and decrypted.
	 */
	void (*received)(ike_sa_ends_t *this, ike_sa_t *ike_sa, message_t *message);

	/**
	 * Tell why an IKE_SA ends, as far as that is known.
	 *
	 * @return			"peer" (which closed it), "unreachable" (the peer didn't
	 *					answer), "expired", "shutdown" (of charon), "local"
	 *					(it was closed here)
	 */
	const char *(*get)(ike_sa_ends_t *this, uint32_t unique_id);

	/**
	 * Forget what was noted about an IKE_SA: it is up, as attempts before may
	 * have timed out, or it is destroyed.
	 */
	void (*forget)(ike_sa_ends_t *this, uint32_t unique_id);

	/**
	 * Destroy an ike_sa_ends_t.
	 */
	void (*destroy)(ike_sa_ends_t *this);
};

/**
 * Create an ike_sa_ends_t.
 */
ike_sa_ends_t *ike_sa_ends_create(void);

#endif /** IKE_SA_ENDS_H_ */
