/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_log.h"

#include <utf8.h>

/*
 * Described in header
 */
const char *pcsc_token_printable(const char *str,
								 char buf[PCSC_TOKEN_PRINTABLE_LEN])
{
	FILE *out;

	*buf = '\0';
	out = fmemopen(buf, PCSC_TOKEN_PRINTABLE_LEN, "w");
	if (out)
	{
		utf8_print(out, str, (PCSC_TOKEN_PRINTABLE_LEN - 4) / 4);
		fclose(out);
	}
	return buf;
}
