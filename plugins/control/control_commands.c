/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_commands.h"
#include "control_explain.h"
#include "control_pending.h"

#include <daemon.h>
#include <threading/mutex.h>

/**
 * Version of the interface that doc/control.md describes, and what it promises
 * to keep.
 */
#define CONTROL_INTERFACE_VERSION 1

/**
 * How long status waits for plugins that are still being loaded, in
 * milliseconds.
 */
#define START_WAIT 5000

typedef struct private_control_commands_t private_control_commands_t;
typedef struct shutdown_t shutdown_t;

/**
 * Learns when charon is about to end.
 */
struct shutdown_t {
	listener_t listener;
	/** atomic: 0 until then */
	refcount_t begun;
};

struct private_control_commands_t {
	control_commands_t public;
	/** one reload at a time */
	mutex_t *mutex;
	shutdown_t shutdown;
	/** what isn't in force */
	control_pending_t *pending;
};

/**
 * Write a list of lines, and free them.
 */
static void write_lines(control_out_t *out, const char *name, array_t *lines)
{
	char *line;

	if (array_count(lines))
	{
		out->begin_list(out, name);
		while (array_remove(lines, ARRAY_HEAD, &line))
		{
			out->item(out, "%s", line);
			free(line);
		}
		out->end_list(out);
	}
	array_destroy(lines);
}

/**
 * Write a plugin's name, callback of offer_find().
 */
static bool write_name(void *data, const offer_t *offer)
{
	control_out_t *out = data;

	out->item(out, "%s", offer->plugin);
	return FALSE;
}

/**
 * Implementation of offer_command_t.run: version.
 */
static void version(void *data, settings_t *request, control_out_t *out,
					option_errors_t *errors)
{
	out->number(out, "interface-version", CONTROL_INTERFACE_VERSION);
	out->value(out, "daemon", "%s", lib->ns);
	out->value(out, "version", "%s", PACKAGE_VERSION);
	out->value(out, "strongswan", "%s", VERSION);
	out->begin_list(out, "loaded");
	offer_find(write_name, out);
	out->end_list(out);
}

/**
 * Write what a plugin's commands and events are.
 */
static void write_offer(control_out_t *out, const offer_t *offer)
{
	u_int i;

	out->begin_list(out, "commands");
	for (i = 0; i < offer->command_count; i++)
	{
		out->item(out, "%s", offer->commands[i].name);
	}
	out->end_list(out);
	out->begin_list(out, "events");
	for (i = 0; offer->events && offer->events[i]; i++)
	{
		out->item(out, "%s", offer->events[i]);
	}
	out->end_list(out);
}

/**
 * Write the status of a plugin, callback of offer_find().
 */
static bool write_status(void *data, const offer_t *offer)
{
	control_out_t *out = data;
	void *config;

	out->begin_section(out, offer->plugin);
	if (offer->status)
	{
		config = offer->store ? offer->store->get(offer->store) : NULL;
		offer->status(offer->data, config, out);
		options_unref(config);
	}
	if (offer->store)
	{
		write_lines(out, "invalid-settings",
					offer->store->get_errors(offer->store));
	}
	write_offer(out, offer);
	out->end_section(out);
	return FALSE;
}

/**
 * Implementation of offer_command_t.run: status.
 */
static void status(void *data, settings_t *request, control_out_t *out,
				   option_errors_t *errors)
{
	private_control_commands_t *this = data;

	if (!offer_await_start(START_WAIT))
	{
		errors->add(errors, "status", NULL, "charon is still starting, ask "
					"again");
		return;
	}
	this->pending->write(this->pending, out);
	out->begin_section(out, "plugins");
	offer_find(write_status, out);
	out->end_section(out);
}

/**
 * Write the counters of a plugin, callback of offer_find().
 */
static bool write_stats(void *data, const offer_t *offer)
{
	control_out_t *out = data;

	if (offer->stats)
	{
		out->begin_section(out, offer->plugin);
		offer->stats(offer->data, out);
		out->end_section(out);
	}
	return FALSE;
}

/**
 * Implementation of offer_command_t.run: stats.
 */
static void stats(void *data, settings_t *request, control_out_t *out,
				  option_errors_t *errors)
{
	out->begin_section(out, "plugins");
	offer_find(write_stats, out);
	out->end_section(out);
}

/**
 * A plugin being reloaded.
 */
typedef struct {
	plugin_t *plugin;
	control_out_t *out;
	option_errors_t *errors;
} reload_t;

/**
 * Reload a plugin if the offer is its, callback of offer_find().
 */
static bool reload_offering(void *data, const offer_t *offer)
{
	reload_t *this = data;
	plugin_t *plugin = this->plugin;
	array_t *lines;
	char *line;
	bool done;
	int i;

	if (!streq(offer->plugin, plugin->get_name(plugin)))
	{
		return FALSE;
	}
	done = plugin->reload && plugin->reload(plugin);
	lines = offer->store->get_errors(offer->store);
	for (i = 0; !done && array_get(lines, i, &line); i++)
	{
		this->errors->add(this->errors, offer->plugin, NULL, "%s", line);
	}
	if (!done && !i)
	{
		this->errors->add(this->errors, offer->plugin, NULL, "failed, see the "
						  "log");
	}
	this->out->begin_section(this->out, offer->plugin);
	this->out->flag(this->out, "reloaded", done);
	write_lines(this->out, "errors", lines);
	this->out->end_section(this->out);
	return TRUE;
}

/**
 * Reload all plugins, also those that offer nothing. Not once charon is about
 * to end: a plugin that offers something is there as long as its offer, but of
 * another one nobody knows.
 */
static void reload_plugins(private_control_commands_t *commands,
						   control_out_t *out, option_errors_t *errors)
{
	reload_t this = { .out = out, .errors = errors };
	enumerator_t *enumerator;

	out->begin_section(out, "plugins");
	enumerator = lib->plugins->create_plugin_enumerator(lib->plugins);
	while (!ref_cur(&commands->shutdown.begun) &&
		   enumerator->enumerate(enumerator, &this.plugin, NULL))
	{
		if (!offer_find(reload_offering, &this) &&
			!ref_cur(&commands->shutdown.begun) && this.plugin->reload)
		{
			this.plugin->reload(this.plugin);
		}
	}
	enumerator->destroy(enumerator);
	out->end_section(out);
	if (ref_cur(&commands->shutdown.begun))
	{
		errors->add(errors, "reload", NULL, "charon is about to end");
	}
}

METHOD(listener_t, alert, bool,
	shutdown_t *this, ike_sa_t *ike_sa, alert_t alert, va_list args)
{
	if (alert == ALERT_SHUTDOWN_SIGNAL)
	{
		ref_get(&this->begun);
	}
	return TRUE;
}

/**
 * Implementation of offer_command_t.run: reload. As vici's reload-settings.
 */
static void reload(void *data, settings_t *request, control_out_t *out,
				   option_errors_t *errors)
{
	private_control_commands_t *this = data;

	this->mutex->lock(this->mutex);
	if (lib->settings->load_files(lib->settings, lib->conf, FALSE))
	{
		charon->load_loggers(charon);
		reload_plugins(this, out, errors);
	}
	else
	{
		errors->add(errors, lib->conf ?: "strongswan.conf", NULL,
					"can't be read, the previous settings stay; see the log");
	}
	this->mutex->unlock(this->mutex);
}

static const offer_command_t commands[] = {
	{ .name = "version", .reads = TRUE, .run = version },
	{ .name = "status", .reads = TRUE, .run = status },
	{ .name = "stats", .reads = TRUE, .run = stats },
	{ .name = "explain", .arguments = TRUE, .reads = TRUE,
	  .run = control_explain },
	{ .name = "reload", .run = reload },
};

METHOD(control_commands_t, find, const offer_command_t*,
	private_control_commands_t *this, const char *name)
{
	int i;

	for (i = 0; i < countof(commands); i++)
	{
		if (streq(commands[i].name, name))
		{
			return &commands[i];
		}
	}
	return NULL;
}

METHOD(control_commands_t, destroy, void,
	private_control_commands_t *this)
{
	if (charon)
	{
		charon->bus->remove_listener(charon->bus,
									 &this->shutdown.listener);
	}
	this->pending->destroy(this->pending);
	this->mutex->destroy(this->mutex);
	free(this);
}

control_commands_t *control_commands_create(void)
{
	private_control_commands_t *this;

	INIT(this,
		.public = {
			.find = _find,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.shutdown.listener.alert = _alert,
		.pending = control_pending_create(),
	);
	if (charon)
	{	/* not in unit tests */
		charon->bus->add_listener(charon->bus, &this->shutdown.listener);
	}
	return &this->public;
}
