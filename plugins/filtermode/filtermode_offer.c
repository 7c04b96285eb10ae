/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_offer.h"
#include "filtermode_counters.h"
#include "filtermode_events.h"

#include <explain.h>

/**
 * Write the settings that are in force.
 */
static void write_settings(control_out_t *out, filtermode_settings_t *settings)
{
	out->value(out, "mode", "%s", filtermode_modes[settings->mode]);
	if (settings->mode == FILTERMODE_IPSEC)
	{
		out->value(out, "default", "%s", filtermode_actions[settings->def]);
		out->flag(out, "stateful", settings->stateful);
		out->number(out, "rules", settings->rules.count);
		if (settings->rules_file)
		{
			out->value(out, "rules-file", "%s", settings->rules_file);
		}
	}
	if (settings->mode == FILTERMODE_INTERFACES)
	{
		out->flag(out, "refuse-blocked", settings->refuse_blocked);
	}
}

/**
 * Write numbers of CHILD_SAs.
 */
static void write_counts(control_out_t *out, filtermode_settings_t *settings,
						 filtermode_state_t *state)
{
	out->number(out, "child-sas", state->counts.followed);
	if (settings->mode == FILTERMODE_INTERFACES)
	{
		out->number(out, "allowed", state->counts.allowed);
		out->number(out, "blocked", state->counts.blocked);
	}
}

/**
 * Write the number of elements of a set, callback of list_sets().
 */
static void write_set(void *data, const char *name, u_int elements)
{
	control_out_t *out = data;

	out->number(out, name, elements);
}

/**
 * Write how many elements a set of the operator's has of ours. Implementation
 * of filtermode_sets_cb_t.
 */
static void write_target(void *data, const char *name, u_int elements,
						 const char *reason)
{
	if (name)
	{
		write_set(data, name, elements);
	}
}

/**
 * Write why a set of the operator's isn't filled. Implementation of
 * filtermode_sets_cb_t.
 */
static void warn_target(void *data, const char *name, u_int elements,
						const char *reason)
{
	control_out_t *out = data;

	if (*reason)
	{
		out->item(out, "%s", reason);
	}
}

/**
 * Write the numbers of elements of the operator's sets, if there are any.
 */
static void write_targets(filtermode_t *this, control_out_t *out,
						  filtermode_settings_t *settings)
{
	if (settings->sets.count)
	{
		out->begin_numbers(out, "address-sets");
		this->manager->list_targets(this->manager, write_target, out);
		out->end_section(out);
	}
}

/**
 * Write what a rule has counted as a message of list-filters.
 */
static void write_counter(control_out_t *out, filtermode_counter_t *counter)
{
	out->value(out, "name", "%s", counter->name);
	out->value(out, "action", "%s", counter->action);
	out->number(out, "packets-in", counter->in.packets);
	out->number(out, "bytes-in", counter->in.bytes);
	out->number(out, "packets-out", counter->out.packets);
	out->number(out, "bytes-out", counter->out.bytes);
	out->emit(out);
}

/**
 * Write what the rules in the kernel have counted.
 *
 * @return			whether the table there is ours
 */
static bool write_counters(filtermode_t *this, control_out_t *out)
{
	filtermode_counter_t *counter;
	array_t *counters;
	char *listing;
	bool intact;

	listing = this->manager->list_table(this->manager, &intact);
	counters = filtermode_counters_parse(listing ?: "");
	while (array_remove(counters, ARRAY_HEAD, &counter))
	{
		write_counter(out, counter);
		free(counter);
	}
	array_destroy(counters);
	free(listing);
	return intact;
}

/**
 * Implementation of offer_command_t.run: list-filters.
 */
static void list_filters(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	filtermode_t *this = data;
	filtermode_settings_t *settings = this->store->get(this->store);
	filtermode_state_t *state = this->manager->get_state(this->manager);
	bool installed = write_counters(this, out);

	write_settings(out, settings);
	if (settings->mode != FILTERMODE_OFF)
	{
		out->value(out, "table", "%s", settings->table);
		out->value(out, "priority", "%s", settings->priority);
		out->value(out, "on-stop", "%s",
				   filtermode_on_stops[settings->on_stop]);
	}
	write_counts(out, settings, state);
	out->flag(out, "installed", installed);
	out->begin_numbers(out, "sets");
	this->manager->list_sets(this->manager, write_set, out);
	out->end_section(out);
	write_targets(this, out, settings);
	free(state);
	options_unref(settings);
}

/**
 * Write who has an address as a message of find-filter-peers. Implementation of
 * filtermode_owner_cb_t.
 */
static void write_owner(void *data, const filtermode_child_t *child,
						const char *element)
{
	control_out_t *out = data;
	enumerator_t *enumerator;
	char *group;

	out->value(out, "id", "%s", child->peer ? child->peer->facts.id ?: "" : "");
	out->value(out, "connection", "%s", child->connection);
	out->value(out, "network", "%s", element);
	out->begin_list(out, "groups");
	enumerator = array_create_enumerator(child->peer ? child->peer->facts.groups
													 : NULL);
	while (enumerator->enumerate(enumerator, &group))
	{
		out->item(out, "%s", group);
	}
	enumerator->destroy(enumerator);
	out->end_list(out);
	out->emit(out);
}

/**
 * Implementation of offer_command_t.run: find-filter-peers.
 */
static void find_filter_peers(void *data, settings_t *request,
							  control_out_t *out, option_errors_t *errors)
{
	filtermode_t *this = data;
	host_t *address;
	char *name;

	name = request->get_str(request, CONTROL_REQUEST ".name", NULL);
	address = name ? host_create_from_string(name, 0) : NULL;
	if (!address || address->is_anyaddr(address))
	{
		errors->add(errors, "name", name, "expected an address");
	}
	else
	{
		this->manager->find(this->manager, address, write_owner, out);
	}
	DESTROY_IF(address);
}

/**
 * Write what an operator should know.
 */
static void write_warnings(filtermode_t *this,
						   control_out_t *out, filtermode_settings_t *settings,
						   filtermode_state_t *state)
{
	u_int clients = this->connections->count(this->connections);
	const char *limit, *kept;

	out->begin_list(out, "warnings");
	if (state->waiting[0])
	{
		out->item(out, "the rules of another daemon are in force: %s",
				  state->waiting);
	}
	if (state->lost[0])
	{
		out->item(out, "table inet %s was changed or removed, installing it "
				  "again fails: %s", settings->table, state->lost);
	}
	kept = filtermode_events_kept(settings);
	if (kept)
	{
		out->item(out, "%s", kept);
	}
	limit = filtermode_events_userspace(settings);
	if (this->manager->tun && limit)
	{
		out->item(out, "kernel-libipsec's packets all use %s: %s",
				  this->manager->tun, limit);
	}
	this->manager->list_targets(this->manager, warn_target, out);
	if (clients)
	{
		out->item(out, "%u connection%s virtual IPs to clients that will be "
				  "blocked, see filtermode.allow_connections", clients,
				  clients == 1 ? " assigns" : "s assign");
	}
	if (state->counts.blocked)
	{
		out->item(out, "%u CHILD_SA%s blocked, see filtermode."
				  "allow_connections", state->counts.blocked,
				  state->counts.blocked == 1 ? " is" : "s are");
	}
	out->end_list(out);
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	filtermode_t *this = data;
	filtermode_state_t *state = this->manager->get_state(this->manager);

	write_settings(out, config);
	write_counts(out, config, state);
	write_targets(this, out, config);
	write_warnings(this, out, config, state);
	free(state);
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	filtermode_t *this = data;
	filtermode_state_t *state;
	u_int blocked, refused;

	state = this->manager->get_state(this->manager);
	this->listener->get_stats(this->listener, &blocked, &refused);
	out->number(out, "reinstalled", state->reinstalled);
	out->number(out, "blocked", blocked);
	out->number(out, "refused", refused);
	free(state);
}

/**
 * Do lists name a peer, if he is in their groups? Only a login tells that.
 */
static bool may_be_named(const peer_match_t *peers,
						 const filtermode_child_t *child, bool doubt)
{
	peer_match_t others = *peers;

	others.groups = NULL;
	return filtermode_is_named(&others, child, doubt);
}

/**
 * Say which rules are about a peer's packets.
 */
static void explain_chains(array_t *lines, filtermode_settings_t *settings,
						   filtermode_child_t *child)
{
	filtermode_rule_t *rule;
	char *text;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (may_be_named(&rule->peers, child,
						 rule->action != FILTERMODE_ACCEPT))
		{
			text = explain_rule(rule->section.name, &rule->peers, "groups");
			explain_add(lines, "mode ipsec: %s%s: %s, where it matches", text,
						rule->peers.groups ? " if a group of his matches" : "",
						filtermode_actions[rule->action]);
			free(text);
		}
	}
	explain_add(lines, "mode ipsec: %s%s, default %s",
				settings->rules_file ? "rules_file, " : "",
				array_count(lines) ? "else" : "no rule",
				filtermode_actions[settings->def]);
}

/**
 * Say what becomes of the packets of a CHILD_SA.
 *
 * @param name		its child's
 */
static void explain_child(array_t *lines, filtermode_settings_t *settings,
						  const filtermode_child_t *child, const char *name)
{
	static const char *const verdicts[] = {
		[FILTERMODE_PASSES] = "passes, as it has an interface, or is in "
			"transport mode",
		[FILTERMODE_BLOCKED] = "is blocked, as it has no interface and "
			"allow_* doesn't name it",
		[FILTERMODE_BLOCKED_UNLESS_VTI] = "is blocked, unless its marks are "
			"those of a VTI, and allow_* doesn't name it",
		[FILTERMODE_BLOCKED_BY_DEVICE] = "is blocked, as ESP in userspace has "
			"one device for all",
	};
	filtermode_verdict_t verdict = filtermode_verdict(settings, child);
	bool exempt = filtermode_is_exempt(settings, child);

	explain_add(lines, "mode interfaces: child '%s' %s%s", name,
				verdict == FILTERMODE_PASSES && exempt
					? "passes, as allow_* names it" : verdicts[verdict],
				verdict != FILTERMODE_PASSES && !exempt && !child->userspace &&
				settings->allow.groups &&
				may_be_named(&settings->allow, child, FALSE)
					? ", unless a group of his matches allow_groups" : "");
}

/**
 * Say what becomes of the packets of a connection's children.
 */
static void explain_children(filtermode_t *this, array_t *lines,
							 filtermode_settings_t *settings, peer_cfg_t *cfg,
							 filtermode_peer_t *peer)
{
	enumerator_t *enumerator;
	filtermode_child_t described;
	child_cfg_t *child;

	enumerator = cfg->create_child_cfg_enumerator(cfg);
	while (enumerator->enumerate(enumerator, &child))
	{
		described = filtermode_connections_describe(this->manager, cfg, child);
		described.peer = peer;
		explain_child(lines, settings, &described, child->get_name(child));
	}
	enumerator->destroy(enumerator);
}

/**
 * Say into which of the operator's sets a peer's addresses go.
 */
static void explain_sets(array_t *lines, filtermode_settings_t *settings,
						 filtermode_child_t *child)
{
	filtermode_target_t *target;
	peer_match_t peers;
	u_int i;

	for (i = 0; i < settings->sets.count; i++)
	{
		target = settings->sets.items[i];
		peers = target->peers;
		/* only a login tells */
		peers.groups = NULL;
		if (filtermode_is_named(&peers, child, FALSE))
		{
			explain_add(lines, "sets.%s: his %s go into set %s of table %s%s",
						target->section.name,
						target->what == FILTERMODE_NETWORKS ? "networks"
						: "virtual IPs", target->set, target->table,
						target->peers.groups ? ", if he is in its groups" : "");
		}
	}
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	filtermode_settings_t *settings = config;
	filtermode_peer_t who = { .facts = peer->facts };
	filtermode_child_t child = {
		.connection = peer->facts.connection,
		.peer = &who,
	};

	switch (settings->mode)
	{
		case FILTERMODE_OFF:
			explain_add(lines, "mode off: nothing is filtered");
			break;
		case FILTERMODE_IPSEC:
			explain_chains(lines, settings, &child);
			break;
		case FILTERMODE_INTERFACES:
			if (peer->cfg)
			{
				explain_children(data, lines, settings, peer->cfg, &who);
			}
			break;
	}
	explain_sets(lines, settings, &child);
}

static const offer_command_t commands[] = {
	{ .name = "list-filters", .stream = "list-filter",
	  .reads = TRUE, .run = list_filters },
	{ .name = "find-filter-peers", .stream = "filter-peer",
	  .arguments = TRUE, .reads = TRUE, .run = find_filter_peers },
};

static const char *const events[] = { "filter", NULL };

const offer_t filtermode_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.stats = write_stats,
	.explain = explain,
};
