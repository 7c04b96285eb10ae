/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_fragment.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

/**
 * Words that a statement must not start with. What nft reads by itself isn't
 * what was checked, and may be gone or another when the table is installed
 * again; flags of the table may have it filter nothing.
 */
static const struct {
	const char *word;
	/** whether it is about the table only, outside all braces */
	bool outside;
	const char *wrong;
} refused[] = {
	{ "include", FALSE, "no other file can be included" },
	{ "flags", TRUE, "our table can't have flags" },
};

/**
 * Check the word that a statement starts with.
 *
 * @return			what is wrong with it, NULL if nothing
 */
static const char *check_word(const char *word, u_int depth)
{
	size_t len;
	int i;

	for (i = 0; i < countof(refused); i++)
	{
		len = strlen(refused[i].word);
		if (strneq(word, refused[i].word, len) &&
			!isalnum((u_char)word[len]) && !(depth && refused[i].outside))
		{
			return refused[i].wrong;
		}
	}
	return NULL;
}

const char *filtermode_fragment_check(const char *file, u_int *line)
{
	static const char *unbalanced = "unbalanced brace or quote";
	bool quoted = FALSE, start = TRUE;
	const char *wrong;
	u_int depth = 0;

	for (*line = 1; *file; file++)
	{
		if (start && !quoted)
		{
			wrong = check_word(file, depth);
			if (wrong)
			{
				return wrong;
			}
		}
		start = strchr(start ? "\n;{} \t" : "\n;{}", *file) != NULL;
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
					return unbalanced;
				}
				break;
		}
	}
	return depth || quoted ? unbalanced : NULL;
}

/**
 * Read the file and check that it stays within our table.
 *
 * @param buf		gets what is wrong
 * @return			content, to be freed; NULL if anything is wrong
 */
static char *read_file(const char *path, char *buf, size_t len)
{
	const char *wrong;
	struct stat st;
	chunk_t *map;
	char *file;
	u_int line;

	/* others may have to be waited for, and the daemon would */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
	{
		snprintf(buf, len, "rules_file = \"%s\": not a regular file", path);
		return NULL;
	}
	map = chunk_map((char*)path, FALSE);
	if (!map)
	{
		snprintf(buf, len, "rules_file = \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	/* an empty file is mapped to nothing */
	file = strndup((char*)map->ptr ?: "", map->len);
	chunk_unmap(map);
	wrong = filtermode_fragment_check(file, &line);
	if (wrong)
	{
		snprintf(buf, len, "rules_file = \"%s\": line %u: %s", path, line,
				 wrong);
		free(file);
		return NULL;
	}
	return file;
}

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
