/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_settings.h"
#include "unity_ext_group.h"

static const char *const switches[] = { "no", "yes", NULL };

#define GROUP_OPTION(name, kind, ...) \
	{ .key = #name, .type = kind, \
	  .offset = offsetof(unity_ext_group_t, name), ##__VA_ARGS__ }

static const option_t group_options[] = {
	GROUP_OPTION(connections, OPTION_GLOBS),
	GROUP_OPTION(ids, OPTION_GLOBS),
	GROUP_OPTION(groups, OPTION_GLOBS),
	GROUP_OPTION(banner, OPTION_STRING),
	GROUP_OPTION(banner_file, OPTION_STRING),
	GROUP_OPTION(default_domain, OPTION_STRING),
	GROUP_OPTION(split_dns, OPTION_STRING),
	GROUP_OPTION(split_include, OPTION_SUBNETS),
	GROUP_OPTION(split_exclude, OPTION_SUBNETS),
	GROUP_OPTION(backup_servers, OPTION_STRING),
	GROUP_OPTION(save_password, OPTION_ENUM, .names = switches),
	GROUP_OPTION(pfs, OPTION_ENUM, .names = switches),
	GROUP_OPTION(dns, OPTION_STRING),
	GROUP_OPTION(nbns, OPTION_STRING),
};

static const options_schema_t group_schema = {
	.size = sizeof(unity_ext_group_t),
	.options = group_options,
	.count = countof(group_options),
};

static const option_t options[] = {
	{ .key = "groups", .type = OPTION_SECTIONS, .section = &group_schema,
	  .offset = offsetof(unity_ext_settings_t, groups),
	  .max = UNITY_EXT_GROUPS_MAX },
};

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	unity_ext_settings_t *settings = config;
	u_int i;

	for (i = 0; i < settings->groups.count; i++)
	{
		unity_ext_group_check(settings->groups.items[i], errors);
	}
}

const options_schema_t unity_ext_schema = {
	.name = "unity-ext",
	.size = sizeof(unity_ext_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
