/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <pcsc_token_files.h>
#include <pcsc_token_settings.h>

#include <sys/stat.h>
#include <unistd.h>

/** files of the tests: something like a module, and PINs */
static char dir[] = "/tmp/pcsc-token-XXXXXX";
static char module[64], text[64], secret[64], shared[64], empty[64];

/**
 * Write a file.
 */
static void write_file(char path[64], const char *name, const char *data,
					   size_t len, mode_t mode)
{
	FILE *file;

	snprintf(path, 64, "%s/%s", dir, name);
	file = fopen(path, "w");
	ck_assert(file != NULL);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fchmod(fileno(file), mode), 0);
	fclose(file);
}

static void setup(void)
{
	static const char elf[] = "\177ELF... C_GetFunctionList";

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert(mkdtemp(dir) != NULL);
	write_file(module, "module.so", elf, sizeof(elf), 0755);
	write_file(text, "text", "C_GetFunctionList", 18, 0600);
	write_file(secret, "secret", "4711\nrest", 9, 0600);
	write_file(shared, "shared", "4711\n", 5, 0644);
	write_file(empty, "empty", "\n", 1, 0600);
}

static void teardown(void)
{
	unlink(module);
	unlink(text);
	unlink(secret);
	unlink(shared);
	unlink(empty);
	rmdir(dir);
}

static pcsc_token_settings_t *load(char *conf, option_errors_t *errors)
{
	return conf_load(&pcsc_token_schema, "pt", conf, errors);
}

/**
 * Replace the letters that stand for paths.
 */
static void expand(char buf[1024], const char *str)
{
	const char *paths[] = {
		['M'] = module, ['T'] = text, ['S'] = secret, ['O'] = shared,
		['E'] = empty,
	};
	size_t len = 0;
	char previous = ' ';

	for (; *str; previous = *str++)
	{
		/* a capital on its own */
		if (*str < countof(paths) && paths[(u_char)*str] &&
			strchr(" \"", previous) && (!str[1] || strchr(" \n\"", str[1])))
		{
			len += sprintf(buf + len, "%s", paths[(u_char)*str]);
		}
		else
		{
			buf[len++] = *str;
		}
		ck_assert_uint_lt(len, 900);
	}
	buf[len] = '\0';
}

/**
 * Load valid settings, in which letters stand for paths as below.
 */
static pcsc_token_settings_t *load_valid(const char *text)
{
	option_errors_t *errors = option_errors_create();
	pcsc_token_settings_t *config;
	char conf[1024];

	expand(conf, text);
	config = load(conf, errors);
	ck_assert_msg(config != NULL, "refused: %s", conf);
	errors->destroy(errors);
	return config;
}

START_TEST(test_defaults)
{
	pcsc_token_settings_t *config = load_valid("pt { }");

	ck_assert(!config->start_command);
	ck_assert_uint_eq(config->start_timeout, 5);
	ck_assert_uint_eq(config->poll_interval, 2);
	ck_assert_int_eq(config->on_removal, PCSC_TOKEN_REMOVAL_NONE);
	ck_assert_uint_eq(config->removal_delay, 0);
	ck_assert(!config->helper);
	ck_assert_uint_eq(config->tokens.count, 0);
	options_unref(config);
}
END_TEST

START_TEST(test_token)
{
	pcsc_token_settings_t *config = load_valid(
		"pt {\n"
		"	on_removal = terminate\n"
		"	removal_delay = 10s\n poll_interval = 10\n start_timeout = 60\n"
		"	start_command = pcscd\n helper = /h\n"
		"	tokens {\n"
		"		a { module = M\n handle = 01 }\n"
		"		b { module = M\n handle = aBcD\n slot = 4294967294\n"
		"			pin = 4711\n readers = \"Yubi*, !*1\"\n load_cert = no\n"
		"			on_removal = none\n initiate_connections = \"a, b*\" }\n"
		"	}\n"
		"}\n");
	pcsc_token_t **tokens = (pcsc_token_t**)config->tokens.items;
	chunk_t pin;

	ck_assert_uint_eq(config->removal_delay, 10);
	ck_assert_uint_eq(config->poll_interval, 10);
	ck_assert_uint_eq(config->start_timeout, 60);
	ck_assert_str_eq(config->start_command, "pcscd");
	ck_assert_str_eq(config->helper, "/h");
	ck_assert_uint_eq(config->tokens.count, 2);

	ck_assert_str_eq(tokens[0]->section.name, "a");
	ck_assert_str_eq(tokens[0]->module, module);
	ck_assert_str_eq(tokens[0]->handle, "01");
	ck_assert_uint_eq(tokens[0]->slot, OPTION_UNSET);
	ck_assert(!tokens[0]->pin && !tokens[0]->pin_file);
	ck_assert(tokens[0]->load_cert);
	ck_assert_int_eq(tokens[0]->on_removal, PCSC_TOKEN_REMOVAL_TERMINATE);
	ck_assert(!tokens[0]->initiate);
	ck_assert(tokens[0]->readers->matches(tokens[0]->readers, "Any [x] 00 00"));

	ck_assert_uint_eq(tokens[1]->slot, 4294967294U);
	pin = pcsc_token_get_pin(tokens[1]);
	ck_assert(chunk_equals(pin, chunk_from_str("4711")));
	ck_assert(!tokens[1]->pin);
	ck_assert(!memmem(tokens[1]->hidden.ptr, tokens[1]->hidden.len, "4711",
					  4));
	chunk_clear(&pin);
	ck_assert(!tokens[1]->load_cert);
	ck_assert_int_eq(tokens[1]->on_removal, PCSC_TOKEN_REMOVAL_NONE);
	ck_assert(tokens[1]->initiate->matches(tokens[1]->initiate, "bb"));
	ck_assert(!tokens[1]->readers->matches(tokens[1]->readers, "Yubi 1"));
	options_unref(config);
}
END_TEST

/** a valid token, M stands for the path of a module */
#define TOKEN "module = M\n handle = 01\n"

/** what is refused, and the start of the line that says so; M, T, S, O and E
 * stand for paths of a module, a text, a PIN, one that others may read, and an
 * empty one */
static const conf_invalid_t invalid[] = {
	{ "poll = 2",
	  "poll = \"2\": unknown option, renamed to poll_interval" },
	{ "poll_interval = 0",
	  "poll_interval = \"0\": expected 1-10 seconds" },
	{ "poll_interval = 11",
	  "poll_interval = \"11\": expected 1-10 seconds" },
	{ "poll_interval = often",
	  "poll_interval = \"often\": expected 1-10 seconds" },
	{ "start_timeout = 61", "start_timeout = \"61\": expected 0-60 seconds" },
	{ "start_timeout = 0\n start_command = x",
	  "start_timeout = \"0\": expected at least 1 second" },
	{ "start_command = \"\"", "start_command = \"\": " },
	{ "on_removal = close", "on_removal = \"close\": expected one of none, "
	  "terminate" },
	{ "removal_delay = 2d", "removal_delay = \"2d\": expected 0-86400" },
	{ "on_insertion = initiate",
	  "on_insertion = \"initiate\": unknown option, expected one of" },
	{ "helper = \"\"", "helper = \"\": " },
	{ "pcscd = yes", "pcscd = \"yes\": unknown option, expected one of" },
	{ "tokens { a { handle = 01 } }", "tokens.a.module: isn't set" },
	{ "tokens { a { module = M } }", "tokens.a.handle: isn't set" },
	{ "tokens { a { module = opensc.so\n handle = 01 } }",
	  "tokens.a.module = \"opensc.so\": expected an absolute path" },
	{ "tokens { a { module = /nonexistent/x.so\n handle = 01 } }",
	  "tokens.a.module = \"/nonexistent/x.so\": there is no such file" },
	{ "tokens { a { module = T\n handle = 01 } }", "tokens.a.module = \"T\": "
	  "isn't a PKCS#11 module" },
	{ "tokens { a { module = M\n handle = xy } }",
	  "tokens.a.handle = \"xy\": expected an even number of hex digits" },
	{ "tokens { a { module = M\n handle = 0x01 } }",
	  "tokens.a.handle = \"0x01\": expected an even number of hex digits" },
	{ "tokens { a { module = M\n handle = 123 } }",
	  "tokens.a.handle = \"123\": expected an even number of hex digits" },
	{ "tokens { a { " TOKEN " slot = -1 } }", "tokens.a.slot = \"-1\": " },
	{ "tokens { a { " TOKEN " slot = 4294967295 } }",
	  "tokens.a.slot = \"4294967295\": expected 0-4294967294" },
	{ "tokens { a { " TOKEN " reader = R } }",
	  "tokens.a.reader: unknown option, renamed to readers" },
	{ "tokens { a { " TOKEN " initiate = x } }",
	  "tokens.a.initiate: unknown option, renamed to initiate_connections" },
	{ "tokens { a { " TOKEN " readers = [ } }", "tokens.a.readers = \"[\": " },
	{ "tokens { a { " TOKEN " load_cert = maybe } }",
	  "tokens.a.load_cert = \"maybe\": expected yes or no" },
	{ "tokens { a { " TOKEN " on_removal = x } }",
	  "tokens.a.on_removal = \"x\": expected one of" },
	{ "tokens { a { " TOKEN " initiate_connections = [ } }",
	  "tokens.a.initiate_connections = \"[\": " },
	{ "tokens { a { " TOKEN " pin = 4711\n pin_file = S } }",
	  "tokens.a.pin_file = \"S\": has no effect with pin" },
	{ "tokens { a { " TOKEN " pin_file = secret } }",
	  "tokens.a.pin_file = \"secret\": expected an absolute path" },
	{ "tokens { a { " TOKEN " pin_file = /nonexistent } }",
	  "tokens.a.pin_file = \"/nonexistent\": there is no such file" },
	{ "tokens { a { " TOKEN " pin_file = /dev/null } }",
	  "tokens.a.pin_file = \"/dev/null\": isn't a regular file" },
	{ "tokens { a { " TOKEN " pin_file = O } }",
	  "tokens.a.pin_file = \"O\": others have access to it, expected mode "
	  "0600 or 0400" },
	{ "tokens { a { " TOKEN " pin_file = E } }",
	  "tokens.a.pin_file = \"E\": expected a PIN of 1-255 bytes" },
	/* no secret is shown, nor what may be one under a misspelled key */
	{ "tokens { a { " TOKEN " pin = \"\" } }", "tokens.a.pin: " },
	{ "tokens { a { " TOKEN " pin = \"4711\xff\" } }", "tokens.a.pin: " },
	{ "tokens { a { " TOKEN " PIN = 4711 } }",
	  "tokens.a.PIN: unknown option, expected one of" },
};

START_TEST(test_invalid)
{
	option_errors_t *errors = option_errors_create();
	enumerator_t *enumerator;
	char body[1024], conf[1100], error[1024], *line;

	expand(body, invalid[_i].conf);
	expand(error, invalid[_i].error);
	snprintf(conf, sizeof(conf), "pt {\n%s\n}\n", body);
	ck_assert(!load(conf, errors));
	enumerator = errors->create_enumerator(errors);
	ck_assert(enumerator->enumerate(enumerator, &line));
	ck_assert_msg(strpfx(line, error), "'%s' isn't '%s'", line, error);
	ck_assert_msg(!strstr(line, "4711"), "'%s' has a PIN", line);
	ck_assert_msg(!enumerator->enumerate(enumerator, &line), "'%s', too",
				  line);
	enumerator->destroy(enumerator);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_claims)
{
	pcsc_token_settings_t *config = load_valid(
		"pt { tokens {\n"
		"	a { module = M\n handle = 0a\n readers = \"A*\" }\n"
		"	b { module = M\n handle = 0A }\n"
		"	c { module = M\n handle = 02 }\n"
		"	d { module = M\n handle = 0a\n slot = 1\n readers = B }\n"
		"} }");
	pcsc_token_t **t = (pcsc_token_t**)config->tokens.items;

	/* in reader A, b's key is a's already, c's is another one */
	ck_assert_ptr_eq(pcsc_token_claim(config, t[0], "A"), t[0]);
	ck_assert_ptr_eq(pcsc_token_claim(config, t[1], "A"), t[0]);
	ck_assert_ptr_eq(pcsc_token_claim(config, t[2], "A"), t[2]);
	ck_assert_ptr_eq(pcsc_token_claim(config, t[3], "A"), NULL);
	/* in reader B, a has no say */
	ck_assert_ptr_eq(pcsc_token_claim(config, t[0], "B"), NULL);
	ck_assert_ptr_eq(pcsc_token_claim(config, t[1], "B"), t[1]);
	ck_assert_ptr_eq(pcsc_token_claim(config, t[3], "B"), t[3]);
	ck_assert_ptr_eq(options_sections_find(&config->tokens, "c"), t[2]);
	ck_assert_ptr_eq(options_sections_find(&config->tokens, "e"), NULL);
	options_unref(config);
}
END_TEST

START_TEST(test_read_pin)
{
	chunk_t pin = chunk_empty;

	ck_assert(!pcsc_token_read_pin(secret, &pin));
	ck_assert(chunk_equals(pin, chunk_from_str("4711")));
	chunk_clear(&pin);
	ck_assert(pcsc_token_read_pin(shared, &pin) != NULL);
	ck_assert_uint_eq(pin.len, 0);
}
END_TEST

SUITE(pcsc_token_settings)
{
	Suite *s = suite_create("pcsc_token_settings");
	TCase *tc;

	tc = tcase_create("valid");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_token);
	tcase_add_test(tc, test_claims);
	tcase_add_test(tc, test_read_pin);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
