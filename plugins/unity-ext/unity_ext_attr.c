/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_attr.h"

void unity_ext_attrs_add(array_t *attrs, configuration_attribute_type_t type,
						 chunk_t value)
{
	unity_ext_attr_t attr = {
		.type = type,
		.value = chunk_clone(value),
	};

	array_insert(attrs, ARRAY_TAIL, &attr);
}

void unity_ext_attrs_add_basic(array_t *attrs,
							   configuration_attribute_type_t type,
							   uint16_t number)
{
	unity_ext_attr_t attr = {
		.type = type,
		.value = chunk_alloc(sizeof(number)),
		.basic = TRUE,
	};

	htoun16(attr.value.ptr, number);
	array_insert(attrs, ARRAY_TAIL, &attr);
}

array_t *unity_ext_attrs_create()
{
	return array_create(sizeof(unity_ext_attr_t), 0);
}

/**
 * Callback of array_destroy_function().
 */
static void clear(unity_ext_attr_t *attr, int index, void *user)
{
	chunk_free(&attr->value);
}

void unity_ext_attrs_destroy(array_t *attrs)
{
	array_destroy_function(attrs, (array_callback_t)clear, NULL);
}

uint32_t unity_ext_type_bit(configuration_attribute_type_t type)
{
	if (type == INTERNAL_DNS_DOMAIN)
	{
		return 1;
	}
	/* UNITY_DDNS_HOSTNAME is the last one known, there is room for more */
	if (type >= UNITY_BANNER && type < UNITY_BANNER + 15)
	{
		return 2 << (type - UNITY_BANNER);
	}
	return 0;
}
