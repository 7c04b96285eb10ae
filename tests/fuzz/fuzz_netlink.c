/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#ifdef WITH_ASYNC_CRYPTO
#include <async_crypto_kernel.h>
#endif
#ifdef WITH_BYPASS
#include <bypass_policy.h>
#include <bypass_route.h>
#include <bypass_rules.h>
#endif
#ifdef WITH_FILTERMODE
#include <filtermode_monitor.h>

#include <linux/netfilter.h>
#endif
#ifdef WITH_STRICT_BIND
#include <strict_bind_routes.h>
#endif
#ifdef WITH_UNITY_EXT
#include <unity_ext_link.h>
#endif

#include <netlink_route.h>

#include <ctype.h>

/**
 * Take attributes of any kind, and those within them.
 */
static void walk(chunk_t content, u_int depth)
{
	static const netlink_want_t wanted[] = {
		[0] = { 0, NETLINK_ANY }, [1] = { 4, 4 }, [2] = { 1, 16 },
		[3] = { 4, 16 }, [7] = { 8, NETLINK_ANY },
	};
	chunk_t attrs[countof(wanted)];
	u_int i;

	netlink_parse_nested(content, wanted, countof(wanted), attrs);
	for (i = 0; i < countof(wanted); i++)
	{
		if (attrs[i].ptr)
		{
			fuzz_require(attrs[i].ptr >= content.ptr + NLA_HDRLEN &&
						 attrs[i].ptr + attrs[i].len <=
							content.ptr + content.len &&
						 attrs[i].len >= wanted[i].least &&
						 attrs[i].len <= wanted[i].most);
			if (depth)
			{
				walk(attrs[i], depth - 1);
			}
		}
	}
}

/**
 * Implementation of netlink_route_interfaces()' callback.
 */
static void count(void *data, int ifindex)
{
	++*(size_t*)data;
}

/**
 * Read a message in the ways that are common.
 */
static void take_common(struct nlmsghdr *hdr)
{
	netlink_route_t route;
	netlink_rule_t rule;
	size_t interfaces = 0;

	fuzz_require(netlink_get_error(hdr) >= 0);
	walk(chunk_create((u_char*)NLMSG_DATA(hdr), NLMSG_PAYLOAD(hdr, 0)), 2);
	if (netlink_route_parse(hdr, &route))
	{
		netlink_route_interfaces(&route, count, &interfaces);
		fuzz_require(interfaces <= 1 + route.hops.len /
								   sizeof(struct rtnexthop));
	}
	netlink_rule_parse(hdr, &rule);
}

/**
 * Read a message in all ways there are.
 */
static void take(struct nlmsghdr *hdr)
{
#ifdef WITH_ASYNC_CRYPTO
	async_crypto_alg_t alg;

	if (async_crypto_alg_parse(hdr, &alg))
	{
		fuzz_require(strlen(alg.name) < sizeof(alg.name) &&
					 strlen(alg.driver) < sizeof(alg.driver));
	}
#endif
#ifdef WITH_BYPASS
	bypass_policy_t policy;
	uint32_t slot;
	netlink_route_t route;
	bypass_rules_t rules = bypass_rules_create();
	bypass_set_t *ways = bypass_way_set_create();

	if (bypass_policy_parse(hdr, &policy, &slot))
	{
		fuzz_require(slot < BYPASS_SLOTS);
	}
	bypass_rules_add(&rules, hdr);
	if (netlink_route_parse(hdr, &route) &&
		bypass_route_append(&route, ways) && ways->count)
	{
		fuzz_require(bypass_route_is_on_link(&route) ||
					 bypass_route_is_default(&route));
	}
	bypass_rules_clear(&rules);
	bypass_set_destroy(ways);
#endif
#ifdef WITH_FILTERMODE
	char who[FILTERMODE_WHO_LEN], *pos;
	bool touched = FALSE;

	if (filtermode_monitor_parse(hdr, NFPROTO_INET, "t", &touched, who))
	{
		for (pos = who; *pos; pos++)
		{
			fuzz_require(isprint((u_char)*pos));
		}
	}
#endif
#ifdef WITH_STRICT_BIND
	strict_bind_routes_matter(NULL, hdr);
#endif
#ifdef WITH_UNITY_EXT
	unity_ext_link_matters(NULL, hdr);
#endif
}

/**
 * What the kernel sends on netlink sockets: any number of messages.
 */
FUZZ(netlink)(chunk_t input)
{
	struct nlmsghdr *hdr;
	int len = input.len;
	u_char *copy;

	/* exactly as long as what was received, and aligned as a buffer is */
	copy = malloc(input.len + 1);
	memcpy(copy, input.ptr, input.len);
	for (hdr = (struct nlmsghdr*)copy; NLMSG_OK(hdr, len);
		 hdr = NLMSG_NEXT(hdr, len))
	{
		take_common(hdr);
		take(hdr);
	}
	free(copy);
}
