/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_nets.h"

#include <item_list.h>
#include <option_value.h>

#include <arpa/inet.h>

/**
 * Parse an address into the network that consists of it.
 */
static bool parse_address(const char *str, bypass_prefix_t *prefix)
{
	*prefix = (bypass_prefix_t){
		.family = strchr(str, ':') ? AF_INET6 : AF_INET,
	};
	prefix->len = bypass_addr_bits(prefix->family);
	return inet_pton(prefix->family, str, prefix->addr) == 1;
}

/**
 * Append a network.
 */
static void append(array_t *nets, const bypass_prefix_t *prefix)
{
	bypass_net_t net = { .prefix = *prefix };

	array_insert(nets, ARRAY_TAIL, &net);
}

/**
 * Parse a network, split at its slash.
 *
 * @param cleared	set if there were host bits
 */
static bool parse_network(const char *addr, const char *len,
						  bypass_prefix_t *prefix, bool *cleared)
{
	uint32_t bits;

	if (!parse_address(addr, prefix) ||
		!option_number_parse(len, 0, bypass_addr_bits(prefix->family), &bits))
	{
		return FALSE;
	}
	prefix->len = bits;
	*cleared = bypass_prefix_normalise(prefix);
	return TRUE;
}

/**
 * Parse a range, split at its dash, and append its networks.
 */
static bool parse_range(const char *first, const char *second, array_t *nets)
{
	bypass_prefix_t from, to;
	bypass_set_t *prefixes;
	u_int i;

	if (!parse_address(first, &from) || !parse_address(second, &to) ||
		from.family != to.family ||
		memcmp(from.addr, to.addr, sizeof(from.addr)) > 0)
	{
		return FALSE;
	}
	prefixes = bypass_prefix_set_create();
	bypass_prefix_split(&from, &to, prefixes);
	for (i = 0; i < prefixes->count; i++)
	{
		append(nets, bypass_set_get(prefixes, i));
	}
	bypass_set_destroy(prefixes);
	return TRUE;
}

/**
 * Parse an interface and append it.
 */
static bool parse_interface(const char *name, array_t *nets)
{
	bypass_net_t net = {};

	if (!*name || strlen(name) >= sizeof(net.ifname) ||
		name[strcspn(name, "/: \t")])
	{
		return FALSE;
	}
	strcpy(net.ifname, name);
	array_insert(nets, ARRAY_TAIL, &net);
	return TRUE;
}

/**
 * Parse an item and append it.
 */
static bool parse_item(char *item, array_t *nets, bypass_prefix_t *prefix,
					   bool *cleared)
{
	char *second;

	if (*item == '%')
	{
		return parse_interface(item + 1, nets);
	}
	if ((second = strchr(item, '-')))
	{
		*second++ = '\0';
		return parse_range(item, second, nets);
	}
	if ((second = strchr(item, '/')))
	{
		*second++ = '\0';
		if (!parse_network(item, second, prefix, cleared))
		{
			return FALSE;
		}
	}
	else if (!parse_address(item, prefix))
	{
		return FALSE;
	}
	append(nets, prefix);
	return TRUE;
}

/**
 * A list that is being parsed.
 */
typedef struct {
	array_t *nets;
	bypass_nets_cb_t cb;
	void *data;
} parser_t;

/**
 * Implementation of item_list_cb_t.
 */
static void parse(void *data, char *item, const char *where)
{
	parser_t *this = data;
	bypass_prefix_t prefix;
	char buf[128];
	bool valid, cleared = FALSE;

	if (!*item)
	{
		return;
	}
	valid = strlen(item) < sizeof(buf) &&
			parse_item(strcpy(buf, item), this->nets, &prefix, &cleared);
	if (this->cb && (!valid || cleared))
	{
		this->cb(this->data, item, where, valid ? &prefix : NULL);
	}
}

array_t *bypass_nets_parse(const char *str, option_errors_t *errors,
						   const char *key, bypass_nets_cb_t cb, void *data)
{
	parser_t parser = {
		.nets = array_create(sizeof(bypass_net_t), 0),
		.cb = cb,
		.data = data,
	};

	item_list_parse(str, errors, key, parse, &parser);
	return parser.nets;
}
