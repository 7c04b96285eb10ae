/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <plugin.h>

typedef struct {
	options_head_t head;
	uint32_t limit;
} config_t;

static const option_t options[] = {
	OPTION(config_t, limit, INT, .min = 1, .max = 9, .def = "1"),
};

static const options_schema_t schema = {
	.name = "plugin-test",
	.size = sizeof(config_t),
	.options = options,
	.count = countof(options),
};

/** what was done, in short words */
static char done[256];
/** whether start() fails */
static bool failing;
/** largest limit that apply() accepts */
static uint32_t most;

static void note(const char *what)
{
	strcat(strcat(done, what), " ");
}

/**
 * Find the test's offer, callback of offer_find().
 */
static bool is_ours(void *data, const offer_t *offer)
{
	return streq(offer->plugin, "plugin-test") && offer->data == data &&
		   offer->store && offer->stats;
}

static void load(options_store_t *store)
{
	note("load");
}

static void unload()
{
	note("unload");
}

static void *start(options_store_t *store)
{
	note("start");
	return failing ? NULL : done;
}

static void stop(void *data)
{
	ck_assert_ptr_eq(data, done);
	/* no function of the offer is called anymore, but events may be told */
	ck_assert(!offer_find(is_ours, done));
	control_event_begin("plugin-test");
	note("stop");
}

static void apply(void *data, void *settings, option_errors_t *errors)
{
	config_t *config = settings;

	ck_assert_ptr_eq(data, done);
	note("apply");
	if (config->limit > most)
	{
		errors->add(errors, "limit", NULL, "too much");
	}
}

static void reloaded(void *data)
{
	ck_assert_ptr_eq(data, done);
	note("reloaded");
}

static void kept(void *data)
{
	ck_assert_ptr_eq(data, done);
	note("kept");
}

static void write_stats(void *data, control_out_t *out)
{
}

static const offer_t offer = { .stats = write_stats };

static plugin_feature_t features[] = {
	PLUGIN_START("a-feature"),
		PLUGIN_DEPENDS(CUSTOM, "another"),
};

static const plugin_desc_t full = {
	.schema = &schema,
	.offer = &offer,
	.features = features,
	.count = countof(features),
	.load = load,
	.unload = unload,
	.start = start,
	.stop = stop,
	.apply = apply,
	.reloaded = reloaded,
	.kept = kept,
};

static const plugin_desc_t least = {
	.schema = &schema,
	.start = start,
	.stop = stop,
};

static void configure(char *limit)
{
	lib->settings->set_str(lib->settings, "%s.plugins.plugin-test.limit", limit,
						   lib->ns);
}

static void setup()
{
	*done = '\0';
	failing = FALSE;
	most = 9;
}

static void teardown()
{
	configure(NULL);
}

static control_sink_t sink;

START_TEST(test_life)
{
	plugin_t *plugin = plugin_create(&full);
	plugin_feature_t *found;

	ck_assert_str_eq(plugin->get_name(plugin), "plugin-test");
	ck_assert_int_eq(plugin->get_features(plugin, &found), 3);
	ck_assert_ptr_eq(found, features);
	ck_assert_int_eq(found[0].kind, FEATURE_CALLBACK);
	offer_attach(&sink);
	ck_assert(found[0].arg.cb.f(plugin, found, TRUE, NULL));
	ck_assert(offer_find(is_ours, done));
	ck_assert(found[0].arg.cb.f(plugin, found, FALSE, NULL));
	offer_detach();
	plugin->destroy(plugin);
	ck_assert_str_eq(done, "load start stop unload ");
}
END_TEST

START_TEST(test_least)
{
	plugin_t *plugin = plugin_create(&least);
	plugin_feature_t *found;

	ck_assert_int_eq(plugin->get_features(plugin, &found), 2);
	ck_assert_int_eq(found[1].kind, FEATURE_PROVIDE);
	ck_assert_str_eq(found[1].arg.custom, "plugin-test");
	ck_assert(plugin_start(plugin, found, TRUE, NULL));
	ck_assert(plugin->reload(plugin));
	ck_assert(plugin_start(plugin, found, FALSE, NULL));
	plugin->destroy(plugin);
	ck_assert_str_eq(done, "start stop ");
}
END_TEST

START_TEST(test_start_fails)
{
	plugin_t *plugin = plugin_create(&full);

	failing = TRUE;
	offer_attach(&sink);
	ck_assert(!plugin_start(plugin, features, TRUE, NULL));
	ck_assert(!offer_find(is_ours, NULL));
	offer_detach();
	/* also what is never started may be reloaded */
	ck_assert(plugin->reload(plugin));
	plugin->destroy(plugin);
	ck_assert_str_eq(done, "load start unload ");
}
END_TEST

START_TEST(test_invalid)
{
	configure("0");
	log_capture();
	ck_assert(!plugin_create(&full));
	ck_assert_str_eq(log_captured(), "plugin-test: limit = \"0\": expected "
					 "1-9; not loading\n");
	ck_assert_str_eq(done, "");
}
END_TEST

START_TEST(test_reload)
{
	plugin_t *plugin = plugin_create(&full);

	ck_assert(plugin_start(plugin, features, TRUE, NULL));
	ck_assert(plugin->reload(plugin));
	most = 1;
	configure("2");
	log_capture();
	ck_assert(!plugin->reload(plugin));
	configure("0");
	ck_assert(!plugin->reload(plugin));
	ck_assert_str_eq(log_captured(),
		"plugin-test: limit: too much; keeping the previous settings\n"
		"plugin-test: limit = \"0\": expected 1-9; keeping the previous "
			"settings\n");
	ck_assert(plugin_start(plugin, features, FALSE, NULL));
	ck_assert(!plugin->reload(plugin));
	plugin->destroy(plugin);
	ck_assert_str_eq(done, "load start apply reloaded apply kept kept stop "
					 "unload ");
}
END_TEST

SUITE(plugin)
{
	Suite *s = suite_create("plugin");
	TCase *tc;

	tc = tcase_create("plugin");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_life);
	tcase_add_test(tc, test_least);
	tcase_add_test(tc, test_start_fails);
	tcase_add_test(tc, test_invalid);
	tcase_add_test(tc, test_reload);
	suite_add_tcase(s, tc);

	return s;
}
