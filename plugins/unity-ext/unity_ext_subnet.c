/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_subnet.h"
#include "unity_ext_attr.h"

#include <bio/bio_writer.h>
#include <collections/hashtable.h>
#include <selectors/traffic_selector.h>

/**
 * Write an entry, address and mask in host order.
 */
static void write_entry(bio_writer_t *writer, uint32_t net, uint32_t mask)
{
	chunk_t padding;

	writer->write_uint32(writer, net);
	writer->write_uint32(writer, mask);
	padding = writer->skip(writer,
						UNITY_EXT_SUBNET_LEN - UNITY_EXT_SUBNET_SHORT);
	memset(padding.ptr, 0, padding.len);
}

/**
 * Mask of a prefix, in host order.
 */
static uint32_t prefix_mask(uint8_t prefix)
{
	return prefix ? 0xffffffff << (32 - prefix) : 0;
}

/**
 * Is a mask, in host order, one of a prefix?
 */
static bool is_prefix_mask(uint32_t mask)
{
	return !(~mask & (~mask + 1));
}

bool unity_ext_subnets_encode(linked_list_t *subnets, bool skip_v6,
							  chunk_t *out)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	bio_writer_t *writer;
	host_t *net;
	uint8_t prefix;
	bool valid = TRUE;

	writer = bio_writer_create(UNITY_EXT_SUBNET_LEN);
	enumerator = subnets->create_enumerator(subnets);
	while (valid && enumerator->enumerate(enumerator, &ts))
	{
		if (skip_v6 && ts->get_type(ts) == TS_IPV6_ADDR_RANGE)
		{
			continue;
		}
		net = NULL;
		valid = ts->get_type(ts) == TS_IPV4_ADDR_RANGE &&
				ts->to_subnet(ts, &net, &prefix);
		if (valid)
		{
			write_entry(writer, untoh32(net->get_address(net).ptr),
						prefix_mask(prefix));
		}
		DESTROY_IF(net);
	}
	enumerator->destroy(enumerator);
	if (valid)
	{
		*out = writer->extract_buf(writer);
	}
	writer->destroy(writer);
	return valid;
}

bool unity_ext_subnets_add(linked_list_t *subnets, array_t *attrs)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	host_t *net;
	uint8_t prefix;
	u_char value[17];
	bool valid = TRUE;

	enumerator = subnets->create_enumerator(subnets);
	while (valid && enumerator->enumerate(enumerator, &ts))
	{
		net = NULL;
		valid = ts->to_subnet(ts, &net, &prefix);
		if (valid && net->get_family(net) == AF_INET)
		{
			memcpy(value, net->get_address(net).ptr, 4);
			htoun32(value + 4, prefix_mask(prefix));
			unity_ext_attrs_add(attrs, INTERNAL_IP4_SUBNET,
								chunk_create(value, 8));
		}
		else if (valid)
		{
			memcpy(value, net->get_address(net).ptr, 16);
			value[16] = prefix;
			unity_ext_attrs_add(attrs, INTERNAL_IP6_SUBNET,
								chunk_create(value, 17));
		}
		DESTROY_IF(net);
	}
	enumerator->destroy(enumerator);
	return valid;
}

/**
 * A network without its protocol and ports, as it came and as a key.
 */
typedef struct {
	uint32_t net;
	uint32_t mask;
} subnet_t;

static u_int subnet_hash(const subnet_t *subnet)
{
	return chunk_hash(chunk_from_thing(*subnet));
}

static bool subnet_equals(const subnet_t *a, const subnet_t *b)
{
	return a->net == b->net && a->mask == b->mask;
}

const char *unity_ext_subnets_normalize(chunk_t data, chunk_t *out)
{
	hashtable_t *seen;
	bio_writer_t *writer;
	subnet_t subnets[UNITY_EXT_SUBNETS_MAX], *subnet = subnets;
	const char *wrong = NULL;

	if (!data.len)
	{
		return "it is empty";
	}
	if (data.len % UNITY_EXT_SUBNET_LEN &&
		data.len % UNITY_EXT_SUBNET_LEN != UNITY_EXT_SUBNET_SHORT)
	{
		return "an entry is truncated";
	}
	if (data.len > UNITY_EXT_SUBNETS_MAX * UNITY_EXT_SUBNET_LEN)
	{
		return "there are more than 1024 networks";
	}
	writer = bio_writer_create(data.len);
	seen = hashtable_create((hashtable_hash_t)subnet_hash,
							(hashtable_equals_t)subnet_equals, 32);
	while (data.len && !wrong)
	{
		subnet->net = untoh32(data.ptr);
		subnet->mask = untoh32(data.ptr + 4);
		subnet->net &= subnet->mask;
		data = chunk_skip(data, min(data.len, UNITY_EXT_SUBNET_LEN));
		if (!is_prefix_mask(subnet->mask))
		{
			wrong = "a mask has holes";
		}
		else if (!seen->get(seen, subnet))
		{
			write_entry(writer, subnet->net, subnet->mask);
			seen->put(seen, subnet, subnet);
			subnet++;
		}
	}
	if (!wrong)
	{
		*out = writer->extract_buf(writer);
	}
	seen->destroy(seen);
	writer->destroy(writer);
	return wrong;
}
