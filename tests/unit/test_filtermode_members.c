/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "test_filtermode_load.h"

#include <filtermode_members.h>
#include <selectors/traffic_selector.h>

static filtermode_members_t *members;
static filtermode_settings_t *config;
static char *printed;

static void setup()
{
	members = filtermode_members_create();
	config = filtermode_load("sets {\n"
							 "	hq { table = t\n set = a\n"
							 "		connections = \"hq*\" }\n"
							 "	all { table = t\n set = b\n ids = *\n"
							 "		what = networks }\n"
							 "	staff { table = t\n set = c\n"
							 "		ids = \"!bob\"\n groups = staff }\n"
							 "}", NULL);
	members->use(members, config);
}

static void teardown()
{
	members->destroy(members);
	options_unref(config);
	free(printed);
	printed = NULL;
}

/** somebody has one address and one network */
static void set(filtermode_holder_t holder, uint32_t id, const char *connection,
				const char *user, const char *group, const char *address,
				const char *network)
{
	array_t *elements[] = { array_create(0, 0), array_create(0, 0) };
	filtermode_child_t child = { .connection = connection };

	array_insert(elements[FILTERMODE_ADDRESSES], ARRAY_TAIL, strdup(address));
	if (network)
	{	/* twice, as with two ports */
		array_insert(elements[FILTERMODE_NETWORKS], ARRAY_TAIL,
					 strdup(network));
		array_insert(elements[FILTERMODE_NETWORKS], ARRAY_TAIL,
					 strdup(network));
	}
	child.addresses = filtermode_addresses_create_from(elements);
	INIT(child.peer,
		.ref = 1,
		.facts = {
			.id = strdup(user),
			.groups = array_create(0, 0),
		},
	);
	if (group)
	{
		array_insert(child.peer->facts.groups, ARRAY_TAIL, strdup(group));
	}
	members->set(members, holder, id, &child);
	filtermode_peer_unref(child.peer);
	filtermode_addresses_unref(child.addresses);
}

static void print(void *data, const char *element, bool wanted)
{
	fprintf(data, "%s%s ", wanted ? "+" : "-", element);
}

/** what a method says of a set */
static char *list(void (*method)(filtermode_members_t*, filtermode_target_t*,
								 filtermode_member_cb_t, void*), u_int set)
{
	size_t len;
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &len);
	method(members, config->sets.items[set], print, out);
	fclose(out);
	return printed;
}

/** what changed in a set */
static char *changed(u_int set)
{
	return list(members->changed, set);
}

/** what is in a set and what isn't */
static char *all(u_int set)
{
	return list(members->all, set);
}

START_TEST(test_come_and_go)
{
	filtermode_target_t *hq = config->sets.items[0];

	set(FILTERMODE_CHILD, 1, "hq-1", "alice", NULL, "10.0.0.1", "10.1.0.0/16");
	ck_assert_str_eq(changed(0), "+10.0.0.1 ");
	ck_assert_str_eq(changed(1), "+10.1.0.0/16 ");
	ck_assert_str_eq(changed(2), "-10.0.0.1 ");
	members->settle(members);
	ck_assert_str_eq(changed(0), "");
	ck_assert_str_eq(all(0), "+10.0.0.1 ");
	/* a rekeying: there are two, and the old one goes */
	set(FILTERMODE_CHILD, 2, "hq-1", "alice", NULL, "10.0.0.1", "10.1.0.0/16");
	members->remove(members, FILTERMODE_CHILD, 1);
	ck_assert_str_eq(changed(0), "+10.0.0.1 ");
	members->settle(members);
	/* the same again, as after a move */
	set(FILTERMODE_CHILD, 2, "hq-1", "alice", NULL, "10.0.0.1", "10.1.0.0/16");
	ck_assert_str_eq(changed(1), "+10.1.0.0/16 ");
	members->remove(members, FILTERMODE_CHILD, 2);
	members->remove(members, FILTERMODE_CHILD, 2);
	ck_assert_str_eq(changed(0), "-10.0.0.1 ");
	ck_assert(members->has(members, hq, "10.0.0.1"));
	members->settle(members);
	ck_assert(!members->has(members, hq, "10.0.0.1"));
	ck_assert_str_eq(all(0), "");
	ck_assert_str_eq(all(1), "");
}
END_TEST

START_TEST(test_login)
{
	/* unique IDs of IKE_SAs and of CHILD_SAs are different things */
	set(FILTERMODE_LOGIN, 1, "hq", "alice", NULL, "10.0.0.1", NULL);
	ck_assert_str_eq(changed(0), "+10.0.0.1 ");
	set(FILTERMODE_CHILD, 1, "hq", "alice", NULL, "10.0.0.1", "10.0.0.1");
	members->remove(members, FILTERMODE_LOGIN, 1);
	members->settle(members);
	ck_assert_str_eq(all(0), "+10.0.0.1 ");
	ck_assert_str_eq(all(1), "+10.0.0.1 ");
	members->remove(members, FILTERMODE_CHILD, 1);
	ck_assert_str_eq(changed(0), "-10.0.0.1 ");
}
END_TEST

START_TEST(test_move)
{
	set(FILTERMODE_LOGIN, 1, "hq", "alice", NULL, "10.0.0.1", NULL);
	members->settle(members);
	/* the IKE_SA is rekeyed, and the old one goes */
	members->move(members, FILTERMODE_LOGIN, 1, 2);
	members->remove(members, FILTERMODE_LOGIN, 1);
	members->move(members, FILTERMODE_LOGIN, 1, 3);
	ck_assert_str_eq(changed(0), "");
	ck_assert_str_eq(all(0), "+10.0.0.1 ");
	members->remove(members, FILTERMODE_LOGIN, 2);
	ck_assert_str_eq(changed(0), "-10.0.0.1 ");
}
END_TEST

static void print_owner(void *data, const filtermode_child_t *child,
						const char *element)
{
	fprintf(data, "%s %s %s ", child->connection, child->peer->facts.id,
			element);
}

/** who has an address */
static char *find(char *name)
{
	host_t *address = host_create_from_string(name, 0);
	size_t len;
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &len);
	members->find(members, address, print_owner, out);
	fclose(out);
	address->destroy(address);
	return printed;
}

START_TEST(test_find)
{
	set(FILTERMODE_LOGIN, 1, "rw", "alice", NULL, "10.7.0.1", NULL);
	set(FILTERMODE_CHILD, 1, "rw", "bob", "staff", "10.7.0.2", "10.7.0.2");
	set(FILTERMODE_CHILD, 2, "net", "carol", NULL, "fd00::1", "10.1.0.0/16");
	set(FILTERMODE_CHILD, 3, "some", "dave", NULL, "10.7.0.3",
		"10.2.0.1-10.2.0.9");
	ck_assert_str_eq(find("10.7.0.1"), "rw alice 10.7.0.1 ");
	/* once, though it is both in a network and an address of his */
	ck_assert_str_eq(find("10.7.0.2"), "rw bob 10.7.0.2 ");
	ck_assert_str_eq(find("10.1.255.255"), "net carol 10.1.0.0/16 ");
	ck_assert_str_eq(find("10.2.0.0"), "");
	ck_assert_str_eq(find("10.2.0.1"), "some dave 10.2.0.1-10.2.0.9 ");
	ck_assert_str_eq(find("10.2.0.9"), "some dave 10.2.0.1-10.2.0.9 ");
	ck_assert_str_eq(find("10.2.0.10"), "");
	ck_assert_str_eq(find("fd00::1"), "net carol fd00::1 ");
	ck_assert_str_eq(find("fd00::2"), "");
	members->remove(members, FILTERMODE_CHILD, 2);
	ck_assert_str_eq(find("10.1.0.1"), "");
	/* all who may have sent it */
	set(FILTERMODE_CHILD, 4, "all", "eve", NULL, "fd00::4", "0.0.0.0/0");
	ck_assert(strstr(find("10.7.0.1"), "rw alice 10.7.0.1 "));
	ck_assert(strstr(printed, "all eve 0.0.0.0/0 "));
}
END_TEST

START_TEST(test_use)
{
	filtermode_settings_t *other;

	set(FILTERMODE_CHILD, 1, "hq", "alice", NULL, "10.0.0.1", NULL);
	set(FILTERMODE_CHILD, 2, "rw", "bob", NULL, "10.0.0.1", NULL);
	members->settle(members);
	ck_assert_str_eq(all(0), "-10.0.0.1 ");
	other = filtermode_load("sets {\n"
							"	one { table = t\n set = a\n ids = alice }\n"
							"	two { table = t\n set = b\n ids = bob }\n"
							"	any { table = t\n set = c\n ids = * }\n"
							"	hq { table = t\n set = d\n"
							"		connections = hq }\n"
							"}", NULL);
	members->use(members, other);
	options_unref(config);
	config = other;
	ck_assert_str_eq(all(0), "-10.0.0.1 ");
	ck_assert_str_eq(all(2), "+10.0.0.1 ");
	members->remove(members, FILTERMODE_CHILD, 2);
	ck_assert_str_eq(changed(0), "+10.0.0.1 ");
	ck_assert_str_eq(changed(1), "-10.0.0.1 ");
	ck_assert_str_eq(changed(3), "+10.0.0.1 ");
	/* none, and some again */
	members->use(members, NULL);
	set(FILTERMODE_CHILD, 2, "hq", "bob", NULL, "10.0.0.2", NULL);
	members->use(members, other);
	members->settle(members);
	ck_assert_str_eq(all(2), "+10.0.0.1 +10.0.0.2 ");
	ck_assert_str_eq(all(1), "-10.0.0.1 +10.0.0.2 ");
}
END_TEST

/** peers that have one network, as 0.0.0.0/0 */
#define MANY 20000

START_TEST(test_many)
{
	uint32_t id;

	/* linear: what each of them costs doesn't grow with the others */
	for (id = 1; id <= MANY; id++)
	{
		set(FILTERMODE_CHILD, id, "hq", "alice", NULL, "10.0.0.1", "0.0.0.0/0");
		ck_assert_str_eq(changed(0), "+10.0.0.1 ");
		ck_assert_str_eq(changed(1), "+0.0.0.0/0 ");
		members->settle(members);
	}
	for (id = 1; id <= MANY; id++)
	{
		members->remove(members, FILTERMODE_CHILD, id);
		ck_assert_str_eq(changed(1), id < MANY ? "+0.0.0.0/0 "
											   : "-0.0.0.0/0 ");
		members->settle(members);
	}
}
END_TEST

START_TEST(test_shared)
{
	set(FILTERMODE_CHILD, 1, "hq", "alice", NULL, "10.0.0.1", NULL);
	members->settle(members);
	/* whoever has it as well isn't told from the first one by his packets */
	set(FILTERMODE_CHILD, 2, "rw", "bob", NULL, "10.0.0.1", NULL);
	ck_assert_str_eq(changed(0), "-10.0.0.1 ");
	members->settle(members);
	ck_assert_str_eq(all(0), "-10.0.0.1 ");
	members->remove(members, FILTERMODE_CHILD, 2);
	ck_assert_str_eq(changed(0), "+10.0.0.1 ");
	/* he has it before the first one's is gone */
	set(FILTERMODE_LOGIN, 2, "rw", "bob", NULL, "10.0.0.1", NULL);
	members->remove(members, FILTERMODE_CHILD, 1);
	ck_assert_str_eq(changed(0), "-10.0.0.1 ");
}
END_TEST

START_TEST(test_peers)
{
	/* as with rules: all lists have to match, and nobody is meant in doubt */
	set(FILTERMODE_CHILD, 1, "rw", "alice", "staff", "10.0.0.1", NULL);
	set(FILTERMODE_CHILD, 2, "rw", "bob", "staff", "10.0.0.2", NULL);
	set(FILTERMODE_CHILD, 3, "rw", "carol", "guests", "10.0.0.3", NULL);
	set(FILTERMODE_CHILD, 4, "rw", "dave", NULL, "10.0.0.4", NULL);
	ck_assert_str_eq(changed(2),
					 "+10.0.0.1 -10.0.0.2 -10.0.0.3 -10.0.0.4 ");
	/* others than before */
	set(FILTERMODE_CHILD, 1, "rw", "alice", "guests", "10.0.0.1", NULL);
	set(FILTERMODE_CHILD, 3, "rw", "carol", "staff", "10.0.0.5", NULL);
	ck_assert_str_eq(changed(2), "-10.0.0.1 -10.0.0.2 -10.0.0.3 -10.0.0.4 "
					 "+10.0.0.5 ");
}
END_TEST

/** networks, and how nft lists them */
static struct {
	char *from;
	char *to;
	char *element;
} networks[] = {
	{ "10.0.0.0", "10.0.0.255", "10.0.0.0/24" },
	{ "10.0.0.7", "10.0.0.7", "10.0.0.7" },
	{ "10.0.0.1", "10.0.0.9", "10.0.0.1-10.0.0.9" },
	{ "0.0.0.0", "255.255.255.255", "0.0.0.0/0" },
	{ "fd01::", "fd01::ffff:ffff:ffff:ffff", "fd01::/64" },
	{ "fd01::1", "fd01::1", "fd01::1" },
	{ "fd01::1", "fd01::a", "fd01::1-fd01::a" },
};

START_TEST(test_print)
{
	bool v6 = strchr(networks[_i].from, ':') != NULL;
	traffic_selector_t *ts;
	char *element;

	ts = traffic_selector_create_from_string(17,
							v6 ? TS_IPV6_ADDR_RANGE : TS_IPV4_ADDR_RANGE,
							networks[_i].from, 53, networks[_i].to, 53);
	element = filtermode_addresses_print(ts);
	ck_assert_str_eq(element, networks[_i].element);
	free(element);
	ts->destroy(ts);
}
END_TEST

SUITE(filtermode_members)
{
	Suite *s = suite_create("filtermode: members of sets");
	TCase *tc;

	tc = tcase_create("members");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_come_and_go);
	tcase_add_test(tc, test_login);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_use);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_shared);
	tcase_add_test(tc, test_peers);
	tcase_add_loop_test(tc, test_print, 0, countof(networks));
	suite_add_tcase(s, tc);

	return s;
}
