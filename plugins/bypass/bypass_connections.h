/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_connections.h
 * Looks at the connections that are loaded, and warns about those whose traffic
 * is within a LAN and so excluded from IPsec.
 */

#ifndef BYPASS_CONNECTIONS_H_
#define BYPASS_CONNECTIONS_H_

#include "bypass_manager.h"

#include <connections.h>

/**
 * Find out whether traffic of a connection is excluded.
 *
 * @param plan		what is excluded
 * @return			what to say of it, allocated, NULL if it isn't
 */
char *bypass_connections_check(bypass_plan_t *plan, peer_cfg_t *cfg);

/**
 * Start to look.
 *
 * @param manager	knows what is excluded
 */
connection_watch_t *bypass_connections_create(bypass_manager_t *manager);

#endif /** BYPASS_CONNECTIONS_H_ */
