/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_handler.h"
#include "unity_ext_resolver.h"
#include "unity_ext_settings.h"

#include <daemon.h>

typedef struct private_unity_ext_handler_t private_unity_ext_handler_t;
typedef struct type_enumerator_t type_enumerator_t;

struct private_unity_ext_handler_t {
	unity_ext_handler_t public;
	options_store_t *store;
};

/**
 * Enumerates types to ask for.
 */
struct type_enumerator_t {
	enumerator_t public;
	configuration_attribute_type_t types[8];
	u_int count;
	u_int next;
};

/**
 * Is the resolver to be told of servers and domains?
 */
static bool has_dns(private_unity_ext_handler_t *this)
{
	unity_ext_settings_t *settings = this->store->get(this->store);
	bool dns = settings->dns != UNITY_EXT_NONE;

	options_unref(settings);
	return dns;
}

METHOD(attribute_handler_t, handle, bool,
	private_unity_ext_handler_t *this, ike_sa_t *ike_sa,
	configuration_attribute_type_t type, chunk_t data)
{
	switch (type)
	{
		case UNITY_BANNER:
			return TRUE;
		case UNITY_DEF_DOMAIN:
		case UNITY_SPLITDNS_NAME:
		case INTERNAL_DNS_DOMAIN:
		case INTERNAL_IP4_DNS:
		case INTERNAL_IP6_DNS:
			return has_dns(this);
		default:
			return FALSE;
	}
}

METHOD(enumerator_t, enumerate_types, bool,
	type_enumerator_t *this, va_list args)
{
	configuration_attribute_type_t *type;
	chunk_t *data;

	VA_ARGS_VGET(args, type, data);
	if (this->next == this->count)
	{
		return FALSE;
	}
	*type = this->types[this->next++];
	*data = chunk_empty;
	return TRUE;
}

METHOD(attribute_handler_t, create_attribute_enumerator, enumerator_t*,
	private_unity_ext_handler_t *this, ike_sa_t *ike_sa, linked_list_t *vips)
{
	type_enumerator_t *enumerator;
	bool ikev2 = ike_sa->get_version(ike_sa) == IKEV2, dns, unity;

	if (!vips->get_count(vips))
	{
		return enumerator_create_empty();
	}
	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _enumerate_types,
			.destroy = (void*)free,
		},
	);
	dns = has_dns(this);
	unity = !ikev2 && ike_sa->supports_extension(ike_sa, EXT_CISCO_UNITY);
	if (unity)
	{
		enumerator->types[enumerator->count++] = UNITY_BANNER;
	}
	if (unity && dns)
	{
		enumerator->types[enumerator->count++] = UNITY_DEF_DOMAIN;
		enumerator->types[enumerator->count++] = UNITY_SPLITDNS_NAME;
	}
	if (dns)
	{
		enumerator->types[enumerator->count++] = INTERNAL_IP4_DNS;
		enumerator->types[enumerator->count++] = INTERNAL_IP6_DNS;
	}
	if (ikev2 && dns)
	{
		enumerator->types[enumerator->count++] = INTERNAL_DNS_DOMAIN;
	}
	return &enumerator->public;
}

METHOD(unity_ext_handler_t, destroy, void,
	private_unity_ext_handler_t *this)
{
	free(this);
}

unity_ext_handler_t *unity_ext_handler_create(options_store_t *store)
{
	private_unity_ext_handler_t *this;

	INIT(this,
		.public = {
			.handler = {
				.handle = _handle,
				.release = (void*)nop,
				.create_attribute_enumerator = _create_attribute_enumerator,
			},
			.destroy = _destroy,
		},
		.store = store,
	);
	return &this->public;
}
