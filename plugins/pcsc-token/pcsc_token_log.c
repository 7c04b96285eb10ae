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

/*
 * Described in header
 */
const char *pcsc_token_reason(pcsc_token_message_t *message, char buf[BUF_LEN],
							  const char *fallback)
{
	char text[BUF_LEN], *escaped = NULL;
	size_t len;
	FILE *out;

	snprintf(buf, BUF_LEN, "%s", fallback);
	if (pcsc_token_message_next_text(message, text, sizeof(text)))
	{
		out = open_memstream(&escaped, &len);
		if (out)
		{
			utf8_print(out, text, sizeof(text));
			fclose(out);
			snprintf(buf, BUF_LEN, "%s", escaped);
		}
		free(escaped);
	}
	return buf;
}
