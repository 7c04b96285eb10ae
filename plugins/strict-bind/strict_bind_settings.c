/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_settings.h"

#include <ctype.h>
#include <errno.h>

#include <collections/hashtable.h>

/**
 * Largest buffer, in bytes: the kernel doubles it and counts in an int.
 */
#define BUFFER_MAX (INT32_MAX / 2)

static const char *const anys[] = { "routes", "refuse", "all", NULL };

static const option_t options[] = {
	OPTION(strict_bind_settings_t, interfaces, GLOBS),
	OPTION(strict_bind_settings_t, addresses, SUBNETS),
	OPTION_AS("auto", strict_bind_settings_t, automatic, BOOL, .def = "no"),
	OPTION(strict_bind_settings_t, auto_any, ENUM, .names = anys,
		   .def = "routes"),
	OPTION(strict_bind_settings_t, bind_device, BOOL, .def = "no"),
	OPTION(strict_bind_settings_t, use_ipv4, BOOL, .def = "yes"),
	OPTION(strict_bind_settings_t, use_ipv6, BOOL, .def = "yes"),
	OPTION(strict_bind_settings_t, fwmark, STRING),
	OPTION_AS("receive_buffer_size", strict_bind_settings_t, rcvbuf, INT,
			  .was = "rcvbuf", .max = BUFFER_MAX, .def = "0"),
	OPTION_AS("send_buffer_size", strict_bind_settings_t, sndbuf, INT,
			  .was = "sndbuf", .max = BUFFER_MAX, .def = "0"),
};

/**
 * Refuse patterns that are there twice.
 */
static void check_interfaces(glob_list_t *globs, option_errors_t *errors)
{
	enumerator_t *enumerator;
	hashtable_t *seen;
	char *pattern;
	bool negated;

	seen = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	enumerator = globs->create_enumerator(globs);
	while (enumerator->enumerate(enumerator, &pattern, &negated))
	{
		if (seen->put(seen, pattern, pattern))
		{
			errors->add(errors, "interfaces", pattern, "is listed twice");
		}
	}
	enumerator->destroy(enumerator);
	seen->destroy(seen);
}

/**
 * Implementation of hashtable_hash_t.
 */
static u_int hash(const void *ts)
{
	return ((traffic_selector_t*)ts)->hash((traffic_selector_t*)ts, 0);
}

/**
 * Implementation of hashtable_equals_t.
 */
static bool equals(const void *a, const void *b)
{
	return traffic_selector_cmp((traffic_selector_t*)a, (traffic_selector_t*)b,
								NULL) == 0;
}

bool strict_bind_is_any(traffic_selector_t *ts)
{
	chunk_t from = ts->get_from_address(ts);
	host_t *host;
	bool any;

	host = host_create_from_chunk(AF_UNSPEC, from, 0);
	any = host->is_anyaddr(host);
	host->destroy(host);
	return any;
}

/**
 * Refuse networks that are there twice, and what would be any address.
 */
static void check_addresses(linked_list_t *list, option_errors_t *errors)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	hashtable_t *seen;
	char name[BUF_LEN];

	seen = hashtable_create(hash, equals, 8);
	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &ts))
	{
		snprintf(name, sizeof(name), "%R", ts);
		if (seen->put(seen, ts, ts))
		{
			errors->add(errors, "addresses", name, "is listed twice");
		}
		if (strict_bind_is_any(ts))
		{
			errors->add(errors, "addresses", name, "expected addresses and "
						"networks of this machine; interfaces = * binds each "
						"address it has");
		}
	}
	enumerator->destroy(enumerator);
	seen->destroy(seen);
}

/**
 * Parse a mark, in decimal or with 0x.
 */
static bool parse_mark(const char *str, uint32_t *mark)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(str, &end, 0);
	*mark = value;
	return isdigit((u_char)*str) && !*end && !errno && value &&
		   value <= UINT32_MAX;
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	strict_bind_settings_t *settings = config;

	if (settings->interfaces)
	{
		check_interfaces(settings->interfaces, errors);
	}
	if (settings->addresses)
	{
		check_addresses(settings->addresses, errors);
	}
	if (!settings->interfaces && !settings->addresses && !settings->automatic)
	{
		errors->add(errors, "interfaces", NULL, "nothing says what to bind, "
					"expected interfaces, addresses or auto = yes");
	}
	if (!settings->use_ipv4 && !settings->use_ipv6)
	{
		errors->add(errors, "use_ipv6", "no", "expected yes, as use_ipv4 is "
					"no, too");
	}
	if (settings->fwmark && !parse_mark(settings->fwmark, &settings->mark))
	{
		errors->add(errors, "fwmark", settings->fwmark, "expected a mark, "
					"1-0xffffffff, without a mask");
	}
}

const options_schema_t strict_bind_schema = {
	.name = "strict-bind",
	.size = sizeof(strict_bind_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
