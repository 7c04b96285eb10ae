/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"
#include "test_filtermode_load.h"

filtermode_settings_t *filtermode_load(const char *content,
									   option_errors_t *errors)
{
	option_errors_t *own = errors ?: option_errors_create();
	filtermode_settings_t *config;
	char conf[4096];

	ck_assert_int_lt(snprintf(conf, sizeof(conf), "f {\n%s\n}\n", content),
					 sizeof(conf));
	config = conf_load(&filtermode_schema, "f", conf, own);
	if (!errors)
	{
		ck_assert(config);
		own->destroy(own);
	}
	return config;
}
