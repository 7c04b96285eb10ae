/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

/*
 * Described in header
 */
void *conf_load(const options_schema_t *schema, const char *section,
				const char *conf, option_errors_t *errors)
{
	settings_t *settings = settings_create_string((char*)conf);
	void *config;

	ck_assert_msg(settings != NULL, "can't parse %s", conf);
	config = options_load(schema, settings, section, errors);
	ck_assert((config != NULL) == !errors->get_count(errors));
	settings->destroy(settings);
	return config;
}

/*
 * Described in header
 */
char *conf_get_error(const options_schema_t *schema, const char *conf)
{
	option_errors_t *errors = option_errors_create();
	enumerator_t *enumerator;
	char buf[BUF_LEN], *line, *copy;

	ck_assert_int_lt(snprintf(buf, sizeof(buf), "s {\n%s\n}\n", conf),
					 sizeof(buf));
	ck_assert(!conf_load(schema, "s", buf, errors));
	enumerator = errors->create_enumerator(errors);
	ck_assert(enumerator->enumerate(enumerator, &line));
	copy = strdup(line);
	ck_assert_msg(!enumerator->enumerate(enumerator, &line), "'%s', too",
				  line);
	enumerator->destroy(enumerator);
	errors->destroy(errors);
	return copy;
}
