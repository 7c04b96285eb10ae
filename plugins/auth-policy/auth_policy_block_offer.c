/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_block_offer.h"
#include "auth_policy_events.h"

#include <time.h>

#include <daemon.h>

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

void auth_policy_delete_block(auth_policy_blocks_t *blocks,
							  settings_t *request, option_errors_t *errors)
{
	auth_policy_block_t *block;
	char *line;

	block = options_load(&auth_policy_block_schema, request, CONTROL_REQUEST,
						 errors);
	if (block)
	{
		blocks->remove(blocks, block, errors);
		if (!errors->get_count(errors))
		{
			line = auth_policy_block_print(block);
			DBG1(DBG_CFG, "auth-policy: block deleted: %s", line);
			free(line);
			auth_policy_tell_block("deleted", block, NULL);
		}
		options_unref(block);
	}
}

void auth_policy_block_warn(auth_policy_blocks_t *blocks, control_out_t *out)
{
	array_t *warnings = blocks->get_warnings(blocks);
	char *warning;
	int i;

	for (i = 0; array_get(warnings, i, &warning); i++)
	{
		out->item(out, "%s", warning);
	}
	array_destroy_function(warnings, (array_callback_t)free, NULL);
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
