/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_message.h"

/**
 * Where the ISAKMP header has its flags, and the one for encryption.
 */
#define FLAGS_OFFSET 19
#define FLAG_ENCRYPTION 0x01

bool ikev1_policy_is_encrypted(message_t *message)
{
	chunk_t data = message->get_packet_data(message);

	/* some set the flag on fragments, which are never encrypted themselves */
	return data.len > FLAGS_OFFSET &&
		   (data.ptr[FLAGS_OFFSET] & FLAG_ENCRYPTION) &&
		   message->get_first_payload_type(message) != PLV1_FRAGMENT;
}
