/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <unity_ext_settings.h>

#include <fcntl.h>
#include <unistd.h>

static unity_ext_settings_t *load(char *conf, option_errors_t *errors)
{
	return conf_load(&unity_ext_schema, "ux", conf, errors);
}

START_TEST(test_defaults)
{
	option_errors_t *errors = option_errors_create();
	unity_ext_settings_t *config = load("ux { rules { a { ids = * } } }",
										errors);
	unity_ext_rule_t *rule = config->rules.items[0];

	ck_assert_int_eq(config->dns, UNITY_EXT_NONE);
	ck_assert(!config->dns_program && !config->dns_interface);
	ck_assert(!config->dns_domains);
	ck_assert_uint_eq(config->dns_timeout, 10);
	ck_assert_str_eq(config->state_dir, "/run/charon-unity-ext");
	ck_assert(!rule->banner && !rule->default_domain && !rule->split_dns);
	ck_assert(!rule->split_include && !rule->split_exclude);
	ck_assert(!rule->backup_servers && !rule->dns && !rule->nbns);
	ck_assert_int_eq(rule->save_password, OPTION_UNSET_ENUM);
	ck_assert_int_eq(rule->pfs, OPTION_UNSET_ENUM);
	options_unref(config);
	errors->destroy(errors);
}
END_TEST

/**
 * Name of the rule that a client matches.
 */
static const char *find(unity_ext_settings_t *config, char *connection,
						char *id, array_t *groups)
{
	peer_facts_t peer = {
		.connection = connection,
		.id = id,
		.groups = groups,
	};
	unity_ext_rule_t *rule = unity_ext_rule_find(&config->rules, &peer);

	return rule ? rule->section.name : "none";
}

START_TEST(test_first_match)
{
	option_errors_t *errors = option_errors_create();
	unity_ext_settings_t *config = load(
		"ux { rules {\n"
		"	admins { connections = road*\n groups = admin }\n"
		"	bob { ids = bob@* }\n"
		"	road { connections = road* }\n"
		"} }\n", errors);
	array_t *groups = array_create(0, 0);

	array_insert(groups, ARRAY_TAIL, "staff");
	array_insert(groups, ARRAY_TAIL, "admin");
	ck_assert_str_eq(find(config, "road1", "bob@lab", groups), "admins");
	ck_assert_str_eq(find(config, "other", "bob@lab", groups), "bob");
	ck_assert_str_eq(find(config, "road1", "eve@lab", NULL), "road");
	ck_assert_str_eq(find(config, "other", "eve@lab", groups), "none");
	array_destroy(groups);
	options_unref(config);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_resolvectl)
{
	char dir[] = "/tmp/unity-ext.XXXXXX", path[64], link[64], conf[128];
	option_errors_t *errors = option_errors_create();
	unity_ext_settings_t *config;

	ck_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/resolvectl", dir);
	snprintf(link, sizeof(link), "%s/resolvconf", dir);
	snprintf(conf, sizeof(conf), "ux { dns_method = resolvconf\n "
			 "dns_program = %s }", link);
	ck_assert_int_eq(symlink("/bin/true", link), 0);
	config = load(conf, errors);
	ck_assert(config);
	options_unref(config);
	ck_assert_int_eq(unlink(link), 0);
	close(open(path, O_CREAT | O_WRONLY, 0755));
	ck_assert_int_eq(symlink(path, link), 0);
	log_capture();
	ck_assert(!load(conf, errors));
	errors->log(errors, "ux", "");
	ck_assert(strstr(log_captured(), "is systemd's resolvectl, expected "
					 "another resolvconf, or dns_method = resolved"));
	errors->destroy(errors);
	unlink(link);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(test_dns_files)
{
	option_errors_t *errors = option_errors_create();
	unity_ext_settings_t *config;

	config = load("ux { dns_method = exec\n dns_program = /bin/true\n"
				  " dns_files = \"/etc/resolv.conf, /a b/c\" }", errors);
	ck_assert_str_eq(config->dns_files, "/etc/resolv.conf, /a b/c");
	options_unref(config);
	errors->destroy(errors);
}
END_TEST

/**
 * Load a rule whose banner is in a file with some bytes.
 */
static unity_ext_settings_t *load_banner(chunk_t text, option_errors_t *errors)
{
	unity_ext_settings_t *config;
	char path[] = "/tmp/unity-ext-banner.XXXXXX", conf[128];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text.ptr, text.len), text.len);
	close(fd);
	snprintf(conf, sizeof(conf), "ux { rules { a { ids = *\n "
			 "banner_file = %s } } }", path);
	config = load(conf, errors);
	unlink(path);
	return config;
}

START_TEST(test_banner_file)
{
	option_errors_t *errors = option_errors_create();
	unity_ext_settings_t *config;
	unity_ext_rule_t *rule;
	chunk_t text;

	config = load_banner(chunk_from_str("two\nlines\n"), errors);
	rule = config->rules.items[0];
	ck_assert_str_eq(rule->banner, "two\nlines");
	options_unref(config);

	ck_assert(!load_banner(chunk_from_str(""), errors));
	ck_assert(!load_banner(chunk_from_str("\n"), errors));
	ck_assert(!load_banner(chunk_from_chars('a', 0, 'b'), errors));
	ck_assert(!load_banner(chunk_from_chars('a', 0xff, 'b'), errors));
	ck_assert_uint_eq(errors->get_count(errors), 4);
	text = chunk_alloc(UNITY_EXT_BANNER_MAX + 1);
	memset(text.ptr, 'x', text.len);
	ck_assert(!load_banner(text, errors));
	text.ptr[--text.len] = '\n';
	errors->destroy(errors);
	errors = option_errors_create();
	config = load_banner(text, errors);
	rule = config->rules.items[0];
	ck_assert_uint_eq(strlen(rule->banner), UNITY_EXT_BANNER_MAX);
	options_unref(config);
	errors->destroy(errors);
	chunk_free(&text);
}
END_TEST

#define RULE(options) "rules { a { ids = *\n " options " } }"

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "group { }", "group: " },
	{ "groups { a { banner = x } }",
	  "groups: unknown section, renamed to rules" },
	{ "dns = exec", "dns = \"exec\": unknown option, renamed to dns_method" },
	{ "dns_method = maybe",
	  "dns_method = \"maybe\": expected one of none, exec, " },
	{ "dns_method = exec", "dns_program: isn't set, expected the path" },
	{ "dns_method = exec\n dns_program = true",
	  "dns_program = \"true\": expected the absolute path of an "
	  "executable program" },
	{ "dns_method = exec\n dns_program = /nowhere",
	  "dns_program = \"/nowhere\": expected the absolute path" },
	{ "dns_method = none\n dns_program = /bin/true",
	  "dns_program = \"/bin/true\": has no effect with dns_method none" },
	{ "dns_files = /etc/resolv.conf",
	  "dns_files = \"/etc/resolv.conf\": has no effect with dns_method none" },
	{ "dns_method = exec\n dns_program = /bin/true\n dns_files = \"/a, b\"",
	  "dns_files = \"/a, b\": expected absolute paths" },
	{ "dns_interface = \"a b\"", "dns_interface = \"a b\": expected the name" },
	{ "dns_interface = sixteencharacter", "dns_interface = \"sixteen" },
	{ "dns_domains = [", "dns_domains = \"[\": " },
	{ "dns_timeout = 0", "dns_timeout = \"0\": expected 1-300" },
	{ "dns_timeout = 301", "dns_timeout = \"301\": expected 1-300" },
	{ "state_dir = run", "state_dir = \"run\": expected an absolute path" },
	{ "rules { a { banner = x } }", "rules.a: has no criteria, expected" },
	{ "rules { a { ids = \"a,,b\" } }", "rules.a.ids = \"a,,b\": " },
	{ "rules { a { connections = [ } }", "rules.a.connections = \"[\": " },
	{ "rules { a { groups = \"'x\" } }", "rules.a.groups = \"'x\": " },
	{ RULE("foo = b"), "rules.a.foo = \"b\": unknown" },
	{ RULE("banner = \"a\xff\""), "rules.a.banner = \"a\\xff\": " },
	{ RULE("banner = a\n banner_file = /b"),
	  "rules.a.banner_file: has no effect beside banner" },
	{ RULE("banner_file = /nowhere/at/all"),
	  "rules.a.banner_file = \"/nowhere/at/all\": No such file" },
	{ RULE("default_domain = a b"),
	  "rules.a.default_domain = \"a b\": expected a domain name" },
	{ RULE("default_domain = ."), "rules.a.default_domain = \".\": " },
	{ RULE("split_dns = \"corp.lab, $x\""),
	  "rules.a.split_dns = \"corp.lab, $x\": expected 1-256 domain names" },
	{ RULE("split_include = 10.0.0.0/33"),
	  "rules.a.split_include = \"10.0.0.0/33\": " },
	{ RULE("split_include = 10.0.0.1-10.0.0.2"),
	  "rules.a.split_include: expected networks, not ranges" },
	{ RULE("split_exclude = fd00::/64"),
	  "rules.a.split_exclude: expected IPv4 networks" },
	{ RULE("backup_servers = \"192.0.2.1, a b\""),
	  "rules.a.backup_servers = \"192.0.2.1, a b\": " },
	{ RULE("save_password = maybe"),
	  "rules.a.save_password = \"maybe\": expected one of" },
	{ RULE("pfs = 2"), "rules.a.pfs = \"2\": expected one of" },
	{ RULE("dns = ns.lab"), "rules.a.dns = \"ns.lab\": expected IP" },
	{ RULE("dns = 0.0.0.0"), "rules.a.dns = \"0.0.0.0\": expected IP" },
	{ RULE("nbns = fd00::1"), "rules.a.nbns = \"fd00::1\": expected IPv4" },
};

SETTINGS_TESTS(unity_ext_schema, invalid)

START_TEST(test_too_long)
{
	char *conf;
	size_t used;
	u_int i;

	conf = malloc(100000);
	used = sprintf(conf, "rules { a { ids = *\n split_include = \"");
	for (i = 0; i < 4000; i++)
	{
		used += sprintf(conf + used, "%s10.%u.%u.0/24", i ? "," : "", i / 256,
						i % 256);
	}
	strcpy(conf + used, "\" } }");
	conf_assert_error(&unity_ext_schema, conf,
					  "rules.a: its attributes exceed 49152 bytes, which is "
					  "what a message has room for");
	free(conf);
}
END_TEST

SUITE(unity_ext_settings)
{
	Suite *s = suite_create("unity_ext_settings");
	TCase *tc;

	tc = tcase_create("valid");
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_first_match);
	tcase_add_test(tc, test_resolvectl);
	tcase_add_test(tc, test_dns_files);
	tcase_add_test(tc, test_banner_file);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	/* long for a busy machine with sanitizers */
	tcase_add_test(tc, test_too_long);
	suite_add_tcase(s, tc);
	return s;
}
