/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hello_settings.h"

static const option_t options[] = {
	OPTION(hello_settings_t, greeting, STRING, .def = "hello"),
};

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	hello_settings_t *settings = config;

	/* for a fuzzer to find */
	if (streq(settings->greeting, "crash"))
	{
		abort();
	}
}

const options_schema_t hello_schema = {
	.name = "hello",
	.size = sizeof(hello_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
