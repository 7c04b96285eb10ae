/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_control.h"
#include "auth_policy_rules.h"

#include <control_registry.h>

#include <credentials/certificates/x509.h>

typedef struct private_auth_policy_control_t private_auth_policy_control_t;

struct private_auth_policy_control_t {
	auth_policy_control_t public;
	options_store_t *store;
	auth_policy_enforcer_t *enforcer;
	control_offer_t offer;
};

/**
 * Names of auth_policy_result_t.
 */
static const char *const results[] = {
	[AUTH_POLICY_GOOD] = "good",
	[AUTH_POLICY_SKIPPED] = "no-uri",
	[AUTH_POLICY_STALE] = "stale",
	[AUTH_POLICY_FAILED] = "not-available",
	[AUTH_POLICY_ON_HOLD] = "on-hold",
	[AUTH_POLICY_REVOKED] = "revoked",
	[AUTH_POLICY_UNCHECKED] = "unchecked",
};

bool auth_policy_lacks_revocation(auth_policy_settings_t *settings)
{
	return auth_policy_rules_demand(settings) &&
		   !lib->plugins->has_feature(lib->plugins,
					(plugin_feature_t)PLUGIN_DEPENDS(CUSTOM, "revocation"));
}

/**
 * Write which certificate it is.
 */
static void write_certificate(control_out_t *out, certificate_t *cert)
{
	x509_t *x509 = (x509_t*)cert;
	chunk_t serial = chunk_to_hex(x509->get_serial(x509), NULL, FALSE);

	out->value(out, "subject", "%Y", cert->get_subject(cert));
	out->value(out, "serial", "%s", serial.ptr);
	out->value(out, "issuer", "%Y", cert->get_issuer(cert));
	chunk_free(&serial);
}

void auth_policy_tell_refused(const auth_policy_check_t *check,
							  const auth_policy_terms_t *terms,
							  const auth_policy_rule_t *rule,
							  const auth_policy_who_t *peer)
{
	control_out_t *out = control_event_begin("revocation");
	char why[256];

	if (!out)
	{
		return;
	}
	out->value(out, "connection", "%s", peer->connection);
	out->value(out, "uniqueid", "%u", peer->uniqueid);
	out->value(out, "id", "%s", peer->id);
	out->value(out, "host", "%H", peer->host);
	out->value(out, "port", "%u", peer->host->get_port(peer->host));
	write_certificate(out, check->cert);
	out->value(out, "result", "%s", results[check->status.result]);
	auth_policy_explain(&check->status, why, sizeof(why));
	out->value(out, "reason", "%s", why);
	if (check->tried)
	{
		out->value(out, "tried", "%s", check->tried);
	}
	if (terms)
	{
		out->value(out, "revocation", "%s",
				   auth_policy_revocations[terms->revocation]);
	}
	if (rule)
	{
		out->value(out, "rule", "%s", rule->section.name);
	}
	control_event_end(out);
}

/**
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_auth_policy_control_t *this = data;
	auth_policy_settings_t *settings;
	auth_policy_stats_t stats;

	this->enforcer->get_stats(this->enforcer, &stats);
	settings = this->store->get(this->store);
	out->value(out, "revocation", "%s",
			   auth_policy_revocations[settings->terms.revocation]);
	out->value(out, "grace", "%u", settings->terms.grace);
	out->value(out, "rules", "%u", settings->rules.count);
	out->value(out, "refused", "%u", stats.verdicts[AUTH_POLICY_REFUSE]);
	out->begin_list(out, "warnings");
	if (auth_policy_lacks_revocation(settings))
	{
		out->item(out, "plugin revocation isn't loaded, so all certificates "
				  "that need a known status are refused");
	}
	out->end_list(out);
	options_unref(settings);
}

/**
 * Implementation of control_offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	private_auth_policy_control_t *this = data;
	auth_policy_stats_t stats;
	int i;

	this->enforcer->get_stats(this->enforcer, &stats);
	out->value(out, "accepted", "%u", stats.verdicts[AUTH_POLICY_ACCEPT]);
	out->value(out, "by-grace", "%u", stats.verdicts[AUTH_POLICY_GRACE]);
	out->value(out, "refused", "%u", stats.verdicts[AUTH_POLICY_REFUSE]);
	out->begin_section(out, "results");
	for (i = 0; i < countof(results); i++)
	{
		out->value(out, results[i], "%u", stats.results[i]);
	}
	out->end_section(out);
}

static const char *const events[] = { "revocation", NULL };

METHOD(auth_policy_control_t, destroy, void,
	private_auth_policy_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

auth_policy_control_t *auth_policy_control_create(options_store_t *store,
											auth_policy_enforcer_t *enforcer)
{
	private_auth_policy_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.enforcer = enforcer,
		.offer = {
			.plugin = "auth-policy",
			.store = store,
			.events = events,
			.status = status,
			.stats = write_stats,
		},
	);
	this->offer.data = this;
	control_registry_add(&this->offer);
	return &this->public;
}
