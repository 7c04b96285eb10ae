/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_plugin.h"
#include "ikev1_policy_control.h"
#include "ikev1_policy_core.h"
#include "ikev1_policy_main_mode.h"
#include "ikev1_policy_overflow.h"
#include "ikev1_policy_settings.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_ikev1_policy_plugin_t private_ikev1_policy_plugin_t;

struct private_ikev1_policy_plugin_t {
	ikev1_policy_plugin_t public;
	options_store_t *store;
	ikev1_policy_core_t *core;
	ikev1_policy_overflow_t *overflow;
	ikev1_policy_main_mode_t *main_mode;
	ikev1_policy_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_ikev1_policy_plugin_t *this)
{
	return "ikev1-policy";
}

/**
 * Take charge of core's settings and add the listeners to the bus, or undo it.
 */
static bool plugin_cb(private_ikev1_policy_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->core = ikev1_policy_core_create(this->store);
		if (!this->core)
		{
			return FALSE;
		}
		this->overflow = ikev1_policy_overflow_create(this->store);
		this->main_mode = ikev1_policy_main_mode_create(this->store);
		charon->bus->add_listener(charon->bus, &this->overflow->listener);
		charon->bus->add_listener(charon->bus, &this->main_mode->listener);
		this->control = ikev1_policy_control_create(this->store,
											this->overflow, this->main_mode);
	}
	else
	{
		this->control->destroy(this->control);
		charon->bus->remove_listener(charon->bus, &this->main_mode->listener);
		charon->bus->remove_listener(charon->bus, &this->overflow->listener);
		this->main_mode->destroy(this->main_mode);
		this->overflow->destroy(this->overflow);
		this->core->destroy(this->core);
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_ikev1_policy_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "ikev1-policy"),
				PLUGIN_DEPENDS(RNG, RNG_WEAK),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_ikev1_policy_plugin_t *this)
{
	bool valid = this->store->reload(this->store);

	/* core's settings were read anew in any case */
	if (this->core)
	{
		this->core->apply(this->core);
	}
	return valid;
}

METHOD(plugin_t, destroy, void,
	private_ikev1_policy_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(ikev1_policy, "ikev1-policy")
{
	private_ikev1_policy_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&ikev1_policy_schema);
	if (!store)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.plugin = {
				.get_name = _get_name,
				.get_features = _get_features,
				.reload = _reload,
				.destroy = _destroy,
			},
		},
		.store = store,
	);
	return &this->public.plugin;
}
