/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <strict_bind_settings.h>

static strict_bind_settings_t *load(const char *conf)
{
	return conf_valid(&strict_bind_schema, "sb", conf);
}

START_TEST(test_defaults)
{
	strict_bind_settings_t *config = load("sb { auto = yes }");

	ck_assert(config->automatic);
	ck_assert_int_eq(config->auto_any, STRICT_BIND_ANY_ROUTES);
	ck_assert_ptr_null(config->interfaces);
	ck_assert_ptr_null(config->addresses);
	ck_assert(!config->bind_device);
	ck_assert(config->use_ipv4);
	ck_assert(config->use_ipv6);
	ck_assert_uint_eq(config->mark, 0);
	ck_assert_uint_eq(config->rcvbuf, 0);
	ck_assert_uint_eq(config->sndbuf, 0);
	options_unref(config);
}
END_TEST

START_TEST(test_values)
{
	strict_bind_settings_t *config = load(
		"sb {\n"
		"	interfaces = eth*, !eth7\n"
		"	addresses = 10.0.0.1, fd00::/8, 10.1.0.1-10.1.0.9\n"
		"	auto_any = refuse\n"
		"	bind_device = yes\n"
		"	use_ipv4 = no\n"
		"	fwmark = 0x2a\n"
		"	receive_buffer_size = 1073741823\n"
		"	send_buffer_size = 4096\n"
		"}\n");

	ck_assert(config->interfaces->matches(config->interfaces, "eth0"));
	ck_assert(!config->interfaces->matches(config->interfaces, "eth7"));
	ck_assert_int_eq(config->addresses->get_count(config->addresses), 3);
	ck_assert_int_eq(config->auto_any, STRICT_BIND_ANY_REFUSE);
	ck_assert(!config->automatic);
	ck_assert(config->bind_device);
	ck_assert(!config->use_ipv4);
	ck_assert_uint_eq(config->mark, 0x2a);
	ck_assert_uint_eq(config->rcvbuf, 1073741823);
	ck_assert_uint_eq(config->sndbuf, 4096);
	options_unref(config);
}
END_TEST

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "", "interfaces: nothing says what to bind, expected interfaces, " },
	{ "auto = no", "interfaces: nothing says what to bind" },
	{ "auto = perhaps", "auto = \"perhaps\": expected yes or no" },
	{ "auto = yes\n auto_any = some", "auto_any = \"some\": expected one of" },
	{ "interfaces = eth[", "interfaces = \"eth[\": " },
	{ "interfaces = \"eth0,,eth1\"", "interfaces = \"eth0,,eth1\": " },
	{ "interfaces = \"\"", "interfaces = \"\": " },
	{ "interfaces = \"eth0, eth0\"", "interfaces = \"eth0\": is listed twice" },
	{ "addresses = \"10.0.0.1, 10.0.0.1\"",
	  "addresses = \"10.0.0.1/32\": is listed twice" },
	{ "addresses = \"fd00::/64, fd00::/64\"",
	  "addresses = \"fd00::/64\": is listed twice" },
	{ "addresses = 0.0.0.0", "addresses = \"0.0.0.0/32\": expected addresses" },
	{ "addresses = 0.0.0.0/0", "addresses = \"0.0.0.0/0\": expected " },
	{ "addresses = ::", "addresses = \"::/128\": expected addresses" },
	{ "addresses = ::/0", "addresses = \"::/0\": expected addresses" },
	{ "addresses = %any", "addresses = \"%any\": " },
	{ "addresses = gw.example.com", "addresses = \"gw.example.com\": " },
	{ "addresses = 10.0.0.0/33", "addresses = \"10.0.0.0/33\": " },
	{ "auto = yes\n bind_device = eth0", "bind_device = \"eth0\": expected " },
	{ "auto = yes\n use_ipv4 = no\n use_ipv6 = no",
	  "use_ipv6 = \"no\": expected yes, as use_ipv4 is no, too" },
	{ "auto = yes\n fwmark = 0", "fwmark = \"0\": expected a mark" },
	{ "auto = yes\n fwmark = -1", "fwmark = \"-1\": expected a mark" },
	{ "auto = yes\n fwmark = 1/1", "fwmark = \"1/1\": expected a mark" },
	{ "auto = yes\n fwmark = 0x100000000", "fwmark = \"0x100000000\": " },
	{ "auto = yes\n fwmark = %unique", "fwmark = \"%unique\": " },
	{ "auto = yes\n receive_buffer_size = -1",
	  "receive_buffer_size = \"-1\": expected 0-1073741823" },
	{ "auto = yes\n receive_buffer_size = 1073741824",
	  "receive_buffer_size = \"1073741824\": " },
	{ "auto = yes\n send_buffer_size = 1M",
	  "send_buffer_size = \"1M\": expected 0-1073741823" },
	{ "auto = yes\n rcvbuf = 9",
	  "rcvbuf = \"9\": unknown option, renamed to receive_buffer_size" },
	{ "auto = yes\n sndbuf = 9",
	  "sndbuf = \"9\": unknown option, renamed to send_buffer_size" },
	{ "auto = yes\n set_source = yes", "set_source = \"yes\": unknown option" },
};

SETTINGS_TESTS(strict_bind_schema, invalid)

SUITE(strict_bind_settings)
{
	Suite *s = suite_create("strict_bind_settings");
	TCase *tc;

	tc = tcase_create("valid");
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_values);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
