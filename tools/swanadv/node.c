/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "node.h"

/**
 * Sections within each other, more than any message has.
 */
#define DEPTH_MAX 32

node_t *node_create(node_kind_t kind, const char *name)
{
	node_t *node;

	INIT(node,
		.kind = kind,
		.name = strdupnull(name),
		.children = kind == NODE_VALUE ? NULL : array_create(0, 0),
	);
	return node;
}

node_t *node_add(node_t *parent, node_kind_t kind, const char *name)
{
	node_t *node = node_create(kind, name);

	array_insert(parent->children, ARRAY_TAIL, node);
	return node;
}

void node_add_value(node_t *parent, const char *name, const char *value)
{
	node_add(parent, NODE_VALUE, name)->value = strdup(value);
}

/**
 * Add a child with the value that was read.
 */
static void add_read(node_t *parent, const char *name, vici_res_t *res)
{
	char *value;
	int len;

	value = vici_parse_value(res, &len);
	node_add(parent, NODE_VALUE, name)->value = strndup(value, len);
}

node_t *node_read(vici_res_t *res)
{
	node_t *stack[DEPTH_MAX + 1], *root = node_create(NODE_SECTION, NULL);
	u_int depth = 0;

	stack[0] = root;
	while (depth < DEPTH_MAX)
	{
		switch (vici_parse(res))
		{
			case VICI_PARSE_BEGIN_SECTION:
				stack[depth + 1] = node_add(stack[depth], NODE_SECTION,
											vici_parse_name(res));
				depth++;
				continue;
			case VICI_PARSE_BEGIN_LIST:
				stack[depth + 1] = node_add(stack[depth], NODE_LIST,
											vici_parse_name(res));
				depth++;
				continue;
			case VICI_PARSE_END_SECTION:
			case VICI_PARSE_END_LIST:
				depth--;
				continue;
			case VICI_PARSE_KEY_VALUE:
				add_read(stack[depth], vici_parse_name(res), res);
				continue;
			case VICI_PARSE_LIST_ITEM:
				add_read(stack[depth], NULL, res);
				continue;
			case VICI_PARSE_END:
				return root;
			default:
				break;
		}
		break;
	}
	node_destroy(root);
	return NULL;
}

node_t *node_find(node_t *node, const char *name)
{
	node_t *child;
	int i;

	for (i = 0; i < array_count(node->children); i++)
	{
		array_get(node->children, i, &child);
		if (child->name && streq(child->name, name))
		{
			return child;
		}
	}
	return NULL;
}

const char *node_value(node_t *node, const char *name)
{
	node_t *child = node_find(node, name);

	return child && child->value ? child->value : "";
}

/**
 * Destroy a child, callback of array_destroy_function().
 */
static void destroy_child(void *data, int idx, void *unused)
{
	node_destroy(data);
}

void node_destroy(node_t *node)
{
	if (node)
	{
		array_destroy_function(node->children, destroy_child, NULL);
		free(node->name);
		free(node->value);
		free(node);
	}
}
