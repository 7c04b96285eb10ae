/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_offer.h"
#include "ikev1_policy_settings.h"

#include <daemon.h>
#include <plugin.h>

static plugin_feature_t features[] = {
	PLUGIN_START("ikev1-policy"),
		PLUGIN_DEPENDS(RNG, RNG_WEAK),
};

/**
 * Take charge of core's settings and add the listeners to the bus.
 */
static void *start(options_store_t *store)
{
	ikev1_policy_core_t *core = ikev1_policy_core_create(store);
	ikev1_policy_t *this;

	if (!core)
	{
		return NULL;
	}
	INIT(this,
		.core = core,
		.overflow = ikev1_policy_overflow_create(store),
		.main_mode = ikev1_policy_main_mode_create(store),
		.left = ikev1_policy_left_create(),
	);
	charon->bus->add_listener(charon->bus, &this->overflow->listener);
	charon->bus->add_listener(charon->bus, &this->main_mode->listener);
	charon->bus->add_listener(charon->bus, &this->left->listener);
	return this;
}

/**
 * Undo it.
 */
static void stop(void *data)
{
	ikev1_policy_t *this = data;

	charon->bus->remove_listener(charon->bus, &this->left->listener);
	charon->bus->remove_listener(charon->bus, &this->main_mode->listener);
	charon->bus->remove_listener(charon->bus, &this->overflow->listener);
	this->left->destroy(this->left);
	this->main_mode->destroy(this->main_mode);
	this->overflow->destroy(this->overflow);
	this->core->destroy(this->core);
	free(this);
}

/**
 * Core's settings were read anew, whether ours are valid or not.
 */
static void reloaded(void *data)
{
	ikev1_policy_t *this = data;

	this->core->apply(this->core);
}

PLUGIN(ikev1_policy) = {
	.schema = &ikev1_policy_schema,
	.offer = &ikev1_policy_offer,
	.features = features,
	.count = countof(features),
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
	.kept = reloaded,
};
