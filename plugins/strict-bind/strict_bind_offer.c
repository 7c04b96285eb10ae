/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_offer.h"
#include "strict_bind_events.h"
#include "strict_bind_settings.h"
#include "strict_bind_wanted.h"

#include <explain.h>

/**
 * Write a socket, implementation of strict_bind_list_t.
 */
static void write_binding(void *data, const strict_bind_target_t *target,
						  int error, const char *holder)
{
	control_out_t *out = data;

	strict_bind_write_target(out, target);
	out->flag(out, "device", target->device);
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
 * Implementation of offer_command_t.run: list-bindings.
 */
static void list_bindings(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	strict_bind_socket_t *this = data;
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
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	strict_bind_socket_t *this = data;
	strict_bind_settings_t *settings = config;
	counts_t counts = {};
	char missing[BUF_LEN];

	this->monitor->list(this->monitor, count, &counts, missing,
						sizeof(missing));
	out->flag(out, "auto", settings->automatic);
	out->number(out, "bound", counts.bound);
	out->number(out, "failed", counts.failed);
	write_warnings(out, &counts, missing);
}

/**
 * Sockets that a peer may use.
 */
typedef struct {
	const explain_peer_t *peer;
	/** of its connection, NULL if its local addresses are any */
	ike_cfg_t *ike_cfg;
	array_t *lines;
} search_t;

/**
 * Say that a socket is one, implementation of strict_bind_list_t.
 */
static void explain_binding(void *data, const strict_bind_target_t *target,
							int error, const char *holder)
{
	search_t *search = data;
	host_t *host = search->peer->host;

	if ((host && host->get_family(host) != target->host->get_family(
															target->host)) ||
		(search->ike_cfg &&
		 !search->ike_cfg->match_me(search->ike_cfg, target->host)))
	{
		return;
	}
	explain_add(search->lines, "%s %#H (%s)%s%s",
				error ? "can't be reached at" : "can be reached at",
				target->host, target->ifname, error ? ": " : "",
				error ? strerror(error) : "");
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	strict_bind_socket_t *this = data;
	search_t search = { .peer = peer, .lines = lines };
	ike_cfg_t *ike_cfg = peer->cfg ? peer->cfg->get_ike_cfg(peer->cfg) : NULL;
	char missing[BUF_LEN];

	if (ike_cfg && strict_bind_is_named(ike_cfg->get_my_addr(ike_cfg)))
	{	/* names of hosts aren't resolved here */
		search.ike_cfg = ike_cfg;
	}
	this->monitor->list(this->monitor, explain_binding, &search, missing,
						sizeof(missing));
	if (!array_count(lines))
	{
		explain_add(lines, "can't be reached: no address is bound that is a "
					"local one of the connection%s%s", *missing ?
					"; waiting for " : "", missing);
	}
}

static const offer_command_t commands[] = {
	{ .name = "list-bindings", .stream = "list-binding",
	  .reads = TRUE, .run = list_bindings },
};

static const char *const events[] = { "binding", NULL };

const offer_t strict_bind_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.explain = explain,
};
