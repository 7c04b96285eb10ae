/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_events.h"

#include <offer.h>

void accounting_tell_limit(const char *type,
						   const accounting_session_t *session,
						   uint32_t unique_id, const char *limit, uint32_t left)
{
	control_out_t *out = control_event_begin("limit");

	if (out)
	{
		out->value(out, "type", "%s", type);
		out->number(out, "uniqueid", unique_id);
		out->value(out, "id", "%Y", session->user);
		out->value(out, "connection", "%s", session->connection);
		out->value(out, "option", "%s", limit);
		if (left)
		{
			out->number(out, "left", left);
		}
		control_event_end(out);
	}
}
