/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unity_ext_attr.h>
#include <unity_ext_subnet.h>

#include <bio/bio_writer.h>
#include <selectors/traffic_selector.h>

#define NET(a, b, c, d) a, b, c, d
#define NO_PORTS 0, 0, 0, 0, 0, 0

static linked_list_t *list(const char *from, const char *to)
{
	int family = strchr(from, ':') ? TS_IPV6_ADDR_RANGE : TS_IPV4_ADDR_RANGE;

	return linked_list_create_with_items(
			traffic_selector_create_from_string(0, family, (char*)from, 0,
												(char*)to, 65535),
			NULL);
}

/**
 * Print entries, separated by commas.
 */
static char *print(chunk_t data)
{
	bio_writer_t *writer = bio_writer_create(0);
	char buf[sizeof("255.255.255.255/32")], *printed;
	uint32_t mask;
	u_int first = TRUE;

	while (data.len >= UNITY_EXT_SUBNET_LEN)
	{
		mask = untoh32(data.ptr + 4);
		snprintf(buf, sizeof(buf), "%u.%u.%u.%u/%u", data.ptr[0], data.ptr[1],
				 data.ptr[2], data.ptr[3], __builtin_popcount(mask));
		if (!first)
		{
			writer->write_data(writer, chunk_from_str(","));
		}
		writer->write_data(writer, chunk_from_str(buf));
		first = FALSE;
		data = chunk_skip(data, UNITY_EXT_SUBNET_LEN);
	}
	writer->write_uint8(writer, '\0');
	printed = (char*)writer->extract_buf(writer).ptr;
	writer->destroy(writer);
	return printed;
}

/** what is encoded, and printed again; NULL if it isn't a network */
static const struct {
	char *from;
	char *to;
	const char *printed;
} networks[] = {
	{ "10.77.1.0", "10.77.1.255", "10.77.1.0/24" },
	{ "0.0.0.0", "255.255.255.255", "0.0.0.0/0" },
	{ "0.0.0.0", "127.255.255.255", "0.0.0.0/1" },
	{ "255.255.255.255", "255.255.255.255", "255.255.255.255/32" },
	{ "10.0.0.1", "10.0.0.2", NULL },
	{ "fd00::", "fd00::ffff", NULL },
};

START_TEST(test_round_trip)
{
	linked_list_t *subnets = list(networks[_i].from, networks[_i].to);
	chunk_t data, again;
	char *printed;

	if (networks[_i].printed)
	{
		ck_assert(unity_ext_subnets_encode(subnets, FALSE, &data));
		ck_assert_uint_eq(data.len, UNITY_EXT_SUBNET_LEN);
		ck_assert(!unity_ext_subnets_normalize(data, &again));
		ck_assert(chunk_equals(data, again));
		printed = print(again);
		ck_assert_str_eq(printed, networks[_i].printed);
		free(printed);
		chunk_free(&data);
		chunk_free(&again);
	}
	else
	{
		ck_assert(!unity_ext_subnets_encode(subnets, FALSE, &data));
	}
	subnets->destroy_offset(subnets, offsetof(traffic_selector_t, destroy));
}
END_TEST

/** networks, and the attribute of IKEv2 */
static const struct {
	const char *from;
	const char *to;
	configuration_attribute_type_t type;
	chunk_t value;
} attributes[] = {
	{ "10.0.0.0", "10.255.255.255", INTERNAL_IP4_SUBNET,
	  chunk_from_chars(NET(10,0,0,0), NET(255,0,0,0)) },
	{ "0.0.0.0", "255.255.255.255", INTERNAL_IP4_SUBNET,
	  chunk_from_chars(NET(0,0,0,0), NET(0,0,0,0)) },
	{ "fd00::", "fd00::ffff", INTERNAL_IP6_SUBNET,
	  chunk_from_chars(0xfd,0,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,0, 112) },
	{ "10.0.0.1", "10.0.0.2" },
};

START_TEST(test_ikev2)
{
	linked_list_t *subnets = list(attributes[_i].from, attributes[_i].to);
	array_t *attrs = unity_ext_attrs_create();
	unity_ext_attr_t attr;
	bool valid = attributes[_i].type;

	ck_assert(unity_ext_subnets_add(subnets, attrs) == valid);
	ck_assert_int_eq(array_count(attrs), valid);
	if (array_get(attrs, 0, &attr))
	{
		ck_assert_int_eq(attr.type, attributes[_i].type);
		ck_assert(chunk_equals(attr.value, attributes[_i].value));
	}
	unity_ext_attrs_destroy(attrs);
	subnets->destroy_offset(subnets, offsetof(traffic_selector_t, destroy));
}
END_TEST

/** entries, and what they are printed as, or the start of what is wrong */
static const struct {
	chunk_t data;
	const char *printed;
	const char *wrong;
} entries[] = {
	/* as attr and the pools of vici send them */
	{ chunk_from_chars(NET(10,1,0,0), NET(255,255,0,0)), "10.1.0.0/16" },
	{ chunk_from_chars(NET(10,1,0,0), NET(255,255,0,0), NO_PORTS,
					   NET(10,2,0,0), NET(255,255,0,0)),
	  "10.1.0.0/16,10.2.0.0/16" },
	/* protocol and ports */
	{ chunk_from_chars(NET(10,1,0,0), NET(255,255,0,0), 0,6,0,0,0,80),
	  "10.1.0.0/16" },
	{ chunk_from_chars(NET(10,1,2,3), NET(255,255,0,0), NO_PORTS),
	  "10.1.0.0/16" },
	{ chunk_from_chars(NET(10,1,2,3), NET(0,0,0,0), NO_PORTS), "0.0.0.0/0" },
	{ chunk_from_chars(NET(10,1,0,0), NET(255,255,0,0), NO_PORTS,
					   NET(10,1,7,0), NET(255,255,0,0), NO_PORTS),
	  "10.1.0.0/16" },
	{ chunk_from_chars(), NULL, "it is empty" },
	{ chunk_from_chars(1), NULL, "an entry is truncated" },
	{ chunk_from_chars(NET(10,1,0,0)), NULL, "an entry is truncated" },
	{ chunk_from_chars(NET(10,1,0,0), NET(255,255,0,0), 0), NULL,
	  "an entry is truncated" },
	{ chunk_from_chars(NET(10,1,0,0), NET(255,255,0,0), NO_PORTS, 10), NULL,
	  "an entry is truncated" },
	{ chunk_from_chars(NET(10,1,0,0), NET(255,0,255,0), NO_PORTS), NULL,
	  "a mask has holes" },
	{ chunk_from_chars(NET(10,1,0,0), NET(0,255,255,255), NO_PORTS), NULL,
	  "a mask has holes" },
};

START_TEST(test_entries)
{
	const char *wrong;
	chunk_t out;
	char *printed;

	wrong = unity_ext_subnets_normalize(entries[_i].data, &out);
	if (entries[_i].printed)
	{
		ck_assert(!wrong);
		printed = print(out);
		ck_assert_str_eq(printed, entries[_i].printed);
		free(printed);
		chunk_free(&out);
	}
	else
	{
		ck_assert_str_eq(wrong, entries[_i].wrong);
	}
}
END_TEST

START_TEST(test_many)
{
	chunk_t out, data = chunk_alloc(10000 * UNITY_EXT_SUBNET_LEN);
	u_int i;

	memset(data.ptr, 0, data.len);
	for (i = 0; i < 10000; i++)
	{
		htoun32(data.ptr + i * UNITY_EXT_SUBNET_LEN, i << 8);
		htoun32(data.ptr + i * UNITY_EXT_SUBNET_LEN + 4, 0xffffff00);
	}
	ck_assert_str_eq(unity_ext_subnets_normalize(data, &out),
					 "there are more than 1024 networks");
	ck_assert(!unity_ext_subnets_normalize(chunk_create(data.ptr,
						UNITY_EXT_SUBNETS_MAX * UNITY_EXT_SUBNET_LEN), &out));
	ck_assert_uint_eq(out.len, UNITY_EXT_SUBNETS_MAX * UNITY_EXT_SUBNET_LEN);
	chunk_free(&out);
	chunk_free(&data);
}
END_TEST

SUITE(unity_ext_subnet)
{
	Suite *s = suite_create("unity_ext_subnet");
	TCase *tc;

	tc = tcase_create("subnet");
	tcase_add_loop_test(tc, test_round_trip, 0, countof(networks));
	tcase_add_loop_test(tc, test_ikev2, 0, countof(attributes));
	tcase_add_loop_test(tc, test_entries, 0, countof(entries));
	tcase_add_test(tc, test_many);
	suite_add_tcase(s, tc);
	return s;
}
