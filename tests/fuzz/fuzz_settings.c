/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

#include <options.h>
#ifdef WITH_AUTH_POLICY
#include <auth_policy_settings.h>
#endif
#ifdef WITH_BYPASS
#include <bypass_settings.h>
#endif
#ifdef WITH_FILTERMODE
#include <filtermode_settings.h>
#endif
#ifdef WITH_IKEV1_POLICY
#include <ikev1_policy_settings.h>
#endif
#ifdef WITH_PEER_LOG
#include <peer_log_settings.h>
#endif
#ifdef WITH_STRICT_BIND
#include <strict_bind_settings.h>
#endif
#ifdef WITH_UNIQUE_POLICY
#include <unique_policy_settings.h>
#endif

/**
 * Plugins whose options don't name files that are read.
 */
static const options_schema_t *const schemas[] = {
#ifdef WITH_AUTH_POLICY
	&auth_policy_schema,
#endif
#ifdef WITH_BYPASS
	&bypass_schema,
#endif
#ifdef WITH_FILTERMODE
	&filtermode_schema,
#endif
#ifdef WITH_IKEV1_POLICY
	&ikev1_policy_schema,
#endif
#ifdef WITH_PEER_LOG
	&peer_log_schema,
#endif
#ifdef WITH_STRICT_BIND
	&strict_bind_schema,
#endif
#ifdef WITH_UNIQUE_POLICY
	&unique_policy_schema,
#endif
	NULL,
};

void fuzz_settings(chunk_t input)
{
	option_errors_t *errors;
	settings_t *settings;
	char *text;
	void *config;
	int i;

	/* parsing is charon's, and includes other files */
	if (memmem(input.ptr, input.len, "include", strlen("include")))
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
