/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <strict_bind_users.h>

static strict_bind_users_t *users;
static host_t *a, *b;

static void setup()
{
	users = strict_bind_users_create();
	a = host_create_from_string("10.1.0.1", 500);
	b = host_create_from_string("fd01::1", 4500);
}

static void teardown()
{
	users->destroy(users);
	a->destroy(a);
	b->destroy(b);
}

static void append(void *data, host_t *host)
{
	char *buf = data;

	/* %H of a host is without its port */
	snprintf(buf + strlen(buf), 64, "%s%H", *buf ? " " : "", host);
}

/**
 * Compare what is used, and whether that is told to have changed.
 */
static void expect(char *list, bool changed)
{
	char buf[256] = "";

	ck_assert_int_eq(users->changed(users), changed);
	users->list(users, append, buf);
	ck_assert_str_eq(buf, list);
	ck_assert(!users->changed(users));
}

START_TEST(test_count)
{
	host_t *same = host_create_from_string("10.1.0.1", 4500);

	expect("", FALSE);
	users->use(users, 1, a);
	expect("10.1.0.1", TRUE);
	/* whatever the port, and however often it is said */
	users->use(users, 1, same);
	users->use(users, 2, same);
	expect("10.1.0.1", FALSE);
	users->remove(users, 1);
	expect("10.1.0.1", FALSE);
	users->remove(users, 1);
	users->remove(users, 3);
	expect("10.1.0.1", FALSE);
	users->remove(users, 2);
	expect("", TRUE);
	same->destroy(same);
}
END_TEST

START_TEST(test_move)
{
	ck_assert(!users->uses(users, 1, a));
	users->use(users, 1, a);
	ck_assert(users->uses(users, 1, a));
	expect("10.1.0.1", TRUE);
	users->use(users, 1, b);
	ck_assert(!users->uses(users, 1, a));
	ck_assert(users->uses(users, 1, b));
	ck_assert(!users->uses(users, 2, b));
	expect("fd01::1", TRUE);
}
END_TEST

START_TEST(test_try)
{
	time_t end = 100 + STRICT_BIND_TRY_LIFETIME;

	users->use(users, 1, a);
	users->try(users, 1, a, 100);
	users->expire(users, end);
	expect("10.1.0.1", TRUE);
	/* for an IKE_SA that isn't known otherwise, too */
	users->try(users, 2, b, 100);
	ck_assert(users->changed(users));
	users->list(users, append, (char[256]){ "" });
	users->try(users, 2, b, 100);
	users->try(users, 1, b, 100);
	/* tried again */
	users->try(users, 1, b, 101);
	ck_assert(!users->changed(users));
	/* the other one has it as its own now */
	users->use(users, 1, b);
	users->expire(users, end - 1);
	expect("fd01::1", TRUE);
	users->expire(users, end);
	users->expire(users, end + 1);
	expect("fd01::1", FALSE);
	users->try(users, 1, a, 100);
	ck_assert(users->changed(users));
	users->expire(users, end);
	expect("fd01::1", TRUE);
	users->try(users, 1, a, 100);
	users->remove(users, 1);
	expect("", TRUE);
}
END_TEST

START_TEST(test_destroy)
{
	/* with all kinds of entries: nothing may leak */
	users->use(users, 1, a);
	users->try(users, 1, b, 100);
	users->try(users, 2, b, 100);
}
END_TEST

SUITE(strict_bind_users)
{
	Suite *s = suite_create("strict_bind_users");
	TCase *tc = tcase_create("users");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_count);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_try);
	tcase_add_test(tc, test_destroy);
	suite_add_tcase(s, tc);
	return s;
}
