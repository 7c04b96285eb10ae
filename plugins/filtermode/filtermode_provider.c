/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_provider.h"

#include <daemon.h>
#include <ike_sa_close.h>
#include <log_limiter.h>

typedef struct private_filtermode_provider_t private_filtermode_provider_t;

struct private_filtermode_provider_t {
	filtermode_provider_t public;
	/** whom to tell */
	filtermode_manager_t *manager;
	/** limits lines that peers can cause */
	log_limiter_t *limiter;
};

/**
 * Close an IKE_SA that nftables is too slow for: until the sets were changed,
 * its addresses may be in as those of who had them before.
 */
static void give_up(private_filtermode_provider_t *this, ike_sa_t *ike_sa)
{
	char more[LOG_LIMITER_MORE];

	if (log_limiter_pass(this->limiter, more, "logins", "slow"))
	{
		DBG1(DBG_CFG, "filtermode: sets weren't brought in line within %u s, "
			 "as nftables is busy; closing IKE_SA %s[%u], whose virtual IPs "
			 "may be in them for somebody else%s",
			 FILTERMODE_LOGIN_TIMEOUT / 1000, ike_sa->get_name(ike_sa),
			 ike_sa->get_unique_id(ike_sa), more);
	}
	ike_sa_close(ike_sa->get_id(ike_sa), JOB_PRIO_HIGH,
				 IKE_SA_WHY_FILTERMODE);
}

METHOD(attribute_provider_t, create_attribute_enumerator, enumerator_t*,
	private_filtermode_provider_t *this, linked_list_t *pools,
	ike_sa_t *ike_sa, linked_list_t *vips)
{
	options_store_t *store = this->manager->store;
	filtermode_settings_t *settings = store->get(store);

	if (settings->sets.count && vips->get_count(vips) &&
		!this->manager->login(this->manager))
	{
		give_up(this, ike_sa);
	}
	options_unref(settings);
	return enumerator_create_empty();
}

METHOD(filtermode_provider_t, destroy, void,
	private_filtermode_provider_t *this)
{
	charon->attributes->remove_provider(charon->attributes,
										&this->public.provider);
	this->limiter->destroy(this->limiter);
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
		.limiter = log_limiter_create(),
	);
	charon->attributes->add_provider(charon->attributes,
									 &this->public.provider);
	return &this->public;
}
