/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_payload.h"
#include "unity_ext_attr.h"

/**
 * Copy the attributes of a payload, NULL if it is one of XAuth.
 */
static array_t *get_attrs(cp_payload_t *cp)
{
	configuration_attribute_t *ca;
	enumerator_t *enumerator;
	array_t *attrs;
	bool xauth = FALSE;
	uint16_t number;

	attrs = unity_ext_attrs_create();
	enumerator = cp->create_attribute_enumerator(cp);
	while (enumerator->enumerate(enumerator, &ca))
	{
		number = ca->get_value(ca);
		xauth |= ca->get_type(ca) >= XAUTH_TYPE &&
				 ca->get_type(ca) <= XAUTH_ANSWER;
		/* a basic one of value 0 comes out as one of two zero bytes */
		if (number)
		{
			unity_ext_attrs_add_basic(attrs, ca->get_type(ca), number);
		}
		else
		{
			unity_ext_attrs_add(attrs, ca->get_type(ca), ca->get_chunk(ca));
		}
	}
	enumerator->destroy(enumerator);
	if (xauth)
	{
		unity_ext_attrs_destroy(attrs);
		return NULL;
	}
	return attrs;
}

/**
 * Create a payload like another one, but with other attributes.
 */
static payload_t *create_payload(cp_payload_t *cp, array_t *attrs)
{
	configuration_attribute_t *ca;
	unity_ext_attr_t attr;
	payload_type_t type;
	cp_payload_t *new;
	int i;

	type = cp->payload_interface.get_type(&cp->payload_interface);
	new = cp_payload_create_type(type, cp->get_type(cp));
	new->set_identifier(new, cp->get_identifier(cp));
	for (i = 0; array_get(attrs, i, &attr); i++)
	{
		if (attr.basic)
		{
			ca = configuration_attribute_create_value(attr.type,
													untoh16(attr.value.ptr));
		}
		else
		{
			ca = configuration_attribute_create_chunk(
					type == PLV1_CONFIGURATION ? PLV1_CONFIGURATION_ATTRIBUTE :
												 PLV2_CONFIGURATION_ATTRIBUTE,
					attr.type, attr.value);
		}
		new->add_attribute(new, ca);
	}
	return &new->payload_interface;
}

void unity_ext_payload_rewrite(message_t *message, unity_ext_payload_cb_t cb,
							   void *user)
{
	enumerator_t *enumerator;
	array_t *attrs, *new, *payloads = NULL;
	payload_t *payload;
	cp_payload_t *cp;

	enumerator = message->create_payload_enumerator(message);
	while (enumerator->enumerate(enumerator, &payload))
	{
		if (payload->get_type(payload) != PLV1_CONFIGURATION &&
			payload->get_type(payload) != PLV2_CONFIGURATION)
		{
			continue;
		}
		cp = (cp_payload_t*)payload;
		attrs = get_attrs(cp);
		new = attrs ? cb(user, cp->get_type(cp), attrs) : NULL;
		if (new)
		{
			array_insert_create(&payloads, ARRAY_TAIL,
								create_payload(cp, new));
			message->remove_payload_at(message, enumerator);
			payload->destroy(payload);
		}
		unity_ext_attrs_destroy(new);
		unity_ext_attrs_destroy(attrs);
	}
	enumerator->destroy(enumerator);
	while (array_remove(payloads, ARRAY_HEAD, &payload))
	{
		message->add_payload(message, payload);
	}
	array_destroy(payloads);
}
