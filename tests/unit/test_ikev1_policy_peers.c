/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <ikev1_policy_peers.h>

static ikev1_policy_peers_t *parse(char *str)
{
	option_errors_t *errors = option_errors_create();
	ikev1_policy_peers_t *peers;
	const char *bad = NULL;
	glob_list_t *items;

	items = glob_list_create(str, &bad);
	ck_assert_msg(items != NULL, "%s: %s", str, bad);
	peers = ikev1_policy_peers_create(items, errors, "peers");
	ck_assert_uint_eq(errors->get_count(errors), 0);
	items->destroy(items);
	errors->destroy(errors);
	return peers;
}

/** list, address and identity of a peer, whether it is in the list */
static struct {
	char *list;
	char *host;
	char *id;
	bool included;
} cases[] = {
	{ "10.1.0.2", "10.1.0.2", "fw@lab", TRUE },
	{ "10.1.0.2", "10.1.0.3", "fw@lab", FALSE },
	{ "10.1.0.0/24", "10.1.0.255", "fw@lab", TRUE },
	{ "10.1.0.0/24", "10.1.1.0", "fw@lab", FALSE },
	{ "10.1.0.9-10.1.0.11", "10.1.0.10", "fw@lab", TRUE },
	{ "10.1.0.9-10.1.0.11", "10.1.0.12", "fw@lab", FALSE },
	{ "fd01::/64", "fd01::7", "fw@lab", TRUE },
	{ "fd01::/64", "fd02::7", "fw@lab", FALSE },
	{ "fd01::/64", "10.1.0.2", "fw@lab", FALSE },
	{ "0.0.0.0/0", "10.1.0.2", "fw@lab", TRUE },
	{ "0.0.0.0/0", "fd01::7", "fw@lab", FALSE },
	{ "fw@lab", "10.1.0.2", "fw@lab", TRUE },
	{ "fw@lab", "10.1.0.2", "FW@lab", TRUE },
	{ "fw@lab", "10.1.0.2", "other@lab", FALSE },
	{ "*@lab", "10.1.0.2", "other@lab", TRUE },
	{ "fw.lab", "10.1.0.2", "fw.lab", TRUE },
	{ "'C=CH, O=Lab, CN=*'", "10.1.0.2", "C=CH, O=Lab, CN=fw", TRUE },
	{ "'C=CH, O=Lab, CN=*'", "10.1.0.2", "C=CH, O=Bal, CN=fw", FALSE },
	{ "10.9.0.0/16, fw@lab", "10.1.0.2", "fw@lab", TRUE },
	{ "10.9.0.0/16, fw@lab", "10.9.0.2", "other@lab", TRUE },
	/* it isn't there, it only says so */
	{ "10.1.0.2", "10.1.0.3", "10.1.0.2", FALSE },
	{ "10.1.0.2", "10.1.0.3", "fqdn:10.1.0.2", FALSE },
	{ "keyid:10.1.0.2", "10.1.0.3", "keyid:10.1.0.2", TRUE },
};

START_TEST(test_includes)
{
	ikev1_policy_peers_t *peers = parse(cases[_i].list);
	identification_t *id = identification_create_from_string(cases[_i].id);
	host_t *host = host_create_from_string(cases[_i].host, 500);

	ck_assert(peers->includes(peers, host, id) == cases[_i].included);
	id->destroy(id);
	host->destroy(host);
	peers->destroy(peers);
}
END_TEST

START_TEST(test_unknown_id)
{
	ikev1_policy_peers_t *peers = parse("fw@lab, *, 10.1.0.2");
	host_t *host = host_create_from_string("10.1.0.3", 500);

	ck_assert(!peers->includes(peers, host, NULL));
	host->destroy(host);
	peers->destroy(peers);
}
END_TEST

SUITE(ikev1_policy_peers)
{
	Suite *s = suite_create("ikev1_policy_peers");
	TCase *tc;

	tc = tcase_create("includes");
	tcase_add_loop_test(tc, test_includes, 0, countof(cases));
	tcase_add_test(tc, test_unknown_id);
	suite_add_tcase(s, tc);
	return s;
}
