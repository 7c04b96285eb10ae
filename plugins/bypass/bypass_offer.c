/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_connections.h"
#include "bypass_offer.h"

#include <explain.h>
#include <plugin.h>

#include <time.h>

/**
 * Names of origins, by bypass_origin_t.
 */
static const char *const origins[] = { "config", "runtime", "lan" };

/**
 * Write networks as a list of traffic selectors, as vici's list-policies does.
 */
static void write_networks(control_out_t *out, const char *list,
						   bypass_set_t *networks, uint8_t protocol,
						   port_range_t ports)
{
	traffic_selector_t *ts;
	u_int i;

	out->begin_list(out, list);
	for (i = 0; i < networks->count; i++)
	{
		ts = bypass_prefix_to_ts(bypass_set_get(networks, i), protocol,
								 ports.from, ports.to);
		out->item(out, "%R", ts);
		ts->destroy(ts);
	}
	out->end_list(out);
}

/**
 * Write an entry.
 *
 * @param policies		number of its policies
 * @param used			when it was last used, NULL if that isn't known
 */
static void write_entry(control_out_t *out, bypass_entry_t *entry,
						u_int policies, uint64_t *used)
{
	out->value(out, "name", "%s", entry->name);
	out->value(out, "origin", "%s", origins[entry->origin]);
	write_networks(out, "src", entry->local, entry->protocol,
				   entry->local_port);
	write_networks(out, "dst", entry->remote, entry->protocol,
				   entry->remote_port);
	out->value(out, "direction", "%s", bypass_directions[entry->direction]);
	if (entry->interface)
	{
		out->value(out, "interface", "%s", entry->interface);
	}
	out->number(out, "policies", policies);
	if (used && *used)
	{
		out->number(out, "last-used", time(NULL) - *used);
	}
}

/**
 * Count the policies of each entry.
 */
static u_int *count_policies(bypass_plan_t *plan)
{
	bypass_policy_t *policy;
	u_int *counts, i;

	counts = calloc(array_count(plan->entries) + 1, sizeof(*counts));
	for (i = 0; i < plan->policies->count; i++)
	{
		policy = bypass_set_get(plan->policies, i);
		counts[policy->entry]++;
	}
	return counts;
}

/**
 * Implementation of offer_command_t.run: list-bypasses.
 */
static void list_bypasses(void *data, settings_t *request, control_out_t *out,
						option_errors_t *errors)
{
	bypass_t *this = data;
	bypass_plan_t *plan;
	bypass_entry_t *entry;
	uint64_t *used;
	u_int *counts, i;

	plan = this->manager->read(this->manager, &used);
	if (plan)
	{
		counts = count_policies(plan);
		for (i = 0; i < array_count(plan->entries); i++)
		{
			array_get(plan->entries, i, &entry);
			write_entry(out, entry, counts[i], used ? &used[i] : NULL);
			out->emit(out);
		}
		free(counts);
	}
	free(used);
	bypass_plan_unref(plan);
}

/**
 * Implementation of offer_command_t.run: add-bypass.
 */
static void add_bypass(void *data, settings_t *request, control_out_t *out,
					   option_errors_t *errors)
{
	bypass_t *this = data;
	bypass_request_t *rule;

	rule = options_load(&bypass_request_schema, request, CONTROL_REQUEST,
						errors);
	if (rule)
	{
		this->manager->add(this->manager, rule, errors);
		options_unref(rule);
	}
}

/**
 * Implementation of offer_command_t.run: delete-bypass.
 */
static void delete_bypass(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	bypass_t *this = data;
	char *name;

	name = request->get_str(request, CONTROL_REQUEST ".name", NULL);
	if (name)
	{
		this->manager->delete(this->manager, name, errors);
	}
	else
	{
		errors->add(errors, "name", NULL, "expected the name of a rule");
	}
}

/**
 * Count entries of an origin.
 */
static u_int count_entries(bypass_plan_t *plan, bypass_origin_t origin)
{
	enumerator_t *enumerator;
	bypass_entry_t *entry;
	u_int count = 0;

	enumerator = array_create_enumerator(plan->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		count += entry->origin == origin;
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Write lines as a list that isn't ended.
 */
static void write_lines(control_out_t *out, const char *list, array_t *lines)
{
	enumerator_t *enumerator;
	char *line;

	out->begin_list(out, list);
	enumerator = array_create_enumerator(lines);
	while (enumerator->enumerate(enumerator, &line))
	{
		out->item(out, "%s", line);
	}
	enumerator->destroy(enumerator);
}

bool bypass_has_rival(bypass_settings_t *settings)
{
	return settings->lan && plugin_find_other("bypass-lan");
}

/**
 * Write what an operator should know.
 */
static void write_warnings(bypass_t *this, control_out_t *out,
						   bypass_settings_t *settings, bypass_plan_t *plan,
						   u_int failed)
{
	u_int inside = this->connections->count(this->connections);

	write_lines(out, "warnings", plan->notices);
	if (bypass_has_rival(settings))
	{
		out->item(out, BYPASS_RIVAL, lib->ns);
	}
	if (settings->lan && !plan->subnets)
	{
		out->item(out, "lan = yes excludes nothing, as there is no local "
				  "subnet%s; name the LAN's interfaces in lan_interfaces",
				  array_count(plan->left_out) ? " but those in left-out" : "");
	}
	if (failed)
	{
		out->item(out, "the kernel refused %u policies", failed);
	}
	if (inside)
	{
		out->item(out, "%u connection%s selectors inside a local subnet that "
				  "lan excludes from IPsec, see the log", inside,
				  inside == 1 ? " has" : "s have");
	}
	out->end_list(out);
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	bypass_t *this = data;
	bypass_settings_t *settings = config;
	bypass_changes_t changes;
	bypass_plan_t *plan;

	out->flag(out, "lan", settings->lan);
	plan = this->manager->get_plan(this->manager, &changes);
	if (plan)
	{
		out->number(out, "subnets", plan->subnets);
		write_lines(out, "left-out", plan->left_out);
		out->end_list(out);
		out->number(out, "rules", count_entries(plan, BYPASS_ORIGIN_CONFIG));
		out->number(out, "runtime-rules",
					count_entries(plan, BYPASS_ORIGIN_RUNTIME));
		out->number(out, "policies", plan->policies->count);
		write_warnings(this, out, settings, plan, changes.failed);
		bypass_plan_unref(plan);
	}
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	bypass_t *this = data;
	bypass_changes_t changes;
	bypass_plan_t *plan;

	plan = this->manager->get_plan(this->manager, &changes);
	out->number(out, "policies-added", changes.added);
	out->number(out, "policies-removed", changes.removed);
	bypass_plan_unref(plan);
}

/**
 * Is an address in one of the networks?
 */
static bool has_host(bypass_set_t *networks, host_t *host)
{
	bypass_prefix_t addr = {
		.family = host->get_family(host),
		.len = bypass_addr_bits(host->get_family(host)),
	};
	chunk_t bytes = host->get_address(host);
	u_int i;

	memcpy(addr.addr, bytes.ptr, bytes.len);
	for (i = 0; i < networks->count; i++)
	{
		if (bypass_prefix_contains(bypass_set_get(networks, i), &addr))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Say which entries are about an address.
 */
static void explain_host(array_t *lines, bypass_plan_t *plan, host_t *host)
{
	enumerator_t *enumerator;
	bypass_entry_t *entry;

	enumerator = array_create_enumerator(plan->entries);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (has_host(entry->remote, host) || has_host(entry->local, host))
		{
			explain_add(lines, "%s%s (%s, direction %s): what it matches of "
						"the address is excluded from IPsec",
						entry->origin == BYPASS_ORIGIN_LAN ? "" : "rules.",
						entry->name, origins[entry->origin],
						bypass_directions[entry->direction]);
		}
	}
	enumerator->destroy(enumerator);
	if (!array_count(lines))
	{
		explain_add(lines, "no rule%s is about the address",
					plan->subnets ? " and no local subnet" : "");
	}
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	bypass_t *this = data;
	bypass_changes_t changes;
	bypass_plan_t *plan;
	char *line;

	plan = this->manager->get_plan(this->manager, &changes);
	if (!plan)
	{
		return;
	}
	if (peer->host)
	{
		explain_host(lines, plan, peer->host);
	}
	line = peer->cfg ? bypass_connections_check(plan, peer->cfg) : NULL;
	if (line)
	{
		array_insert(lines, ARRAY_TAIL, line);
	}
	bypass_plan_unref(plan);
}

static const offer_command_t commands[] = {
	{ .name = "list-bypasses", .stream = "list-bypass",
	  .reads = TRUE, .run = list_bypasses },
	{ .name = "add-bypass", .arguments = TRUE, .run = add_bypass },
	{ .name = "delete-bypass", .arguments = TRUE, .run = delete_bypass },
};

static const char *const events[] = { "bypass", NULL };

const offer_t bypass_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.stats = write_stats,
	.explain = explain,
};
