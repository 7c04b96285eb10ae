/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_rule.h"
#include "unity_ext_attr.h"
#include "unity_ext_domain.h"
#include "unity_ext_subnet.h"

#include <host_check.h>
#include <networking/host.h>
#include <utf8.h>

#include <errno.h>
#include <stdio.h>

/**
 * Longest sum of all attributes in bytes. They have to fit into one payload
 * of at most 65535 bytes, with attributes of other sources.
 */
#define GROUP_MAX 49152

/**
 * Longest sums that strongSwan takes as a client, whose charon.max_packet is
 * 10000 by default, with room for what else is in that message: certificates
 * with IKEv2, an address with IKEv1.
 */
#define IKEV2_TAKEN 8000
#define UNITY_TAKEN 9800

static const char *const switches[] = { "no", "yes", NULL };

static const option_t options[] = {
	PEER_MATCH_OPTIONS(unity_ext_rule_t, match, "groups"),
	OPTION(unity_ext_rule_t, banner, STRING, .ikev1 = TRUE),
	OPTION(unity_ext_rule_t, banner_file, STRING, .ikev1 = TRUE),
	OPTION(unity_ext_rule_t, default_domain, STRING),
	OPTION(unity_ext_rule_t, split_dns, STRING),
	OPTION(unity_ext_rule_t, split_include, SUBNETS),
	OPTION(unity_ext_rule_t, split_exclude, SUBNETS, .ikev1 = TRUE),
	OPTION(unity_ext_rule_t, backup_servers, STRING, .ikev1 = TRUE),
	OPTION(unity_ext_rule_t, save_password, ENUM, .names = switches,
		   .ikev1 = TRUE),
	OPTION(unity_ext_rule_t, pfs, ENUM, .names = switches, .ikev1 = TRUE),
	OPTION(unity_ext_rule_t, dns, STRING),
	OPTION(unity_ext_rule_t, nbns, STRING),
};

/**
 * Implementation of options_schema_t.clear.
 */
static void clear(void *config)
{
	unity_ext_rule_t *rule = config;

	unity_ext_attrs_destroy(rule->unity);
	unity_ext_attrs_destroy(rule->ikev2);
}

static void check(void *config, option_errors_t *errors);

const options_schema_t unity_ext_rule_schema = {
	.size = sizeof(unity_ext_rule_t),
	.options = options,
	.count = countof(options),
	.check = check,
	.clear = clear,
};

unity_ext_rule_t *unity_ext_rule_find(options_sections_t *all,
										const peer_facts_t *peer)
{
	unity_ext_rule_t *rule;
	u_int i;

	for (i = 0; i < all->count; i++)
	{
		rule = all->items[i];
		if (peer_match(&rule->match, peer) == PEER_MATCH_YES)
		{
			return rule;
		}
	}
	return NULL;
}

/**
 * Read the file of a banner.
 */
static void read_banner(unity_ext_rule_t *rule, option_errors_t *errors)
{
	char buf[UNITY_EXT_BANNER_MAX + 2];
	size_t len;
	FILE *file;

	file = fopen(rule->banner_file, "re");
	if (!file)
	{
		errors->add(errors, "banner_file", rule->banner_file, "%s, expected "
					"the path of a readable file", strerror(errno));
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
		errors->add(errors, "banner_file", rule->banner_file, "expected a "
					"file with 1-4096 bytes of text in UTF-8");
	}
	else
	{
		rule->banner = strdup(buf);
	}
	fclose(file);
}

/**
 * Add the banner.
 */
static void add_banner(unity_ext_rule_t *rule, option_errors_t *errors)
{
	if (rule->banner && rule->banner_file)
	{
		errors->add(errors, "banner_file", NULL, "has no effect beside banner, "
					"expected only one of them");
	}
	else if (rule->banner_file)
	{
		read_banner(rule, errors);
	}
	else if (rule->banner && strlen(rule->banner) > UNITY_EXT_BANNER_MAX)
	{
		errors->add(errors, "banner", rule->banner, "expected at most 4096 "
					"bytes");
	}
	if (rule->banner)
	{
		unity_ext_attrs_add(rule->unity, UNITY_BANNER,
							chunk_from_str(rule->banner));
	}
}

/**
 * Add DNS or WINS servers, an attribute for each.
 */
static void add_servers(unity_ext_rule_t *rule, option_errors_t *errors,
						const char *key, const char *list,
						configuration_attribute_type_t v4,
						configuration_attribute_type_t v6)
{
	enumerator_t *enumerator;
	configuration_attribute_type_t type;
	host_t *host;
	char *token;
	bool valid = TRUE;

	enumerator = enumerator_create_token(list ?: "", ",", " ");
	while (list && valid && enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		type = !host ? 0 : host->get_family(host) == AF_INET ? v4 : v6;
		valid = type && !host->is_anyaddr(host);
		if (valid)
		{
			unity_ext_attrs_add(rule->unity, type, host->get_address(host));
			unity_ext_attrs_add(rule->ikev2, type, host->get_address(host));
		}
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	if (!valid)
	{
		errors->add(errors, key, list, "expected %s addresses, separated by "
					"commas", v6 ? "IP" : "IPv4");
	}
}

/**
 * Add the default domain, for IKEv2 as one of the domains.
 */
static void add_default_domain(unity_ext_rule_t *rule,
							   option_errors_t *errors)
{
	char name[UNITY_EXT_DOMAIN_MAX + 1];

	if (unity_ext_domain_parse(chunk_from_str(rule->default_domain), name))
	{
		unity_ext_attrs_add(rule->unity, UNITY_DEF_DOMAIN,
							chunk_from_str(name));
		/* never longer than what was parsed */
		strcpy(rule->default_domain, name);
	}
	else
	{
		errors->add(errors, "default_domain", rule->default_domain, "expected "
					"a domain name");
	}
}

/**
 * Add the networks to reach through the tunnel. Unity has those of IPv4 only.
 */
static void add_included(unity_ext_rule_t *rule, option_errors_t *errors)
{
	chunk_t value;

	if (unity_ext_subnets_add(rule->split_include, rule->ikev2) &&
		unity_ext_subnets_encode(rule->split_include, TRUE, &value))
	{
		if (value.len)
		{
			unity_ext_attrs_add(rule->unity, UNITY_SPLIT_INCLUDE, value);
		}
		chunk_free(&value);
	}
	else
	{
		errors->add(errors, "split_include", NULL, "expected networks, not "
					"ranges");
	}
}

/**
 * Add the networks to reach without it, which IKEv2 has no attribute for.
 */
static void add_excluded(unity_ext_rule_t *rule, option_errors_t *errors)
{
	chunk_t value;

	if (unity_ext_subnets_encode(rule->split_exclude, FALSE, &value))
	{
		unity_ext_attrs_add(rule->unity, UNITY_LOCAL_LAN, value);
		chunk_free(&value);
	}
	else
	{
		errors->add(errors, "split_exclude", NULL, "expected IPv4 networks, "
					"not ranges or IPv6");
	}
}

/**
 * Add addresses and host names as Cisco's clients take them, with a comma
 * between two of them and no NUL.
 */
static void add_gateways(unity_ext_rule_t *rule, option_errors_t *errors)
{
	char name[UNITY_EXT_DOMAIN_MAX + 1], *token, *list = NULL;
	enumerator_t *enumerator;
	host_t *host;
	bool valid = TRUE;
	size_t len;
	FILE *out = open_memstream(&list, &len);

	enumerator = enumerator_create_token(rule->backup_servers, ",", " ");
	while (valid && enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		valid = host || unity_ext_domain_parse(chunk_from_str(token), name);
		if (valid)
		{
			fprintf(out, "%s%s", ftell(out) ? "," : "", host ? token : name);
		}
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	fclose(out);
	unity_ext_attrs_add(rule->unity, UNITY_BACKUP_SERVERS,
						chunk_from_str(list));
	free(list);
	if (!valid)
	{
		errors->add(errors, "backup_servers", rule->backup_servers, "expected "
					"addresses and host names, separated by commas");
	}
}

/**
 * Add domain names: one string of them for Unity, under the type that Cisco's
 * clients know and the one that Apple's do, an attribute for each name as
 * RFC 8598 has it for IKEv2, in which the default domain is one of them.
 */
static void add_domains(unity_ext_rule_t *rule, option_errors_t *errors)
{
	array_t *domains = NULL;
	char *domain, *list;
	chunk_t bad;
	int i;

	if (rule->split_dns)
	{
		domains = unity_ext_domains_parse(chunk_from_str(rule->split_dns),
										  &bad);
		if (bad.len)
		{
			errors->add(errors, "split_dns", rule->split_dns, "expected 1-256 "
						"domain names");
		}
		list = unity_ext_domains_join(domains, ",");
		unity_ext_attrs_add(rule->unity, UNITY_SPLITDNS_NAME,
							chunk_from_str(list));
		unity_ext_attrs_add(rule->unity, INTERNAL_DNS_DOMAIN,
							chunk_from_str(list));
		free(list);
	}
	for (i = 0; array_get(domains, i, &domain); i++)
	{
		unity_ext_attrs_add(rule->ikev2, INTERNAL_DNS_DOMAIN,
							chunk_from_str(domain));
	}
	if (rule->default_domain &&
		!unity_ext_domains_contain(domains, rule->default_domain))
	{
		unity_ext_attrs_add(rule->ikev2, INTERNAL_DNS_DOMAIN,
							chunk_from_str(rule->default_domain));
	}
	unity_ext_domains_destroy(domains);
}

/**
 * Length of attributes in a message.
 */
static size_t get_length(array_t *attrs)
{
	unity_ext_attr_t attr;
	size_t len = 0;
	int i;

	for (i = 0; array_get(attrs, i, &attr); i++)
	{
		len += 4 + attr.value.len;
	}
	return len;
}

/**
 * Implementation of options_schema_t.check: make the attributes, which includes
 * reading the file of a banner.
 */
static void check(void *config, option_errors_t *errors)
{
	unity_ext_rule_t *rule = config;
	size_t unity, ikev2;

	rule->unity = unity_ext_attrs_create();
	rule->ikev2 = unity_ext_attrs_create();
	peer_match_check(&rule->match, "groups", errors);
	add_servers(rule, errors, "dns", rule->dns, INTERNAL_IP4_DNS,
				INTERNAL_IP6_DNS);
	add_servers(rule, errors, "nbns", rule->nbns, INTERNAL_IP4_NBNS, 0);
	add_banner(rule, errors);
	if (rule->save_password != OPTION_UNSET_ENUM)
	{
		unity_ext_attrs_add_basic(rule->unity, UNITY_SAVE_PASSWD,
								  rule->save_password);
	}
	if (rule->default_domain)
	{
		add_default_domain(rule, errors);
	}
	if (rule->split_include)
	{
		add_included(rule, errors);
	}
	if (rule->split_exclude)
	{
		add_excluded(rule, errors);
	}
	if (rule->pfs != OPTION_UNSET_ENUM)
	{
		unity_ext_attrs_add_basic(rule->unity, UNITY_PFS, rule->pfs);
	}
	if (rule->backup_servers)
	{
		add_gateways(rule, errors);
	}
	add_domains(rule, errors);
	unity = get_length(rule->unity);
	ikev2 = get_length(rule->ikev2);
	if (unity > GROUP_MAX || ikev2 > GROUP_MAX)
	{
		errors->add(errors, "", NULL, "its attributes exceed 49152 bytes, "
					"which is what a message has room for");
	}
	if (ikev2 > IKEV2_TAKEN)
	{
		rule->too_long = ikev2;
	}
	else if (HOST_IKEV1 && unity > UNITY_TAKEN)
	{
		rule->too_long = unity;
	}
}
