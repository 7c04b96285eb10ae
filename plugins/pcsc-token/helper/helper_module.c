/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "helper_module.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * How long a card may take until its token is there, in steps of 0.1 seconds.
 */
#define TOKEN_STEPS 100

/**
 * Largest number of slots of a module.
 */
#define SLOTS_MAX 64

/**
 * Set what failed.
 */
static bool __attribute__((format(printf, 2, 3)))
fail(helper_module_t *this, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(this->error, sizeof(this->error), fmt, args);
	va_end(args);
	return false;
}

/**
 * Set which function failed.
 */
static bool fail_call(helper_module_t *this, const char *function, CK_RV rv)
{
	static const struct {
		CK_RV rv;
		const char *name;
	} names[] = {
		{ CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR" },
		{ CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED" },
		{ CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED" },
		{ CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR" },
		{ CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID" },
		{ CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID" },
		{ CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE" },
		{ CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID" },
		{ CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT" },
		{ CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED" },
		{ CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN" },
	};
	int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
	{
		if (names[i].rv == rv)
		{
			return fail(this, "%s: %s", function, names[i].name);
		}
	}
	return fail(this, "%s: error %#lx", function, (unsigned long)rv);
}

/**
 * Load the library and initialize it.
 */
static bool load(helper_module_t *this, const char *path)
{
	CK_C_GetFunctionList get_functions;
	void *handle;
	CK_RV rv;

	handle = dlopen(path, RTLD_NOW);
	if (!handle)
	{
		return fail(this, "%s", dlerror());
	}
	get_functions = (CK_C_GetFunctionList)dlsym(handle, "C_GetFunctionList");
	if (!get_functions)
	{
		return fail(this, "%s isn't a PKCS#11 module", path);
	}
	rv = get_functions(&this->f);
	if (rv != CKR_OK)
	{
		return fail_call(this, "C_GetFunctionList", rv);
	}
	rv = this->f->C_Initialize(NULL);
	return rv == CKR_OK || fail_call(this, "C_Initialize", rv);
}

/**
 * Is a slot that of a reader? Descriptions have a fixed length and are padded
 * with blanks.
 */
static bool is_reader(helper_module_t *this, CK_SLOT_ID slot,
					  const char *reader)
{
	CK_SLOT_INFO info;
	size_t len = strlen(reader), i;

	if (this->f->C_GetSlotInfo(slot, &info) != CKR_OK)
	{
		return false;
	}
	if (len > sizeof(info.slotDescription))
	{
		len = sizeof(info.slotDescription);
	}
	for (i = len; i < sizeof(info.slotDescription); i++)
	{
		if (info.slotDescription[i] != ' ' && info.slotDescription[i])
		{
			return false;
		}
	}
	return !memcmp(info.slotDescription, reader, len);
}

/**
 * Look for the token once: in the slot asked for, or in the one that bears the
 * name of the reader.
 */
static bool find_slot(helper_module_t *this, const char *reader, uint32_t slot)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG count = SLOTS_MAX, i;

	/* without a buffer, some modules look for new slots, and only then */
	if (this->f->C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK)
	{
		return false;
	}
	count = SLOTS_MAX;
	if (this->f->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
	{
		return false;
	}
	for (i = 0; i < count; i++)
	{
		if (slot == UINT32_MAX ? is_reader(this, slots[i], reader)
							   : slots[i] == slot)
		{
			this->slot = slots[i];
			return true;
		}
	}
	return false;
}

bool helper_module_open(helper_module_t *this, const char *path,
						const char *reader, uint32_t slot)
{
	CK_RV rv;
	int i;

	if (!load(this, path))
	{
		return false;
	}
	for (i = 0; !find_slot(this, reader, slot); i++)
	{
		if (i == TOKEN_STEPS)
		{
			return slot == UINT32_MAX ?
				fail(this, "no token in a slot named as the reader, set slot "
					 "if the module has other names") :
				fail(this, "no token in slot %u", slot);
		}
		usleep(100000);
	}
	rv = this->f->C_OpenSession(this->slot, CKF_SERIAL_SESSION, NULL, NULL,
								&this->session);
	return rv == CKR_OK || fail_call(this, "C_OpenSession", rv);
}

/**
 * Find an object of a class.
 */
static bool find_object(helper_module_t *this, CK_OBJECT_CLASS class,
						const uint8_t *id, size_t id_len,
						CK_OBJECT_HANDLE *object)
{
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, (void*)id, id_len },
	};
	CK_ULONG count = 0;
	CK_RV rv;

	rv = this->f->C_FindObjectsInit(this->session, template, 2);
	if (rv != CKR_OK)
	{
		return fail_call(this, "C_FindObjectsInit", rv);
	}
	rv = this->f->C_FindObjects(this->session, object, 1, &count);
	this->f->C_FindObjectsFinal(this->session);
	if (rv != CKR_OK)
	{
		return fail_call(this, "C_FindObjects", rv);
	}
	return count || fail(this, "there is no %s with this handle",
						 class == CKO_CERTIFICATE ? "certificate"
												  : "private key");
}

bool helper_module_certificate(helper_module_t *this, const uint8_t *id,
							   size_t id_len, uint8_t *buf, size_t *len)
{
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE value = { CKA_VALUE, buf, *len };
	CK_RV rv;

	if (!find_object(this, CKO_CERTIFICATE, id, id_len, &object))
	{
		return false;
	}
	rv = this->f->C_GetAttributeValue(this->session, object, &value, 1);
	if (rv != CKR_OK)
	{
		return fail_call(this, "reading the certificate", rv);
	}
	*len = value.ulValueLen;
	return true;
}

CK_RV helper_module_login(helper_module_t *this, const uint8_t *pin,
						  size_t len)
{
	CK_TOKEN_INFO info;
	CK_RV rv;

	rv = this->f->C_GetTokenInfo(this->slot, &info);
	if (rv == CKR_OK &&
		info.flags & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED))
	{
		return CKR_PIN_LOCKED;
	}
	rv = this->f->C_Login(this->session, CKU_USER, (CK_BYTE_PTR)pin, len);
	if (rv != CKR_OK)
	{
		fail_call(this, "C_Login", rv);
	}
	return rv;
}

bool helper_module_find_key(helper_module_t *this, const uint8_t *id,
							size_t id_len)
{
	CK_BBOOL always = CK_FALSE;
	CK_ATTRIBUTE value = { CKA_ALWAYS_AUTHENTICATE, &always, sizeof(always) };

	if (!find_object(this, CKO_PRIVATE_KEY, id, id_len, &this->key))
	{
		return false;
	}
	/* older modules don't know the attribute */
	this->reauthenticate =
		this->f->C_GetAttributeValue(this->session, this->key, &value,
									 1) == CKR_OK && always;
	return true;
}

bool helper_module_sign(helper_module_t *this, uint32_t mechanism,
						const uint8_t *data, size_t len,
						const uint8_t *pin, size_t pin_len,
						uint8_t *out, size_t *out_len)
{
	CK_MECHANISM mech = { .mechanism = mechanism };
	CK_ULONG sig_len = *out_len;
	CK_RV rv;

	rv = this->f->C_SignInit(this->session, &mech, this->key);
	if (rv != CKR_OK)
	{
		return fail_call(this, "C_SignInit", rv);
	}
	if (this->reauthenticate)
	{
		rv = this->f->C_Login(this->session, CKU_CONTEXT_SPECIFIC,
							  (CK_BYTE_PTR)pin, pin_len);
		if (rv != CKR_OK)
		{
			return fail_call(this, "C_Login for this signature", rv);
		}
	}
	rv = this->f->C_Sign(this->session, (CK_BYTE_PTR)data, len, out, &sig_len);
	*out_len = sig_len;
	return rv == CKR_OK || fail_call(this, "C_Sign", rv);
}
