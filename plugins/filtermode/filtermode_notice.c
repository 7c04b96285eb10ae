/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_notice.h"

#include <netlink_message.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/**
 * Attributes of the end of a transaction.
 */
static const netlink_want_t gen_wanted[] = {
	[NFTA_GEN_PROC_PID] = { 4, 4 },
	[NFTA_GEN_PROC_NAME] = { 1, NETLINK_ANY },
};

/**
 * Whatever else a message is about, its first attribute names the table.
 */
static const netlink_want_t table_wanted[] = {
	[NFTA_TABLE_NAME] = { 1, NETLINK_ANY },
};

/**
 * Is a message about our table?
 */
static bool is_about(struct nlmsghdr *hdr, const char *name)
{
	struct nfgenmsg *msg = NLMSG_DATA(hdr);
	chunk_t attrs[countof(table_wanted)];

	return netlink_parse(hdr, sizeof(*msg), table_wanted, countof(attrs),
						 attrs) &&
		   msg->nfgen_family == NFPROTO_INET &&
		   chunk_equals(attrs[NFTA_TABLE_NAME],
						chunk_create((u_char*)name, strlen(name) + 1));
}

/**
 * Get who made a transaction, nothing if the kernel doesn't say.
 */
static void get_who(struct nlmsghdr *hdr, char *buf)
{
	chunk_t attrs[countof(gen_wanted)];
	char name[FILTERMODE_WHO_LEN / 2], *pos;

	*buf = '\0';
	netlink_parse(hdr, sizeof(struct nfgenmsg), gen_wanted, countof(attrs),
				  attrs);
	if (!attrs[NFTA_GEN_PROC_PID].len || !attrs[NFTA_GEN_PROC_NAME].len)
	{
		return;
	}
	netlink_get_str(attrs[NFTA_GEN_PROC_NAME], name, sizeof(name));
	snprintf(buf, FILTERMODE_WHO_LEN, "%s (%u)", name,
			 ntohl(netlink_get_u32(attrs[NFTA_GEN_PROC_PID], 0)));
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
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)))
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
