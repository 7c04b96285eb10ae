/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <pthread.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <threading/thread.h>

#include <strict_bind_receiver.h>

/**
 * Largest datagram in these tests.
 */
#define MAX_PACKET 100

static strict_bind_table_t *table;
static strict_bind_receiver_t *receiver;
static int sender;

static void setup()
{
	table = strict_bind_table_create();
	receiver = strict_bind_receiver_create(table, MAX_PACKET);
	sender = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
}

static void teardown()
{
	close(sender);
	receiver->destroy(receiver);
	table->destroy(table);
}

/**
 * Bind a socket, on a port that the kernel chooses.
 */
static strict_bind_endpoint_t *create_endpoint(char *address)
{
	strict_bind_options_t options = {};
	strict_bind_target_t target = {
		.host = host_create_from_string(address, 0),
	};
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	strict_bind_endpoint_t *endpoint;
	const char *failed;

	endpoint = strict_bind_endpoint_create(&target, &options, &failed);
	target.host->destroy(target.host);
	ck_assert_msg(endpoint != NULL, "can't %s %s", failed, address);
	getsockname(endpoint->fd, (struct sockaddr*)&sin, &len);
	endpoint->target.host->set_port(endpoint->target.host,
									ntohs(sin.sin_port));
	return endpoint;
}

/**
 * Bind a socket and add it.
 */
static strict_bind_endpoint_t *bind_to(char *address)
{
	strict_bind_endpoint_t *endpoint = create_endpoint(address);

	ck_assert(table->add(table, endpoint));
	return endpoint;
}

/**
 * Send a datagram of some bytes of a value.
 */
static void send_to(strict_bind_endpoint_t *endpoint, size_t len, u_char value)
{
	host_t *host = endpoint->target.host;
	u_char buf[4 * MAX_PACKET];

	memset(buf, value, sizeof(buf));
	ck_assert_int_eq(sendto(sender, buf, len, 0, host->get_sockaddr(host),
							*host->get_sockaddr_len(host)), len);
}

/**
 * Receive the next packet and compare it.
 */
static void expect(strict_bind_endpoint_t *endpoint, size_t len, u_char value)
{
	packet_t *packet = receiver->receive(receiver);
	host_t *dst = packet->get_destination(packet);
	chunk_t data = packet->get_data(packet);

	ck_assert_uint_eq(data.len, len);
	ck_assert(!len || (data.ptr[0] == value && data.ptr[len - 1] == value));
	ck_assert(dst->equals(dst, endpoint->target.host));
	packet->destroy(packet);
}

START_TEST(test_order)
{
	strict_bind_endpoint_t *endpoint = bind_to("127.0.0.1");
	int i;

	/* several batches and a rest */
	for (i = 0; i < 150; i++)
	{
		send_to(endpoint, 20, i);
	}
	for (i = 0; i < 150; i++)
	{
		expect(endpoint, 20, i);
	}
	send_to(endpoint, 20, 1);
	expect(endpoint, 20, 1);
}
END_TEST

START_TEST(test_sizes)
{
	strict_bind_endpoint_t *endpoint = bind_to("127.0.0.1");

	send_to(endpoint, 0, 0);
	send_to(endpoint, 1, 0xff);
	send_to(endpoint, MAX_PACKET + 1, 3);
	send_to(endpoint, MAX_PACKET, 4);
	expect(endpoint, 0, 0);
	expect(endpoint, 1, 0xff);
	expect(endpoint, MAX_PACKET, 4);
}
END_TEST

START_TEST(test_fair)
{
	strict_bind_endpoint_t *busy = bind_to("127.0.0.1");
	strict_bind_endpoint_t *other = bind_to("127.0.0.2");
	packet_t *packet;
	host_t *dst;
	int i, before = -1;

	for (i = 0; i < 150; i++)
	{
		send_to(busy, 20, i);
	}
	send_to(other, 20, 1);
	for (i = 0; i < 151; i++)
	{
		packet = receiver->receive(receiver);
		dst = packet->get_destination(packet);
		if (dst->ip_equals(dst, other->target.host))
		{
			before = i;
		}
		packet->destroy(packet);
	}
	/* after a batch of the busy one, not after all of it */
	ck_assert_int_ge(before, 0);
	ck_assert_int_lt(before, 100);
}
END_TEST

START_TEST(test_removed)
{
	strict_bind_endpoint_t *gone = bind_to("127.0.0.1");
	strict_bind_endpoint_t *endpoint = bind_to("127.0.0.2");

	send_to(gone, 20, 1);
	table->remove(table, gone);
	send_to(endpoint, 20, 2);
	expect(endpoint, 20, 2);
	ck_assert_uint_eq(table->get_count(table), 1);
}
END_TEST

static void *send_later(void *data)
{
	usleep(50000);
	send_to(bind_to("127.0.0.1"), 20, 7);
	return NULL;
}

START_TEST(test_added_while_waiting)
{
	packet_t *packet;
	thread_t *thread;

	thread = thread_create(send_later, NULL);
	packet = receiver->receive(receiver);
	ck_assert_uint_eq(packet->get_data(packet).len, 20);
	packet->destroy(packet);
	thread->join(thread);
}
END_TEST

static void *receive_forever(void *data)
{
	thread_cancelability(FALSE);
	while (TRUE)
	{
		packet_t *packet = receiver->receive(receiver);
		DESTROY_IF(packet);
	}
	return NULL;
}

START_TEST(test_read_error)
{
	strict_bind_endpoint_t *broken = create_endpoint("127.0.0.1"), *other;
	char line[BUF_LEN];
	int i, ends[2];

	/* a pipe is readable, but not by the call for sockets, ever */
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], broken->fd), broken->fd);
	ck_assert(table->add(table, broken));
	other = bind_to("127.0.0.2");
	log_capture();
	for (i = 0; i < 50; i++)
	{
		ck_assert_int_eq(write(ends[1], "x", 1), 1);
		send_to(other, 20, i);
		expect(other, 20, i);
	}
	snprintf(line, sizeof(line), "strict-bind: error reading from %#H: Socket "
			 "operation on non-socket\n", broken->target.host);
	ck_assert_str_eq(log_captured(), line);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(test_cancel)
{
	thread_t *thread;

	if (_i)
	{
		send_to(bind_to("127.0.0.1"), 20, 1);
	}
	thread = thread_create(receive_forever, NULL);
	usleep(20000);
	thread->cancel(thread);
	thread->join(thread);
}
END_TEST

/** addresses that come and go while packets are received and sent */
static void *flap(void *data)
{
	int i;

	for (i = 0; i < 300; i++)
	{
		strict_bind_endpoint_t *endpoint = bind_to("127.0.0.2");

		send_to(endpoint, 20, i);
		table->remove(table, endpoint);
	}
	return NULL;
}

START_TEST(test_flapping)
{
	strict_bind_endpoint_t *endpoint = bind_to("127.0.0.1"), *found;
	host_t *dst = host_create_from_string("127.0.0.9", 9);
	host_t *src = host_create_from_string("127.0.0.2", 0);
	packet_t *packet;
	thread_t *thread;
	int i, got = 0;

	thread = thread_create(flap, NULL);
	for (i = 0; i < 300; i++)
	{
		send_to(endpoint, 20, i);
		found = table->find(table, src, 0, dst, FALSE);
		DESTROY_IF(found);
		found = table->find(table, endpoint->target.host,
				endpoint->target.host->get_port(endpoint->target.host), dst,
				FALSE);
		ck_assert_ptr_eq(found, endpoint);
		found->destroy(found);
		/* all that was sent to the one that stays arrives */
		while (got <= i)
		{
			packet = receiver->receive(receiver);
			if (packet->get_destination(packet)->get_port(
									packet->get_destination(packet)) ==
				endpoint->target.host->get_port(endpoint->target.host))
			{
				got++;
			}
			packet->destroy(packet);
		}
	}
	thread->join(thread);
	src->destroy(src);
	dst->destroy(dst);
}
END_TEST

START_TEST(test_find)
{
	strict_bind_endpoint_t *endpoint = bind_to("127.0.0.1"), *found;
	host_t *dst = host_create_from_string("127.0.0.9", 9);
	host_t *any = host_create_any(AF_INET), *any6 = host_create_any(AF_INET6);
	host_t *src = endpoint->target.host;
	uint16_t port = src->get_port(src);

	found = table->find(table, src, port, dst, FALSE);
	ck_assert_ptr_eq(found, endpoint);
	found->destroy(found);
	found = table->find(table, src, port, NULL, FALSE);
	ck_assert_ptr_eq(found, endpoint);
	found->destroy(found);
	found = table->find(table, any, port, dst, FALSE);
	ck_assert_ptr_eq(found, endpoint);
	found->destroy(found);
	ck_assert_ptr_null(table->find(table, any, port, dst, TRUE));
	ck_assert_ptr_null(table->find(table, any6, port, dst, FALSE));
	ck_assert_ptr_null(table->find(table, src, 1, dst, FALSE));
	ck_assert_int_eq(table->get_families(table), SOCKET_FAMILY_IPV4);
	dst->destroy(dst);
	any->destroy(any);
	any6->destroy(any6);
}
END_TEST

SUITE(strict_bind_receiver)
{
	Suite *s = suite_create("strict_bind_receiver");
	TCase *tc;

	tc = tcase_create("receive");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_fair);
	suite_add_tcase(s, tc);

	tc = tcase_create("sockets");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_removed);
	tcase_add_test(tc, test_added_while_waiting);
	tcase_add_test(tc, test_read_error);
	tcase_add_loop_test(tc, test_cancel, 0, 2);
	tcase_add_test(tc, test_flapping);
	suite_add_tcase(s, tc);
	return s;
}
