/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "print.h"
#include "fields.h"

#include <utf8.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/**
 * What went wrong, if it is to be printed as JSON, NULL if not.
 */
static node_t *complaints;

void print_text(FILE *out, const char *text)
{
	utf8_print(out, text, strlen(text));
}

/**
 * Is this how JSON writes a number, as charon does?
 */
static bool is_number(const char *text)
{
	size_t len = strlen(text);

	return len && strspn(text, "0123456789") == len &&
		   (*text != '0' || len == 1);
}

/**
 * Print a value as JSON. If it isn't of its type, as it is from another version
 * of charon's plugins, it is text.
 */
static void print_value(FILE *out, const char *value, field_type_t type)
{
	if (type == FIELD_NUMBER && is_number(value))
	{
		fputs(value, out);
	}
	else if (type == FIELD_FLAG && (streq(value, "yes") || streq(value, "no")))
	{
		fputs(streq(value, "yes") ? "true" : "false", out);
	}
	else
	{
		utf8_print_json(out, value, SIZE_MAX);
	}
}

/**
 * Print a tree as JSON.
 *
 * @param type		type of its value
 */
static void print_typed(FILE *out, node_t *node, field_type_t type)
{
	bool numbers = node->kind == NODE_SECTION &&
				   field_type(node->name) == FIELD_NUMBERS;
	node_t *child;
	int i;

	if (node->kind == NODE_VALUE)
	{
		print_value(out, node->value, type);
		return;
	}
	fputc(node->kind == NODE_SECTION ? '{' : '[', out);
	for (i = 0; i < array_count(node->children); i++)
	{
		array_get(node->children, i, &child);
		fputs(i ? ", " : "", out);
		if (node->kind == NODE_SECTION)
		{
			utf8_print_json(out, child->name, SIZE_MAX);
			fputs(": ", out);
		}
		print_typed(out, child, numbers ? FIELD_NUMBER
										: field_type(child->name));
	}
	fputc(node->kind == NODE_SECTION ? '}' : ']', out);
}

void print_json(FILE *out, node_t *node)
{
	print_typed(out, node, FIELD_TEXT);
}

void print_document(node_t *node)
{
	print_json(stdout, node);
	putchar('\n');
}

/**
 * Write a value, a list or a section, on one line.
 *
 * @param separator		what separates items
 */
static void write_cell(FILE *out, node_t *node, const char *separator)
{
	node_t *child;
	int i;

	if (node->value)
	{
		print_text(out, node->value);
	}
	for (i = 0; i < array_count(node->children); i++)
	{
		array_get(node->children, i, &child);
		fputs(i ? separator : "", out);
		if (child->name)
		{
			print_text(out, child->name);
			fputc(' ', out);
		}
		write_cell(out, child, separator);
	}
}

void print_tree(node_t *node, u_int level)
{
	node_t *child;
	int i;

	for (i = 0; i < array_count(node->children); i++)
	{
		array_get(node->children, i, &child);
		if (child->kind == NODE_TABLE)
		{
			print_table(child->children);
			continue;
		}
		printf("%*s", level * 2, "");
		print_text(stdout, child->name);
		if (child->kind == NODE_SECTION)
		{
			printf(":\n");
			print_tree(child, level + 1);
		}
		else
		{
			printf(": ");
			write_cell(stdout, child, ", ");
			putchar('\n');
		}
	}
}

void print_line(node_t *node, bool lists)
{
	node_t *child;
	bool first = TRUE;
	int i;

	for (i = 0; i < array_count(node->children); i++)
	{
		array_get(node->children, i, &child);
		if (child->kind == NODE_VALUE ||
			(lists && child->kind == NODE_LIST && array_count(child->children)))
		{
			printf("%s", first ? "" : ", ");
			print_text(stdout, child->name);
			putchar(' ');
			write_cell(stdout, child, " ");
			first = FALSE;
		}
	}
}

/**
 * A column of a table.
 */
typedef struct {
	const char *name;
	size_t width;
} column_t;

/**
 * Get the text of a cell, and how wide it is.
 *
 * @param node		section
 * @param width		gets the number of characters
 * @return			text, to be freed
 */
static char *get_cell(node_t *node, const char *name, size_t *width)
{
	node_t *child = node_find(node, name);
	char *text = NULL;
	size_t len, i;
	FILE *out;

	out = open_memstream(&text, &len);
	if (child)
	{
		write_cell(out, child, ", ");
	}
	fclose(out);
	*width = 0;
	for (i = 0; i < len; i++)
	{	/* all bytes but those that continue a character */
		*width += ((u_char)text[i] & 0xc0) != 0x80;
	}
	return text;
}

/**
 * Find a column, or add it.
 */
static column_t *find_column(array_t *columns, const char *name)
{
	column_t *column;
	int i;

	for (i = 0; i < array_count(columns); i++)
	{
		array_get(columns, i, &column);
		if (streq(column->name, name))
		{
			return column;
		}
	}
	INIT(column,
		.name = name,
		.width = strlen(name),
	);
	array_insert(columns, ARRAY_TAIL, column);
	return column;
}

/**
 * Find the columns of a table.
 *
 * @return			column_t*, to be freed
 */
static array_t *get_columns(array_t *nodes)
{
	array_t *columns = array_create(0, 0);
	node_t *node, *child;
	column_t *column;
	size_t width;
	int i, j;

	for (i = 0; i < array_count(nodes); i++)
	{
		array_get(nodes, i, &node);
		for (j = 0; j < array_count(node->children); j++)
		{
			array_get(node->children, j, &child);
			column = find_column(columns, child->name);
			free(get_cell(node, child->name, &width));
			column->width = max(column->width, width);
		}
	}
	return columns;
}

/**
 * Print a row of a table, its header if node is NULL.
 */
static void print_row(array_t *columns, node_t *node)
{
	column_t *column;
	size_t width;
	char *text;
	int i;

	for (i = 0; i < array_count(columns); i++)
	{
		array_get(columns, i, &column);
		if (node)
		{
			text = get_cell(node, column->name, &width);
		}
		else
		{
			text = strdup(column->name);
			width = strlen(text);
		}
		printf("%s%s%*s", i ? "  " : "", text,
			   i + 1 < array_count(columns) ? (int)(column->width - width) : 0,
			   "");
		free(text);
	}
	putchar('\n');
}

void print_table(array_t *nodes)
{
	array_t *columns;
	node_t *node;
	int i;

	columns = get_columns(nodes);
	if (array_count(columns))
	{
		print_row(columns, NULL);
	}
	for (i = 0; i < array_count(nodes); i++)
	{
		array_get(nodes, i, &node);
		print_row(columns, node);
	}
	array_destroy_function(columns, (array_callback_t)free, NULL);
}

/**
 * Is there nobody left to read what a pipe gets?
 */
static bool is_abandoned(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO };

	return poll(&fd, 1, 0) > 0 && fd.revents & (POLLERR | POLLHUP);
}

void complain_as_json(bool json)
{
	node_destroy(complaints);
	complaints = NULL;
	if (json)
	{
		complaints = node_create(NODE_SECTION, NULL);
		node_add(complaints, NODE_LIST, "errors");
	}
}

/**
 * Note what goes wrong for complain_done().
 */
static void note(const char *where, const char *plugin, const char *message)
{
	node_t *error = node_add(node_find(complaints, "errors"), NODE_SECTION,
							 NULL);

	if (where)
	{
		node_add_value(error, "where", where);
	}
	if (plugin)
	{
		node_add_value(error, "plugin", plugin);
	}
	node_add_value(error, "message", message);
}

void complain_at(const char *where, const char *plugin, const char *message)
{
	if (complaints)
	{
		note(where, plugin, message);
		return;
	}
	print_text(stderr, where);
	fprintf(stderr, ": %s%s", plugin ?: "", plugin ? ": " : "");
	print_text(stderr, message);
	fputc('\n', stderr);
}

void complain(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) >= 0)
	{
		if (complaints)
		{
			note(NULL, NULL, text);
		}
		else
		{
			complain_at("swanadv", NULL, text);
		}
		free(text);
	}
	va_end(args);
}

void complain_done(void)
{
	if (complaints && array_count(node_find(complaints, "errors")->children))
	{
		print_json(stderr, complaints);
		fputc('\n', stderr);
	}
	complain_as_json(FALSE);
}

bool print_done(bool more)
{
	static bool failed;

	if (failed)
	{
		return FALSE;
	}
	errno = 0;
	failed = fflush(stdout) != 0 || ferror(stdout);
	if (!failed && more && is_abandoned())
	{
		errno = EPIPE;
		failed = TRUE;
	}
	if (failed)
	{
		complain("can't write: %s",
				 errno ? strerror(errno) : "some of it is lost");
	}
	return !failed;
}
