/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_watcher.h
 * Keeps an eye on pcscd and its readers.
 */

#ifndef PCSC_TOKEN_WATCHER_H_
#define PCSC_TOKEN_WATCHER_H_

#include "pcsc_token_readers.h"

#include <options_store.h>

typedef struct pcsc_token_watcher_t pcsc_token_watcher_t;

/**
 * Called now and then, and whenever something has changed.
 *
 * @param data			as given
 * @param states		readers there are, NULL if there is no pcscd to ask
 * @param count			number of them
 * @param reason		why there is none
 */
typedef void (*pcsc_token_report_t)(void *data,
									const pcsc_token_reader_t *states,
									u_int count, const char *reason);

/**
 * A job of its own that reads what a helper reports. It has pcscd started, and
 * the helper again if one of them ended.
 */
struct pcsc_token_watcher_t {

	/**
	 * Stop watching, without blocking. May be called in a bus hook.
	 */
	void (*stop)(pcsc_token_watcher_t *this);

	/**
	 * Destroy a pcsc_token_watcher_t, once its job is gone.
	 */
	void (*destroy)(pcsc_token_watcher_t *this);
};

/**
 * Start watching.
 *
 * @param store			settings in force
 * @param report		called by the job
 * @param data			passed to report
 */
pcsc_token_watcher_t *pcsc_token_watcher_create(options_store_t *store,
												pcsc_token_report_t report,
												void *data);

#endif /** PCSC_TOKEN_WATCHER_H_ */
