/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_needs.h"

void ikev1_traits_add(ikev1_traits_t *traits, bool local, const char *auth)
{
	bool xauth = strcasepfx(auth, "xauth");

	traits->own_xauth |= xauth && local;
	traits->xauth |= xauth && !local;
	traits->radius |= strcasepfx(auth, "xauth-radius") && !local;
	traits->psk |= strcaseeq(auth, "psk") && local;
}

const char *ikev1_needs_write(const ikev1_traits_t *traits,
							  char buf[IKEV1_NEEDS_LEN])
{
	snprintf(buf, IKEV1_NEEDS_LEN, "version = 2%s%s%s%s%s%s",
		traits->xauth ? ", remote.auth = eap-" : "",
		!traits->xauth ? "" : traits->radius ? "radius" : "mschapv2",
		traits->xauth ? " in place of remote-xauth" : "",
		traits->xauth && traits->psk ? ", local.auth = pubkey and a "
			"certificate, which clients ask for with EAP" : "",
		traits->own_xauth ? ", local.auth = eap in place of local-xauth" : "",
		traits->aggressive && traits->push ?
			", neither aggressive nor pull = no" :
		traits->aggressive ? ", no aggressive" :
		traits->push ? ", no pull = no" : "");
	return buf;
}
