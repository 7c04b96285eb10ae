/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_settings.h"

#include <net/if.h>
#include <unistd.h>

static const option_t options[] = {
	OPTION_AS("dns_method", unity_ext_settings_t, dns, ENUM, .was = "dns",
			  .names = unity_ext_methods, .def = "none"),
	OPTION(unity_ext_settings_t, dns_program, STRING),
	OPTION(unity_ext_settings_t, dns_files, STRING),
	OPTION(unity_ext_settings_t, dns_interface, STRING),
	OPTION(unity_ext_settings_t, dns_domains, GLOBS),
	OPTION(unity_ext_settings_t, dns_timeout, TIME, .min = 1, .max = 300,
		   .def = "10s"),
	OPTION(unity_ext_settings_t, state_dir, STRING,
		   .def = "/run/charon-unity-ext"),
	OPTION(unity_ext_settings_t, rules, SECTIONS, .was = "groups",
		   .section = &unity_ext_rule_schema, .max = UNITY_EXT_RULES_MAX),
};

bool unity_ext_is_resolvectl(const char *program)
{
	char path[PATH_MAX];

	return realpath(program, path) &&
		   streq(strrchr(path, '/') + 1, "resolvectl");
}

/**
 * Check what a program changes.
 */
static void check_files(unity_ext_settings_t *settings, option_errors_t *errors)
{
	enumerator_t *enumerator;
	char *path;

	if (settings->dns_files && settings->dns != UNITY_EXT_EXEC)
	{
		errors->add(errors, "dns_files", settings->dns_files, "has no effect "
					"with dns_method %s, expected exec",
					unity_ext_methods[settings->dns]);
		return;
	}
	enumerator = enumerator_create_token(settings->dns_files ?: "", ",", " ");
	while (enumerator->enumerate(enumerator, &path))
	{
		if (*path && *path != '/')
		{
			errors->add(errors, "dns_files", settings->dns_files,
						"expected absolute paths, separated by commas");
			break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Check what the method takes, and which program it is by default.
 */
static void check(void *config, option_errors_t *errors)
{
	unity_ext_settings_t *settings = config;
	bool runs = settings->dns == UNITY_EXT_EXEC ||
				settings->dns == UNITY_EXT_RESOLVCONF;

#ifndef HAVE_LIBSYSTEMD
	if (settings->dns == UNITY_EXT_RESOLVED)
	{
		errors->add(errors, "dns_method", unity_ext_methods[settings->dns],
					"this build has no libsystemd, expected none, exec or "
					"resolvconf");
	}
#endif
	if (settings->dns_program && !runs)
	{
		errors->add(errors, "dns_program", settings->dns_program, "has no "
					"effect with dns_method %s, expected exec or resolvconf",
					unity_ext_methods[settings->dns]);
	}
	else if (settings->dns == UNITY_EXT_EXEC && !settings->dns_program)
	{
		errors->add(errors, "dns_program", NULL, "isn't set, expected the "
					"path of a program with dns_method exec");
	}
	else if (settings->dns == UNITY_EXT_RESOLVCONF && !settings->dns_program)
	{
		settings->dns_program = strdup("/sbin/resolvconf");
	}
	if (settings->dns_program && runs &&
		(*settings->dns_program != '/' ||
		 access(settings->dns_program, X_OK) != 0))
	{
		errors->add(errors, "dns_program", settings->dns_program,
					"expected the absolute path of an executable program");
	}
	else if (settings->dns == UNITY_EXT_RESOLVCONF &&
			 unity_ext_is_resolvectl(settings->dns_program))
	{
		errors->add(errors, "dns_program", settings->dns_program, "is "
					"systemd's resolvectl, expected another resolvconf, or "
					"dns_method = resolved");
	}
	check_files(settings, errors);
	if (settings->dns_interface &&
		(strlen(settings->dns_interface) >= IF_NAMESIZE ||
		 strpbrk(settings->dns_interface, "/ \t\n")))
	{
		errors->add(errors, "dns_interface", settings->dns_interface,
					"expected the name of an interface");
	}
	if (*settings->state_dir != '/')
	{
		errors->add(errors, "state_dir", settings->state_dir,
					"expected an absolute path");
	}
}

const options_schema_t unity_ext_schema = {
	.name = "unity-ext",
	.size = sizeof(unity_ext_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
