/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <accounting_crash.h>
#include <accounting_pace.h>
#include <accounting_record.h>

#define OWN "a1-"

/**
 * A session with all that is needed.
 */
static accounting_session_t *create(const char *id, const char *user)
{
	accounting_session_t *session;
	host_t *host = host_create_from_string("192.0.2.7", 500);

	session = accounting_session_create(3, host, 1000);
	session->id = strdup(id);
	session->user = identification_create_from_encoding(ID_FQDN,
										chunk_from_str((char*)user));
	session->ike_id = session->user->clone(session->user);
	session->connection = strdup("net");
	session->local = host;
	session->ike_version = 2;
	return session;
}

/**
 * Print a record of a session as it is.
 */
static char *print(accounting_type_t type, accounting_session_t *session)
{
	accounting_state_t state;
	char *line;

	accounting_session_get_state(session, &state);
	line = accounting_record_print(type, session, &state, 2000);
	accounting_state_clear(&state);
	return line;
}

START_TEST(test_end)
{
	accounting_session_t *session = create(OWN "1", "alice");
	char *line;

	session->start_monotonic = 10;
	session->state.end = 1500;
	session->state.end_monotonic = 77;
	session->state.reason = "peer";
	session->state.usage.bytes[1] = UINT64_MAX;
	session->state.usage.packets[0] = 5;
	session->previous = strdup(OWN "0");
	line = print(ACCOUNTING_END, session);
	ck_assert_str_eq(line, "{\"type\":\"end\",\"session\":\"a1-1\","
		"\"time\":2000,\"uniqueid\":3,\"id\":\"alice\",\"ike-id\":\"alice\","
		"\"connection\":\"net\",\"ike-version\":2,\"initiator\":false,"
		"\"local-host\":\"192.0.2.7\",\"host\":\"192.0.2.7\",\"port\":500,"
		"\"groups\":[],\"virtual-ips\":[],\"previous\":\"a1-0\","
		"\"start\":1000,\"duration\":67,\"bytes-in\":18446744073709551615,"
		"\"bytes-out\":0,\"packets-in\":0,\"packets-out\":5,\"end\":1500,"
		"\"reason\":\"peer\"}\n");
	free(line);
	accounting_session_unref(session);
}
END_TEST

START_TEST(test_places)
{
	accounting_session_t *session = create(OWN "1", "alice");
	accounting_place_t place;
	host_t *host;
	char *line;
	int i;

	for (i = 1; i < 2 * ACCOUNTING_PLACES_MAX; i++)
	{
		host = host_create_from_string("192.0.2.8", i);
		accounting_session_move(session, host, 1000 + i);
		host->destroy(host);
	}
	/* the first, and the last ones */
	ck_assert_int_eq(array_count(session->state.places), ACCOUNTING_PLACES_MAX);
	ck_assert(array_get(session->state.places, 0, &place));
	ck_assert_int_eq(place.since, 1000);
	ck_assert(array_get(session->state.places, 1, &place));
	ck_assert_int_eq(place.since, 1000 + ACCOUNTING_PLACES_MAX + 1);
	line = print(ACCOUNTING_UPDATE, session);
	ck_assert(strstr(line, "\"host\":\"192.0.2.8\",\"port\":63,\"moves\":63,"
					 "\"places\":[{\"host\":\"192.0.2.7\",\"port\":500,"
					 "\"since\":1000},{\"host\":\"192.0.2.8\",\"port\":33,"));
	free(line);
	accounting_session_unref(session);
}
END_TEST

/** identities, and how they are printed */
static const struct {
	const char *user;
	const char *printed;
} hostile[] = {
	{ "a\"b\\c", "\"id\":\"a\\\"b\\\\c\"," },
	{ "a\nb\x01\xff", "\"id\":\"a?b??\"," },
	{ "\",\"session\":\"x", "\"id\":\"\\\",\\\"session\\\":\\\"x\"," },
};

START_TEST(test_hostile)
{
	accounting_session_t *session = create(OWN "1", hostile[_i].user);
	char *line = print(ACCOUNTING_START, session);

	ck_assert_msg(strstr(line, hostile[_i].printed), "%s", line);
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
	free(line);
	accounting_session_unref(session);
}
END_TEST

START_TEST(test_long)
{
	accounting_session_t *session;
	char user[4000], *line;

	memset(user, 'x', sizeof(user));
	user[sizeof(user) - 1] = 0;
	session = create(OWN "1", user);
	session->step = "authentication";
	session->refused = "failed";
	line = print(ACCOUNTING_REFUSED, session);
	ck_assert_int_lt(strlen(line), 2 * 1024 + 500);
	ck_assert(strstr(line, "x...\","));
	free(line);
	accounting_session_unref(session);
}
END_TEST

/**
 * Find what a file has open.
 */
static array_t *find(char *text)
{
	array_t *lines;
	FILE *in = fmemopen(text, strlen(text), "r");

	ck_assert(in);
	lines = accounting_crash_find(in, OWN, 4711);
	fclose(in);
	return lines;
}

#define START(id) "{\"type\":\"start\",\"session\":\"" id "\",\"n\":1}\n"
#define UPDATE(id) "{\"type\":\"update\",\"session\":\"" id "\",\"n\":2}\n"
#define END(id) "{\"type\":\"end\",\"session\":\"" id "\",\"n\":3}\n"
#define CONTINUED(id) "{\"type\":\"continued\",\"session\":\"" id "\"}\n"
#define CRASH(id, n) "{\"type\":\"end\",\"session\":\"" id "\",\"n\":" n \
	",\"end\":4711,\"reason\":\"crash\"}\n"

/** files, and what is added */
static struct {
	char *text;
	const char *lines[3];
} files[] = {
	{ "\n" },
	{ START("b-1") END("b-1") },
	{ START("b-1") CONTINUED("b-1") },
	{ START("b-1") START("b-2") UPDATE("b-1") END("b-3"),
	  { CRASH("b-1", "2"), CRASH("b-2", "1") } },
	/* from the head of another file on */
	{ UPDATE("b-1"), { CRASH("b-1", "2") } },
	/* ended, and there again */
	{ START("b-1") CONTINUED("b-1") START("b-1"), { CRASH("b-1", "1") } },
	/* ours */
	{ START("a1-1") START("a1-2"), },
	/* cut, foreign, odd */
	{ "{\"type\":\"start\",\"session\":\"b-1\",\"n\":1\n"
	  "{\"type\":\"start\"}\nx\n{\"type\":\"start\",\"session\":\"b-2" },
	{ START("b-1") "{\"type\":\"end\",\"session\":\"b-1",
	  { CRASH("b-1", "1") } },
};

START_TEST(test_crash)
{
	array_t *lines = find(files[_i].text);
	char *line;
	int i;

	for (i = 0; array_remove(lines, ARRAY_HEAD, &line); i++)
	{
		ck_assert_msg(files[_i].lines[i], "%s", line);
		ck_assert_str_eq(line, files[_i].lines[i]);
		free(line);
	}
	ck_assert(!files[_i].lines[i]);
	array_destroy(lines);
}
END_TEST

START_TEST(test_pace)
{
	accounting_pace_t pace = {};
	u_int i, second;

	for (second = 1000; second < 1000 + 2 * ACCOUNTING_PACE_TIME; second++)
	{
		for (i = 0; i < ACCOUNTING_PACE_MAX; i++)
		{
			ck_assert(accounting_pace_pass(&pace, second) ==
					  (second % ACCOUNTING_PACE_TIME == 0));
		}
	}
}
END_TEST

SUITE(accounting_record)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_record");
	tc = tcase_create("record");
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_places);
	tcase_add_loop_test(tc, test_hostile, 0, countof(hostile));
	tcase_add_test(tc, test_long);
	suite_add_tcase(s, tc);
	tc = tcase_create("pace");
	tcase_add_test(tc, test_pace);
	suite_add_tcase(s, tc);
	tc = tcase_create("crash");
	tcase_add_loop_test(tc, test_crash, 0, countof(files));
	suite_add_tcase(s, tc);
	return s;
}
