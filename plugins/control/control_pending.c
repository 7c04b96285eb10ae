/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_pending.h"

#include <loading.h>
#include <schemas.h>

#undef SCHEMA
#define SCHEMA(plugin) #plugin,

typedef struct private_control_pending_t private_control_pending_t;

/**
 * Plugins that were built with this one, as they are part of C names.
 */
static const char *const plugins[] = SCHEMAS;

/**
 * What charon reads when it starts only, and its defaults.
 */
static const struct {
	const char *key;
	const char *def;
	bool number;
} keys[] = {
	{ "port", "500", TRUE },
	{ "port_nat_t", "4500", TRUE },
	{ "interfaces_use", "all" },
	{ "interfaces_ignore", "none" },
};

struct private_control_pending_t {
	control_pending_t public;
	/** values at the start */
	char *values[countof(keys)];
	/** whether plugins were to be loaded at the start */
	bool loads[countof(plugins)];
};

/**
 * Get the value of a key that settings have now.
 */
static char *get_value(int key)
{
	return lib->settings->get_str(lib->settings, "%s.%s", (char*)keys[key].def,
								  lib->ns, keys[key].key);
}

/**
 * Are two values of a key the same to charon?
 */
static bool is_same(int key, char *a, char *b)
{
	int def = atoi(keys[key].def);

	return streq(a, b) || (keys[key].number && settings_value_as_int(a, def) ==
											   settings_value_as_int(b, def));
}

/**
 * Write the name of a plugin as it is in settings.
 */
static const char *get_name(const char *plugin, char name[BUF_LEN])
{
	snprintf(name, BUF_LEN, "%s", plugin);
	translate(name, "_", "-");
	return name;
}

/**
 * Is charon to load a plugin, by the settings of now?
 */
static bool is_wanted(const char *plugin)
{
	return loading_wants(lib->settings, lib->ns, plugin);
}

/**
 * Is an offer that of a plugin? Callback of offer_find().
 */
static bool is_plugin(void *data, const offer_t *offer)
{
	return streq(offer->plugin, data);
}

/**
 * A plugin that may have a reason.
 */
typedef struct {
	const char *plugin;
	control_out_t *out;
	bool found;
} search_t;

/**
 * Write the reason of a plugin, callback of offer_each_refused().
 */
static void write_reason(void *data, const char *plugin, const char *reason)
{
	enumerator_t *enumerator;
	search_t *search = data;
	char *line;

	if (!streq(plugin, search->plugin) || search->found)
	{
		return;
	}
	enumerator = enumerator_create_token(reason, "\n", "");
	while (enumerator->enumerate(enumerator, &line))
	{
		search->out->item(search->out, "%s: %s; once mended, restart charon",
						  plugin, line);
	}
	enumerator->destroy(enumerator);
	search->found = TRUE;
}

/**
 * Write which plugins aren't loaded although they should be.
 */
static void write_missing(private_control_pending_t *this, control_out_t *out)
{
	search_t search = { .out = out };
	char name[BUF_LEN];
	int i;

	out->begin_list(out, "not-loaded");
	for (i = 0; plugins[i]; i++)
	{
		search.plugin = get_name(plugins[i], name);
		search.found = FALSE;
		if (this->loads[i] && is_wanted(name) && !offer_find(is_plugin, name))
		{
			offer_each_refused(write_reason, &search);
			if (!search.found)
			{
				out->item(out, "%s: it may not be installed, see charon's log "
						  "of its start", name);
			}
		}
	}
	out->end_list(out);
}

/**
 * Write which settings another start would put in force.
 */
static void write_restart(private_control_pending_t *this, control_out_t *out)
{
	char name[BUF_LEN], *value;
	bool loaded;
	int i;

	out->begin_list(out, "restart-needed");
	for (i = 0; i < countof(keys); i++)
	{
		value = get_value(i);
		if (!is_same(i, value, this->values[i]))
		{
			out->item(out, "%s.%s = %s: in force is %s", lib->ns, keys[i].key,
					  value, this->values[i]);
		}
	}
	for (i = 0; plugins[i]; i++)
	{
		loaded = offer_find(is_plugin, (void*)get_name(plugins[i], name));
		if (this->loads[i] != is_wanted(name) && loaded == this->loads[i])
		{
			out->item(out, "%s.plugins.%s.load = %s: it is %sloaded", lib->ns,
					  name, loaded ? "no" : "yes", loaded ? "" : "not ");
		}
	}
	out->end_list(out);
}

/**
 * Write the file if it can't be read: reloads then change nothing, and tell no
 * plugin. It had better be known before charon is started anew.
 */
static void write_unreadable(control_out_t *out)
{
	settings_t *settings = settings_create(NULL);

	out->begin_list(out, "unreadable");
	if (!settings->load_files(settings, lib->conf, FALSE))
	{
		out->item(out, "%s: can't be read, the previous settings stay; see "
				  "swanadv check", lib->conf ?: "strongswan.conf");
	}
	out->end_list(out);
	settings->destroy(settings);
}

METHOD(control_pending_t, write_, void,
	private_control_pending_t *this, control_out_t *out)
{
	write_unreadable(out);
	write_missing(this, out);
	write_restart(this, out);
}

METHOD(control_pending_t, destroy, void,
	private_control_pending_t *this)
{
	int i;

	for (i = 0; i < countof(keys); i++)
	{
		free(this->values[i]);
	}
	free(this);
}

control_pending_t *control_pending_create()
{
	private_control_pending_t *this;
	char name[BUF_LEN];
	int i;

	INIT(this,
		.public = {
			.write = _write_,
			.destroy = _destroy,
		},
	);
	for (i = 0; i < countof(keys); i++)
	{
		this->values[i] = strdup(get_value(i));
	}
	for (i = 0; plugins[i]; i++)
	{
		this->loads[i] = is_wanted(get_name(plugins[i], name));
	}
	return &this->public;
}
