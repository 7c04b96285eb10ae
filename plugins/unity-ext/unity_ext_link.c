/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_link.h"

#include <networking/host.h>

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct request_t request_t;

/**
 * A message to the kernel, with room for what is sent here.
 */
struct request_t {
	union {
		struct nlmsghdr hdr;
		u_char buf[256];
	};
};

/**
 * Start a message with a header of the given type.
 */
static void *start(request_t *request, int type, int flags, size_t len)
{
	*request = (request_t){
		.hdr = {
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
			.nlmsg_len = NLMSG_LENGTH(len),
		},
	};
	return NLMSG_DATA(&request->hdr);
}

/**
 * Append an attribute.
 */
static struct rtattr *append(request_t *request, int type, const void *data,
							 size_t len)
{
	struct rtattr *rta;

	rta = (struct rtattr*)(request->buf + NLMSG_ALIGN(request->hdr.nlmsg_len));
	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	if (len)
	{
		memcpy(RTA_DATA(rta), data, len);
	}
	request->hdr.nlmsg_len = NLMSG_ALIGN(request->hdr.nlmsg_len) +
							 RTA_ALIGN(rta->rta_len);
	return rta;
}

/**
 * Send a message. Returns an errno.
 */
static int transact(request_t *request)
{
	struct sockaddr_nl kernel = {
		.nl_family = AF_NETLINK,
	};
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr err;
		u_char request[sizeof(request_t)];
	} answer;
	int fd, error = 0;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
	{
		return errno;
	}
	if (sendto(fd, request, request->hdr.nlmsg_len, 0,
			   (struct sockaddr*)&kernel, sizeof(kernel)) < 0 ||
		recv(fd, &answer, sizeof(answer), 0) < 0)
	{
		error = errno;
	}
	else if (answer.hdr.nlmsg_type == NLMSG_ERROR)
	{
		error = -answer.err.error;
	}
	close(fd);
	return error;
}

/**
 * Create the interface.
 */
static int add_dummy(const char *name)
{
	struct ifinfomsg *info;
	struct rtattr *nested;
	request_t request;

	info = start(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
				 sizeof(*info));
	info->ifi_flags = info->ifi_change = IFF_UP;
	append(&request, IFLA_IFNAME, name, strlen(name) + 1);
	nested = append(&request, IFLA_LINKINFO, NULL, 0);
	append(&request, IFLA_INFO_KIND, "dummy", strlen("dummy"));
	nested->rta_len = request.buf + request.hdr.nlmsg_len - (u_char*)nested;
	return transact(&request);
}

/**
 * Add an address to an interface, alone and without a route.
 */
static int add_address(const char *name, host_t *host)
{
	chunk_t addr = host->get_address(host);
	struct ifaddrmsg *msg;
	request_t request;

	msg = start(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
				sizeof(*msg));
	msg->ifa_family = host->get_family(host);
	msg->ifa_prefixlen = addr.len * 8;
	msg->ifa_flags = IFA_F_NODAD;
	msg->ifa_index = if_nametoindex(name);
	append(&request, IFA_LOCAL, addr.ptr, addr.len);
	append(&request, IFA_ADDRESS, addr.ptr, addr.len);
	return transact(&request);
}

/*
 * Described in header
 */
const char *unity_ext_link_add(const char *name, const char *ips)
{
	enumerator_t *enumerator;
	host_t *host;
	char *token;
	int error;

	error = add_dummy(name);
	if (error)
	{
		return strerror(error);
	}
	enumerator = enumerator_create_token(ips, " ", "");
	while (!error && enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		error = host ? add_address(name, host) : EINVAL;
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	if (error)
	{
		unity_ext_link_del(name);
		return strerror(error);
	}
	return NULL;
}

/*
 * Described in header
 */
const char *unity_ext_link_del(const char *name)
{
	struct ifinfomsg *info;
	request_t request;
	int error;

	info = start(&request, RTM_DELLINK, 0, sizeof(*info));
	append(&request, IFLA_IFNAME, name, strlen(name) + 1);
	info->ifi_index = if_nametoindex(name);
	if (!info->ifi_index)
	{
		return NULL;
	}
	error = transact(&request);
	return error && error != ENODEV ? strerror(error) : NULL;
}
