/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_kernel.h
 * Sees IPsec SAs come and go, and reads their counters.
 */

#ifndef ACCOUNTING_KERNEL_H_
#define ACCOUNTING_KERNEL_H_

#include "accounting_sessions.h"

typedef struct accounting_kernel_t accounting_kernel_t;

/**
 * Milliseconds to wait between two calls of read(): logins need the kernel,
 * too.
 */
#define ACCOUNTING_KERNEL_PAUSE 100

/**
 * Stands between charon and its kernel interface, whichever that is.
 *
 * Hooks of the bus come when an IPsec SA is still there, or isn't anymore, but
 * all of charon waits for them, so that they can't ask the kernel. Whoever
 * deletes one is a thread that holds nothing but its own IKE_SA, and asks the
 * kernel anyway.
 */
struct accounting_kernel_t {

	/**
	 * Read the counters of some IPsec SAs. Not for bus hooks.
	 *
	 * @param sas		those that are to be read yet, NULL to begin with all;
	 *					gets the rest, NULL if there is none
	 */
	void (*read)(accounting_kernel_t *this, array_t **sas);

	/**
	 * Read the counters of all IPsec SAs now, unless somebody has begun to in
	 * this second. Not for bus hooks.
	 */
	void (*read_all)(accounting_kernel_t *this);

	/**
	 * Free what read() has left.
	 *
	 * @param sas		NULL for none
	 */
	void (*forget)(accounting_kernel_t *this, array_t *sas);

	/**
	 * Step aside, and destroy an accounting_kernel_t.
	 */
	void (*destroy)(accounting_kernel_t *this);
};

/**
 * Step in. There is one at a time.
 *
 * @param sessions		gets what there is, and has to outlive this
 */
accounting_kernel_t *accounting_kernel_create(accounting_sessions_t *sessions);

#endif /** ACCOUNTING_KERNEL_H_ */
