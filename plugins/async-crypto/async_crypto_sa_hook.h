/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_sa_hook.h
 * Has algorithms made parallel before the kernel gets an SA that uses them.
 */

#ifndef ASYNC_CRYPTO_SA_HOOK_H_
#define ASYNC_CRYPTO_SA_HOOK_H_

#include "async_crypto_manager.h"

/**
 * Have the kernel interface ask a manager before it adds an SA. Only for one
 * manager at a time.
 */
void async_crypto_sa_hook_set(async_crypto_manager_t *manager);

/**
 * Have it stop that.
 */
void async_crypto_sa_hook_clear(void);

#endif /** ASYNC_CRYPTO_SA_HOOK_H_ */
