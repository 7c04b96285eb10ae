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
	{ .key = "reader", .type = OPTION_GLOBS,
	  .offset = offsetof(pcsc_token_t, reader), .def = "*" },
	{ .key = "module", .type = OPTION_STRING,
	  .offset = offsetof(pcsc_token_t, module) },
	{ .key = "slot", .type = OPTION_INT, .max = UINT32_MAX - 1,
	  .offset = offsetof(pcsc_token_t, slot) },
	{ .key = "handle", .type = OPTION_STRING,
	  .offset = offsetof(pcsc_token_t, handle) },
	{ .key = "pin", .type = OPTION_SECRET,
	  .offset = offsetof(pcsc_token_t, pin) },
	{ .key = "pin_file", .type = OPTION_STRING,
	  .offset = offsetof(pcsc_token_t, pin_file) },
	{ .key = "load_cert", .type = OPTION_BOOL,
	  .offset = offsetof(pcsc_token_t, load_cert), .def = "yes" },
	{ .key = "on_removal", .type = OPTION_ENUM, .names = removals,
	  .offset = offsetof(pcsc_token_t, on_removal) },
	{ .key = "initiate", .type = OPTION_GLOBS,
	  .offset = offsetof(pcsc_token_t, initiate) },
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

static const options_schema_t token_schema = {
	.size = sizeof(pcsc_token_t),
	.clear = clear,
	.options = token_options,
	.count = countof(token_options),
};

static const option_t options[] = {
	{ .key = "start_command", .type = OPTION_STRING,
	  .offset = offsetof(pcsc_token_settings_t, start_command) },
	{ .key = "start_timeout", .type = OPTION_TIME, .max = 60,
	  .offset = offsetof(pcsc_token_settings_t, start_timeout), .def = "5" },
	{ .key = "poll", .type = OPTION_TIME, .min = 1, .max = 10,
	  .offset = offsetof(pcsc_token_settings_t, poll), .def = "2" },
	{ .key = "on_removal", .type = OPTION_ENUM, .names = removals,
	  .offset = offsetof(pcsc_token_settings_t, on_removal), .def = "none" },
	{ .key = "removal_delay", .type = OPTION_TIME, .max = 86400,
	  .offset = offsetof(pcsc_token_settings_t, removal_delay), .def = "0" },
	{ .key = "helper", .type = OPTION_STRING,
	  .offset = offsetof(pcsc_token_settings_t, helper) },
	{ .key = "tokens", .type = OPTION_SECTIONS, .section = &token_schema,
	  .offset = offsetof(pcsc_token_settings_t, tokens),
	  .max = PCSC_TOKEN_TOKENS_MAX },
};

/**
 * Add an error about an option of a token.
 */
static void add_error(pcsc_token_t *token, const char *key, const char *value,
					  const char *wrong, option_errors_t *errors)
{
	char path[BUF_LEN];

	snprintf(path, sizeof(path), "tokens.%s.%s", token->section.name, key);
	errors->add(errors, path, value, "%s", wrong);
}

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
		add_error(token, "module", NULL, "isn't set, expected the path of a "
				  "PKCS#11 module", errors);
	}
	else
	{
		wrong = pcsc_token_check_module(token->module);
		if (wrong)
		{
			add_error(token, "module", token->module, wrong, errors);
		}
	}
	if (!token->handle)
	{
		add_error(token, "handle", NULL, "isn't set, expected the CKA_ID of "
				  "a key in hex digits", errors);
	}
	else if (!is_handle(token->handle))
	{
		add_error(token, "handle", token->handle, "expected an even number of "
				  "hex digits, 256 at most", errors);
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
		add_error(token, "pin_file", token->pin_file, "has no effect with "
				  "pin, expected one of them", errors);
	}
	else if (token->pin_file)
	{
		wrong = pcsc_token_check_pin_file(token->pin_file);
		if (wrong)
		{
			add_error(token, "pin_file", token->pin_file, wrong, errors);
		}
	}
	if (token->pin)
	{
		hide_pin(token);
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	pcsc_token_settings_t *settings = config;
	pcsc_token_t *token;
	u_int i;

	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		check_key(token, errors);
		check_pin(token, errors);
		if (token->on_removal == OPTION_UNSET_ENUM)
		{
			token->on_removal = settings->on_removal;
		}
	}
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

	if (!token->reader->matches(token->reader, reader))
	{
		return NULL;
	}
	for (i = 0; i < settings->tokens.count; i++)
	{
		first = settings->tokens.items[i];
		if (first == token || (same_key(first, token) &&
							   first->reader->matches(first->reader, reader)))
		{
			return first;
		}
	}
	return NULL;
}

pcsc_token_t *pcsc_token_find(const pcsc_token_settings_t *settings,
							  const char *name)
{
	pcsc_token_t *token;
	u_int i;

	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		if (streq(token->section.name, name))
		{
			return token;
		}
	}
	return NULL;
}
