/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf_lines.h"

#include <collections/hashtable.h>

#include <glob.h>
#include <libgen.h>

typedef struct private_conf_lines_t private_conf_lines_t;
typedef struct scanner_t scanner_t;
typedef struct entry_t entry_t;

/**
 * Files that include each other.
 */
#define INCLUDES_MAX 10

/**
 * Size of names, with those of their sections.
 */
#define PATH_SIZE 1024

/**
 * What ends a name.
 */
#define NAME_END "#{}:,=\"\r\n\t "

struct private_conf_lines_t {
	conf_lines_t public;
	/** the first file */
	char *file;
	/** entry_t, by path */
	hashtable_t *entries;
};

/**
 * A key or section.
 */
struct entry_t {
	char *path;
	char *where;
};

/**
 * A file being read.
 */
struct scanner_t {
	private_conf_lines_t *this;
	const char *file;
	u_int line;
	/** what is left of it, ends with NUL */
	const char *pos;
	/** name of the section that is open, with those it is in, of PATH_SIZE */
	char *path;
	/** how many files have included each other to get here */
	u_int includes;
};

static void scan_file(private_conf_lines_t *this, const char *file, char *path,
					  u_int includes);

static void entry_destroy(entry_t *entry)
{
	if (entry)
	{
		free(entry->path);
		free(entry->where);
		free(entry);
	}
}

/**
 * Note where something is.
 */
static void note(scanner_t *scanner, const char *path)
{
	entry_t *entry;

	INIT(entry,
		.path = strdup(path),
	);
	if (asprintf(&entry->where, "%s:%u", scanner->file, scanner->line) < 0)
	{
		entry->where = NULL;
	}
	entry_destroy(scanner->this->entries->put(scanner->this->entries,
											  entry->path, entry));
}

/**
 * Skip to the end of the line, but not over it.
 */
static void skip_line(scanner_t *scanner)
{
	scanner->pos += strcspn(scanner->pos, "\n");
}

/**
 * Skip a quoted string, which may have several lines.
 */
static void skip_string(scanner_t *scanner)
{
	while (*++scanner->pos && *scanner->pos != '"')
	{
		if (*scanner->pos == '\\' && scanner->pos[1])
		{
			scanner->pos++;
		}
		scanner->line += *scanner->pos == '\n';
	}
	scanner->pos += *scanner->pos == '"';
}

/**
 * Skip a value, up to what ends it.
 */
static void skip_value(scanner_t *scanner)
{
	while (*scanner->pos && !strchr("#}\n", *scanner->pos))
	{
		if (*scanner->pos == '"')
		{
			skip_string(scanner);
		}
		else
		{
			scanner->pos++;
		}
	}
}

/**
 * Append a name to a path.
 *
 * @return			FALSE if it is too long
 */
static bool append(char *path, const char *name)
{
	size_t len = strlen(path);

	return snprintf(path + len, PATH_SIZE - len, "%s%s", len ? "." : "",
					name) < PATH_SIZE - len;
}

/**
 * Take the last name off a path.
 */
static void strip(char *path)
{
	char *dot = strrchr(path, '.');

	*(dot ?: path) = '\0';
}

/**
 * Read the files of an include statement.
 */
static void include(scanner_t *scanner)
{
	char pattern[PATH_SIZE], *dir, *copy;
	glob_t found;
	size_t len, i;

	scanner->pos += strspn(scanner->pos, " \t\"");
	len = strcspn(scanner->pos, "#}\n\t \"");
	copy = strdup(scanner->file);
	dir = dirname(copy);
	snprintf(pattern, sizeof(pattern), "%s%s%.*s",
			 *scanner->pos == '/' ? "" : dir, *scanner->pos == '/' ? "" : "/",
			 (int)len, scanner->pos);
	free(copy);
	skip_line(scanner);
	if (scanner->includes < INCLUDES_MAX && glob(pattern, 0, NULL, &found) == 0)
	{
		for (i = 0; i < found.gl_pathc; i++)
		{
			scan_file(scanner->this, found.gl_pathv[i], scanner->path,
					  scanner->includes + 1);
		}
		globfree(&found);
	}
}

/**
 * Read a name, and what it is the name of.
 *
 * @return			FALSE if nothing can be made of the rest
 */
static bool scan_name(scanner_t *scanner)
{
	char name[PATH_SIZE], path[PATH_SIZE];
	size_t len = strcspn(scanner->pos, NAME_END);

	if (len >= sizeof(name))
	{
		return FALSE;
	}
	memcpy(name, scanner->pos, len);
	name[len] = '\0';
	scanner->pos += len;
	if (streq(name, "include") && strchr(" \t", *scanner->pos))
	{
		include(scanner);
		return TRUE;
	}
	strcpy(path, scanner->path);
	if (!append(path, name))
	{
		return FALSE;
	}
	note(scanner, path);
	scanner->pos += strspn(scanner->pos, " \t\r");
	if (*scanner->pos == ':')
	{	/* sections that this one refers to */
		scanner->pos += strcspn(scanner->pos, "{\n");
	}
	if (*scanner->pos == '=')
	{
		scanner->pos++;
		skip_value(scanner);
	}
	else if (*scanner->pos == '{')
	{
		strcpy(scanner->path, path);
		scanner->pos++;
	}
	return TRUE;
}

/**
 * Read what is next.
 *
 * @return			FALSE at the end
 */
static bool scan(scanner_t *scanner)
{
	switch (*scanner->pos)
	{
		case '\0':
			return FALSE;
		case '\n':
			scanner->line++;
			scanner->pos++;
			return TRUE;
		case '#':
			skip_line(scanner);
			return TRUE;
		case '}':
			strip(scanner->path);
			scanner->pos++;
			return TRUE;
		default:
			if (strchr(NAME_END, *scanner->pos))
			{
				scanner->pos++;
				return TRUE;
			}
			return scan_name(scanner);
	}
}

/**
 * Read a file.
 */
static void scan_file(private_conf_lines_t *this, const char *file, char *path,
					  u_int includes)
{
	scanner_t scanner = {
		.this = this,
		.file = file,
		.line = 1,
		.path = path,
		.includes = includes,
	};
	chunk_t *mapped;
	char *content;

	mapped = chunk_map((char*)file, FALSE);
	if (mapped)
	{
		/* an empty file has no pointer */
		content = mapped->len ? strndup((char*)mapped->ptr, mapped->len)
							  : strdup("");
		chunk_unmap(mapped);
		scanner.pos = content;
		while (scan(&scanner))
		{
			/* scanned */
		}
		free(content);
	}
}

METHOD(conf_lines_t, find, const char*,
	private_conf_lines_t *this, const char *path)
{
	char current[PATH_SIZE];
	entry_t *entry;

	snprintf(current, sizeof(current), "%s", path);
	while (*current)
	{
		entry = this->entries->get(this->entries, current);
		if (entry && entry->where)
		{
			return entry->where;
		}
		strip(current);
	}
	return this->file;
}

/**
 * Destroy an entry, callback of hashtable_t.destroy_function().
 */
static void destroy_value(void *value, const void *key)
{
	entry_destroy(value);
}

METHOD(conf_lines_t, destroy, void,
	private_conf_lines_t *this)
{
	this->entries->destroy_function(this->entries, destroy_value);
	free(this->file);
	free(this);
}

conf_lines_t *conf_lines_create(const char *file)
{
	private_conf_lines_t *this;
	char path[PATH_SIZE] = "";

	INIT(this,
		.public = {
			.find = _find,
			.destroy = _destroy,
		},
		.file = strdup(file),
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									64),
	);
	scan_file(this, file, path, 0);
	return &this->public;
}
