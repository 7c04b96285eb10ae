/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_events.h
 * What clients of control are told: doc/control.md. For bus hooks, too.
 */

#ifndef UNITY_EXT_EVENTS_H_
#define UNITY_EXT_EVENTS_H_

#include <sa/ike_sa.h>

/**
 * A gateway sent a banner.
 *
 * @param banner		text, escaped
 */
void unity_ext_tell_banner(ike_sa_t *ike_sa, const char *banner);

#endif /** UNITY_EXT_EVENTS_H_ */
