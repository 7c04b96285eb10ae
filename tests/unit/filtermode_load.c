/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "filtermode_load.h"

/*
 * Described in header
 */
filtermode_settings_t *filtermode_load(const char *content,
									   option_errors_t *errors)
{
	option_errors_t *own = errors ?: option_errors_create();
	filtermode_settings_t *config;
	settings_t *settings;
	char conf[4096];

	ck_assert_int_lt(snprintf(conf, sizeof(conf), "f {\n%s\n}\n", content),
					 sizeof(conf));
	settings = settings_create_string(conf);
	ck_assert_msg(settings != NULL, "can't parse %s", conf);
	config = options_load(&filtermode_schema, settings, "f", own);
	ck_assert((config != NULL) == !own->get_count(own));
	settings->destroy(settings);
	if (!errors)
	{
		ck_assert(config);
		own->destroy(own);
	}
	return config;
}
