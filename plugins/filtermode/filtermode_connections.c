/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_connections.h"

#include <stdio.h>

/**
 * Does a connection have an interface ID in a direction, in one way or another?
 */
static bool has_if_id(peer_cfg_t *cfg, child_cfg_t *child, bool inbound)
{
	return cfg->get_if_id(cfg, inbound) || child->get_if_id(child, inbound);
}

filtermode_child_t filtermode_connections_describe(
									filtermode_manager_t *manager,
									peer_cfg_t *cfg, child_cfg_t *child)
{
	return (filtermode_child_t){
		.connection = cfg->get_name(cfg),
		.transport = child->get_mode(child) == MODE_TRANSPORT,
		.if_id = has_if_id(cfg, child, TRUE) && has_if_id(cfg, child, FALSE),
		.mark = child->get_mark(child, TRUE).value ||
				child->get_mark(child, FALSE).value,
		.userspace = manager->tun != NULL,
	};
}

/**
 * Will a CHILD_SA of a connection be blocked, whoever comes?
 */
static bool is_blocked(filtermode_manager_t *manager,
					   filtermode_settings_t *settings, peer_cfg_t *cfg)
{
	enumerator_t *enumerator;
	filtermode_child_t described;
	child_cfg_t *child;
	bool blocked = FALSE;

	enumerator = cfg->create_child_cfg_enumerator(cfg);
	while (!blocked && enumerator->enumerate(enumerator, &child))
	{
		described = filtermode_connections_describe(manager, cfg, child);
		blocked = filtermode_verdict(settings,
									 &described) == FILTERMODE_BLOCKED &&
				  !(filtermode_names_peers(&settings->allow) &&
					filtermode_is_named(&settings->allow, &described, TRUE));
	}
	enumerator->destroy(enumerator);
	return blocked;
}

/**
 * Find out whether a connection assigns virtual IPs in vain. Implementation of
 * connection_watch_create()'s parameter.
 */
static char *check(void *data, peer_cfg_t *cfg)
{
	filtermode_manager_t *manager = data;
	filtermode_settings_t *settings = manager->store->get(manager->store);
	char *line = NULL;

	if (settings->mode == FILTERMODE_INTERFACES && connection_has_pool(cfg) &&
		is_blocked(manager, settings, cfg) &&
		asprintf(&line, "filtermode: connection '%s' assigns virtual IPs, but "
				 "what its clients send will be blocked: mode = interfaces, "
				 "and it has no interface; add the connection to filtermode."
				 "allow_connections, or set its if_id_in and if_id_out",
				 cfg->get_name(cfg)) < 0)
	{
		line = NULL;
	}
	options_unref(settings);
	return line;
}

connection_watch_t *filtermode_connections_create(filtermode_manager_t *manager)
{
	return connection_watch_create(check, manager);
}
