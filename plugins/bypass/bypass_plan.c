/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_planner.h"
#include "bypass_notices.h"

/**
 * Most items of a list in a line.
 */
#define LISTED_MAX 16

bypass_plan_t *bypass_plan_create(bypass_settings_t *settings,
								  array_t *runtime, array_t *links)
{
	bypass_planner_t this = { .settings = settings, .links = links };
	bypass_request_t *request;
	bool fits = TRUE;
	u_int i;

	INIT(this.plan,
		.ref = 1,
		.policies = bypass_policy_set_create(),
		.routes = bypass_prefix_set_create(),
		.entries = array_create(0, 0),
		.taken = array_create(0, 0),
		.left_out = array_create(0, 0),
		.notices = array_create(0, 0),
	);
	bypass_set_reserve(this.plan->policies, settings->rules.count * 6);
	this.plan->rules = settings->rules.count + array_count(runtime);
	for (i = 0; fits && i < settings->rules.count; i++)
	{
		fits = bypass_planner_add_rule(&this, settings->rules.items[i]);
	}
	this.origin = BYPASS_ORIGIN_RUNTIME;
	for (i = 0; fits && i < array_count(runtime); i++)
	{
		array_get(runtime, i, &request);
		fits = bypass_planner_add_rule(&this, &request->rule);
	}
	if (settings->lan)
	{
		this.origin = BYPASS_ORIGIN_LAN;
		bypass_planner_add_lan(&this);
	}
	if (!fits || this.plan->policies->count > BYPASS_POLICIES_MAX)
	{
		bypass_plan_unref(this.plan);
		return NULL;
	}
	bypass_set_seal(this.plan->policies);
	bypass_set_seal(this.plan->routes);
	return this.plan;
}

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
