/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_planner.h"
#include "bypass_notices.h"

#include <netinet/in.h>

/**
 * Is one of the host's own addresses in a network?
 */
static bool is_local(bypass_planner_t *this, const bypass_prefix_t *prefix)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	bool found = FALSE;

	enumerator = array_create_enumerator(this->links);
	while (!found && enumerator->enumerate(enumerator, &link))
	{
		found = bypass_prefix_contains(prefix, &link->addr);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Find an interface.
 *
 * @return			index, 0 if there is no such interface
 */
static int find_interface(bypass_planner_t *this, const char *name)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	int ifindex = 0;

	enumerator = array_create_enumerator(this->links);
	while (!ifindex && enumerator->enumerate(enumerator, &link))
	{
		if (streq(link->ifname, name))
		{
			ifindex = link->ifindex;
		}
	}
	enumerator->destroy(enumerator);
	return ifindex;
}

/**
 * Say that an interface's subnet isn't taken as it is too large.
 */
static void note_too_large(bypass_planner_t *this, const bypass_rule_t *rule,
						   const char *key, bypass_link_t *link)
{
	uint8_t family = link->subnet.family;
	char net[BYPASS_PREFIX_LEN];

	bypass_prefix_print(&link->subnet, net, sizeof(net));
	bypass_notices_add(this->plan->notices, "rules.%s.%s: %s of interface %s "
					   "skipped, it is larger than %s = %u allows",
					   rule->section.name, key, net, link->ifname,
					   bypass_lan_min_prefix_key(family),
					   bypass_lan_min_prefix(this->settings, family));
}

/**
 * Append the subnets of an interface, the same one several times if there are
 * several addresses in it.
 *
 * @return			number of subnets
 */
static u_int append_subnets(bypass_planner_t *this, const bypass_rule_t *rule,
							const char *key, const char *name,
							bypass_set_t *out)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	u_int count = 0;

	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (link->subnet.family && (link->flags & IFF_UP) &&
			streq(link->ifname, name))
		{
			count++;
			if (bypass_planner_is_too_large(this, link))
			{
				note_too_large(this, rule, key, link);
				continue;
			}
			bypass_set_add(out, &link->subnet);
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Get the networks of a list, with those of interfaces as of now.
 */
static void expand(bypass_planner_t *this, const bypass_rule_t *rule,
				   const char *key, array_t *nets, bypass_set_t *prefixes)
{
	enumerator_t *enumerator;
	bypass_net_t *net;

	enumerator = array_create_enumerator(nets);
	while (enumerator->enumerate(enumerator, &net))
	{
		if (!*net->ifname)
		{
			bypass_set_add(prefixes, &net->prefix);
		}
		else if (!append_subnets(this, rule, key, net->ifname, prefixes))
		{
			bypass_notices_add(this->plan->notices, "rules.%s.%s: no subnet on "
							   "interface %s, waiting for one",
							   rule->section.name, key, net->ifname);
		}
	}
	enumerator->destroy(enumerator);
	bypass_set_seal(prefixes);
}

/**
 * Add the policies of a pair of networks and a pair of port blocks.
 *
 * A packet that is forwarded passes two hooks. The kernel compares a policy's
 * interface with the one that the packet leaves by, in each of them, and with
 * none of them for packets to this host. So only what leaves by the rule's
 * interface can be told, in the last hook; the others let pass.
 */
static void add_pair(bypass_planner_t *this, const bypass_rule_t *rule,
					 bypass_flow_t flow)
{
	bypass_flow_t back = flow;
	uint8_t dir;

	back.src = flow.dst;
	back.dst = flow.src;
	back.ifindex = 0;
	if (rule->icmp_type == OPTION_UNSET)
	{	/* the type is at the place of the source port whichever way it goes */
		back.sport = flow.dport;
		back.dport = flow.sport;
	}
	if (rule->direction != BYPASS_OUT)
	{
		for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_FWD; dir++)
		{
			bypass_planner_add_policy(this, dir, &back);
		}
	}
	if (rule->direction != BYPASS_IN)
	{
		bypass_planner_add_policy(this, XFRM_POLICY_OUT, &flow);
		if (!flow.ifindex)
		{
			bypass_planner_add_policy(this, XFRM_POLICY_IN, &flow);
		}
		flow.ifindex = 0;
		bypass_planner_add_policy(this, XFRM_POLICY_FWD, &flow);
	}
}

/**
 * Add the routes of a pair of networks.
 *
 * Routes don't know sources. Where none of the host's addresses is one, a route
 * would only move the host's own traffic out of the tunnel.
 */
static void add_pair_routes(bypass_planner_t *this, const bypass_rule_t *rule,
							const bypass_prefix_t *src,
							const bypass_prefix_t *dst)
{
	if (rule->proto || rule->interface)
	{
		return;
	}
	if (rule->direction != BYPASS_IN && is_local(this, src))
	{
		bypass_planner_add_route(this, dst);
	}
	if (rule->direction != BYPASS_OUT && is_local(this, dst))
	{
		bypass_planner_add_route(this, src);
	}
}

/**
 * Get the blocks of a rule's ports.
 */
static void get_blocks(const bypass_rule_t *rule,
					   bypass_port_block_t *sports, u_int *scount,
					   bypass_port_block_t *dports, u_int *dcount)
{
	*scount = bypass_ports_split(rule->src_ports, sports);
	*dcount = bypass_ports_split(rule->dst_ports, dports);
	if (rule->icmp_type != OPTION_UNSET)
	{
		*sports = (bypass_port_block_t){
			.port = htons(rule->icmp_type),
			.mask = UINT16_MAX,
		};
	}
}

/**
 * Add all pairs of networks of a rule.
 *
 * @return			FALSE if there are too many
 */
static bool add_pairs(bypass_planner_t *this, const bypass_rule_t *rule,
					  int ifindex, bypass_entry_t *entry)
{
	bypass_port_block_t sports[BYPASS_PORT_BLOCKS_MAX];
	bypass_port_block_t dports[BYPASS_PORT_BLOCKS_MAX];
	u_int i, j, s, d, scount, dcount;
	bypass_prefix_t *src, *dst;

	get_blocks(rule, sports, &scount, dports, &dcount);
	for (i = 0; i < entry->local->count; i++)
	{
		for (j = 0; j < entry->remote->count; j++)
		{
			src = bypass_set_get(entry->local, i);
			dst = bypass_set_get(entry->remote, j);
			if (!bypass_match_pairs(rule, src, dst) ||
				(!src->len && !dst->len && !rule->allow_any))
			{
				continue;
			}
			for (s = 0; s < scount; s++)
			{
				for (d = 0; d < dcount; d++)
				{
					add_pair(this, rule, (bypass_flow_t){
						.src = src, .dst = dst, .protocol = rule->proto,
						.sport = sports[s], .dport = dports[d],
						.ifindex = ifindex,
					});
				}
			}
			add_pair_routes(this, rule, src, dst);
			if (this->plan->policies->count > BYPASS_POLICIES_MAX)
			{
				return FALSE;
			}
		}
	}
	return TRUE;
}

/**
 * Repeat what isn't taken as it was written.
 */
static void copy_notices(bypass_planner_t *this, const bypass_rule_t *rule)
{
	char *line;
	int i;

	for (i = 0; array_get(rule->notices, i, &line); i++)
	{
		bypass_notices_add(this->plan->notices, "%s", line);
	}
}

bool bypass_planner_add_rule(bypass_planner_t *this, bypass_rule_t *rule)
{
	bypass_entry_t *entry;
	int ifindex = 0;
	bool fits = TRUE;

	copy_notices(this, rule);
	entry = bypass_planner_add_entry(this, rule->section.name);
	entry->interface = strdupnull(rule->interface);
	entry->direction = rule->direction;
	entry->protocol = rule->proto;
	entry->local_port = rule->src_ports;
	entry->remote_port = rule->dst_ports;
	if (rule->icmp_type != OPTION_UNSET)
	{	/* see traffic_selector_icmp_type() */
		entry->local_port.from = entry->local_port.to = rule->icmp_type << 8;
		entry->remote_port = entry->local_port;
	}
	expand(this, rule, "src", rule->src_nets, entry->local);
	expand(this, rule, "dst", rule->dst_nets, entry->remote);
	if (rule->interface)
	{
		ifindex = find_interface(this, rule->interface);
		if (!ifindex)
		{
			bypass_notices_add(this->plan->notices, "rules.%s.interface: "
							   "there is no interface %s, waiting for it",
							   rule->section.name, rule->interface);
		}
	}
	if (ifindex || !rule->interface)
	{
		fits = add_pairs(this, rule, ifindex, entry);
	}
	return fits;
}
