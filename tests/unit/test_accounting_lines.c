/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <accounting_lines.h>

#include <syslog.h>
#include <time.h>

/**
 * A session with all that is needed.
 */
static accounting_session_t *create(const char *user)
{
	accounting_session_t *session;
	host_t *host = host_create_from_string("192.0.2.7", 500);

	session = accounting_session_create(3, host, 1000);
	session->id = strdup("a-1");
	session->user = user ? identification_create_from_encoding(ID_FQDN,
										chunk_from_str((char*)user)) : NULL;
	session->ike_id = identification_create_from_string("phone@lab");
	session->local = host;
	session->start_monotonic = 10;
	session->state.end_monotonic = 77;
	session->state.reason = "peer";
	session->state.usage.bytes[1] = UINT64_MAX;
	return session;
}

/**
 * Find a field in a datagram: a name, a line feed, a length, a value.
 *
 * @return			value, allocated, NULL if there is none
 */
static char *find(chunk_t datagram, const char *name)
{
	size_t len = strlen(name);
	uint64_t size;
	bool is;

	while (datagram.len)
	{
		is = datagram.len > len && datagram.ptr[len] == '\n' &&
			 memeq(datagram.ptr, name, len);
		while (*datagram.ptr != '\n')
		{
			datagram = chunk_skip(datagram, 1);
		}
		ck_assert_uint_gt(datagram.len, 1 + sizeof(size));
		memcpy(&size, datagram.ptr + 1, sizeof(size));
		size = le64toh(size);
		datagram = chunk_skip(datagram, 1 + sizeof(size));
		ck_assert_uint_gt(datagram.len, size);
		ck_assert_int_eq(datagram.ptr[size], '\n');
		if (is)
		{
			return strndup((char*)datagram.ptr, size);
		}
		datagram = chunk_skip(datagram, size + 1);
	}
	return NULL;
}

/**
 * Check a field, NULL if it isn't to be there.
 */
static void check(chunk_t datagram, const char *name, const char *expected)
{
	char *value = find(datagram, name);

	if (expected)
	{
		ck_assert_msg(value, "%s", name);
		ck_assert_str_eq(value, expected);
	}
	else
	{
		ck_assert_msg(!value, "%s", name);
	}
	free(value);
}

START_TEST(test_journal)
{
	accounting_session_t *session = create("alice");
	chunk_t datagram;

	session->connection = strdup("net");
	datagram = accounting_lines_journal(ACCOUNTING_END, session,
										&session->state, "{}");
	check(datagram, "MESSAGE", "alice from 192.0.2.7 is gone after 67 s, "
		  "18446744073709551615 bytes in, 0 out: peer");
	check(datagram, "PRIORITY", "6");
	check(datagram, "SYSLOG_IDENTIFIER", "charon");
	check(datagram, "ACCOUNTING_TYPE", "end");
	check(datagram, "ACCOUNTING_SESSION", "a-1");
	check(datagram, "ACCOUNTING_ID", "alice");
	check(datagram, "ACCOUNTING_IKE_ID", "phone@lab");
	check(datagram, "ACCOUNTING_EAP_ID", NULL);
	check(datagram, "ACCOUNTING_HOST", "192.0.2.7");
	check(datagram, "ACCOUNTING_VIRTUAL_IP", NULL);
	check(datagram, "IKE_SA_UNIQUE_ID", "3");
	check(datagram, "IKE_SA_NAME", "net");
	check(datagram, "ACCOUNTING_REASON", "peer");
	check(datagram, "ACCOUNTING_DURATION", "67");
	check(datagram, "ACCOUNTING_BYTES_IN", "18446744073709551615");
	check(datagram, "ACCOUNTING_BYTES_OUT", "0");
	check(datagram, "ACCOUNTING_STEP", NULL);
	check(datagram, "ACCOUNTING_RECORD", "{}");
	chunk_free(&datagram);
	datagram = accounting_lines_journal(ACCOUNTING_START, session,
										&session->state, "{}");
	check(datagram, "MESSAGE", "alice from 192.0.2.7 is connected");
	check(datagram, "ACCOUNTING_REASON", NULL);
	check(datagram, "ACCOUNTING_DURATION", NULL);
	chunk_free(&datagram);
	accounting_session_unref(session);
}
END_TEST

START_TEST(test_refused)
{
	accounting_session_t *session = create(NULL);
	chunk_t datagram;

	session->step = "proposal";
	session->refused = "mismatch";
	datagram = accounting_lines_journal(ACCOUNTING_REFUSED, session,
										&session->state, "{}");
	check(datagram, "MESSAGE", "somebody from 192.0.2.7 was refused at "
		  "proposal: mismatch");
	check(datagram, "PRIORITY", "5");
	check(datagram, "ACCOUNTING_ID", NULL);
	check(datagram, "IKE_SA_NAME", NULL);
	check(datagram, "ACCOUNTING_STEP", "proposal");
	check(datagram, "ACCOUNTING_REASON", "mismatch");
	chunk_free(&datagram);
	accounting_session_unref(session);
}
END_TEST

/** identities, and how they are printed */
static const struct {
	const char *user;
	const char *printed;
} hostile[] = {
	{ "a\nACCOUNTING_ID=root", "a?ACCOUNTING_ID=root" },
	{ "a\x1b[2J", "a?[2J" },
	{ "\",\"x", "\",\"x" },
};

START_TEST(test_hostile)
{
	accounting_session_t *session = create(hostile[_i].user);
	chunk_t datagram;

	datagram = accounting_lines_journal(ACCOUNTING_START, session,
										&session->state, "{}");
	check(datagram, "ACCOUNTING_ID", hostile[_i].printed);
	chunk_free(&datagram);
	accounting_session_unref(session);
}
END_TEST

START_TEST(test_syslog)
{
	chunk_t line;
	char *text;

	setenv("TZ", "UTC", TRUE);
	tzset();
	line = accounting_lines_syslog(ACCOUNTING_END, "{\"a\":1}", LOG_LOCAL7, 42,
								   1000000);
	text = strndup((char*)line.ptr, line.len);
	ck_assert_str_eq(text, "<190>Jan 12 13:46:40 charon[42]: @cee: {\"a\":1}");
	free(text);
	chunk_free(&line);
	line = accounting_lines_syslog(ACCOUNTING_REFUSED, "{}", LOG_DAEMON, 42, 0);
	text = strndup((char*)line.ptr, line.len);
	ck_assert_str_eq(text, "<29>Jan  1 00:00:00 charon[42]: @cee: {}");
	free(text);
	chunk_free(&line);
}
END_TEST

SUITE(accounting_lines)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_lines");
	tc = tcase_create("journal");
	tcase_add_test(tc, test_journal);
	tcase_add_test(tc, test_refused);
	tcase_add_loop_test(tc, test_hostile, 0, countof(hostile));
	suite_add_tcase(s, tc);
	tc = tcase_create("syslog");
	tcase_add_test(tc, test_syslog);
	suite_add_tcase(s, tc);
	return s;
}
