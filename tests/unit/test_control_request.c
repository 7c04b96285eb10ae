/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <control_request.h>

#include <vici_builder.h>

/**
 * Read a message that is valid.
 */
static settings_t *read_valid(chunk_t message)
{
	option_errors_t *errors = option_errors_create();
	settings_t *settings;

	settings = control_request_read(message, errors);
	ck_assert(settings);
	ck_assert_uint_eq(errors->get_count(errors), 0);
	errors->destroy(errors);
	return settings;
}

/**
 * Read a message that isn't.
 */
static void assert_invalid(chunk_t message, const char *expected)
{
	option_errors_t *errors = option_errors_create();
	enumerator_t *enumerator;
	char *line;

	ck_assert(!control_request_read(message, errors));
	enumerator = errors->create_enumerator(errors);
	ck_assert(enumerator->enumerate(enumerator, &line));
	ck_assert_str_eq(line, expected);
	enumerator->destroy(enumerator);
	errors->destroy(errors);
}

/**
 * Get the encoding of a message, to be freed.
 */
static chunk_t finalize(vici_builder_t *builder)
{
	vici_message_t *message = builder->finalize(builder);
	chunk_t encoding;

	ck_assert(message);
	encoding = chunk_clone(message->get_encoding(message));
	message->destroy(message);
	return encoding;
}

START_TEST(test_values)
{
	vici_builder_t *b = vici_builder_create();
	settings_t *settings;
	chunk_t message;

	b->add_kv(b, "name", "a b");
	b->add_kv(b, "100%.s", "odd");
	b->begin_list(b, "src");
	b->add_li(b, "10.1.0.1");
	b->add_li(b, "10.1.0.2");
	b->end_list(b);
	b->begin_list(b, "ids");
	b->add_li(b, "C=CH, O=Acme, CN=*");
	b->add_li(b, "!'O=Partner, *'");
	b->add_li(b, "*@lab");
	b->end_list(b);
	b->begin_list(b, "none");
	b->end_list(b);
	b->begin_section(b, "one");
	b->begin_section(b, "two");
	b->begin_section(b, "three");
	b->begin_section(b, "four");
	b->add_kv(b, "deep", "yes");
	b->end_section(b);
	b->end_section(b);
	b->end_section(b);
	b->add_kv(b, "key", "after");
	b->end_section(b);
	message = finalize(b);

	settings = read_valid(message);
	ck_assert_str_eq(settings->get_str(settings, "request.name", ""), "a b");
	ck_assert_str_eq(settings->get_str(settings, "request.%s", "", "100%.s"),
					 "odd");
	ck_assert_str_eq(settings->get_str(settings, "request.src", ""),
					 "10.1.0.1, 10.1.0.2");
	ck_assert_str_eq(settings->get_str(settings, "request.ids", ""),
					 "'C=CH, O=Acme, CN=*', !'O=Partner, *', *@lab");
	ck_assert_str_eq(settings->get_str(settings, "request.none", "x"), "");
	ck_assert_str_eq(settings->get_str(settings, "request.one.key", ""),
					 "after");
	ck_assert_str_eq(settings->get_str(settings,
							"request.one.two.three.four.deep", ""), "yes");
	settings->destroy(settings);
	free(message.ptr);

	settings = read_valid(chunk_empty);
	settings->destroy(settings);
}
END_TEST

/** messages that libvici doesn't or can't build */
static struct {
	const char *data;
	size_t len;
	const char *error;
} invalid[] = {
#define MESSAGE(data, error) { data, sizeof(data) - 1, error }
#define MALFORMED "request: isn't a well-formed message"
	/* unknown element, end on the wire */
	MESSAGE("\x09", MALFORMED),
	MESSAGE("\x07", MALFORMED),
	MESSAGE("\x03\1a\0\1b\x07", MALFORMED),
	MESSAGE("\x03\1a\0\1b\x07\x03\1c\0\1d", MALFORMED),
	/* a section, a list that don't end */
	MESSAGE("\x01\1a", MALFORMED),
	MESSAGE("\x04\1a\5\0\1b", MALFORMED),
	/* ends of what didn't begin */
	MESSAGE("\x02", MALFORMED),
	MESSAGE("\x06", MALFORMED),
	MESSAGE("\x05\0\1b", MALFORMED),
	/* a section in a list */
	MESSAGE("\x04\1a\1\1b", MALFORMED),
	/* cut short: name, value, item */
	MESSAGE("\x03\5a", MALFORMED),
	MESSAGE("\x03\1a\0\5b", MALFORMED),
	MESSAGE("\x03\1a\xff\xff""b", MALFORMED),
	MESSAGE("\x04\1a\5\0\5b", MALFORMED),
	MESSAGE("\x04\1a\5", MALFORMED),
	/* names and values that can't be settings */
	MESSAGE("\x03\0\0\1b", "request: has a name that is empty or too long"),
	MESSAGE("\x01\0\2", "request: has a name that is empty or too long"),
	MESSAGE("\x03\1\n\0\1b", MALFORMED),
	MESSAGE("\x03\1a\0\1\0", "request: has a value with a NUL byte"),
	MESSAGE("\x03\1a\0\1\xff",
			"a = \"\\xff\": expected text in UTF-8"),
	/* one section too many */
	MESSAGE("\1\1a\1\1a\1\1a\1\1a\1\1a\2\2\2\2\2",
			"request: has too many sections in each other"),
};

START_TEST(test_invalid)
{
	chunk_t message;

	message = chunk_create((u_char*)invalid[_i].data, invalid[_i].len);
	/* on the heap, for sanitizers to see what is read beyond */
	message = chunk_clone(message);
	assert_invalid(message, invalid[_i].error);
	free(message.ptr);
}
END_TEST

START_TEST(test_bounds)
{
	vici_builder_t *b = vici_builder_create();
	char name[CONTROL_REQUEST_NAME_MAX + 2];
	settings_t *settings;
	chunk_t message;
	int i;

	for (i = 0; i < CONTROL_REQUEST_ELEMENTS_MAX; i++)
	{
		snprintf(name, sizeof(name), "%d", i);
		b->add_kv(b, name, "x");
	}
	message = finalize(b);
	settings = read_valid(message);
	settings->destroy(settings);
	message = chunk_cat("mc", message, chunk_from_chars(3, 1, 'a', 0, 0));
	assert_invalid(message, "request: has too many elements");
	free(message.ptr);

	memset(name, 'x', sizeof(name));
	name[CONTROL_REQUEST_NAME_MAX] = '\0';
	b = vici_builder_create();
	b->add_kv(b, name, "x");
	message = finalize(b);
	settings = read_valid(message);
	ck_assert_str_eq(settings->get_str(settings, "request.%s", "", name), "x");
	settings->destroy(settings);
	free(message.ptr);

	name[CONTROL_REQUEST_NAME_MAX] = 'x';
	name[CONTROL_REQUEST_NAME_MAX + 1] = '\0';
	b = vici_builder_create();
	b->add_kv(b, name, "x");
	message = finalize(b);
	assert_invalid(message, "request: has a name that is empty or too long");
	free(message.ptr);
}
END_TEST

/**
 * Is this a packet a client may send?
 */
static bool parses(const char *data, size_t len)
{
	control_operation_t operation;
	char name[CONTROL_NAME_SIZE];
	chunk_t packet, message;
	bool valid;

	packet = chunk_clone(chunk_create((u_char*)data, len));
	valid = control_request_parse(packet, &operation, name, &message);
	free(packet.ptr);
	return valid;
}

START_TEST(test_packets)
{
	control_operation_t operation;
	char name[CONTROL_NAME_SIZE];
	chunk_t message;

	ck_assert(control_request_parse(chunk_from_str("\x03\4abcdxy"), &operation,
									name, &message));
	ck_assert_int_eq(operation, CONTROL_REGISTER);
	ck_assert_str_eq(name, "abcd");
	ck_assert(chunk_equals(message, chunk_from_str("xy")));

	ck_assert(parses("\0\0", 2));
	ck_assert(!parses("", 0));
	ck_assert(!parses("\0", 1));
	ck_assert(!parses("\0\2a", 3));
	ck_assert(!parses("\0\1\n", 3));
	ck_assert(!parses("\0\1\0", 3));
	/* what a server sends, and what nobody does */
	ck_assert(!parses("\1\1a", 3));
	ck_assert(!parses("\7\1a", 3));
	ck_assert(!parses("\xff\1a", 3));
}
END_TEST

START_TEST(test_random)
{
	u_char data[64];
	option_errors_t *errors;
	settings_t *settings;
	chunk_t message;
	u_int round, i;

	srandom(1);
	for (round = 0; round < 5000; round++)
	{
		for (i = 0; i < sizeof(data); i++)
		{
			/* mostly what elements and lengths look like */
			data[i] = random() % (random() % 4 ? 8 : 256);
		}
		message = chunk_clone(chunk_create(data, random() % sizeof(data)));
		errors = option_errors_create();
		settings = control_request_read(message, errors);
		ck_assert_int_eq(settings == NULL, errors->get_count(errors) > 0);
		DESTROY_IF(settings);
		errors->destroy(errors);
		free(message.ptr);
	}
}
END_TEST

SUITE(control_request)
{
	Suite *s;
	TCase *tc;

	s = suite_create("control_request");

	tc = tcase_create("request");
	tcase_add_test(tc, test_values);
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_bounds);
	tcase_add_test(tc, test_packets);
	tcase_add_test(tc, test_random);
	suite_add_tcase(s, tc);

	return s;
}
