/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_offer.h"
#include "async_crypto_settings.h"

/**
 * Write an algorithm that is parallel, implementation of async_crypto_list_t.
 */
static void write_parallel(void *data, const char *name,
						   async_crypto_result_t result)
{
	control_out_t *out = data;

	if (result == ASYNC_CRYPTO_MADE || result == ASYNC_CRYPTO_FOREIGN)
	{
		out->item(out, "%s", name);
	}
}

/**
 * Write why an algorithm isn't parallel, implementation of async_crypto_list_t.
 */
static void write_warning(void *data, const char *name,
						  async_crypto_result_t result)
{
	control_out_t *out = data;

	switch (result)
	{
		case ASYNC_CRYPTO_UNKNOWN:
			out->item(out, "the kernel has no algorithm %s", name);
			break;
		case ASYNC_CRYPTO_NO_PCRYPT:
			out->item(out, "the kernel has no pcrypt (CONFIG_CRYPTO_PCRYPT)");
			break;
		case ASYNC_CRYPTO_FAILED:
			out->item(out, "making %s parallel failed, the log says why", name);
			break;
		case ASYNC_CRYPTO_MADE:
		case ASYNC_CRYPTO_FOREIGN:
			break;
	}
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	async_crypto_manager_t *this = data;
	async_crypto_settings_t *settings = config;
	pid_t holder;

	out->value(out, "algorithms", "%s", settings->algorithms);
	out->begin_list(out, "parallel");
	this->list(this, write_parallel, out);
	out->end_list(out);
	out->begin_list(out, "warnings");
	if (this->is_elsewhere(this, &holder))
	{
		out->item(out, "left to process %d, which makes algorithms parallel "
				  "for all", (int)holder);
	}
	else if (!this->list(this, write_warning, out))
	{
		out->item(out, "the kernel has no crypto user interface "
				  "(CONFIG_CRYPTO_USER)");
	}
	out->end_list(out);
}

const offer_t async_crypto_offer = {
	.status = status,
};
