/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "overview.h"
#include "print.h"

#include <stdio.h>

/**
 * Print lines, each with a label.
 */
static void print_lines(node_t *plugin, const char *name, const char *label)
{
	node_t *list = node_find(plugin, name), *line;
	int i;

	for (i = 0; list && i < array_count(list->children); i++)
	{
		array_get(list->children, i, &line);
		printf("  %s ", label);
		print_text(stdout, line->value);
		putchar('\n');
	}
}

/**
 * Print a plugin.
 */
static void print_plugin(node_t *plugin)
{
	print_text(stdout, plugin->name);
	printf(": ");
	print_line(plugin, FALSE);
	putchar('\n');
	print_lines(plugin, "warnings", "warning:");
	print_lines(plugin, "invalid-settings", "not in force, as it is invalid:");
}

bool overview(session_t *session)
{
	node_t *answer, *plugins, *plugin;
	bool success;
	int i;

	success = session_request(session, vici_begin("status"), "status", NULL,
							  &answer);
	if (answer && session->format == FORMAT_JSON)
	{
		print_document(answer);
	}
	else if (answer && session->format == FORMAT_TEXT)
	{
		plugins = node_find(answer, "plugins");
		for (i = 0; plugins && i < array_count(plugins->children); i++)
		{
			array_get(plugins->children, i, &plugin);
			print_plugin(plugin);
		}
	}
	node_destroy(answer);
	return success;
}
