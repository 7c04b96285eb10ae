/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_endpoint.h
 * A UDP socket bound to one address and port.
 */

#ifndef STRICT_BIND_ENDPOINT_H_
#define STRICT_BIND_ENDPOINT_H_

#include <library.h>
#include <networking/host.h>
#include <networking/packet.h>

#include <net/if.h>

typedef struct strict_bind_endpoint_t strict_bind_endpoint_t;
typedef struct strict_bind_target_t strict_bind_target_t;
typedef struct strict_bind_options_t strict_bind_options_t;

/**
 * Where to bind a socket.
 */
struct strict_bind_target_t {
	/** address and port, with a scope if it is link-local */
	host_t *host;
	/** interface to bind to, too, 0 for none */
	u_int device;
	/** whether it is in a VRF, whose routes aren't the usual ones */
	bool vrf;
	/** whether this is the port for UDP encapsulation */
	bool natt;
	/** interface that has the address, for the log */
	char ifname[IFNAMSIZ];
};

/**
 * What can be changed on a bound socket.
 */
struct strict_bind_options_t {
	/** 0 for none */
	uint32_t mark;
	/** bytes, 0 for the system's default */
	uint32_t rcvbuf;
	uint32_t sndbuf;
};

/**
 * Reference counted, as it may be closed while another thread uses it. Methods
 * are thread-safe but for configure().
 */
struct strict_bind_endpoint_t {

	/** where it is bound, constant but for the interface's name, which the
	 * table of sockets changes */
	strict_bind_target_t target;

	/** socket, constant */
	int fd;

	/**
	 * Set options.
	 *
	 * @param options	options to set
	 * @param failed	gets the name of the option that couldn't be set
	 * @return			FALSE if one couldn't be set, with errno
	 */
	bool (*configure)(strict_bind_endpoint_t *this,
					  const strict_bind_options_t *options,
					  const char **failed);

	/**
	 * Send a packet.
	 *
	 * @param packet	packet to send, its source is ignored
	 * @return			FALSE if it couldn't be sent, with errno
	 */
	bool (*send)(strict_bind_endpoint_t *this, packet_t *packet);

	/**
	 * Get another reference.
	 */
	strict_bind_endpoint_t *(*get_ref)(strict_bind_endpoint_t *this);

	/**
	 * Release a reference. With the last, the socket is closed.
	 */
	void (*destroy)(strict_bind_endpoint_t *this);
};

/**
 * Open and bind a socket.
 *
 * @param target	where, copied
 * @param options	options to set
 * @param failed	gets what failed, a static string
 * @return			endpoint, NULL on failure, with errno
 */
strict_bind_endpoint_t *strict_bind_endpoint_create(
									const strict_bind_target_t *target,
									const strict_bind_options_t *options,
									const char **failed);

#endif /** STRICT_BIND_ENDPOINT_H_ */
