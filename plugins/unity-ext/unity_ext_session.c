/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_session.h"
#include "unity_ext_attr.h"
#include "unity_ext_domain.h"
#include "unity_ext_inbound.h"

#include <networking/host.h>
#include <utf8.h>

unity_ext_session_t *unity_ext_session_create()
{
	unity_ext_session_t *session;

	INIT(session,
		.default_domain = strdup(""),
		.domains = strdup(""),
		.dns = strdup(""),
	);
	return session;
}

void unity_ext_session_reset(unity_ext_session_t *session)
{
	free(session->banner);
	session->banner = NULL;
	unity_ext_record_set(&session->default_domain, "");
	unity_ext_record_set(&session->domains, "");
	unity_ext_record_set(&session->dns, "");
	session->servers = 0;
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
 * Take domain names, or the first of them as the default domain.
 */
static void add_domains(unity_ext_session_t *session, bool first,
						chunk_t names)
{
	char *list = strndup((char*)names.ptr, names.len);

	if (!first)
	{
		unity_ext_record_append(&session->domains, list);
	}
	else if (!*session->default_domain)
	{
		list[strcspn(list, ",")] = '\0';
		unity_ext_record_set(&session->default_domain, list);
	}
	free(list);
}

/**
 * Take a DNS server.
 */
static void add_server(unity_ext_session_t *session, int family, chunk_t addr)
{
	host_t *host = host_create_from_chunk(family, addr, 0);
	char buf[64];

	if (host && session->servers < UNITY_EXT_SERVERS_MAX)
	{
		snprintf(buf, sizeof(buf), "%H", host);
		unity_ext_record_append(&session->dns, buf);
		session->servers++;
	}
	DESTROY_IF(host);
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
			case UNITY_SPLITDNS_NAME:
			case INTERNAL_DNS_DOMAIN:
				add_domains(session, attr.type == UNITY_DEF_DOMAIN,
							attr.value);
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
											 const char **reason)
{
	bool named = *session->domains || *session->default_domain;
	unity_ext_record_t *record;
	array_t *domains;
	chunk_t bad;
	char name[16];

	*reason = NULL;
	if (settings->dns == UNITY_EXT_NONE || !named || !session->servers)
	{
		if (settings->dns != UNITY_EXT_NONE && (named || session->servers))
		{
			*reason = named ? "the gateway sent domains but no DNS servers" :
				"the gateway sent DNS servers but no domains for them";
		}
		return NULL;
	}
	record = unity_ext_record_create();
	record->method = settings->dns;
	record->id = session->id = unique_id;
	record->own_interface = !settings->dns_interface;
	/* names of interfaces are shorter than 16 bytes */
	snprintf(name, sizeof(name), "unity%u", unique_id);
	unity_ext_record_set(&record->interface, settings->dns_interface ?: name);
	unity_ext_record_set(&record->program, settings->dns_program ?: "");
	unity_ext_record_set(&record->connection, connection);
	unity_ext_record_set(&record->dns, session->dns);
	unity_ext_record_set(&record->default_domain, session->default_domain);
	domains = unity_ext_domains_parse(chunk_from_str(session->domains), &bad);
	free(record->domains);
	record->domains = unity_ext_domains_join(domains, " ");
	unity_ext_domains_destroy(domains);
	return record;
}

void unity_ext_session_destroy(unity_ext_session_t *session)
{
	if (session)
	{
		free(session->banner);
		free(session->default_domain);
		free(session->domains);
		free(session->dns);
		free(session);
	}
}
