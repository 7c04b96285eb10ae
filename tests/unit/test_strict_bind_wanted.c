/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <netinet/in.h>

#include <strict_bind_wanted.h>

static strict_bind_settings_t *config;
static strict_bind_wanted_t *wanted;
static array_t *locals;

/**
 * Want what a section says.
 */
static void start(char *conf)
{
	option_errors_t *errors = option_errors_create();

	config = conf_load(&strict_bind_schema, "sb", conf, errors);
	ck_assert(config);
	errors->destroy(errors);
	wanted = strict_bind_wanted_create(config);
	locals = array_create(0, 0);
}

/**
 * Add a local address.
 */
static void add(char *address, char *ifname, u_int ifindex)
{
	strict_bind_local_t *local;
	struct sockaddr_in6 *sin6;

	INIT(local,
		.host = host_create_from_string(address, 0),
		.ifindex = ifindex,
	);
	strcpy(local->ifname, ifname);
	if (strpfx(address, "fe80"))
	{
		sin6 = (struct sockaddr_in6*)local->host->get_sockaddr(local->host);
		sin6->sin6_scope_id = ifindex;
	}
	array_insert(locals, ARRAY_TAIL, local);
}

static void add_machine()
{
	add("127.0.0.1", "lo", 1);
	add("10.1.0.1", "eth0", 2);
	add("fd01::1", "eth0", 2);
	add("fe80::1", "eth0", 2);
	add("10.2.0.1", "eth1", 3);
	add("fe80::1", "eth1", 3);
}

/**
 * Compare what is selected: "10.1.0.1@eth0 ..."; and what is missing.
 */
static void finish(char *expected, char *missing)
{
	array_t *selected = array_create(0, 0);
	strict_bind_local_t *local;
	char buf[512] = "";
	size_t used = 0;

	wanted->select(wanted, locals, selected);
	while (array_remove(selected, ARRAY_HEAD, &local))
	{
		used += snprintf(buf + used, sizeof(buf) - used, "%s%H@%s",
						 used ? " " : "", local->host, local->ifname);
	}
	ck_assert_str_eq(buf, expected);
	wanted->describe_missing(wanted, buf, sizeof(buf));
	ck_assert_str_eq(buf, missing);

	while (array_remove(locals, ARRAY_HEAD, &local))
	{
		local->host->destroy(local->host);
		free(local);
	}
	array_destroy(locals);
	array_destroy(selected);
	wanted->destroy(wanted);
	options_unref(config);
}

/** settings, what is selected and what is missing on the machine above */
static struct {
	char *conf;
	char *selected;
	char *missing;
} cases[] = {
	{ "addresses = 10.1.0.1", "10.1.0.1@eth0", "" },
	{ "addresses = 10.0.0.0/8", "10.1.0.1@eth0 10.2.0.1@eth1", "" },
	{ "addresses = 10.1.0.1-10.1.0.9", "10.1.0.1@eth0", "" },
	{ "addresses = \"10.1.0.1, 10.0.0.0/8\"", "10.1.0.1@eth0 10.2.0.1@eth1",
	  "" },
	{ "addresses = 10.1.0.2", "", "address 10.1.0.2/32" },
	{ "addresses = \"10.1.0.1, 10.3.0.0/16\"", "10.1.0.1@eth0",
	  "address 10.3.0.0/16" },
	{ "interfaces = eth0", "10.1.0.1@eth0 fd01::1@eth0 fe80::1@eth0", "" },
	{ "interfaces = eth*\n use_ipv6 = no", "10.1.0.1@eth0 10.2.0.1@eth1", "" },
	{ "interfaces = eth*\n use_ipv4 = no",
	  "fd01::1@eth0 fe80::1@eth0 fe80::1@eth1", "" },
	{ "interfaces = \"!lo, !eth0\"", "10.2.0.1@eth1 fe80::1@eth1", "" },
	{ "interfaces = \"eth1, ppp*\"\n use_ipv6 = no", "10.2.0.1@eth1",
	  "interface ppp*" },
	{ "interfaces = ppp0\n addresses = 10.9.0.1", "",
	  "interface ppp0, address 10.9.0.1/32" },
	{ "interfaces = eth1\n addresses = 10.2.0.1\n use_ipv6 = no",
	  "10.2.0.1@eth1", "" },
	{ "addresses = fe80::/64", "fe80::1@eth0 fe80::1@eth1", "" },
};

START_TEST(test_cases)
{
	char conf[256];

	snprintf(conf, sizeof(conf), "sb {\n%s\n}\n", cases[_i].conf);
	start(conf);
	add_machine();
	finish(cases[_i].selected, cases[_i].missing);
}
END_TEST

START_TEST(test_connections)
{
	start("sb { auto = yes }");
	add_machine();
	ck_assert(!wanted->add_connection(wanted, "a", "10.1.0.1"));
	ck_assert(!wanted->add_connection(wanted, "b", "10.1.0.1, 10.2.0.0/24"));
	ck_assert(!wanted->add_connection(wanted, "c", "10.9.0.1"));
	ck_assert(strict_bind_is_named("10.1.0.1, 10.2.0.0/24"));
	finish("10.1.0.1@eth0 10.2.0.1@eth1",
		   "address 10.9.0.1/32 of connection 'c'");
}
END_TEST

static struct {
	char *addrs;
	socket_family_t families;
} wildcards[] = {
	{ "%any", SOCKET_FAMILY_BOTH },
	{ "%any4", SOCKET_FAMILY_IPV4 },
	{ "%any6", SOCKET_FAMILY_IPV6 },
	{ "0.0.0.0", SOCKET_FAMILY_IPV4 },
	{ "::", SOCKET_FAMILY_IPV6 },
	{ "gw.example.com", SOCKET_FAMILY_BOTH },
	{ "", SOCKET_FAMILY_BOTH },
	{ "0.0.0.0/0", SOCKET_FAMILY_IPV4 },
	{ "::/0", SOCKET_FAMILY_IPV6 },
	{ "%any4, %any6", SOCKET_FAMILY_BOTH },
	{ "10.1.0.1, %any", SOCKET_FAMILY_BOTH },
	{ "%any6, 10.1.0.1", SOCKET_FAMILY_IPV6 },
};

START_TEST(test_wildcards)
{
	start("sb { auto = yes }");
	add_machine();
	ck_assert_int_eq(wanted->add_connection(wanted, "a", wildcards[_i].addrs),
					 wildcards[_i].families);
	ck_assert(!strict_bind_is_named(wildcards[_i].addrs));
	finish(strstr(wildcards[_i].addrs, "10.1.0.1") ? "10.1.0.1@eth0" : "", "");
}
END_TEST

START_TEST(test_interface)
{
	start("sb { auto = yes }");
	add_machine();
	wanted->add_interface(wanted, 3, SOCKET_FAMILY_IPV4);
	wanted->add_interface(wanted, 3, SOCKET_FAMILY_BOTH);
	wanted->add_interface(wanted, 2, SOCKET_FAMILY_IPV4);
	finish("10.1.0.1@eth0 10.2.0.1@eth1 fe80::1@eth1", "");
}
END_TEST

/** what isn't there isn't waited for */
START_TEST(test_host)
{
	char *hosts[] = { "10.1.0.1", "10.1.0.1", "10.9.0.1" };
	host_t *host;
	int i;

	start("sb { auto = yes }");
	add_machine();
	for (i = 0; i < countof(hosts); i++)
	{
		host = host_create_from_string(hosts[i], 4500);
		wanted->add_host(wanted, host);
		host->destroy(host);
	}
	finish("10.1.0.1@eth0", "");
}
END_TEST

START_TEST(test_all)
{
	start("sb { auto = yes\n use_ipv6 = no }");
	add_machine();
	wanted->add_all(wanted, SOCKET_FAMILY_BOTH);
	finish("127.0.0.1@lo 10.1.0.1@eth0 10.2.0.1@eth1", "");
}
END_TEST

/** two interfaces with the same address need two sockets only if these are
 * bound to interfaces */
START_TEST(test_same_address)
{
	start(_i ? "sb { interfaces = *\n bind_device = yes }"
			 : "sb { interfaces = * }");
	add("10.1.0.1", "eth0", 2);
	add("10.1.0.1", "eth0", 2);
	add("10.1.0.1", "eth1", 3);
	finish(_i ? "10.1.0.1@eth0 10.1.0.1@eth1" : "10.1.0.1@eth0", "");
}
END_TEST

SUITE(strict_bind_wanted)
{
	Suite *s = suite_create("strict_bind_wanted");
	TCase *tc;

	tc = tcase_create("settings");
	tcase_add_loop_test(tc, test_cases, 0, countof(cases));
	tcase_add_loop_test(tc, test_same_address, 0, 2);
	suite_add_tcase(s, tc);

	tc = tcase_create("connections");
	tcase_add_test(tc, test_connections);
	tcase_add_loop_test(tc, test_wildcards, 0, countof(wildcards));
	tcase_add_test(tc, test_interface);
	tcase_add_test(tc, test_host);
	tcase_add_test(tc, test_all);
	suite_add_tcase(s, tc);
	return s;
}
