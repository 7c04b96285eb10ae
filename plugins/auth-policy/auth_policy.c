/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_offer.h"
#include "auth_policy_ask.h"
#include "auth_policy_capture.h"
#include "auth_policy_settings.h"

#include <daemon.h>
#include <plugin.h>

static plugin_feature_t features[] = {
	/* the first builder of CRLs, as plugins that strongSwan's default list
	 * doesn't name are loaded first */
	PLUGIN_REGISTER(CERT_DECODE, auth_policy_capture_load, FALSE),
		PLUGIN_PROVIDE(CERT_DECODE, CERT_X509_CRL),
	/* validators are asked in the order in which they were added */
	PLUGIN_START("auth-policy"),
		PLUGIN_SDEPEND(CUSTOM, "revocation"),
};

/**
 * What was found out about certificates.
 */
static auth_policy_evidence_t *evidence;

/**
 * Take note of CRLs from the moment on at which they can be built.
 */
static void load(options_store_t *store)
{
	evidence = auth_policy_evidence_create();
	auth_policy_capture_init(evidence);
	auth_policy_ask_init();
}

static void unload(void)
{
	auth_policy_ask_deinit();
	auth_policy_capture_deinit();
	evidence->destroy(evidence);
}

/**
 * Warn if a status is demanded that nobody finds out.
 */
static void check_revocation(options_store_t *store)
{
	auth_policy_settings_t *settings = store->get(store);

	if (auth_policy_lacks_revocation(settings))
	{
		DBG1(DBG_CFG, "auth-policy: plugin revocation isn't loaded, so all "
			 "certificates that need a known status will be refused; set "
			 "revocation.load = yes");
	}
	options_unref(settings);
}

/**
 * Fetch CRLs as often as the settings say.
 */
static void set_interval(auth_policy_t *this)
{
	auth_policy_settings_t *settings = this->store->get(this->store);

	this->refresh->set_interval(this->refresh, settings->recheck_interval);
	options_unref(settings);
}

/**
 * Put the blocks of the file in force.
 *
 * @param start			is it the start?
 * @return				FALSE if it can't be read
 */
static bool load_blocks(auth_policy_t *this, bool start)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	bool loaded;

	loaded = this->blocks->load(this->blocks, settings->blocks_file,
								start);
	options_unref(settings);
	return loaded;
}

/**
 * Add the validator and the listeners.
 */
static void *start(options_store_t *store)
{
	auth_policy_t *this;

	INIT(this,
		.store = store,
		.lockout = auth_policy_lockout_create(store),
	);
	this->blocks = auth_policy_blocks_create(this->lockout);
	if (!load_blocks(this, TRUE))
	{	/* nobody would be blocked */
		this->blocks->destroy(this->blocks);
		this->lockout->destroy(this->lockout);
		free(this);
		return NULL;
	}
	this->logins = auth_policy_logins_create(this->lockout);
	this->report = auth_policy_report_create();
	this->recheck = auth_policy_recheck_create(this->blocks->sessions,
											   this->report);
	this->online = auth_policy_online_create(store, this->blocks->sessions,
											 this->report);
	this->refresh = auth_policy_refresh_create(this->blocks->sessions,
											   this->recheck, this->online);
	this->enforcer = auth_policy_enforcer_create(store, evidence, this->blocks,
												 this->report, this->recheck);
	this->validator = auth_policy_validator_create(evidence, this->enforcer);
	check_revocation(store);
	lib->credmgr->add_validator(lib->credmgr, &this->validator->validator);
	charon->bus->add_listener(charon->bus, &this->logins->listener);
	charon->bus->add_listener(charon->bus, &this->enforcer->listener);
	charon->bus->add_listener(charon->bus, &this->blocks->listener);
	charon->bus->add_listener(charon->bus, &this->blocks->sessions->listener);
	auth_policy_capture_watch((void*)this->recheck->crl_loaded, this->recheck);
	set_interval(this);
	return this;
}

/**
 * Take them off.
 */
static void stop(void *data)
{
	auth_policy_t *this = data;

	auth_policy_capture_watch(NULL, NULL);
	charon->bus->remove_listener(charon->bus,
								 &this->blocks->sessions->listener);
	charon->bus->remove_listener(charon->bus, &this->blocks->listener);
	charon->bus->remove_listener(charon->bus, &this->enforcer->listener);
	charon->bus->remove_listener(charon->bus, &this->logins->listener);
	lib->credmgr->remove_validator(lib->credmgr, &this->validator->validator);
	this->validator->destroy(this->validator);
	this->enforcer->destroy(this->enforcer);
	this->refresh->destroy(this->refresh);
	this->online->destroy(this->online);
	this->recheck->destroy(this->recheck);
	this->report->destroy(this->report);
	this->logins->destroy(this->logins);
	this->blocks->destroy(this->blocks);
	this->lockout->destroy(this->lockout);
	free(this);
}

/**
 * Look at new settings.
 */
static void reloaded(void *data)
{
	auth_policy_t *this = data;

	check_revocation(this->store);
	this->enforcer->reload(this->enforcer);
	set_interval(this);
	this->lockout->reload(this->lockout);
	load_blocks(this, FALSE);
}

/**
 * Look at the file, whatever is wrong with other settings.
 */
static void kept(void *data)
{
	load_blocks(data, FALSE);
}

PLUGIN(auth_policy) = {
	.schema = &auth_policy_schema,
	.offer = &auth_policy_offer,
	.features = features,
	.count = countof(features),
	.load = load,
	.unload = unload,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
	.kept = kept,
};
