/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_connections.h"

#include <compat.h>
#include <daemon.h>

#include <stdio.h>

/**
 * Append the selectors that a dynamic one stands for, as far as a list of
 * addresses tells: only numeric ones, as names take time.
 */
static void add_addresses(char *addresses, traffic_selector_t *dynamic,
						  linked_list_t *out)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	host_t *host;
	char *token;
	int bits;

	enumerator = enumerator_create_token(addresses, ",", " ");
	while (enumerator->enumerate(enumerator, &token))
	{
		if (strchr(token, '/'))
		{
			host = host_create_from_subnet(token, &bits);
		}
		else
		{
			host = host_create_from_string(token, 0);
			bits = host && host->get_family(host) == AF_INET ? 32 : 128;
		}
		if (host && (!host->is_anyaddr(host) || !bits))
		{
			ts = traffic_selector_create_from_subnet(host->clone(host), bits,
									dynamic->get_protocol(dynamic),
									dynamic->get_from_port(dynamic),
									dynamic->get_to_port(dynamic));
			out->insert_last(out, ts);
		}
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
}

/**
 * Get selectors of a CHILD_SA, with what dynamic ones stand for. Of this side
 * that is any address, as it may be one that the peer assigns.
 */
static linked_list_t *get_selectors(peer_cfg_t *cfg, child_cfg_t *child,
									bool local)
{
	linked_list_t *list, *out = linked_list_create();
	ike_cfg_t *ike_cfg = cfg->get_ike_cfg(cfg);
	traffic_selector_t *ts;

	list = COMPAT_GET_TRAFFIC_SELECTORS(child, local);
	while (list->remove_first(list, (void**)&ts) == SUCCESS)
	{
		if (!ts->is_dynamic(ts))
		{
			out->insert_last(out, ts);
			continue;
		}
		if (local)
		{
			add_addresses("0.0.0.0/0,::/0", ts, out);
		}
		else if (!connection_has_pool(cfg))
		{
			add_addresses(ike_cfg->get_other_addr(ike_cfg), ts, out);
		}
		ts->destroy(ts);
	}
	list->destroy(list);
	return out;
}

/**
 * Find a network of an entry that selectors are about.
 *
 * @param inside	TRUE if all of one has to be in it, FALSE for a part
 */
static traffic_selector_t *find(bypass_set_t *networks, linked_list_t *list,
								bool inside)
{
	traffic_selector_t *ts, *network, *common, *found = NULL;
	enumerator_t *enumerator;
	u_int i;

	for (i = 0; !found && i < networks->count; i++)
	{
		network = bypass_prefix_to_ts(bypass_set_get(networks, i), 0, 0,
									  UINT16_MAX);
		enumerator = list->create_enumerator(list);
		while (!found && enumerator->enumerate(enumerator, &ts))
		{
			common = ts->get_subset(ts, network);
			if (common && (!inside || ts->is_contained_in(ts, network)))
			{
				found = network;
			}
			DESTROY_IF(common);
		}
		enumerator->destroy(enumerator);
		if (!found)
		{
			network->destroy(network);
		}
	}
	return found;
}

/**
 * Find a LAN that a CHILD_SA's peer is in, while this end may be, too.
 *
 * @return			NULL if there is none
 */
static traffic_selector_t *find_lan(bypass_plan_t *plan, linked_list_t *local,
									linked_list_t *remote)
{
	traffic_selector_t *found = NULL, *here;
	enumerator_t *enumerator;
	bypass_entry_t *entry;

	enumerator = array_create_enumerator(plan->entries);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		if (entry->origin != BYPASS_ORIGIN_LAN || entry->protocol)
		{
			continue;
		}
		found = find(entry->remote, remote, TRUE);
		here = found ? find(entry->local, local, FALSE) : NULL;
		if (found && !here)
		{
			found->destroy(found);
			found = NULL;
		}
		DESTROY_IF(here);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Find a LAN that a connection's traffic is in.
 *
 * @param name		gets the name of the child
 * @return			NULL if there is none
 */
static traffic_selector_t *find_child(bypass_plan_t *plan, peer_cfg_t *cfg,
									  char **name)
{
	linked_list_t *local, *remote;
	traffic_selector_t *found = NULL;
	enumerator_t *enumerator;
	child_cfg_t *child;

	enumerator = cfg->create_child_cfg_enumerator(cfg);
	while (!found && enumerator->enumerate(enumerator, &child))
	{
		local = get_selectors(cfg, child, TRUE);
		remote = get_selectors(cfg, child, FALSE);
		found = find_lan(plan, local, remote);
		*name = child->get_name(child);
		local->destroy_offset(local, offsetof(traffic_selector_t, destroy));
		remote->destroy_offset(remote, offsetof(traffic_selector_t, destroy));
	}
	enumerator->destroy(enumerator);
	return found;
}

char *bypass_connections_check(bypass_plan_t *plan, peer_cfg_t *cfg)
{
	traffic_selector_t *found = NULL;
	char *name, net[BUF_LEN], *line = NULL;

	if (plan->subnets)
	{
		found = find_child(plan, cfg, &name);
	}
	if (found)
	{
		snprintf(net, sizeof(net), "%R", found);
		if (asprintf(&line, "connection '%s' has a child '%s' with selectors "
					 "inside the local subnet %s, which lan excludes from "
					 "IPsec; leave its interface out with bypass."
					 "lan_interfaces", cfg->get_name(cfg), name, net) < 0)
		{
			line = NULL;
		}
		found->destroy(found);
	}
	return line;
}

/**
 * The same, implementation of connection_watch_create()'s parameter.
 */
static char *check(void *data, peer_cfg_t *cfg)
{
	bypass_manager_t *manager = data;
	bypass_changes_t changes;
	bypass_plan_t *plan;
	char *found = NULL, *line = NULL;

	plan = manager->get_plan(manager, &changes);
	if (plan)
	{
		found = bypass_connections_check(plan, cfg);
	}
	if (found && asprintf(&line, "bypass: %s", found) < 0)
	{
		line = NULL;
	}
	free(found);
	bypass_plan_unref(plan);
	return line;
}

connection_watch_t *bypass_connections_create(bypass_manager_t *manager)
{
	return connection_watch_create(check, manager);
}
