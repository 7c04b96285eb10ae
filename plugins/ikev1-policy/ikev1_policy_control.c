/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_control.h"
#include "ikev1_policy_core.h"

#include <control_registry.h>

typedef struct private_ikev1_policy_control_t private_ikev1_policy_control_t;

struct private_ikev1_policy_control_t {
	ikev1_policy_control_t public;
	options_store_t *store;
	ikev1_policy_overflow_t *overflow;
	ikev1_policy_main_mode_t *main_mode;
	control_offer_t offer;
};

/**
 * Implementation of control_offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	private_ikev1_policy_control_t *this = data;
	u_int overflows, lost, accepted, refused;

	this->overflow->get_stats(this->overflow, &overflows, &lost);
	this->main_mode->get_stats(this->main_mode, &accepted, &refused);
	out->value(out, "overflows", "%u", overflows);
	out->value(out, "quick-modes-lost", "%u", lost);
	out->value(out, "unencrypted-accepted", "%u", accepted);
	out->value(out, "unencrypted-refused", "%u", refused);
}

/**
 * Implementation of control_offer_t.status.
 */
static void write_status(void *data, control_out_t *out)
{
	private_ikev1_policy_control_t *this = data;
	ikev1_policy_settings_t *settings;

	settings = this->store->get(this->store);
	out->value(out, "phase2-exchanges", "%s", settings->phase2_exchanges);
	out->value(out, "window", "%u", ikev1_policy_core_get_window());
	out->value(out, "unencrypted-main-mode", "%s",
			   !settings->unencrypted_main_mode ? "no" :
			   settings->unencrypted_main_mode_peers ? "listed" : "yes");
	options_unref(settings);
	write_stats(data, out);
}

METHOD(ikev1_policy_control_t, destroy, void,
	private_ikev1_policy_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

ikev1_policy_control_t *ikev1_policy_control_create(options_store_t *store,
										ikev1_policy_overflow_t *overflow,
										ikev1_policy_main_mode_t *main_mode)
{
	private_ikev1_policy_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.overflow = overflow,
		.main_mode = main_mode,
	);
	this->offer = (control_offer_t){
		.plugin = "ikev1-policy",
		.store = store,
		.data = this,
		.status = write_status,
		.stats = write_stats,
	};
	control_registry_add(&this->offer);
	return &this->public;
}
