/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_payload.h
 * Attributes in the configuration payloads of a message.
 */

#ifndef UNITY_EXT_PAYLOAD_H_
#define UNITY_EXT_PAYLOAD_H_

#include <collections/array.h>
#include <encoding/message.h>
#include <encoding/payloads/cp_payload.h>

/**
 * Look at the attributes of a payload.
 *
 * @param user		as passed to unity_ext_payload_rewrite()
 * @param type		type of the payload
 * @param attrs		array of unity_ext_attr_t in the payload
 * @return			array of unity_ext_attr_t to put in their place, owned by
 *					the caller then, NULL to leave the payload alone
 */
typedef array_t *(*unity_ext_payload_cb_t)(void *user, config_type_t type,
										   array_t *attrs);

/**
 * Look at each configuration payload of a message that isn't XAuth's, and
 * replace it if the callback wants to.
 *
 * @param message	message, decrypted, or not encrypted yet
 * @param cb		callback
 * @param user		passed to it
 */
void unity_ext_payload_rewrite(message_t *message, unity_ext_payload_cb_t cb,
							   void *user);

#endif /** UNITY_EXT_PAYLOAD_H_ */
