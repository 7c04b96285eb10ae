/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_settings.h
 * Settings of the plugin: charon.plugins.strict-bind in strongswan.conf.
 */

#ifndef STRICT_BIND_SETTINGS_H_
#define STRICT_BIND_SETTINGS_H_

#include <options.h>
#include <glob_list.h>
#include <selectors/traffic_selector.h>

typedef struct strict_bind_settings_t strict_bind_settings_t;
typedef enum strict_bind_any_t strict_bind_any_t;

/**
 * What a connection without a local address gets with auto.
 */
enum strict_bind_any_t {
	/** the addresses of the interfaces that its peers are reached over */
	STRICT_BIND_ANY_ROUTES,
	/** nothing */
	STRICT_BIND_ANY_REFUSE,
	/** all local addresses */
	STRICT_BIND_ANY_ALL,
};

struct strict_bind_settings_t {
	options_head_t head;
	/** names of interfaces whose addresses are bound, or NULL */
	glob_list_t *interfaces;
	/** traffic_selector_t*, local addresses in them are bound, or NULL */
	linked_list_t *addresses;
	/** bind the local addresses of the loaded connections */
	bool automatic;
	/** a strict_bind_any_t */
	int auto_any;
	/** take and send packets over the address's own interface only */
	bool bind_device;
	bool use_ipv4;
	bool use_ipv6;
	char *fwmark;
	/** from fwmark, 0 if there is none */
	uint32_t mark;
	/** bytes, 0 for the system's default */
	uint32_t rcvbuf;
	uint32_t sndbuf;
};

/**
 * Options of charon.plugins.strict-bind.
 */
extern const options_schema_t strict_bind_schema;

/**
 * Does a network start at the wildcard address, as 0.0.0.0 and ::/0 do?
 *
 * @param ts		network
 * @return			TRUE if it stands for any address
 */
bool strict_bind_is_any(traffic_selector_t *ts);

#endif /** STRICT_BIND_SETTINGS_H_ */
