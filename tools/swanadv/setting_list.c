/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_list.h"
#include "check_connections.h"
#include "check_core.h"
#include "setting_help.h"
#include "setting_key.h"

#include <schemas.h>

#include <fnmatch.h>

/**
 * What stands for a name that is free.
 */
#define ANY "<name>"

/**
 * The plugins that were built with this program.
 */
static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * How types are called, by option_type_t.
 */
static const char *const types[] = {
	[OPTION_BOOL] = "bool",
	[OPTION_INT] = "integer",
	[OPTION_DECIMAL] = "decimal",
	[OPTION_TIME] = "time",
	[OPTION_ENUM] = "choice",
	[OPTION_STRING] = "string",
	[OPTION_SECRET] = "secret",
	[OPTION_GLOBS] = "patterns",
	[OPTION_SUBNETS] = "networks",
	[OPTION_ID] = "identity",
	[OPTION_SECTIONS] = "sections",
};

typedef struct {
	/** NULL if there is no swanctl.conf */
	check_conf_t *conf;
	const char *pattern;
	/** "charon", or the plugin whose options they are */
	const char *owner;
	/** does the daemon load it? */
	bool loaded;
	/** daemon, in place of which its sections are read, and its length */
	const char *daemon;
	size_t prefix;
	/** list of what was found */
	node_t *items;
} walk_t;

/**
 * Is a setting asked for?
 */
static bool is_wanted(walk_t *this, const char *key)
{
	if (!this->pattern)
	{
		return TRUE;
	}
	if (strpbrk(this->pattern, "*?["))
	{
		return fnmatch(this->pattern, key, FNM_CASEFOLD) == 0;
	}
	return strcasestr(key, this->pattern) != NULL;
}

/**
 * Add what a setting accepts.
 */
static void add_accepted(node_t *item, const option_t *option)
{
	char buf[BUF_LEN], *text = buf;
	node_t *choices;
	int i;

	node_add_value(item, "type", types[option->type]);
	if (option->type == OPTION_SECTIONS)
	{
		return;
	}
	option_value_describe(option, buf, sizeof(buf));
	if (strpfx(text, "expected "))
	{
		text += strlen("expected ");
	}
	node_add_value(item, "expected", text);
	if (option->type == OPTION_INT || option->type == OPTION_TIME)
	{
		snprintf(buf, sizeof(buf), "%u", option->min);
		node_add_value(item, "min", buf);
		snprintf(buf, sizeof(buf), "%u", option->max);
		node_add_value(item, "max", buf);
	}
	if (option->type == OPTION_ENUM)
	{
		choices = node_add(item, NODE_LIST, "choices");
		for (i = 0; option->names[i]; i++)
		{
			node_add_value(choices, NULL, option->names[i]);
		}
	}
}

/**
 * Add a setting.
 *
 * @param key			its key
 * @param generic		its key with ANY for names
 * @param any			whether its section is any, so that it has no value
 */
static void add(walk_t *this, const option_t *option, const char *key,
				const char *generic, bool any)
{
	const setting_help_t *help = setting_help_find(generic);
	const char *def = option->def, *value = NULL;
	char path[BUF_LEN];
	conf_entry_t *entry = NULL;
	node_t *item;

	/* one that was cut is too long for charon as well */
	if (!is_wanted(this, key) || strlen(key) == BUF_LEN - 1)
	{
		return;
	}
	if (!def && help && streq(this->owner, "charon") && *help->def != '<')
	{
		def = help->def;
	}
	if (!any)
	{
		snprintf(path, sizeof(path), "%s%s", this->daemon, key + this->prefix);
		value = option->type == OPTION_SECTIONS
					? NULL : check_conf_get(this->conf, path, "");
		entry = this->conf->lines->get(this->conf->lines, path);
	}
	item = node_add(this->items, NODE_SECTION, NULL);
	node_add_value(item, "key", key);
	if (value && option->type != OPTION_SECRET)
	{
		node_add_value(item, "value", value);
	}
	if (def && *def)
	{
		node_add_value(item, "default", def);
	}
	if (entry)
	{
		node_add_value(item, "where", entry->where);
	}
	add_accepted(item, option);
	node_add_value(item, "owner", this->owner);
	node_add_value(item, "plugin-loaded", this->loaded ? "yes" : "no");
	if (help)
	{
		node_add_value(item, "help", help->text);
	}
}

/**
 * Go through the options of a plugin's section.
 *
 * @param key			its key
 * @param generic		its key with ANY for names
 * @param any			whether it stands for any section
 */
static void walk(walk_t *this, const options_schema_t *schema, const char *key,
				 const char *generic, bool any)
{
	enumerator_t *enumerator;
	const option_t *option;
	char inner[BUF_LEN], inner_generic[BUF_LEN], path[BUF_LEN];
	char *name;
	u_int i;

	for (i = 0; i < schema->count; i++)
	{
		option = &schema->options[i];
		check_conf_join(inner, key, option->key);
		check_conf_join(inner_generic, generic, option->key);
		add(this, option, inner, inner_generic, any);
		if (option->type != OPTION_SECTIONS)
		{
			continue;
		}
		check_conf_join(path, inner_generic, ANY);
		strcpy(inner_generic, path);
		snprintf(path, sizeof(path), "%s%s", this->daemon,
				 inner + this->prefix);
		enumerator = check_conf_sections(this->conf, any ? "" : path);
		while (!any && enumerator->enumerate(enumerator, &name))
		{
			check_conf_join(path, inner, name);
			walk(this, option->section, path, inner_generic, FALSE);
		}
		enumerator->destroy(enumerator);
		check_conf_join(path, inner, ANY);
		walk(this, option->section, path, inner_generic, TRUE);
	}
}

/**
 * Add the options of a section of charon's own.
 */
static void add_core(walk_t *this, const check_core_t *core, const char *key,
					 const char *generic, bool any)
{
	char inner[BUF_LEN], inner_generic[BUF_LEN];
	u_int i;

	for (i = 0; i < core->count; i++)
	{
		check_conf_join(inner, key, core->options[i].key);
		check_conf_join(inner_generic, generic, core->options[i].key);
		add(this, &core->options[i], inner, inner_generic, any);
	}
}

/**
 * Add the options of the sections that a pattern is about.
 *
 * @param pattern		what is left of it
 * @param key			key of the section it is within
 * @param generic		that with names that are free as such
 */
static void add_sections(walk_t *this, const check_core_t *core,
						 const char *pattern, const char *key,
						 const char *generic, bool any)
{
	enumerator_t *enumerator;
	char inner[BUF_LEN], inner_generic[BUF_LEN], name[BUF_LEN], *current;
	size_t len = strcspn(pattern, ".");
	const char *rest = pattern + len + (pattern[len] == '.');
	bool all = len && pattern[len - 1] == '*';

	if (!*pattern)
	{
		add_core(this, core, key, generic, any);
		return;
	}
	snprintf(name, sizeof(name), "%.*s%s", (int)(all ? len - 1 : len), pattern,
			 !all ? "" : len == 1 ? ANY : "<suffix>");
	check_conf_join(inner_generic, generic, name);
	if (all && !any)
	{
		snprintf(inner, sizeof(inner), "%s%s", this->daemon,
				 key + this->prefix);
		enumerator = check_conf_sections(this->conf, inner);
		while (enumerator->enumerate(enumerator, &current))
		{
			if (strneq(current, pattern, len - 1))
			{
				check_conf_join(inner, key, current);
				add_sections(this, core, rest, inner, inner_generic, FALSE);
			}
		}
		enumerator->destroy(enumerator);
	}
	check_conf_join(inner, key, name);
	add_sections(this, core, rest, inner, inner_generic, any || all);
}

/**
 * Add the settings of charon's own.
 *
 * @param swanctl		whether those of swanctl.conf
 */
static void add_cores(walk_t *this, bool swanctl)
{
	const check_core_t *core;
	const char *root;

	for (core = check_core_sections; core->section; core++)
	{
		if (core->swanctl == swanctl)
		{
			/* charon-systemd alone has a journal */
			root = swanctl ? "" : streq(core->section, "journal")
							? "charon-systemd" : "charon";
			this->prefix = strlen(root);
			add_sections(this, core, core->section, root, root, !this->conf);
		}
	}
}

/**
 * Add all that is asked for.
 */
static void add_all(walk_t *this)
{
	char section[BUF_LEN], key[BUF_LEN];
	int i;

	this->owner = "charon";
	this->loaded = TRUE;
	add_cores(this, FALSE);
	this->prefix = strlen("charon");
	for (i = 0; schemas[i]; i++)
	{
		this->owner = schemas[i]->name;
		this->loaded = check_conf_loads(this->conf, this->daemon, this->owner);
		check_conf_join(section, "charon.plugins", this->owner);
		check_conf_join(key, section, setting_key_load.key);
		add(this, &setting_key_load, key, key, FALSE);
		walk(this, schemas[i], section, section, FALSE);
	}
}

/**
 * Print what was found as text.
 */
static void print(node_t *items, bool verbose)
{
	static const char *const columns[] = { "key", "value", "default", "where" };
	node_t *rows = node_create(NODE_LIST, NULL), *item, *row, *cell;
	int i, j;

	for (i = 0; i < array_count(items->children); i++)
	{
		array_get(items->children, i, &item);
		if (verbose)
		{
			print_tree(item, 0);
			printf("\n");
			continue;
		}
		row = node_add(rows, NODE_SECTION, NULL);
		for (j = 0; j < countof(columns); j++)
		{
			cell = node_find(item, columns[j]);
			node_add_value(row, columns[j], cell ? cell->value : "");
		}
	}
	print_table(rows->children);
	node_destroy(rows);
}

/**
 * Read a file.
 *
 * @param out			gets it, to be destroyed
 * @return				FALSE if charon wouldn't take it, after saying so
 */
static bool read_file(const char *file, check_conf_t **out)
{
	report_t *report = report_create();
	bool success;

	*out = check_conf_create(file, NULL, report);
	success = report_worst(report) < FINDING_ERROR;
	if (!success)
	{
		complain("%s: charon can't read all of it, see swanadv check", file);
	}
	(*out)->report = NULL;
	report_destroy(report);
	return success;
}

/**
 * Add what is in the files.
 *
 * @return				FALSE if charon wouldn't take one, after saying so
 */
static bool add_files(walk_t *this, const char *file)
{
	check_conf_t *conf, *connections = NULL;
	char *swanctl = NULL;
	bool success;

	success = read_file(file, &conf);
	if (success)
	{
		swanctl = check_connections_find(conf);
		success = !swanctl || read_file(swanctl, &connections);
	}
	if (success)
	{
		this->conf = conf;
		this->daemon = conf->daemons[0];
		add_all(this);
		this->owner = "charon";
		this->loaded = TRUE;
		this->conf = connections;
		this->daemon = "";
		add_cores(this, TRUE);
	}
	if (connections)
	{
		check_conf_destroy(connections);
	}
	check_conf_destroy(conf);
	free(swanctl);
	return success;
}

bool setting_list(const char *file, const char *pattern, bool json,
				  bool verbose)
{
	node_t *root = node_create(NODE_SECTION, NULL);
	walk_t this = {
		.pattern = pattern,
		.items = node_add(root, NODE_LIST, "items"),
	};
	bool success;

	success = add_files(&this, file);
	if (success && !array_count(this.items->children))
	{
		complain("'%s': expected a key, a part of one, or a pattern", pattern);
		success = FALSE;
	}
	else if (success && json)
	{
		print_document(root);
	}
	else if (success)
	{
		print(this.items, verbose);
	}
	node_destroy(root);
	return success;
}
