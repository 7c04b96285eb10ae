/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf_lines.h"

#include <collections/hashtable.h>

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct private_conf_lines_t private_conf_lines_t;
typedef struct scanner_t scanner_t;
typedef struct entry_t entry_t;
typedef struct open_t open_t;

/**
 * Files that include each other.
 */
#define INCLUDES_MAX 64

/**
 * Longest path of an entry; what is deeper is skipped.
 */
#define PATH_SIZE 1024

/**
 * Sections that refer to each other.
 */
#define REFERENCES_MAX 16

/**
 * Paths that a reference leads to; those of an endless one may grow.
 */
#define RESOLVED_MAX 1000

/**
 * What ends a name.
 */
#define NAME_END "#{}:.,=\"\r\n\t "

/**
 * What Windows puts before text.
 */
#define BOM "\xef\xbb\xbf"

struct private_conf_lines_t {
	conf_lines_t public;
	/** the first file */
	char *file;
	/** entry_t*, in the order of the files */
	array_t *all;
	/** entry_t*, the last of each path; those of all */
	hashtable_t *entries;
	/** open_t*, sections that aren't closed yet */
	array_t *open;
	/** the section whose closing brace is likely missing, NULL if not known */
	char *suspect;
	/** a file includes itself, further ones aren't read */
	bool looped;
	/** a file that has another text, NULL if none has, and what it is on
	 * disk, with no inode if it isn't there */
	conf_edit_t *edit;
	struct stat edited;
	report_t *report;
};

struct entry_t {
	conf_entry_t public;
	char *path;
	char *value;
	/** the value is NULL for charon */
	bool unset;
	char *references;
	char *where;
	/** references of all entries of its path, and fallbacks, or NULL */
	char *merged;
};

/**
 * An open section.
 */
struct open_t {
	/** NULL if it is too deep */
	char *path;
	char *where;
	/** it, NULL if it is too deep, and the file that opened it */
	entry_t *entry;
	scanner_t *scanner;
	/** blanks before it in its line, -1 if other things are there */
	int indent;
};

/**
 * A file being read.
 */
struct scanner_t {
	private_conf_lines_t *this;
	const char *file;
	/** the file that includes it, NULL if there is none */
	scanner_t *parent;
	/** what it is, by whatever path */
	dev_t dev;
	ino_t ino;
	u_int line;
	/** whether it has another text */
	bool edited;
	/** all of it, ends with NUL, and what is left of it */
	const char *start;
	const char *pos;
};

static void scan_file(private_conf_lines_t *this, const char *file,
					  scanner_t *parent);

static void entry_destroy(void *data, int idx, void *unused)
{
	entry_t *entry = data;

	free(entry->path);
	free(entry->value);
	free(entry->references);
	free(entry->where);
	free(entry->merged);
	free(entry);
}

static void open_destroy(open_t *open)
{
	free(open->path);
	free(open->where);
	free(open);
}

/**
 * Say where the scanner is: "file:line", to be freed.
 */
static char *get_where(scanner_t *scanner, u_int line)
{
	char *where;

	return asprintf(&where, "%s:%u", scanner->file, line) < 0 ? NULL : where;
}

/**
 * Remove a reference from a list.
 */
static void forget(char *list, const char *reference)
{
	size_t len = strlen(reference), count;
	char *pos;

	for (pos = list; pos && *pos;)
	{
		count = strcspn(pos, ",");
		if (count == len && strneq(pos, reference, len))
		{
			count += pos[count] == ',';
			memmove(pos, pos + count, strlen(pos + count) + 1);
			continue;
		}
		pos += count + (pos[count] == ',');
	}
}

/**
 * Have an entry's path refer to other sections, too, to each once.
 */
static void merge(entry_t *entry, const char *references)
{
	enumerator_t *enumerator;
	char *merged, *reference;

	enumerator = enumerator_create_token(references ?: "", ",", "");
	while (enumerator->enumerate(enumerator, &reference))
	{
		forget(entry->merged, reference);
		if (asprintf(&merged, "%s%s%s", entry->merged ?: "",
					 entry->merged && *entry->merged ? "," : "",
					 reference) >= 0)
		{
			free(entry->merged);
			entry->merged = merged;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Note where something is.
 *
 * @param path			path, may be NULL
 * @param value			value of a key, adopted
 * @param unset			whether it is NULL for charon
 * @param references	references of a section, adopted
 * @param start			where its name is
 * @param content		where what follows its = or { is
 * @return				NULL if it is skipped
 */
static entry_t *note(scanner_t *scanner, const char *path, const char *where,
					 char *value, bool unset, char *references,
					 const char *start, const char *content)
{
	private_conf_lines_t *this = scanner->this;
	entry_t *entry, *before;
	char *dot;

	if (!path || !where)
	{
		free(value);
		free(references);
		return NULL;
	}
	INIT(entry,
		.path = strdup(path),
		.value = value,
		.unset = unset,
		.references = references,
		.where = strdup(where),
	);
	dot = strrchr(entry->path, '.');
	entry->public = (conf_entry_t){
		.path = entry->path,
		.name = dot ? dot + 1 : entry->path,
		.value = value,
		.references = references,
		.where = entry->where,
		.edited = scanner->edited,
		.start = start - scanner->start,
		.content = content - scanner->start,
		.end = value ? scanner->pos - scanner->start : 0,
	};
	array_insert(this->all, ARRAY_TAIL, entry);
	before = this->entries->put(this->entries, entry->path, entry);
	merge(entry, before ? before->merged : NULL);
	merge(entry, references);
	return entry;
}

/**
 * Skip to the end of the line, but not over it.
 */
static void skip_line(scanner_t *scanner)
{
	scanner->pos += strcspn(scanner->pos, "\n");
}

/**
 * Skip blanks, newlines and comments.
 */
static void skip_blanks(scanner_t *scanner)
{
	while (*scanner->pos && strchr("# \t\r\n", *scanner->pos))
	{
		if (*scanner->pos == '#')
		{
			skip_line(scanner);
		}
		else
		{
			scanner->line += *scanner->pos++ == '\n';
		}
	}
}

/**
 * Read a quoted string, which may have several lines.
 */
static void read_string(scanner_t *scanner, FILE *out)
{
	char current;

	scanner->pos++;
	while (*scanner->pos && *scanner->pos != '"')
	{
		current = *scanner->pos++;
		if (current == '\\' && *scanner->pos)
		{
			current = *scanner->pos++;
			if (current == '\r' && *scanner->pos == '\n')
			{
				current = *scanner->pos++;
			}
			if (current == '\n')
			{	/* merges lines */
				scanner->line++;
				continue;
			}
			switch (current)
			{
				case 'n':
					current = '\n';
					break;
				case 'r':
					current = '\r';
					break;
				case 't':
					current = '\t';
					break;
			}
		}
		else if (current == '\r')
		{
			continue;
		}
		scanner->line += current == '\n' && scanner->pos[-1] == '\n';
		fputc(current, out);
	}
	scanner->pos += *scanner->pos == '"';
}

/**
 * Read a value, up to what ends it, to be freed.
 *
 * @param unset			gets whether there is none
 */
static char *read_value(scanner_t *scanner, bool *unset)
{
	char *value = NULL;
	size_t len;
	FILE *out;
	bool more = FALSE;

	out = open_memstream(&value, &len);
	while (*scanner->pos && !strchr("#}\n", *scanner->pos))
	{
		if (strchr(" \t\r", *scanner->pos))
		{
			scanner->pos++;
			continue;
		}
		if (more)
		{
			fputc(' ', out);
		}
		more = TRUE;
		if (*scanner->pos == '"')
		{
			read_string(scanner, out);
		}
		else
		{
			len = strcspn(scanner->pos, "#}\"\r\n\t ");
			fwrite(scanner->pos, 1, len, out);
			scanner->pos += len;
		}
	}
	fclose(out);
	*unset = !more;
	return value;
}

/**
 * Read the pattern of an include statement, to be freed.
 */
static char *read_pattern(scanner_t *scanner)
{
	char *pattern = NULL;
	size_t len;
	FILE *out;

	scanner->pos += strspn(scanner->pos, " \t");
	out = open_memstream(&pattern, &len);
	while (*scanner->pos && !strchr("#}\n\t ", *scanner->pos))
	{
		if (*scanner->pos == '"')
		{
			read_string(scanner, out);
			break;
		}
		if (*scanner->pos == '\\' && scanner->pos[1] &&
			strchr("\"#} ", scanner->pos[1]))
		{
			scanner->pos++;
		}
		if (*scanner->pos != '\r')
		{
			fputc(*scanner->pos, out);
		}
		scanner->pos++;
	}
	fclose(out);
	return pattern;
}

/**
 * Will a pattern match the edited file, which isn't there yet?
 */
static bool is_edited(private_conf_lines_t *this, const char *pattern)
{
	return this->edit && !this->edited.st_ino && pattern &&
		   fnmatch(pattern, this->edit->file, FNM_PATHNAME | FNM_PERIOD) == 0;
}

/**
 * Read the files that a pattern matches, and the edited one in its place if it
 * isn't there yet.
 */
static void include_all(scanner_t *scanner, const char *pattern, char *found[],
						size_t count)
{
	private_conf_lines_t *this = scanner->this;
	const char *edited = NULL;
	size_t i;

	if (is_edited(this, pattern))
	{
		edited = this->edit->file;
	}
	for (i = 0; i < count; i++)
	{
		if (edited && strcoll(edited, found[i]) < 0)
		{
			scan_file(this, edited, scanner);
			edited = NULL;
		}
		scan_file(this, found[i], scanner);
	}
	if (edited)
	{
		scan_file(this, edited, scanner);
	}
}

/**
 * Read the files of an include statement.
 */
static void include(scanner_t *scanner)
{
	char *pattern, *path = NULL, *copy, *where;
	glob_t found;
	int status;

	where = get_where(scanner, scanner->line);
	pattern = read_pattern(scanner);
	copy = strdup(scanner->file);
	if (!*pattern ||
		asprintf(&path, "%s%s%s", *pattern == '/' ? "" : dirname(copy),
				 *pattern == '/' ? "" : "/", pattern) < 0)
	{
		path = NULL;
	}
	status = path ? glob(path, GLOB_ERR, NULL, &found) : GLOB_NOMATCH;
	if (status == 0)
	{
		include_all(scanner, path, found.gl_pathv, found.gl_pathc);
		globfree(&found);
	}
	else if (status == GLOB_ABORTED && errno != ENOENT && errno != ENOTDIR)
	{
		report_add(scanner->this->report, FINDING_UNREADABLE, where, NULL,
				   "include %s: can't be read: %s", pattern, strerror(errno));
	}
	else if (is_edited(scanner->this, path))
	{
		include_all(scanner, path, NULL, 0);
	}
	else if (path && !path[strcspn(path, "*?[")])
	{
		report_add(scanner->this->report, FINDING_WARNING, where, NULL,
				   "include %s: there is no such file", pattern);
	}
	else if (!path)
	{
		report_add(scanner->this->report, FINDING_WARNING, where, NULL,
				   "include: expected a file or pattern");
	}
	free(path);
	free(copy);
	free(pattern);
	free(where);
}

/**
 * Get the path of something in the section that is open, to be freed, NULL if
 * it is too long.
 */
static char *get_path(private_conf_lines_t *this, const char *name, size_t len)
{
	open_t *open = NULL;
	const char *parent = "";
	char *path;

	array_get(this->open, ARRAY_TAIL, &open);
	if (open)
	{
		parent = open->path;
	}
	if (!parent || strlen(parent) + len + 2 > PATH_SIZE ||
		asprintf(&path, "%s%s%.*s", parent, *parent ? "." : "", (int)len,
				 name) < 0)
	{
		return NULL;
	}
	return path;
}

/**
 * Count the blanks before something in its line.
 *
 * @return				-1 if there are other things
 */
static int get_indent(scanner_t *scanner, const char *pos)
{
	const char *start = pos;

	while (start > scanner->start && start[-1] != '\n')
	{
		if (!strchr(" \t", *--start))
		{
			return -1;
		}
	}
	return pos - start;
}

/**
 * Open a section.
 *
 * @param path			its path, adopted, may be NULL
 * @param where			where its name is, adopted
 * @param entry			what is noted of it, NULL if nothing is
 * @param pos			its name in the file
 */
static void open_section(scanner_t *scanner, char *path, char *where,
						 entry_t *entry, const char *pos)
{
	open_t *open;

	INIT(open,
		.path = path,
		.where = where,
		.entry = entry,
		.scanner = scanner,
		.indent = get_indent(scanner, pos),
	);
	array_insert(scanner->this->open, ARRAY_TAIL, open);
}

/**
 * Close the section that was opened last. A brace less far to the right than
 * the section's name was meant for another one.
 */
static void close_section(scanner_t *scanner)
{
	private_conf_lines_t *this = scanner->this;
	open_t *open;
	int indent;

	if (array_remove(this->open, ARRAY_TAIL, &open))
	{
		indent = get_indent(scanner, scanner->pos);
		if (!this->suspect && indent != -1 && indent < open->indent)
		{
			this->suspect = strdup(open->where);
		}
		if (open->entry && open->scanner == scanner)
		{
			open->entry->public.end = scanner->pos + 1 - scanner->start;
		}
		open_destroy(open);
	}
}

/**
 * Read the names of sections that one refers to, to be freed.
 */
static char *read_references(scanner_t *scanner)
{
	char *references = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&references, &len);
	while (*scanner->pos && !strchr("{}=\"", *scanner->pos))
	{
		if (strchr("# \t\r\n", *scanner->pos))
		{
			skip_blanks(scanner);
		}
		else
		{
			fputc(*scanner->pos++, out);
		}
	}
	fclose(out);
	return references;
}

/**
 * Read a name, and what it is the name of.
 */
static void scan_name(scanner_t *scanner)
{
	const char *name = scanner->pos, *content;
	char *path, *where, *value, *references = NULL;
	size_t len = strcspn(name, NAME_END);
	entry_t *entry;
	bool unset;

	scanner->pos += len;
	if (len == strlen("include") && strneq(name, "include", len) &&
		*scanner->pos && strchr(" \t", *scanner->pos) && scanner->pos[1] != '=')
	{
		include(scanner);
		return;
	}
	where = get_where(scanner, scanner->line);
	path = get_path(scanner->this, name, len);
	skip_blanks(scanner);
	if (*scanner->pos == ':')
	{
		scanner->pos++;
		references = read_references(scanner);
	}
	if (*scanner->pos == '=' && !references)
	{
		content = ++scanner->pos;
		value = read_value(scanner, &unset);
		note(scanner, path, where, value, unset, NULL, name, content);
	}
	else if (*scanner->pos == '{')
	{
		scanner->pos++;
		entry = note(scanner, path, where, NULL, FALSE, references, name,
					 scanner->pos);
		open_section(scanner, path, where, entry, name);
		return;
	}
	else
	{
		free(references);
	}
	free(path);
	free(where);
}

/**
 * Read what is next.
 */
static void scan(scanner_t *scanner)
{
	if (strchr("# \t\r\n", *scanner->pos))
	{
		skip_blanks(scanner);
	}
	else if (*scanner->pos == '}')
	{
		close_section(scanner);
		scanner->pos++;
	}
	else if (strchr(NAME_END, *scanner->pos))
	{
		scanner->pos++;
	}
	else
	{
		scan_name(scanner);
	}
}

/**
 * May a file be read? As charon, only if it is a regular one.
 */
static bool is_readable(scanner_t *this)
{
	report_t *report = this->this->report;
	scanner_t *scanner;
	struct stat st;
	char *where;
	u_int depth = 0;

	if (stat(this->file, &st) != 0)
	{
		return TRUE;
	}
	this->dev = st.st_dev;
	this->ino = st.st_ino;
	for (scanner = this->parent; scanner; scanner = scanner->parent)
	{
		if ((scanner->dev == st.st_dev && scanner->ino == st.st_ino) ||
			++depth == INCLUDES_MAX)
		{
			where = get_where(this->parent, this->parent->line);
			report_add(report, FINDING_UNREADABLE, where, NULL,
					   "include: '%s' includes itself", this->file);
			free(where);
			this->this->looped = TRUE;
			return FALSE;
		}
	}
	if (S_ISREG(st.st_mode))
	{
		return TRUE;
	}
	if (S_ISFIFO(st.st_mode))
	{
		report_add(report, FINDING_UNREADABLE, this->file, NULL,
				   "is a pipe, which charon waits for");
	}
	return FALSE;
}

/**
 * Say where a file isn't text.
 */
static void report_nul(scanner_t *scanner, chunk_t content)
{
	u_char *nul = memchr(content.ptr ?: (u_char*)"", '\0', content.len), *pos;
	u_int line = 1;
	char *where;

	if (nul)
	{
		for (pos = content.ptr; pos < nul; pos++)
		{
			line += *pos == '\n';
		}
		where = get_where(scanner, line);
		report_add(scanner->this->report, FINDING_ERROR, where, NULL,
				   "a NUL byte is in the text; expected UTF-8");
		free(where);
	}
}

/**
 * Get a file's text.
 *
 * @return				to be freed, NULL if it can't be read
 */
static char *get_text(scanner_t *scanner)
{
	private_conf_lines_t *this = scanner->this;
	chunk_t *mapped;
	char *text;

	if (scanner->edited)
	{
		this->edit->read++;
		this->edit->nested |= array_count(this->open) != 0;
		return strdup(this->edit->text);
	}
	mapped = chunk_map((char*)scanner->file, FALSE);
	if (!mapped)
	{
		report_add(this->report, FINDING_UNREADABLE, scanner->file, NULL,
				   "can't be read: %s", strerror(errno));
		return NULL;
	}
	report_nul(scanner, *mapped);
	/* an empty file has no pointer */
	text = mapped->len ? strndup((char*)mapped->ptr, mapped->len) : strdup("");
	chunk_unmap(mapped);
	return text;
}

/**
 * Read a file.
 */
static void scan_file(private_conf_lines_t *this, const char *file,
					  scanner_t *parent)
{
	scanner_t scanner = {
		.this = this,
		.file = file,
		.parent = parent,
		.line = 1,
	};
	char *content, *where;

	if (this->looped || !is_readable(&scanner))
	{
		return;
	}
	scanner.edited = this->edit && (this->edited.st_ino
							? this->edited.st_ino == scanner.ino &&
							  this->edited.st_dev == scanner.dev
							: streq(file, this->edit->file));
	content = get_text(&scanner);
	if (!content)
	{
		return;
	}
	scanner.start = scanner.pos = content;
	if (strpfx(content, BOM))
	{
		where = get_where(&scanner, 1);
		report_add(this->report, FINDING_ERROR, where, NULL, "a byte order "
				   "mark is before the text, and makes charon overlook the "
				   "first name; expected UTF-8 without it");
		free(where);
		scanner.pos += strlen(BOM);
	}
	while (*scanner.pos)
	{
		scan(&scanner);
	}
	free(content);
}

/**
 * Look for what a section refers to: path starts with the section's.
 *
 * @param visited		char*, paths that were looked for before
 */
static entry_t *lookup_next(private_conf_lines_t *this, const char *path,
							hashtable_t *visited, u_int depth)
{
	entry_t *entry, *section;
	enumerator_t *enumerator;
	char *parent, *dot, *reference, *other;

	entry = this->entries->get(this->entries, path);
	if (entry || depth == REFERENCES_MAX || visited->get(visited, path))
	{
		return entry;
	}
	parent = strdup(path);
	visited->put(visited, parent, parent);
	parent = strdup(path);
	while (!entry && (dot = strrchr(parent, '.')))
	{
		*dot = '\0';
		section = this->entries->get(this->entries, parent);
		if (!section || !section->merged)
		{
			continue;
		}
		enumerator = enumerator_create_token(section->merged, ",", "");
		while (!entry && enumerator->enumerate(enumerator, &reference))
		{
			if (asprintf(&other, "%s%s", reference,
						 path + strlen(parent)) >= 0)
			{
				entry = strlen(other) < PATH_SIZE
							? lookup_next(this, other, visited, depth + 1)
							: NULL;
				free(other);
			}
		}
		enumerator->destroy(enumerator);
	}
	free(parent);
	return entry;
}

static void free_path(void *path, const void *key)
{
	free(path);
}

/**
 * Look for an entry in its section, and what this refers to.
 */
static entry_t *lookup(private_conf_lines_t *this, const char *path)
{
	hashtable_t *visited;
	entry_t *entry;

	visited = hashtable_create(hashtable_hash_str, hashtable_equals_str, 4);
	entry = lookup_next(this, path, visited, 0);
	visited->destroy_function(visited, free_path);
	return entry;
}

METHOD(conf_lines_t, get, conf_entry_t*,
	private_conf_lines_t *this, const char *path)
{
	entry_t *entry = lookup(this, path);

	return entry ? &entry->public : NULL;
}

METHOD(conf_lines_t, find, const char*,
	private_conf_lines_t *this, const char *path)
{
	char *current, *dot;
	entry_t *entry;

	current = strdup(path);
	while (!(entry = lookup(this, current)) &&
		   (dot = strrchr(current, '.')))
	{
		*dot = '\0';
	}
	free(current);
	return entry ? entry->where : this->file;
}

METHOD(conf_lines_t, add_fallback, void,
	private_conf_lines_t *this, const char *section, const char *fallback)
{
	entry_t *entry = this->entries->get(this->entries, section);

	if (entry)
	{
		merge(entry, fallback);
	}
}

/**
 * Does resolving a reference lead back into a section, so that libstrongswan
 * resolves it again? It resolves those of all sections on the way.
 *
 * @param visited		char*, paths that were looked at before
 */
static bool leads_into(private_conf_lines_t *this, const char *path,
					   const char *section, hashtable_t *visited)
{
	enumerator_t *enumerator;
	entry_t *entry;
	char *parent, *reference, *other;
	size_t len = strlen(section);
	bool found;

	found = (strneq(path, section, len) && path[len] == '.') ||
			visited->get_count(visited) == RESOLVED_MAX;
	if (found || visited->get(visited, path) || strlen(path) > PATH_SIZE)
	{
		return found;
	}
	parent = strdup(path);
	visited->put(visited, parent, parent);
	for (len = strlen(path); !found && len; len--)
	{
		if (path[len] && path[len] != '.')
		{
			continue;
		}
		parent = strndup(path, len);
		entry = this->entries->get(this->entries, parent);
		free(parent);
		enumerator = enumerator_create_token(entry && entry->merged
											 ? entry->merged : "", ",", "");
		while (!found && enumerator->enumerate(enumerator, &reference))
		{
			found = leads_into(this, reference, section, visited);
			if (!found && asprintf(&other, "%s%s", reference, path + len) >= 0)
			{
				found = leads_into(this, other, section, visited);
				free(other);
			}
		}
		enumerator->destroy(enumerator);
	}
	return found;
}

METHOD(conf_lines_t, check_references, void,
	private_conf_lines_t *this)
{
	enumerator_t *enumerator, *tokens;
	hashtable_t *visited;
	entry_t *entry, *last;
	char *reference;
	bool found;

	enumerator = array_create_enumerator(this->all);
	while (enumerator->enumerate(enumerator, &entry))
	{
		last = this->entries->get(this->entries, entry->path);
		tokens = enumerator_create_token(entry->references ?: "", ",", "");
		while (tokens->enumerate(tokens, &reference))
		{
			visited = hashtable_create(hashtable_hash_str,
									   hashtable_equals_str, 4);
			found = strchr(reference, '%') ||
					leads_into(this, reference, entry->path, visited);
			visited->destroy_function(visited, free_path);
			if (found)
			{
				report_add(this->report, FINDING_UNREADABLE, entry->where, NULL,
						   "%s : %s: %s, which crashes charon",
						   entry->public.name, reference,
						   strchr(reference, '%')
								? "a % is in the name of a section"
								: "leads back to itself");
				forget(entry->references, reference);
				forget(last->merged, reference);
			}
		}
		tokens->destroy(tokens);
	}
	enumerator->destroy(enumerator);
}

METHOD(conf_lines_t, is_referenced, bool,
	private_conf_lines_t *this, const char *path)
{
	enumerator_t *enumerator, *tokens;
	conf_entry_t *entry;
	char *reference;
	size_t len;
	bool found = FALSE;

	enumerator = array_create_enumerator(this->all);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		if (entry->references)
		{
			tokens = enumerator_create_token(entry->references, ",", "");
			while (tokens->enumerate(tokens, &reference))
			{
				len = strlen(reference);
				found |= strneq(path, reference, len) &&
						 (!path[len] || path[len] == '.');
			}
			tokens->destroy(tokens);
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(conf_lines_t, create_enumerator_, enumerator_t*,
	private_conf_lines_t *this)
{
	return array_create_enumerator(this->all);
}

void conf_lines_quote(FILE *out, const char *value)
{
	static const char *const escapes[256] = {
		['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t",
		['"'] = "\\\"", ['\\'] = "\\\\",
	};

	fputc('"', out);
	for (; *value; value++)
	{
		if (escapes[(u_char)*value])
		{
			fputs(escapes[(u_char)*value], out);
		}
		else
		{
			fputc(*value, out);
		}
	}
	fputc('"', out);
}

METHOD(conf_lines_t, write_, char*,
	private_conf_lines_t *this)
{
	enumerator_t *enumerator, *names;
	entry_t *entry;
	bool refers;
	char *text = NULL, *name;
	u_int depth;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	enumerator = array_create_enumerator(this->all);
	while (enumerator->enumerate(enumerator, &entry))
	{
		depth = 0;
		names = enumerator_create_token(entry->path, ".", "");
		while (names->enumerate(names, &name))
		{
			fprintf(out, "%s%s", depth++ ? " {\n" : "", name);
		}
		names->destroy(names);
		if (entry->value)
		{
			fputs(" = ", out);
			if (!entry->unset)
			{
				conf_lines_quote(out, entry->value);
			}
			depth--;
		}
		else
		{
			refers = entry->references && *entry->references;
			fprintf(out, "%s%s {", refers ? " : " : "",
					refers ? entry->references : "");
		}
		fputc('\n', out);
		while (depth--)
		{
			fputs("}\n", out);
		}
	}
	enumerator->destroy(enumerator);
	fclose(out);
	return text;
}

METHOD(conf_lines_t, destroy, void,
	private_conf_lines_t *this)
{
	array_destroy_function(this->all, entry_destroy, NULL);
	this->entries->destroy(this->entries);
	array_destroy(this->open);
	free(this->file);
	free(this);
}

/**
 * Say which sections aren't closed: the one whose brace is likely missing, or
 * else the innermost one.
 */
static void report_open(private_conf_lines_t *this)
{
	open_t *open;

	if (array_get(this->open, ARRAY_TAIL, &open))
	{
		report_add(this->report, FINDING_ERROR, this->suspect ?: open->where,
				   NULL, "a section that begins here isn't closed, expected }");
	}
	while (array_remove(this->open, ARRAY_TAIL, &open))
	{
		open_destroy(open);
	}
	free(this->suspect);
}

conf_lines_t *conf_lines_create(const char *file, conf_edit_t *edit,
								report_t *report)
{
	private_conf_lines_t *this;

	INIT(this,
		.public = {
			.get = _get,
			.find = _find,
			.add_fallback = _add_fallback,
			.check_references = _check_references,
			.is_referenced = _is_referenced,
			.create_enumerator = _create_enumerator_,
			.write = _write_,
			.destroy = _destroy,
		},
		.file = strdup(file),
		.all = array_create(0, 0),
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									64),
		.open = array_create(0, 0),
		.edit = edit,
		.report = report,
	);
	if (edit && stat(edit->file, &this->edited) != 0)
	{
		this->edited.st_ino = 0;
	}
	scan_file(this, file, NULL);
	report_open(this);
	return &this->public;
}
