/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <link_monitor.h>

#include <threading/semaphore.h>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * How long changes settle here, in milliseconds.
 */
#define DELAY 50

/**
 * How long what must not come has to do so, and a callback takes, likewise.
 */
#define PAUSE (4 * DELAY)

/**
 * How long what has to come may take, likewise.
 */
#define LIMIT 20000

/**
 * Posted when a message was received, and when we were called back.
 */
static semaphore_t *received, *called;

/**
 * Whether the last callback returned.
 */
static volatile bool returned;

static bool matters(void *unused, struct nlmsghdr *hdr)
{
	received->post(received);
	return TRUE;
}

static void changed(void *unused)
{
	returned = FALSE;
	called->post(called);
	usleep(PAUSE * 1000);
	returned = TRUE;
}

static link_monitor_t *monitor(void)
{
	link_monitor_t *links;

	links = link_monitor_create(RTMGRP_LINK, matters, DELAY, changed, NULL);
	ck_assert(links);
	return links;
}

/**
 * Have something change.
 */
static void change(void)
{
	struct ifreq request = {
		.ifr_name = "lo",
	};
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	request.ifr_flags ^= IFF_UP;
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
	ck_assert(!received->timed_wait(received, LIMIT));
}

/**
 * The network to return to, for tests that run in the same process.
 */
static int network;

/**
 * Have threads, and a network of our own for this one alone. Returns FALSE if
 * we mayn't have one.
 */
static bool start(void)
{
	network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (geteuid() == 0)
	{
		lib->processor->set_threads(lib->processor, 4);
	}
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
	{
		close(network);
		return FALSE;
	}
	lib->processor->set_threads(lib->processor, 4);
	received = semaphore_create(0);
	called = semaphore_create(0);
	return TRUE;
}

/**
 * Threads go on: the scheduler's job, once cancelled, can't be had again by
 * tests that run in the same process.
 */
static void stop(void)
{
	lib->scheduler->flush(lib->scheduler);
	ignore_result(setns(network, CLONE_NEWNET));
	close(network);
	received->destroy(received);
	called->destroy(called);
}

START_TEST(test_changed)
{
	link_monitor_t *links;

	if (start())
	{
		links = monitor();
		change();
		ck_assert(!called->timed_wait(called, LIMIT));
		/* while that runs */
		change();
		ck_assert(!called->timed_wait(called, LIMIT));
		links->destroy(links);
		stop();
	}
}
END_TEST

START_TEST(test_destroyed_scheduled)
{
	link_monitor_t *links;

	if (start())
	{
		links = monitor();
		change();
		links->destroy(links);
		ck_assert(called->timed_wait(called, PAUSE));

		/* also if the job never runs */
		links = monitor();
		change();
		links->destroy(links);
		stop();
	}
}
END_TEST

START_TEST(test_destroyed_calling)
{
	link_monitor_t *links;

	if (start())
	{
		links = monitor();
		change();
		ck_assert(!called->timed_wait(called, LIMIT));
		/* which would have it called again */
		change();
		links->destroy(links);
		ck_assert(returned);
		/* unless it was before */
		called->timed_wait(called, 0);
		ck_assert(called->timed_wait(called, PAUSE));
		stop();
	}
}
END_TEST

SUITE(link_monitor)
{
	Suite *s = suite_create("link_monitor");
	TCase *tc;

	tc = tcase_create("life");
	tcase_add_test(tc, test_changed);
	tcase_add_test(tc, test_destroyed_scheduled);
	tcase_add_test(tc, test_destroyed_calling);
	suite_add_tcase(s, tc);
	return s;
}
