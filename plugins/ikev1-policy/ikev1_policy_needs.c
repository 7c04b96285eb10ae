/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_needs.h"

/**
 * Look at one side's rounds of authentication.
 */
static void look(peer_cfg_t *cfg, bool local, ikev1_policy_traits_t *traits)
{
	enumerator_t *enumerator;
	auth_cfg_t *round;

	enumerator = cfg->create_auth_cfg_enumerator(cfg, local);
	while (enumerator->enumerate(enumerator, &round))
	{
		switch ((uintptr_t)round->get(round, AUTH_RULE_AUTH_CLASS))
		{
			case AUTH_CLASS_XAUTH:
				traits->own_xauth |= local;
				traits->xauth |= !local;
				traits->radius |= !local && strpfx(
					round->get(round, AUTH_RULE_XAUTH_BACKEND) ?: "", "radius");
				break;
			case AUTH_CLASS_PSK:
				traits->psk |= local;
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
}

void ikev1_policy_get_traits(peer_cfg_t *cfg, ikev1_policy_traits_t *traits)
{
	*traits = (ikev1_policy_traits_t){
		.aggressive = cfg->use_aggressive(cfg),
		.push = !cfg->use_pull_mode(cfg),
	};
	look(cfg, TRUE, traits);
	look(cfg, FALSE, traits);
}

void ikev1_policy_write_needs(const ikev1_policy_traits_t *traits,
							  char buf[IKEV1_POLICY_NEEDS_LEN])
{
	snprintf(buf, IKEV1_POLICY_NEEDS_LEN, "version = 2%s%s%s%s%s%s",
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
}
