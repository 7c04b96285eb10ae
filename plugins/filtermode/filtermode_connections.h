/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_connections.h
 * Looks at the connections that are loaded, and warns about those that assign
 * virtual IPs in vain.
 */

#ifndef FILTERMODE_CONNECTIONS_H_
#define FILTERMODE_CONNECTIONS_H_

#include "filtermode_manager.h"
#include "filtermode_verdict.h"

#include <connections.h>

/**
 * Describe the CHILD_SAs that a child of a connection will have, with whomever.
 */
filtermode_child_t filtermode_connections_describe(
									filtermode_manager_t *manager,
									peer_cfg_t *cfg, child_cfg_t *child);

/**
 * Start to look.
 *
 * @param manager	has the settings
 */
connection_watch_t *filtermode_connections_create(
											filtermode_manager_t *manager);

#endif /** FILTERMODE_CONNECTIONS_H_ */
