/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_settings.h"
#include "pcsc_token_files.h"

#include <errno.h>
#include <unistd.h>

/**
 * Longest CKA_ID, in bytes.
 */
#define HANDLE_MAX 128

static const char *const removals[] = { "none", "terminate", NULL };

static const option_t token_options[] = {
	OPTION(pcsc_token_t, readers, GLOBS, .was = "reader", .def = "*"),
	OPTION(pcsc_token_t, module, STRING),
	OPTION(pcsc_token_t, slot, INT, .max = UINT32_MAX - 1),
	OPTION(pcsc_token_t, handle, STRING),
	OPTION(pcsc_token_t, pin, SECRET),
	OPTION(pcsc_token_t, pin_file, STRING),
	OPTION(pcsc_token_t, load_cert, BOOL, .def = "yes"),
	OPTION(pcsc_token_t, on_removal, ENUM, .names = removals),
	OPTION_AS("initiate_connections", pcsc_token_t, initiate, GLOBS,
			  .was = "initiate"),
};

/**
 * Implementation of options_schema_t.clear.
 */
static void clear(void *config)
{
	pcsc_token_t *token = config;

	chunk_clear(&token->hidden);
	chunk_clear(&token->pad);
}

static void check_token(void *config, option_errors_t *errors);

static const options_schema_t token_schema = {
	.size = sizeof(pcsc_token_t),
	.options = token_options,
	.count = countof(token_options),
	.check = check_token,
	.clear = clear,
};

static const option_t options[] = {
	OPTION(pcsc_token_settings_t, start_command, STRING),
	OPTION(pcsc_token_settings_t, start_timeout, TIME, .max = 60,
		   .def = "5s"),
	OPTION(pcsc_token_settings_t, poll_interval, TIME, .was = "poll",
		   .min = 1, .max = 10, .def = "2s"),
	OPTION(pcsc_token_settings_t, on_removal, ENUM, .names = removals,
		   .def = "none"),
	OPTION(pcsc_token_settings_t, removal_delay, TIME, .max = 86400,
		   .def = "0"),
	OPTION(pcsc_token_settings_t, helper, STRING),
	OPTION(pcsc_token_settings_t, tokens, SECTIONS, .section = &token_schema,
		   .max = PCSC_TOKEN_TOKENS_MAX),
};

/**
 * Is this a CKA_ID in hex?
 */
static bool is_handle(const char *handle)
{
	size_t len = strlen(handle);

	return len % 2 == 0 && len / 2 <= HANDLE_MAX &&
		   strspn(handle, "0123456789abcdefABCDEF") == len;
}

/**
 * Check what identifies the key.
 */
static void check_key(pcsc_token_t *token, option_errors_t *errors)
{
	const char *wrong;

	if (!token->module)
	{
		errors->add(errors, "module", NULL, "isn't set, expected the path of a "
					"PKCS#11 module");
	}
	else
	{
		wrong = pcsc_token_check_module(token->module);
		if (wrong)
		{
			errors->add(errors, "module", token->module, "%s", wrong);
		}
	}
	if (!token->handle)
	{
		errors->add(errors, "handle", NULL, "isn't set, expected the CKA_ID of "
					"a key in hex digits");
	}
	else if (!is_handle(token->handle))
	{
		errors->add(errors, "handle", token->handle, "expected an even number "
					"of hex digits, 256 at most");
	}
}

/**
 * Keep a PIN, but not as it is.
 */
static void hide_pin(pcsc_token_t *token)
{
	size_t len = strlen(token->pin);

	token->pad = chunk_alloc(len);
	memset(token->pad.ptr, 0x5a, len);
	if (getentropy(token->pad.ptr, min(len, 256)))
	{
		DBG2(DBG_CFG, "pcsc-token: no entropy for a PIN: %s", strerror(errno));
	}
	token->hidden = chunk_clone(chunk_create((u_char*)token->pin, len));
	memxor(token->hidden.ptr, token->pad.ptr, len);
	memwipe(token->pin, len);
	free(token->pin);
	token->pin = NULL;
}

chunk_t pcsc_token_get_pin(const pcsc_token_t *token)
{
	chunk_t pin = chunk_clone(token->hidden);

	memxor(pin.ptr, token->pad.ptr, pin.len);
	return pin;
}

/**
 * Check where the PIN comes from.
 */
static void check_pin(pcsc_token_t *token, option_errors_t *errors)
{
	const char *wrong;

	if (token->pin && token->pin_file)
	{
		errors->add(errors, "pin_file", token->pin_file, "has no effect with "
					"pin, expected one of them");
	}
	else if (token->pin_file)
	{
		wrong = pcsc_token_check_pin_file(token->pin_file);
		if (wrong)
		{
			errors->add(errors, "pin_file", token->pin_file, "%s", wrong);
		}
	}
	if (token->pin)
	{
		hide_pin(token);
	}
}

/**
 * Implementation of options_schema_t.check of a token.
 */
static void check_token(void *config, option_errors_t *errors)
{
	pcsc_token_t *token = config;
	pcsc_token_settings_t *settings = token->section.parent;

	check_key(token, errors);
	check_pin(token, errors);
	if (token->on_removal == OPTION_UNSET_ENUM)
	{
		token->on_removal = settings->on_removal;
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	pcsc_token_settings_t *settings = config;

	if (settings->start_command && !settings->start_timeout)
	{
		errors->add(errors, "start_timeout", "0", "expected at least 1 second "
					"for start_command");
	}
}

const options_schema_t pcsc_token_schema = {
	.name = "pcsc-token",
	.size = sizeof(pcsc_token_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};

/**
 * Do two tokens name the same key on a card?
 */
static bool same_key(const pcsc_token_t *a, const pcsc_token_t *b)
{
	return strcaseeq(a->handle, b->handle) && streq(a->module, b->module) &&
		   a->slot == b->slot;
}

pcsc_token_t *pcsc_token_claim(const pcsc_token_settings_t *settings,
							   pcsc_token_t *token, const char *reader)
{
	pcsc_token_t *first;
	u_int i;

	if (!token->readers->matches(token->readers, reader))
	{
		return NULL;
	}
	for (i = 0; i < settings->tokens.count; i++)
	{
		first = settings->tokens.items[i];
		if (first == token || (same_key(first, token) &&
							   first->readers->matches(first->readers, reader)))
		{
			return first;
		}
	}
	return NULL;
}
