/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

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

void *conf_valid(const options_schema_t *schema, const char *section,
				 const char *conf)
{
	option_errors_t *errors = option_errors_create();
	void *config = conf_load(schema, section, conf, errors);

	ck_assert_msg(config != NULL, "%s isn't valid", conf);
	errors->destroy(errors);
	return config;
}

void conf_assert_error(const options_schema_t *schema, const char *content,
					   const char *error)
{
	option_errors_t *errors = option_errors_create();
	enumerator_t *enumerator;
	char *conf, *line;

	ck_assert_int_gt(asprintf(&conf, "s {\n%s\n}\n", content), 0);
	ck_assert(!conf_load(schema, "s", conf, errors));
	free(conf);
	enumerator = errors->create_enumerator(errors);
	ck_assert(enumerator->enumerate(enumerator, &line));
	ck_assert_msg(strpfx(line, error), "'%s' isn't '%s'", line, error);
	ck_assert_msg(!enumerator->enumerate(enumerator, &line), "'%s', too",
				  line);
	enumerator->destroy(enumerator);
	errors->destroy(errors);
}
