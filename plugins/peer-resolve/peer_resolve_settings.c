/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_settings.h"

static const option_t options[] = {
	OPTION(peer_resolve_settings_t, connections, GLOBS),
	OPTION(peer_resolve_settings_t, interval, TIME, .min = 1, .max = 86400,
		   .def = "60s"),
};

bool peer_resolve_is_named(peer_resolve_settings_t *settings, const char *name)
{
	return settings->connections &&
		   settings->connections->matches(settings->connections, name);
}

const options_schema_t peer_resolve_schema = {
	.name = "peer-resolve",
	.size = sizeof(peer_resolve_settings_t),
	.options = options,
	.count = countof(options),
};
