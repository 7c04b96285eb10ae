/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rtnl.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/**
 * Bytes for which the kernel is asked at once, as many as it gives.
 */
#define REPLY_MAX 32768

/**
 * Seconds after which an answer isn't waited for any more. The kernel answers
 * at once, so this only keeps a bug from blocking the daemon.
 */
#define TIMEOUT 5

/**
 * Hand over what was received.
 *
 * @param result	gets what rtnl_ask() is to return
 * @return			FALSE if there is no more to receive
 */
static bool process(struct nlmsghdr *hdr, int len, rtnl_reply_t reply,
					void *data, int *result)
{
	for (; NLMSG_OK(hdr, len); hdr = NLMSG_NEXT(hdr, len))
	{
		if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
		{
			*result = EINTR;
		}
		if (hdr->nlmsg_type == NLMSG_DONE)
		{
			return FALSE;
		}
		if (hdr->nlmsg_type == NLMSG_ERROR)
		{
			*result = -((struct nlmsgerr*)NLMSG_DATA(hdr))->error;
			return FALSE;
		}
		if (!reply(data, hdr) || !(hdr->nlmsg_flags & NLM_F_MULTI))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Open a socket.
 */
static int open_socket(void)
{
	struct timeval timeout = { .tv_sec = TIMEOUT };
	int fd, on = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd >= 0)
	{
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	}
	return fd;
}

int rtnl_ask(struct nlmsghdr *request, rtnl_reply_t reply, void *data)
{
	struct nlmsghdr *buf;
	ssize_t len;
	int fd, result = 0;

	fd = open_socket();
	if (fd < 0)
	{
		return errno;
	}
	buf = malloc(REPLY_MAX);
	request->nlmsg_flags |= NLM_F_REQUEST;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
	{
		result = errno;
	}
	while (!result || result == EINTR)
	{
		len = recv(fd, buf, REPLY_MAX, MSG_TRUNC);
		if (len < 0 && errno == EINTR)
		{
			continue;
		}
		if (len < 0 || len > REPLY_MAX)
		{
			result = len < 0 ? errno : EMSGSIZE;
			break;
		}
		if (!process(buf, len, reply, data, &result))
		{
			break;
		}
	}
	free(buf);
	close(fd);
	return result;
}

struct rtattr *rtnl_attr(struct rtattr *rta, int len, u_int type, size_t size)
{
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
	{
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
		{
			return RTA_PAYLOAD(rta) >= size ? rta : NULL;
		}
	}
	return NULL;
}

void rtnl_add(struct nlmsghdr *hdr, uint16_t type, const void *data,
			  size_t len)
{
	struct rtattr *rta = (void*)hdr + NLMSG_ALIGN(hdr->nlmsg_len);

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(rta), data, len);
	hdr->nlmsg_len = NLMSG_ALIGN(hdr->nlmsg_len) + RTA_ALIGN(rta->rta_len);
}
