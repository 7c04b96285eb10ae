/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_settings.h"

#include <sys/un.h>

static const option_t options[] = {
	OPTION(control_settings_t, socket, STRING,
		   .def = "unix:///run/charon.advanced.vici"),
};

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	control_settings_t *settings = config;
	struct sockaddr_un addr;

	/* no TCP: whoever connects is in control, and only a path has an owner */
	if (!strpfx(settings->socket, CONTROL_SCHEME "/") ||
		strlen(settings->socket) >=
			strlen(CONTROL_SCHEME) + sizeof(addr.sun_path))
	{
		errors->add(errors, "socket", settings->socket, "expected unix:// and "
					"an absolute path of at most %zu characters",
					sizeof(addr.sun_path) - 1);
	}
}

const options_schema_t control_schema = {
	.name = "control",
	.size = sizeof(control_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
