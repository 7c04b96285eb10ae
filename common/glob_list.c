/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "glob_list.h"

#include <ctype.h>
#include <fnmatch.h>

typedef struct private_glob_list_t private_glob_list_t;
typedef struct pattern_t pattern_t;

/**
 * A pattern of the list.
 */
struct pattern_t {
	char *str;
	bool negated;
};

struct private_glob_list_t {
	glob_list_t public;
	/** patterns, as pattern_t */
	array_t *patterns;
	/** are all patterns negated? */
	bool all_negated;
};

/**
 * Does a string match a pattern?
 */
static bool fits(pattern_t *pattern, const char *str)
{
	/* a backslash is none of ours, as in DOMAIN\user */
	return fnmatch(pattern->str, str, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

METHOD(glob_list_t, matches, bool,
	private_glob_list_t *this, const char *str)
{
	pattern_t pattern;
	bool matches = this->all_negated;
	int i;

	for (i = 0; array_get(this->patterns, i, &pattern); i++)
	{
		if (fits(&pattern, str))
		{
			if (pattern.negated)
			{
				return FALSE;
			}
			matches = TRUE;
		}
	}
	return matches;
}

METHOD(glob_list_t, matches_any, bool,
	private_glob_list_t *this, array_t *strs)
{
	bool found = FALSE;
	char *str;
	int i;

	for (i = 0; !found && array_get(strs, i, &str); i++)
	{
		found = matches(this, str);
	}
	return found;
}

METHOD(glob_list_t, excludes_any, bool,
	private_glob_list_t *this, array_t *strs)
{
	pattern_t pattern;
	char *str;
	int i, j;

	for (i = 0; array_get(this->patterns, i, &pattern); i++)
	{
		for (j = 0; pattern.negated && array_get(strs, j, &str); j++)
		{
			if (fits(&pattern, str))
			{
				return TRUE;
			}
		}
	}
	return FALSE;
}

METHOD(glob_list_t, matches_names, bool,
	private_glob_list_t *this, array_t *strs)
{
	return !excludes_any(this, strs) && matches_any(this, strs);
}

CALLBACK(pattern_filter, bool,
	void *unused, enumerator_t *orig, va_list args)
{
	pattern_t *pattern;
	const char **str;
	bool *negated;

	VA_ARGS_VGET(args, str, negated);

	if (orig->enumerate(orig, &pattern))
	{
		*str = pattern->str;
		*negated = pattern->negated;
		return TRUE;
	}
	return FALSE;
}

METHOD(glob_list_t, create_enumerator, enumerator_t*,
	private_glob_list_t *this)
{
	return enumerator_create_filter(array_create_enumerator(this->patterns),
									pattern_filter, NULL, NULL);
}

CALLBACK(pattern_destroy, void,
	pattern_t *pattern, int idx, void *unused)
{
	free(pattern->str);
}

METHOD(glob_list_t, destroy, void,
	private_glob_list_t *this)
{
	array_destroy_function(this->patterns, pattern_destroy, NULL);
	free(this);
}

/**
 * Advance over white space.
 */
static const char *skip_space(const char *pos)
{
	while (isspace((u_char)*pos))
	{
		pos++;
	}
	return pos;
}

/**
 * Is there a [ that no ] ends? fnmatch() would take it literally.
 */
static bool has_open_bracket(const char *pos)
{
	while ((pos = strchr(pos, '[')))
	{
		pos++;
		pos += *pos == '!' || *pos == '^';
		/* at the start, ] is a member of the set */
		pos += *pos == ']';
		pos = strchr(pos, ']');
		if (!pos)
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Copy the quoted pattern at a position and advance behind its quotes.
 *
 * @return		pattern, NULL if the quotes don't end
 */
static char *copy_quoted(const char **pos)
{
	const char *from = *pos + 1;
	char *copy = malloc(strlen(from) + 1), *to = copy;

	for (; *from && (*from != '\'' || from[1] == '\''); from++)
	{
		from += *from == '\'';
		*to++ = *from;
	}
	if (!*from)
	{
		free(copy);
		return NULL;
	}
	*to = '\0';
	*pos = from + 1;
	return copy;
}

/**
 * Copy the pattern at a position and advance to the comma or end after it.
 *
 * @return		pattern, NULL if bad is set
 */
static char *copy_pattern(const char **pos, const char **bad)
{
	const char *start = *pos, *end;
	char *copy;

	if (*start != '\'')
	{
		*pos = end = start + strcspn(start, ",");
		while (end > start && isspace((u_char)end[-1]))
		{
			end--;
		}
		return strndup(start, end - start);
	}
	copy = copy_quoted(pos);
	if (!copy)
	{
		*bad = "unbalanced quote";
		return NULL;
	}
	*pos = skip_space(*pos);
	if (**pos && **pos != ',')
	{
		*bad = "text after a quoted pattern";
		free(copy);
		return NULL;
	}
	return copy;
}

/**
 * Is this, without quotes, what a distinguished name consists of?
 */
static bool is_rdn(const char *pos)
{
	size_t len = 0;

	while (isalnum((u_char)pos[len]) || pos[len] == '.')
	{
		len++;
	}
	return len && pos[len] == '=';
}

/**
 * Add the pattern at a position and advance to the comma or end after it.
 *
 * @param after_rdn	is the one before part of a distinguished name? Updated
 * @return			FALSE if bad is set
 */
static bool add_pattern(private_glob_list_t *this, const char **pos,
						bool *after_rdn, const char **bad)
{
	pattern_t pattern = {};
	bool rdn;

	*pos = skip_space(*pos);
	if (**pos == '!')
	{
		pattern.negated = TRUE;
		*pos = skip_space(*pos + 1);
	}
	rdn = is_rdn(*pos);
	pattern.str = copy_pattern(pos, bad);
	if (!pattern.str)
	{
		return FALSE;
	}
	array_insert(this->patterns, ARRAY_TAIL, &pattern);
	this->all_negated = this->all_negated && pattern.negated;

	if (!*pattern.str)
	{
		*bad = "empty pattern";
		return FALSE;
	}
	if (has_open_bracket(pattern.str))
	{
		*bad = "unbalanced bracket";
		return FALSE;
	}
	if (rdn && *after_rdn)
	{
		*bad = "distinguished names without single quotes";
		return FALSE;
	}
	*after_rdn = rdn;
	return TRUE;
}

glob_list_t *glob_list_create(const char *str, const char **bad)
{
	private_glob_list_t *this;
	bool after_rdn = FALSE;

	INIT(this,
		.public = {
			.matches = _matches,
			.matches_any = _matches_any,
			.excludes_any = _excludes_any,
			.matches_names = _matches_names,
			.create_enumerator = _create_enumerator,
			.destroy = _destroy,
		},
		.patterns = array_create(sizeof(pattern_t), 0),
		.all_negated = TRUE,
	);

	do
	{
		if (!add_pattern(this, &str, &after_rdn, bad))
		{
			destroy(this);
			return NULL;
		}
	}
	while (*str++ == ',');

	return &this->public;
}

char *glob_list_quote(const char *pattern)
{
	const char *from = skip_space(pattern);
	char *quoted, *to;
	bool negated;

	negated = *from == '!';
	from = skip_space(from + negated);
	if (*from == '\'' || !strpbrk(from, ",="))
	{
		return strdup(pattern);
	}
	to = quoted = malloc(2 * strlen(from) + 4);
	if (negated)
	{
		*to++ = '!';
	}
	*to++ = '\'';
	for (; *from; from++)
	{
		if (*from == '\'')
		{
			*to++ = '\'';
		}
		*to++ = *from;
	}
	*to++ = '\'';
	*to = '\0';
	return quoted;
}
