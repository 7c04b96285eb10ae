/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_events.h"

void strict_bind_write_target(control_out_t *out,
							  const strict_bind_target_t *target)
{
	host_t *host = target->host;

	out->value(out, "address", "%H", host);
	out->number(out, "port", host->get_port(host));
	out->flag(out, "nat-t", target->natt);
	out->value(out, "interface", "%s", target->ifname);
}

void strict_bind_tell(const char *type, const strict_bind_target_t *target,
					  int error)
{
	control_out_t *out = control_event_begin("binding");

	if (out)
	{
		out->value(out, "type", "%s", type);
		strict_bind_write_target(out, target);
		if (error)
		{
			out->value(out, "error", "%s", strerror(error));
		}
		control_event_end(out);
	}
}
