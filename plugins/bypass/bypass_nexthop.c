/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_nexthop.h"

#include <linux/nexthop.h>

/**
 * What a next hop object says.
 */
typedef struct {
	/** 0 if there is none */
	uint32_t ifindex;
	/** set of uint32_t, the objects that it consists of */
	bypass_set_t *group;
} nexthop_t;

/**
 * Implementation of bypass_cmp_t.
 */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint32_t));
}

/**
 * Attributes of an object.
 */
static const netlink_want_t wanted[] = {
	[NHA_GROUP] = { sizeof(struct nexthop_grp), NETLINK_ANY },
	[NHA_OIF] = { 4, 4 },
};

/**
 * Implementation of netlink_reply_t.
 */
static bool parse(void *data, u_int index, struct nlmsghdr *hdr)
{
	nexthop_t *this = data;
	chunk_t attrs[countof(wanted)], group;
	struct nexthop_grp *member;

	if (hdr->nlmsg_type != RTM_NEWNEXTHOP ||
		!netlink_parse(hdr, sizeof(struct nhmsg), wanted, countof(attrs),
					   attrs))
	{
		return TRUE;
	}
	this->ifindex = netlink_get_u32(attrs[NHA_OIF], this->ifindex);
	for (group = attrs[NHA_GROUP]; group.len >= sizeof(*member);
		 group = chunk_skip(group, sizeof(*member)))
	{
		member = (struct nexthop_grp*)group.ptr;
		bypass_set_add(this->group, &member->id);
	}
	return TRUE;
}

/**
 * Ask the kernel about an object.
 *
 * @return			0 or errno
 */
static int ask(uint32_t id, nexthop_t *nexthop)
{
	netlink_request_t request;

	netlink_begin(&request, RTM_GETNEXTHOP, 0, sizeof(struct nhmsg));
	netlink_add_u32(&request, NHA_ID, id);
	return netlink_ask(NETLINK_ROUTE, &request, parse, nexthop);
}

int bypass_nexthop_add(const bypass_way_t *way, bypass_set_t *ways)
{
	nexthop_t nexthop = {
		.group = bypass_set_create(sizeof(uint32_t), compare),
	};
	bypass_way_t found = *way;
	u_int i;
	int error;

	/* those of a group are appended, they aren't groups themselves */
	error = ask(way->nexthop, &nexthop);
	for (i = 0; !error && i < nexthop.group->count; i++)
	{
		error = ask(*(uint32_t*)bypass_set_get(nexthop.group, i), &nexthop);
		found.ifindex = nexthop.ifindex;
		bypass_set_add(ways, &found);
	}
	found.ifindex = nexthop.ifindex;
	bypass_set_add(ways, &found);
	bypass_set_destroy(nexthop.group);
	return error;
}
