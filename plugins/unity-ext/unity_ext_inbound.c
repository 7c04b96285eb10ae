/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_inbound.h"
#include "unity_ext_attr.h"
#include "unity_ext_domain.h"
#include "unity_ext_subnet.h"

#include <utf8.h>

#include <stdio.h>

/**
 * Bytes of a domain name that are shown when it is refused.
 */
#define SHOWN_MAX 40

/**
 * Bits of what is logged that stand for no type.
 */
#define OTHERS (1 << 30)
#define UNASKED (1u << 31)

/**
 * Log that an attribute, or a part of it, isn't taken.
 */
static void refuse(uint32_t *logged, configuration_attribute_type_t type,
				   const char *reason, chunk_t part)
{
	char name[SHOWN_MAX + 2], *shown = NULL;
	uint32_t bit = unity_ext_type_bit(type) ?: OTHERS;

	if (*logged & bit)
	{
		return;
	}
	*logged |= bit;
	if (part.len)
	{
		snprintf(name, sizeof(name), "%.*s", (int)part.len, part.ptr);
		shown = utf8_escape(name, SHOWN_MAX);
	}
	DBG1(DBG_CFG, "unity-ext: refused %N of the gateway: %s%s%s%s",
		 configuration_attribute_type_names, type, reason,
		 shown ? ": \"" : "", shown ?: "", shown ? "\"" : "");
	free(shown);
}

/**
 * Take the domain names that are valid and allowed.
 */
static bool take_domains(unity_ext_attr_t *attr, glob_list_t *allowed,
						 uint32_t *logged)
{
	enumerator_t *enumerator;
	array_t *domains;
	chunk_t bad;
	char *domain;
	bool any;

	domains = unity_ext_domains_parse(attr->value, &bad);
	if (bad.len)
	{
		refuse(logged, attr->type, array_count(domains) ==
			   UNITY_EXT_DOMAINS_MAX ? "there are more than 256 names, or one "
			   "isn't a domain name" : "not a domain name", bad);
	}
	enumerator = array_create_enumerator(domains);
	while (allowed && enumerator->enumerate(enumerator, &domain))
	{
		if (!allowed->matches(allowed, domain))
		{
			refuse(logged, attr->type, "unity-ext.dns_domains doesn't have it",
				   chunk_from_str(domain));
			array_remove_at(domains, enumerator);
			free(domain);
		}
	}
	enumerator->destroy(enumerator);
	any = array_count(domains) > 0;
	if (!any && !bad.len && !attr->value.len)
	{
		refuse(logged, attr->type, "it is empty", chunk_empty);
	}
	chunk_free(&attr->value);
	domain = unity_ext_domains_join(domains, ",");
	attr->value = chunk_from_str(domain);
	unity_ext_domains_destroy(domains);
	return any;
}

/**
 * Is any of the networks, written in full, larger than a prefix?
 */
static bool has_larger(chunk_t subnets, uint8_t prefix)
{
	while (subnets.len)
	{
		if (__builtin_popcount(untoh32(subnets.ptr + 4)) < prefix)
		{
			return TRUE;
		}
		subnets = chunk_skip(subnets, UNITY_EXT_SUBNET_LEN);
	}
	return FALSE;
}

/**
 * Take networks, all of them or none: a part could be the wrong one.
 */
static bool take_subnets(unity_ext_attr_t *attr, uint32_t *logged)
{
	const char *wrong;
	chunk_t subnets;

	wrong = unity_ext_subnets_normalize(attr->value, &subnets);
	if (!wrong)
	{
		chunk_free(&attr->value);
		attr->value = subnets;
		if (attr->type == UNITY_LOCAL_LAN &&
			has_larger(subnets, UNITY_EXT_EXCLUDE_PREFIX))
		{
			wrong = "a network is larger than /8";
		}
	}
	if (wrong)
	{
		refuse(logged, attr->type, wrong, chunk_empty);
	}
	return !wrong;
}

/**
 * Take an address of a DNS server that can be one.
 */
static bool take_server(unity_ext_attr_t *attr, uint32_t *logged)
{
	chunk_t addr = attr->value;
	bool bad;

	if (attr->type == INTERNAL_IP4_DNS)
	{
		/* 0/8, 127/8, multicast, reserved, broadcast */
		bad = addr.len != 4 || addr.ptr[0] == 0 || addr.ptr[0] == 127 ||
			  addr.ptr[0] >= 224;
	}
	else
	{
		/* ::/64 has the unspecified, the loopback and mapped addresses */
		bad = addr.len != 16 || addr.ptr[0] == 0xff ||
			  !memcmp(addr.ptr, "\0\0\0\0\0\0\0", 8);
	}
	/* no address is how a gateway says that it has none */
	if (bad && addr.len)
	{
		refuse(logged, attr->type, "not the address of a server", chunk_empty);
	}
	return !bad;
}

/**
 * Take a banner, of any kind: it is escaped wherever it is shown.
 */
static bool take_banner(unity_ext_attr_t *attr, uint32_t *logged)
{
	if (!attr->value.len)
	{
		return FALSE;
	}
	if (attr->value.len > UNITY_EXT_BANNER_TAKEN)
	{
		refuse(logged, attr->type, "it is cut after 4096 bytes", chunk_empty);
		attr->value.len = UNITY_EXT_BANNER_TAKEN;
	}
	return TRUE;
}

/**
 * Take an attribute.
 */
static bool take(unity_ext_attr_t *attr, const uint32_t *asked,
				 glob_list_t *domains, uint32_t *logged)
{
	uint32_t bit = unity_ext_type_bit(attr->type);

	if (bit && asked && !(*asked & bit))
	{
		/* gateways add this one for Apple's clients, and one line will do for
		 * all of those that add what they have */
		if (attr->type != INTERNAL_DNS_DOMAIN && !(*logged & UNASKED))
		{
			refuse(logged, attr->type, "it wasn't asked for", chunk_empty);
			*logged |= UNASKED;
		}
		return FALSE;
	}
	switch (attr->type)
	{
		case UNITY_BANNER:
			return take_banner(attr, logged);
		case UNITY_DEF_DOMAIN:
		case UNITY_SPLITDNS_NAME:
		case INTERNAL_DNS_DOMAIN:
			return take_domains(attr, domains, logged);
		case UNITY_SPLIT_INCLUDE:
		case UNITY_LOCAL_LAN:
			return take_subnets(attr, logged);
		case INTERNAL_IP4_DNS:
		case INTERNAL_IP6_DNS:
			return take_server(attr, logged);
		default:
			return TRUE;
	}
}

array_t *unity_ext_inbound(array_t *attrs, const uint32_t *asked,
						   glob_list_t *domains)
{
	array_t *taken = unity_ext_attrs_create();
	enumerator_t *enumerator;
	unity_ext_attr_t *attr;
	uint32_t logged = 0;

	enumerator = array_create_enumerator(attrs);
	while (enumerator->enumerate(enumerator, &attr))
	{
		if (take(attr, asked, domains, &logged))
		{
			array_insert(taken, ARRAY_TAIL, attr);
			attr->value = chunk_empty;
		}
	}
	enumerator->destroy(enumerator);
	return taken;
}
