/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fields.h"

#include <library.h>

/**
 * Those that plugins write as something else than text, which make reads from
 * their sources.
 */
static const struct {
	const char *name;
	field_type_t type;
} fields[] = {
#include "fields.inc"
	/* of setting */
	{ "changed", FIELD_FLAG },
	{ "max", FIELD_NUMBER },
	{ "min", FIELD_NUMBER },
	{ "plugin-loaded", FIELD_FLAG },
};

field_type_t field_type(const char *name)
{
	int i;

	for (i = 0; name && i < countof(fields); i++)
	{
		if (streq(fields[i].name, name))
		{
			return fields[i].type;
		}
	}
	return FIELD_TEXT;
}
