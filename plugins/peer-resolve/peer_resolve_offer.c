/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_offer.h"
#include "peer_resolve_events.h"
#include "peer_resolve_manager.h"
#include "peer_resolve_settings.h"

#include <explain.h>

#include <stdio.h>

/**
 * Warnings of a kind in status.
 */
#define WARNINGS_MAX 5

/**
 * Write a peer.
 */
static void write_item(control_out_t *out, peer_resolve_item_t *item,
					   uint32_t next)
{
	enumerator_t *enumerator;
	host_t *host;
	char *name;

	peer_resolve_write_peer(out, item->peer);
	out->value(out, "state", "%s", peer_resolve_states[item->peer->state]);
	out->begin_list(out, "names");
	enumerator = item->names->create_enumerator(item->names);
	while (enumerator->enumerate(enumerator, &name))
	{
		out->item(out, "%s", name);
	}
	enumerator->destroy(enumerator);
	out->end_list(out);
	out->begin_list(out, "resolved-to");
	enumerator = item->hosts->create_enumerator(item->hosts);
	while (enumerator->enumerate(enumerator, &host))
	{
		out->item(out, "%H", host);
	}
	enumerator->destroy(enumerator);
	out->end_list(out);
	if (item->resolved >= 0)
	{
		out->number(out, "since-resolved", item->resolved);
	}
	out->number(out, "next", next);
	if (item->error)
	{
		out->value(out, "error", "%s", item->error);
	}
}

/**
 * Implementation of offer_command_t.run: list-peer-names.
 */
static void list_peer_names(void *data, settings_t *request,
							control_out_t *out, option_errors_t *errors)
{
	peer_resolve_manager_t *this = data;
	peer_resolve_item_t *item;
	linked_list_t *items;
	uint32_t next;

	items = this->get_items(this, NULL, &next);
	while (items->remove_first(items, (void**)&item) == SUCCESS)
	{
		write_item(out, item, next);
		out->emit(out);
		peer_resolve_item_destroy(item);
	}
	items->destroy(items);
}

/**
 * Implementation of offer_command_t.run: resolve-peer-names.
 */
static void resolve_peer_names(void *data, settings_t *request,
							   control_out_t *out, option_errors_t *errors)
{
	peer_resolve_manager_t *this = data;

	this->resolve(this);
}

/**
 * Say where somebody is, and his names are.
 */
static void explain_item(array_t *lines, peer_resolve_item_t *item)
{
	enumerator_t *enumerator;
	char *hosts = NULL;
	host_t *host;
	size_t len;
	FILE *out;

	out = open_memstream(&hosts, &len);
	enumerator = item->hosts->create_enumerator(item->hosts);
	while (enumerator->enumerate(enumerator, &host))
	{
		fprintf(out, "%s%H", ftell(out) ? ", " : "", host);
	}
	enumerator->destroy(enumerator);
	fclose(out);
	explain_add(lines, "IKE_SA %u is at %H, and %s at %s: %s%s%s",
				item->peer->unique_id, item->peer->host,
				item->peer->remote_addrs, *hosts ? hosts : "no address yet",
				peer_resolve_states[item->peer->state],
				item->error ? "; can't resolve that: " : "",
				item->error ?: "");
	free(hosts);
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	peer_resolve_manager_t *this = data;
	peer_resolve_settings_t *settings = config;
	peer_resolve_item_t *item;
	linked_list_t *items;
	ike_cfg_t *ike_cfg;
	uint32_t next;
	char *addrs;

	if (!settings->connections)
	{
		explain_add(lines, "not followed: connections isn't set");
		return;
	}
	if (!peer->cfg)
	{
		return;
	}
	if (!peer_resolve_is_named(settings, peer->facts.connection))
	{
		explain_add(lines, "not followed: connections doesn't name it");
		return;
	}
	ike_cfg = peer->cfg->get_ike_cfg(peer->cfg);
	addrs = ike_cfg->get_other_addr(ike_cfg);
	if (!peer_resolve_parse(addrs, NULL))
	{
		explain_add(lines, "not followed: remote_addrs = %s has no host name, "
					"or more than host names and addresses", addrs);
		return;
	}
	explain_add(lines, "followed: %s is resolved each %u seconds while he is "
				"connected, unless as a client", addrs, settings->interval);
	items = this->get_items(this, peer->facts.connection, &next);
	while (items->remove_first(items, (void**)&item) == SUCCESS)
	{
		/* by an address, all on its connection are asked about */
		if (peer->host || item->peer->id->equals(item->peer->id, peer->id))
		{
			explain_item(lines, item);
		}
		peer_resolve_item_destroy(item);
	}
	items->destroy(items);
}

/**
 * Warn of a peer, if it isn't where it should be.
 *
 * @return			whether that was so
 */
static bool warn(control_out_t *out, peer_resolve_item_t *item)
{
	peer_resolve_peer_t *peer = item->peer;

	if (item->error)
	{
		out->item(out, "%s: can't resolve %s: %s", peer->connection,
				  peer->remote_addrs, item->error);
		return TRUE;
	}
	switch (peer->state)
	{
		case PEER_RESOLVE_HELD:
			out->item(out, "%s: stays at %H, as %s changes to and fro",
					  peer->connection, peer->host, peer->remote_addrs);
			return TRUE;
		case PEER_RESOLVE_FAILED:
			out->item(out, "%s: can't be moved from %H to %H",
					  peer->connection, peer->host, peer->target);
			return TRUE;
		case PEER_RESOLVE_UNUSABLE:
			out->item(out, "%s: %s has no address of the family of "
					  "local_addrs", peer->connection, peer->remote_addrs);
			return TRUE;
		default:
			return FALSE;
	}
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	peer_resolve_manager_t *this = data;
	peer_resolve_settings_t *settings = config;
	peer_resolve_stats_t stats;
	peer_resolve_item_t *item;
	linked_list_t *items;
	u_int count = 0;
	uint32_t next;

	this->get_stats(this, &stats);
	items = this->get_items(this, NULL, &next);
	out->number(out, "interval", settings->interval);
	out->number(out, "peers", stats.peers);
	out->number(out, "moving", stats.moving);
	out->begin_list(out, "warnings");
	if (!settings->connections)
	{
		out->item(out, "no peer is followed: set connections");
	}
	while (items->remove_first(items, (void**)&item) == SUCCESS)
	{
		count += count < WARNINGS_MAX && warn(out, item);
		peer_resolve_item_destroy(item);
	}
	out->end_list(out);
	items->destroy(items);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	peer_resolve_manager_t *this = data;
	peer_resolve_stats_t stats;

	this->get_stats(this, &stats);
	out->number(out, "moved", stats.moved);
	out->number(out, "failed", stats.failed);
	out->number(out, "resolved", stats.resolved);
	out->number(out, "unresolved", stats.unresolved);
}

static const offer_command_t commands[] = {
	{ .name = "list-peer-names", .stream = "list-peer-name",
	  .reads = TRUE, .run = list_peer_names },
	{ .name = "resolve-peer-names", .run = resolve_peer_names },
};

static const char *const events[] = { "peer-move", NULL };

const offer_t peer_resolve_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.stats = write_stats,
	.explain = explain,
};
