/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_control.h"
#include "strict_bind_settings.h"

#include <control_registry.h>

typedef struct private_strict_bind_control_t private_strict_bind_control_t;

struct private_strict_bind_control_t {
	strict_bind_control_t public;
	options_store_t *store;
	strict_bind_monitor_t *monitor;
	control_offer_t offer;
};

/**
 * Write what identifies a socket.
 */
static void write_target(control_out_t *out, const strict_bind_target_t *target)
{
	host_t *host = target->host;

	out->value(out, "address", "%H", host);
	out->value(out, "port", "%u", host->get_port(host));
	out->value(out, "nat-t", target->natt ? "yes" : "no");
	out->value(out, "interface", "%s", target->ifname);
}

void strict_bind_tell(const char *type, const strict_bind_target_t *target,
					  int error)
{
	control_out_t *out = control_event_begin("binding");

	if (out)
	{
		out->value(out, "type", "%s", type);
		write_target(out, target);
		if (error)
		{
			out->value(out, "error", "%s", strerror(error));
		}
		control_event_end(out);
	}
}

/**
 * Write a socket, implementation of strict_bind_list_t.
 */
static void write_binding(void *data, const strict_bind_target_t *target,
						  int error, const char *holder)
{
	control_out_t *out = data;

	write_target(out, target);
	out->value(out, "device", target->device ? "yes" : "no");
	out->value(out, "state", error ? "failed" : "bound");
	if (error)
	{
		out->value(out, "error", "%s", strerror(error));
	}
	if (*holder)
	{
		out->value(out, "holder", "%s", holder);
	}
	out->emit(out);
}

/**
 * Implementation of control_command_t.run: list-bindings.
 */
static void list_bindings(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	private_strict_bind_control_t *this = data;
	char missing[BUF_LEN];

	this->monitor->list(this->monitor, write_binding, out, missing,
						sizeof(missing));
}

/**
 * Number of sockets.
 */
typedef struct {
	u_int bound;
	u_int failed;
} counts_t;

/**
 * Count a socket, implementation of strict_bind_list_t.
 */
static void count(void *data, const strict_bind_target_t *target, int error,
				  const char *holder)
{
	counts_t *counts = data;

	if (error)
	{
		counts->failed++;
	}
	else
	{
		counts->bound++;
	}
}

/**
 * Write what an operator should know.
 */
static void write_warnings(control_out_t *out, counts_t *counts,
						   const char *missing)
{
	out->begin_list(out, "warnings");
	if (!counts->bound)
	{
		out->item(out, "nothing is bound, charon can't be reached");
	}
	if (counts->failed)
	{
		out->item(out, "%u sockets can't be bound, see list-bindings",
				  counts->failed);
	}
	if (*missing)
	{
		out->item(out, "waiting for %s", missing);
	}
	out->end_list(out);
}

/**
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_strict_bind_control_t *this = data;
	strict_bind_settings_t *settings;
	counts_t counts = {};
	char missing[BUF_LEN];

	this->monitor->list(this->monitor, count, &counts, missing,
						sizeof(missing));
	settings = this->store->get(this->store);
	out->value(out, "auto", settings->automatic ? "yes" : "no");
	options_unref(settings);
	out->value(out, "bound", "%u", counts.bound);
	out->value(out, "failed", "%u", counts.failed);
	write_warnings(out, &counts, missing);
}

/**
 * Implementation of control_offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	private_strict_bind_control_t *this = data;
	counts_t counts = {};
	char missing[BUF_LEN];

	this->monitor->list(this->monitor, count, &counts, missing,
						sizeof(missing));
	out->value(out, "bound", "%u", counts.bound);
	out->value(out, "failed", "%u", counts.failed);
}

static const control_command_t commands[] = {
	{ .name = "list-bindings", .stream = "list-binding",
	  .run = list_bindings },
};

static const char *const events[] = { "binding", NULL };

METHOD(strict_bind_control_t, destroy, void,
	private_strict_bind_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

strict_bind_control_t *strict_bind_control_create(options_store_t *store,
											strict_bind_monitor_t *monitor)
{
	private_strict_bind_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.monitor = monitor,
	);
	this->offer = (control_offer_t){
		.plugin = "strict-bind",
		.store = store,
		.data = this,
		.commands = commands,
		.command_count = countof(commands),
		.events = events,
		.status = status,
		.stats = write_stats,
	};
	control_registry_add(&this->offer);
	return &this->public;
}
