/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_help.h"

#include <library.h>

/**
 * All of them, which make reads from the .opt files.
 */
static const setting_help_t helps[] = {
#include "setting_help.inc"
};

/**
 * Is a key one that is written with <what> for names?
 *
 * @param any		whether that stands for each name, else for other <what>
 */
static bool matches(const char *pattern, const char *key, bool any)
{
	size_t a, b;

	while (TRUE)
	{
		a = strcspn(pattern, ".");
		b = strcspn(key, ".");
		if (!(*pattern == '<' && (any || *key == '<')) &&
			!(a == b && strneq(pattern, key, a)))
		{
			return FALSE;
		}
		pattern += a;
		key += b;
		if (!*pattern || !*key)
		{
			return *pattern == *key;
		}
		pattern++;
		key++;
	}
}

const setting_help_t *setting_help_find(const char *key)
{
	int any, i;

	/* <subsystem> is for those only that have none of their own */
	for (any = FALSE; any <= TRUE; any++)
	{
		for (i = 0; i < countof(helps); i++)
		{
			if (matches(helps[i].key, key, any))
			{
				return &helps[i];
			}
		}
	}
	return NULL;
}
