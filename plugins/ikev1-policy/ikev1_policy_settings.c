/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_settings.h"

#include <option_value.h>

/**
 * Default of phase2_max: enough for 127 phase 2 entries. Whoever gets as far as
 * main mode's third message can make core remember a window full of exchanges,
 * which is then about as large as the rest of the IKE_SA.
 */
#define MAX_DEFAULT 512
#define MAX_DEFAULT_STR "512"

static const char *const actions[] = { "report", "terminate", NULL };

static const option_t options[] = {
	OPTION(ikev1_policy_settings_t, phase2_exchanges, STRING, .def = "auto"),
	OPTION(ikev1_policy_settings_t, phase2_max, INT,
		   .min = IKEV1_POLICY_WINDOW_MIN, .max = IKEV1_POLICY_WINDOW_MAX,
		   .def = MAX_DEFAULT_STR),
	OPTION(ikev1_policy_settings_t, on_overflow, ENUM, .names = actions,
		   .def = "report"),
	OPTION(ikev1_policy_settings_t, unencrypted_main_mode, BOOL, .def = "no"),
	OPTION(ikev1_policy_settings_t, unencrypted_main_mode_peers, GLOBS),
};

/**
 * Parse phase2_exchanges.
 */
static void check_exchanges(ikev1_policy_settings_t *settings,
							option_errors_t *errors)
{
	if (strcaseeq(settings->phase2_exchanges, "auto"))
	{
		return;
	}
	if (!option_number_parse(settings->phase2_exchanges,
							 IKEV1_POLICY_WINDOW_MIN, IKEV1_POLICY_WINDOW_MAX,
							 &settings->window))
	{
		errors->add(errors, "phase2_exchanges", settings->phase2_exchanges,
					"expected auto or %d-%d", IKEV1_POLICY_WINDOW_MIN,
					IKEV1_POLICY_WINDOW_MAX);
	}
	else if (settings->phase2_max != MAX_DEFAULT)
	{
		errors->add(errors, "phase2_max", NULL, "has no effect with "
					"phase2_exchanges %u, expected phase2_exchanges auto",
					settings->window);
	}
}

/**
 * Parse unencrypted_main_mode_peers.
 */
static void check_peers(ikev1_policy_settings_t *settings,
						option_errors_t *errors)
{
	if (settings->unencrypted_main_mode_peers)
	{
		settings->peers = ikev1_policy_peers_create(
							settings->unencrypted_main_mode_peers, errors,
							"unencrypted_main_mode_peers");
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	check_exchanges(config, errors);
	check_peers(config, errors);
}

/**
 * Implementation of options_schema_t.clear.
 */
static void clear(void *config)
{
	ikev1_policy_settings_t *settings = config;

	DESTROY_IF(settings->peers);
}

const options_schema_t ikev1_policy_schema = {
	.name = "ikev1-policy",
	.size = sizeof(ikev1_policy_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
	.clear = clear,
};

uint32_t ikev1_policy_window_for(u_int quick_modes)
{
	uint64_t window = 4 * (uint64_t)quick_modes + IKEV1_POLICY_WINDOW_MIN;

	return min(window, IKEV1_POLICY_WINDOW_MAX);
}

const char *ikev1_policy_settings_refuse(ikev1_policy_settings_t *settings,
										 host_t *host, identification_t *id)
{
	if (!settings->unencrypted_main_mode)
	{
		return "unencrypted_main_mode";
	}
	if (settings->peers &&
		!settings->peers->includes(settings->peers, host, id))
	{
		return "unencrypted_main_mode_peers";
	}
	return NULL;
}
