/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_message.h
 * Writes messages as vici encodes them, and packets that carry them.
 */

#ifndef CONTROL_MESSAGE_H_
#define CONTROL_MESSAGE_H_

#include <offer.h>

typedef struct control_message_t control_message_t;
typedef enum control_operation_t control_operation_t;

/**
 * Operations of vici's packets.
 */
enum control_operation_t {
	CONTROL_REQUEST_COMMAND = 0,
	CONTROL_RESPONSE = 1,
	CONTROL_UNKNOWN_COMMAND = 2,
	CONTROL_REGISTER = 3,
	CONTROL_UNREGISTER = 4,
	CONTROL_CONFIRM = 5,
	CONTROL_UNKNOWN_EVENT = 6,
	CONTROL_EVENT = 7,
};

/**
 * Called with each message of a stream.
 *
 * @param data			as given to control_message_create()
 * @param encoding		encoded message
 */
typedef void (*control_emit_t)(void *data, chunk_t encoding);

/**
 * A message that is being written.
 */
struct control_message_t {

	/**
	 * Where to write to.
	 */
	control_out_t out;

	/**
	 * Name of the event that it tells about, for whoever created it.
	 */
	const char *event;

	/**
	 * End the message.
	 *
	 * @param encoding	gets the encoded message, to be freed
	 * @return			FALSE if it isn't well-formed: its sections don't end,
	 *					or it is too long
	 */
	bool (*finalize)(control_message_t *this, chunk_t *encoding);

	/**
	 * Destroy a control_message_t.
	 */
	void (*destroy)(control_message_t *this);
};

/**
 * Create an empty message.
 *
 * @param emit			called by out.emit(), NULL if there is no stream
 * @param data			passed to emit
 */
control_message_t *control_message_create(control_emit_t emit, void *data);

/**
 * Encode a packet, without its length.
 *
 * @param operation		operation
 * @param name			name of the event if it is one, else NULL
 * @param message		encoded message, or chunk_empty
 * @return				packet, to be freed
 */
chunk_t control_packet(control_operation_t operation, const char *name,
					   chunk_t message);

#endif /** CONTROL_MESSAGE_H_ */
