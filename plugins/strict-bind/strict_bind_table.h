/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_table.h
 * The sockets that are open.
 */

#ifndef STRICT_BIND_TABLE_H_
#define STRICT_BIND_TABLE_H_

#include "strict_bind_endpoint.h"

#include <collections/array.h>
#include <network/socket.h>

#include <sys/epoll.h>

typedef struct strict_bind_table_t strict_bind_table_t;

/**
 * Addresses in a sample.
 */
#define STRICT_BIND_SAMPLE 8

/**
 * Finds sockets in constant time. Thread-safe: one thread binds, one receives,
 * one sends.
 */
struct strict_bind_table_t {

	/**
	 * Add a socket; from now on it is found and polled.
	 *
	 * @param endpoint	socket, a reference is adopted
	 * @return			FALSE if it couldn't be polled, with errno
	 */
	bool (*add)(strict_bind_table_t *this, strict_bind_endpoint_t *endpoint);

	/**
	 * Remove a socket and release its reference.
	 *
	 * @param endpoint	socket that was added
	 */
	void (*remove)(strict_bind_table_t *this, strict_bind_endpoint_t *endpoint);

	/**
	 * The address of a socket is on another interface, or that has another
	 * name.
	 *
	 * @param endpoint	socket that was added
	 * @param ifname	name
	 */
	void (*rename)(strict_bind_table_t *this, strict_bind_endpoint_t *endpoint,
				   const char *ifname);

	/**
	 * Enumerate the sockets. Only for the thread that adds and removes them,
	 * which must not do so meanwhile.
	 *
	 * @return			enumerator over strict_bind_endpoint_t*
	 */
	enumerator_t *(*create_enumerator)(strict_bind_table_t *this);

	/**
	 * Find a socket to send from.
	 *
	 * @param src		local address; %any for any address of the family
	 * @param port		local port
	 * @param dst		remote address, NULL for any; its scope counts if src is
	 *					link-local and has none; if neither has, any
	 *					interface's will do, as swanctl.conf can't name one; if
	 *					several sockets have src, it gets that which its last
	 *					packet just came in by, or that of the interface which
	 *					the route leads over
	 * @param natt		whether to send from the port for UDP encapsulation
	 * @return			socket, to be destroyed, NULL if there is none
	 */
	strict_bind_endpoint_t *(*find)(strict_bind_table_t *this, host_t *src,
									uint16_t port, host_t *dst, bool natt);

	/**
	 * Wait for sockets that received something. A cancellation point.
	 *
	 * A socket is reported once after something arrived, so it has to be read
	 * until it is empty or rearmed.
	 *
	 * @param events	gets events whose data.u64 is for get()
	 * @param max		size of events
	 * @return			number of events, -1 on failure with errno
	 */
	int (*wait)(strict_bind_table_t *this, struct epoll_event *events, int max);

	/**
	 * Report a socket again if it isn't empty, after the others that aren't.
	 *
	 * @param id		data.u64 of the event
	 * @param endpoint	socket of the event
	 */
	void (*rearm)(strict_bind_table_t *this, uint64_t id,
				  strict_bind_endpoint_t *endpoint);

	/**
	 * Get a socket that an event is about.
	 *
	 * @param id		data.u64 of the event
	 * @param shared	set to whether other sockets have the same address, and
	 *					arrived() is to be called
	 * @return			socket, to be destroyed, NULL if it was removed since
	 */
	strict_bind_endpoint_t *(*get)(strict_bind_table_t *this, uint64_t id,
								   bool *shared);

	/**
	 * Remember by which of the sockets with an address a peer is reached.
	 *
	 * @param id		data.u64 of the event
	 * @param peer		where a packet came from
	 */
	void (*arrived)(strict_bind_table_t *this, uint64_t id, host_t *peer);

	/**
	 * List some of the addresses, one of each interface.
	 *
	 * @param family	AF_INET or AF_INET6
	 * @return			array of host_t*, to be destroyed with its items,
	 *					STRICT_BIND_SAMPLE at most
	 */
	array_t *(*sample)(strict_bind_table_t *this, int family);

	/**
	 * Number of sockets.
	 */
	u_int (*get_count)(strict_bind_table_t *this);

	/**
	 * Families of which there are sockets.
	 */
	socket_family_t (*get_families)(strict_bind_table_t *this);

	/**
	 * Destroy a strict_bind_table_t, closing all sockets.
	 */
	void (*destroy)(strict_bind_table_t *this);
};

/**
 * Create an empty table.
 *
 * @return		table, NULL if nothing can be polled, with errno
 */
strict_bind_table_t *strict_bind_table_create(void);

#endif /** STRICT_BIND_TABLE_H_ */
