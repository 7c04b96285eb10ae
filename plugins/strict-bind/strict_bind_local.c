/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_local.h"

#include <ifaddrs.h>

#include <daemon.h>

/**
 * Virtual IPs that charon installed.
 */
static linked_list_t *list_virtual(void)
{
	enumerator_t *enumerator;
	linked_list_t *list = linked_list_create();
	host_t *host;

	enumerator = charon->kernel->create_address_enumerator(charon->kernel,
								ADDR_TYPE_ALL & ~ADDR_TYPE_REGULAR);
	while (enumerator->enumerate(enumerator, &host))
	{
		list->insert_last(list, host->clone(host));
	}
	enumerator->destroy(enumerator);
	return list;
}

/**
 * Implementation of linked_list_match_t.
 */
static bool is_host(host_t *item, va_list args)
{
	host_t *host;

	VA_ARGS_VGET(args, host);
	return item->ip_equals(item, host);
}

/**
 * Destroy an item of a list.
 */
static void local_destroy(strict_bind_local_t *local, int idx, void *user)
{
	local->host->destroy(local->host);
	free(local);
}

/**
 * Make an item of a list.
 *
 * @return		NULL if it isn't to be listed
 */
static strict_bind_local_t *create_local(struct ifaddrs *ifa,
										 linked_list_t *virtual)
{
	strict_bind_local_t *local;

	if (!ifa->ifa_addr || (ifa->ifa_addr->sa_family != AF_INET &&
						   ifa->ifa_addr->sa_family != AF_INET6))
	{
		return NULL;
	}
	INIT(local,
		.host = host_create_from_sockaddr(ifa->ifa_addr),
	);
	/* the label of an IPv4 address, eth0:1, is no name of an interface */
	snprintf(local->ifname, sizeof(local->ifname), "%.*s",
			 (int)strcspn(ifa->ifa_name, ":"), ifa->ifa_name);
	local->ifindex = if_nametoindex(local->ifname);
	if (!local->ifindex ||
		virtual->find_first(virtual, (void*)is_host, NULL, local->host) ||
		!charon->kernel->is_interface_usable(charon->kernel, local->ifname))
	{
		local_destroy(local, 0, NULL);
		return NULL;
	}
	return local;
}

/*
 * Described in header
 */
array_t *strict_bind_local_list(void)
{
	linked_list_t *virtual;
	strict_bind_local_t *local;
	struct ifaddrs *addrs, *ifa;
	array_t *locals;

	if (getifaddrs(&addrs))
	{
		return NULL;
	}
	virtual = list_virtual();
	locals = array_create(0, 0);
	for (ifa = addrs; ifa; ifa = ifa->ifa_next)
	{
		local = create_local(ifa, virtual);
		if (local)
		{
			array_insert(locals, ARRAY_TAIL, local);
		}
	}
	virtual->destroy_offset(virtual, offsetof(host_t, destroy));
	freeifaddrs(addrs);
	return locals;
}

/*
 * Described in header
 */
void strict_bind_local_destroy(array_t *locals)
{
	array_destroy_function(locals, (array_callback_t)local_destroy, NULL);
}
