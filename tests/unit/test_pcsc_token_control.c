/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <control_registry.h>
#include <pcsc_token_control.h>

#include <stdarg.h>

/** what was written, as "key=value " */
static char written[256];

static void __attribute__((format(printf, 2, 3)))
append(const char *prefix, const char *fmt, ...)
{
	size_t len = strlen(written);
	va_list args;

	len += snprintf(written + len, sizeof(written) - len, "%s", prefix);
	va_start(args, fmt);
	vsnprintf(written + len, sizeof(written) - len, fmt, args);
	va_end(args);
}

static void value(control_out_t *this, const char *key, const char *fmt, ...)
{
	char buf[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	append(key, "=%s ", buf);
}

static void begin_list(control_out_t *this, const char *name)
{
	append("", "%s: ", name);
}

static void item(control_out_t *this, const char *fmt, ...)
{
	append("", "item ");
}

static void end(control_out_t *this)
{
	append("", "; ");
}

static control_out_t out = {
	.value = value,
	.begin_list = begin_list,
	.item = item,
	.end_list = end,
	.emit = end,
};

static control_out_t *begin_event(control_sink_t *sink, const char *event)
{
	append("", "%s: ", event);
	return &out;
}

static void raise_event(control_sink_t *sink, control_out_t *out)
{
	end(out);
}

static bool up;

static bool is_up(pcsc_token_watcher_t *this)
{
	return up;
}

static void list(pcsc_token_cards_t *this, pcsc_token_list_t cb, void *data)
{
	cb(data, "R", "alice");
	cb(data, "R", "bob");
	cb(data, "S", NULL);
}

static pcsc_token_cards_t cards = { .list = list };
static pcsc_token_watcher_t watcher = { .is_up = is_up };
static control_sink_t sink = { .begin = begin_event, .raise = raise_event };

/**
 * Write the status and the cards, callback of control_registry_find().
 */
static bool show(void *data, const control_offer_t *offer)
{
	ck_assert_str_eq(offer->plugin, "pcsc-token");
	*written = '\0';
	if (data)
	{
		ck_assert_uint_eq(offer->command_count, 1);
		ck_assert_str_eq(offer->commands[0].name, "list-tokens");
		offer->commands[0].run(offer->data, NULL, &out, NULL);
	}
	else
	{
		offer->status(offer->data, &out);
	}
	return TRUE;
}

START_TEST(test_offer)
{
	pcsc_token_control_t *control;

	control_registry_attach(&sink);
	control = pcsc_token_control_create(NULL, &cards, &watcher);
	up = TRUE;
	ck_assert(control_registry_find(show, NULL));
	ck_assert_str_eq(written, "pcscd=up keys=2 unused-cards=1 ");
	up = FALSE;
	ck_assert(control_registry_find(show, NULL));
	ck_assert_str_eq(written, "pcscd=away keys=2 unused-cards=1 "
					 "warnings: item ; ");
	ck_assert(control_registry_find(show, &out));
	ck_assert_str_eq(written, "reader=R token=alice ; reader=R token=bob ; "
					 "reader=S ; ");
	control->destroy(control);
	ck_assert(!control_registry_find(show, NULL));
	control_registry_detach();
}
END_TEST

START_TEST(test_event)
{
	pcsc_token_control_t *control;

	control_registry_attach(&sink);
	control = pcsc_token_control_create(NULL, &cards, &watcher);
	*written = '\0';
	pcsc_token_tell("removed", "R", NULL);
	ck_assert_str_eq(written, "");
	control_registry_listen(TRUE);
	pcsc_token_tell("loaded", "R", "alice");
	pcsc_token_tell("pcscd-lost", NULL, NULL);
	ck_assert_str_eq(written, "token: type=loaded reader=R token=alice ; "
					 "token: type=pcscd-lost ; ");
	control_registry_listen(FALSE);
	control->destroy(control);
	control_registry_detach();
}
END_TEST

Suite *pcsc_token_control_suite_create()
{
	Suite *s = suite_create("pcsc_token_control");
	TCase *tc;

	tc = tcase_create("control");
	tcase_add_test(tc, test_offer);
	tcase_add_test(tc, test_event);
	suite_add_tcase(s, tc);
	return s;
}
