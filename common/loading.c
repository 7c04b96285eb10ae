/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "loading.h"

/**
 * Has a section a daemon load its plugin?
 *
 * @param mark		"!" for the section of a critical plugin, ""
 * @param def		whether it has if it says nothing
 */
static bool has_load(settings_t *settings, const char *daemon,
					 const char *plugin, const char *mark, bool def)
{
	char *value;

	value = settings->get_str(settings, *daemon ? "%s.plugins.%s%s.load"
												: "%s%s%s.load",
							  NULL, daemon, plugin, mark);
	return settings_value_as_int(value, 0) ||
		   settings_value_as_bool(value, def);
}

/**
 * Is a plugin in the list that there is in place of sections?
 */
static bool is_listed(settings_t *settings, const char *daemon,
					  const char *plugin)
{
	enumerator_t *enumerator;
	char *name;
	size_t len = strlen(plugin);
	bool found = FALSE;

	enumerator = enumerator_create_token(
					settings->get_str(settings, "%s.load", "", daemon),
					" ", " ");
	while (!found && enumerator->enumerate(enumerator, &name))
	{
		found = strneq(name, plugin, len) &&
				(!name[len] || streq(name + len, "!"));
	}
	enumerator->destroy(enumerator);
	return found;
}

bool loading_wants(settings_t *settings, const char *daemon,
				   const char *plugin)
{
	if (*daemon && !settings->get_bool(settings, "%s.load_modular", FALSE,
									   daemon))
	{
		return is_listed(settings, daemon, plugin) &&
			   has_load(settings, daemon, plugin, "", TRUE);
	}
	return has_load(settings, daemon, plugin, "", FALSE) ||
		   has_load(settings, daemon, plugin, "!", FALSE);
}
