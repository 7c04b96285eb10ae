/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_connections.h
 * The connections beside a strongswan.conf: those of swanctl.conf, and of
 * ipsec.conf if charon's plugin stroke is loaded.
 */

#ifndef CHECK_CONNECTIONS_H_
#define CHECK_CONNECTIONS_H_

#include "check_conf.h"

/**
 * Get the path of swanctl.conf, to be freed; NULL if it can't be read.
 *
 * @param conf			strongswan.conf
 */
char *check_connections_find(check_conf_t *conf);

/**
 * Check the connections, and what strongswan.conf says about them.
 *
 * @param conf			strongswan.conf
 */
void check_connections(check_conf_t *conf);

#endif /** CHECK_CONNECTIONS_H_ */
