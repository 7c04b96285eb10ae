/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_reason.h
 * Why a session ended that was closed here.
 */

#ifndef ACCOUNTING_REASON_H_
#define ACCOUNTING_REASON_H_

#include <ike_sa_why.h>

/**
 * Say it more precisely.
 *
 * @param why		who was about to close it
 * @param reason	as ike_sa_ends_t has it; changed if that is "local"
 * @return			plugin that closed it, NULL if none did; static, too
 */
const char *accounting_reason(ike_sa_why_t why, const char **reason);

#endif /** ACCOUNTING_REASON_H_ */
