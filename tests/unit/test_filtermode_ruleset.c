/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "test_filtermode_load.h"

#include <filtermode_ruleset.h>

/** device of ESP in userspace */
static const char *tun;

static filtermode_ruleset_t *create(const char *content, const char *file)
{
	filtermode_ruleset_t *ruleset;
	filtermode_settings_t *config;

	config = filtermode_load(content, NULL);
	ruleset = filtermode_ruleset_create(config, file, tun);
	options_unref(config);
	return ruleset;
}

/** count occurrences */
static u_int count(const char *text, const char *what)
{
	u_int n;

	for (n = 0; (text = strstr(text, what)); n++)
	{
		text += strlen(what);
	}
	return n;
}

/** rules, and a statement that they become, with how often it is there */
static struct {
	char *rule;
	char *statement;
	u_int count;
} rules[] = {
	/* can be rejected before source NAT only, where nothing else is decided */
	{ "direction = out\n action = reject", "\tchain ipsec-out {\n"
	  "\t\tcounter drop comment \"rules.a\"\n", 1 },
	{ "direction = out\n action = reject", "\tchain reject-out {\n"
	  "\t\tcounter reject comment \"rules.a\"\n", 1 },
	{ "kind = tunnel\n action = reject", "\tchain reject-out {\n"
	  "\t\tjump reject-a-out\n", 1 },
	{ "kind = tunnel\n action = reject", " ip daddr 0.0.0.0/0 counter reject",
	  6 },
	{ "action = drop }\n b { protocol = udp\n action = reject }\n c {\n "
	  "action = accept", "\tchain reject-out {\n\t\taccept\n"
	  "\t\tmeta l4proto 17 counter reject comment \"rules.b\"\n\t}\n", 1 },
	{ "direction = in\n action = reject", "\tchain reject-out {\n\t}\n", 1 },
	{ "action = accept", "\tchain reject-out {\n\t}\n", 1 },
	{ "action = accept", "\n\t\tcounter accept comment \"rules.a\"\n", 2 },
	{ "direction = in\n action = reject",
	  "{\n\t\tcounter reject comment \"rules.a\"\n\t}\n", 1 },
	{ "src = 10.1.0.0/16\n direction = out\n action = drop",
	  "\t\tip saddr { 10.1.0.0/16 } counter drop comment", 1 },
	{ "dst = \"fd02::1, 10.0.0.1, fd01::/64\"\n action = drop",
	  "\t\tip6 daddr { fd02::1, fd01::/64 } counter", 2 },
	{ "dst = \"fd02::1, 10.0.0.1, fd01::/64\"\n action = drop",
	  "\t\tip daddr { 10.0.0.1 } counter drop", 2 },
	/* no such packets */
	{ "src = \"10.0.0.1, fd01::1\"\n dst = 10.0.0.2\n action = drop",
	  "ip6 ", 0 },
	/* nft makes the best of those that overlap */
	{ "src = \"10.0.0.0/8, 10.2.0.0/16, 10.255.0.0-11.0.0.9, 9.0.0.1\"\n"
	  "action = drop", "ip saddr { 10.0.0.0/8, 10.2.0.0/16, "
	  "10.255.0.0-11.0.0.9, 9.0.0.1 }", 2 },
	{ "src = 0.0.0.0/0\n action = drop", "{ 0.0.0.0/0 }", 2 },
	{ "src = 10.0.0.1-10.0.0.2\n action = drop", "{ 10.0.0.1-10.0.0.2 }", 2 },
	{ "src = 10.0.0.2-10.0.0.3\n action = drop", "{ 10.0.0.2/31 }", 2 },
	{ "src = ::/0\n action = drop", "{ ::/0 }", 2 },
	{ "protocol = gre\n action = drop", "\t\tmeta l4proto 47 counter drop", 2 },
	{ "protocol = udp\n dst_port = \"53, 60-69\"\n action = drop",
	  "\t\tmeta l4proto 17 th dport { 53, 60-69 } counter drop", 2 },
	{ "protocol = udp\n dst_port = \",53 ,,\t60-69,\"\n action = drop",
	  "\t\tmeta l4proto 17 th dport { 53, 60-69 } counter drop", 2 },
	{ "protocol = sctp\n src_port = \"1024-65535 ,9\"\n action = drop",
	  "\t\tmeta l4proto 132 th sport { 1024-65535, 9 } counter drop", 2 },
	{ "protocol = tcp\n dst_port = 22\n src_port = 1-9\n action = drop",
	  "\t\tmeta l4proto 6 th sport { 1-9 } th dport { 22 } counter", 2 },
	{ "kind = vti\n action = drop",
	  "\t\tmeta oifkind { \"vti\", \"vti6\" } counter drop", 1 },
	{ "kind = xfrmi\n action = drop", "\t\tmeta iifkind \"xfrm\" counter", 1 },
	/* in a VRF */
	{ "kind = xfrmi\n action = drop", "meta sdif @xfrm-devices counter", 1 },
	{ "kind = vti\n action = drop", "meta sdif @vti-devices counter drop", 1 },
	{ "kind = tunnel\n action = drop", "\t\tjump rule-a-in\n", 1 },
	/* each state, and each family of its addresses */
	{ "kind = tunnel\n action = drop",
	  "counter drop comment \"rules.a\"\n", 2 * 6 * 2 },
	{ "kind = tunnel\n action = accept", "\tchain rule-a-out {\n"
	  "\t\tipsec out spnum 0 ip daddr 0.0.0.0/0 counter accept", 1 },
	{ "kind = transport\n direction = in\n action = drop",
	  "\tchain rule-a-in {\n\t\tmeta iifkind \"xfrm\" return\n"
	  "\t\tmeta sdif @xfrm-devices return\n"
	  "\t\tmeta ipsec missing return\n"
	  "\t\tipsec in spnum 0 ip saddr 0.0.0.0/0 return\n", 1 },
	/* unknown CHILD_SAs are neither accepted nor let through */
	{ "kind = tunnel\n connections = x\n action = accept",
	  "\t\tipsec out reqid @rule-a jump rule-a-out\n", 1 },
	{ "kind = tunnel\n connections = x\n action = reject",
	  "\t\tipsec in reqid != @rule-a jump rule-a-in\n", 1 },
};

START_TEST(test_rules)
{
	filtermode_ruleset_t *ruleset;
	char conf[BUF_LEN];

	snprintf(conf, sizeof(conf), "mode = ipsec\n stateful = no\n"
			 "rules { a { %s } }", rules[_i].rule);
	ruleset = create(conf, NULL);
	ck_assert_msg(rules[_i].count == count(ruleset->text, rules[_i].statement),
				  "%s", ruleset->text);
	filtermode_ruleset_unref(ruleset);
}
END_TEST

/** rules that keep state, and a statement that they become */
static struct {
	char *rule;
	char *statement;
	u_int count;
} stateful[] = {
	{ "action = accept", "\tchain ipsec-in {\n"
	  "\t\tct state invalid counter drop comment \"invalid\"\n"
	  "\t\tct direction reply jump answers-in\n", 1 },
	{ "action = accept\n direction = in", "\tchain rules-in {\n"
	  "\t\tcounter accept comment \"rules.a\"\n", 1 },
	{ "action = accept\n direction = in", "\tchain rules-out {\n\t}\n", 1 },
	/* answers go the other way */
	{ "action = accept\n direction = in", "\tchain answers-out {\n"
	  "\t\tcounter accept comment \"rules.a\"\n", 1 },
	{ "action = accept\n direction = in", "\tchain answers-in {\n\t}\n", 1 },
	{ "action = accept\n direction = in", "\tchain errors-in {\n"
	  "\t\tmeta l4proto { 1, 58 } ct state related counter accept", 1 },
	/* by what passes IPsec, whatever is translated before or behind */
	{ "action = drop\n direction = in\n src = 10.0.0.1\n dst = 10.0.0.2\n"
	  "protocol = gre", "\tchain answers-out {\n\t\tct original ip saddr "
	  "{ 10.0.0.1 } ct reply ip saddr { 10.0.0.2 } ct protocol 47 counter "
	  "drop", 1 },
	{ "action = drop\n direction = out\n src = fd01::1\n dst = fd01::2\n"
	  "protocol = gre", "\tchain answers-in {\n\t\tct reply ip6 daddr "
	  "{ fd01::1 } ct reply ip6 saddr { fd01::2 } ct protocol 47 counter "
	  "drop", 1 },
	{ "action = drop\n direction = in\n protocol = tcp\n src_port = 1\n"
	  "dst_port = 2", "\tchain answers-out {\n\t\tmeta l4proto 6 ct original "
	  "proto-src @ports-a-src ct reply proto-src @ports-a-dst counter drop",
	  1 },
	{ "action = accept\n direction = out\n protocol = tcp\n src_port = 1\n"
	  "dst_port = 2", "\tchain answers-in {\n\t\tmeta l4proto { 1, 58 } ct "
	  "state related ct protocol 6 counter accept comment \"rules.a\"\n"
	  "\t\tmeta l4proto 6 ct reply proto-dst @ports-a-src ct reply proto-src "
	  "@ports-a-dst counter accept", 1 },
	/* ports of an error's connection can't be seen: a rule that drops has to
	 * leave errors of those to other ports */
	{ "action = drop\n protocol = tcp\n dst_port = 2",
	  "meta l4proto { 1, 58 } ct state related c", 0 },
	{ "action = drop\n protocol = tcp",
	  "meta l4proto { 1, 58 } ct state related ct protocol 6", 2 },
	{ "action = accept\n protocol = udp\n dst_port = \"80-90, 85\"",
	  "\tset ports-a-dst {\n\t\ttype inet_service\n\t\tflags "
	  "constant, interval\n\t\tauto-merge\n\t\telements = { 80-90, 85 }\n", 1 },
	/* the chain is that of the direction that an answer takes */
	{ "action = accept\n direction = in\n kind = tunnel\n connections = x",
	  "\tchain answers-out {\n\t\tipsec out reqid @rule-a jump rule-a-out\n",
	  1 },
	{ "action = accept\n direction = in\n kind = tunnel",
	  "\tchain rule-a-out {\n", 1 },
	{ "action = reject\n direction = out", "\tchain before-nat {\n"
	  "\t\tct state invalid,untracked goto ipsec-out\n"
	  "\t\tct direction reply accept\n", 1 },
	{ "action = drop\n log = yes", "\tchain log-a {\n\t\tlimit rate 10/second "
	  "burst 20 packets log prefix \"filtermode rules.a drop: \"\n\t}\n", 1 },
	{ "action = accept\n log = yes", "\tchain log-a {\n"
	  "\t\tct state established,related return\n\t\tlimit", 1 },
	/* before that, and in each direction, for answers and errors as well; the
	 * rest is without what logs */
	{ "action = drop\n log = yes\n src = 10.0.0.1", "\t\tip saddr { 10.0.0.1 } "
	  "jump log-a\n\t\tip saddr { 10.0.0.1 } counter drop", 2 },
	{ "action = drop\n log = yes", "\t\tjump log-a\n\t\tcounter drop", 4 },
	{ "action = drop", "log-", 0 },
	{ "action = drop\n kind = transport\n log = yes",
	  "\t\tjump log-a\n\t\tcounter drop", 2 },
	{ "action = drop\n kind = tunnel\n log = yes",
	  " ip saddr 0.0.0.0/0 jump log-a\n", 6 },
	{ "action = reject\n log = yes", "\tchain reject-out {\n\t\tjump log-a\n"
	  "\t\tcounter reject", 1 },
	{ "action = drop } }\n log_default = yes\n rules { a { log = no",
	  "\t\tjump default-log\n\t\tcounter accept comment \"default\"\n", 2 },
	/* or nobody would be told */
	{ "action = reject\n direction = in\n kind = tunnel\n protocol = tcp",
	  "\tchain answers-out {\n\t\tmeta l4proto { 1, 58 } ct state related ct "
	  "protocol 6 accept\n\t\tct protocol 6 jump rule-a-out\n", 1 },
};

START_TEST(test_stateful)
{
	filtermode_ruleset_t *ruleset;
	char conf[BUF_LEN];

	snprintf(conf, sizeof(conf), "mode = ipsec\n rules { a { %s } }",
			 stateful[_i].rule);
	ruleset = create(conf, NULL);
	ck_assert_msg(stateful[_i].count == count(ruleset->text,
											  stateful[_i].statement),
				  "%s", ruleset->text);
	filtermode_ruleset_unref(ruleset);
}
END_TEST

START_TEST(test_ipsec)
{
	filtermode_ruleset_t *ruleset;
	filtermode_set_t *set;
	char *rule, *file, *def;

	ruleset = create("mode = ipsec\n default = drop\n table = t\n"
					 "priority = 7\n rules {\n a { action = drop }\n"
					 "b {action = drop\n connections = \"x\"\n kind = tunnel\n}"
					 "\nc { action = accept\n connections = y\n kind = tunnel} "
					 "}",
					 "chain ipsec-in {\n\taccept\n}\n");
	ck_assert(strpfx(ruleset->text, "table inet t {\n\tcomment \""));
	ck_assert_uint_eq(count(ruleset->text, "\t\ttype filter hook "), 6);
	ck_assert_uint_eq(count(ruleset->text, " priority 7; policy accept;\n"), 4);
	ck_assert_uint_eq(count(ruleset->text, "hook postrouting priority 207; "
							"policy accept;\n\t\tct state invalid,untracked "
							"accept\n\t\trt ipsec exists goto ipsec-out\n"), 1);
	ck_assert_uint_eq(count(ruleset->text, "rt ipsec exists goto before-nat\n"),
					  2);
	ck_assert_uint_eq(count(ruleset->text, "hook forward"), 2);

	/* order */
	rule = strstr(ruleset->text, "comment \"rules.a\"");
	file = strstr(ruleset->text, "chain ipsec-in {\n\taccept\n");
	def = strstr(ruleset->text, "counter drop comment \"default\"");
	ck_assert(rule && file && def && rule < file && file < def);
	ck_assert_uint_eq(ruleset->file_lines, 3);
	*file = '\0';
	ck_assert_uint_eq(count(ruleset->text, "\n") + 1, ruleset->file_line);

	ck_assert_uint_eq(array_count(ruleset->sets), 3);
	array_get(ruleset->sets, 0, &set);
	ck_assert_str_eq(set->name, "ipcomp");
	ck_assert(!set->peers);
	array_get(ruleset->sets, 1, &set);
	ck_assert_str_eq(set->name, "rule-b");
	ck_assert(!set->matching);
	array_get(ruleset->sets, 2, &set);
	ck_assert_str_eq(set->name, "rule-c");
	ck_assert(set->matching);
	filtermode_ruleset_unref(ruleset);
}
END_TEST

START_TEST(test_interfaces)
{
	filtermode_ruleset_t *ruleset;

	/* what is of mode ipsec only */
	ruleset = create("mode = interfaces\n default = drop\n"
					 "rules { a { action = drop } }", NULL);
	ck_assert_uint_eq(count(ruleset->text, "rules.a"), 0);
	ck_assert_uint_eq(count(ruleset->text, "ipsec-in"), 0);
	ck_assert_uint_eq(count(ruleset->text, "counter drop"), 2 * 6 * 2);
	ck_assert_uint_eq(count(ruleset->text, "jump tunnel-in\n"), 2);
	ck_assert_uint_eq(count(ruleset->text, "jump tunnel-out\n"), 3);
	ck_assert_uint_eq(count(ruleset->text, "allowed"), 0);
	ck_assert_uint_eq(array_count(ruleset->sets), 0);
	filtermode_ruleset_unref(ruleset);

	ruleset = create("mode = interfaces\n allow_connections = a", NULL);
	ck_assert_uint_eq(count(ruleset->text, "set allowed {"), 1);
	ck_assert_uint_eq(count(ruleset->text, "reqid @allowed"), 2);
	ck_assert_uint_eq(array_count(ruleset->sets), 1);
	filtermode_ruleset_unref(ruleset);
}
END_TEST

/** settings, and how often a statement is there with ESP in userspace */
static struct {
	char *content;
	char *statement;
	u_int count;
} userspace[] = {
	{ "mode = ipsec", "\t\tmeta iif \"tun7\" goto ipsec-in\n", 2 },
	{ "mode = ipsec", "\t\tmeta oif \"tun7\" goto before-nat\n", 2 },
	{ "mode = ipsec", "\t\tmeta oif \"tun7\" goto ipsec-out\n", 1 },
	{ "mode = interfaces", "\t\tmeta iif \"tun7\" jump tunnel-in\n", 2 },
	{ "mode = interfaces", "\t\tmeta oif \"tun7\" ct state invalid,untracked "
	  "jump tunnel-out\n", 2 },
	{ "mode = interfaces", "\t\tmeta oif \"tun7\" jump tunnel-out\n", 1 },
	/* before what is exempt */
	{ "mode = interfaces\n allow_connections = a", "\tchain tunnel-out {\n"
	  "\t\tmeta oif \"tun7\" counter drop comment \"mode interfaces\"\n", 1 },
	{ "mode = ipsec\n rules { a { kind = tunnel\n action = accept } }",
	  "\t\tmeta iif \"tun7\" counter accept comment \"rules.a\"\n", 1 },
	{ "mode = ipsec\n rules { a { kind = transport\n action = drop } }",
	  "\" counter", 0 },
	{ "mode = ipsec\n rules { a { kind = tunnel\n connections = x\n src = "
	  "10.0.0.1\n action = drop } }",
	  "\t\tmeta iif \"tun7\" ip saddr { 10.0.0.1 } jump rule-a-in\n", 1 },
	{ "mode = ipsec\n rules { a { kind = tunnel\n connections = x\n"
	  "action = accept } }", "\" jump rule-a-in\n", 0 },
};

START_TEST(test_userspace)
{
	filtermode_ruleset_t *ruleset;

	tun = "tun7";
	ruleset = create(userspace[_i].content, NULL);
	tun = NULL;
	ck_assert_msg(userspace[_i].count == count(ruleset->text,
											   userspace[_i].statement),
				  "%s", ruleset->text);
	filtermode_ruleset_unref(ruleset);
}
END_TEST

/** fragments, and the line that is wrong, 0 if none is */
static struct {
	char *file;
	u_int line;
} fragments[] = {
	{ "", 0 },
	{ "chain ipsec-in {\n\ttcp dport { 22 } accept\n}\n", 0 },
	{ "# }\nset a { type ipv4_addr; }", 0 },
	{ "chain a {\n\tlog prefix \"}\" drop # }", 2 },
	{ "chain a {\n\tlog prefix \"}\" drop # }\n}", 0 },
	{ "chain a {\n}\n}\ntable inet filter {\n", 3 },
	{ "chain a {\n", 2 },
	{ "chain a { log prefix \"x }\n", 2 },
	{ "#", 0 },
	/* what isn't read now isn't known, and may be gone later on */
	{ "set a {\n type ipv4_addr; flags interval;\n}\n include\"/etc/x\"\n", 4 },
	{ "chain a { include \"/etc/x\"\n}", 1 },
	{ "# include\nset included { type ipv4_addr; }\nset include { }", 0 },
	/* a table that is asleep filters nothing */
	{ "\n \tflags dormant", 2 },
	{ "set a {\n\tflags dynamic\n}; flags dormant;", 3 },
	{ "chain a { tcp flags syn accept; }\nset flags { flags dynamic; }", 0 },
};

START_TEST(test_fragment)
{
	u_int line;

	if (!filtermode_ruleset_check_file(fragments[_i].file, &line))
	{
		line = 0;
	}
	ck_assert_uint_eq(line, fragments[_i].line);
}
END_TEST

SUITE(filtermode_ruleset)
{
	Suite *s = suite_create("filtermode: ruleset");
	TCase *tc;

	tc = tcase_create("ruleset");
	tcase_add_loop_test(tc, test_rules, 0, countof(rules));
	tcase_add_loop_test(tc, test_stateful, 0, countof(stateful));
	tcase_add_test(tc, test_ipsec);
	tcase_add_test(tc, test_interfaces);
	tcase_add_loop_test(tc, test_userspace, 0, countof(userspace));
	tcase_add_loop_test(tc, test_fragment, 0, countof(fragments));
	suite_add_tcase(s, tc);

	return s;
}
