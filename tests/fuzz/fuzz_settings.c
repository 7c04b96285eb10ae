/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#include <schemas.h>

static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * Does the input contain a string?
 */
static bool contains(chunk_t input, const char *str)
{
	return memmem(input.ptr, input.len, str, strlen(str)) != NULL;
}

/**
 * A strongswan.conf with sections named as plugins.
 */
FUZZ(settings)(chunk_t input)
{
	option_errors_t *errors;
	settings_t *settings;
	char *text;
	void *config;
	int i;

	/* parsing is charon's, and includes other files; and some options name
	 * files that are read, which could be any */
	if (contains(input, "include") || contains(input, "_file"))
	{
		return;
	}
	text = strndup((char*)input.ptr, input.len);
	settings = settings_create_string(text);
	free(text);
	for (i = 0; settings && schemas[i]; i++)
	{
		errors = option_errors_create();
		config = options_load(schemas[i], settings, (char*)schemas[i]->name,
							  errors);
		fuzz_require((config != NULL) == !errors->get_count(errors));
		options_unref(config);
		errors->destroy(errors);
	}
	DESTROY_IF(settings);
}
