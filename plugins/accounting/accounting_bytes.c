/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_bytes.h"

#include <ctype.h>
#include <errno.h>

bool accounting_bytes_parse(const char *text, uint64_t *bytes)
{
	static const char units[] = "kMGT";
	unsigned long long number;
	const char *unit;
	char *end;
	int shift = 0;

	if (!isdigit((u_char)*text))
	{
		return FALSE;
	}
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end)
	{
		unit = strchr(units, *end);
		if (!unit || end[1])
		{
			return FALSE;
		}
		shift = 10 * (unit - units + 1);
	}
	*bytes = number << shift;
	return !errno && number && *bytes >> shift == number;
}
