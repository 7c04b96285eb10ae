/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <netlink_route.h>

#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * More than are sent at once.
 */
#define REQUESTS 150

/**
 * What is wanted in these tests.
 */
static const netlink_want_t wanted[] = {
	[1] = { 4, 4 },
	[2] = { 1, 16 },
	[4] = { 0, NETLINK_ANY },
};

/** attributes, and which of them are taken: bytes, 0 if none are */
static struct {
	char *bytes;
	size_t len;
	size_t taken[countof(wanted)];
} attributes[] = {
	{ "", 0 },
	{ "\10\0\1\0abcd", 8, { [1] = 4 } },
	/* flags of the type don't count */
	{ "\10\0\1\300abcd", 8, { [1] = 4 } },
	/* too short, too long, and another one behind that */
	{ "\7\0\1\0abc\0", 8 },
	{ "\11\0\1\0abcde\0\0\0", 12 },
	{ "\11\0\1\0abcde\0\0\0\5\0\2\0a\0\0\0", 20, { [2] = 1 } },
	{ "\4\0\2\0", 4 },
	{ "\25\0\2\0abcdefghijklmnopq\0\0\0", 24 },
	/* not aligned, at the end */
	{ "\7\0\2\0abc", 7, { [2] = 3 } },
	/* cut off: within the content, within the header */
	{ "\10\0\1\0abc", 7 },
	{ "\10\0\1", 3 },
	{ "\10\0\1\0abcd\10\0\2\0abc", 15, { [1] = 4 } },
	/* shorter than its header, which would never end */
	{ "\3\0\1\0", 4 },
	{ "\0\0\0\0\10\0\1\0abcd", 12 },
	/* nobody wants it, or nobody knows it */
	{ "\10\0\3\0abcd\10\0\1\0abcd", 16, { [1] = 4 } },
	{ "\10\0\5\0abcd\10\0\377\77abcd", 16 },
	/* the last one counts, if it is valid */
	{ "\5\0\2\0a\0\0\0\6\0\2\0bc\0\0", 16, { [2] = 2 } },
	{ "\5\0\2\0a\0\0\0\4\0\2\0", 12, { [2] = 1 } },
};

START_TEST(test_parse)
{
	size_t len = attributes[_i].len;
	chunk_t attrs[countof(wanted)];
	struct nlmsghdr *hdr;
	u_int i;

	/* exactly as long, so that a sanitizer sees who reads beyond it */
	hdr = malloc(NLMSG_SPACE(1) + len);
	hdr->nlmsg_len = NLMSG_SPACE(1) + len;
	memcpy((char*)hdr + NLMSG_SPACE(1), attributes[_i].bytes, len);
	ck_assert(netlink_parse(hdr, 1, wanted, countof(wanted), attrs));
	for (i = 0; i < countof(wanted); i++)
	{
		ck_assert_uint_eq(attrs[i].len, attributes[_i].taken[i]);
	}
	hdr->nlmsg_len = NLMSG_LENGTH(0);
	ck_assert(!netlink_parse(hdr, 1, wanted, countof(wanted), attrs));
	free(hdr);
}
END_TEST

START_TEST(test_write)
{
	chunk_t attrs[countof(wanted)], inner[countof(wanted)];
	netlink_request_t request;
	char buf[4];

	memset(&request, 0xff, sizeof(request));
	ck_assert_int_eq(*(char*)netlink_begin(&request, 16, 0, 1), 0);
	netlink_add(&request, 2, "abcde", 5);
	netlink_add_u32(&request, 1, 0x12345678);
	netlink_add(&request, 4, "\6\0\2\0xy", 6);
	ck_assert(netlink_parse(&request.hdr, 1, wanted, countof(wanted), attrs));
	ck_assert_uint_eq(netlink_get_u32(attrs[1], 0), 0x12345678);
	ck_assert_uint_eq(netlink_get_u32(attrs[3], 7), 7);
	ck_assert(chunk_equals(attrs[2], chunk_from_str("abcde")));
	netlink_get_str(attrs[2], buf, sizeof(buf));
	ck_assert_str_eq(buf, "abc");
	netlink_get_str(attrs[3], buf, sizeof(buf));
	ck_assert_str_eq(buf, "");
	netlink_parse_nested(attrs[4], wanted, countof(wanted), inner);
	netlink_get_str(inner[2], buf, sizeof(buf));
	ck_assert_str_eq(buf, "xy");
}
END_TEST

START_TEST(test_error)
{
	netlink_request_t message;
	struct nlmsgerr *error;
	int *done;

	error = netlink_begin(&message, NLMSG_ERROR, 0, sizeof(*error));
	ck_assert_int_eq(netlink_get_error(&message.hdr), 0);
	error->error = -EPERM;
	ck_assert_int_eq(netlink_get_error(&message.hdr), EPERM);
	error->error = INT_MIN;
	ck_assert_int_eq(netlink_get_error(&message.hdr), EBADMSG);
	error->error = -EPERM;
	message.hdr.nlmsg_len--;
	ck_assert_int_eq(netlink_get_error(&message.hdr), EBADMSG);
	netlink_begin(&message, NLMSG_DONE, 0, 0);
	ck_assert_int_eq(netlink_get_error(&message.hdr), 0);
	done = netlink_begin(&message, NLMSG_DONE, 0, sizeof(*done));
	*done = -ENOENT;
	ck_assert_int_eq(netlink_get_error(&message.hdr), ENOENT);
}
END_TEST

/**
 * What came back.
 */
static struct {
	u_int replies;
	u_int lo;
	u_int results;
	bool more;
} seen;

/**
 * Write a request for an interface: every third one is for one there can't be.
 */
static void build(void *data, u_int index, netlink_request_t *request)
{
	struct ifinfomsg *msg;

	msg = netlink_begin(request, RTM_GETLINK, 0, sizeof(*msg));
	msg->ifi_index = index % 3 ? 1 : INT_MAX;
}

static bool reply(void *data, u_int index, struct nlmsghdr *hdr)
{
	struct ifinfomsg *msg = NLMSG_DATA(hdr);

	ck_assert_int_eq(hdr->nlmsg_type, RTM_NEWLINK);
	ck_assert(index % 3 || !index);
	seen.replies++;
	seen.lo += msg->ifi_index == 1;
	return seen.more;
}

static void result(void *data, u_int index, int error)
{
	ck_assert_uint_eq(index, seen.results++);
	ck_assert_int_eq(error, index % 3 ? 0 : ENODEV);
}

START_TEST(test_run)
{
	memset(&seen, 0, sizeof(seen));
	netlink_run(NETLINK_ROUTE, REQUESTS, build, reply, result, NULL);
	ck_assert_uint_eq(seen.results, REQUESTS);
	ck_assert_uint_eq(seen.lo, REQUESTS / 3 * 2);
	/* each fails if there is no such kind of socket */
	ck_assert_int_eq(netlink_open(MAX_LINKS, 0), -1);
}
END_TEST

START_TEST(test_ask)
{
	netlink_request_t request;
	u_int all;

	memset(&seen, 0, sizeof(seen));
	seen.more = TRUE;
	netlink_begin(&request, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	ck_assert_int_eq(netlink_ask(NETLINK_ROUTE, &request, reply, NULL), 0);
	ck_assert_uint_ge(seen.replies, 1);
	ck_assert_uint_eq(seen.lo, 1);
	all = seen.replies;
	ck_assert_int_eq(netlink_ask(NETLINK_ROUTE, &request, NULL, NULL), 0);
	/* no more than are needed */
	seen.more = FALSE;
	ck_assert_int_eq(netlink_ask(NETLINK_ROUTE, &request, reply, NULL), 0);
	ck_assert_uint_eq(seen.replies, all + 1);

	ck_assert_int_eq(netlink_ask(MAX_LINKS, &request, reply, NULL),
					 EPROTONOSUPPORT);
	build(NULL, 0, &request);
	ck_assert_int_eq(netlink_ask(NETLINK_ROUTE, &request, reply, NULL), ENODEV);
	ck_assert_uint_eq(seen.replies, all + 1);
}
END_TEST

static void count(void *data, struct nlmsghdr *hdr)
{
	++*(u_int*)data;
}

/**
 * What other processes send isn't taken for the kernel's.
 */
START_TEST(test_sender)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);
	netlink_request_t message;
	u_int events = 0;
	int fd, other;

	fd = netlink_open(NETLINK_ROUTE, 0);
	other = netlink_open(NETLINK_ROUTE, 0);
	ck_assert(fd >= 0 && other >= 0);
	ck_assert(!getsockname(fd, (struct sockaddr*)&addr, &len));
	netlink_begin(&message, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	if (sendto(other, &message, message.hdr.nlmsg_len, 0,
			   (struct sockaddr*)&addr, len) > 0)
	{	/* else we mayn't send any, nor may others like us */
		ck_assert_int_gt(recv(fd, &message, 1, MSG_PEEK | MSG_DONTWAIT), 0);
		netlink_read_events(fd, count, &events);
		ck_assert_uint_eq(events, 0);
		ck_assert_int_lt(recv(fd, &message, 1, MSG_PEEK | MSG_DONTWAIT), 0);
	}
	/* the kernel's are */
	build(NULL, 1, &message);
	message.hdr.nlmsg_flags = NLM_F_REQUEST;
	ck_assert_int_gt(send(fd, &message, message.hdr.nlmsg_len, 0), 0);
	netlink_read_events(fd, count, &events);
	ck_assert_uint_eq(events, 1);
	close(fd);
	close(other);
}
END_TEST

SUITE(netlink)
{
	Suite *s;
	TCase *tc;

	s = suite_create("netlink");
	tc = tcase_create("messages");
	tcase_add_loop_test(tc, test_parse, 0, countof(attributes));
	tcase_add_test(tc, test_write);
	tcase_add_test(tc, test_error);
	suite_add_tcase(s, tc);
	tc = tcase_create("kernel");
	tcase_add_test(tc, test_run);
	tcase_add_test(tc, test_ask);
	tcase_add_test(tc, test_sender);
	suite_add_tcase(s, tc);
	return s;
}
