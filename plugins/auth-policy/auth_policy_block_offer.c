/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_block_offer.h"
#include "auth_policy_events.h"

#include <time.h>

#include <daemon.h>

/**
 * Lockouts that status shows.
 */
#define LOCKOUTS_SHOWN 5

/**
 * Write a block as a message of list-blocks.
 */
static void write_block(void *data, const auth_policy_block_t *block)
{
	control_out_t *out = data;
	time_t now = time(NULL);

	auth_policy_write_block(out, block);
	if (block->set)
	{
		out->number(out, "age", now - min(now, block->set));
	}
	if (block->ends)
	{
		out->number(out, "expires-in", block->ends - min(now, block->ends));
	}
	out->flag(out, "kept", block->kept);
	out->emit(out);
}

void auth_policy_list_blocks(auth_policy_blocks_t *blocks, control_out_t *out)
{
	blocks->list(blocks, write_block, out);
}

void auth_policy_add_block(auth_policy_blocks_t *blocks, settings_t *request,
						   control_out_t *out, option_errors_t *errors)
{
	auth_policy_block_t *block;
	time_t now = time(NULL);
	u_int closed;
	char *line;

	block = options_load(&auth_policy_block_schema, request, CONTROL_REQUEST,
						 errors);
	if (!block)
	{
		return;
	}
	block->set = now;
	if (block->expire != OPTION_UNSET)
	{
		block->ends = now + block->expire;
	}
	if (auth_policy_block_over(block, now))
	{
		errors->add(errors, "until", block->until, "is over");
	}
	else
	{
		closed = blocks->add(blocks, block, errors);
		if (!errors->get_count(errors))
		{
			line = auth_policy_block_print(block);
			DBG1(DBG_CFG, "auth-policy: block added, %u sessions to close: %s",
				 closed, line);
			free(line);
			auth_policy_tell_block("added", block, NULL);
			out->number(out, "closing", closed);
			out->flag(out, "kept", block->kept);
		}
	}
	options_unref(block);
}

/**
 * Say that a block was deleted.
 */
static void tell_deleted(const auth_policy_block_t *block)
{
	char *line = auth_policy_block_print(block);

	DBG1(DBG_CFG, "auth-policy: block deleted: %s", line);
	free(line);
	auth_policy_tell_block("deleted", block, NULL);
}

/**
 * End a lockout, whose name may be anything.
 *
 * @return				FALSE if there is none
 */
static bool delete_lockout(auth_policy_lockout_t *lockout, settings_t *request)
{
	auth_policy_block_t *block;

	block = lockout->remove(lockout,
				request->get_str(request, CONTROL_REQUEST ".id", NULL),
				request->get_str(request, CONTROL_REQUEST ".address", NULL));
	if (block)
	{
		tell_deleted(block);
		options_unref(block);
	}
	return block;
}

void auth_policy_delete_block(auth_policy_blocks_t *blocks,
							  auth_policy_lockout_t *lockout,
							  settings_t *request, option_errors_t *errors)
{
	auth_policy_block_t *block;
	option_errors_t *own;
	bool ended;

	ended = delete_lockout(lockout, request);
	own = ended ? option_errors_create() : errors;
	block = options_load(&auth_policy_block_schema, request, CONTROL_REQUEST,
						 own);
	if (block)
	{
		blocks->remove(blocks, block, own);
		if (!own->get_count(own))
		{
			tell_deleted(block);
		}
		options_unref(block);
	}
	if (ended)
	{	/* there need not be both */
		own->destroy(own);
	}
}

/**
 * Write items, which are freed.
 */
static void write_items(array_t *items, control_out_t *out)
{
	char *item;
	int i;

	for (i = 0; array_get(items, i, &item); i++)
	{
		out->item(out, "%s", item);
	}
	array_destroy_function(items, (array_callback_t)free, NULL);
}

void auth_policy_block_warn(auth_policy_blocks_t *blocks,
							auth_policy_lockout_t *lockout,
							control_out_t *out)
{
	write_items(blocks->get_warnings(blocks), out);
	write_items(lockout->get_warnings(lockout), out);
}

void auth_policy_write_lockouts(array_t *blocks, control_out_t *out)
{
	auth_policy_block_t *block;
	char *line;
	int i;

	for (i = 0; i < LOCKOUTS_SHOWN && array_get(blocks, i, &block); i++)
	{
		line = auth_policy_block_print(block);
		out->item(out, "%s", line);
		free(line);
	}
	if (array_count(blocks) > i)
	{
		out->item(out, "and %d more, see list-blocks", array_count(blocks) - i);
	}
}

/**
 * Somebody who may connect.
 */
typedef struct {
	auth_policy_person_t person;
	array_t *lines;
} search_t;

/**
 * Say that a block is met, callback of auth_policy_blocks_t.list().
 */
static void explain_block(void *data, const auth_policy_block_t *block)
{
	search_t *search = data;
	char *line;

	if (auth_policy_block_matches(block, &search->person))
	{
		line = auth_policy_block_print(block);
		explain_add(search->lines, "blocked: %s", line);
		free(line);
	}
}

void auth_policy_block_explain(auth_policy_blocks_t *blocks,
							   const explain_peer_t *peer, array_t *lines)
{
	search_t search = {
		.person = {
			.host = peer->host,
			.names = array_create(0, 0),
		},
		.lines = lines,
	};

	if (peer->facts.id)
	{
		array_insert(search.person.names, ARRAY_TAIL, peer->facts.id);
	}
	blocks->list(blocks, explain_block, &search);
	array_destroy(search.person.names);
}
