/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_local.h"

#include <daemon.h>
#include <local_addrs.h>

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
static strict_bind_local_t *create_local(local_addr_t *addr,
										 linked_list_t *virtual)
{
	strict_bind_local_t *local;
	struct sockaddr_in6 *sin6;
	chunk_t bytes;

	if (!addr->family)
	{
		return NULL;
	}
	bytes = chunk_create(addr->addr, addr->family == AF_INET ? 4 : 16);
	INIT(local,
		.host = host_create_from_chunk(addr->family, bytes, 0),
		.ifindex = addr->ifindex,
		.vrf = addr->vrf,
	);
	strcpy(local->ifname, addr->ifname);
	sin6 = (struct sockaddr_in6*)local->host->get_sockaddr(local->host);
	if (addr->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
	{
		sin6->sin6_scope_id = addr->ifindex;
	}
	if (virtual->find_first(virtual, (void*)is_host, NULL, local->host) ||
		!charon->kernel->is_interface_usable(charon->kernel, local->ifname))
	{
		local_destroy(local, 0, NULL);
		return NULL;
	}
	return local;
}

array_t *strict_bind_local_list(void)
{
	linked_list_t *virtual;
	enumerator_t *enumerator;
	strict_bind_local_t *local;
	local_addr_t *addr;
	array_t *addrs, *locals;

	addrs = local_addrs_read();
	if (!addrs)
	{
		return NULL;
	}
	virtual = list_virtual();
	locals = array_create(0, 0);
	enumerator = array_create_enumerator(addrs);
	while (enumerator->enumerate(enumerator, &addr))
	{
		local = create_local(addr, virtual);
		if (local)
		{
			array_insert(locals, ARRAY_TAIL, local);
		}
	}
	enumerator->destroy(enumerator);
	virtual->destroy_offset(virtual, offsetof(host_t, destroy));
	array_destroy(addrs);
	return locals;
}

void strict_bind_local_destroy(array_t *locals)
{
	array_destroy_function(locals, (array_callback_t)local_destroy, NULL);
}
