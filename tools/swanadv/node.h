/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file node.h
 * A message as a tree.
 */

#ifndef NODE_H_
#define NODE_H_

#include <library.h>
#include <collections/array.h>

#include <libvici.h>

typedef struct node_t node_t;
typedef enum node_kind_t node_kind_t;

enum node_kind_t {
	NODE_VALUE,
	NODE_LIST,
	NODE_SECTION,
	/** a list of sections */
	NODE_TABLE,
};

struct node_t {
	node_kind_t kind;
	/** NULL for the root and for items of lists */
	char *name;
	/** text, NULL but for NODE_VALUE */
	char *value;
	/** node_t*, of all others */
	array_t *children;
};

/**
 * Create a tree that has nothing in it.
 *
 * @param name		NULL for the root
 */
node_t *node_create(node_kind_t kind, const char *name);

/**
 * Add a child that has nothing in it.
 *
 * @param parent	section or list
 * @param name		name of the child, NULL in lists
 * @return			the child
 */
node_t *node_add(node_t *parent, node_kind_t kind, const char *name);

/**
 * Add a child that has a value.
 */
void node_add_value(node_t *parent, const char *name, const char *value);

/**
 * Read a message.
 *
 * @param res		message, not read before
 * @return			its root section, NULL if it isn't well-formed
 */
node_t *node_read(vici_res_t *res);

/**
 * Find a child.
 *
 * @param node		section
 * @param name		name of the child
 * @return			NULL if there is none
 */
node_t *node_find(node_t *node, const char *name);

/**
 * Get the value of a child.
 *
 * @param node		section
 * @param name		name of the child
 * @return			"" if there is none
 */
const char *node_value(node_t *node, const char *name);

/**
 * Destroy a tree.
 */
void node_destroy(node_t *node);

#endif /** NODE_H_ */
