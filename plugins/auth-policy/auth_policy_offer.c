/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_offer.h"
#include "auth_policy_events.h"
#include "auth_policy_rules.h"

bool auth_policy_lacks_revocation(auth_policy_settings_t *settings)
{
	return auth_policy_rules_demand(settings) &&
		   !lib->plugins->has_feature(lib->plugins,
					(plugin_feature_t)PLUGIN_DEPENDS(CUSTOM, "revocation"));
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	auth_policy_t *this = data;
	auth_policy_settings_t *settings = config;
	auth_policy_stats_t stats;

	this->enforcer->get_stats(this->enforcer, &stats);
	out->value(out, "revocation", "%s",
			   auth_policy_revocations[settings->terms.revocation]);
	out->number(out, "grace", settings->terms.grace);
	out->number(out, "rules", settings->rules.count);
	out->number(out, "refused", stats.verdicts[AUTH_POLICY_REFUSE]);
	out->begin_list(out, "warnings");
	if (auth_policy_lacks_revocation(settings))
	{
		out->item(out, "plugin revocation isn't loaded, so all certificates "
				  "that need a known status are refused");
	}
	out->end_list(out);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	auth_policy_t *this = data;
	auth_policy_stats_t stats;
	int i;

	this->enforcer->get_stats(this->enforcer, &stats);
	out->number(out, "accepted", stats.verdicts[AUTH_POLICY_ACCEPT]);
	out->number(out, "by-grace", stats.verdicts[AUTH_POLICY_GRACE]);
	out->number(out, "refused", stats.verdicts[AUTH_POLICY_REFUSE]);
	out->begin_numbers(out, "results");
	for (i = 0; i < AUTH_POLICY_RESULTS; i++)
	{
		out->number(out, auth_policy_results[i], stats.results[i]);
	}
	out->end_section(out);
}

static const char *const events[] = { "revocation", NULL };

const offer_t auth_policy_offer = {
	.events = events,
	.status = status,
	.stats = write_stats,
};
