/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_log.h"

#include <utf8.h>

const char *pcsc_token_printable(const char *str,
								 char buf[PCSC_TOKEN_PRINTABLE_LEN])
{
	char *escaped = utf8_escape(str, (PCSC_TOKEN_PRINTABLE_LEN - 4) / 4);

	snprintf(buf, PCSC_TOKEN_PRINTABLE_LEN, "%s", escaped);
	free(escaped);
	return buf;
}

const char *pcsc_token_reason(pcsc_token_message_t *message, char buf[BUF_LEN],
							  const char *fallback)
{
	char text[BUF_LEN], *escaped;

	snprintf(buf, BUF_LEN, "%s", fallback);
	if (pcsc_token_message_next_text(message, text, sizeof(text)))
	{
		escaped = utf8_escape(text, sizeof(text));
		snprintf(buf, BUF_LEN, "%s", escaped);
		free(escaped);
	}
	return buf;
}
