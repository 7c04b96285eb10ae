/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_frame.h
 * Puts together the messages in a stream of bytes: each has its length in front
 * of it, as 32 bits in network order.
 */

#ifndef CONTROL_FRAME_H_
#define CONTROL_FRAME_H_

#include <library.h>

typedef struct control_frame_t control_frame_t;

/**
 * Longest message, as in vici.
 */
#define CONTROL_FRAME_MAX (512 * 1024)

/**
 * A message that is being received. Zeroed it is ready to use.
 */
struct control_frame_t {
	u_char header[sizeof(uint32_t)];
	size_t header_len;
	/** what there is of the message, and the memory for it: that grows with
	 * what arrives, not with what was announced */
	chunk_t data;
	size_t allocated;
};

/**
 * Take bytes from the stream up to the end of a message.
 *
 * @param frame		frame
 * @param in		bytes received, what was taken is skipped
 * @param message	gets the message on success, to be freed
 * @return			SUCCESS if there is a message, NEED_MORE if all bytes were
 *					taken without getting to the end, FAILED if the message is
 *					longer than CONTROL_FRAME_MAX
 */
status_t control_frame_feed(control_frame_t *frame, chunk_t *in,
							chunk_t *message);

/**
 * Length of the message as it was announced, 0 if that isn't known yet.
 */
uint32_t control_frame_length(control_frame_t *frame);

/**
 * Was a part of a message received, but not all of it?
 */
bool control_frame_partial(control_frame_t *frame);

/**
 * Free what was received of a message.
 */
void control_frame_clear(control_frame_t *frame);

#endif /** CONTROL_FRAME_H_ */
