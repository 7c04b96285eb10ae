/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_ikev1.h
 * What is for IKEv1: of no effect where charon has none, and to be replaced
 * where it still has.
 */

#ifndef CHECK_IKEV1_H_
#define CHECK_IKEV1_H_

#include "check_conf.h"
#include "ipsec_conf.h"

/**
 * Check the settings of charon's and of its plugins, where it has no IKEv1.
 */
void check_ikev1(check_conf_t *conf);

/**
 * Check a connection of swanctl.conf.
 *
 * @param section		its section
 */
void check_ikev1_swanctl(check_conf_t *swanctl, const char *section);

/**
 * Check a connection of ipsec.conf.
 *
 * @param conn			its name
 */
void check_ikev1_ipsec(ipsec_conf_t *ipsec, const char *conn,
					   report_t *report);

#endif /** CHECK_IKEV1_H_ */
