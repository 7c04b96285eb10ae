/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_notice.h
 * Reads what the kernel says about changes of nftables.
 */

#ifndef FILTERMODE_NOTICE_H_
#define FILTERMODE_NOTICE_H_

#include <library.h>

#include <linux/netlink.h>

typedef enum filtermode_notice_t filtermode_notice_t;

/**
 * Room for who made a transaction, "nft (4711)". The kernel limits names to
 * TASK_COMM_LEN.
 */
#define FILTERMODE_WHO_LEN 64

/**
 * What a message is.
 */
enum filtermode_notice_t {
	/** nothing of interest */
	FILTERMODE_NOTICE_OTHER,
	/** a change of the table, or of something in it */
	FILTERMODE_NOTICE_TABLE,
	/** the end of a transaction */
	FILTERMODE_NOTICE_END,
};

/**
 * Read a message.
 *
 * @param hdr		message, as long as its header says
 * @param table		name of the table in family inet that is of interest
 * @param who		gets who made the transaction that ends, escaped, or "" if
 *					the kernel doesn't say
 */
filtermode_notice_t filtermode_notice_parse(struct nlmsghdr *hdr,
											const char *table,
											char who[FILTERMODE_WHO_LEN]);

#endif /** FILTERMODE_NOTICE_H_ */
