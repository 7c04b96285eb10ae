/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_core.h
 * The settings of the page that charon itself provides.
 */

#ifndef CHECK_CORE_H_
#define CHECK_CORE_H_

#include "check_conf.h"

#include <option_value.h>

typedef struct check_core_t check_core_t;

/**
 * Options that are in one section.
 */
struct check_core_t {
	/** section, within a daemon's in strongswan.conf; what is any name ends
	 * with * */
	const char *section;
	/** options and their number */
	const option_t *options;
	u_int count;
	/** whether it is of swanctl.conf */
	bool swanctl;
};

/**
 * Those of the page, ends with one without a section.
 */
extern const check_core_t check_core_sections[];

/**
 * Find an option in a section.
 *
 * @return			NULL if it isn't one of the page's
 */
const option_t *check_core_find(const check_core_t *section, const char *key);

/**
 * Check the values of all of them.
 *
 * @param conf			strongswan.conf or swanctl.conf
 * @param swanctl		which
 */
void check_core(check_conf_t *conf, bool swanctl);

/**
 * Check what loads plugins, ours and others: what charon's loader doesn't know
 * as a value it takes for no, and says nothing.
 */
void check_core_load(check_conf_t *conf);

#endif /** CHECK_CORE_H_ */
