/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "report.h"
#include "print.h"

#include <stdio.h>

/**
 * Something that was found.
 */
typedef struct {
	finding_t kind;
	/** number of those before it */
	u_int number;
	char *where;
	/** length of the file's name in where */
	size_t file;
	u_int line;
	char *about;
	char *message;
} item_t;

struct report_t {
	/** item_t* */
	array_t *items;
};

static void destroy_item(void *data, int idx, void *unused)
{
	item_t *item = data;

	free(item->where);
	free(item->about);
	free(item->message);
	free(item);
}

/**
 * Is it there already, if only about a daemon that falls back to this one?
 */
static bool is_known(report_t *this, item_t *new)
{
	item_t *item;
	int i;

	for (i = 0; i < array_count(this->items); i++)
	{
		array_get(this->items, i, &item);
		if (streq(item->where, new->where) &&
			streq(item->message, new->message))
		{
			return TRUE;
		}
	}
	return FALSE;
}

void report_add(report_t *this, finding_t kind, const char *where,
				const char *about, const char *fmt, ...)
{
	const char *colon = strrchr(where, ':');
	item_t *item;
	va_list args;

	INIT(item,
		.kind = kind,
		.number = array_count(this->items),
		.where = strdup(where),
		.file = strlen(where),
		.about = strdup(about ?: ""),
	);
	if (colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")])
	{
		item->file = colon - where;
		item->line = atoi(colon + 1);
	}
	va_start(args, fmt);
	if (vasprintf(&item->message, fmt, args) < 0)
	{
		item->message = NULL;
	}
	va_end(args);
	if (!item->message || is_known(this, item))
	{
		destroy_item(item, 0, NULL);
		return;
	}
	array_insert(this->items, ARRAY_TAIL, item);
}

int report_worst(report_t *this)
{
	item_t *item;
	int i, worst = -1;

	for (i = 0; i < array_count(this->items); i++)
	{
		array_get(this->items, i, &item);
		worst = max(worst, (int)item->kind);
	}
	return worst;
}

u_int report_count(report_t *this, finding_t kind)
{
	item_t *item;
	u_int count = 0;
	int i;

	for (i = 0; i < array_count(this->items); i++)
	{
		array_get(this->items, i, &item);
		count += item->kind == kind;
	}
	return count;
}

/**
 * Order of lines: errors, then warnings, both by file and line.
 */
static int compare(const void *a, const void *b, void *unused)
{
	const item_t *x = a, *y = b;
	int result;

	if ((x->kind == FINDING_WARNING) != (y->kind == FINDING_WARNING))
	{
		return x->kind == FINDING_WARNING ? 1 : -1;
	}
	result = strncmp(x->where, y->where, max(x->file, y->file));
	if (x->file == y->file && !result)
	{
		result = (int)x->line - (int)y->line;
	}
	return result ?: (int)x->number - (int)y->number;
}

void report_subtract(report_t *this, report_t *known)
{
	enumerator_t *enumerator;
	item_t *item, *other;
	int i;

	enumerator = array_create_enumerator(this->items);
	while (enumerator->enumerate(enumerator, &item))
	{
		for (i = 0; i < array_count(known->items); i++)
		{
			array_get(known->items, i, &other);
			if (item->kind == other->kind && streq(item->about, other->about) &&
				streq(item->message, other->message))
			{
				array_remove_at(this->items, enumerator);
				destroy_item(item, 0, NULL);
				break;
			}
		}
	}
	enumerator->destroy(enumerator);
}

void report_complain(report_t *this)
{
	item_t *item;
	int i;

	array_sort(this->items, compare, NULL);
	for (i = 0; i < array_count(this->items); i++)
	{
		array_get(this->items, i, &item);
		if (item->kind != FINDING_WARNING)
		{
			complain_at(item->where, *item->about ? item->about : NULL,
						item->message);
		}
	}
}

void report_print(report_t *this)
{
	item_t *item;
	int i;

	array_sort(this->items, compare, NULL);
	for (i = 0; i < array_count(this->items); i++)
	{
		array_get(this->items, i, &item);
		print_text(stderr, item->where);
		fprintf(stderr, ": %s%s%s",
				item->kind == FINDING_WARNING ? "warning: " : "", item->about,
				*item->about ? ": " : "");
		print_text(stderr, item->message);
		fputs("\n", stderr);
	}
}

/**
 * Add a value to a section.
 */
static void add_value(node_t *section, const char *name, const char *value)
{
	node_t *node;

	INIT(node,
		.kind = NODE_VALUE,
		.name = strdup(name),
		.value = strdup(value),
	);
	array_insert(section->children, ARRAY_TAIL, node);
}

/**
 * Create a section or list, within another one unless that is NULL.
 */
static node_t *add_node(node_t *parent, node_kind_t kind, const char *name)
{
	node_t *node;

	INIT(node,
		.kind = kind,
		.name = strdupnull(name),
		.children = array_create(0, 0),
	);
	if (parent)
	{
		array_insert(parent->children, ARRAY_TAIL, node);
	}
	return node;
}

node_t *report_get(report_t *this, const char *file)
{
	node_t *root, *errors, *warnings, *section;
	item_t *item;
	int i;

	root = add_node(NULL, NODE_SECTION, NULL);
	add_value(root, "file", file);
	errors = add_node(root, NODE_LIST, "errors");
	warnings = add_node(root, NODE_LIST, "warnings");
	array_sort(this->items, compare, NULL);
	for (i = 0; i < array_count(this->items); i++)
	{
		array_get(this->items, i, &item);
		section = add_node(item->kind == FINDING_WARNING ? warnings : errors,
						   NODE_SECTION, NULL);
		add_value(section, "where", item->where);
		if (*item->about)
		{
			add_value(section, "plugin", item->about);
		}
		add_value(section, "message", item->message);
	}
	return root;
}

void report_destroy(report_t *this)
{
	array_destroy_function(this->items, destroy_item, NULL);
	free(this);
}

report_t *report_create()
{
	report_t *this;

	INIT(this,
		.items = array_create(0, 0),
	);
	return this;
}
