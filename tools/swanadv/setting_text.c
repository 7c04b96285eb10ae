/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_text.h"
#include "conf_lines.h"

#include <stdio.h>

/**
 * What a file begins with that wasn't there before.
 */
static const char header[] =
	"# What swanadv setting set has set, see swanadv(8). Lines of others and\n"
	"# comments stay.\n";

/**
 * A part of a text.
 */
typedef struct {
	bool found;
	size_t start;
	size_t content;
	size_t end;
} span_t;

/**
 * Find a key or section, the last of its path.
 *
 * @param blank			only a section that has nothing in it
 */
static span_t find(const char *file, const char *text, const char *path,
				   bool section, bool blank)
{
	conf_edit_t edit = { .file = file, .text = text };
	report_t *report = report_create();
	enumerator_t *enumerator;
	conf_lines_t *lines;
	conf_entry_t *entry;
	span_t span = {};
	size_t inside;

	lines = conf_lines_create(file, &edit, report);
	enumerator = lines->create_enumerator(lines);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (!entry->edited || !entry->end || !streq(entry->path, path) ||
			(entry->value == NULL) != section)
		{
			continue;
		}
		inside = strspn(text + entry->content, " \t\r\n");
		if (blank && (entry->content + inside + 1 != entry->end ||
					  entry->references))
		{
			continue;
		}
		span = (span_t){ TRUE, entry->start, entry->content, entry->end };
		while (!section && span.end > span.content &&
			   strchr(" \t\r", text[span.end - 1]))
		{	/* what is before a comment */
			span.end--;
		}
	}
	enumerator->destroy(enumerator);
	lines->destroy(lines);
	report_destroy(report);
	return span;
}

/**
 * Replace a part of a text.
 *
 * @return				to be freed
 */
static char *replace(const char *text, size_t start, size_t end,
					 const char *with)
{
	char *result;

	return asprintf(&result, "%.*s%s%s", (int)start, text, with,
					text + end) < 0 ? NULL : result;
}

/**
 * Cut a part of a text, and its lines if nothing else is in them.
 *
 * @return				to be freed
 */
static char *cut(const char *text, size_t start, size_t end)
{
	size_t first = start, last = end;

	while (first && strchr(" \t", text[first - 1]))
	{
		first--;
	}
	last += strspn(text + last, " \t\r");
	if ((!first || text[first - 1] == '\n') &&
		(!text[last] || text[last] == '\n'))
	{
		return replace(text, first, last + (text[last] == '\n'), "");
	}
	return replace(text, start, end, "");
}

/**
 * Write a value, in quotes if it needs them.
 */
static void write_value(FILE *out, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:/%*?!@ ";
	size_t len = strlen(value);

	if (len && !value[strspn(value, plain)] && *value != ' ' &&
		value[len - 1] != ' ' && !strstr(value, "  "))
	{
		fputs(value, out);
		return;
	}
	conf_lines_quote(out, value);
}

/**
 * Write what indents a line.
 */
static void indent(FILE *out, u_int depth)
{
	while (depth--)
	{
		fputc('\t', out);
	}
}

/**
 * Write a key with the sections that aren't there yet, each on lines of its
 * own.
 *
 * @param rest			the key without the sections that are there
 * @param depth			number of these
 */
static void write_nested(FILE *out, const char *rest, const char *value,
						 u_int depth)
{
	size_t len = strcspn(rest, ".");

	indent(out, depth);
	fprintf(out, "%.*s ", (int)len, rest);
	if (!rest[len])
	{
		fputs("= ", out);
		write_value(out, value);
		fputc('\n', out);
		return;
	}
	fputs("{\n", out);
	write_nested(out, rest + len + 1, value, depth + 1);
	indent(out, depth);
	fputs("}\n", out);
}

/**
 * Find the innermost section of a key that is there.
 *
 * @param rest			gets the key within it, all of it if there is none
 * @param depth			gets how deep it is
 */
static span_t find_section(const char *file, const char *text, const char *key,
						   const char **rest, u_int *depth)
{
	char *path = strdup(key), *dot, *pos;
	span_t span = {};

	*rest = key;
	*depth = 1;
	while (!span.found && (dot = strrchr(path, '.')))
	{
		*dot = '\0';
		span = find(file, text, path, TRUE, FALSE);
		*rest = span.found ? key + (dot - path) + 1 : key;
	}
	for (pos = path; *pos; pos++)
	{
		*depth += *pos == '.';
	}
	free(path);
	return span;
}

/**
 * Add a key.
 */
static char *add(const char *file, const char *text, const char *key,
				 const char *value)
{
	char *added = NULL, *result;
	const char *rest;
	size_t len, start, line;
	span_t span;
	u_int depth;
	FILE *out;

	out = open_memstream(&added, &len);
	span = find_section(file, text, key, &rest, &depth);
	start = strlen(text);
	if (!span.found)
	{
		fputs(!*text ? header : text[start - 1] == '\n' ? "" : "\n", out);
		write_nested(out, rest, value, 0);
	}
	else
	{	/* in the line of its brace, unless something else is there */
		line = start = span.end - 1;
		while (line > span.content && strchr(" \t", text[line - 1]))
		{
			line--;
		}
		if (text[line - 1] == '\n')
		{
			start = line;
			write_nested(out, rest, value, depth);
		}
		else
		{
			fputc('\n', out);
			write_nested(out, rest, value, depth);
			indent(out, depth - 1);
		}
	}
	fclose(out);
	result = replace(text, start, start, added);
	free(added);
	return result;
}

char *setting_text_set(const char *file, const char *text, const char *key,
					   const char *value)
{
	char *written = NULL, *result;
	span_t span;
	size_t len;
	FILE *out;

	span = find(file, text, key, FALSE, FALSE);
	if (!span.found)
	{
		return add(file, text, key, value);
	}
	out = open_memstream(&written, &len);
	fputc(' ', out);
	write_value(out, value);
	fclose(out);
	result = replace(text, span.content, span.end, written);
	free(written);
	return result;
}

char *setting_text_unset(const char *file, const char *text, const char *key)
{
	char *path = strdup(key), *result = strdup(text), *next, *dot;
	bool blank = FALSE;
	span_t span;

	while (TRUE)
	{
		span = find(file, result, path, blank, blank);
		if (!span.found && !blank)
		{
			span = find(file, result, path, TRUE, FALSE);
		}
		if (span.found)
		{
			next = cut(result, span.start, span.end);
			free(result);
			result = next;
			continue;
		}
		dot = strrchr(path, '.');
		if (!dot)
		{
			break;
		}
		*dot = '\0';
		blank = TRUE;
	}
	free(path);
	return result;
}
