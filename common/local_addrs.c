/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "local_addrs.h"
#include "netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
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
 * Attributes of interfaces, and those within IFLA_LINKINFO.
 */
static const netlink_want_t link_wanted[] = {
	[IFLA_IFNAME] = { 1, IF_NAMESIZE },
	[IFLA_MASTER] = { 4, 4 },
	[IFLA_LINKINFO] = { 1, NETLINK_ANY },
};
static const netlink_want_t info_wanted[] = {
	[IFLA_INFO_KIND] = { 1, IF_NAMESIZE },
};

/**
 * Attributes of addresses.
 */
static const netlink_want_t addr_wanted[] = {
	[IFA_ADDRESS] = { 4, 16 },
	[IFA_LOCAL] = { 4, 16 },
};

/**
 * Take over an interface.
 */
static void read_link(reader_t *this, struct nlmsghdr *hdr)
{
	chunk_t attrs[countof(link_wanted)], info[countof(info_wanted)];
	struct ifinfomsg *msg = NLMSG_DATA(hdr);
	char kind[IF_NAMESIZE];
	link_t *link;

	if (!netlink_parse(hdr, sizeof(*msg), link_wanted, countof(attrs), attrs) ||
		!attrs[IFLA_IFNAME].len)
	{
		return;
	}
	netlink_parse_nested(attrs[IFLA_LINKINFO], info_wanted, countof(info),
						 info);
	netlink_get_str(info[IFLA_INFO_KIND], kind, sizeof(kind));
	INIT(link,
		.link = {
			.ifindex = msg->ifi_index,
			.flags = msg->ifi_flags,
		},
		.master = netlink_get_u32(attrs[IFLA_MASTER], 0),
		.is_vrf = streq(kind, "vrf"),
	);
	netlink_get_str(attrs[IFLA_IFNAME], link->link.ifname,
					sizeof(link->link.ifname));
	free(this->links->put(this->links, get_key(msg->ifi_index), link));
}

/**
 * Take over an address.
 */
static void read_address(reader_t *this, struct nlmsghdr *hdr)
{
	chunk_t attrs[countof(addr_wanted)], bytes, peer;
	struct ifaddrmsg *msg = NLMSG_DATA(hdr);
	size_t size;
	local_addr_t addr;
	link_t *link;

	if (!netlink_parse(hdr, sizeof(*msg), addr_wanted, countof(attrs), attrs) ||
		(msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6))
	{
		return;
	}
	/* IFA_ADDRESS is the peer's of a point-to-point link */
	size = msg->ifa_family == AF_INET ? 4 : 16;
	bytes = attrs[attrs[IFA_LOCAL].len ? IFA_LOCAL : IFA_ADDRESS];
	peer = attrs[attrs[IFA_ADDRESS].len ? IFA_ADDRESS : IFA_LOCAL];
	link = this->links->get(this->links, get_key(msg->ifa_index));
	if (bytes.len == size && peer.len == size && link)
	{
		addr = link->link;
		addr.family = msg->ifa_family;
		addr.len = msg->ifa_prefixlen;
		memcpy(addr.addr, bytes.ptr, size);
		memcpy(addr.peer, peer.ptr, size);
		array_insert(this->addrs, ARRAY_TAIL, &addr);
	}
}

/**
 * Implementation of netlink_reply_t.
 */
static bool read_message(void *data, u_int index, struct nlmsghdr *hdr)
{
	switch (hdr->nlmsg_type)
	{
		case RTM_NEWLINK:
			read_link(data, hdr);
			break;
		case RTM_NEWADDR:
			read_address(data, hdr);
			break;
		default:
			break;
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
static bool list(reader_t *this, uint16_t type, size_t body)
{
	netlink_request_t request;

	netlink_begin(&request, type, NLM_F_DUMP, body);
	errno = netlink_ask(NETLINK_ROUTE, &request, read_message, this);
	/* what changed meanwhile makes an event, too */
	return !errno || errno == EINTR;
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

	if (list(&this, RTM_GETLINK, sizeof(struct ifinfomsg)))
	{
		add_links(&this);
		done = list(&this, RTM_GETADDR, sizeof(struct ifaddrmsg));
	}
	this.links->destroy_function(this.links, link_destroy);
	if (!done)
	{
		array_destroy(this.addrs);
		return NULL;
	}
	return this.addrs;
}
