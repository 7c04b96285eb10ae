/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_settings.h"

static const option_t options[] = {
	OPTION(accounting_settings_t, file, STRING),
	OPTION(accounting_settings_t, update_interval, TIME, .max = 86400,
		   .def = "10m"),
	OPTION(accounting_settings_t, journal, BOOL, .def = "no"),
	OPTION(accounting_settings_t, syslog, ENUM, .names = log_facilities),
};

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	accounting_settings_t *settings = config;

	if (settings->file && *settings->file != '/')
	{
		errors->add(errors, "file", settings->file,
					"expected an absolute path");
	}
}

const options_schema_t accounting_schema = {
	.name = "accounting",
	.size = sizeof(accounting_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
