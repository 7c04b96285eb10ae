/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "utf8.h"

/**
 * Lead bytes with the range of the byte that follows, which is what excludes
 * overlong forms, surrogates and code points above U+10FFFF.
 */
static const struct {
	u_char first;
	u_char last;
	size_t len;
	u_char low;
	u_char high;
} leads[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

size_t utf8_length(const char *str)
{
	const u_char *pos = (const u_char*)str;
	size_t i, j;

	if (pos[0] < 0x80)
	{
		return 1;
	}
	for (i = 0; i < countof(leads); i++)
	{
		if (pos[0] >= leads[i].first && pos[0] <= leads[i].last)
		{
			if (pos[1] < leads[i].low || pos[1] > leads[i].high)
			{
				return 0;
			}
			for (j = 2; j < leads[i].len; j++)
			{
				if ((pos[j] & 0xc0) != 0x80)
				{
					return 0;
				}
			}
			return leads[i].len;
		}
	}
	return 0;
}

bool utf8_valid(const char *str)
{
	size_t len;

	for (; *str; str += len)
	{
		len = utf8_length(str);
		if (!len)
		{
			return FALSE;
		}
	}
	return TRUE;
}

bool utf8_printable(const char *str, size_t len)
{
	const u_char *pos = (const u_char*)str;

	switch (len)
	{
		case 0:
			return FALSE;
		case 1:
			return pos[0] >= 0x20 && pos[0] != 0x7f;
		case 2:
			return pos[0] != 0xc2 || pos[1] >= 0xa0;
		default:
			return TRUE;
	}
}

void utf8_print(FILE *out, const char *str, size_t max)
{
	const char *pos = str;
	size_t len, i;
	bool printable;

	while (*pos)
	{
		len = utf8_length(pos);
		printable = utf8_printable(pos, len);
		len = max(len, 1);
		if (pos + len > str + max)
		{
			fputs("...", out);
			break;
		}
		if (printable)
		{
			fwrite(pos, 1, len, out);
		}
		for (i = 0; i < len && !printable; i++)
		{
			fprintf(out, "\\x%02x", (u_char)pos[i]);
		}
		pos += len;
	}
}

void utf8_print_json(FILE *out, const char *str, size_t max)
{
	const char *pos = str;
	size_t len;

	fputc('"', out);
	while (*pos)
	{
		len = utf8_length(pos);
		if (max - (pos - str) < max(len, 1))
		{
			fputs("...", out);
			break;
		}
		if (*pos == '"' || *pos == '\\')
		{
			fprintf(out, "\\%c", *pos);
		}
		else if (utf8_printable(pos, len))
		{
			fwrite(pos, 1, len, out);
		}
		else
		{	/* of two bytes, the second has the value of a character of C1 */
			fprintf(out, "\\u%04x", (u_char)pos[len > 1]);
		}
		pos += max(len, 1);
	}
	fputc('"', out);
}

char *utf8_escape(const char *str, size_t max)
{
	char *escaped = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&escaped, &len);
	if (!out)
	{
		return strdup("");
	}
	utf8_print(out, str, max);
	fclose(out);
	return escaped;
}
