/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_attr.h
 * Configuration attributes, and sets of the types this plugin deals with.
 */

#ifndef UNITY_EXT_ATTR_H_
#define UNITY_EXT_ATTR_H_

#include <library.h>
#include <attributes/attributes.h>
#include <collections/array.h>

typedef struct unity_ext_attr_t unity_ext_attr_t;

/**
 * A configuration attribute.
 */
struct unity_ext_attr_t {
	configuration_attribute_type_t type;
	/** value; of one in IKEv1's basic form, its 16 bits in network order */
	chunk_t value;
	/** is it in the basic form? vpnc takes UNITY_PFS in no other */
	bool basic;
};

/**
 * Append an attribute to an array.
 *
 * @param attrs		array of unity_ext_attr_t
 * @param type		type
 * @param value		value, copied
 */
void unity_ext_attrs_add(array_t *attrs, configuration_attribute_type_t type,
						 chunk_t value);

/**
 * Append an attribute in IKEv1's basic form to an array.
 *
 * @param attrs		array of unity_ext_attr_t
 * @param type		type
 * @param number	value
 */
void unity_ext_attrs_add_basic(array_t *attrs,
							   configuration_attribute_type_t type,
							   uint16_t number);

/**
 * Create an array of unity_ext_attr_t.
 */
array_t *unity_ext_attrs_create(void);

/**
 * Destroy an array and the values in it.
 *
 * @param attrs		array of unity_ext_attr_t, or NULL
 */
void unity_ext_attrs_destroy(array_t *attrs);

/**
 * The bit that stands for a type in a set.
 *
 * @param type		type
 * @return			bit, 0 if the type is none of INTERNAL_DNS_DOMAIN and
 *					the Unity types
 */
uint32_t unity_ext_type_bit(configuration_attribute_type_t type);

/**
 * Set of all Unity types.
 */
#define UNITY_EXT_TYPES_UNITY 0xfffe

#endif /** UNITY_EXT_ATTR_H_ */
