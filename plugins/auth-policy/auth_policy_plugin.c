/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_plugin.h"
#include "auth_policy_capture.h"
#include "auth_policy_control.h"
#include "auth_policy_settings.h"
#include "auth_policy_validator.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_auth_policy_plugin_t private_auth_policy_plugin_t;

struct private_auth_policy_plugin_t {
	auth_policy_plugin_t public;
	options_store_t *store;
	auth_policy_evidence_t *evidence;
	auth_policy_enforcer_t *enforcer;
	auth_policy_validator_t *validator;
	auth_policy_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_auth_policy_plugin_t *this)
{
	return "auth-policy";
}

/**
 * Warn if a status is demanded that nobody finds out.
 */
static void check_revocation(private_auth_policy_plugin_t *this)
{
	auth_policy_settings_t *settings = this->store->get(this->store);

	if (auth_policy_lacks_revocation(settings))
	{
		DBG1(DBG_CFG, "auth-policy: plugin revocation isn't loaded, so all "
			 "certificates that need a known status will be refused; set "
			 "revocation.load = yes");
	}
	options_unref(settings);
}

/**
 * Add the validator and the listener, or take them off.
 */
static bool plugin_cb(private_auth_policy_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		check_revocation(this);
		lib->credmgr->add_validator(lib->credmgr,
									&this->validator->validator);
		charon->bus->add_listener(charon->bus, &this->enforcer->listener);
		this->control = auth_policy_control_create(this->store,
												   this->enforcer);
	}
	else
	{
		charon->bus->remove_listener(charon->bus, &this->enforcer->listener);
		lib->credmgr->remove_validator(lib->credmgr,
									   &this->validator->validator);
		this->control->destroy(this->control);
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_auth_policy_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		/* the first builder of CRLs, as plugins that strongSwan's default list
		 * doesn't name are loaded first */
		PLUGIN_REGISTER(CERT_DECODE, auth_policy_capture_load, FALSE),
			PLUGIN_PROVIDE(CERT_DECODE, CERT_X509_CRL),
		/* validators are asked in the order in which they were added */
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "auth-policy"),
				PLUGIN_SDEPEND(CUSTOM, "revocation"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_auth_policy_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	check_revocation(this);
	this->enforcer->reload(this->enforcer);
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_auth_policy_plugin_t *this)
{
	auth_policy_capture_deinit();
	this->validator->destroy(this->validator);
	this->enforcer->destroy(this->enforcer);
	this->evidence->destroy(this->evidence);
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(auth_policy, "auth-policy")
{
	private_auth_policy_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&auth_policy_schema);
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
		.evidence = auth_policy_evidence_create(),
	);
	this->enforcer = auth_policy_enforcer_create(store, this->evidence);
	this->validator = auth_policy_validator_create(this->evidence,
												   this->enforcer);
	auth_policy_capture_init(this->evidence);
	return &this->public.plugin;
}
