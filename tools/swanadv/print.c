/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "print.h"

#include <utf8.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

void print_text(FILE *out, const char *text)
{
	utf8_print(out, text, strlen(text));
}

/**
 * Print a JSON string. Bytes that aren't UTF-8 become what they are in Latin 1.
 */
static void print_string(const char *text)
{
	size_t len;

	putchar('"');
	while (*text)
	{
		len = utf8_length(text);
		if (*text == '"' || *text == '\\')
		{
			printf("\\%c", *text++);
		}
		else if (!len || (u_char)*text < 0x20 || *text == 0x7f)
		{
			printf("\\u%04x", (u_char)*text++);
		}
		else
		{
			printf("%.*s", (int)len, text);
			text += len;
		}
	}
	putchar('"');
}

void print_json(node_t *node)
{
	node_t *child;
	int i;

	if (node->kind == NODE_VALUE)
	{
		print_string(node->value);
		return;
	}
	putchar(node->kind == NODE_LIST ? '[' : '{');
	for (i = 0; i < array_count(node->children); i++)
	{
		array_get(node->children, i, &child);
		if (i)
		{
			printf(", ");
		}
		if (child->name)
		{
			print_string(child->name);
			printf(": ");
		}
		print_json(child);
	}
	putchar(node->kind == NODE_LIST ? ']' : '}');
}

/**
 * Write a value or a list, on one line.
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

void complain(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) >= 0)
	{
		fputs("swanadv: ", stderr);
		print_text(stderr, text);
		fputs("\n", stderr);
		free(text);
	}
	va_end(args);
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
