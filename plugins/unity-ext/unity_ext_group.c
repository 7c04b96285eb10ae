/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_group.h"
#include "unity_ext_attr.h"
#include "unity_ext_domain.h"
#include "unity_ext_subnet.h"

#include <bio/bio_writer.h>
#include <networking/host.h>
#include <utf8.h>

#include <errno.h>
#include <stdio.h>

/**
 * Longest sum of all attributes in bytes. They have to fit into one payload
 * of at most 65535 bytes, with attributes of other sources.
 */
#define GROUP_MAX 49152

unity_ext_group_t *unity_ext_group_find(unity_ext_settings_t *settings,
										const char *connection,
										const char *id, array_t *groups)
{
	unity_ext_group_t *group;
	u_int i;

	for (i = 0; i < settings->groups.count; i++)
	{
		group = settings->groups.items[i];
		if ((!group->connections ||
			 group->connections->matches(group->connections, connection)) &&
			(!group->ids || group->ids->matches(group->ids, id)) &&
			(!group->groups || group->groups->matches_any(group->groups, groups)))
		{
			return group;
		}
	}
	return NULL;
}

/**
 * Parse a list of DNS or WINS servers, and add an attribute for each. Stops at
 * one that isn't an address.
 */
static bool encode_servers(const char *list, configuration_attribute_type_t v4,
						   configuration_attribute_type_t v6, array_t *attrs)
{
	enumerator_t *enumerator;
	configuration_attribute_type_t type;
	host_t *host;
	char *token;
	bool valid = TRUE;

	enumerator = enumerator_create_token(list, ",", " ");
	while (valid && enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		valid = host && !host->is_anyaddr(host);
		if (valid)
		{
			type = host->get_family(host) == AF_INET ? v4 : v6;
			valid = type != 0;
			if (valid)
			{
				unity_ext_attrs_add(attrs, type,
									chunk_clone(host->get_address(host)));
			}
		}
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	return valid;
}

/**
 * Parse a list of addresses and host names, and write it as Cisco's clients
 * take it, with a comma between two of them and no NUL.
 */
static bool encode_gateways(const char *list, chunk_t *out)
{
	char name[UNITY_EXT_DOMAIN_MAX + 1];
	bio_writer_t *writer;
	enumerator_t *enumerator;
	host_t *host;
	char *token;
	bool valid = TRUE, first = TRUE;

	writer = bio_writer_create(0);
	enumerator = enumerator_create_token(list, ",", " ");
	while (valid && enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		valid = host || unity_ext_domain_parse(chunk_from_str(token), name);
		writer->write_data(writer, chunk_from_str(first ? "" : ","));
		writer->write_data(writer, chunk_from_str(host ? token : name));
		first = FALSE;
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	if (valid)
	{
		*out = writer->extract_buf(writer);
	}
	writer->destroy(writer);
	return valid;
}

/**
 * Encode networks under a Unity type.
 */
static bool encode_subnets(linked_list_t *subnets,
						   configuration_attribute_type_t type, array_t *attrs)
{
	chunk_t value;

	if (!subnets)
	{
		return TRUE;
	}
	if (!unity_ext_subnets_encode(subnets, &value))
	{
		return FALSE;
	}
	unity_ext_attrs_add(attrs, type, value);
	return TRUE;
}

/**
 * Encode domain names: one string of them for Unity, under the type that
 * Cisco's clients know and the one that Apple's do, an attribute for each name
 * as RFC 8598 has it for IKEv2, in which the default domain is one of them.
 */
static bool encode_domains(unity_ext_group_t *group, bool unity,
						   array_t *attrs)
{
	array_t *domains = NULL;
	char *domain;
	chunk_t bad = chunk_empty;
	int i;

	if (group->split_dns)
	{
		domains = unity_ext_domains_parse(chunk_from_str(group->split_dns),
										  &bad);
	}
	if (unity && domains)
	{
		domain = unity_ext_domains_join(domains, ",");
		unity_ext_attrs_add(attrs, UNITY_SPLITDNS_NAME,
							chunk_clone(chunk_from_str(domain)));
		unity_ext_attrs_add(attrs, INTERNAL_DNS_DOMAIN,
							chunk_from_str(domain));
	}
	if (!unity)
	{
		for (i = 0; array_get(domains, i, &domain); i++)
		{
			unity_ext_attrs_add(attrs, INTERNAL_DNS_DOMAIN,
								chunk_clone(chunk_from_str(domain)));
		}
		if (group->default_domain &&
			!unity_ext_domains_contain(domains, group->default_domain))
		{
			unity_ext_attrs_add(attrs, INTERNAL_DNS_DOMAIN,
						chunk_clone(chunk_from_str(group->default_domain)));
		}
	}
	unity_ext_domains_destroy(domains);
	return !bad.len;
}

/**
 * Read the file of a banner.
 */
static void read_banner(unity_ext_group_t *group, const char *key,
						option_errors_t *errors)
{
	char buf[UNITY_EXT_BANNER_MAX + 2];
	size_t len;
	FILE *file;

	file = fopen(group->banner_file, "re");
	if (!file)
	{
		errors->add(errors, key, group->banner_file, "%s, expected the path of "
					"a readable file", strerror(errno));
		return;
	}
	len = fread(buf, 1, sizeof(buf) - 1, file);
	buf[len] = '\0';
	/* that of the last line is the file's, not the banner's */
	if (len && buf[len - 1] == '\n')
	{
		buf[--len] = '\0';
	}
	if (ferror(file) || !len || len > UNITY_EXT_BANNER_MAX ||
		strlen(buf) != len || !utf8_valid(buf))
	{
		errors->add(errors, key, group->banner_file, "expected a file with "
					"1-%u bytes of text in UTF-8", UNITY_EXT_BANNER_MAX);
	}
	else
	{
		group->banner = strdup(buf);
	}
	fclose(file);
}

/**
 * Add an error about an option of a group.
 */
static void reject(unity_ext_group_t *group, option_errors_t *errors,
				   const char *key, const char *value, const char *expected)
{
	char path[BUF_LEN];

	snprintf(path, sizeof(path), "groups.%s%s%s", group->section.name,
			 *key ? "." : "", key);
	errors->add(errors, path, value, "%s", expected);
}

/**
 * Check the banner, or get it from its file.
 */
static void check_banner(unity_ext_group_t *group, option_errors_t *errors)
{
	char path[BUF_LEN];

	if (group->banner && group->banner_file)
	{
		reject(group, errors, "banner_file", NULL,
			   "has no effect beside banner, expected only one of them");
	}
	else if (group->banner_file)
	{
		snprintf(path, sizeof(path), "groups.%s.banner_file",
				 group->section.name);
		read_banner(group, path, errors);
	}
	else if (group->banner && strlen(group->banner) > UNITY_EXT_BANNER_MAX)
	{
		reject(group, errors, "banner", group->banner,
			   "expected at most 4096 bytes");
	}
}

/**
 * Find what the encoders don't take.
 */
static void check_lists(unity_ext_group_t *group, option_errors_t *errors,
						array_t *attrs)
{
	static const char subnets[] = "expected IPv4 networks, not ranges or IPv6";
	char name[UNITY_EXT_DOMAIN_MAX + 1];
	chunk_t value = chunk_empty;

	if (group->default_domain)
	{
		if (unity_ext_domain_parse(chunk_from_str(group->default_domain),
								   name))
		{
			/* never longer than what was parsed */
			strcpy(group->default_domain, name);
		}
		else
		{
			reject(group, errors, "default_domain", group->default_domain,
				   "expected a domain name");
		}
	}
	if (!encode_domains(group, TRUE, attrs))
	{
		reject(group, errors, "split_dns", group->split_dns,
			   "expected 1-256 domain names");
	}
	if (!encode_subnets(group->split_include, UNITY_SPLIT_INCLUDE, attrs))
	{
		reject(group, errors, "split_include", NULL, subnets);
	}
	if (!encode_subnets(group->split_exclude, UNITY_LOCAL_LAN, attrs))
	{
		reject(group, errors, "split_exclude", NULL, subnets);
	}
	if (group->backup_servers &&
		!encode_gateways(group->backup_servers, &value))
	{
		reject(group, errors, "backup_servers", group->backup_servers,
			   "expected addresses and host names, separated by commas");
	}
	unity_ext_attrs_add(attrs, UNITY_BACKUP_SERVERS, value);
	if (group->dns &&
		!encode_servers(group->dns, INTERNAL_IP4_DNS, INTERNAL_IP6_DNS, attrs))
	{
		reject(group, errors, "dns", group->dns,
			   "expected IP addresses, separated by commas");
	}
	if (group->nbns &&
		!encode_servers(group->nbns, INTERNAL_IP4_NBNS, 0, attrs))
	{
		reject(group, errors, "nbns", group->nbns,
			   "expected IPv4 addresses, separated by commas");
	}
}

void unity_ext_group_check(unity_ext_group_t *group, option_errors_t *errors)
{
	unity_ext_attr_t attr;
	array_t *attrs;
	size_t len = 0;
	int i;

	if (!group->connections && !group->ids && !group->groups)
	{
		reject(group, errors, "", NULL,
			   "has no criteria, expected connections, ids or groups");
	}
	check_banner(group, errors);
	attrs = unity_ext_attrs_create();
	check_lists(group, errors, attrs);
	for (i = 0; array_get(attrs, i, &attr); i++)
	{
		len += 4 + attr.value.len;
	}
	unity_ext_attrs_destroy(attrs);
	if (len > GROUP_MAX)
	{
		reject(group, errors, "", NULL, "its attributes exceed 49152 bytes, "
			   "which is what a message has room for");
	}
}

void unity_ext_group_encode(unity_ext_group_t *group, bool unity,
							array_t *attrs)
{
	chunk_t value;

	if (group->dns)
	{
		encode_servers(group->dns, INTERNAL_IP4_DNS, INTERNAL_IP6_DNS, attrs);
	}
	if (group->nbns)
	{
		encode_servers(group->nbns, INTERNAL_IP4_NBNS, 0, attrs);
	}
	if (unity)
	{
		if (group->banner)
		{
			unity_ext_attrs_add(attrs, UNITY_BANNER,
								chunk_clone(chunk_from_str(group->banner)));
		}
		if (group->save_password != OPTION_UNSET_ENUM)
		{
			unity_ext_attrs_add_basic(attrs, UNITY_SAVE_PASSWD,
									  group->save_password);
		}
		if (group->default_domain)
		{
			unity_ext_attrs_add(attrs, UNITY_DEF_DOMAIN,
						chunk_clone(chunk_from_str(group->default_domain)));
		}
		encode_subnets(group->split_include, UNITY_SPLIT_INCLUDE, attrs);
		encode_subnets(group->split_exclude, UNITY_LOCAL_LAN, attrs);
		if (group->pfs != OPTION_UNSET_ENUM)
		{
			unity_ext_attrs_add_basic(attrs, UNITY_PFS, group->pfs);
		}
		if (group->backup_servers &&
			encode_gateways(group->backup_servers, &value))
		{
			unity_ext_attrs_add(attrs, UNITY_BACKUP_SERVERS, value);
		}
	}
	encode_domains(group, unity, attrs);
}
