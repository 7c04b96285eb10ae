/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_events.h"

#include <offer.h>

void pcsc_token_tell(const char *type, const char *reader, const char *token)
{
	control_out_t *out = control_event_begin("token");

	if (out)
	{
		out->value(out, "type", "%s", type);
		if (reader)
		{
			out->value(out, "reader", "%s", reader);
		}
		if (token)
		{
			out->value(out, "token", "%s", token);
		}
		control_event_end(out);
	}
}
