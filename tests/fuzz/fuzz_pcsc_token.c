/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#include <pcsc_token_process.h>
#include <pcsc_token_readers.h>

#include <ctype.h>

/**
 * Check what a reason may look like in the log.
 */
static void take_reason(pcsc_token_message_t *message)
{
	char buf[BUF_LEN], *pos;

	pcsc_token_reason(message, buf, "none");
	for (pos = buf; *pos; pos++)
	{
		fuzz_require(!iscntrl((u_char)*pos));
	}
}

/**
 * Take the states of readers.
 */
static void take_readers(pcsc_token_message_t *message,
						 pcsc_token_readers_t *readers, uint64_t now)
{
	pcsc_token_reader_t states[PCSC_TOKEN_READERS_MAX] = {};
	pcsc_token_event_t event;
	u_int count, i;

	if (!pcsc_token_readers_parse(message, states, &count))
	{
		return;
	}
	fuzz_require(count <= PCSC_TOKEN_READERS_MAX);
	for (i = 0; i < count; i++)
	{
		fuzz_require(strlen(states[i].name) < sizeof(states[i].name));
		fuzz_require(states[i].atr_len <= sizeof(states[i].atr));
	}
	readers->update(readers, states, count, now);
	while (readers->next(readers, &event))
	{
		fuzz_require(strlen(event.reader) < sizeof(event.reader));
	}
}

/**
 * Take all fields as data.
 */
static void take_fields(pcsc_token_message_t *message)
{
	const uint8_t *data;
	size_t len;

	while (pcsc_token_message_next(message, &data, &len))
	{
		fuzz_require(data >= message->data &&
					 data + len <= message->data + message->len);
	}
}

/**
 * What helpers of plugin pcsc-token send: messages, each with two bytes of
 * length in front.
 */
FUZZ(pcsc_token)(chunk_t input)
{
	pcsc_token_message_t message = {};
	pcsc_token_readers_t *readers;
	chunk_t part;
	uint64_t now = 0;

	readers = pcsc_token_readers_create();
	while (input.len > 2)
	{
		part = chunk_create(input.ptr + 2,
							min(untoh16(input.ptr), input.len - 2));
		part.len = min(part.len, sizeof(message.data));
		input = chunk_skip(input, 2 + part.len);
		memcpy(message.data, part.ptr, part.len);
		message.len = part.len;
		message.pos = 1;
		switch (pcsc_token_message_type(&message))
		{
			case PCSC_TOKEN_READERS:
				take_readers(&message, readers, now += 1000);
				break;
			case PCSC_TOKEN_NO_PCSCD:
				readers->lost(readers, "", now);
				take_reason(&message);
				break;
			case PCSC_TOKEN_FAILED:
				take_reason(&message);
				break;
			default:
				take_fields(&message);
				break;
		}
	}
	readers->destroy(readers);
}
