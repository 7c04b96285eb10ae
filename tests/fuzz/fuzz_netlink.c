/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#ifdef WITH_ASYNC_CRYPTO
#include <async_crypto_alg.h>
#endif
#ifdef WITH_BYPASS
#include <bypass_requests.h>
#include <bypass_route.h>
#include <bypass_rules.h>
#endif
#ifdef WITH_FILTERMODE
#include <filtermode_notice.h>
#endif

#include <ctype.h>

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
	bypass_route_t route;
	bypass_rules_t rules = bypass_rules_create();
	bypass_set_t *ways = bypass_way_set_create();

	if (bypass_policy_parse(hdr, &policy, &slot))
	{
		fuzz_require(slot < BYPASS_SLOTS);
	}
	bypass_rules_add(&rules, hdr);
	if (bypass_route_parse(hdr, &route) &&
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

	if (filtermode_notice_parse(hdr, "t", who) == FILTERMODE_NOTICE_END)
	{
		for (pos = who; *pos; pos++)
		{
			fuzz_require(isprint((u_char)*pos));
		}
	}
#endif
}

void fuzz_netlink(chunk_t input)
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
		take(hdr);
	}
	free(copy);
}
