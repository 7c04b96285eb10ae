/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_types.h"

const char *const accounting_types[] = {
	[ACCOUNTING_START] = "start",
	[ACCOUNTING_UPDATE] = "update",
	[ACCOUNTING_CONTINUED] = "continued",
	[ACCOUNTING_END] = "end",
	[ACCOUNTING_REFUSED] = "refused",
};

/**
 * Is this the end of a record, and of its line?
 */
static bool is_end(const char *str)
{
	return streq(str, "}") || streq(str, "}\n");
}

char *accounting_types_read(const char *line, accounting_type_t *type)
{
	char head[64];
	const char *id, *end;
	size_t len;
	int i;

	end = strrchr(line, '}');
	for (i = 0; end && is_end(end) && i < countof(accounting_types); i++)
	{
		len = snprintf(head, sizeof(head), ACCOUNTING_HEAD,
					   accounting_types[i]);
		id = line + len;
		if (strneq(line, head, len) && strchr(id, '"'))
		{
			*type = i;
			return strndup(id, strcspn(id, "\""));
		}
	}
	return NULL;
}
