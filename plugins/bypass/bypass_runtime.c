/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_runtime.h"

/**
 * Section of a rule among the settings that are made from a request.
 */
#define SECTION "bypass"

bypass_settings_t *bypass_runtime_load(settings_t *request, const char *section,
									   const char *name,
									   option_errors_t *errors)
{
	enumerator_t *enumerator;
	bypass_settings_t *rule;
	settings_t *settings;
	char *key, *value;

	if (strlen(name) > BYPASS_RUNTIME_NAME_MAX)
	{	/* settings_t would drop it without a word */
		errors->add(errors, "name", name, "expected at most %u characters",
					BYPASS_RUNTIME_NAME_MAX);
		return NULL;
	}
	settings = settings_create_string("");
	enumerator = request->create_key_value_enumerator(request, "%s", section);
	while (enumerator->enumerate(enumerator, &key, &value))
	{
		if (!streq(key, "name"))
		{
			settings->set_str(settings, SECTION ".rules.%s.%s", value, name,
							  key);
		}
	}
	enumerator->destroy(enumerator);
	rule = options_load(&bypass_schema, settings, SECTION, errors);
	settings->destroy(settings);
	if (rule && !rule->rules.count)
	{
		errors->add(errors, "src", NULL, "missing, expected src and dst");
		options_unref(rule);
		rule = NULL;
	}
	return rule;
}

const char *bypass_runtime_name(bypass_settings_t *rule)
{
	return ((bypass_rule_t*)rule->rules.items[0])->section.name;
}

array_t *bypass_runtime_create(void)
{
	return array_create(0, 0);
}

/**
 * Find a rule.
 *
 * @return			its index, -1 if there is none of this name
 */
static int find(array_t *rules, const char *name)
{
	bypass_settings_t *rule;
	int i;

	for (i = 0; i < array_count(rules); i++)
	{
		array_get(rules, i, &rule);
		if (streq(bypass_runtime_name(rule), name))
		{
			return i;
		}
	}
	return -1;
}

/**
 * Is there a rule of this name in the settings?
 */
static bool is_configured(bypass_settings_t *settings, const char *name)
{
	bypass_rule_t *rule;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (streq(rule->section.name, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

bool bypass_runtime_add(array_t *rules, bypass_settings_t *rule,
						bypass_settings_t *settings, option_errors_t *errors)
{
	const char *name = bypass_runtime_name(rule);

	if (array_count(rules) >= BYPASS_RUNTIME_MAX)
	{
		errors->add(errors, "name", name, "there are %u run-time rules, which "
					"is the limit", BYPASS_RUNTIME_MAX);
	}
	else if (find(rules, name) >= 0 || is_configured(settings, name))
	{
		errors->add(errors, "name", name, "there is a rule of this name "
					"already");
	}
	else
	{
		array_insert(rules, ARRAY_TAIL, rule);
		return TRUE;
	}
	options_unref(rule);
	return FALSE;
}

bool bypass_runtime_delete(array_t *rules, const char *name,
						   bypass_settings_t *settings,
						   option_errors_t *errors)
{
	bypass_settings_t *rule;
	int index;

	index = find(rules, name);
	if (index >= 0)
	{
		array_remove(rules, index, &rule);
		options_unref(rule);
		return TRUE;
	}
	if (is_configured(settings, name))
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
	bypass_settings_t *rule;

	while (array_remove(rules, ARRAY_TAIL, &rule))
	{
		options_unref(rule);
	}
	array_destroy(rules);
}
