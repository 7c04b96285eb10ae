/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_hours.h"

#include <ctype.h>

#define DAY (24 * 60)

/**
 * Read the name of a day.
 *
 * @param text			moved behind it
 * @return				-1 if there is none
 */
static int read_day(const char **text)
{
	static const char *const days[] = {
		"mon", "tue", "wed", "thu", "fri", "sat", "sun",
	};
	int i;

	for (i = 0; i < countof(days); i++)
	{
		if (strncasecmp(*text, days[i], strlen(days[i])) == 0)
		{
			*text += strlen(days[i]);
			return i;
		}
	}
	return -1;
}

/**
 * Read a time of the day.
 *
 * @param text			moved behind it
 * @return				minutes, -1 if there is none
 */
static int read_time(const char **text)
{
	const char *t = *text;
	int minutes;

	if (!isdigit((u_char)t[0]) || !isdigit((u_char)t[1]) || t[2] != ':' ||
		!isdigit((u_char)t[3]) || !isdigit((u_char)t[4]) || t[3] > '5')
	{
		return -1;
	}
	minutes = ((t[0] - '0') * 10 + t[1] - '0') * 60 + (t[3] - '0') * 10 +
			  t[4] - '0';
	*text += strlen("00:00");
	return minutes <= DAY ? minutes : -1;
}

/**
 * Read one thing, or two with a dash between.
 *
 * @param read			reads a thing
 * @param last			gets the second one, which is the first if there is none
 * @return				FALSE if there is none, or only half of it
 */
static bool read_range(const char **text, int (*read)(const char **text),
					   int *first, int *last)
{
	*first = *last = read(text);
	if (*first >= 0 && **text == '-')
	{
		(*text)++;
		*last = read(text);
	}
	return *first >= 0 && *last >= 0;
}

/**
 * Add a time of the day.
 */
static void add(accounting_hours_t *hours, int day, int from, int to)
{
	int i, minute;

	if (to <= from)
	{
		to += DAY;
	}
	for (i = from; i < to; i++)
	{
		minute = (day * DAY + i) % ACCOUNTING_HOURS_WEEK;
		hours->minutes[minute / 8] |= 1 << minute % 8;
	}
}

static void skip_spaces(const char **text)
{
	*text += strspn(*text, " \t");
}

/**
 * Read days, times or both, up to a comma or the end.
 */
static bool read_item(const char **text, accounting_hours_t *hours)
{
	int day = 0, last = 6, from = 0, to = DAY;
	bool days;

	days = isalpha((u_char)**text);
	if (days && !read_range(text, read_day, &day, &last))
	{
		return FALSE;
	}
	skip_spaces(text);
	if ((!days || (**text && **text != ',')) &&
		(!read_range(text, read_time, &from, &to) || from == to || from == DAY))
	{
		return FALSE;
	}
	add(hours, day, from, to);
	while (day != last)
	{
		day = (day + 1) % 7;
		add(hours, day, from, to);
	}
	return TRUE;
}

bool accounting_hours_parse(const char *text, accounting_hours_t *hours)
{
	*hours = (accounting_hours_t){};
	while (TRUE)
	{
		skip_spaces(&text);
		if (!read_item(&text, hours))
		{
			return FALSE;
		}
		skip_spaces(&text);
		if (!*text)
		{
			return TRUE;
		}
		if (*text++ != ',')
		{
			return FALSE;
		}
	}
}

uint32_t accounting_hours_left(const accounting_hours_t *hours,
							   const struct tm *now)
{
	int i, minute, at;

	at = (now->tm_wday + 6) % 7 * DAY + now->tm_hour * 60 + now->tm_min;
	for (i = 0; i < ACCOUNTING_HOURS_WEEK; i++)
	{
		minute = (at + i) % ACCOUNTING_HOURS_WEEK;
		if (!(hours->minutes[minute / 8] & 1 << minute % 8))
		{	/* a leap second is the last one's */
			return i ? i * 60 - min(now->tm_sec, 59) : 0;
		}
	}
	return UINT32_MAX;
}

void accounting_hours_now(struct tm *now)
{
	time_t seconds = time(NULL);

	localtime_r(&seconds, now);
}
