/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <async_crypto_settings.h>

static async_crypto_settings_t *load(const char *conf)
{
	return conf_valid(&async_crypto_schema, "a", conf);
}

START_TEST(test_defaults)
{
	async_crypto_settings_t *config = load("a { }");

	ck_assert_str_eq(config->algorithms, "auto");
	ck_assert(!config->names);
	ck_assert(!config->parallel_cpus && !config->parallel.list);
	ck_assert(!config->serial_cpus && !config->serial.list);
	options_unref(config);
}
END_TEST

/** what is accepted, with the number of algorithms, -1 if SAs decide, and the
 * CPUs below 32 */
static struct {
	char *conf;
	int names;
	uint32_t parallel, serial;
} valid[] = {
	{ "algorithms = auto", -1 },
	{ "algorithms = off", 0 },
	{ "algorithms = \"rfc4106(gcm(aes)), authenc(hmac(sha256),cbc(aes))\"", 2 },
	{ "parallel_cpus = 0\n serial_cpus = 0-0", -1, 1, 1 },
	{ "serial_cpus = 0", -1, 0, 1 },
};

START_TEST(test_valid)
{
	async_crypto_settings_t *config;
	char conf[BUF_LEN];

	snprintf(conf, sizeof(conf), "a {\n%s\n}\n", valid[_i].conf);
	config = load(conf);
	ck_assert_int_eq(config->names ? config->names->get_count(config->names)
								   : -1, valid[_i].names);
	ck_assert_uint_eq(config->parallel.words[0], valid[_i].parallel);
	ck_assert_uint_eq(config->serial.words[0], valid[_i].serial);
	options_unref(config);
}
END_TEST

/** what is refused, and the start of the only line that says so */
static const conf_invalid_t invalid[] = {
	{ "algorithms = \"auto, off;\"",
	  "algorithms = \"off;\": expected auto, off, or at most 64 of" },
	{ "algorithms = \"rfc4106(gcm(aes)\"",
	  "algorithms = \"rfc4106(gcm(aes)\": expected auto, off, or" },
	{ "parallel_cpus = all", "parallel_cpus = \"all\": expected a list of this "
	  "kernel's CPUs, which are 0" },
	{ "parallel_cpus = 0,1023", "parallel_cpus = \"0,1023\": expected a list" },
	{ "serial_cpus = 3-1", "serial_cpus = \"3-1\": expected a list" },
	{ "algorithm = auto", "algorithm = \"auto\": unknown option" },
};

SETTINGS_TESTS(async_crypto_schema, invalid)

SUITE(async_crypto_settings)
{
	Suite *s = suite_create("async-crypto: settings");
	TCase *tc = tcase_create("settings");

	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
