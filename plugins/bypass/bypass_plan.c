/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_plan.h"
#include "bypass_notices.h"

/**
 * Most items of a list in a line.
 */
#define LISTED_MAX 16

/**
 * Append some of a list to a line.
 */
static void append_some(char *line, size_t len, const char *before,
						array_t *list)
{
	size_t used = strlen(line);
	char *item;
	int i;

	for (i = 0; i < LISTED_MAX && array_get(list, i, &item); i++)
	{
		used += snprintf(line + used, len - used, "%s%s", i ? ", " : before,
						 item);
		used = min(used, len - 1);
	}
	if (array_count(list) > LISTED_MAX)
	{
		snprintf(line + used, len - used, " and %d more",
				 array_count(list) - LISTED_MAX);
	}
}

void bypass_plan_describe_lan(bypass_plan_t *plan, char *line, size_t len)
{
	*line = '\0';
	append_some(line, len, "excluded: ", plan->taken);
	append_some(line, len, *line ? "; left out: " : "left out: ",
				plan->left_out);
}

bypass_plan_t *bypass_plan_ref(bypass_plan_t *plan)
{
	ref_get(&plan->ref);
	return plan;
}

/**
 * Destroy an entry, callback of array_destroy_function().
 */
static void entry_destroy(void *data, int idx, void *unused)
{
	bypass_entry_t *entry = data;

	bypass_set_destroy(entry->local);
	bypass_set_destroy(entry->remote);
	free(entry->interface);
	free(entry->name);
	free(entry);
}

void bypass_plan_unref(bypass_plan_t *plan)
{
	if (plan && ref_put(&plan->ref))
	{
		bypass_set_destroy(plan->policies);
		bypass_set_destroy(plan->routes);
		array_destroy_function(plan->entries, entry_destroy, NULL);
		bypass_notices_destroy(plan->taken);
		bypass_notices_destroy(plan->left_out);
		bypass_notices_destroy(plan->notices);
		free(plan);
	}
}
