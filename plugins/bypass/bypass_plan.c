/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_plan.h"
#include "bypass_notices.h"

#include <netinet/in.h>

/**
 * A plan being made.
 */
typedef struct {
	bypass_plan_t *plan;
	array_t *links;
} planner_t;

/**
 * Any port, as a block.
 */
static const bypass_port_block_t any_port = {};

/**
 * Add an entry that policies can refer to by its index.
 */
static bypass_entry_t *add_entry(planner_t *this, const char *name,
								 bypass_origin_t origin)
{
	bypass_entry_t *entry;

	INIT(entry,
		.name = strdup(name),
		.origin = origin,
		.local = bypass_prefix_set_create(),
		.remote = bypass_prefix_set_create(),
		.local_port = { 0, UINT16_MAX },
		.remote_port = { 0, UINT16_MAX },
	);
	array_insert(this->plan->entries, ARRAY_TAIL, entry);
	return entry;
}

/**
 * Add a policy to the last entry.
 */
static void add_policy(planner_t *this, uint8_t dir, const bypass_prefix_t *src,
					   const bypass_prefix_t *dst, uint8_t protocol,
					   bypass_port_block_t sport, bypass_port_block_t dport,
					   int ifindex)
{
	bypass_policy_t policy;

	policy = bypass_policy_create(dir, src, dst, protocol, sport, dport,
								  ifindex,
								  array_count(this->plan->entries) - 1);
	bypass_set_add(this->plan->policies, &policy);
}

/**
 * Is one of the host's own addresses in a network?
 */
static bool is_local(planner_t *this, const bypass_prefix_t *prefix)
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
 * Have a network routed as if there was no tunnel. A route for all addresses
 * would take the tunnel's away from everybody.
 */
static void add_route(planner_t *this, const bypass_prefix_t *dst)
{
	if (dst->len)
	{
		bypass_set_add(this->plan->routes, dst);
	}
}

/**
 * Find an interface.
 *
 * @return			index, 0 if there is no such interface
 */
static int find_interface(planner_t *this, const char *name)
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
 * Append the subnets of an interface, the same one several times if there are
 * several addresses in it.
 *
 * @return			number of subnets
 */
static u_int append_subnets(planner_t *this, const char *name,
							bypass_set_t *out)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	u_int count = 0;

	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (link->addr.family && (link->flags & IFF_UP) &&
			streq(link->ifname, name))
		{
			bypass_set_add(out, &link->subnet);
			count++;
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Get the networks of a list, with those of interfaces as of now.
 */
static void expand(planner_t *this, const bypass_rule_t *rule, const char *key,
				   array_t *nets, bypass_set_t *prefixes)
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
		else if (!append_subnets(this, net->ifname, prefixes))
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
 * A packet that is forwarded passes two hooks, on different interfaces. If the
 * rule is about one of them, that one's hook decides, the other one lets pass.
 */
static void add_pair(planner_t *this, const bypass_match_t *match, int ifindex,
					 const bypass_prefix_t *src, bypass_port_block_t sport,
					 const bypass_prefix_t *dst, bypass_port_block_t dport)
{
	uint8_t protocol = match->protocol;

	if (match->rule->direction != BYPASS_IN)
	{
		add_policy(this, XFRM_POLICY_OUT, src, dst, protocol, sport, dport,
				   ifindex);
		add_policy(this, XFRM_POLICY_FWD, src, dst, protocol, sport, dport, 0);
		if (!ifindex)
		{
			add_policy(this, XFRM_POLICY_IN, src, dst, protocol, sport, dport,
					   0);
		}
	}
	if (match->rule->icmp_type == OPTION_UNSET)
	{	/* the type is at the place of the source port whichever way it goes */
		bypass_port_block_t tmp = sport;

		sport = dport;
		dport = tmp;
	}
	if (match->rule->direction != BYPASS_OUT)
	{
		add_policy(this, XFRM_POLICY_IN, dst, src, protocol, sport, dport,
				   ifindex);
		add_policy(this, XFRM_POLICY_FWD, dst, src, protocol, sport, dport,
				   ifindex);
		add_policy(this, XFRM_POLICY_OUT, dst, src, protocol, sport, dport, 0);
	}
}

/**
 * Add the routes of a pair of networks.
 *
 * Routes don't know sources. Where none of the host's addresses is one, a route
 * would only move the host's own traffic out of the tunnel.
 */
static void add_pair_routes(planner_t *this, const bypass_match_t *match,
							const bypass_prefix_t *src,
							const bypass_prefix_t *dst)
{
	if (match->protocol || match->rule->interface)
	{
		return;
	}
	if (match->rule->direction != BYPASS_IN && is_local(this, src))
	{
		add_route(this, dst);
	}
	if (match->rule->direction != BYPASS_OUT && is_local(this, dst))
	{
		add_route(this, src);
	}
}

/**
 * Get the blocks of a rule's ports.
 */
static void get_blocks(const bypass_match_t *match,
					   bypass_port_block_t *sports, u_int *scount,
					   bypass_port_block_t *dports, u_int *dcount)
{
	*scount = bypass_ports_split(match->src_port, sports);
	*dcount = bypass_ports_split(match->dst_port, dports);
	if (match->rule->icmp_type != OPTION_UNSET)
	{
		*sports = (bypass_port_block_t){
			.port = htons(match->rule->icmp_type),
			.mask = UINT16_MAX,
		};
	}
}

/**
 * Add all pairs of networks of a rule.
 *
 * @return			FALSE if there are too many
 */
static bool add_pairs(planner_t *this, const bypass_match_t *match,
					  int ifindex, bypass_entry_t *entry)
{
	bypass_port_block_t sports[BYPASS_PORT_BLOCKS_MAX];
	bypass_port_block_t dports[BYPASS_PORT_BLOCKS_MAX];
	u_int i, j, s, d, scount, dcount;
	bypass_prefix_t *src, *dst;

	get_blocks(match, sports, &scount, dports, &dcount);
	for (i = 0; i < entry->local->count; i++)
	{
		for (j = 0; j < entry->remote->count; j++)
		{
			src = bypass_set_get(entry->local, i);
			dst = bypass_set_get(entry->remote, j);
			if (!bypass_match_pairs(match, src, dst) ||
				(!src->len && !dst->len && !match->rule->allow_any))
			{
				continue;
			}
			for (s = 0; s < scount; s++)
			{
				for (d = 0; d < dcount; d++)
				{
					add_pair(this, match, ifindex, src, sports[s], dst,
							 dports[d]);
				}
			}
			add_pair_routes(this, match, src, dst);
			if (this->plan->policies->count > BYPASS_POLICIES_MAX)
			{
				return FALSE;
			}
		}
	}
	return TRUE;
}

/**
 * Add a rule.
 *
 * @return			FALSE if there are too many policies
 */
static bool add_rule(planner_t *this, bypass_rule_t *rule,
					 bypass_origin_t origin)
{
	bypass_entry_t *entry;
	bypass_match_t match;
	int ifindex = 0;
	bool fits = TRUE;

	bypass_match_parse(rule, &match, NULL, this->plan->notices);
	entry = add_entry(this, rule->section.name, origin);
	entry->interface = strdupnull(rule->interface);
	entry->direction = rule->direction;
	entry->protocol = match.protocol;
	entry->local_port = match.src_port;
	entry->remote_port = match.dst_port;
	if (rule->icmp_type != OPTION_UNSET)
	{	/* see traffic_selector_icmp_type() */
		entry->local_port.from = entry->local_port.to = rule->icmp_type << 8;
		entry->remote_port = entry->local_port;
	}
	expand(this, rule, "src", match.src, entry->local);
	expand(this, rule, "dst", match.dst, entry->remote);
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
		fits = add_pairs(this, &match, ifindex, entry);
	}
	bypass_match_clear(&match);
	return fits;
}

/**
 * Is the subnet of an address a LAN's that should be excluded? Interfaces
 * without broadcasts are tunnels of all kinds and point-to-point links.
 */
static bool is_lan(bypass_settings_t *settings, bypass_link_t *link)
{
	return link->addr.family && link->subnet.len &&
		   link->subnet.len < link->addr.len &&
		   (link->flags & (IFF_UP | IFF_BROADCAST | IFF_LOOPBACK)) ==
		   (IFF_UP | IFF_BROADCAST) &&
		   (!settings->lan_interfaces ||
			settings->lan_interfaces->matches(settings->lan_interfaces,
											  link->ifname));
}

/**
 * Get the subnets of LANs, those of IPv6's link-local addresses, too.
 */
static bypass_set_t *get_lan_subnets(planner_t *this,
									 bypass_settings_t *settings)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	bypass_set_t *subnets;

	subnets = bypass_prefix_set_create();
	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (is_lan(settings, link))
		{
			bypass_set_add(subnets, &link->subnet);
		}
	}
	enumerator->destroy(enumerator);
	bypass_set_seal(subnets);
	return subnets;
}

/**
 * Add both hooks of packets that are never forwarded.
 */
static void add_on_link(planner_t *this, const bypass_prefix_t *src,
						const bypass_prefix_t *dst, uint8_t protocol,
						bypass_port_block_t type)
{
	add_policy(this, XFRM_POLICY_OUT, src, dst, protocol, type, any_port, 0);
	add_policy(this, XFRM_POLICY_IN, src, dst, protocol, type, any_port, 0);
}

/**
 * Add what IPv6 needs on a link: link-local addresses and multicast, and
 * neighbour discovery between any addresses, which RFC 4861 forbids to
 * forward.
 */
static void add_ipv6_link(planner_t *this)
{
	static const bypass_prefix_t any = { .family = AF_INET6 };
	static const bypass_prefix_t unspecified = {
		.family = AF_INET6, .len = 128,
	};
	static const bypass_prefix_t local = {
		.family = AF_INET6, .len = 10, .addr = { 0xfe, 0x80 },
	};
	static const bypass_prefix_t multicast = {
		.family = AF_INET6, .len = 16, .addr = { 0xff, 0x02 },
	};
	/* router solicitation to redirect, RFC 4861, 4 */
	static const uint8_t first = 133, last = 137;
	bypass_port_block_t type = { .mask = UINT16_MAX };
	bypass_entry_t *entry;
	u_int i;

	entry = add_entry(this, "lan:ipv6-link", BYPASS_ORIGIN_LAN);
	bypass_set_add(entry->local, &local);
	bypass_set_add(entry->remote, &local);
	bypass_set_add(entry->remote, &multicast);
	add_on_link(this, &local, &local, 0, any_port);
	add_on_link(this, &local, &multicast, 0, any_port);
	/* listener reports during duplicate address detection, RFC 3590 */
	add_on_link(this, &unspecified, &multicast, 0, any_port);
	entry = add_entry(this, "lan:ipv6-nd", BYPASS_ORIGIN_LAN);
	entry->protocol = IPPROTO_ICMPV6;
	/* see traffic_selector_icmp_type() */
	entry->local_port.from = first << 8;
	entry->local_port.to = last << 8;
	entry->remote_port = entry->local_port;
	bypass_set_add(entry->local, &any);
	bypass_set_add(entry->remote, &any);
	for (i = first; i <= last; i++)
	{
		type.port = htons(i);
		add_on_link(this, &any, &any, IPPROTO_ICMPV6, type);
	}
}

/**
 * Add a LAN.
 */
static void add_subnet(planner_t *this, const bypass_prefix_t *subnet)
{
	bypass_entry_t *entry;
	traffic_selector_t *ts;
	char name[BUF_LEN];
	uint8_t dir;

	ts = bypass_prefix_to_ts(subnet, 0, 0, UINT16_MAX);
	snprintf(name, sizeof(name), "lan:%R", ts);
	ts->destroy(ts);
	entry = add_entry(this, name, BYPASS_ORIGIN_LAN);
	bypass_set_add(entry->local, subnet);
	bypass_set_add(entry->remote, subnet);
	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_FWD; dir++)
	{
		add_policy(this, dir, subnet, subnet, 0, any_port, any_port, 0);
	}
	add_route(this, subnet);
	this->plan->subnets++;
}

/**
 * Add the LANs.
 */
static void add_lan(planner_t *this, bypass_settings_t *settings)
{
	bypass_prefix_t *subnet;
	bypass_set_t *subnets;
	bool ipv6 = FALSE;
	u_int i;

	subnets = get_lan_subnets(this, settings);
	for (i = 0; i < subnets->count; i++)
	{
		subnet = bypass_set_get(subnets, i);
		ipv6 |= subnet->family == AF_INET6;
		if (!(subnet->family == AF_INET6 && subnet->addr[0] == 0xfe &&
			  (subnet->addr[1] & 0xc0) == 0x80))
		{
			add_subnet(this, subnet);
		}
	}
	bypass_set_destroy(subnets);
	if (ipv6)
	{
		add_ipv6_link(this);
	}
}

/**
 * Add the rules of some settings.
 *
 * @return			FALSE if there are too many policies
 */
static bool add_rules(planner_t *this, bypass_settings_t *settings,
					  bypass_origin_t origin)
{
	bool fits = TRUE;
	u_int i;

	this->plan->rules += settings->rules.count;
	for (i = 0; fits && i < settings->rules.count; i++)
	{
		fits = add_rule(this, settings->rules.items[i], origin);
	}
	return fits;
}

/*
 * Described in header
 */
bypass_plan_t *bypass_plan_create(bypass_settings_t *settings,
								  array_t *runtime, array_t *links)
{
	planner_t this = { .links = links };
	bypass_settings_t *rule;
	bool fits;
	u_int i;

	INIT(this.plan,
		.ref = 1,
		.policies = bypass_policy_set_create(),
		.routes = bypass_prefix_set_create(),
		.entries = array_create(0, 0),
		.notices = array_create(0, 0),
	);
	bypass_set_reserve(this.plan->policies, settings->rules.count * 6);
	fits = add_rules(&this, settings, BYPASS_ORIGIN_CONFIG);
	for (i = 0; fits && i < array_count(runtime); i++)
	{
		array_get(runtime, i, &rule);
		fits = add_rules(&this, rule, BYPASS_ORIGIN_RUNTIME);
	}
	if (settings->lan)
	{
		add_lan(&this, settings);
	}
	if (!fits || this.plan->policies->count > BYPASS_POLICIES_MAX)
	{
		bypass_plan_unref(this.plan);
		return NULL;
	}
	bypass_set_seal(this.plan->policies);
	bypass_set_seal(this.plan->routes);
	return this.plan;
}

/*
 * Described in header
 */
bypass_plan_t *bypass_plan_ref(bypass_plan_t *plan)
{
	ref_get(&plan->ref);
	return plan;
}

/**
 * Destroy an entry, callback of array_destroy_function().
 */
static void entry_destroy(void *data, int idx, void *unused)
{
	bypass_entry_t *entry = data;

	bypass_set_destroy(entry->local);
	bypass_set_destroy(entry->remote);
	free(entry->interface);
	free(entry->name);
	free(entry);
}

/*
 * Described in header
 */
void bypass_plan_unref(bypass_plan_t *plan)
{
	if (plan && ref_put(&plan->ref))
	{
		bypass_set_destroy(plan->policies);
		bypass_set_destroy(plan->routes);
		array_destroy_function(plan->entries, entry_destroy, NULL);
		bypass_notices_destroy(plan->notices);
		free(plan);
	}
}
