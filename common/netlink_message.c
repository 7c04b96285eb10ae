/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "netlink_message.h"

#include <errno.h>

/**
 * Largest errno of the kernel's.
 */
#define ERRNO_MAX 4095

void *netlink_begin(netlink_request_t *request, uint16_t type, uint16_t flags,
					size_t body)
{
	memset(request, 0, sizeof(*request));
	request->hdr.nlmsg_len = NLMSG_LENGTH(body);
	request->hdr.nlmsg_type = type;
	request->hdr.nlmsg_flags = flags;
	return NLMSG_DATA(&request->hdr);
}

void netlink_add(netlink_request_t *request, uint16_t type, const void *data,
				 size_t len)
{
	char *pos = (char*)request + NLMSG_ALIGN(request->hdr.nlmsg_len);
	struct nlattr attr = {
		.nla_type = type,
		.nla_len = NLA_HDRLEN + len,
	};

	memcpy(pos, &attr, sizeof(attr));
	memcpy(pos + NLA_HDRLEN, data, len);
	request->hdr.nlmsg_len = pos - (char*)request + NLA_ALIGN(attr.nla_len);
}

void netlink_add_u32(netlink_request_t *request, uint16_t type,
					 uint32_t number)
{
	netlink_add(request, type, &number, sizeof(number));
}

void netlink_parse_nested(chunk_t content, const netlink_want_t *wanted,
						  u_int count, chunk_t *attrs)
{
	struct nlattr attr;
	size_t len;
	u_int type;

	memset(attrs, 0, count * sizeof(*attrs));
	while (content.len >= NLA_HDRLEN)
	{
		memcpy(&attr, content.ptr, sizeof(attr));
		if (attr.nla_len < NLA_HDRLEN || attr.nla_len > content.len)
		{
			break;
		}
		type = attr.nla_type & NLA_TYPE_MASK;
		len = attr.nla_len - NLA_HDRLEN;
		if (type < count && len >= wanted[type].least &&
			len <= wanted[type].most)
		{
			attrs[type] = chunk_create(content.ptr + NLA_HDRLEN, len);
		}
		content = chunk_skip(content, NLA_ALIGN(attr.nla_len));
	}
}

bool netlink_parse(const struct nlmsghdr *hdr, size_t body,
				   const netlink_want_t *wanted, u_int count, chunk_t *attrs)
{
	if (hdr->nlmsg_len < NLMSG_LENGTH(body))
	{
		return FALSE;
	}
	netlink_parse_nested(chunk_skip(chunk_create((u_char*)hdr, hdr->nlmsg_len),
									NLMSG_SPACE(body)), wanted, count, attrs);
	return TRUE;
}

uint32_t netlink_get_u32(chunk_t attr, uint32_t otherwise)
{
	uint32_t number = otherwise;

	if (attr.len >= sizeof(number))
	{
		memcpy(&number, attr.ptr, sizeof(number));
	}
	return number;
}

void netlink_get_str(chunk_t attr, char *buf, size_t len)
{
	snprintf(buf, len, "%.*s", (int)attr.len, attr.len ? (char*)attr.ptr : "");
}

int netlink_get_error(const struct nlmsghdr *hdr)
{
	int error = 0;

	if (hdr->nlmsg_type == NLMSG_ERROR &&
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
	{
		return EBADMSG;
	}
	/* the first thing in the body of either, of NLMSG_DONE since Linux 4.14 */
	if (hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
	{
		memcpy(&error, NLMSG_DATA(hdr), sizeof(error));
	}
	if (error < -ERRNO_MAX)
	{
		return EBADMSG;
	}
	return error < 0 ? -error : 0;
}
