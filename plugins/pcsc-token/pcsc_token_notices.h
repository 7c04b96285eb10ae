/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_notices.h
 * Tell an operator about tokens that wait for a reader that isn't there.
 */

#ifndef PCSC_TOKEN_NOTICES_H_
#define PCSC_TOKEN_NOTICES_H_

#include "pcsc_token_readers.h"
#include "pcsc_token_settings.h"

typedef struct pcsc_token_notices_t pcsc_token_notices_t;

/**
 * Says it once for each start, reload and outage, after a time for readers to
 * turn up. Thread-safe.
 */
struct pcsc_token_notices_t {

	/**
	 * Log which tokens have no reader, if that wasn't done.
	 *
	 * @param settings	settings in force
	 * @param states	readers there are
	 * @param count		number of them
	 * @param now		monotonic time, in ms
	 */
	void (*check)(pcsc_token_notices_t *this,
				  const pcsc_token_settings_t *settings,
				  const pcsc_token_reader_t *states, u_int count,
				  uint64_t now);

	/**
	 * Say it anew.
	 */
	void (*reset)(pcsc_token_notices_t *this);

	/**
	 * Destroy a pcsc_token_notices_t.
	 */
	void (*destroy)(pcsc_token_notices_t *this);
};

/**
 * Create an object that said nothing yet.
 */
pcsc_token_notices_t *pcsc_token_notices_create(void);

#endif /** PCSC_TOKEN_NOTICES_H_ */
