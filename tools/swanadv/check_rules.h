/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_rules.h
 * Settings of several plugins, and of charon, that don't go together.
 */

#ifndef CHECK_RULES_H_
#define CHECK_RULES_H_

#include "check_conf.h"

/**
 * Check settings against each other.
 */
void check_rules(check_conf_t *conf);

#endif /** CHECK_RULES_H_ */
