/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file rtnl.h
 * Questions to the kernel about interfaces, addresses, routes and rules.
 */

#ifndef RTNL_H_
#define RTNL_H_

#include <library.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/**
 * Called for each message of an answer.
 *
 * @param data		as given to rtnl_ask()
 * @param hdr		message
 * @return			FALSE if no more messages are needed
 */
typedef bool (*rtnl_reply_t)(void *data, struct nlmsghdr *hdr);

/**
 * Ask, and wait for the answer. Of a list, the kernel makes only as much as is
 * read, so that stopping early saves the rest.
 *
 * Lists are filtered as the request says, from Linux 4.20 on. Before, a reply
 * may be about something that wasn't asked for.
 *
 * @param request	message, with all of its flags but NLM_F_REQUEST
 * @param reply		called for each message of the answer
 * @param data		passed to reply
 * @return			0, or errno; EINTR if a list may be inconsistent, as
 *					something was changed meanwhile
 */
int rtnl_ask(struct nlmsghdr *request, rtnl_reply_t reply, void *data);

/**
 * Find an attribute.
 *
 * @param rta		first one
 * @param len		bytes that they take
 * @param type		type to find
 * @param size		bytes that it must have at least
 * @return			NULL if there is none
 */
struct rtattr *rtnl_attr(struct rtattr *rta, int len, u_int type, size_t size);

/**
 * Append an attribute to a message.
 *
 * @param hdr		message, with room for it
 */
void rtnl_add(struct nlmsghdr *hdr, uint16_t type, const void *data,
			  size_t len);

#endif /** RTNL_H_ */
