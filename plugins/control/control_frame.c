/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_frame.h"

/**
 * Memory to start with.
 */
#define ALLOCATE_MIN 256

/**
 * Move bytes from the input.
 */
static void take(chunk_t *in, u_char *out, size_t len)
{
	if (len)
	{	/* else there may be no memory yet */
		memcpy(out, in->ptr, len);
		*in = chunk_skip(*in, len);
	}
}

/**
 * Make room for more of the message.
 */
static void reserve(control_frame_t *frame, size_t len)
{
	size_t needed = frame->data.len + len;

	if (needed > frame->allocated)
	{
		frame->allocated = max(needed, max(frame->allocated * 2, ALLOCATE_MIN));
		frame->data.ptr = realloc(frame->data.ptr, frame->allocated);
	}
}

status_t control_frame_feed(control_frame_t *frame, chunk_t *in,
							chunk_t *message)
{
	uint32_t length;
	size_t len;

	len = min(in->len, sizeof(frame->header) - frame->header_len);
	take(in, frame->header + frame->header_len, len);
	frame->header_len += len;
	if (frame->header_len < sizeof(frame->header))
	{
		return NEED_MORE;
	}
	length = control_frame_length(frame);
	if (length > CONTROL_FRAME_MAX)
	{
		return FAILED;
	}
	len = min(in->len, length - frame->data.len);
	if (len)
	{	/* there are empty messages, which take no memory */
		reserve(frame, len);
		take(in, frame->data.ptr + frame->data.len, len);
		frame->data.len += len;
	}
	if (frame->data.len < length)
	{
		return NEED_MORE;
	}
	*message = frame->data;
	*frame = (control_frame_t){};
	return SUCCESS;
}

uint32_t control_frame_length(control_frame_t *frame)
{
	return frame->header_len == sizeof(frame->header) ?
												untoh32(frame->header) : 0;
}

bool control_frame_partial(control_frame_t *frame)
{
	return frame->header_len != 0;
}

void control_frame_clear(control_frame_t *frame)
{
	chunk_free(&frame->data);
	*frame = (control_frame_t){};
}
