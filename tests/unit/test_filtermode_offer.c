/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "control_text.h"
#include "test_filtermode_load.h"

#include <explain.h>
#include <filtermode_events.h>
#include <filtermode_offer.h>

static filtermode_settings_t *settings;
static filtermode_state_t current;
static char *in_kernel;

static filtermode_state_t *get_state(filtermode_manager_t *this)
{
	filtermode_state_t *state = malloc_thing(filtermode_state_t);

	*state = current;
	return state;
}

/** connections of clients that will be blocked */
static u_int clients;

static void list_sets(filtermode_manager_t *this,
					  void (*cb)(void *data, const char *name, u_int elements),
					  void *data)
{
	cb(data, "allowed", 2);
}

static void list_targets(filtermode_manager_t *this, filtermode_sets_cb_t cb,
						 void *data)
{
	if (settings->sets.count)
	{
		cb(data, "a", 2, "");
		cb(data, "b", 0, "sets.b.set = \"y\": there is no such set");
	}
}

static char *list_table(filtermode_manager_t *this, bool *intact)
{
	*intact = in_kernel != NULL;
	return in_kernel ? strdup(in_kernel) : NULL;
}

static void get_stats(filtermode_listener_t *this, u_int *blocked,
					  u_int *refused)
{
	*blocked = 4;
	*refused = 5;
}

static u_int count(connection_watch_t *this)
{
	return clients;
}

static filtermode_manager_t manager = {
	.get_state = get_state,
	.list_sets = list_sets,
	.list_targets = list_targets,
	.list_table = list_table,
};
static filtermode_listener_t listener = { .get_stats = get_stats };
static connection_watch_t connections = { .count = count };

static void *get_settings(options_store_t *this)
{
	return options_ref(settings);
}

static options_store_t store = { .get = get_settings };
static filtermode_t filtermode = {
	.store = &store,
	.manager = &manager,
	.listener = &listener,
	.connections = &connections,
};

static void setup()
{
	control_text_offer("filtermode", &filtermode_offer, &store, &filtermode);
	current = (filtermode_state_t){ .counts = { .followed = 3 } };
	manager.tun = in_kernel = NULL;
	clients = 0;
}

static void teardown()
{
	control_text_withdraw();
	options_unref(settings);
}

START_TEST(test_command)
{
	settings = filtermode_load("mode = ipsec\n default = drop\n"
							   "rules_file = /f\n on_stop = keep", NULL);
	in_kernel = "\tchain ipsec-out {\n\t\tcounter packets 1 bytes 20 drop "
				"comment \"default\"\n";
	ck_assert_str_eq(control_text_run("list-filters"),
			"name=default action=drop packets-in=0 bytes-in=0 packets-out=1 "
			"bytes-out=20 ; mode=ipsec default=drop stateful=yes rules=0 "
			"rules-file=/f table=charon_filtermode priority=-10 on-stop=keep "
			"child-sas=3 installed=yes sets { allowed=2 } ");
}
END_TEST

START_TEST(test_command_off)
{
	settings = filtermode_load("", NULL);
	ck_assert_str_eq(control_text_run("list-filters"),
			"mode=off child-sas=3 installed=no sets { allowed=2 } ");
}
END_TEST

START_TEST(test_status)
{
	settings = filtermode_load("mode = interfaces", NULL);
	current.counts.allowed = 1;
	ck_assert_str_eq(control_text_status("filtermode"),
			"mode=interfaces refuse-blocked=no child-sas=3 allowed=1 blocked=0 "
			"warnings: ; ");
	current.counts.blocked = 2;
	strcpy(current.lost, "Out of memory");
	ck_assert_str_eq(control_text_status("filtermode"),
			"mode=interfaces refuse-blocked=no child-sas=3 allowed=1 blocked=2 "
			"warnings: 'table inet charon_filtermode was changed or removed, "
			"installing it again fails: Out of memory' '2 CHILD_SAs are "
			"blocked, see filtermode.allow_connections' ; ");
}
END_TEST

START_TEST(test_sets)
{
	settings = filtermode_load("sets {\n a { table = t\n set = x\n ids = * }\n"
							   " b { table = t\n set = y\n ids = * } }", NULL);
	ck_assert_str_eq(control_text_status("filtermode"),
			"mode=off child-sas=3 address-sets { a=2 b=0 } warnings: "
			"'sets.b.set = \"y\": there is no such set' ; ");
	ck_assert_str_eq(control_text_run("list-filters"),
			"mode=off child-sas=3 installed=no sets { allowed=2 } "
			"address-sets { a=2 b=0 } ");
}
END_TEST

START_TEST(test_not_in_force)
{
	settings = filtermode_load("mode = interfaces\n allow_connections = x",
							   NULL);
	manager.tun = "tun7";
	clients = 2;
	strcpy(current.waiting, "table = \"x\": another has it");
	ck_assert_str_eq(control_text_status("filtermode"),
			"mode=interfaces refuse-blocked=no child-sas=3 allowed=0 blocked=0 "
			"warnings: 'the rules of another daemon are in force: table = "
			"\"x\": another has it' 'kernel-libipsec's packets all use tun7: "
			"filtermode.allow_* exempts nothing' '2 connections "
			"assign virtual IPs to clients that will be blocked, see "
			"filtermode.allow_connections' ; ");
}
END_TEST

START_TEST(test_stats)
{
	settings = filtermode_load("mode = interfaces", NULL);
	current.reinstalled = 6;
	ck_assert_str_eq(control_text_stats("filtermode"),
					 "reinstalled=6 blocked=4 refused=5 ");
}
END_TEST

START_TEST(test_event)
{
	settings = filtermode_load("mode = interfaces\n table = t", NULL);
	filtermode_tell_table("installed", settings, NULL, NULL);
	ck_assert_str_eq(control_text_events(), "");
	offer_listen(TRUE);
	filtermode_tell_table("lost", settings, "nft (7)", "Out of memory");
	filtermode_tell_table("changed", settings, NULL, NULL);
	offer_listen(FALSE);
	ck_assert_str_eq(control_text_events(),
			"filter: type=lost mode=interfaces table=t by=nft (7) "
			"error=Out of memory ; "
			"filter: type=changed mode=interfaces table=t ; ");
}
END_TEST

static char *child_name(child_cfg_t *this)
{
	return "net";
}

static ipsec_mode_t mode(child_cfg_t *this)
{
	return MODE_TUNNEL;
}

static mark_t mark(child_cfg_t *this, bool inbound)
{
	return (mark_t){};
}

static uint32_t child_if_id(child_cfg_t *this, bool inbound)
{
	return 0;
}

static child_cfg_t child = {
	.get_name = child_name,
	.get_mode = mode,
	.get_mark = mark,
	.get_if_id = child_if_id,
};

/** interface ID of the connection */
static uint32_t interface;

static char *connection_name(peer_cfg_t *this)
{
	return "c";
}

static uint32_t connection_if_id(peer_cfg_t *this, bool inbound)
{
	return interface;
}

static enumerator_t *children(peer_cfg_t *this)
{
	return enumerator_create_single(&child, NULL);
}

/**
 * Have it explained what is in force for a user of a connection, lines
 * separated by a |.
 */
static char *explain(void)
{
	static char text[BUF_LEN];
	static peer_cfg_t cfg = {
		.get_name = connection_name,
		.get_if_id = connection_if_id,
		.create_child_cfg_enumerator = children,
	};
	explain_peer_t peer = {
		.cfg = &cfg,
		.facts = { .connection = "c", .id = "a@b" },
	};
	array_t *lines = array_create(0, 0);
	char *line;

	filtermode_offer.explain(&filtermode, settings, &peer, lines);
	*text = '\0';
	while (array_remove(lines, ARRAY_HEAD, &line))
	{
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? " | " : "", line);
		free(line);
	}
	array_destroy(lines);
	return text;
}

/** settings, interface ID, and what is to be said */
static const struct {
	const char *conf;
	uint32_t interface;
	const char *text;
} explained[] = {
	{ "mode = off", 0, "mode off: nothing is filtered" },
	{ "mode = ipsec", 0, "mode ipsec: no rule, default accept" },
	{ "mode = ipsec\n default = drop\n rules {\n"
	  "a { kind = tunnel\n connections = x\n action = accept }\n"
	  "b { kind = tunnel\n ids = *@b\n groups = g, !h\n action = accept }\n"
	  "c { kind = tunnel\n ids = *@c\n groups = g\n action = accept }\n"
	  "d { action = drop }\n"
	  "e { kind = tunnel\n connections = c\n ids = !x*\n action = reject }\n"
	  "}", 0,
	  "mode ipsec: rules.b (ids = *@b; groups = g, !h) if a group of his "
	  "matches: accept, where it matches | mode ipsec: rules.d: drop, where it "
	  "matches | mode ipsec: rules.e (connections = c; ids = !x*): reject, "
	  "where it matches | mode ipsec: else, default drop" },
	{ "mode = interfaces", 0, "mode interfaces: child 'net' is blocked, as it "
	  "has no interface and allow_* doesn't name it" },
	{ "mode = interfaces", 7, "mode interfaces: child 'net' passes, as it has "
	  "an interface, or is in transport mode" },
	{ "mode = interfaces\n allow_ids = *@b", 0, "mode interfaces: child 'net' "
	  "passes, as allow_* names it" },
	{ "mode = interfaces\n allow_groups = g", 0, "mode interfaces: child 'net' "
	  "is blocked, as it has no interface and allow_* doesn't name it, unless "
	  "a group of his matches allow_groups" },
	{ "mode = interfaces\n allow_groups = g\n allow_connections = x", 0, "mode "
	  "interfaces: child 'net' is blocked, as it has no interface and allow_* "
	  "doesn't name it" },
};

START_TEST(test_explain)
{
	settings = filtermode_load((char*)explained[_i].conf, NULL);
	interface = explained[_i].interface;
	ck_assert_str_eq(explain(), explained[_i].text);
}
END_TEST

START_TEST(test_explain_userspace)
{
	settings = filtermode_load("mode = interfaces\n allow_groups = g", NULL);
	manager.tun = "tun7";
	interface = 0;
	ck_assert_str_eq(explain(), "mode interfaces: child 'net' is blocked, as "
					 "it has no interface and allow_* doesn't name it");
	options_unref(settings);
	settings = filtermode_load("mode = interfaces\n allow_ids = *@b", NULL);
	ck_assert_str_eq(explain(), "mode interfaces: child 'net' is blocked, as "
					 "ESP in userspace has one device for all");
}
END_TEST

SUITE(filtermode_offer)
{
	Suite *s = suite_create("filtermode: offer");
	TCase *tc;

	tc = tcase_create("offer");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_command);
	tcase_add_test(tc, test_command_off);
	tcase_add_test(tc, test_status);
	tcase_add_test(tc, test_sets);
	tcase_add_test(tc, test_not_in_force);
	tcase_add_test(tc, test_stats);
	tcase_add_test(tc, test_event);
	tcase_add_loop_test(tc, test_explain, 0, countof(explained));
	tcase_add_test(tc, test_explain_userspace);
	suite_add_tcase(s, tc);

	return s;
}
