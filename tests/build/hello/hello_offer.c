/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hello_offer.h"
#include "hello_settings.h"

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	hello_settings_t *settings = config;

	out->value(out, "greeting", "%s", settings->greeting);
	out->number(out, "letters", strlen(settings->greeting));
}

const offer_t hello_offer = {
	.status = status,
};
