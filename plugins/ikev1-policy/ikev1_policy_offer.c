/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_offer.h"

#include <explain.h>

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	ikev1_policy_t *this = data;
	u_int overflows, lost, accepted, refused;

	this->overflow->get_stats(this->overflow, &overflows, &lost);
	this->main_mode->get_stats(this->main_mode, &accepted, &refused);
	out->number(out, "overflows", overflows);
	out->number(out, "quick-modes-lost", lost);
	out->number(out, "unencrypted-accepted", accepted);
	out->number(out, "unencrypted-refused", refused);
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	ikev1_policy_settings_t *settings = config;
	ikev1_policy_t *this = data;

	out->value(out, "phase2-exchanges", "%s", settings->phase2_exchanges);
	out->number(out, "window", ikev1_policy_core_get_window());
	out->value(out, "unencrypted-main-mode", "%s",
			   !settings->unencrypted_main_mode ? "no" :
			   settings->unencrypted_main_mode_peers ? "listed" : "yes");
	write_stats(data, out);
	out->begin_list(out, "warnings");
	if (!settings->unencrypted_main_mode &&
		settings->unencrypted_main_mode_peers)
	{
		out->item(out, "unencrypted_main_mode_peers has no effect; set "
				  "unencrypted_main_mode = yes, or remove it");
	}
	this->left->warn(this->left, out);
	out->end_list(out);
}

/**
 * Implementation of offer_command_t.run: list-ikev1-peers.
 */
static void list_peers(void *data, settings_t *request, control_out_t *out,
					   option_errors_t *errors)
{
	ikev1_policy_t *this = data;

	this->left->list(this->left, out);
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	ikev1_policy_settings_t *settings = config;
	const char *option;

	if (!peer->cfg || peer->cfg->get_ike_version(peer->cfg) == IKEV2)
	{
		return;
	}
	option = ikev1_policy_settings_refuse(settings, peer->host, peer->id);
	if (!option)
	{
		explain_add(lines, "may send the end of main mode in clear: "
					"unencrypted_main_mode = yes%s", settings->peers ?
					", and he is in unencrypted_main_mode_peers" : "");
	}
	else if (!settings->unencrypted_main_mode)
	{
		explain_add(lines, "may not send the end of main mode in clear: "
					"%s = no", option);
	}
	else
	{
		explain_add(lines, "may not send the end of main mode in clear: he "
					"isn't in %s%s", option, peer->host ? "" :
					", unless his address is");
	}
	explain_add(lines, "may run as many Quick Modes at once as a window of %u "
				"exchanges holds: phase2_exchanges = %s",
				ikev1_policy_core_get_window(), settings->phase2_exchanges);
}

static const offer_command_t commands[] = {
	{ .name = "list-ikev1-peers", .stream = "list-ikev1-peer",
	  .reads = TRUE, .run = list_peers },
};

const offer_t ikev1_policy_offer = {
	.status = status,
	.stats = write_stats,
	.explain = explain,
	.commands = commands,
	.command_count = countof(commands),
};
