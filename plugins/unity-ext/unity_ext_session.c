/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_session.h"
#include "unity_ext_attr.h"
#include "unity_ext_domain.h"
#include "unity_ext_inbound.h"
#include "unity_ext_resolver.h"

#include <networking/host.h>
#include <utf8.h>

/**
 * Largest number of DNS servers of a tunnel.
 */
#define SERVERS_MAX 8

unity_ext_session_t *unity_ext_session_create()
{
	unity_ext_session_t *session;

	INIT(session,
		.domains = array_create(0, 0),
		.servers = array_create(0, 0),
	);
	return session;
}

void unity_ext_session_reset(unity_ext_session_t *session)
{
	free(session->banner);
	free(session->default_domain);
	session->banner = session->default_domain = NULL;
	unity_ext_domains_destroy(session->domains);
	unity_ext_domains_destroy(session->servers);
	session->domains = array_create(0, 0);
	session->servers = array_create(0, 0);
}

/**
 * Escape a banner. NULs are left out, some gateways end it with one.
 */
static char *escape_banner(chunk_t text)
{
	char *copy, *escaped;
	size_t i, used = 0;

	copy = malloc(text.len + 1);
	for (i = 0; i < text.len; i++)
	{
		if (text.ptr[i])
		{
			copy[used++] = text.ptr[i];
		}
	}
	copy[used] = '\0';
	escaped = utf8_escape(copy, UNITY_EXT_BANNER_TAKEN);
	free(copy);
	return escaped;
}

/**
 * Take domain names that aren't there yet.
 */
static void add_domains(unity_ext_session_t *session, chunk_t names)
{
	array_t *domains;
	chunk_t bad;
	char *domain;

	domains = unity_ext_domains_parse(names, &bad);
	while (array_remove(domains, ARRAY_HEAD, &domain))
	{
		if (array_count(session->domains) < UNITY_EXT_DOMAINS_MAX &&
			!unity_ext_domains_contain(session->domains, domain))
		{
			array_insert(session->domains, ARRAY_TAIL, domain);
		}
		else
		{
			free(domain);
		}
	}
	array_destroy(domains);
}

/**
 * Take the first of some domain names as the default domain.
 */
static void add_default_domain(unity_ext_session_t *session, chunk_t name)
{
	array_t *domains;
	chunk_t bad;

	domains = unity_ext_domains_parse(name, &bad);
	if (!session->default_domain)
	{
		array_remove(domains, ARRAY_HEAD, &session->default_domain);
	}
	unity_ext_domains_destroy(domains);
}

/**
 * Take a DNS server.
 */
static void add_server(unity_ext_session_t *session, int family, chunk_t addr)
{
	host_t *host;
	char buf[64];

	if (array_count(session->servers) >= SERVERS_MAX)
	{
		return;
	}
	host = host_create_from_chunk(family, addr, 0);
	if (host)
	{
		snprintf(buf, sizeof(buf), "%H", host);
		array_insert(session->servers, ARRAY_TAIL, strdup(buf));
		host->destroy(host);
	}
}

void unity_ext_session_add(unity_ext_session_t *session, array_t *attrs)
{
	unity_ext_attr_t attr;
	int i;

	for (i = 0; array_get(attrs, i, &attr); i++)
	{
		switch (attr.type)
		{
			case UNITY_BANNER:
				free(session->banner);
				session->banner = escape_banner(attr.value);
				break;
			case UNITY_DEF_DOMAIN:
				add_default_domain(session, attr.value);
				break;
			case UNITY_SPLITDNS_NAME:
			case INTERNAL_DNS_DOMAIN:
				add_domains(session, attr.value);
				break;
			case INTERNAL_IP4_DNS:
				add_server(session, AF_INET, attr.value);
				break;
			case INTERNAL_IP6_DNS:
				add_server(session, AF_INET6, attr.value);
				break;
			default:
				break;
		}
	}
}

unity_ext_record_t *unity_ext_session_record(unity_ext_session_t *session,
											 unity_ext_settings_t *settings,
											 const char *connection,
											 uint32_t unique_id,
											 const char *vips,
											 const char **reason)
{
	unity_ext_record_t *record;
	char *list, name[16];

	*reason = NULL;
	if (settings->dns == UNITY_EXT_NONE ||
		(!array_count(session->domains) && !session->default_domain &&
		 !array_count(session->servers)))
	{
		return NULL;
	}
	if (!array_count(session->servers))
	{
		*reason = "the gateway sent domains but no DNS servers";
		return NULL;
	}
	if (!array_count(session->domains) && !session->default_domain)
	{
		*reason = "the gateway sent DNS servers but no domains for them";
		return NULL;
	}
	record = unity_ext_record_create();
	snprintf(session->id, sizeof(session->id), "%u", unique_id);
	unity_ext_record_set(record, UNITY_EXT_ID, session->id);
	unity_ext_record_set(record, UNITY_EXT_METHOD,
						 unity_ext_methods[settings->dns]);
	unity_ext_record_set(record, UNITY_EXT_PROGRAM,
						 settings->dns_program ?: "");
	/* names of interfaces are shorter than 16 bytes */
	snprintf(name, sizeof(name), "unity%u", unique_id);
	unity_ext_record_set(record, UNITY_EXT_INTERFACE,
						 settings->dns_interface ?: name);
	unity_ext_record_set(record, UNITY_EXT_OWN_INTERFACE,
						 settings->dns_interface ? "no" : "yes");
	unity_ext_record_set(record, UNITY_EXT_CONNECTION, connection);
	unity_ext_record_set(record, UNITY_EXT_VIRTUAL_IPS, vips);
	list = unity_ext_domains_join(session->servers, " ");
	unity_ext_record_set(record, UNITY_EXT_DNS, list);
	free(list);
	list = unity_ext_domains_join(session->domains, " ");
	unity_ext_record_set(record, UNITY_EXT_DOMAINS, list);
	free(list);
	unity_ext_record_set(record, UNITY_EXT_DEFAULT_DOMAIN,
						 session->default_domain ?: "");
	return record;
}

void unity_ext_session_destroy(unity_ext_session_t *session)
{
	if (session)
	{
		unity_ext_session_reset(session);
		array_destroy(session->domains);
		array_destroy(session->servers);
		free(session);
	}
}
