/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_notices.h"

#include <collections/hashtable.h>
#include <utils/debug.h>

void bypass_notices_add(array_t *notices, const char *fmt, ...)
{
	char line[BUF_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	array_insert(notices, ARRAY_TAIL, strdup(line));
}

void bypass_notices_log(array_t *notices, array_t *before)
{
	enumerator_t *enumerator;
	hashtable_t *known;
	char *line;

	known = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	enumerator = array_create_enumerator(before);
	while (enumerator->enumerate(enumerator, &line))
	{
		known->put(known, line, line);
	}
	enumerator->destroy(enumerator);

	enumerator = array_create_enumerator(notices);
	while (enumerator->enumerate(enumerator, &line))
	{
		if (!known->get(known, line))
		{
			DBG1(DBG_CFG, "bypass: %s", line);
		}
	}
	enumerator->destroy(enumerator);
	known->destroy(known);
}

void bypass_notices_destroy(array_t *notices)
{
	array_destroy_function(notices, (array_callback_t)free, NULL);
}
