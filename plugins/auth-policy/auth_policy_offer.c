/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_offer.h"
#include "auth_policy_block_offer.h"
#include "auth_policy_crls.h"
#include "auth_policy_events.h"
#include "auth_policy_rules.h"

#include <explain.h>

#include <time.h>

bool auth_policy_lacks_revocation(auth_policy_settings_t *settings)
{
	return auth_policy_settings_demand(settings) &&
		   !lib->plugins->has_feature(lib->plugins,
					(plugin_feature_t)PLUGIN_DEPENDS(CUSTOM, "revocation"));
}

/**
 * Warn about CRLs that can't be had.
 */
static void warn_failed(auth_policy_refresh_t *refresh, control_out_t *out)
{
	array_t *failed = refresh->get_failed(refresh);
	char *text;
	int i;

	for (i = 0; array_get(failed, i, &text); i++)
	{
		out->item(out, "%s, so that sessions are judged by what is at hand",
				  text);
	}
	array_destroy_function(failed, (array_callback_t)free, NULL);
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	auth_policy_t *this = data;
	auth_policy_settings_t *settings = config;
	array_t *lockouts = this->lockout->get_blocks(this->lockout);
	auth_policy_blocks_stats_t blocks;
	auth_policy_stats_t stats;

	this->enforcer->get_stats(this->enforcer, &stats);
	this->blocks->get_stats(this->blocks, &blocks);
	out->value(out, "revocation", "%s",
			   auth_policy_revocations[settings->terms.revocation]);
	out->number(out, "grace", settings->terms.grace);
	out->number(out, "rules", settings->rules.count);
	out->number(out, "refused", stats.verdicts[AUTH_POLICY_REFUSE]);
	out->number(out, "blocks", blocks.blocks);
	out->number(out, "lockouts", array_count(lockouts));
	out->begin_list(out, "locked-out");
	auth_policy_write_lockouts(lockouts, out);
	out->end_list(out);
	array_destroy_function(lockouts, (array_callback_t)options_unref, NULL);
	out->begin_list(out, "warnings");
	if (auth_policy_lacks_revocation(settings))
	{
		out->item(out, "plugin revocation isn't loaded, so all certificates "
				  "that need a known status are refused");
	}
	auth_policy_block_warn(this->blocks, this->lockout, out);
	warn_failed(this->refresh, out);
	out->end_list(out);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	auth_policy_t *this = data;
	auth_policy_lockout_stats_t lockout;
	auth_policy_blocks_stats_t blocks;
	auth_policy_stats_t stats;
	uint64_t blocked, revoked;
	int i;

	this->enforcer->get_stats(this->enforcer, &stats);
	this->blocks->get_stats(this->blocks, &blocks);
	this->lockout->get_stats(this->lockout, &lockout);
	this->blocks->sessions->get_closed(this->blocks->sessions, &blocked,
									   &revoked);
	out->number(out, "accepted", stats.verdicts[AUTH_POLICY_ACCEPT]);
	out->number(out, "by-grace", stats.verdicts[AUTH_POLICY_GRACE]);
	out->number(out, "refused", stats.verdicts[AUTH_POLICY_REFUSE]);
	out->begin_numbers(out, "results");
	for (i = 0; i < AUTH_POLICY_RESULTS; i++)
	{
		out->number(out, auth_policy_results[i], stats.results[i]);
	}
	out->end_section(out);
	out->number(out, "blocked-packets", blocks.packets);
	out->number(out, "blocked-logins", blocks.refused);
	out->number(out, "blocked-sessions", blocked);
	out->number(out, "revoked-sessions", revoked);
	out->number(out, "failed-logins", lockout.failed);
	out->number(out, "lockouts-begun", lockout.begun);
	out->number(out, "locked-out-logins", lockout.refused);
	out->number(out, "locked-out-packets", lockout.packets);
}

/**
 * Say what a rule's terms are, and do with certificates whose status isn't
 * known. Implementation of explain_rule_cb_t.
 */
static void explain_terms(array_t *lines, void *config, void *found,
						  const char *when)
{
	static const struct {
		auth_policy_status_t status;
		const char *what;
	} unknown[] = {
		{ { .result = AUTH_POLICY_FAILED, .uri = TRUE }, "nothing is found" },
		{ { .result = AUTH_POLICY_SKIPPED }, "there is no CRL and no URI" },
	};
	auth_policy_settings_t *settings = config;
	auth_policy_rule_t *rule = found;
	auth_policy_terms_t *terms = rule ? &rule->terms : &settings->terms;
	char *text, refused[BUF_LEN] = "";
	int i, len = 0;

	for (i = 0; i < countof(unknown); i++)
	{
		if (auth_policy_judge(&unknown[i].status, terms,
							  time(NULL)) == AUTH_POLICY_REFUSE)
		{
			len += snprintf(refused + len, sizeof(refused) - len, "%s%s",
							len ? " or " : ", refused if ", unknown[i].what);
		}
	}
	text = explain_rule(rule ? rule->section.name : NULL,
						rule ? &rule->match : NULL, "cas");
	explain_add(lines, "%s%s: revocation %s, grace %u%s", text, when,
				auth_policy_revocations[terms->revocation], terms->grace,
				refused);
	free(text);
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	/* which rule it is doesn't depend on it, as other names aren't known */
	static const auth_policy_status_t good = { .result = AUTH_POLICY_GOOD };
	auth_policy_settings_t *settings = config;
	auth_policy_t *this = data;
	auth_policy_rule_t *found;

	auth_policy_block_explain(this->blocks, peer, lines);
	auth_policy_rules_judge(settings, &peer->facts, &good, time(NULL), &found);
	explain_rules(lines, settings, &settings->rules,
				  offsetof(auth_policy_rule_t, match), found, &peer->facts,
				  " if a CA of his matches", explain_terms);
}

/**
 * Implementations of offer_command_t.run.
 */
static void list_blocks(void *data, settings_t *request, control_out_t *out,
						option_errors_t *errors)
{
	auth_policy_t *this = data;

	auth_policy_list_blocks(this->blocks, out);
}

static void add_block(void *data, settings_t *request, control_out_t *out,
					  option_errors_t *errors)
{
	auth_policy_t *this = data;

	auth_policy_add_block(this->blocks, request, out, errors);
}

static void delete_block(void *data, settings_t *request, control_out_t *out,
						 option_errors_t *errors)
{
	auth_policy_t *this = data;

	auth_policy_delete_block(this->blocks, this->lockout, request, errors);
}

static void list_crls(void *data, settings_t *request, control_out_t *out,
					  option_errors_t *errors)
{
	auth_policy_list_crls(out);
}

static void recheck_sessions(void *data, settings_t *request,
							 control_out_t *out, option_errors_t *errors)
{
	auth_policy_recheck_stats_t stats;
	auth_policy_t *this = data;
	char *name = request->get_str(request, CONTROL_REQUEST ".name", NULL);

	this->recheck->judge_all(this->recheck, name, &stats);
	if (name && !stats.judged)
	{
		errors->add(errors, "name", name, "there is no such session of who has "
					"shown a certificate");
		return;
	}
	this->refresh->begin(this->refresh);
	out->number(out, "judged", stats.judged);
	out->number(out, "closing", stats.revoked);
}

static const offer_command_t commands[] = {
	{ .name = "list-crls", .stream = "list-crl",
	  .reads = TRUE, .run = list_crls },
	{ .name = "recheck-sessions", .arguments = TRUE, .run = recheck_sessions },
	{ .name = "list-blocks", .stream = "list-block",
	  .reads = TRUE, .run = list_blocks },
	{ .name = "add-block", .arguments = TRUE, .run = add_block },
	{ .name = "delete-block", .arguments = TRUE, .run = delete_block },
};

static const char *const events[] = { "revocation", "block", NULL };

const offer_t auth_policy_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.stats = write_stats,
	.explain = explain,
};
