/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_operator.h
 * IKE_SAs that an operator closes: whatever interface is used, charon's
 * controller does it.
 */

#ifndef ACCOUNTING_OPERATOR_H_
#define ACCOUNTING_OPERATOR_H_

/**
 * Begin to say so, by ike_sa_why_say().
 */
void accounting_operator_enter(void);

/**
 * End that.
 */
void accounting_operator_leave(void);

#endif /** ACCOUNTING_OPERATOR_H_ */
