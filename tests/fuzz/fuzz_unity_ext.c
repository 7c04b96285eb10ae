/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#include <unity_ext_answer.h>
#include <unity_ext_attr.h>
#include <unity_ext_domain.h>
#include <unity_ext_inbound.h>
#include <unity_ext_session.h>
#include <unity_ext_subnet.h>

#include <ctype.h>

/**
 * Bits of the first byte.
 */
enum {
	RECORD = 1,
	INBOUND = 2,
	OF_IKEV2 = 4,
	UNITY = 8,
	ASKED = 16,
	ALLOWED = 32,
};

/**
 * Read attributes.
 */
static array_t *read_attrs(chunk_t data)
{
	static const configuration_attribute_type_t types[] = {
		UNITY_BANNER, UNITY_DEF_DOMAIN, UNITY_SPLITDNS_NAME,
		UNITY_SPLIT_INCLUDE, UNITY_LOCAL_LAN, INTERNAL_DNS_DOMAIN,
		INTERNAL_IP4_DNS, INTERNAL_IP6_DNS, UNITY_PFS, APPLICATION_VERSION,
	};
	array_t *attrs = unity_ext_attrs_create();
	configuration_attribute_type_t type;
	size_t len;

	while (data.len >= 3)
	{
		type = types[data.ptr[0] % countof(types)];
		len = min(untoh16(data.ptr + 1), data.len - 3);
		unity_ext_attrs_add(attrs, type, chunk_create(data.ptr + 3, len));
		data = chunk_skip(data, 3 + len);
	}
	return attrs;
}

/**
 * Check what everybody else may rely on.
 */
static void check_attr(unity_ext_attr_t *attr)
{
	array_t *domains;
	chunk_t bad, again;

	switch (attr->type)
	{
		case UNITY_DEF_DOMAIN:
		case UNITY_SPLITDNS_NAME:
		case INTERNAL_DNS_DOMAIN:
			domains = unity_ext_domains_parse(attr->value, &bad);
			fuzz_require(array_count(domains) > 0 && !bad.len);
			unity_ext_domains_destroy(domains);
			break;
		case UNITY_SPLIT_INCLUDE:
		case UNITY_LOCAL_LAN:
			fuzz_require(!unity_ext_subnets_normalize(attr->value, &again));
			fuzz_require(chunk_equals(attr->value, again));
			chunk_free(&again);
			break;
		default:
			break;
	}
}

/**
 * A record must survive being written and read.
 */
static void check_record(unity_ext_record_t *record)
{
	unity_ext_record_t *again;
	char *text = NULL, *pos;
	size_t len;
	FILE *file;
	u_int i;

	unity_ext_record_freeenv(unity_ext_record_env(record, "up"));
	file = open_memstream(&text, &len);
	fuzz_require(unity_ext_record_write(record, file));
	fclose(file);
	file = fmemopen(text, len, "r");
	again = unity_ext_record_read(file);
	fclose(file);
	fuzz_require(again != NULL && again->method == record->method &&
				 again->own_interface == record->own_interface &&
				 again->id == record->id);
	for (i = 0; i < UNITY_EXT_TEXTS; i++)
	{
		fuzz_require(streq(record->texts[i], again->texts[i]));
		for (pos = record->texts[i]; *pos; pos++)
		{
			fuzz_require(!iscntrl((u_char)*pos));
		}
	}
	unity_ext_record_destroy(again);
	free(text);
}

/**
 * As a client: take attributes, and make a record of them.
 */
static void inbound(uint8_t flags, array_t *attrs)
{
	unity_ext_settings_t settings = { .dns = UNITY_EXT_RESOLVED };
	uint32_t asked = UNITY_EXT_TYPES_UNITY;
	unity_ext_session_t *session;
	unity_ext_record_t *record;
	unity_ext_attr_t attr;
	glob_list_t *allowed = NULL;
	const char *reason;
	array_t *taken;
	int i;

	if (flags & ALLOWED)
	{
		allowed = glob_list_create("lab, *.lab", &reason);
	}
	taken = unity_ext_inbound(attrs, flags & ASKED ? &asked : NULL, allowed);
	for (i = 0; array_get(taken, i, &attr); i++)
	{
		check_attr(&attr);
	}
	session = unity_ext_session_create();
	unity_ext_session_add(session, taken);
	record = unity_ext_session_record(session, &settings, "road", 1, &reason);
	if (record)
	{
		check_record(record);
		unity_ext_record_destroy(record);
	}
	unity_ext_session_destroy(session);
	unity_ext_attrs_destroy(taken);
	DESTROY_IF(allowed);
}

/**
 * As a gateway: make an answer of what other sources have.
 */
static void outbound(uint8_t flags, array_t *attrs)
{
	unity_ext_rule_t rule = {
		.unity = unity_ext_attrs_create(),
		.ikev2 = unity_ext_attrs_create(),
	};
	unity_ext_peer_t client = {
		.ikev2 = flags & OF_IKEV2,
		.unity = flags & UNITY,
		.asked = flags & ALLOWED ? UNITY_EXT_TYPES_UNITY : 0,
	};
	unity_ext_attr_t attr;
	array_t *answer;
	uint32_t seen = 0, bit;
	u_int ours;
	int i;

	unity_ext_attrs_add(rule.unity, UNITY_BANNER, chunk_from_str("hi"));
	unity_ext_attrs_add(rule.unity, UNITY_SPLITDNS_NAME,
						chunk_from_str("corp.lab"));
	unity_ext_attrs_add(rule.unity, INTERNAL_DNS_DOMAIN,
						chunk_from_str("corp.lab"));
	unity_ext_attrs_add(rule.ikev2, INTERNAL_DNS_DOMAIN,
						chunk_from_str("corp.lab"));
	answer = unity_ext_answer(flags & ASKED ? &rule : NULL, &client, attrs,
							  &ours);
	for (i = 0; array_get(answer, i, &attr); i++)
	{
		bit = unity_ext_type_bit(attr.type) & UNITY_EXT_TYPES_UNITY;
		fuzz_require(!(seen & bit));
		seen |= bit;
	}
	unity_ext_attrs_destroy(answer);
	unity_ext_attrs_destroy(rule.unity);
	unity_ext_attrs_destroy(rule.ikev2);
}

/**
 * Take a record from disk.
 */
static void take_record(chunk_t data)
{
	FILE *file = fmemopen(data.ptr, data.len, "r");
	unity_ext_record_t *record = unity_ext_record_read(file);

	fclose(file);
	if (record)
	{
		check_record(record);
		unity_ext_record_destroy(record);
	}
}

/**
 * Attributes as a peer may send them, and records as they may be found on disk.
 * The first byte says what it is for. Attributes follow it, each as an index
 * into types, two bytes of length, and a value, which may be cut short by the
 * end.
 */
FUZZ(unity_ext)(chunk_t input)
{
	uint8_t flags;
	array_t *attrs;

	if (input.len < 2)
	{
		return;
	}
	flags = *input.ptr;
	input = chunk_skip(input, 1);
	if (flags & RECORD)
	{
		take_record(input);
		return;
	}
	attrs = read_attrs(input);
	(flags & INBOUND ? inbound : outbound)(flags, attrs);
	unity_ext_attrs_destroy(attrs);
}
