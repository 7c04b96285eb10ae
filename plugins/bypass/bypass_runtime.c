/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_runtime.h"

/**
 * Find a rule.
 *
 * @return			its index, -1 if there is none of this name
 */
static int find(array_t *rules, const char *name)
{
	bypass_request_t *request;
	int i;

	for (i = 0; i < array_count(rules); i++)
	{
		array_get(rules, i, &request);
		if (streq(request->rule.section.name, name))
		{
			return i;
		}
	}
	return -1;
}

bool bypass_runtime_add(array_t *rules, bypass_request_t *request,
						bypass_settings_t *settings, option_errors_t *errors)
{
	const char *name = request->rule.section.name;

	if (array_count(rules) >= BYPASS_RUNTIME_MAX)
	{
		errors->add(errors, "name", name, "there are %u run-time rules, which "
					"is the limit", BYPASS_RUNTIME_MAX);
	}
	else if (find(rules, name) >= 0 ||
			 options_sections_find(&settings->rules, name))
	{
		errors->add(errors, "name", name, "there is a rule of this name "
					"already");
	}
	else
	{
		array_insert(rules, ARRAY_TAIL, options_ref(request));
		return TRUE;
	}
	return FALSE;
}

bool bypass_runtime_delete(array_t *rules, const char *name,
						   bypass_settings_t *settings,
						   option_errors_t *errors)
{
	bypass_request_t *request;
	int index;

	index = find(rules, name);
	if (index >= 0)
	{
		array_remove(rules, index, &request);
		options_unref(request);
		return TRUE;
	}
	if (options_sections_find(&settings->rules, name))
	{
		errors->add(errors, "name", name, "the rule is in the configuration, "
					"expected one that was added at run time");
	}
	else
	{
		errors->add(errors, "name", name, "there is no rule of this name");
	}
	return FALSE;
}

void bypass_runtime_destroy(array_t *rules)
{
	bypass_request_t *request;

	while (array_remove(rules, ARRAY_TAIL, &request))
	{
		options_unref(request);
	}
	array_destroy(rules);
}
