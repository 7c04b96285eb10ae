/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_request.h
 * Reads what a client sends.
 */

#ifndef CONTROL_REQUEST_H_
#define CONTROL_REQUEST_H_

#include "control_message.h"

/**
 * Bounds of a request's message. Far above what a command takes, but low enough
 * not to keep a thread busy: settings_t sorts all keys with each new one.
 */
#define CONTROL_REQUEST_ELEMENTS_MAX 1000
#define CONTROL_REQUEST_DEPTH_MAX 4
#define CONTROL_REQUEST_NAME_MAX 100

/**
 * Longest name of a command or event, with its terminating NUL.
 */
#define CONTROL_NAME_SIZE (UINT8_MAX + 1)

/**
 * Take a packet apart.
 *
 * @param packet		packet, without its length
 * @param operation		gets the operation: to run a command, register or
 *						unregister for events
 * @param name			gets the name of the command or event, of
 *						CONTROL_NAME_SIZE
 * @param message		gets the encoded message, points into packet
 * @return				FALSE if it isn't a packet a client may send
 */
bool control_request_parse(chunk_t packet, control_operation_t *operation,
						   char *name, chunk_t *message);

/**
 * Read the message of a command.
 *
 * @param message		encoded message
 * @param errors		gets what is wrong with it
 * @return				arguments in section CONTROL_REQUEST, NULL if there are
 *						errors
 */
settings_t *control_request_read(chunk_t message, option_errors_t *errors);

#endif /** CONTROL_REQUEST_H_ */
