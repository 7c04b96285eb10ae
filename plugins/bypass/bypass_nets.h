/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_nets.h
 * The lists in a rule's src and dst.
 */

#ifndef BYPASS_NETS_H_
#define BYPASS_NETS_H_

#include "bypass_prefix.h"

#include <option_errors.h>

#include <collections/array.h>
#include <net/if.h>

typedef struct bypass_net_t bypass_net_t;

/**
 * What an item of a list stands for: a network, or an interface's subnets.
 */
struct bypass_net_t {
	/** name of the interface, empty if it is a network */
	char ifname[IF_NAMESIZE];
	bypass_prefix_t prefix;
};

/**
 * What is accepted, for error messages.
 */
#define BYPASS_NETS_EXPECTED "expected a comma separated list of networks, " \
							 "address ranges, addresses and %interface"

/**
 * Called for an item that is wrong, or that isn't taken as it was written.
 *
 * @param data		as given to bypass_nets_parse()
 * @param item		item as it was written
 * @param where		"FILE:LINE" it is from, NULL if it is in the list itself
 * @param taken		network it is taken for as its host bits are cleared, NULL
 *					if it is wrong
 */
typedef void (*bypass_nets_cb_t)(void *data, const char *item,
								 const char *where,
								 const bypass_prefix_t *taken);

/**
 * Parse a list of networks (10.1.0.0/16), ranges (10.1.0.1-10.1.0.9), which
 * are split into networks, addresses, interfaces (%eth0), and files of these
 * (@/path/to/file).
 *
 * @param str		list
 * @param errors	gets what is wrong with files
 * @param key		name of the option in errors
 * @param cb		told about items, NULL if nobody cares
 * @param data		passed to cb
 * @return			array of bypass_net_t, without wrong items
 */
array_t *bypass_nets_parse(const char *str, option_errors_t *errors,
						   const char *key, bypass_nets_cb_t cb, void *data);

#endif /** BYPASS_NETS_H_ */
