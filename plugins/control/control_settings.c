/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_settings.h"

#include <sys/un.h>

static const option_t options[] = {
	OPTION(control_settings_t, socket, STRING,
		   .def = "unix:///run/charon.advanced.vici"),
	OPTION(control_settings_t, readonly_socket, STRING),
	OPTION(control_settings_t, readonly_group, STRING),
};

/**
 * Check where to listen.
 */
static void check_socket(option_errors_t *errors, const char *key,
						 const char *socket)
{
	struct sockaddr_un addr;

	/* no TCP: whoever connects is in control, and only a path has an owner */
	if (!strpfx(socket, CONTROL_SCHEME "/") ||
		strlen(socket) >= strlen(CONTROL_SCHEME) + sizeof(addr.sun_path))
	{
		errors->add(errors, key, socket, "expected unix:// and an absolute "
					"path of at most %zu characters",
					sizeof(addr.sun_path) - 1);
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	control_settings_t *settings = config;

	check_socket(errors, "socket", settings->socket);
	if (settings->readonly_socket)
	{
		check_socket(errors, "readonly_socket", settings->readonly_socket);
		if (streq(settings->readonly_socket, settings->socket))
		{
			errors->add(errors, "readonly_socket", settings->readonly_socket,
						"expected another one than socket");
		}
	}
	else if (settings->readonly_group)
	{
		errors->add(errors, "readonly_group", settings->readonly_group,
					"expected only with readonly_socket");
	}
}

const options_schema_t control_schema = {
	.name = "control",
	.size = sizeof(control_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
