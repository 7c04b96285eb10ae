/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_control.h"
#include "async_crypto_settings.h"

#include <control_registry.h>

typedef struct private_async_crypto_control_t private_async_crypto_control_t;

struct private_async_crypto_control_t {
	async_crypto_control_t public;
	options_store_t *store;
	async_crypto_manager_t *manager;
	control_offer_t offer;
};

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
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_async_crypto_control_t *this = data;
	async_crypto_settings_t *settings;
	pid_t holder;

	settings = this->store->get(this->store);
	out->value(out, "algorithms", "%s", settings->algorithms);
	options_unref(settings);
	out->begin_list(out, "parallel");
	this->manager->list(this->manager, write_parallel, out);
	out->end_list(out);
	out->begin_list(out, "warnings");
	if (this->manager->is_elsewhere(this->manager, &holder))
	{
		out->item(out, "left to process %d, which makes algorithms parallel "
				  "for all", (int)holder);
	}
	else if (!this->manager->list(this->manager, write_warning, out))
	{
		out->item(out, "the kernel has no crypto user interface "
				  "(CONFIG_CRYPTO_USER)");
	}
	out->end_list(out);
}

METHOD(async_crypto_control_t, destroy, void,
	private_async_crypto_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

async_crypto_control_t *async_crypto_control_create(options_store_t *store,
											async_crypto_manager_t *manager)
{
	private_async_crypto_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.manager = manager,
		.offer = {
			.plugin = "async-crypto",
			.store = store,
			.status = status,
		},
	);
	this->offer.data = this;
	control_registry_add(&this->offer);
	return &this->public;
}
