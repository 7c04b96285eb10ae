/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file helper_module.h
 * A PKCS#11 module, and the one key on a token that it is used for.
 */

#ifndef HELPER_MODULE_H_
#define HELPER_MODULE_H_

#include <plugins/pkcs11/pkcs11.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct helper_module_t helper_module_t;

/**
 * What was opened. There is only one in a process.
 */
struct helper_module_t {
	CK_FUNCTION_LIST_PTR f;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	/** private key, once logged in */
	CK_OBJECT_HANDLE key;
	/** the key takes a login for each signature */
	bool reauthenticate;
	/** why the last call failed */
	char error[256];
};

/**
 * Load a module and open a session on a token.
 *
 * @param path		path of the library
 * @param reader	name of the reader that the token is in
 * @param slot		slot to use in place of the reader's, or UINT32_MAX
 * @return			false after setting error
 */
bool helper_module_open(helper_module_t *this, const char *path,
						const char *reader, uint32_t slot);

/**
 * Read the certificate of a key.
 *
 * @param id		CKA_ID of both
 * @param buf		gets the DER encoding
 * @param len		size of buf, gets the encoding's length
 * @return			false after setting error
 */
bool helper_module_certificate(helper_module_t *this, const uint8_t *id,
							   size_t id_len, uint8_t *buf, size_t *len);

/**
 * Log in, unless the token is about to block its PIN.
 *
 * @param pin		PIN
 * @return			CKR_OK, CKR_PIN_INCORRECT, CKR_PIN_LOCKED if it wasn't
 *					tried, or any other after setting error
 */
CK_RV helper_module_login(helper_module_t *this, const uint8_t *pin,
						  size_t len);

/**
 * Find the private key.
 *
 * @param id		its CKA_ID
 * @return			false after setting error
 */
bool helper_module_find_key(helper_module_t *this, const uint8_t *id,
							size_t id_len);

/**
 * Sign with the private key.
 *
 * @param mechanism	CKM_RSA_PKCS or CKM_ECDSA
 * @param data		what to sign: a DigestInfo or a hash
 * @param pin		PIN, for keys that take a login each time
 * @param out		gets the signature
 * @param out_len	size of out, gets the signature's length
 * @return			false after setting error
 */
bool helper_module_sign(helper_module_t *this, uint32_t mechanism,
						const uint8_t *data, size_t len,
						const uint8_t *pin, size_t pin_len,
						uint8_t *out, size_t *out_len);

#endif /** HELPER_MODULE_H_ */
