/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_message.h
 * What message_t doesn't tell about an IKEv1 message.
 */

#ifndef IKEV1_POLICY_MESSAGE_H_
#define IKEV1_POLICY_MESSAGE_H_

#include <encoding/message.h>

/**
 * Was a received message encrypted, all but its header (RFC 2408, 3.1)?
 *
 * @param message	message with its header parsed, or all of it
 */
bool ikev1_policy_is_encrypted(message_t *message);

#endif /** IKEV1_POLICY_MESSAGE_H_ */
