/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_block_file.h
 * The file of blocks, which an operator may edit: what he wrote stays.
 */

#ifndef AUTH_POLICY_BLOCK_FILE_H_
#define AUTH_POLICY_BLOCK_FILE_H_

#include "auth_policy_block.h"

/**
 * Read the file.
 *
 * @param blocks		array of auth_policy_block_t*, gets them, with their own
 *						reference, also what is understood of lines with errors
 * @param errors		gets what is wrong: "PATH:LINE: ..." or of blocks_file
 * @return				FALSE if it can't be read; errno is ENOENT if there is
 *						none, for which there is no error
 */
bool auth_policy_block_file_read(const char *path, array_t *blocks,
								 option_errors_t *errors);

/**
 * Change the file, at once and as a whole. Other lines stay as they are.
 *
 * @param remove		array of auth_policy_block_t*, whose lines go; or NULL
 * @param add			array of auth_policy_block_t*, likewise, and new lines
 *						come; or NULL
 * @return				FALSE if that failed, see errno; the file is as before
 */
bool auth_policy_block_file_change(const char *path, array_t *remove,
								   array_t *add);

#endif /** AUTH_POLICY_BLOCK_FILE_H_ */
