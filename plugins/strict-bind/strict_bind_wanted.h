/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_wanted.h
 * Which of this machine's addresses are to be bound.
 */

#ifndef STRICT_BIND_WANTED_H_
#define STRICT_BIND_WANTED_H_

#include "strict_bind_settings.h"

#include <collections/array.h>
#include <network/socket.h>
#include <networking/host.h>

#include <net/if.h>

typedef struct strict_bind_wanted_t strict_bind_wanted_t;
typedef struct strict_bind_local_t strict_bind_local_t;

/**
 * An address on an interface of this machine.
 */
struct strict_bind_local_t {
	/** address, with its scope if it is link-local, port 0 */
	host_t *host;
	/** interface */
	u_int ifindex;
	char ifname[IFNAMSIZ];
	/** VRF that it is in, without whose device it can't be bound; 0 for none */
	u_int vrf;
};

/**
 * Collects what is wanted, then selects from what is there.
 */
struct strict_bind_wanted_t {

	/**
	 * Want the local addresses of a connection.
	 *
	 * @param name		name of the connection
	 * @param addrs		its local addresses, networks and ranges as they are
	 *					configured, comma separated
	 * @return			families of those that are wildcards or names, which
	 *					say nothing about addresses; the others are wanted
	 */
	socket_family_t (*add_connection)(strict_bind_wanted_t *this,
									  const char *name, const char *addrs);

	/**
	 * Want all addresses of an interface.
	 *
	 * @param ifindex	its index
	 * @param families	families of the addresses
	 */
	void (*add_interface)(strict_bind_wanted_t *this, u_int ifindex,
						  socket_family_t families);

	/**
	 * Want an address for as long as this machine has it.
	 *
	 * @param host		address, whatever its port
	 */
	void (*add_host)(strict_bind_wanted_t *this, host_t *host);

	/**
	 * Want all addresses.
	 *
	 * @param families	families of the addresses
	 */
	void (*add_all)(strict_bind_wanted_t *this, socket_family_t families);

	/**
	 * Select the addresses to bind, each once.
	 *
	 * An address that is there on several interfaces is selected once, unless
	 * it is link-local or bind_device is set.
	 *
	 * @param locals	array of strict_bind_local_t*
	 * @param selected	those of locals to bind are appended to this array, in
	 *					their order
	 */
	void (*select)(strict_bind_wanted_t *this, array_t *locals,
				   array_t *selected);

	/**
	 * Describe what was wanted but not found by select().
	 *
	 * @param buf		gets "interface ppp0, address 10.1.0.1", "" if there is
	 *					nothing, cut if it is too long
	 * @param len		size of buf
	 */
	void (*describe_missing)(strict_bind_wanted_t *this, char *buf, size_t len);

	/**
	 * Destroy a strict_bind_wanted_t.
	 */
	void (*destroy)(strict_bind_wanted_t *this);
};

/**
 * Want what the settings list.
 *
 * @param settings		settings, which have to outlive the object
 */
strict_bind_wanted_t *strict_bind_wanted_create(
											strict_bind_settings_t *settings);

/**
 * Do the local addresses of a connection say which ones it uses?
 *
 * @param addrs			as they are configured, comma separated
 * @return				FALSE if there is none, or a wildcard or a name
 */
bool strict_bind_is_named(const char *addrs);

#endif /** STRICT_BIND_WANTED_H_ */
