/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_provider.h"

#include <daemon.h>

typedef struct private_unique_policy_provider_t private_unique_policy_provider_t;

struct private_unique_policy_provider_t {
	unique_policy_provider_t public;
	unique_policy_enforcer_t *enforcer;
};

METHOD(attribute_provider_t, acquire_address, host_t*,
	private_unique_policy_provider_t *this, linked_list_t *pools,
	ike_sa_t *ike_sa, host_t *requested)
{
	if (!this->enforcer->make_room(this->enforcer, ike_sa))
	{
		return NULL;
	}
	/* the pools may have been asked before us */
	return charon->attributes->acquire_address(charon->attributes, pools,
											   ike_sa, requested);
}

METHOD(attribute_provider_t, release_address, bool,
	private_unique_policy_provider_t *this, linked_list_t *pools,
	host_t *address, ike_sa_t *ike_sa)
{
	return FALSE;
}

METHOD(attribute_provider_t, create_attribute_enumerator, enumerator_t*,
	private_unique_policy_provider_t *this, linked_list_t *pools,
	ike_sa_t *ike_sa, linked_list_t *vips)
{
	/* also called if no address was asked for */
	this->enforcer->make_room(this->enforcer, ike_sa);
	return enumerator_create_empty();
}

METHOD(unique_policy_provider_t, destroy, void,
	private_unique_policy_provider_t *this)
{
	charon->attributes->remove_provider(charon->attributes,
										&this->public.provider);
	free(this);
}

/*
 * Described in header
 */
unique_policy_provider_t *unique_policy_provider_create(
										unique_policy_enforcer_t *enforcer)
{
	private_unique_policy_provider_t *this;

	INIT(this,
		.public = {
			.provider = {
				.acquire_address = _acquire_address,
				.release_address = _release_address,
				.create_attribute_enumerator = _create_attribute_enumerator,
			},
			.destroy = _destroy,
		},
		.enforcer = enforcer,
	);
	charon->attributes->add_provider(charon->attributes,
									 &this->public.provider);
	return &this->public;
}
