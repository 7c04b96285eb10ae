/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_ranges.h"

#include <selectors/traffic_selector.h>

#include <arpa/inet.h>

typedef struct range_t range_t;

/**
 * Addresses in network order, the first 4 or 16 bytes are used.
 */
struct range_t {
	u_char from[16];
	u_char to[16];
};

/**
 * Length of an address.
 */
static size_t address_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

/**
 * Is a network of this family?
 */
static bool is_family(traffic_selector_t *ts, int family)
{
	return ts->get_type(ts) == (family == AF_INET ? TS_IPV4_ADDR_RANGE
												  : TS_IPV6_ADDR_RANGE);
}

bool filtermode_ranges_have(linked_list_t *networks, int family)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	bool found = FALSE;

	enumerator = networks->create_enumerator(networks);
	while (!found && enumerator->enumerate(enumerator, &ts))
	{
		found = is_family(ts, family);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Compare ranges by their start; unused bytes are zero.
 */
static int compare(const void *a, const void *b)
{
	return memcmp(((range_t*)a)->from, ((range_t*)b)->from, 16);
}

/**
 * Sort ranges and join those that overlap.
 *
 * @return			number of ranges left
 */
static u_int join(range_t *ranges, u_int count)
{
	u_int i, last = 0;

	qsort(ranges, count, sizeof(*ranges), compare);
	for (i = 1; i < count; i++)
	{
		if (memcmp(ranges[i].from, ranges[last].to, 16) > 0)
		{
			ranges[++last] = ranges[i];
		}
		else if (memcmp(ranges[i].to, ranges[last].to, 16) > 0)
		{
			memcpy(ranges[last].to, ranges[i].to, 16);
		}
	}
	return last + 1;
}

/**
 * Collect the ranges of a family.
 *
 * @return			number of ranges
 */
static u_int collect(linked_list_t *networks, int family, range_t *ranges)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	u_int count = 0;

	enumerator = networks->create_enumerator(networks);
	while (enumerator->enumerate(enumerator, &ts))
	{
		if (is_family(ts, family))
		{
			memcpy(ranges[count].from, ts->get_from_address(ts).ptr,
				   address_len(family));
			memcpy(ranges[count].to, ts->get_to_address(ts).ptr,
				   address_len(family));
			count++;
		}
	}
	enumerator->destroy(enumerator);
	return join(ranges, count);
}

/**
 * Get the length of the prefix that a range is.
 *
 * @return			number of bits, -1 if it isn't a prefix
 */
static int get_prefix(range_t *range, int family)
{
	int i, bits = 0, len = address_len(family) * 8;
	u_char from, to;

	for (i = 0; i < len; i++)
	{
		from = range->from[i / 8] >> (7 - i % 8) & 1;
		to = range->to[i / 8] >> (7 - i % 8) & 1;
		if (from == to && i == bits)
		{
			bits++;
		}
		else if (from || !to)
		{
			return -1;
		}
	}
	return bits;
}

/**
 * Print a range as address, network or range.
 */
static void print_range(range_t *range, int family, FILE *out)
{
	char addr[INET6_ADDRSTRLEN];
	int prefix = get_prefix(range, family);

	fprintf(out, "%s", inet_ntop(family, range->from, addr, sizeof(addr)));
	if (prefix < 0)
	{
		fprintf(out, "-%s", inet_ntop(family, range->to, addr, sizeof(addr)));
	}
	else if (prefix < address_len(family) * 8)
	{
		fprintf(out, "/%d", prefix);
	}
}

void filtermode_ranges_print(linked_list_t *networks, int family,
							 const char *field, FILE *out)
{
	range_t *ranges;
	u_int i, count;

	ranges = calloc(networks->get_count(networks), sizeof(*ranges));
	count = collect(networks, family, ranges);
	fprintf(out, "%s %s { ", family == AF_INET ? "ip" : "ip6", field);
	for (i = 0; i < count; i++)
	{
		fputs(i ? ", " : "", out);
		print_range(&ranges[i], family, out);
	}
	fprintf(out, " } ");
	free(ranges);
}
