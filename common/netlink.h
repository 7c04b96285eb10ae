/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file netlink.h
 * Requests to the kernel, and its events.
 *
 * Only what the kernel itself has sent is handed over: any process may send to
 * a netlink socket of another one.
 */

#ifndef NETLINK_H_
#define NETLINK_H_

#include "netlink_message.h"

/**
 * Called for each message of an answer, before the result.
 *
 * @param data		as given with the request
 * @param index		number of the request, 0 if there is one
 * @param hdr		message
 * @return			FALSE if no more messages are needed
 */
typedef bool (*netlink_reply_t)(void *data, u_int index, struct nlmsghdr *hdr);

/**
 * Write a request, with netlink_begin().
 *
 * @param data		as given to netlink_run()
 * @param index		number of the request
 */
typedef void (*netlink_build_t)(void *data, u_int index,
								netlink_request_t *request);

/**
 * Called for each request.
 *
 * @param data		as given to netlink_run()
 * @param index		number of the request
 * @param error		0 if it was carried out, errno if not
 */
typedef void (*netlink_result_t)(void *data, u_int index, int error);

/**
 * Called for each event.
 *
 * @param data		as given to netlink_read_events()
 * @param hdr		message, NULL if some were lost
 */
typedef void (*netlink_event_t)(void *data, struct nlmsghdr *hdr);

/**
 * Send a request and wait for the answer. Of a list, the kernel makes only as
 * much as is read, so that stopping early saves the rest.
 *
 * Lists of routes and the like are filtered as the request says, from Linux
 * 4.20 on. Before, a reply may be about something that wasn't asked for.
 *
 * @param protocol	NETLINK_*
 * @param request	request, with NLM_F_DUMP if it is for a list
 * @param reply		called for each message of the answer, NULL if there is none
 * @param data		passed to reply
 * @return			0, or errno; EINTR if a list may be inconsistent, as
 *					something was changed meanwhile
 */
int netlink_ask(int protocol, netlink_request_t *request,
				netlink_reply_t reply, void *data);

/**
 * Send requests, many at a time, and wait for the answers.
 *
 * @param protocol	NETLINK_*
 * @param count		number of requests
 * @param build		writes each of them
 * @param reply		gets what they ask for, NULL if they don't
 * @param result	gets the outcome of each
 * @param data		passed to build, reply and result
 */
void netlink_run(int protocol, u_int count, netlink_build_t build,
				 netlink_reply_t reply, netlink_result_t result, void *data);

/**
 * Open a socket.
 *
 * @param protocol	NETLINK_*
 * @param groups	groups of events to get, by bits, 0 for none
 * @return			-1 if the kernel doesn't have it, errno is set
 */
int netlink_open(int protocol, uint32_t groups);

/**
 * Read the events that there are, without waiting for more.
 *
 * @param fd		socket
 * @param event		called for each
 * @param data		passed to event
 */
void netlink_read_events(int fd, netlink_event_t event, void *data);

#endif /** NETLINK_H_ */
