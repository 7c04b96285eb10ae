/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <options_store.h>

#include <threading/thread.h>

typedef struct {
	options_section_t section;
	uint32_t limit;
} rule_t;

typedef struct {
	options_head_t head;
	uint32_t limit;
	char *path;
	options_sections_t rules;
} config_t;

static const option_t rule_options[] = {
	OPTION(rule_t, limit, INT, .min = 1, .max = 65535),
};

static const options_schema_t rule_schema = {
	.size = sizeof(rule_t),
	.options = rule_options,
	.count = countof(rule_options),
};

static const option_t config_options[] = {
	OPTION(config_t, limit, INT, .min = 1, .max = 65535, .def = "1"),
	OPTION(config_t, path, STRING, .def = "/run/default"),
	OPTION(config_t, rules, SECTIONS, .section = &rule_schema, .max = 10),
};

static const options_schema_t schema = {
	.name = "store-test",
	.size = sizeof(config_t),
	.options = config_options,
	.count = countof(config_options),
};

/**
 * Replace the settings of the daemon.
 */
static void configure(const char *content)
{
	char *str;

	ck_assert_int_ne(asprintf(&str, "%s {\nplugins {\nstore-test {\n%s\n}}}\n",
							  lib->ns, content), -1);
	ck_assert(lib->settings->load_string(lib->settings, str, FALSE));
	free(str);
}

static void teardown(void)
{
	lib->settings->load_string(lib->settings, "", FALSE);
}

/**
 * The limit in force.
 */
static uint32_t get_limit(options_store_t *store)
{
	config_t *config = store->get(store);
	uint32_t limit = config->limit;

	options_unref(config);
	return limit;
}

START_TEST(test_create)
{
	options_store_t *store;

	configure("limit = 7");
	log_capture();
	store = options_store_create(&schema);
	ck_assert_str_eq(log_captured(), "");
	ck_assert_uint_eq(get_limit(store), 7);
	store->destroy(store);
}
END_TEST

START_TEST(test_create_invalid)
{
	configure("path = \"\"\n rules { mobile { limit = abc\n } }");
	log_capture();
	ck_assert(!options_store_create(&schema));
	ck_assert_str_eq(log_captured(),
		"store-test: path = \"\": empty, expected a string in UTF-8; "
			"not loading\n"
		"store-test: rules.mobile.limit = \"abc\": expected 1-65535; "
			"not loading\n");
}
END_TEST

START_TEST(test_reload)
{
	options_store_t *store;
	config_t *old;

	configure("limit = 7\n path = /run/old");
	store = options_store_create(&schema);
	old = store->get(store);

	configure("limit = 8\n path = /run/new");
	log_capture();
	ck_assert(store->reload(store, NULL, NULL));
	ck_assert_str_eq(log_captured(), "");
	ck_assert_uint_eq(get_limit(store), 8);

	/* whoever got it before can go on with it */
	ck_assert_uint_eq(old->limit, 7);
	ck_assert_str_eq(old->path, "/run/old");
	options_unref(old);

	configure("");
	ck_assert(store->reload(store, NULL, NULL));
	ck_assert_uint_eq(get_limit(store), 1);
	store->destroy(store);
}
END_TEST

START_TEST(test_reload_invalid)
{
	options_store_t *store;
	config_t *config, *after;

	configure("limit = 7\n path = /run/old");
	store = options_store_create(&schema);
	config = store->get(store);

	configure("limit = 8\n path = /run/new\n"
			  "rules { mobile { limit = abc\n } }");
	log_capture();
	ck_assert(!store->reload(store, NULL, NULL));
	ck_assert_str_eq(log_captured(),
		"store-test: rules.mobile.limit = \"abc\": expected 1-65535; "
			"keeping the previous settings\n");

	after = store->get(store);
	ck_assert_ptr_eq(after, config);
	ck_assert_uint_eq(after->limit, 7);
	ck_assert_str_eq(after->path, "/run/old");
	options_unref(after);
	options_unref(config);
	store->destroy(store);
}
END_TEST

/**
 * Accept limits up to that of the store, implementation of options_apply_t.
 */
static void apply(void *data, void *new, option_errors_t *errors)
{
	options_store_t *store = data;
	config_t *config = new;

	/* nobody has them before they are accepted */
	if (config->limit > get_limit(store))
	{
		errors->add(errors, "limit", NULL, "more than %u", get_limit(store));
	}
}

START_TEST(test_apply)
{
	options_store_t *store;
	config_t *config, *after;
	array_t *errors;
	char *line;

	configure("limit = 7");
	store = options_store_create(&schema);
	configure("limit = 6");
	ck_assert(store->reload(store, apply, store));
	ck_assert_uint_eq(get_limit(store), 6);

	config = store->get(store);
	configure("limit = 7");
	log_capture();
	ck_assert(!store->reload(store, apply, store));
	ck_assert_str_eq(log_captured(), "store-test: limit: more than 6; "
					 "keeping the previous settings\n");
	after = store->get(store);
	ck_assert_ptr_eq(after, config);
	options_unref(after);
	options_unref(config);
	errors = store->get_errors(store);
	ck_assert(array_remove(errors, ARRAY_HEAD, &line));
	ck_assert_str_eq(line, "limit: more than 6");
	free(line);
	array_destroy(errors);

	/* not asked about what isn't valid anyway */
	configure("limit = abc");
	ck_assert(!store->reload(store, apply, store));
	errors = store->get_errors(store);
	ck_assert_int_eq(array_count(errors), 1);
	array_destroy_function(errors, (void*)free, NULL);
	configure("limit = 5");
	ck_assert(store->reload(store, apply, store));
	ck_assert_uint_eq(get_limit(store), 5);
	store->destroy(store);
}
END_TEST

/**
 * Reload in another thread.
 */
static void *reload(void *data)
{
	options_store_t *store = data;

	store->reload(store, NULL, NULL);
	return NULL;
}

START_TEST(test_lock)
{
	options_store_t *store;
	thread_t *thread;

	configure("limit = 7");
	store = options_store_create(&schema);
	configure("limit = 6");
	store->lock(store);
	thread = thread_create(reload, store);
	usleep(20000);
	ck_assert_uint_eq(get_limit(store), 7);
	/* but by this one */
	ck_assert(store->reload(store, NULL, NULL));
	ck_assert_uint_eq(get_limit(store), 6);
	configure("limit = 5");
	store->unlock(store);
	thread->join(thread);
	ck_assert_uint_eq(get_limit(store), 5);
	store->destroy(store);
}
END_TEST

START_TEST(test_get_errors)
{
	options_store_t *store;
	array_t *errors;
	char *line;

	configure("limit = 7");
	store = options_store_create(&schema);
	errors = store->get_errors(store);
	ck_assert_int_eq(array_count(errors), 0);
	array_destroy(errors);

	configure("limit = abc");
	ck_assert(!store->reload(store, NULL, NULL));
	errors = store->get_errors(store);
	ck_assert_int_eq(array_count(errors), 1);
	ck_assert(array_remove(errors, ARRAY_HEAD, &line));
	ck_assert_str_eq(line, "limit = \"abc\": expected 1-65535");
	free(line);
	array_destroy(errors);

	configure("limit = 8");
	ck_assert(store->reload(store, NULL, NULL));
	errors = store->get_errors(store);
	ck_assert_int_eq(array_count(errors), 0);
	array_destroy(errors);
	store->destroy(store);
}
END_TEST

START_TEST(test_outlives_store)
{
	options_store_t *store;
	config_t *config;

	configure("path = /run/old");
	store = options_store_create(&schema);
	config = store->get(store);
	store->destroy(store);
	ck_assert_str_eq(config->path, "/run/old");
	options_unref(config);
}
END_TEST

/**
 * Read settings that are replaced all the time.
 */
static void *read_settings(void *data)
{
	options_store_t *store = data;
	config_t *config;
	uintptr_t mixed = 0;
	int i;

	for (i = 0; i < 20000; i++)
	{
		config = store->get(store);
		mixed += (config->limit == 7) != streq(config->path, "/run/7");
		options_unref(config);
	}
	return (void*)mixed;
}

START_TEST(test_threads)
{
	options_store_t *store;
	thread_t *readers[3];
	int i;

	configure("limit = 7\n path = /run/7");
	store = options_store_create(&schema);
	for (i = 0; i < countof(readers); i++)
	{
		readers[i] = thread_create(read_settings, store);
	}
	for (i = 0; i < 200; i++)
	{
		configure(i % 2 ? "limit = 7\n path = /run/7" : "limit = 8");
		ck_assert(store->reload(store, NULL, NULL));
	}
	for (i = 0; i < countof(readers); i++)
	{
		ck_assert_ptr_eq(readers[i]->join(readers[i]), NULL);
	}
	store->destroy(store);
}
END_TEST

SUITE(options_store)
{
	Suite *s;
	TCase *tc;

	s = suite_create("options_store");

	tc = tcase_create("create");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_create_invalid);
	suite_add_tcase(s, tc);

	tc = tcase_create("reload");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_reload);
	tcase_add_test(tc, test_reload_invalid);
	tcase_add_test(tc, test_apply);
	tcase_add_test(tc, test_lock);
	tcase_add_test(tc, test_get_errors);
	tcase_add_test(tc, test_outlives_store);
	tcase_add_test(tc, test_threads);
	suite_add_tcase(s, tc);

	return s;
}
