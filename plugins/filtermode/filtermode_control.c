/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_control.h"
#include "filtermode_counters.h"
#include "filtermode_notices.h"

#include <control_registry.h>

#include <inttypes.h>

typedef struct private_filtermode_control_t private_filtermode_control_t;

struct private_filtermode_control_t {
	filtermode_control_t public;
	options_store_t *store;
	filtermode_manager_t *manager;
	filtermode_listener_t *listener;
	connection_watch_t *connections;
	control_offer_t offer;
};

void filtermode_tell_table(const char *type, filtermode_settings_t *settings,
						   const char *who, const char *reason)
{
	control_out_t *out = control_event_begin("filter");

	if (out)
	{
		out->value(out, "type", "%s", type);
		out->value(out, "mode", "%s", filtermode_modes[settings->mode]);
		out->value(out, "table", "%s", settings->table);
		if (who)
		{
			out->value(out, "by", "%s", who);
		}
		if (reason)
		{
			out->value(out, "error", "%s", reason);
		}
		control_event_end(out);
	}
}

void filtermode_tell_child(const char *type, ike_sa_t *ike_sa,
						   child_sa_t *child_sa)
{
	control_out_t *out = control_event_begin("filter");
	host_t *host = ike_sa->get_other_host(ike_sa);

	if (out)
	{
		out->value(out, "type", "%s", type);
		out->value(out, "connection", "%s", ike_sa->get_name(ike_sa));
		out->value(out, "child", "%s", child_sa->get_name(child_sa));
		out->value(out, "uniqueid", "%u", child_sa->get_unique_id(child_sa));
		out->value(out, "id", "%Y", ike_sa->get_other_id(ike_sa));
		out->value(out, "host", "%H", host);
		out->value(out, "port", "%u", host->get_port(host));
		control_event_end(out);
	}
}

/**
 * Write the settings that are in force.
 */
static void write_settings(control_out_t *out, filtermode_settings_t *settings)
{
	out->value(out, "mode", "%s", filtermode_modes[settings->mode]);
	if (settings->mode == FILTERMODE_IPSEC)
	{
		out->value(out, "default", "%s", filtermode_actions[settings->def]);
		out->value(out, "rules", "%u", settings->rules.count);
		if (settings->rules_file)
		{
			out->value(out, "rules-file", "%s", settings->rules_file);
		}
	}
	if (settings->mode == FILTERMODE_INTERFACES)
	{
		out->value(out, "reject", "%s", settings->reject ? "yes" : "no");
	}
}

/**
 * Write numbers of CHILD_SAs.
 */
static void write_counts(control_out_t *out, filtermode_state_t *state)
{
	out->value(out, "child-sas", "%u", state->counts.followed);
	if (state->settings->mode == FILTERMODE_INTERFACES)
	{
		out->value(out, "allowed", "%u", state->counts.allowed);
		out->value(out, "blocked", "%u", state->counts.blocked);
	}
}

/**
 * Write the number of elements of a set, callback of list_sets().
 */
static void write_set(void *data, const char *name, u_int elements)
{
	control_out_t *out = data;

	out->value(out, name, "%u", elements);
}

/**
 * Write what a rule has counted.
 */
static void write_counter(control_out_t *out, filtermode_counter_t *counter)
{
	out->begin_section(out, counter->name);
	out->value(out, "action", "%s", counter->action);
	out->value(out, "packets-in", "%" PRIu64, counter->in.packets);
	out->value(out, "bytes-in", "%" PRIu64, counter->in.bytes);
	out->value(out, "packets-out", "%" PRIu64, counter->out.packets);
	out->value(out, "bytes-out", "%" PRIu64, counter->out.bytes);
	out->end_section(out);
}

/**
 * Write what is in the kernel.
 */
static void write_table(private_filtermode_control_t *this, control_out_t *out)
{
	filtermode_counter_t *counter;
	array_t *counters;
	char *listing;
	bool intact;

	listing = this->manager->list_table(this->manager, &intact);
	out->value(out, "installed", "%s", intact ? "yes" : "no");
	out->begin_section(out, "counters");
	counters = filtermode_counters_parse(listing ?: "");
	while (array_remove(counters, ARRAY_HEAD, &counter))
	{
		write_counter(out, counter);
		free(counter);
	}
	array_destroy(counters);
	out->end_section(out);
	free(listing);
}

/**
 * Release a state.
 */
static void destroy_state(filtermode_state_t *state)
{
	options_unref(state->settings);
	free(state);
}

/**
 * Implementation of control_command_t.run: filter-status.
 */
static void filter_status(void *data, settings_t *request, control_out_t *out,
						  option_errors_t *errors)
{
	private_filtermode_control_t *this = data;
	filtermode_state_t *state;

	state = this->manager->get_state(this->manager);
	write_settings(out, state->settings);
	if (state->settings->mode != FILTERMODE_OFF)
	{
		out->value(out, "table", "%s", state->settings->table);
		out->value(out, "priority", "%s", state->settings->priority);
		out->value(out, "on-stop", "%s",
				   filtermode_on_stops[state->settings->on_stop]);
	}
	write_counts(out, state);
	out->begin_section(out, "sets");
	this->manager->list_sets(this->manager, write_set, out);
	out->end_section(out);
	write_table(this, out);
	destroy_state(state);
}

/**
 * Write what an operator should know.
 */
static void write_warnings(private_filtermode_control_t *this,
						   control_out_t *out, filtermode_state_t *state)
{
	u_int clients = this->connections->count(this->connections);
	const char *limit, *kept;

	out->begin_list(out, "warnings");
	if (state->problem[0])
	{
		out->item(out, "the previous rules are in force: %s", state->problem);
	}
	if (state->waiting[0])
	{
		out->item(out, "the rules of another daemon are in force: %s",
				  state->waiting);
	}
	if (state->lost[0])
	{
		out->item(out, "table inet %s was changed or removed, installing it "
				  "again fails: %s", state->settings->table, state->lost);
	}
	kept = filtermode_notice_kept(state->settings);
	if (kept)
	{
		out->item(out, "%s", kept);
	}
	limit = filtermode_notice_userspace(state->settings);
	if (state->tun && limit)
	{
		out->item(out, "kernel-libipsec's packets all use %s: %s", state->tun,
				  limit);
	}
	if (clients)
	{
		out->item(out, "%u connection%s virtual IPs to clients that will be "
				  "blocked, see filtermode.allow", clients,
				  clients == 1 ? " assigns" : "s assign");
	}
	if (state->counts.blocked)
	{
		out->item(out, "%u CHILD_SA%s blocked, see filtermode.allow",
				  state->counts.blocked,
				  state->counts.blocked == 1 ? " is" : "s are");
	}
	out->end_list(out);
}

/**
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_filtermode_control_t *this = data;
	filtermode_state_t *state;

	state = this->manager->get_state(this->manager);
	write_settings(out, state->settings);
	write_counts(out, state);
	write_warnings(this, out, state);
	destroy_state(state);
}

/**
 * Implementation of control_offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	private_filtermode_control_t *this = data;
	filtermode_state_t *state;
	u_int blocked, refused;

	state = this->manager->get_state(this->manager);
	this->listener->get_stats(this->listener, &blocked, &refused);
	out->value(out, "reinstalled", "%u", state->reinstalled);
	out->value(out, "blocked", "%u", blocked);
	out->value(out, "refused", "%u", refused);
	destroy_state(state);
}

/**
 * Implementation of control_offer_t.reload.
 */
static bool reload(void *data, option_errors_t *errors)
{
	private_filtermode_control_t *this = data;
	char reason[BUF_LEN];

	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	if (!this->manager->reload(this->manager, reason, sizeof(reason)))
	{
		errors->add(errors, "rules", NULL, "%s", reason);
		return FALSE;
	}
	return TRUE;
}

static const control_command_t commands[] = {
	{ .name = "filter-status", .run = filter_status },
};

static const char *const events[] = { "filter", NULL };

METHOD(filtermode_control_t, destroy, void,
	private_filtermode_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

filtermode_control_t *filtermode_control_create(options_store_t *store,
									filtermode_manager_t *manager,
									filtermode_listener_t *listener,
									connection_watch_t *connections)
{
	private_filtermode_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.manager = manager,
		.listener = listener,
		.connections = connections,
	);
	this->offer = (control_offer_t){
		.plugin = "filtermode",
		.store = store,
		.data = this,
		.commands = commands,
		.command_count = countof(commands),
		.events = events,
		.status = status,
		.stats = write_stats,
		.reload = reload,
	};
	control_registry_add(&this->offer);
	return &this->public;
}
