/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#include <control_frame.h>
#include <control_request.h>

/**
 * Take a packet as a client's.
 */
static void take_packet(chunk_t packet)
{
	option_errors_t *errors = option_errors_create();
	control_operation_t operation;
	char name[CONTROL_NAME_SIZE];
	settings_t *request;
	chunk_t message;

	if (control_request_parse(packet, &operation, name, &message))
	{
		fuzz_require(strlen(name) < sizeof(name));
		fuzz_require(message.len <= packet.len);
		request = control_request_read(message, errors);
		fuzz_require((request != NULL) == !errors->get_count(errors));
		DESTROY_IF(request);
	}
	errors->destroy(errors);
}

/**
 * Take bytes as they arrive.
 */
static void take_stream(chunk_t in)
{
	control_frame_t frame = {};
	chunk_t message;
	status_t status;

	while ((status = control_frame_feed(&frame, &in, &message)) == SUCCESS)
	{
		fuzz_require(message.len <= CONTROL_FRAME_MAX);
		take_packet(message);
		chunk_free(&message);
	}
	fuzz_require(status == FAILED || !in.len);
	fuzz_require(frame.allocated <= CONTROL_FRAME_MAX);
	control_frame_clear(&frame);
}

/**
 * What clients of plugin control send. The first byte says whether the rest is
 * a stream of packets with their lengths, or a single packet without.
 */
FUZZ(control)(chunk_t input)
{
	if (input.len)
	{
		(*input.ptr & 1 ? take_packet : take_stream)(chunk_skip(input, 1));
	}
}
