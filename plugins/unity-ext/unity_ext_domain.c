/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_domain.h"

#include <bio/bio_writer.h>

#include <ctype.h>

/**
 * Longest label of a domain name, RFC 1035.
 */
#define LABEL_MAX 63

/**
 * May a byte be part of a label? Underscores aren't for host names, but there
 * are domains with them, Active Directory's for instance.
 */
static bool is_label_char(u_char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '_';
}

bool unity_ext_domain_parse(chunk_t name, char *out)
{
	size_t i, label = 0;
	char c, last = '.';

	if (name.len && name.ptr[name.len - 1] == '.')
	{
		name.len--;
	}
	if (!name.len || name.len > UNITY_EXT_DOMAIN_MAX)
	{
		return FALSE;
	}
	for (i = 0; i < name.len; i++)
	{
		c = tolower(name.ptr[i]);
		if (c == '.')
		{
			if (!label || last == '-')
			{
				return FALSE;
			}
			label = 0;
		}
		else if (!is_label_char(c) || ++label > LABEL_MAX ||
				 (c == '-' && last == '.'))
		{
			return FALSE;
		}
		out[i] = last = c;
	}
	out[i] = '\0';
	return label && last != '-';
}

/**
 * Does a byte separate names?
 */
static bool is_separator(u_char c)
{
	return c == ',' || c == '\0' || c == ' ' || (c >= '\t' && c <= '\r');
}

array_t *unity_ext_domains_parse(chunk_t list, chunk_t *bad)
{
	char name[UNITY_EXT_DOMAIN_MAX + 1];
	array_t *domains = array_create(0, 0);
	chunk_t item;

	*bad = chunk_empty;
	while (list.len)
	{
		if (is_separator(*list.ptr))
		{
			list = chunk_skip(list, 1);
			continue;
		}
		for (item = chunk_create(list.ptr, 0);
			 item.len < list.len && !is_separator(list.ptr[item.len]);
			 item.len++);
		list = chunk_skip(list, item.len);
		if (!unity_ext_domain_parse(item, name))
		{
			*bad = bad->len ? *bad : item;
		}
		else if (!unity_ext_domains_contain(domains, name))
		{
			if (array_count(domains) == UNITY_EXT_DOMAINS_MAX)
			{
				*bad = bad->len ? *bad : item;
				break;
			}
			array_insert(domains, ARRAY_TAIL, strdup(name));
		}
	}
	return domains;
}

bool unity_ext_domains_contain(array_t *domains, const char *name)
{
	char *domain;
	int i;

	for (i = 0; array_get(domains, i, &domain); i++)
	{
		if (streq(domain, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

char *unity_ext_domains_join(array_t *domains, const char *separator)
{
	bio_writer_t *writer = bio_writer_create(0);
	char *domain, *joined;
	int i;

	for (i = 0; array_get(domains, i, &domain); i++)
	{
		if (i)
		{
			writer->write_data(writer, chunk_from_str((char*)separator));
		}
		writer->write_data(writer, chunk_from_str(domain));
	}
	writer->write_uint8(writer, '\0');
	joined = (char*)writer->extract_buf(writer).ptr;
	writer->destroy(writer);
	return joined;
}

void unity_ext_domains_destroy(array_t *domains)
{
	array_destroy_function(domains, (array_callback_t)free, NULL);
}
