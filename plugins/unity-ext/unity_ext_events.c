/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_events.h"

#include <offer.h>

void unity_ext_tell_banner(ike_sa_t *ike_sa, const char *banner)
{
	control_out_t *out = control_event_begin("banner");
	host_t *host = ike_sa->get_other_host(ike_sa);

	if (out)
	{
		out->value(out, "connection", "%s", ike_sa->get_name(ike_sa));
		out->number(out, "uniqueid", ike_sa->get_unique_id(ike_sa));
		out->value(out, "id", "%Y", ike_sa->get_other_id(ike_sa));
		out->value(out, "host", "%H", host);
		out->number(out, "port", host->get_port(host));
		out->value(out, "banner", "%s", banner);
		control_event_end(out);
	}
}
