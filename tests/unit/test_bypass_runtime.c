/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <bypass_runtime.h>

/**
 * Load a rule from a request.
 *
 * @param errmsg	what is wrong, NULL if nothing is
 */
static bypass_request_t *load(const char *options, const char *name,
							  const char *errmsg)
{
	option_errors_t *errors = option_errors_create();
	settings_t *settings;
	enumerator_t *enumerator;
	bypass_request_t *rule;
	char buf[BUF_LEN], *line = NULL;

	snprintf(buf, sizeof(buf), "r {\n name = \"%s\"\n%s\n}", name, options);
	settings = settings_create_string(buf);
	rule = options_load(&bypass_request_schema, settings, "r", errors);
	enumerator = errors->create_enumerator(errors);
	enumerator->enumerate(enumerator, &line);
	enumerator->destroy(enumerator);
	if (errmsg)
	{
		ck_assert(!rule);
		ck_assert(line);
		ck_assert_msg(strpfx(line, errmsg), "%s", line);
	}
	else
	{
		ck_assert_msg(rule != NULL, "%s", line);
		ck_assert_str_eq(rule->rule.section.name, name);
	}
	settings->destroy(settings);
	errors->destroy(errors);
	return rule;
}

#define RULE "src = 10.1.0.0/16\n dst = 10.2.0.1\n"

START_TEST(test_load)
{
	char name[BYPASS_NAME_MAX + 2] = "";
	bypass_request_t *request;

	request = load(RULE, "a", NULL);
	ck_assert_int_eq(array_count(request->rule.src_nets), 1);
	options_unref(request);
	/* a name isn't part of a path */
	options_unref(load(RULE, "a.b%s", NULL));

	memset(name, 'x', BYPASS_NAME_MAX);
	options_unref(load(RULE, name, NULL));
	strcat(name, "x");
	load(RULE, name, "name = \"");
	load("", "a", "src: missing");
	load("src = x\n dst = 10.2.0.1", "a", "src = \"x\": ");
	load("src = 10.1.0.1\n dst = fd00::1", "a", "src: no network in src");
	load(RULE "lan = yes", "a", "lan = \"yes\": unknown");
	load("src = 10.0.0.1-10.255.255.254\n dst = 10.0.0.1-10.255.255.254\n"
		 "protocol = tcp\n src_port = 1-65534\n dst_port = 1-65534", "a",
		 "src: 11426400 kernel policies, expected at most 250000");
}
END_TEST

START_TEST(test_no_name)
{
	option_errors_t *errors = option_errors_create();
	settings_t *settings = settings_create_string("r {\n" RULE "}");

	ck_assert(!options_load(&bypass_request_schema, settings, "r", errors));
	ck_assert_uint_eq(errors->get_count(errors), 1);
	settings->destroy(settings);
	errors->destroy(errors);
}
END_TEST

/**
 * Add a rule that is valid.
 */
static bool add(array_t *rules, const char *name, bypass_settings_t *settings,
				const char *errmsg)
{
	option_errors_t *errors = option_errors_create();
	bypass_request_t *request = load(RULE, name, NULL);
	enumerator_t *enumerator;
	char *line = NULL;
	bool added;

	added = bypass_runtime_add(rules, request, settings, errors);
	options_unref(request);
	enumerator = errors->create_enumerator(errors);
	enumerator->enumerate(enumerator, &line);
	enumerator->destroy(enumerator);
	ck_assert_int_eq(added, !errmsg);
	ck_assert(!errmsg || (line && strstr(line, errmsg)));
	errors->destroy(errors);
	return added;
}

/**
 * Delete a rule.
 */
static void delete(array_t *rules, const char *name,
				   bypass_settings_t *settings, const char *errmsg)
{
	option_errors_t *errors = option_errors_create();
	enumerator_t *enumerator;
	char *line = NULL;

	ck_assert_int_eq(bypass_runtime_delete(rules, name, settings, errors),
					 !errmsg);
	enumerator = errors->create_enumerator(errors);
	enumerator->enumerate(enumerator, &line);
	enumerator->destroy(enumerator);
	ck_assert(!errmsg || (line && strstr(line, errmsg)));
	errors->destroy(errors);
}

START_TEST(test_rules)
{
	option_errors_t *errors = option_errors_create();
	bypass_settings_t *settings = conf_load(&bypass_schema, "b",
					"b {\n rules {\n conf {\n" RULE "}\n }\n}\n", errors);
	array_t *rules = array_create(0, 0);
	char name[16];
	int i;

	add(rules, "a", settings, NULL);
	add(rules, "a", settings, "of this name already");
	add(rules, "conf", settings, "of this name already");
	delete(rules, "conf", settings, "is in the configuration");
	delete(rules, "b", settings, "no rule of this name");
	ck_assert_int_eq(array_count(rules), 1);
	delete(rules, "a", settings, NULL);
	delete(rules, "a", settings, "no rule of this name");

	for (i = 0; i < BYPASS_RUNTIME_MAX; i++)
	{
		snprintf(name, sizeof(name), "%d", i);
		add(rules, name, settings, NULL);
	}
	add(rules, "more", settings, "which is the limit");
	delete(rules, "0", settings, NULL);
	add(rules, "more", settings, NULL);
	bypass_runtime_destroy(rules);
	options_unref(settings);
	errors->destroy(errors);
}
END_TEST

SUITE(bypass_runtime)
{
	Suite *s;
	TCase *tc;

	s = suite_create("bypass_runtime");

	tc = tcase_create("runtime");
	tcase_add_test(tc, test_load);
	tcase_add_test(tc, test_no_name);
	tcase_add_test(tc, test_rules);
	suite_add_tcase(s, tc);

	return s;
}
