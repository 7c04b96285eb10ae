/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_block_offer.h
 * What operators may ask of blocks.
 */

#ifndef AUTH_POLICY_BLOCK_OFFER_H_
#define AUTH_POLICY_BLOCK_OFFER_H_

#include "auth_policy_blocks.h"

#include <explain.h>
#include <offer.h>

/**
 * Run commands as offer_command_t.run does.
 */
void auth_policy_list_blocks(auth_policy_blocks_t *blocks, control_out_t *out);
void auth_policy_add_block(auth_policy_blocks_t *blocks, settings_t *request,
						   control_out_t *out, option_errors_t *errors);
void auth_policy_delete_block(auth_policy_blocks_t *blocks,
							  auth_policy_lockout_t *lockout,
							  settings_t *request, option_errors_t *errors);

/**
 * Write items of a list of warnings.
 */
void auth_policy_block_warn(auth_policy_blocks_t *blocks,
							auth_policy_lockout_t *lockout,
							control_out_t *out);

/**
 * Write items of a list of lockouts, some of them if they are many.
 */
void auth_policy_write_lockouts(array_t *blocks, control_out_t *out);

/**
 * Say which blocks somebody meets.
 */
void auth_policy_block_explain(auth_policy_blocks_t *blocks,
							   const explain_peer_t *peer, array_t *lines);

#endif /** AUTH_POLICY_BLOCK_OFFER_H_ */
