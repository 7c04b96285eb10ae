/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <bypass_runtime.h>

/**
 * Load a rule from a request.
 *
 * @param errmsg	what is wrong, NULL if nothing is
 */
static bypass_settings_t *load(char *request, const char *name,
							   const char *errmsg)
{
	option_errors_t *errors = option_errors_create();
	settings_t *settings = settings_create_string(request);
	enumerator_t *enumerator;
	bypass_settings_t *rule;
	char *line = NULL;

	rule = bypass_runtime_load(settings, "r", name, errors);
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
	}
	settings->destroy(settings);
	errors->destroy(errors);
	return rule;
}

#define RULE "src = 10.1.0.0/16\n dst = 10.2.0.1\n"

START_TEST(test_load)
{
	char name[BYPASS_RUNTIME_NAME_MAX + 2] = "";
	bypass_settings_t *rule;

	rule = load("r {\n name = a\n" RULE "}", "a", NULL);
	ck_assert_str_eq(bypass_runtime_name(rule), "a");
	ck_assert_uint_eq(rule->rules.count, 1);
	options_unref(rule);

	/* a name isn't part of a path */
	rule = load("r {\n" RULE "}", "a.b%s", NULL);
	ck_assert_str_eq(bypass_runtime_name(rule), "a.b%s");
	options_unref(rule);

	memset(name, 'x', BYPASS_RUNTIME_NAME_MAX);
	options_unref(load("r {\n" RULE "}", name, NULL));
	strcat(name, "x");
	load("r {\n" RULE "}", name, "name = \"");
	load("r { }", "a", "src: missing");
	load("r {\n src = x\n dst = 10.2.0.1\n }", "a", "rules.a.src = \"x\": ");
	load("r {\n" RULE "lan = yes\n }", "a", "rules.a.lan = \"yes\": unknown");
}
END_TEST

/**
 * Add a rule that is valid.
 */
static bool add(array_t *rules, const char *name, bypass_settings_t *settings,
				const char *errmsg)
{
	option_errors_t *errors = option_errors_create();
	enumerator_t *enumerator;
	char *line = NULL;
	bool added;

	added = bypass_runtime_add(rules, load("r {\n" RULE "}", name, NULL),
							   settings, errors);
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
	bypass_settings_t *settings = load("r {\n" RULE "}", "conf", NULL);
	array_t *rules = bypass_runtime_create();
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
}
END_TEST

Suite *bypass_runtime_suite_create(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("bypass_runtime");

	tc = tcase_create("runtime");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_load);
	tcase_add_test(tc, test_rules);
	suite_add_tcase(s, tc);

	return s;
}
