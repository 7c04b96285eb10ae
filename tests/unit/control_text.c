/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "control_text.h"

#include <stdarg.h>

/** being written, and what was returned last */
static char written[4096], returned[4096];

static void vappend(const char *fmt, va_list args)
{
	size_t len = strlen(written);

	vsnprintf(written + len, sizeof(written) - len, fmt, args);
}

static void __attribute__((format(printf, 1, 2)))
append(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vappend(fmt, args);
	va_end(args);
}

static void value(control_out_t *this, const char *key, const char *fmt, ...)
{
	va_list args;

	append("%s=", key);
	va_start(args, fmt);
	vappend(fmt, args);
	va_end(args);
	append(" ");
}

static void number(control_out_t *this, const char *key, uint64_t number)
{
	append("%s=%llu ", key, (unsigned long long)number);
}

static void flag(control_out_t *this, const char *key, bool flag)
{
	append("%s=%s ", key, flag ? "yes" : "no");
}

static void begin_section(control_out_t *this, const char *name)
{
	append("%s { ", name);
}

static void end_section(control_out_t *this)
{
	append("} ");
}

static void begin_list(control_out_t *this, const char *name)
{
	append("%s: ", name);
}

static void item(control_out_t *this, const char *fmt, ...)
{
	va_list args;

	append("'");
	va_start(args, fmt);
	vappend(fmt, args);
	va_end(args);
	append("' ");
}

static void end(control_out_t *this)
{
	append("; ");
}

static control_out_t out = {
	.value = value,
	.number = number,
	.flag = flag,
	.begin_section = begin_section,
	.begin_numbers = begin_section,
	.end_section = end_section,
	.begin_list = begin_list,
	.item = item,
	.end_list = end,
	.emit = end,
};

static control_out_t *begin_event(control_sink_t *sink, const char *event)
{
	append("%s: ", event);
	return &out;
}

static void raise_event(control_sink_t *sink, control_out_t *out)
{
	end(out);
}

/** what is offered */
static offer_t offered;

static control_sink_t sink = { .begin = begin_event, .raise = raise_event };

/**
 * Return what was written, and start anew.
 */
static const char *take()
{
	strcpy(returned, written);
	*written = '\0';
	return returned;
}

void control_text_attach()
{
	take();
	offer_attach(&sink);
}

void control_text_offer(const char *plugin, const offer_t *offer,
						options_store_t *store, void *data)
{
	control_text_attach();
	offered = *offer;
	offered.plugin = plugin;
	offered.store = store;
	offered.data = data;
	offer_add(&offered);
}

void control_text_withdraw()
{
	offer_remove(&offered);
	offer_detach();
}

/** callback of offer_find() */
static bool write_status(void *plugin, const offer_t *offer)
{
	void *config;

	if (!streq(offer->plugin, plugin) || !offer->status)
	{
		return FALSE;
	}
	config = offer->store ? offer->store->get(offer->store) : NULL;
	offer->status(offer->data, config, &out);
	options_unref(config);
	return TRUE;
}

const char *control_text_status(const char *plugin)
{
	take();
	return offer_find(write_status, (void*)plugin) ? take() : NULL;
}

/** callback of offer_find() */
static bool write_stats(void *plugin, const offer_t *offer)
{
	if (!streq(offer->plugin, plugin) || !offer->stats)
	{
		return FALSE;
	}
	offer->stats(offer->data, &out);
	return TRUE;
}

const char *control_text_stats(const char *plugin)
{
	take();
	return offer_find(write_stats, (void*)plugin) ? take() : NULL;
}

/** callback of offer_find() */
static bool run(void *command, const offer_t *offer)
{
	option_errors_t *errors;
	u_int i;

	for (i = 0; i < offer->command_count; i++)
	{
		if (streq(offer->commands[i].name, command))
		{
			errors = option_errors_create();
			offer->commands[i].run(offer->data, NULL, &out, errors);
			ck_assert_uint_eq(errors->get_count(errors), 0);
			errors->destroy(errors);
			return TRUE;
		}
	}
	return FALSE;
}

const char *control_text_run(const char *command)
{
	take();
	return offer_find(run, (void*)command) ? take() : NULL;
}

const char *control_text_events()
{
	return take();
}
