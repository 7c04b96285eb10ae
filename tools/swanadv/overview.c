/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "overview.h"
#include "print.h"

#include <stdio.h>

const overview_look_t overview_looks[OVERVIEW_LOOKS] = {
	{ "not-loaded", "NOT LOADED", OVERVIEW_CRITICAL, FALSE,
	  "number of plugins that are to be loaded and aren't" },
	{ "unreadable", "NOT IN FORCE", OVERVIEW_CRITICAL, FALSE,
	  "whether strongswan.conf can't be read" },
	{ "invalid-settings", "NOT IN FORCE", OVERVIEW_CRITICAL, TRUE,
	  "number of errors of the last reload" },
	{ "restart-needed", "RESTART NEEDED", OVERVIEW_WARNING, FALSE,
	  "number of settings that wait for a restart" },
	{ "warnings", "WARNING", OVERVIEW_WARNING, TRUE,
	  "number of warnings, see swanadv status" },
};

/**
 * Print what needs a look: items of a list, after a label.
 *
 * @param about		what they are about, NULL if they say that
 * @return			number of items
 */
static u_int print_items(node_t *node, const char *name, const char *label,
						 const char *about, bool print)
{
	node_t *list = node_find(node, name), *item;
	int i, count = list ? array_count(list->children) : 0;

	for (i = 0; print && i < count; i++)
	{
		array_get(list->children, i, &item);
		printf("%s ", label);
		if (about)
		{
			print_text(stdout, about);
			fputs(": ", stdout);
		}
		print_text(stdout, item->value);
		putchar('\n');
	}
	return count;
}

/**
 * Print a plugin.
 */
static void print_plugin(node_t *plugin, bool verbose)
{
	print_text(stdout, plugin->name);
	printf(": ");
	if (verbose)
	{
		putchar('\n');
		print_tree(plugin, 1);
	}
	else
	{
		print_line(plugin, FALSE);
		putchar('\n');
	}
}

/**
 * Print what needs a look, worst first.
 *
 * @param print		whether to print it, or only find out
 * @return			exit status
 */
static int print_looks(node_t *answer, bool print)
{
	node_t *plugins = node_find(answer, "plugins"), *plugin;
	int i, j, status = OVERVIEW_FINE;
	const overview_look_t *look;
	u_int count;

	for (i = 0; i < OVERVIEW_LOOKS; i++)
	{
		look = &overview_looks[i];
		count = look->plugins ? 0 : print_items(answer, look->name, look->label,
												NULL, print);
		for (j = 0; look->plugins && plugins &&
			 j < array_count(plugins->children); j++)
		{
			array_get(plugins->children, j, &plugin);
			count += print_items(plugin, look->name, look->label,
								 plugin->name, print);
		}
		status = count ? max(status, look->status) : status;
	}
	return status;
}

int overview(session_t *session, bool verbose)
{
	node_t *answer, *plugins, *plugin;
	bool text = session->format == FORMAT_TEXT;
	int i, status;

	if (!session_request(session, vici_begin("status"), "status", NULL,
						 &answer))
	{
		node_destroy(answer);
		return OVERVIEW_CRITICAL;
	}
	status = print_looks(answer, text);
	if (session->format == FORMAT_JSON)
	{
		print_document(answer);
	}
	plugins = node_find(answer, "plugins");
	for (i = 0; text && plugins && i < array_count(plugins->children); i++)
	{
		array_get(plugins->children, i, &plugin);
		print_plugin(plugin, verbose);
	}
	node_destroy(answer);
	return status;
}

bool overview_reload(session_t *session)
{
	node_t *answer, *plugins, *plugin;
	bool success;
	int i;

	success = session_request(session, vici_begin("reload"), "reload", NULL,
							  &answer);
	if (answer && session->format == FORMAT_JSON)
	{
		print_document(answer);
	}
	plugins = answer ? node_find(answer, "plugins") : NULL;
	for (i = 0; session->format == FORMAT_TEXT && plugins &&
		 i < array_count(plugins->children); i++)
	{
		array_get(plugins->children, i, &plugin);
		print_text(stdout, plugin->name);
		printf(": %s\n", streq(node_value(plugin, "reloaded"), "yes") ?
			   "reloaded" : "keeps the previous settings");
	}
	node_destroy(answer);
	return success;
}
