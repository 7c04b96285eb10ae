/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <strict_bind_holder.h>
#include <strict_bind_names.h>
#include <strict_bind_ports.h>

START_TEST(test_names)
{
	char buf[BUF_LEN];
	strict_bind_names_t names = strict_bind_names(buf, sizeof(buf));
	int i;

	ck_assert_str_eq(buf, "");
	strict_bind_names_add(&names, "a%d", 1);
	ck_assert_str_eq(buf, "a1");
	for (i = 2; i <= STRICT_BIND_NAMES_MAX; i++)
	{
		strict_bind_names_add(&names, "a%d", i);
	}
	ck_assert_str_eq(buf, "a1, a2, a3, a4, a5, a6, a7, a8");
	strict_bind_names_add(&names, "a9");
	strict_bind_names_add(&names, "a10");
	ck_assert_str_eq(buf, "a1, a2, a3, a4, a5, a6, a7, a8, ... (10 in all)");
}
END_TEST

START_TEST(test_names_cut)
{
	char buf[64];
	strict_bind_names_t names = strict_bind_names(buf, sizeof(buf));

	strict_bind_names_add(&names, "%s", "short");
	strict_bind_names_add(&names, "%s", "much-longer-than-what-is-left");
	ck_assert_str_eq(buf, "short, ... (2 in all)");
}
END_TEST

/** charon's settings, the ports, and the line if they are refused */
static struct {
	char *conf;
	u_int ike;
	u_int natt;
	char *error;
} ports[] = {
	{ "", 500, 4500, NULL },
	{ "port = 5000\n port_nat_t = 5001", 5000, 5001, NULL },
	{ "port = 0\n port_nat_t = 0", 0, 0, NULL },
	{ "port = 1\n port_nat_t = 65535", 1, 65535, NULL },
	{ "port = 65536", 0, 0,
	  "strict-bind: c.port = \"65536\": expected 0-65535\n" },
	{ "port = -1", 0, 0, "strict-bind: c.port = \"-1\": expected 0-65535\n" },
	{ "port = ike", 0, 0, "strict-bind: c.port = \"ike\": expected 0-65535\n" },
	{ "port = \"\"\n port_nat_t = 1x", 0, 0,
	  "strict-bind: c.port = \"\": expected 0-65535\n"
	  "strict-bind: c.port_nat_t = \"1x\": expected 0-65535\n" },
	{ "port_nat_t = 500", 0, 0, "strict-bind: c.port_nat_t = \"500\": expected "
	  "another port than c.port\n" },
};

START_TEST(test_ports)
{
	strict_bind_ports_t loaded;
	settings_t *settings;
	char conf[256];
	bool valid;

	snprintf(conf, sizeof(conf), "c {\n%s\n}\n", ports[_i].conf);
	settings = settings_create_string(conf);
	log_capture();
	valid = strict_bind_ports_load(settings, "c", &loaded);
	ck_assert_str_eq(log_captured(), ports[_i].error ?: "");
	ck_assert(valid == !ports[_i].error);
	if (valid)
	{
		ck_assert_uint_eq(loaded.ike, ports[_i].ike);
		ck_assert_uint_eq(loaded.natt, ports[_i].natt);
	}
	settings->destroy(settings);
}
END_TEST

START_TEST(test_ports_choose)
{
	strict_bind_ports_t chosen = { 0, 0 }, kept = { 500, 4500 };

	ck_assert(strict_bind_ports_choose(&chosen));
	ck_assert_uint_ne(chosen.ike, 0);
	ck_assert_uint_ne(chosen.natt, 0);
	ck_assert_uint_ne(chosen.ike, chosen.natt);
	ck_assert(strict_bind_ports_choose(&kept));
	ck_assert_uint_eq(kept.ike, 500);
	ck_assert_uint_eq(kept.natt, 4500);
}
END_TEST

/* as the kernel prints it: each word as a number in host order */
#if BYTE_ORDER == LITTLE_ENDIAN
#define V4_10_1_0_1 "0100010A"
#define V6_FD01_1 "000001FD000000000000000001000000"
#else
#define V4_10_1_0_1 "0A010001"
#define V6_FD01_1 "FD010000000000000000000000000001"
#endif

#define HEADER \
	"   sl  local_address rem_address   st tx_queue rx_queue tr tm->when " \
	"retrnsmt   uid  timeout inode ref pointer drops\n"

#define REST " 00000000:0000 07 00000000:00000000 00:00000000 00000000     0 " \
	"       0 "

static struct {
	char *address;
	char *table;
	u_long inode;
} tables[] = {
	{ "10.1.0.1", HEADER, 0 },
	{ "10.1.0.1", HEADER "  1: " V4_10_1_0_1 ":01F4" REST "42 2 0 0\n", 42 },
	{ "10.1.0.1", HEADER "  1: 00000000:01F4" REST "43 2 0 0\n", 43 },
	{ "10.1.0.1", HEADER "  1: " V4_10_1_0_1 ":01F5" REST "44 2 0 0\n", 0 },
	{ "10.1.0.2", HEADER "  1: " V4_10_1_0_1 ":01F4" REST "45 2 0 0\n", 0 },
	{ "10.1.0.1", HEADER "  1: " V4_10_1_0_1 ":01F5" REST "46 2 0 0\n"
	  "  2: " V4_10_1_0_1 ":01F4" REST "47 2 0 0\n", 47 },
	{ "fd01::1", HEADER "  1: " V6_FD01_1 ":01F4" REST "48 2 0 0\n", 48 },
	{ "fd01::2", HEADER "  1: " V6_FD01_1 ":01F4" REST "49 2 0 0\n", 0 },
	{ "fd01::1", HEADER "  1: " V4_10_1_0_1 ":01F4" REST "50 2 0 0\n", 0 },
	{ "10.1.0.1", "garbage\n\n 1: \n", 0 },
};

START_TEST(test_holder)
{
	host_t *host = host_create_from_string(tables[_i].address, 500);
	FILE *file = fmemopen(tables[_i].table, strlen(tables[_i].table), "r");

	ck_assert_uint_eq(strict_bind_holder_inode(file, host), tables[_i].inode);
	fclose(file);
	host->destroy(host);
}
END_TEST

SUITE(strict_bind_log)
{
	Suite *s = suite_create("strict_bind_log");
	TCase *tc;

	tc = tcase_create("lines");
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_names_cut);
	tcase_add_loop_test(tc, test_holder, 0, countof(tables));
	suite_add_tcase(s, tc);

	tc = tcase_create("ports");
	tcase_add_loop_test(tc, test_ports, 0, countof(ports));
	tcase_add_test(tc, test_ports_choose);
	suite_add_tcase(s, tc);
	return s;
}
