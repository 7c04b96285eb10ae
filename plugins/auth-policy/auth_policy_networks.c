/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_networks.h"

#include <selectors/traffic_selector.h>

typedef struct range_t range_t;

/**
 * A range of addresses, IPv4 ones before IPv6 ones.
 */
struct range_t {
	/** length of an address, and the address; compared as bytes */
	u_char from[17];
	u_char to[17];
};

struct auth_policy_networks_t {
	/** sorted, none touches another */
	range_t *ranges;
	int count;
};

static void set(u_char bytes[17], chunk_t address)
{
	memset(bytes, 0, 17);
	bytes[0] = address.len;
	memcpy(bytes + 1, address.ptr, min(address.len, 16));
}

/**
 * Compare ranges by their beginning, callback of qsort().
 */
static int by_from(const void *a, const void *b)
{
	const range_t *x = a, *y = b;

	return memcmp(x->from, y->from, sizeof(x->from));
}

auth_policy_networks_t *auth_policy_networks_create(array_t *list)
{
	auth_policy_networks_t *this;
	traffic_selector_t *ts;
	range_t *range, *last;
	int i, count = array_count(list);

	INIT(this,
		.ranges = calloc(count ?: 1, sizeof(range_t)),
	);
	for (i = 0; array_get(list, i, &ts); i++)
	{
		set(this->ranges[i].from, ts->get_from_address(ts));
		set(this->ranges[i].to, ts->get_to_address(ts));
	}
	qsort(this->ranges, count, sizeof(range_t), by_from);
	for (i = 0; i < count; i++)
	{
		range = &this->ranges[i];
		last = this->count ? &this->ranges[this->count - 1] : NULL;
		if (!last || memcmp(range->from, last->to, sizeof(range->from)) > 0)
		{
			this->ranges[this->count++] = *range;
		}
		else if (memcmp(range->to, last->to, sizeof(range->to)) > 0)
		{
			memcpy(last->to, range->to, sizeof(last->to));
		}
	}
	return this;
}

int auth_policy_networks_find(auth_policy_networks_t *this, host_t *host)
{
	u_char address[17];
	int low = 0, high = this->count - 1, middle;

	if (!this->count)
	{
		return -1;
	}
	set(address, host->get_address(host));
	while (low <= high)
	{
		middle = low + (high - low) / 2;
		if (memcmp(address, this->ranges[middle].from, sizeof(address)) < 0)
		{
			high = middle - 1;
		}
		else if (memcmp(address, this->ranges[middle].to, sizeof(address)) > 0)
		{
			low = middle + 1;
		}
		else
		{
			return middle;
		}
	}
	return -1;
}

void auth_policy_networks_destroy(auth_policy_networks_t *this)
{
	if (this)
	{
		free(this->ranges);
		free(this);
	}
}
