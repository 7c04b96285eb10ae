/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <control_client.h>
#include <control_frame.h>
#include <control_message.h>

#include <vici_message.h>

#include <sys/socket.h>
#include <unistd.h>

/** the server's end, and the client's */
static control_stats_t stats;
static control_events_t *events;
static control_dispatcher_t *dispatcher;
static control_client_t *client;
static int fd;

/** what the client was disconnected for */
static char complaint[256];

/**
 * Answer with an argument.
 */
static void echo(void *data, settings_t *request, control_out_t *out,
				 option_errors_t *errors)
{
	char *text = request->get_str(request, CONTROL_REQUEST ".text", NULL);

	if (!text)
	{
		errors->add(errors, "text", NULL, "missing");
		errors->add(errors, "more", "x", "wrong");
		return;
	}
	out->value(out, "text", "%s", text);
}

/**
 * Stream numbers.
 */
static void count(void *data, settings_t *request, control_out_t *out,
				  option_errors_t *errors)
{
	int i;

	for (i = 0; i < 3; i++)
	{
		out->number(out, "number", i);
		out->emit(out);
	}
	out->value(out, "total", "%d", i);
}

/**
 * Answer with more than a message can have.
 */
static void flood(void *data, settings_t *request, control_out_t *out,
				  option_errors_t *errors)
{
	int i;

	for (i = 0; i < CONTROL_FRAME_MAX / 1000; i++)
	{
		out->value(out, "key", "%01000d", i);
	}
}

/**
 * Answer with a section that doesn't end.
 */
static void forget(void *data, settings_t *request, control_out_t *out,
				   option_errors_t *errors)
{
	out->begin_section(out, "a");
}

static const offer_command_t commands[] = {
	{ .name = "echo", .arguments = TRUE, .run = echo },
	{ .name = "count", .stream = "number", .run = count },
	{ .name = "flood", .run = flood },
	{ .name = "forget", .run = forget },
};

static const char *const names[] = { "thing", NULL };

static const offer_t offer = {
	.plugin = "test",
	.commands = commands,
	.command_count = countof(commands),
	.events = names,
};

static void complain(void *data, const char *who, const char *reason)
{
	ck_assert(strpfx(who, "pid "));
	strcpy(complaint, reason);
}

static void setup(void)
{
	struct timeval timeout = { .tv_sec = 20 };
	int fds[2];

	memset(&stats, 0, sizeof(stats));
	*complaint = '\0';
	events = control_events_create(&stats);
	offer_attach(&events->sink);
	offer_add(&offer);
	dispatcher = control_dispatcher_create(events, &stats, FALSE);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	client = control_client_create(fds[0], dispatcher, events, complain, NULL);
	ck_assert(client);
	fd = fds[1];
}

static void teardown(void)
{
	client->destroy(client);
	close(fd);
	dispatcher->destroy(dispatcher);
	offer_remove(&offer);
	offer_detach();
	events->destroy(events);
}

/**
 * Send bytes.
 */
static void send_bytes(const char *data, size_t len)
{
	ck_assert_int_eq(write(fd, data, len), len);
}

/**
 * Send a packet.
 */
static void send_packet(control_operation_t operation, const char *name,
						chunk_t message)
{
	chunk_t packet = control_packet(operation, name, message);
	uint32_t len = htonl(packet.len);

	send_bytes((char*)&len, sizeof(len));
	send_bytes((char*)packet.ptr, packet.len);
	free(packet.ptr);
}

/**
 * Receive bytes, unless the connection ends.
 */
static bool receive_bytes(void *data, size_t len)
{
	return recv(fd, data, len, MSG_WAITALL) == len;
}

/**
 * Receive a packet, to be freed; of no length if the connection ends.
 */
static chunk_t receive_packet(void)
{
	chunk_t packet;
	uint32_t len;

	if (!receive_bytes(&len, sizeof(len)))
	{
		return chunk_empty;
	}
	packet = chunk_alloc(ntohl(len));
	ck_assert(receive_bytes(packet.ptr, packet.len));
	return packet;
}

/**
 * Check that a packet without a message is next.
 */
static void assert_operation(control_operation_t operation)
{
	chunk_t packet = receive_packet();

	ck_assert(chunk_equals(packet, chunk_from_chars(operation)));
	free(packet.ptr);
}

/**
 * Receive a packet with a message.
 *
 * @param name		name of the event, NULL for a response
 * @return			message, owns the packet in buf
 */
static vici_message_t *receive_message(const char *name, chunk_t *buf)
{
	chunk_t header;

	*buf = receive_packet();
	header = control_packet(name ? CONTROL_EVENT : CONTROL_RESPONSE, name,
							chunk_empty);
	ck_assert_uint_ge(buf->len, header.len);
	ck_assert(memeq(buf->ptr, header.ptr, header.len));
	*buf = chunk_skip(*buf, header.len);
	/* free() needs its start */
	memmove(buf->ptr - header.len, buf->ptr, buf->len);
	buf->ptr -= header.len;
	free(header.ptr);
	return vici_message_create_from_data(*buf, TRUE);
}

/**
 * Check the value of a key in what is next.
 */
static void assert_value(const char *name, char *key, const char *value)
{
	vici_message_t *message;
	chunk_t buf;

	message = receive_message(name, &buf);
	ck_assert_str_eq(message->get_str(message, "", key), value);
	message->destroy(message);
}

/**
 * Request a command without arguments.
 */
static void request(const char *name)
{
	send_packet(CONTROL_REQUEST_COMMAND, name, chunk_empty);
}

START_TEST(test_command)
{
	static const char text[] = "\3\4text\0\2ab";
	chunk_t message = chunk_create((u_char*)text, sizeof(text) - 1);

	send_packet(CONTROL_REQUEST_COMMAND, "echo", message);
	assert_value(NULL, "text", "ab");
	request("echo");
	assert_value(NULL, "errmsg", "text: missing; more = \"x\": wrong");
	send_packet(CONTROL_REQUEST_COMMAND, "count", message);
	assert_value(NULL, "errmsg", "text = \"ab\": unknown, the command takes "
				 "no arguments");
	request("unknown");
	assert_operation(CONTROL_UNKNOWN_COMMAND);
	/* a message that isn't one is an error, but not the end */
	send_packet(CONTROL_REQUEST_COMMAND, "echo", chunk_from_chars(9));
	assert_value(NULL, "errmsg", "request: isn't a well-formed message");
	request("flood");
	assert_value(NULL, "errmsg", "flood: the answer is too long");
	request("forget");
	assert_value(NULL, "errmsg", "forget: the answer is too long");
	request("version");
	assert_value(NULL, "success", "yes");
	ck_assert_uint_eq(stats.commands, 7);
	ck_assert_uint_eq(stats.failed, 5);
	ck_assert_str_eq(complaint, "");
}
END_TEST

START_TEST(test_stream)
{
	/* nothing but the answer without registration */
	request("count");
	assert_value(NULL, "total", "3");
	send_packet(CONTROL_REGISTER, "number", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	request("count");
	assert_value("number", "number", "0");
	assert_value("number", "number", "1");
	assert_value("number", "number", "2");
	assert_value(NULL, "total", "3");
	send_packet(CONTROL_UNREGISTER, "number", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	request("count");
	assert_value(NULL, "total", "3");
}
END_TEST

START_TEST(test_pipeline)
{
	/* requests that are sent together are answered in order */
	send_packet(CONTROL_REGISTER, "number", chunk_empty);
	request("count");
	request("unknown");
	send_packet(CONTROL_REGISTER, "no-event", chunk_empty);
	send_packet(CONTROL_UNREGISTER, "thing", chunk_empty);
	request("version");
	assert_operation(CONTROL_CONFIRM);
	assert_value("number", "number", "0");
	assert_value("number", "number", "1");
	assert_value("number", "number", "2");
	assert_value(NULL, "total", "3");
	assert_operation(CONTROL_UNKNOWN_COMMAND);
	assert_operation(CONTROL_UNKNOWN_EVENT);
	assert_operation(CONTROL_UNKNOWN_EVENT);
	assert_value(NULL, "success", "yes");
}
END_TEST

/**
 * Raise an event.
 */
static void happen(u_int number)
{
	control_out_t *out;

	out = control_event_begin("thing");
	ck_assert(out);
	out->value(out, "number", "%u", number);
	/* so that a few of them fill a queue */
	out->value(out, "padding", "%01000d", 0);
	control_event_end(out);
}

START_TEST(test_events)
{
	ck_assert(!control_event_begin("thing"));
	/* once, however often it is registered for */
	send_packet(CONTROL_REGISTER, "thing", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	send_packet(CONTROL_REGISTER, "thing", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	ck_assert_uint_eq(client->get_idle(client), 0);
	happen(7);
	assert_value("thing", "number", "7");
	request("version");
	assert_value(NULL, "success", "yes");
	happen(8);
	assert_value("thing", "number", "8");
	send_packet(CONTROL_UNREGISTER, "thing", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	ck_assert(!control_event_begin("thing"));
	ck_assert_uint_eq(stats.events, 2);
}
END_TEST

START_TEST(test_dropped)
{
	vici_message_t *message;
	chunk_t buf;
	u_int i, next = 0, dropped, total = 0, received = 0, max = 5000;

	send_packet(CONTROL_REGISTER, "thing", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	for (i = 0; i < max; i++)
	{
		happen(i);
	}
	ck_assert_uint_gt(stats.dropped, 0);
	/* exactly those are missing that are said to be */
	while (next < max)
	{
		message = receive_message("thing", &buf);
		ck_assert_uint_eq(message->get_int(message, -1, "number"), next);
		dropped = message->get_int(message, 0, "dropped");
		total += dropped;
		next += 1 + dropped;
		received++;
		message->destroy(message);
	}
	ck_assert_uint_eq(total, stats.dropped);
	ck_assert_uint_eq(received, stats.events);
	/* and it goes on */
	happen(max);
	assert_value("thing", "number", "5000");
}
END_TEST

START_TEST(test_unread)
{
	u_int i, max = 3000;
	chunk_t packet;
	uint32_t len;

	send_packet(CONTROL_REGISTER, "thing", chunk_empty);
	assert_operation(CONTROL_CONFIRM);
	for (i = 0; i < max; i++)
	{
		happen(i);
	}
	/* a request is received while events wait to be read, and isn't answered
	 * within one */
	packet = control_packet(CONTROL_REQUEST_COMMAND, "version", chunk_empty);
	len = htonl(packet.len);
	send_bytes((char*)&len, sizeof(len));
	send_bytes((char*)packet.ptr, 3);
	happen(max);
	send_bytes((char*)packet.ptr + 3, packet.len - 3);
	request("nothing");
	free(packet.ptr);
	for (i = 0; i < 2;)
	{
		packet = receive_packet();
		switch (packet.ptr[0])
		{
			case CONTROL_RESPONSE:
				ck_assert_uint_eq(i++, 0);
				break;
			case CONTROL_UNKNOWN_COMMAND:
				ck_assert_uint_eq(i++, 1);
				break;
			default:
				ck_assert_int_eq(packet.ptr[0], CONTROL_EVENT);
				break;
		}
		free(packet.ptr);
	}
}
END_TEST

/** what ends a connection, and the reason given */
static struct {
	const char *data;
	size_t len;
	const char *complaint;
} hopeless[] = {
#define BYTES(data, complaint) { data, sizeof(data) - 1, complaint }
	BYTES("\xff\xff\xff\xff", "announced a request of 4294967295 bytes, at "
		  "most 524288 are accepted"),
	BYTES("\0\x08\0\1", "announced a request of 524289 bytes, at most 524288 "
		  "are accepted"),
	BYTES("\0\0\0\0", "sent a packet that isn't one of vici's"),
	BYTES("\0\0\0\2\1\0", "sent a packet that isn't one of vici's"),
	BYTES("\0\0\0\3\0\5a", "sent a packet that isn't one of vici's"),
	BYTES("GET / HTTP/1.0\r\n\r\n", "announced a request of 1195725856 bytes, "
		  "at most 524288 are accepted"),
};

START_TEST(test_hopeless)
{
	send_bytes(hopeless[_i].data, hopeless[_i].len);
	ck_assert_uint_eq(receive_packet().len, 0);
	while (client->get_idle(client) != UINT32_MAX)
	{
		sched_yield();
	}
	ck_assert_str_eq(complaint, hopeless[_i].complaint);
}
END_TEST

START_TEST(test_leaves)
{
	/* in the middle of a request, of events, and with an answer under way */
	if (_i == 0)
	{
		send_bytes("\0\0\1\0abc", 7);
	}
	else
	{
		send_packet(CONTROL_REGISTER, _i == 1 ? "thing" : "number",
					chunk_empty);
		assert_operation(CONTROL_CONFIRM);
		if (_i == 1)
		{
			for (_i = 0; _i < 2000; _i++)
			{
				happen(_i);
			}
		}
		else
		{
			request("count");
		}
	}
	close(fd);
	while (client->get_idle(client) != UINT32_MAX)
	{
		sched_yield();
	}
	ck_assert_str_eq(complaint, "");
	ck_assert(!events->contains(events, NULL, NULL));
	fd = -1;
}
END_TEST

SUITE(control_client)
{
	Suite *s;
	TCase *tc;

	s = suite_create("control_client");

	tc = tcase_create("client");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_command);
	tcase_add_test(tc, test_stream);
	tcase_add_test(tc, test_pipeline);
	tcase_add_test(tc, test_events);
	tcase_add_test(tc, test_dropped);
	tcase_add_test(tc, test_unread);
	tcase_add_loop_test(tc, test_hopeless, 0, countof(hopeless));
	tcase_add_loop_test(tc, test_leaves, 0, 3);
	suite_add_tcase(s, tc);

	return s;
}
