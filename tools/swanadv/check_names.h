/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_names.h
 * Sections and keys that nobody reads: in the wrong place, or with a name that
 * is nearly one of the page's.
 */

#ifndef CHECK_NAMES_H_
#define CHECK_NAMES_H_

#include "check_conf.h"

/**
 * Check the names of all sections and keys of a strongswan.conf.
 */
void check_names(check_conf_t *conf);

#endif /** CHECK_NAMES_H_ */
