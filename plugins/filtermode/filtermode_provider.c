/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_provider.h"

#include <daemon.h>

typedef struct private_filtermode_provider_t private_filtermode_provider_t;

struct private_filtermode_provider_t {
	filtermode_provider_t public;
	/** whom to tell */
	filtermode_manager_t *manager;
};

METHOD(attribute_provider_t, create_attribute_enumerator, enumerator_t*,
	private_filtermode_provider_t *this, linked_list_t *pools,
	ike_sa_t *ike_sa, linked_list_t *vips)
{
	options_store_t *store = this->manager->store;
	filtermode_settings_t *settings = store->get(store);

	if (settings->sets.count && vips->get_count(vips))
	{
		this->manager->login(this->manager, ike_sa);
	}
	options_unref(settings);
	return enumerator_create_empty();
}

METHOD(filtermode_provider_t, destroy, void,
	private_filtermode_provider_t *this)
{
	charon->attributes->remove_provider(charon->attributes,
										&this->public.provider);
	free(this);
}

filtermode_provider_t *filtermode_provider_create(
											filtermode_manager_t *manager)
{
	private_filtermode_provider_t *this;

	INIT(this,
		.public = {
			.provider = {
				.acquire_address = (void*)return_null,
				.release_address = (void*)return_false,
				.create_attribute_enumerator = _create_attribute_enumerator,
			},
			.destroy = _destroy,
		},
		.manager = manager,
	);
	charon->attributes->add_provider(charon->attributes,
									 &this->public.provider);
	return &this->public;
}
