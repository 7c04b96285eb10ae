/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "metrics.h"
#include "fields.h"
#include "overview.h"
#include "print.h"

#include <ctype.h>
#include <stdio.h>

#define PREFIX "charon_advanced_"

/**
 * What fields are about, by plugin, which make reads from doc/control.md.
 */
static const struct {
	const char *plugin;
	const char *field;
	const char *help;
} helps[] = {
#include "metrics.inc"
};

/**
 * Find what a plugin's field is about, NULL if nobody knows.
 */
static const char *find_help(const char *plugin, const char *field)
{
	int i;

	for (i = 0; i < countof(helps); i++)
	{
		if (streq(helps[i].plugin, plugin) && streq(helps[i].field, field))
		{
			return helps[i].help;
		}
	}
	return NULL;
}

/**
 * Print a name as Prometheus has them.
 */
static void print_name(const char *prefix, const char *name)
{
	fputs(prefix, stdout);
	for (; *name; name++)
	{
		putchar(isalnum((u_char)*name) ? *name : '_');
	}
}

/**
 * Print the full name of a plugin's metric.
 */
static void print_metric(node_t *plugin, node_t *field, bool counter)
{
	print_name(PREFIX, plugin->name);
	print_name("_", field->name);
	fputs(counter ? "_total" : "", stdout);
}

/**
 * Print the header of a plugin's metric.
 */
static void print_header(node_t *plugin, node_t *field, bool counter)
{
	const char *help = find_help(plugin->name, field->name);

	if (help)
	{
		fputs("# HELP ", stdout);
		print_metric(plugin, field, counter);
		printf(" %s\n", help);
	}
	fputs("# TYPE ", stdout);
	print_metric(plugin, field, counter);
	printf(" %s\n", counter ? "counter" : "gauge");
}

/**
 * Print the value of a sample, 0 if it should be none.
 */
static void print_value(node_t *node)
{
	bool flag = field_type(node->name) == FIELD_FLAG;

	printf(" %llu\n", flag ? streq(node->value, "yes")
						   : strtoull(node->value, NULL, 10));
}

/**
 * Print a plugin's metric, if the field is one.
 */
static void print_field(node_t *plugin, node_t *field, bool counter)
{
	node_t *child;
	int i;

	switch (field_type(field->name))
	{
		case FIELD_NUMBER:
		case FIELD_FLAG:
			if (field->kind == NODE_VALUE)
			{
				print_header(plugin, field, counter);
				print_metric(plugin, field, counter);
				print_value(field);
			}
			break;
		case FIELD_NUMBERS:
			if (field->kind != NODE_SECTION)
			{
				break;
			}
			print_header(plugin, field, counter);
			for (i = 0; i < array_count(field->children); i++)
			{
				array_get(field->children, i, &child);
				if (child->kind == NODE_VALUE)
				{
					print_metric(plugin, field, counter);
					fputs("{kind=\"", stdout);
					print_text(stdout, child->name);
					fputs("\"}", stdout);
					print_value(child);
				}
			}
			break;
		default:
			break;
	}
}

/**
 * Print the metrics of a plugin.
 *
 * @param except	a section whose fields are left out, NULL if there is none
 */
static void print_plugin(node_t *plugin, node_t *except, bool counter)
{
	node_t *field;
	int i;

	for (i = 0; i < array_count(plugin->children); i++)
	{
		array_get(plugin->children, i, &field);
		if (!except || !node_find(except, field->name))
		{
			print_field(plugin, field, counter);
		}
	}
}

/**
 * Print the header of a gauge that isn't a plugin's.
 */
static void print_gauge(const char *name, const char *help)
{
	print_name("# HELP " PREFIX, name);
	printf(" %s\n", help);
	print_name("# TYPE " PREFIX, name);
	puts(" gauge");
}

static void print_up(bool up)
{
	print_gauge("up", "whether charon answers");
	printf(PREFIX "up %d\n", up);
}

/**
 * Count the items of a list.
 */
static int count_items(node_t *node, const char *name)
{
	node_t *list = node_find(node, name);

	return list ? array_count(list->children) : 0;
}

/**
 * Print what needs a look, as numbers.
 */
static void print_looks(node_t *status, node_t *plugins)
{
	const overview_look_t *look;
	node_t *plugin;
	int i, j;

	for (i = 0; i < OVERVIEW_LOOKS; i++)
	{
		look = &overview_looks[i];
		print_gauge(look->name, look->help);
		if (!look->plugins)
		{
			print_name(PREFIX, look->name);
			printf(" %d\n", count_items(status, look->name));
			continue;
		}
		for (j = 0; j < array_count(plugins->children); j++)
		{
			array_get(plugins->children, j, &plugin);
			print_name(PREFIX, look->name);
			fputs("{plugin=\"", stdout);
			print_text(stdout, plugin->name);
			printf("\"} %d\n", count_items(plugin, look->name));
		}
	}
}

/**
 * Print the metrics of all plugins.
 */
static void print_plugins(node_t *plugins, node_t *stats)
{
	node_t *plugin, *counters;
	int i;

	for (i = 0; i < array_count(plugins->children); i++)
	{
		array_get(plugins->children, i, &plugin);
		counters = node_find(stats, plugin->name);
		print_plugin(plugin, counters, FALSE);
		if (counters)
		{
			print_plugin(counters, NULL, TRUE);
		}
	}
}

bool metrics(session_t *session)
{
	node_t *status = NULL, *stats = NULL, *plugins, *counters;
	bool up;

	/* has a format of its own */
	session->format = FORMAT_TEXT;
	up = session_request(session, vici_begin("status"), "status", NULL,
						 &status) &&
		 session_request(session, vici_begin("stats"), "stats", NULL, &stats);
	plugins = up ? node_find(status, "plugins") : NULL;
	counters = up ? node_find(stats, "plugins") : NULL;
	print_up(plugins && counters);
	if (plugins && counters)
	{
		print_looks(status, plugins);
		print_plugins(plugins, counters);
	}
	node_destroy(status);
	node_destroy(stats);
	return plugins && counters;
}

void metrics_away(void)
{
	print_up(FALSE);
}
