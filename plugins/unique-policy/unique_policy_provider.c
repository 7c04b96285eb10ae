/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_provider.h"
#include "unique_policy_core.h"

#include <daemon.h>

typedef struct private_unique_policy_provider_t
	private_unique_policy_provider_t;

struct private_unique_policy_provider_t {
	unique_policy_provider_t public;
	unique_policy_enforcer_t *enforcer;
};

/**
 * Have core do, where it decides, what it would have done if we hadn't taken
 * INITIAL_CONTACT off the message: we couldn't know the connection yet. With
 * IKEv1 it looks at the condition itself.
 */
static bool let_core(ike_sa_t *ike_sa)
{
	if (ike_sa->get_version(ike_sa) == IKEV1 ||
		!ike_sa->has_condition(ike_sa, COND_INIT_CONTACT_SEEN) ||
		!unique_policy_is_cores(ike_sa))
	{
		return FALSE;
	}
	ike_sa->set_condition(ike_sa, COND_INIT_CONTACT_SEEN, FALSE);
	charon->ike_sa_manager->check_uniqueness(charon->ike_sa_manager, ike_sa,
											 TRUE);
	return TRUE;
}

/**
 * Have those go who are in the way of a login. Returns TRUE if any was.
 */
static bool make_room(private_unique_policy_provider_t *this, ike_sa_t *ike_sa)
{
	bool core = let_core(ike_sa);

	return this->enforcer->make_room(this->enforcer, ike_sa) || core;
}

METHOD(attribute_provider_t, acquire_address, host_t*,
	private_unique_policy_provider_t *this, linked_list_t *pools,
	ike_sa_t *ike_sa, host_t *requested)
{
	if (!make_room(this, ike_sa))
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
	make_room(this, ike_sa);
	return enumerator_create_empty();
}

METHOD(unique_policy_provider_t, destroy, void,
	private_unique_policy_provider_t *this)
{
	charon->attributes->remove_provider(charon->attributes,
										&this->public.provider);
	free(this);
}

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
