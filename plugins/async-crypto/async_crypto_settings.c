/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_settings.h"
#include "async_crypto_cpus.h"
#include "async_crypto_names.h"
#include "async_crypto_padata.h"

static const option_t options[] = {
	OPTION(async_crypto_settings_t, algorithms, STRING, .def = "auto"),
	OPTION(async_crypto_settings_t, parallel_cpus, STRING),
	OPTION(async_crypto_settings_t, serial_cpus, STRING),
};

/**
 * Parse a list of algorithms.
 */
static linked_list_t *parse_algorithms(const char *list,
									   option_errors_t *errors)
{
	linked_list_t *names;
	char *bad;

	if (streq(list, "auto"))
	{
		return NULL;
	}
	if (streq(list, "off"))
	{
		return linked_list_create();
	}
	names = async_crypto_names_parse(list, &bad);
	if (!names)
	{
		errors->add(errors, "algorithms", bad, "expected auto, off, or at most "
					"%d of the kernel's names like rfc4106(gcm(aes))",
					ASYNC_CRYPTO_NAMES_MAX);
		free(bad);
	}
	return names;
}

/**
 * Parse a list of CPUs, which may be NULL.
 */
static void parse_cpus(const char *key, const char *list,
					   async_crypto_cpus_t *cpus, option_errors_t *errors)
{
	async_crypto_cpus_t all;
	char range[BUF_LEN];

	async_crypto_padata_range(range, sizeof(range));
	if (list && (!async_crypto_cpus_parse(list, cpus) ||
				 (async_crypto_cpus_parse(range, &all) &&
				  !async_crypto_cpus_within(cpus, &all))))
	{
		errors->add(errors, key, list, "expected a list of this kernel's CPUs, "
					"which are %s", range);
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	async_crypto_settings_t *settings = config;

	settings->names = parse_algorithms(settings->algorithms, errors);
	parse_cpus("parallel_cpus", settings->parallel_cpus, &settings->parallel,
			   errors);
	parse_cpus("serial_cpus", settings->serial_cpus, &settings->serial,
			   errors);
}

/**
 * Implementation of options_schema_t.clear.
 */
static void clear(void *config)
{
	async_crypto_settings_t *settings = config;

	async_crypto_names_destroy(settings->names);
}

const options_schema_t async_crypto_schema = {
	.name = "async-crypto",
	.size = sizeof(async_crypto_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
	.clear = clear,
};
