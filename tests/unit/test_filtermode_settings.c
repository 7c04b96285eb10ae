/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"
#include "test_filtermode_load.h"

#include <filtermode_settings.h>
#include <filtermode_verdict.h>

START_TEST(test_defaults)
{
	option_errors_t *errors = option_errors_create();
	filtermode_settings_t *config = filtermode_load("", errors);

	ck_assert_int_eq(config->mode, FILTERMODE_OFF);
	ck_assert_int_eq(config->def, FILTERMODE_ACCEPT);
	ck_assert(config->stateful && !config->log_default);
	ck_assert_uint_eq(config->rules.count, 0);
	ck_assert(!config->rules_file && !config->refuse_blocked);
	ck_assert(!filtermode_names_peers(&config->allow));
	ck_assert_str_eq(config->table, "charon_filtermode");
	ck_assert_str_eq(config->priority, "-10");
	ck_assert_int_eq(config->on_stop, FILTERMODE_REMOVE);
	options_unref(config);
	errors->destroy(errors);
}
END_TEST

/** what is accepted */
static char *valid[] = {
	"mode = ipsec\n default = drop\n rules_file = /etc/ipsec.nft\n"
	"stateful = no\n log_default = yes\n"
	"rules { a { action = drop\n log = yes } }",
	"mode = interfaces\n allow_connections = \"hq-*, !hq-test\"\n "
	"refuse_blocked = yes",
	"table = a-b_9\n priority = -99\n on_stop = keep",
	"priority = 99",
	"rules { a { action = accept } }",
	"rules { a-1_B { direction = in\n src = \"10.0.0.0/8, ::/0\"\n"
	"	dst = 10.1.0.1-10.1.0.9\n protocol = tcp\n src_port = 1-65535\n"
	"	dst_port = \"22, 80-90\"\n"
	"	kind = transport\n connections = \"a*, !ab\"\n action = reject } }",
	"rules { a { protocol = 255\n direction = out\n action = drop\n"
	"	kind = xfrmi } }",
	"rules { a { src = \"10.0.0.1, fd00::1\"\n dst = fd00::/8\n kind = vti\n"
	"	action = drop } }",
	"rules { a { connections = x\n kind = tunnel\n action = accept } }",
	"rules { a { ids = \"'C=CH, CN=*', a@b\"\n groups = !x\n kind = transport\n"
	"	action = accept } }",
	"allow_ids = \"*@lab, !x@lab\"\n allow_groups = staff",
	"sets { a { table = mine\n set = a-b_9\n ids = x }\n"
	"	b { table = \"inet mine\"\n set = b\n groups = \"staff, !guests\"\n"
	"	what = networks }\n"
	"	c { table = \"ip charon_filtermode\"\n set = b\n connections = x\n"
	"	what = addresses }\n d { table = \"ip6 mine\"\n set = b\n ids = x } }",
};

START_TEST(test_valid)
{
	option_errors_t *errors = option_errors_create();

	options_unref(filtermode_load(valid[_i], errors));
	ck_assert_uint_eq(errors->get_count(errors), 0);
	errors->destroy(errors);
}
END_TEST

#define LONG "a234567890123456789012345678901234567890123456789012345678901234"

/** what is refused, and the start of the only line that says so */
static const conf_invalid_t invalid[] = {
	{ "mode = on", "mode = \"on\": expected one of off, ipsec, interfaces" },
	{ "default = reject",
	  "default = \"reject\": expected one of accept, drop" },
	{ "stateful = strict", "stateful = \"strict\": expected yes or no" },
	{ "rules { a { action = drop\n kind = tunnel\n connection = x } }",
	  "rules.a.connection = \"x\": unknown option, renamed to connections" },
	{ "rules { a { action = drop\n mode = tunnel } }",
	  "rules.a.mode = \"tunnel\": unknown option, renamed to kind" },
	{ "sets { a { set = a\n ids = x } }", "sets.a.table: missing, expected" },
	{ "sets { a { table = a\n ids = x } }", "sets.a.set: missing, expected" },
	{ "sets { a { table = a\n set = b } }", "sets.a: has no criteria" },
	{ "sets { a { table = a\n set = b\n ids = [ } }", "sets.a.ids = \"[\": " },
	{ "sets { a { table = a\n set = b\n groups = [ } }",
	  "sets.a.groups = \"[\": " },
	{ "sets { a { table = a\n set = b\n connections = [ } }",
	  "sets.a.connections = \"[\": " },
	{ "sets { a { table = a\n set = b\n ids = x\n what = ports } }",
	  "sets.a.what = \"ports\": expected one of addresses, networks" },
	{ "sets { a { table = a\n set = \"b; flush ruleset\"\n ids = x } }",
	  "sets.a.set = \"b; flush ruleset\": expected a set's name" },
	{ "sets { a { table = a\n set = " LONG "5\n ids = x } }", "sets.a.set = " },
	{ "sets { a { table = \"a;\"\n set = b\n ids = x } }",
	  "sets.a.table = \"a;\": expected a table's name" },
	{ "sets { a { table = \"arp a\"\n set = b\n ids = x } }",
	  "sets.a.table = \"arp a\": expected a table's name" },
	{ "sets { a { table = \"i a\"\n set = b\n ids = x } }",
	  "sets.a.table = \"i a\": expected a table's name" },
	{ "sets { a { table = \"inet  a\"\n set = b\n ids = x } }",
	  "sets.a.table = \"inet  a\": expected a table's name" },
	{ "sets { a { table = \"inet a b\"\n set = b\n ids = x } }",
	  "sets.a.table = \"inet a b\": expected a table's name" },
	{ "sets { a*b { table = a\n set = b\n ids = x } }",
	  "sets.a*b: expected a name" },
	{ "sets { a { table = charon_filtermode\n set = b\n ids = x } }",
	  "sets.a.table = \"inet charon_filtermode\": expected another table" },
	{ "sets { a { table = a\n set = b\n ids = x }\n"
	  "c { table = \"inet a\"\n set = b\n ids = y } }",
	  "sets.c.set = \"b\": expected another set than that of sets.a" },
	{ "sets { a { table = a\n set = b\n ids = x\n family = ip } }",
	  "sets.a.family = \"ip\": unknown option" },
	{ "modes = off", "modes = \"off\": unknown option" },
	{ "allow_connections = [", "allow_connections = \"[\": " },
	{ "log_default = all", "log_default = \"all\": expected yes or no" },
	{ "rules { a { action = drop\n log = 2 } }",
	  "rules.a.log = \"2\": expected yes or no" },
	{ "rules { a { action = drop\n ids = x } }",
	  "rules.a.ids: expected together with kind tunnel or transport" },
	{ "rules { a { action = drop\n groups = x\n kind = vti } }",
	  "rules.a.groups: expected together with kind tunnel or transport" },
	{ "rules { a { action = drop\n groups = [\n kind = tunnel } }",
	  "rules.a.groups = \"[\": " },
	{ "allow_ids = \"C=CH, CN=x\"", "allow_ids = \"C=CH, CN=x\": " },
	{ "allow_groups = [", "allow_groups = \"[\": " },
	{ "allow = a", "allow = \"a\": unknown option, renamed to allow_conn" },
	{ "refuse_blocked = maybe",
	  "refuse_blocked = \"maybe\": expected yes or no" },
	{ "reject = yes",
	  "reject = \"yes\": unknown option, renamed to refuse_blocked" },
	{ "on_stop = stay", "on_stop = \"stay\": expected one of remove, keep" },
	{ "rules_file = ipsec.nft",
	  "rules_file = \"ipsec.nft\": expected an absolute path" },
	{ "table = \"a; flush ruleset\"",
	  "table = \"a; flush ruleset\": expected" },
	{ "table = 9a", "table = \"9a\": expected a name" },
	{ "table = " LONG "5", "table = \"" },
	{ "priority = -100", "priority = \"-100\": expected a number from -99" },
	{ "priority = filter", "priority = \"filter\": expected a number" },
	{ "priority = --1", "priority = \"--1\": expected a number" },
	{ "priority = \"0; policy drop\"", "priority = \"0; policy drop\": exp" },
	{ "rules { a { src = 10.0.0.1 } }",
	  "rules.a.action: missing, expected accept, drop or reject" },
	{ "rules { a { action = allow } }",
	  "rules.a.action = \"allow\": expected one of accept, drop, reject" },
	{ "rules { a*b { action = drop } }", "rules.a*b: expected a name" },
	{ "rules { 9a { action = drop } }", "rules.9a: expected a name" },
	{ "rules { a { action = drop\n direction = forward } }",
	  "rules.a.direction = \"forward\": expected one of both, in, out" },
	{ "rules { a { action = drop\n kind = beet } }",
	  "rules.a.kind = \"beet\": expected one of any, tunnel, transport, vti" },
	{ "rules { a { action = drop\n src = 10.0.0.0/33 } }",
	  "rules.a.src = \"10.0.0.0/33\": expected a comma separated list" },
	{ "rules { a { action = drop\n dst = host } }",
	  "rules.a.dst = \"host\": expected a comma separated list" },
	{ "rules { a { action = drop\n src = 10.0.0.1\n dst = fd00::1 } }",
	  "rules.a: no network in src is of the same address family" },
	{ "rules { a { action = drop\n protocol = tcp4 } }",
	  "rules.a.protocol = \"tcp4\": expected the name of a protocol" },
	{ "rules { a { action = drop\n protocol = 0 } }",
	  "rules.a.protocol = \"0\": expected the name of a protocol" },
	{ "rules { a { action = drop\n dst_port = 22 } }",
	  "rules.a.dst_port = \"22\": expected together with protocol tcp" },
	{ "rules { a { action = drop\n dst_port = 22\n protocol = gre } }",
	  "rules.a.dst_port = \"22\": expected together with protocol tcp" },
	{ "rules { a { action = drop\n dst_port = \"22, 0\"\n protocol = tcp } }",
	  "rules.a.dst_port = \"0\": expected ports from 1-65535" },
	{ "rules { a { action = drop\n dst_port = \"22 accept\"\n "
	  "protocol = udp } }",
	  "rules.a.dst_port = \"22 accept\": expected ports from 1-65535" },
	{ "rules { a { action = drop\n dst_port = \",\"\n protocol = udp } }",
	  "rules.a.dst_port = \",\": expected ports from 1-65535" },
	{ "rules { a { action = drop\n src_port = 22 } }",
	  "rules.a.src_port = \"22\": expected together with protocol tcp" },
	{ "rules { a { action = drop\n src_port = 9-1\n dst_port = 1\n "
	  "protocol = tcp } }",
	  "rules.a.src_port = \"9-1\": expected ports from 1-65535" },
	{ "rules { a { action = drop\n ports = 22\n protocol = tcp } }",
	  "rules.a.ports = \"22\": unknown option, renamed to dst_port" },
	{ "rules { a { action = drop\n connections = x } }",
	  "rules.a.connections: expected together with kind tunnel or transport" },
	{ "rules { a { action = drop\n connections = x\n kind = xfrmi } }",
	  "rules.a.connections: expected together with kind tunnel or transport" },
};

SETTINGS_TESTS(filtermode_schema, invalid)

START_TEST(test_longest_name)
{
	option_errors_t *errors = option_errors_create();

	options_unref(filtermode_load("table = " LONG "\n rules { " LONG
								  " { action = drop } }", errors));
	ck_assert_uint_eq(errors->get_count(errors), 0);
	errors->destroy(errors);
}
END_TEST

/** lists of a rule, what a peer is, and whether it is named in doubt or not */
static struct {
	char *lists;
	char *id;
	char *name;
	char *groups[3];
	bool doubt;
	bool named;
} named[] = {
	{ "ids = \"a*\"", "alice", NULL, {}, TRUE, TRUE },
	{ "ids = \"a*\"", "bob", NULL, {}, FALSE, FALSE },
	{ "ids = \"a*\"", "bob", "alice", {}, TRUE, FALSE },
	{ "ids = \"*, !a*\"", "alice", "bob", {}, TRUE, FALSE },
	{ "ids = \"*, !a*\"", "alice", "al", {}, FALSE, FALSE },
	/* it might have used the name that is excluded */
	{ "ids = \"*, !a*\"", "bob", "alice", {}, TRUE, FALSE },
	{ "ids = !a*", "bob", "alice", {}, TRUE, FALSE },
	{ "ids = !a*", "bob", "eve", {}, TRUE, TRUE },
	{ "ids = a\n connections = y", "a", NULL, {}, FALSE, FALSE },
	{ "ids = a\n connections = x", "a", NULL, {}, TRUE, TRUE },
	{ "groups = staff", "a", NULL, {}, FALSE, FALSE },
	{ "groups = staff", "a", NULL, { "guests" }, FALSE, FALSE },
	{ "groups = staff", "a", NULL, { "guests", "staff" }, TRUE, TRUE },
	{ "groups = \"*, !guests\"", "a", NULL, { "guests", "staff" }, FALSE,
	  FALSE },
	{ "groups = !guests", "a", NULL, { "staff", "guests" }, FALSE, FALSE },
	{ "groups = !guests", "a", NULL, { "staff", "others" }, TRUE, TRUE },
	{ "groups = staff\n ids = b", "a", "b", { "staff" }, TRUE, FALSE },
	{ "groups = staff\n ids = b", "a", "b", { "guests" }, FALSE, FALSE },
	/* who it will be isn't known */
	{ "ids = a", NULL, NULL, {}, TRUE, FALSE },
	{ "groups = a\n connections = x", NULL, NULL, {}, TRUE, FALSE },
	{ "groups = a\n connections = y", NULL, NULL, {}, FALSE, FALSE },
	{ "connections = x", NULL, NULL, {}, TRUE, TRUE },
};

START_TEST(test_named)
{
	filtermode_peer_t peer = {
		.facts = {
			.id = named[_i].id,
			.names = array_create(0, 0),
			.groups = array_create(0, 0),
		},
	};
	filtermode_child_t child = {
		.connection = "x",
		.peer = named[_i].id ? &peer : NULL,
	};
	filtermode_settings_t *config;
	filtermode_rule_t *rule;
	char conf[BUF_LEN];
	int i;

	for (i = 0; named[_i].groups[i]; i++)
	{
		array_insert(peer.facts.groups, ARRAY_TAIL, named[_i].groups[i]);
	}
	if (named[_i].name)
	{
		array_insert(peer.facts.names, ARRAY_TAIL, named[_i].name);
	}
	snprintf(conf, sizeof(conf), "rules { a { action = drop\n kind = tunnel\n"
			 "%s } }", named[_i].lists);
	config = filtermode_load(conf, NULL);
	rule = config->rules.items[0];
	ck_assert(filtermode_is_named(&rule->peers, &child, TRUE) ==
			  named[_i].doubt);
	ck_assert(filtermode_is_named(&rule->peers, &child, FALSE) ==
			  named[_i].named);
	options_unref(config);
	array_destroy(peer.facts.groups);
	array_destroy(peer.facts.names);
}
END_TEST

/** settings, a CHILD_SA, and what becomes of it */
static struct {
	char *conf;
	filtermode_child_t child;
	filtermode_verdict_t verdict;
} children[] = {
	{ "mode = off", { "a" }, FILTERMODE_PASSES },
	{ "mode = ipsec", { "a" }, FILTERMODE_PASSES },
	{ "mode = interfaces", { "a" }, FILTERMODE_BLOCKED },
	{ "mode = interfaces", { "a", .transport = TRUE }, FILTERMODE_PASSES },
	{ "mode = interfaces", { "a", .if_id = TRUE }, FILTERMODE_PASSES },
	{ "mode = interfaces", { "a", .mark = TRUE },
	  FILTERMODE_BLOCKED_UNLESS_VTI },
	{ "mode = interfaces\n allow_connections = a*", { "a" },
	  FILTERMODE_PASSES },
	{ "mode = interfaces\n allow_connections = a*", { "b" },
	  FILTERMODE_BLOCKED },
	{ "mode = interfaces\n allow_connections = a*", { "a", .mark = TRUE },
	  FILTERMODE_PASSES },
	{ "mode = ipsec", { "a", .userspace = TRUE }, FILTERMODE_PASSES },
	{ "mode = interfaces", { "a", .userspace = TRUE }, FILTERMODE_BLOCKED },
	{ "mode = interfaces\n allow_connections = a", { "a", .userspace = TRUE },
	  FILTERMODE_BLOCKED_BY_DEVICE },
	{ "mode = interfaces", { "a", .userspace = TRUE, .if_id = TRUE },
	  FILTERMODE_BLOCKED_BY_DEVICE },
	{ "mode = interfaces", { "a", .userspace = TRUE, .mark = TRUE },
	  FILTERMODE_BLOCKED_BY_DEVICE },
};

START_TEST(test_verdict)
{
	filtermode_settings_t *config;

	config = filtermode_load(children[_i].conf, NULL);
	ck_assert_int_eq(filtermode_verdict(config, &children[_i].child),
					 children[_i].verdict);
	options_unref(config);
}
END_TEST

SUITE(filtermode_settings)
{
	Suite *s = suite_create("filtermode: settings");
	TCase *tc;

	tc = tcase_create("settings");
	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_longest_name);
	suite_add_tcase(s, tc);

	tc = tcase_create("verdict");
	tcase_add_loop_test(tc, test_named, 0, countof(named));
	tcase_add_loop_test(tc, test_verdict, 0, countof(children));
	suite_add_tcase(s, tc);

	return s;
}
