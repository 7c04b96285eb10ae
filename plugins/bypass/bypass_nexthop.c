/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_nexthop.h"

#include <rtnl.h>

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

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
 * Implementation of rtnl_reply_t.
 */
static bool parse(void *data, struct nlmsghdr *hdr)
{
	nexthop_t *this = data;
	struct nhmsg *msg = NLMSG_DATA(hdr);
	struct nexthop_grp *member;
	struct rtattr *rta, *found;
	int len;

	if (hdr->nlmsg_type != RTM_NEWNEXTHOP ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
	{
		return TRUE;
	}
	rta = (struct rtattr*)((char*)msg + NLMSG_ALIGN(sizeof(*msg)));
	len = NLMSG_PAYLOAD(hdr, sizeof(*msg));
	found = rtnl_attr(rta, len, NHA_OIF, sizeof(this->ifindex));
	if (found)
	{
		memcpy(&this->ifindex, RTA_DATA(found), sizeof(this->ifindex));
	}
	found = rtnl_attr(rta, len, NHA_GROUP, sizeof(*member));
	if (found)
	{
		member = RTA_DATA(found);
		for (len = RTA_PAYLOAD(found); len >= (int)sizeof(*member);
			 len -= sizeof(*member))
		{
			bypass_set_add(this->group, &member++->id);
		}
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
	union {
		struct nlmsghdr hdr;
		char buf[NLMSG_SPACE(sizeof(struct nhmsg)) + RTA_SPACE(sizeof(id))];
	} request = {
		.hdr = {
			.nlmsg_type = RTM_GETNEXTHOP,
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct nhmsg)),
		},
	};

	rtnl_add(&request.hdr, NHA_ID, &id, sizeof(id));
	return rtnl_ask(&request.hdr, parse, nexthop);
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
