/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_fragment.h"

#include <errno.h>

/*
 * Described in header
 */
bool filtermode_fragment_check(const char *file, u_int *line)
{
	bool quoted = FALSE;
	u_int depth = 0;

	for (*line = 1; *file; file++)
	{
		switch (*file)
		{
			case '\n':
				++*line;
				break;
			case '"':
				quoted = !quoted;
				break;
			case '#':
				if (!quoted)
				{
					file += strcspn(file, "\n") - 1;
				}
				break;
			case '{':
				depth += !quoted;
				break;
			case '}':
				if (!quoted && !depth--)
				{
					return FALSE;
				}
				break;
		}
	}
	return !depth && !quoted;
}

/**
 * Read the file and check that it stays within our table.
 *
 * @param buf		gets what is wrong
 * @return			content, to be freed; NULL if anything is wrong
 */
static char *read_file(const char *path, char *buf, size_t len)
{
	chunk_t *map;
	char *file;
	u_int line;

	map = chunk_map((char*)path, FALSE);
	if (!map)
	{
		snprintf(buf, len, "rules_file = \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	/* an empty file is mapped to nothing */
	file = strndup((char*)map->ptr ?: "", map->len);
	chunk_unmap(map);
	if (!filtermode_fragment_check(file, &line))
	{
		snprintf(buf, len, "rules_file = \"%s\": line %u: unbalanced brace or "
				 "quote", path, line);
		free(file);
		return NULL;
	}
	return file;
}

/*
 * Described in header
 */
bool filtermode_fragment_load(filtermode_settings_t *settings, const char *tun,
							  filtermode_ruleset_t **ruleset, char *buf,
							  size_t len)
{
	char *file = NULL;

	*ruleset = NULL;
	if (settings->mode == FILTERMODE_OFF)
	{
		return TRUE;
	}
	if (settings->mode == FILTERMODE_IPSEC && settings->rules_file)
	{
		file = read_file(settings->rules_file, buf, len);
		if (!file)
		{
			return FALSE;
		}
	}
	*ruleset = filtermode_ruleset_create(settings, file, tun);
	free(file);
	return TRUE;
}
