/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "local_addrs.h"
#include "rtnl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <sys/socket.h>

#include <collections/hashtable.h>

typedef struct reader_t reader_t;
typedef struct link_t link_t;

/**
 * What is being read.
 */
struct reader_t {
	/** what is returned */
	array_t *addrs;
	/** link_t, by index */
	hashtable_t *links;
};

/**
 * An interface.
 */
struct link_t {
	local_addr_t link;
	/** interface that this one is a port of, 0 for none */
	int master;
	bool is_vrf;
};

/**
 * Key of an interface.
 */
static void *get_key(int ifindex)
{
	return (void*)(uintptr_t)ifindex;
}

/**
 * Take over an interface, callback of a dump.
 */
static bool read_link(void *data, struct nlmsghdr *hdr)
{
	reader_t *this = data;
	struct ifinfomsg *msg = NLMSG_DATA(hdr);
	struct rtattr *name, *master, *info, *kind = NULL;
	int len = IFLA_PAYLOAD(hdr);
	link_t *link;

	name = rtnl_attr(IFLA_RTA(msg), len, IFLA_IFNAME, 1);
	if (hdr->nlmsg_type != RTM_NEWLINK || !name)
	{
		return TRUE;
	}
	master = rtnl_attr(IFLA_RTA(msg), len, IFLA_MASTER, sizeof(int));
	info = rtnl_attr(IFLA_RTA(msg), len, IFLA_LINKINFO, 0);
	if (info)
	{
		kind = rtnl_attr(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_KIND, 1);
	}
	INIT(link,
		.link = {
			.ifindex = msg->ifi_index,
			.flags = msg->ifi_flags,
		},
		.master = master ? *(int*)RTA_DATA(master) : 0,
		.is_vrf = kind && streq(RTA_DATA(kind), "vrf"),
	);
	snprintf(link->link.ifname, sizeof(link->link.ifname), "%s",
			 (char*)RTA_DATA(name));
	free(this->links->put(this->links, get_key(msg->ifi_index), link));
	return TRUE;
}

/**
 * Take over an address, callback of a dump.
 */
static bool read_address(void *data, struct nlmsghdr *hdr)
{
	reader_t *this = data;
	struct ifaddrmsg *msg = NLMSG_DATA(hdr);
	size_t size = msg->ifa_family == AF_INET ? 4 : 16;
	local_addr_t addr;
	struct rtattr *bytes, *peer;
	link_t *link;

	if (hdr->nlmsg_type != RTM_NEWADDR ||
		(msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6))
	{
		return TRUE;
	}
	/* IFA_ADDRESS is the peer's of a point-to-point link */
	peer = rtnl_attr(IFA_RTA(msg), IFA_PAYLOAD(hdr), IFA_ADDRESS, size);
	bytes = rtnl_attr(IFA_RTA(msg), IFA_PAYLOAD(hdr), IFA_LOCAL, size) ?: peer;
	link = this->links->get(this->links, get_key(msg->ifa_index));
	if (bytes && link)
	{
		addr = link->link;
		addr.family = msg->ifa_family;
		addr.len = msg->ifa_prefixlen;
		memcpy(addr.addr, RTA_DATA(bytes), size);
		memcpy(addr.peer, RTA_DATA(peer ?: bytes), size);
		array_insert(this->addrs, ARRAY_TAIL, &addr);
	}
	return TRUE;
}

/**
 * Find out which interfaces are in a VRF, and list all of them.
 */
static void add_links(reader_t *this)
{
	enumerator_t *enumerator;
	link_t *link, *master;

	enumerator = this->links->create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, NULL, &link))
	{
		master = link->is_vrf ? link : this->links->get(this->links,
												get_key(link->master));
		link->link.vrf = master && master->is_vrf ? master->link.ifindex : 0;
		array_insert(this->addrs, ARRAY_TAIL, &link->link);
	}
	enumerator->destroy(enumerator);
}

/**
 * Have the kernel list something.
 */
static bool list(reader_t *this, uint16_t type, rtnl_reply_t reply)
{
	struct {
		struct nlmsghdr hdr;
		union {
			struct ifinfomsg link;
			struct ifaddrmsg addr;
		};
	} request = {
		.hdr = {
			.nlmsg_len = NLMSG_LENGTH(type == RTM_GETLINK ?
									  sizeof(struct ifinfomsg) :
									  sizeof(struct ifaddrmsg)),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_DUMP,
		},
	};
	int error;

	error = rtnl_ask(&request.hdr, reply, this);
	errno = error;
	/* what changed meanwhile makes an event, too */
	return !error || error == EINTR;
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void link_destroy(void *link, const void *key)
{
	free(link);
}

array_t *local_addrs_read(void)
{
	reader_t this = {
		.addrs = array_create(sizeof(local_addr_t), 0),
		.links = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
	};
	bool done = FALSE;

	if (list(&this, RTM_GETLINK, read_link))
	{
		add_links(&this);
		done = list(&this, RTM_GETADDR, read_address);
	}
	this.links->destroy_function(this.links, link_destroy);
	if (!done)
	{
		array_destroy(this.addrs);
		return NULL;
	}
	return this.addrs;
}
