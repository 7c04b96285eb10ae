/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_notice.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/**
 * Find an attribute of a message.
 *
 * @return			its content, NULL if there is none
 */
static void *find_attribute(struct nlmsghdr *hdr, uint16_t type, size_t *len)
{
	struct nlattr *attr;
	size_t left, pos = NLMSG_SPACE(sizeof(struct nfgenmsg));

	while (pos + NLA_HDRLEN <= hdr->nlmsg_len)
	{
		attr = (struct nlattr*)((char*)hdr + pos);
		left = hdr->nlmsg_len - pos;
		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > left)
		{
			break;
		}
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
		{
			*len = attr->nla_len - NLA_HDRLEN;
			return (char*)attr + NLA_HDRLEN;
		}
		pos += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/**
 * Is a message about our table? Whatever it is about, its first attribute
 * names the table.
 */
static bool is_about(struct nlmsghdr *hdr, const char *name)
{
	struct nfgenmsg *msg = NLMSG_DATA(hdr);
	size_t len;
	char *table;

	table = find_attribute(hdr, NFTA_TABLE_NAME, &len);
	return msg->nfgen_family == NFPROTO_INET && table &&
		   len == strlen(name) + 1 &&
		   memeq(table, name, len);
}

/**
 * Get who made a transaction, nothing if the kernel doesn't say.
 */
static void get_who(struct nlmsghdr *hdr, char *buf)
{
	size_t name_len, pid_len;
	void *name, *pid;
	uint32_t number;
	char *pos;

	*buf = '\0';
	name = find_attribute(hdr, NFTA_GEN_PROC_NAME, &name_len);
	pid = find_attribute(hdr, NFTA_GEN_PROC_PID, &pid_len);
	if (!name || !pid || pid_len != sizeof(number))
	{
		return;
	}
	memcpy(&number, pid, sizeof(number));
	snprintf(buf, FILTERMODE_WHO_LEN, "%.*s (%u)", (int)strnlen(name, name_len),
			 (char*)name, ntohl(number));
	/* a process may call itself anything */
	for (pos = buf; *pos; pos++)
	{
		*pos = isprint((u_char)*pos) ? *pos : '?';
	}
}

filtermode_notice_t filtermode_notice_parse(struct nlmsghdr *hdr,
											const char *table,
											char who[FILTERMODE_WHO_LEN])
{
	if (NFNL_SUBSYS_ID(hdr->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
		hdr->nlmsg_len < NLMSG_SPACE(sizeof(struct nfgenmsg)))
	{
		return FILTERMODE_NOTICE_OTHER;
	}
	if (NFNL_MSG_TYPE(hdr->nlmsg_type) == NFT_MSG_NEWGEN)
	{
		get_who(hdr, who);
		return FILTERMODE_NOTICE_END;
	}
	return is_about(hdr, table) ? FILTERMODE_NOTICE_TABLE
								: FILTERMODE_NOTICE_OTHER;
}
