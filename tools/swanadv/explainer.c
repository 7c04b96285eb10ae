/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "explainer.h"
#include "print.h"

#include <stdio.h>

/**
 * Print the connections.
 */
static void print_connections(node_t *answer, const char *name)
{
	node_t *list = node_find(answer, "connections"), *item;
	node_t *more = node_find(answer, "more");
	int i;

	print_text(stdout, name);
	printf(": %s", list && array_count(list->children)
						? "for him are loaded "
						: "no connection that is loaded is for him");
	for (i = 0; list && i < array_count(list->children); i++)
	{
		array_get(list->children, i, &item);
		printf("%s", i ? ", " : "");
		print_text(stdout, item->value);
	}
	if (more)
	{
		printf(" and %s more", more->value);
	}
	putchar('\n');
}

/**
 * Print what a plugin says.
 */
static void print_answers(node_t *plugin)
{
	node_t *list = node_find(plugin, "answers"), *item;
	int i;

	for (i = 0; list && i < array_count(list->children); i++)
	{
		array_get(list->children, i, &item);
		print_text(stdout, plugin->name);
		printf(": ");
		print_text(stdout, item->value);
		putchar('\n');
	}
}

bool explain(session_t *session, const char *name)
{
	vici_req_t *req = vici_begin("explain");
	node_t *answer, *plugins, *plugin;
	bool success;
	int i;

	vici_add_key_valuef(req, "name", "%s", name);
	success = session_request(session, req, "explain", NULL, &answer);
	if (answer && session->format == FORMAT_JSON)
	{
		print_document(answer);
	}
	else if (answer && success && session->format == FORMAT_TEXT)
	{
		print_connections(answer, name);
		plugins = node_find(answer, "plugins");
		for (i = 0; plugins && i < array_count(plugins->children); i++)
		{
			array_get(plugins->children, i, &plugin);
			print_answers(plugin);
		}
	}
	node_destroy(answer);
	return success;
}
