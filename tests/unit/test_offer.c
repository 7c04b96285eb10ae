/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <offer.h>

#include <collections/array.h>
#include <threading/thread.h>

/**
 * A sink that takes events of one name.
 */
typedef struct {
	control_sink_t public;
	control_out_t out;
	const char *wanted;
	u_int raised;
} sink_t;

static control_out_t *begin(control_sink_t *sink, const char *event)
{
	sink_t *this = (sink_t*)sink;

	return streq(event, this->wanted) ? &this->out : NULL;
}

static void raise_(control_sink_t *sink, control_out_t *out)
{
	sink_t *this = (sink_t*)sink;

	ck_assert_ptr_eq(out, &this->out);
	this->raised++;
}

static const offer_t bypass = { .plugin = "bypass" };
static const offer_t unique = { .plugin = "unique-policy" };

/**
 * Raise an event.
 */
static bool happen(const char *event)
{
	control_out_t *out;

	out = control_event_begin(event);
	if (out)
	{
		control_event_end(out);
	}
	return out != NULL;
}

/**
 * Collect names of offers, callback of offer_find().
 */
static bool collect(void *data, const offer_t *offer)
{
	char *names = data;

	strcat(strcat(names, offer->plugin), " ");
	return FALSE;
}

/**
 * Stop at an offer, callback of offer_find().
 */
static bool is_bypass(void *data, const offer_t *offer)
{
	return offer == &bypass;
}

/**
 * Names of the offers there are.
 */
static void assert_offers(const char *expected)
{
	char names[64] = "";

	ck_assert(!offer_find(collect, names));
	ck_assert_str_eq(names, expected);
}

START_TEST(test_offers)
{
	sink_t sink = { { begin, raise_ } };

	/* before control is there, and after it is */
	offer_add(&unique);
	offer_attach(&sink.public);
	assert_offers("unique-policy ");
	offer_add(&bypass);
	assert_offers("bypass unique-policy ");
	ck_assert(offer_find(is_bypass, NULL));
	offer_remove(&bypass);
	assert_offers("unique-policy ");
	ck_assert(!offer_find(is_bypass, NULL));

	/* and when control goes first */
	offer_detach();
	offer_remove(&unique);
}
END_TEST

/**
 * All plugins are loaded.
 */
static void *start(void *unused)
{
	offer_add_refused(strdup("bypass"), strdup("lan"));
	offer_started();
	return NULL;
}

/**
 * Note a plugin that isn't loaded, callback of offer_each_refused().
 */
static void take(void *data, const char *plugin, const char *reason)
{
	ck_assert_str_eq(plugin, "bypass");
	ck_assert_str_eq(reason, "lan");
	++*(int*)data;
}

START_TEST(test_start)
{
	sink_t sink = { { begin, raise_ } };
	thread_t *thread;
	int refused = 0;

	offer_attach(&sink.public);
	ck_assert(offer_is_first());
	ck_assert(!offer_is_first());
	ck_assert(!offer_await_start(1));
	thread = thread_create(start, NULL);
	ck_assert(offer_await_start(60000));
	thread->join(thread);
	ck_assert(offer_await_start(0));
	offer_each_refused(take, &refused);
	ck_assert_int_eq(refused, 1);
	offer_detach();
}
END_TEST

START_TEST(test_events)
{
	sink_t sink = { { begin, raise_ }, .wanted = "session" };

	ck_assert(!happen("session"));
	offer_add(&unique);
	ck_assert(!happen("session"));

	offer_attach(&sink.public);
	/* nobody is asked while there is no registration at all */
	ck_assert(!happen("session"));
	offer_listen(TRUE);
	ck_assert(happen("session"));
	ck_assert(!happen("bypass"));
	ck_assert_uint_eq(sink.raised, 1);
	offer_listen(FALSE);
	ck_assert(!happen("session"));
	ck_assert_uint_eq(sink.raised, 1);

	offer_listen(TRUE);
	offer_detach();
	ck_assert(!happen("session"));
	offer_remove(&unique);
	ck_assert(!happen("session"));
}
END_TEST

/**
 * What the threads of the next test share.
 */
typedef struct {
	refcount_t running;
	refcount_t removed;
	bool early;
} race_t;

/**
 * Stay in an offer's function, callback of offer_find().
 */
static bool linger(void *data, const offer_t *offer)
{
	race_t *race = data;

	ref_get(&race->running);
	usleep(20000);
	race->early = ref_cur(&race->removed);
	return TRUE;
}

static void *find(void *data)
{
	offer_find(linger, data);
	return NULL;
}

START_TEST(test_remove_waits)
{
	sink_t sink = { { begin, raise_ } };
	race_t race = {};
	thread_t *thread;

	offer_attach(&sink.public);
	offer_add(&bypass);
	thread = thread_create(find, &race);
	while (!ref_cur(&race.running))
	{
		sched_yield();
	}
	offer_remove(&bypass);
	ref_get(&race.removed);
	thread->join(thread);
	ck_assert(!race.early);
	offer_detach();
}
END_TEST

SUITE(offer)
{
	Suite *s;
	TCase *tc;

	s = suite_create("offer");

	tc = tcase_create("registry");
	tcase_add_test(tc, test_offers);
	tcase_add_test(tc, test_start);
	tcase_add_test(tc, test_events);
	tcase_add_test(tc, test_remove_waits);
	suite_add_tcase(s, tc);

	return s;
}
