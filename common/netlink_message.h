/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file netlink_message.h
 * Messages to and from the kernel: a header, a body, attributes.
 */

#ifndef NETLINK_MESSAGE_H_
#define NETLINK_MESSAGE_H_

#include <library.h>

#include <linux/netlink.h>

/**
 * Largest request.
 */
#define NETLINK_REQUEST_MAX 512

typedef union netlink_request_t netlink_request_t;
typedef struct netlink_want_t netlink_want_t;

/**
 * A request.
 */
union netlink_request_t {
	struct nlmsghdr hdr;
	char buf[NETLINK_REQUEST_MAX];
};

/**
 * Which bytes an attribute may have, at least and at most. It isn't wanted if
 * most is 0.
 */
struct netlink_want_t {
	uint16_t least;
	uint16_t most;
};

/**
 * Most bytes of an attribute that may have any number.
 */
#define NETLINK_ANY UINT16_MAX

/**
 * Begin to write a request.
 *
 * @param flags		flags but those that netlink.h adds
 * @param body		length of the body
 * @return			body, zeroed
 */
void *netlink_begin(netlink_request_t *request, uint16_t type, uint16_t flags,
					size_t body);

/**
 * Append an attribute. There has to be room for it.
 */
void netlink_add(netlink_request_t *request, uint16_t type, const void *data,
				 size_t len);

/**
 * Append an attribute that is a number.
 */
void netlink_add_u32(netlink_request_t *request, uint16_t type,
					 uint32_t number);

/**
 * Read the attributes of a message.
 *
 * Those that are cut off, or don't have the bytes that they are to have, are
 * as if they weren't there. Of several of a type, the last one counts.
 *
 * @param hdr		message, as long as it says
 * @param body		length of its body
 * @param wanted	what is wanted, by type
 * @param count		number of types in wanted
 * @param attrs		gets the content of each, within the message, or chunk_empty
 * @return			FALSE if the message is shorter than its body
 */
bool netlink_parse(const struct nlmsghdr *hdr, size_t body,
				   const netlink_want_t *wanted, u_int count, chunk_t *attrs);

/**
 * Likewise, read attributes within an attribute.
 */
void netlink_parse_nested(chunk_t content, const netlink_want_t *wanted,
						  u_int count, chunk_t *attrs);

/**
 * Get the number that an attribute is.
 *
 * @param otherwise	what to return if it isn't there
 */
uint32_t netlink_get_u32(chunk_t attr, uint32_t otherwise);

/**
 * Get the text that an attribute is.
 *
 * @param buf		gets it with a NUL at the end, whatever was received
 */
void netlink_get_str(chunk_t attr, char *buf, size_t len);

/**
 * Get how a request ended.
 *
 * @param hdr		NLMSG_ERROR or NLMSG_DONE
 * @return			0 or errno
 */
int netlink_get_error(const struct nlmsghdr *hdr);

#endif /** NETLINK_MESSAGE_H_ */
