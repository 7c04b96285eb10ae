/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_addresses.h"
#include "filtermode_settings.h"

#include <sa/child_sa.h>

#include <stdio.h>

char *filtermode_addresses_print(traffic_selector_t *ts)
{
	int family = ts->get_type(ts) == TS_IPV4_ADDR_RANGE ? AF_INET : AF_INET6;
	host_t *from, *to;
	char buf[BUF_LEN];
	uint8_t prefix;

	if (!ts->to_subnet(ts, &from, &prefix))
	{
		from->destroy(from);
		from = host_create_from_chunk(family, ts->get_from_address(ts), 0);
		to = host_create_from_chunk(family, ts->get_to_address(ts), 0);
		snprintf(buf, sizeof(buf), "%+H-%+H", from, to);
		to->destroy(to);
	}
	else if (prefix == (family == AF_INET ? 32 : 128))
	{
		snprintf(buf, sizeof(buf), "%+H", from);
	}
	else
	{
		snprintf(buf, sizeof(buf), "%+H/%u", from, prefix);
	}
	from->destroy(from);
	return strdup(buf);
}

filtermode_addresses_t *filtermode_addresses_create_from(
										array_t *elements[FILTERMODE_WHATS])
{
	filtermode_addresses_t *this;
	u_int i;

	INIT(this,
		.ref = 1,
	);
	for (i = 0; i < FILTERMODE_WHATS; i++)
	{
		this->elements[i] = elements[i];
	}
	return this;
}

filtermode_addresses_t *filtermode_addresses_create(ike_sa_t *ike_sa,
													child_sa_t *child_sa)
{
	array_t *elements[FILTERMODE_WHATS];
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	host_t *vip;
	char buf[64];

	elements[FILTERMODE_ADDRESSES] = array_create(0, 0);
	elements[FILTERMODE_NETWORKS] = array_create(0, 0);
	enumerator = ike_sa->create_virtual_ip_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &vip))
	{
		snprintf(buf, sizeof(buf), "%+H", vip);
		array_insert(elements[FILTERMODE_ADDRESSES], ARRAY_TAIL, strdup(buf));
	}
	enumerator->destroy(enumerator);
	if (child_sa)
	{
		enumerator = child_sa->create_ts_enumerator(child_sa, FALSE);
		while (enumerator->enumerate(enumerator, &ts))
		{
			array_insert(elements[FILTERMODE_NETWORKS], ARRAY_TAIL,
						 filtermode_addresses_print(ts));
		}
		enumerator->destroy(enumerator);
	}
	return filtermode_addresses_create_from(elements);
}

/**
 * Is an address of an element?
 */
static bool is_of(char *element, host_t *address)
{
	traffic_selector_t *ts = NULL;
	host_t *from, *to;
	bool found;

	if (!strchr(element, '-'))
	{
		ts = traffic_selector_create_from_cidr(element, 0, 0, 65535);
	}
	else if (host_create_from_range(element, &from, &to))
	{
		ts = traffic_selector_create_from_bytes(0,
						from->get_family(from) == AF_INET ? TS_IPV4_ADDR_RANGE
														  : TS_IPV6_ADDR_RANGE,
						from->get_address(from), 0, to->get_address(to), 65535);
		from->destroy(from);
		to->destroy(to);
	}
	found = ts && ts->includes(ts, address);
	DESTROY_IF(ts);
	return found;
}

const char *filtermode_addresses_find(filtermode_addresses_t *this,
									  host_t *address)
{
	enumerator_t *enumerator;
	char *element, *found = NULL;
	u_int what;

	for (what = 0; this && !found && what < FILTERMODE_WHATS; what++)
	{
		enumerator = array_create_enumerator(this->elements[what]);
		while (!found && enumerator->enumerate(enumerator, &element))
		{
			found = is_of(element, address) ? element : NULL;
		}
		enumerator->destroy(enumerator);
	}
	return found;
}

filtermode_addresses_t *filtermode_addresses_ref(filtermode_addresses_t *this)
{
	if (this)
	{
		ref_get(&this->ref);
	}
	return this;
}

void filtermode_addresses_unref(filtermode_addresses_t *this)
{
	u_int i;

	if (this && ref_put(&this->ref))
	{
		for (i = 0; i < FILTERMODE_WHATS; i++)
		{
			array_destroy_function(this->elements[i], (void*)free, NULL);
		}
		free(this);
	}
}
