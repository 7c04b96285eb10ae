/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_netlink.h
 * Requests to the kernel, many at a time.
 */

#ifndef BYPASS_NETLINK_H_
#define BYPASS_NETLINK_H_

#include <library.h>

#include <linux/netlink.h>

typedef struct bypass_netlink_t bypass_netlink_t;

/**
 * Largest request.
 */
#define BYPASS_REQUEST_MAX 512

/**
 * Write a request: type, flags beside NLM_F_REQUEST and NLM_F_ACK, length and
 * content.
 *
 * @param data		as given to run()
 * @param index		number of the request
 * @param hdr		BYPASS_REQUEST_MAX zero bytes to write it to
 */
typedef void (*bypass_netlink_build_t)(void *data, u_int index,
									   struct nlmsghdr *hdr);

/**
 * Called for each request.
 *
 * @param data		as given to run()
 * @param index		number of the request
 * @param error		0 if it was carried out, errno if not
 */
typedef void (*bypass_netlink_result_t)(void *data, u_int index, int error);

/**
 * Called for each message of an answer, before the result.
 *
 * @param data		as given to run() or dump()
 * @param index		number of the request, 0 for a dump
 * @param hdr		message
 */
typedef void (*bypass_netlink_reply_t)(void *data, u_int index,
									   struct nlmsghdr *hdr);

/**
 * A netlink socket. Not thread-safe.
 */
struct bypass_netlink_t {

	/**
	 * Send requests and wait for the answers.
	 *
	 * @param count		number of requests
	 * @param build		writes each of them
	 * @param reply		gets what they ask for, NULL if they don't
	 * @param result	gets the outcome of each
	 * @param data		passed to build, reply and result
	 */
	void (*run)(bypass_netlink_t *this, u_int count,
				bypass_netlink_build_t build, bypass_netlink_reply_t reply,
				bypass_netlink_result_t result, void *data);

	/**
	 * Have the kernel list everything of a kind.
	 *
	 * @param type		type of the request
	 * @param len		length of its content, which is zero but for the first
	 *					byte
	 * @param family	first byte
	 * @param reply		called for each message
	 * @param data		passed to reply
	 * @return			0, or errno if the list may be incomplete, EINTR if that is
	 *					as something was changed meanwhile
	 */
	int (*dump)(bypass_netlink_t *this, uint16_t type, size_t len,
				uint8_t family, bypass_netlink_reply_t reply, void *data);

	/**
	 * Destroy a bypass_netlink_t.
	 */
	void (*destroy)(bypass_netlink_t *this);
};

/**
 * Open a socket.
 *
 * @param protocol	NETLINK_ROUTE or NETLINK_XFRM
 * @return			NULL if the kernel doesn't have it, errno is set
 */
bypass_netlink_t *bypass_netlink_create(int protocol);

#endif /** BYPASS_NETLINK_H_ */
