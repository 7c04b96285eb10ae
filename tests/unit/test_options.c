/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <glob_list.h>
#include <options.h>

#include <limits.h>
#include <time.h>

typedef struct {
	options_section_t section;
	char *host;
} peer_t;

typedef struct {
	options_section_t section;
	int mode;
	uint32_t limit;
	glob_list_t *ids;
	options_sections_t peers;
	char *checked;
} rule_t;

typedef struct {
	options_head_t head;
	bool enable;
	uint32_t limit;
	uint32_t timeout;
	int mode;
	char *path;
	options_sections_t rules;
	u_int checked;
} config_t;

static const char *const modes[] = { "keep", "replace", NULL };

static const option_t peer_options[] = {
	OPTION(peer_t, host, STRING),
};

/**
 * No host must be named as its rule.
 */
static void check_peer(void *this, option_errors_t *errors)
{
	peer_t *peer = this;
	options_section_t *rule = peer->section.parent;

	if (peer->host && streq(peer->host, rule->name))
	{
		errors->add(errors, "", NULL, "its own peer");
	}
}

static const options_schema_t peer_schema = {
	.size = sizeof(peer_t),
	.options = peer_options,
	.count = countof(peer_options),
	.check = check_peer,
};

static const option_t rule_options[] = {
	OPTION(rule_t, mode, ENUM, .names = modes),
	OPTION(rule_t, limit, INT, .was = "number", .min = 1, .max = 65535),
	OPTION(rule_t, ids, GLOBS, .def = "*"),
	OPTION(rule_t, peers, SECTIONS, .section = &peer_schema, .max = 2),
};

/**
 * Sections whose clear() found what check() had added, and those where there
 * was nothing.
 */
static u_int cleared, not_checked;

/**
 * Free what check() has added.
 */
static void clear_rule(void *config)
{
	rule_t *rule = config;

	if (rule->checked)
	{
		ck_assert_str_eq(rule->checked, rule->section.name);
		cleared++;
	}
	else
	{
		not_checked++;
	}
	free(rule->checked);
}

/**
 * The limit of a rule must not exceed that of the settings.
 */
static void check_rule(void *this, option_errors_t *errors)
{
	rule_t *rule = this;
	config_t *config = rule->section.parent;

	/* it is the settings' turn when all rules have had theirs */
	ck_assert_uint_eq(config->checked, 0);
	rule->checked = strdup(rule->section.name);
	if (rule->limit != OPTION_UNSET && rule->limit > config->limit &&
		config->limit != 1)
	{
		errors->add(errors, "limit", NULL, "too large");
	}
}

static const options_schema_t rule_schema = {
	.size = sizeof(rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
	.clear = clear_rule,
};

static const option_t config_options[] = {
	OPTION(config_t, enable, BOOL, .def = "yes"),
	OPTION(config_t, limit, INT, .min = 1, .max = 65535, .def = "1"),
	OPTION(config_t, timeout, TIME, .max = 86400),
	OPTION(config_t, mode, ENUM, .names = modes, .def = "replace"),
	OPTION(config_t, path, STRING, .def = "/run/default"),
	OPTION(config_t, rules, SECTIONS, .was = "policies",
		   .section = &rule_schema, .max = 10000),
};

static void check(void *this, option_errors_t *errors)
{
	config_t *config = this;

	config->checked++;
	if (config->timeout == 7)
	{
		errors->add(errors, "timeout", "7", "unlucky");
	}
}

static const options_schema_t schema = {
	.name = "test",
	.size = sizeof(config_t),
	.options = config_options,
	.count = countof(config_options),
	.check = check,
};

#define EXPECTED_OPTIONS \
	"expected one of enable, limit, timeout, mode, path"

/**
 * Load settings, put all errors in a string.
 */
static config_t *load(settings_t *settings, const char *section, char **lines)
{
	option_errors_t *errors;
	enumerator_t *enumerator;
	config_t *config;
	size_t len;
	char *line;
	FILE *out;

	errors = option_errors_create();
	config = options_load(&schema, settings, section, errors);
	ck_assert_int_eq(errors->get_count(errors) == 0, config != NULL);

	out = open_memstream(lines, &len);
	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		fprintf(out, "%s\n", line);
	}
	enumerator->destroy(enumerator);
	fclose(out);
	errors->destroy(errors);
	return config;
}

/**
 * Load the content of section a.b.
 */
static config_t *load_string(const char *content, char **lines)
{
	settings_t *settings;
	config_t *config;
	char *str;

	ck_assert_int_ne(asprintf(&str, "a {\nb {\n%s\n}\n}\n", content), -1);
	settings = settings_create_string(str);
	config = load(settings, "a.b", lines);
	settings->destroy(settings);
	free(str);
	return config;
}

static config_t *load_valid(const char *content)
{
	config_t *config;
	char *lines;

	config = load_string(content, &lines);
	ck_assert_str_eq(lines, "");
	free(lines);
	return config;
}

START_TEST(test_defaults)
{
	config_t *config;

	config = load_valid("");
	ck_assert(config->enable);
	ck_assert_uint_eq(config->limit, 1);
	ck_assert_uint_eq(config->timeout, OPTION_UNSET);
	ck_assert_int_eq(config->mode, 1);
	ck_assert_str_eq(config->path, "/run/default");
	ck_assert_uint_eq(config->rules.count, 0);
	options_unref(config);
}
END_TEST

START_TEST(test_no_section)
{
	settings_t *settings;
	config_t *config;
	char *lines;

	settings = settings_create_string("");
	config = load(settings, "a.b", &lines);
	ck_assert_str_eq(lines, "");
	ck_assert_uint_eq(config->limit, 1);
	options_unref(config);
	free(lines);
	settings->destroy(settings);
}
END_TEST

START_TEST(test_values)
{
	config_t *config;
	rule_t *rule;

	config = load_valid("load = yes\n enable = no\n limit = 65535\n"
						"timeout = 2h\n mode = keep\n path = \"a b\"\n"
						"rules { one { mode = replace\n limit = 7\n"
						"ids = *@example.org, !bob*\n } }");
	ck_assert(!config->enable);
	ck_assert_uint_eq(config->limit, 65535);
	ck_assert_uint_eq(config->timeout, 7200);
	ck_assert_int_eq(config->mode, 0);
	ck_assert_str_eq(config->path, "a b");
	ck_assert_uint_eq(config->rules.count, 1);
	rule = config->rules.items[0];
	ck_assert_str_eq(rule->section.name, "one");
	ck_assert_int_eq(rule->mode, 1);
	ck_assert_uint_eq(rule->limit, 7);
	ck_assert(rule->ids->matches(rule->ids, "alice@example.org"));
	ck_assert(!rule->ids->matches(rule->ids, "bob@example.org"));
	options_unref(config);
}
END_TEST

START_TEST(test_unset)
{
	config_t *config;
	rule_t *rule;

	/* nothing after the = is the same as no such line to strongSwan */
	config = load_valid("limit =\n path =\n rules { one { limit =\n } }");
	ck_assert_uint_eq(config->limit, 1);
	ck_assert_str_eq(config->path, "/run/default");
	rule = config->rules.items[0];
	ck_assert_int_eq(rule->mode, OPTION_UNSET_ENUM);
	ck_assert_uint_eq(rule->limit, OPTION_UNSET);
	ck_assert(rule->ids->matches(rule->ids, "anyone"));
	options_unref(config);
}
END_TEST

START_TEST(test_order)
{
	static const char *names[] = { "zulu", "alfa", "mike", "Mike" };
	config_t *config;
	rule_t *rule;
	int i;

	/* repeating a section extends it where it was first */
	config = load_valid("rules {\n zulu { limit = 1\n }\n alfa {}\n mike {}\n"
						"Mike {}\n zulu { mode = keep\n }\n }");
	ck_assert_uint_eq(config->rules.count, 4);
	for (i = 0; i < config->rules.count; i++)
	{
		rule = config->rules.items[i];
		ck_assert_str_eq(rule->section.name, names[i]);
	}
	rule = config->rules.items[0];
	ck_assert_uint_eq(rule->limit, 1);
	ck_assert_int_eq(rule->mode, 0);
	options_unref(config);
}
END_TEST

START_TEST(test_nested)
{
	config_t *config;
	rule_t *rule;
	peer_t *peer;

	config = load_valid("rules {\n one { peers { b { host = 1\n }\n a {} } }\n"
						"two { peers { b { host = 2\n } } } }");
	rule = config->rules.items[0];
	ck_assert_uint_eq(rule->peers.count, 2);
	peer = rule->peers.items[0];
	ck_assert_str_eq(peer->section.name, "b");
	ck_assert_str_eq(peer->host, "1");
	peer = rule->peers.items[1];
	ck_assert_str_eq(peer->section.name, "a");
	ck_assert_ptr_eq(peer->host, NULL);
	rule = config->rules.items[1];
	peer = rule->peers.items[0];
	ck_assert_str_eq(peer->host, "2");
	options_unref(config);
}
END_TEST

START_TEST(test_special_names)
{
	static char *names[] = { "%d", "%s", "%N%n", "100%", "a.b", "J\xc3\xa9" };
	settings_t *settings;
	config_t *config;
	rule_t *rule;
	char *lines;
	int i;

	settings = settings_create_string("");
	for (i = 0; i < countof(names); i++)
	{
		settings->set_int(settings, "a.b.rules.%s.limit", i + 1, names[i]);
	}
	config = load(settings, "a.b", &lines);
	ck_assert_str_eq(lines, "");
	ck_assert_uint_eq(config->rules.count, countof(names));
	for (i = 0; i < countof(names); i++)
	{
		rule = config->rules.items[i];
		ck_assert_str_eq(rule->section.name, names[i]);
		ck_assert_uint_eq(rule->limit, i + 1);
	}
	options_unref(config);
	free(lines);
	settings->destroy(settings);
}
END_TEST

static const struct {
	const char *content;
	const char *lines;
} invalid[] = {
	{ "limit = abc", "limit = \"abc\": expected 1-65535\n" },
	{ "limit = \"\"", "limit = \"\": expected 1-65535\n" },
	{ "limit = 1 2", "limit = \"1 2\": expected 1-65535\n" },
	{ "enable = maybe", "enable = \"maybe\": expected yes or no\n" },
	{ "path = \"a\xff\"", "path = \"a\\xff\": not valid UTF-8, "
	  "expected a string in UTF-8\n" },
	{ "mode = \"\x1b[31m\"", "mode = \"\\x1b[31m\": expected one of keep, "
	  "replace\n" },
	{ "rules { mobile { limit = abc\n } }",
	  "rules.mobile.limit = \"abc\": expected 1-65535\n" },
	{ "rules { a { peers { b { host = \"\"\n } } } }",
	  "rules.a.peers.b.host = \"\": empty, expected a string in UTF-8\n" },
	{ "rules { %s%n { limit = %s%n\n } }",
	  "rules.%s%n.limit = \"%s%n\": expected 1-65535\n" },
	/* unknown, "load" is known at the root only */
	{ "limits = 1",
	  "limits = \"1\": unknown option, " EXPECTED_OPTIONS "\n" },
	{ "Limit = 1",
	  "Limit = \"1\": unknown option, " EXPECTED_OPTIONS "\n" },
	{ "%n\xff = 1",
	  "%n\\xff = \"1\": unknown option, " EXPECTED_OPTIONS "\n" },
	{ "rule { a { limit = abc\n } }",
	  "rule: unknown section, expected one of rules\n" },
	{ "rules { a { load = yes\n } }",
	  "rules.a.load = \"yes\": unknown option, expected one of mode, limit, "
	  "ids\n" },
	/* renamed */
	{ "rules { a { number = 3\n } }",
	  "rules.a.number = \"3\": unknown option, renamed to limit\n" },
	{ "rules { a { number { x = 3\n } } }",
	  "rules.a.number: unknown section, renamed to limit\n" },
	{ "policies { a { limit = abc\n } }",
	  "policies: unknown section, renamed to rules\n" },
	{ "number = 1",
	  "number = \"1\": unknown option, " EXPECTED_OPTIONS "\n" },
	{ "rules { a { foo {} } }",
	  "rules.a.foo: unknown section, expected one of peers\n" },
	{ "rules { a { peers { b { foo {} } } } }",
	  "rules.a.peers.b.foo: unknown section\n" },
	/* section or not */
	{ "limit { a = 1\n }", "limit: is a section, expected 1-65535\n" },
	{ "load { a = 1\n }",
	  "load: unknown section, expected one of rules\n" },
	{ "rules = a",
	  "rules = \"a\": not a section, expected only sections rules.<name>\n" },
	{ "rules { limit = 1\n }",
	  "rules.limit = \"1\": not a section, expected only sections "
	  "rules.<name>\n" },
	/* names and numbers of sections */
	{ "rules { a\xff { limit = abc\n } }",
	  "rules.a\\xff: section name isn't valid UTF-8\n" },
	{ "rules { a { peers { b {}\n c {}\n d { foo = 1\n } } } }",
	  "rules.a.peers: 3 sections, expected at most 2\n" },
	/* all errors */
	{ "limit = 0\n mode = x\n foo = 1\n rules { a { limit = 0\n }\n"
	  "b { limit = 0\n }\n }\n bar {}",
	  "limit = \"0\": expected 1-65535\n"
	  "mode = \"x\": expected one of keep, replace\n"
	  "foo = \"1\": unknown option, " EXPECTED_OPTIONS "\n"
	  "rules.a.limit = \"0\": expected 1-65535\n"
	  "rules.b.limit = \"0\": expected 1-65535\n"
	  "bar: unknown section, expected one of rules\n" },
	/* sections are checked, those within first */
	{ "timeout = 7\n limit = 2\n rules { a { limit = 3\n }\n"
	  "b { limit = 3\n peers { x { host = a\n }\n y { host = b\n } } } }",
	  "rules.a.limit: too large\n"
	  "rules.b.peers.y: its own peer\n"
	  "rules.b.limit: too large\n"
	  "timeout = \"7\": unlucky\n" },
	/* but not if a value is invalid */
	{ "limit = 2\n mode = x\n rules { a { limit = 3\n } }",
	  "mode = \"x\": expected one of keep, replace\n" },
};

START_TEST(test_invalid)
{
	char *lines;

	ck_assert(!load_string(invalid[_i].content, &lines));
	ck_assert_str_eq(lines, invalid[_i].lines);
	free(lines);
}
END_TEST

START_TEST(test_name_length)
{
	config_t *config;
	rule_t *rule;
	char content[512], expected[512], *lines;

	snprintf(content, sizeof(content), "rules { %0127d { limit = 9\n } }", 1);
	config = load_valid(content);
	rule = config->rules.items[0];
	ck_assert_uint_eq(rule->limit, 9);
	options_unref(config);

	/* settings_t would find nothing in this one */
	snprintf(content, sizeof(content), "rules { %0128d { limit = 9\n } }", 1);
	ck_assert(!load_string(content, &lines));
	snprintf(expected, sizeof(expected), "rules.%0128d: section name is too "
			 "long, expected at most 127 bytes\n", 1);
	ck_assert_str_eq(lines, expected);
	free(lines);
}
END_TEST

START_TEST(test_cap)
{
	settings_t *settings;
	option_errors_t *errors;
	int i;

	settings = settings_create_string("");
	for (i = 0; i < 3 * OPTION_ERRORS_MAX; i++)
	{
		settings->set_str(settings, "a.b.foo%d", "bar", i);
	}
	errors = option_errors_create();
	ck_assert(!options_load(&schema, settings, "a.b", errors));
	ck_assert_uint_eq(errors->get_count(errors), 3 * OPTION_ERRORS_MAX);
	errors->destroy(errors);
	settings->destroy(settings);
}
END_TEST

START_TEST(test_earlier_errors)
{
	settings_t *settings;
	option_errors_t *errors;
	config_t *config;

	settings = settings_create_string("");
	errors = option_errors_create();
	errors->add(errors, "another", NULL, "section's error");
	config = options_load(&schema, settings, "a.b", errors);
	ck_assert_ptr_ne(config, NULL);
	ck_assert_uint_eq(config->checked, 1);
	options_unref(config);
	errors->destroy(errors);
	settings->destroy(settings);
}
END_TEST

START_TEST(test_clear)
{
	settings_t *settings;
	config_t *config;
	char *lines;

	cleared = not_checked = 0;
	settings = settings_create_string(
					"good { rules { a {}\n b {}\n } }\n"
					"bad { rules { a {}\n b { limit = 0\n } } }");
	config = load(settings, "good", &lines);
	free(lines);
	ck_assert_uint_eq(cleared, 0);
	options_unref(options_ref(config));
	ck_assert_uint_eq(cleared, 0);
	options_unref(config);
	ck_assert_uint_eq(cleared, 2);
	ck_assert_ptr_eq(load(settings, "bad", &lines), NULL);
	free(lines);
	ck_assert_uint_eq(cleared, 2);
	ck_assert_uint_eq(not_checked, 2);
	settings->destroy(settings);
}
END_TEST

START_TEST(test_bad_default)
{
	static const option_t options[] = {
		OPTION(config_t, limit, INT, .min = 1, .max = 9, .def = "10"),
	};
	static const options_schema_t bad = {
		.name = "bad",
		.size = sizeof(config_t),
		.options = options,
		.count = countof(options),
	};
	settings_t *settings;
	option_errors_t *errors;

	settings = settings_create_string("");
	errors = option_errors_create();
	ck_assert(!options_load(&bad, settings, "a.b", errors));
	ck_assert_uint_eq(errors->get_count(errors), 1);
	errors->destroy(errors);
	settings->destroy(settings);
}
END_TEST

START_TEST(test_immutable)
{
	settings_t *settings;
	config_t *config;
	rule_t *rule;
	char *lines;

	settings = settings_create_string("a { b { path = /run/x\n"
									  "rules { one { ids = x*\n } } } }");
	config = load(settings, "a.b", &lines);
	settings->load_string(settings, "", FALSE);
	settings->destroy(settings);
	free(lines);

	ck_assert_str_eq(config->path, "/run/x");
	rule = config->rules.items[0];
	ck_assert_str_eq(rule->section.name, "one");
	ck_assert(rule->ids->matches(rule->ids, "xyz"));

	ck_assert_ptr_eq(options_ref(config), config);
	options_unref(config);
	ck_assert_str_eq(config->path, "/run/x");
	options_unref(config);
	options_unref(NULL);
}
END_TEST

static settings_t *create_fallback(char *content)
{
	settings_t *settings;

	settings = settings_create_string(content);
	settings->add_fallback(settings, "own", "common");
	return settings;
}

START_TEST(test_fallback)
{
	settings_t *settings;
	config_t *config;
	rule_t *rule;
	char *lines;

	settings = create_fallback(
		"own { b { limit = 5\n"
		"	rules {\n second { mode = keep\n }\n first { limit = 4\n } } } }\n"
		"common { b { limit = abc\n load = yes\n mode = keep\n"
		"	rules {\n first { limit = abc\n mode = keep\n }\n third {} }\n"
		"} }\n");
	config = load(settings, "own.b", &lines);
	ck_assert_str_eq(lines, "");
	ck_assert_uint_eq(config->limit, 5);
	ck_assert_int_eq(config->mode, 0);
	ck_assert_uint_eq(config->rules.count, 3);
	rule = config->rules.items[0];
	ck_assert_str_eq(rule->section.name, "second");
	rule = config->rules.items[1];
	ck_assert_str_eq(rule->section.name, "first");
	ck_assert_uint_eq(rule->limit, 4);
	ck_assert_int_eq(rule->mode, 0);
	rule = config->rules.items[2];
	ck_assert_str_eq(rule->section.name, "third");
	options_unref(config);
	free(lines);
	settings->destroy(settings);
}
END_TEST

START_TEST(test_fallback_errors)
{
	settings_t *settings;
	char *lines;

	settings = create_fallback(
		"own { b { foo = 1\n rules { one { limit = a\n } } } }\n"
		"common { b { foo = 2\n bar {}\n limit = x\n"
		"	rules { one { limit = b\n } } } }\n");
	ck_assert(!load(settings, "own.b", &lines));
	ck_assert_str_eq(lines,
		"foo = \"1\": unknown option, " EXPECTED_OPTIONS "\n"
		"limit = \"x\": expected 1-65535\n"
		"rules.one.limit = \"a\": expected 1-65535\n"
		"bar: unknown section, expected one of rules\n");
	free(lines);
	settings->destroy(settings);
}
END_TEST

/**
 * Create settings with a number of sections, in another order than that of
 * the alphabet.
 */
static settings_t *create_many(int count)
{
	settings_t *settings;
	char *content;
	size_t len;
	FILE *out;
	int i;

	out = open_memstream(&content, &len);
	fprintf(out, "a {\n b {\n rules {\n");
	for (i = 0; i < count; i++)
	{
		fprintf(out, "r%d { limit = %d\n }\n", i * 7919 % count, i + 1);
	}
	fprintf(out, "}\n}\n}\n");
	fclose(out);
	settings = settings_create_string(content);
	free(content);
	return settings;
}

/**
 * Load a number of sections.
 *
 * @return		processor time it took at best
 */
static clock_t load_many(int count)
{
	settings_t *settings;
	config_t *config;
	clock_t begin, used, best = LONG_MAX;
	rule_t *rule;
	char *lines, name[16];
	int i, run;

	settings = create_many(count);
	for (run = 0; run < 3; run++)
	{
		begin = clock();
		config = load(settings, "a.b", &lines);
		used = clock() - begin;
		best = min(best, used);

		ck_assert_str_eq(lines, "");
		ck_assert_uint_eq(config->rules.count, count);
		for (i = 0; i < count; i++)
		{
			snprintf(name, sizeof(name), "r%d", i * 7919 % count);
			rule = config->rules.items[i];
			ck_assert_str_eq(rule->section.name, name);
			ck_assert_uint_eq(rule->limit, i + 1);
		}
		options_unref(config);
		free(lines);
	}
	settings->destroy(settings);
	return best;
}

START_TEST(test_many)
{
	/* about 4 and 40 ms: the time per section must not grow with their
	 * number, but for caches */
	ck_assert_int_lt(load_many(10000), 40 * load_many(1000));
}
END_TEST

SUITE(options)
{
	Suite *s;
	TCase *tc;

	s = suite_create("options");

	tc = tcase_create("valid");
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_no_section);
	tcase_add_test(tc, test_values);
	tcase_add_test(tc, test_unset);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_nested);
	tcase_add_test(tc, test_special_names);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_name_length);
	tcase_add_test(tc, test_cap);
	tcase_add_test(tc, test_earlier_errors);
	tcase_add_test(tc, test_clear);
	tcase_add_test(tc, test_bad_default);
	suite_add_tcase(s, tc);

	tc = tcase_create("immutable");
	tcase_add_test(tc, test_immutable);
	suite_add_tcase(s, tc);

	tc = tcase_create("fallback");
	tcase_add_test(tc, test_fallback);
	tcase_add_test(tc, test_fallback_errors);
	suite_add_tcase(s, tc);

	tc = tcase_create("many");
	/* settings_t takes seconds to parse that many, far more if instrumented */
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, test_many);
	suite_add_tcase(s, tc);

	return s;
}
