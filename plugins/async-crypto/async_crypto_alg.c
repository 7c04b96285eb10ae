/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_alg.h"

#include <netlink_message.h>

/**
 * Kernel's CRYPTO_ALG_LARVAL, _DEAD and _DYING: of no use to anybody.
 */
#define FLAGS_UNUSABLE 0x70

/**
 * Attributes of algorithms.
 */
static const netlink_want_t wanted[] = {
	[CRYPTOCFGA_PRIORITY_VAL] = { 4, 4 },
};

bool async_crypto_alg_parse(struct nlmsghdr *hdr, async_crypto_alg_t *alg)
{
	struct crypto_user_alg *info = NLMSG_DATA(hdr);
	chunk_t attrs[countof(wanted)];

	if (!netlink_parse(hdr, sizeof(*info), wanted, countof(attrs), attrs) ||
		info->cru_flags & FLAGS_UNUSABLE)
	{
		return FALSE;
	}
	*alg = (async_crypto_alg_t){
		.priority = netlink_get_u32(attrs[CRYPTOCFGA_PRIORITY_VAL], 0),
	};
	/* with a NUL at the end, whatever was received */
	netlink_get_str(chunk_from_thing(info->cru_name), alg->name,
					sizeof(alg->name));
	netlink_get_str(chunk_from_thing(info->cru_driver_name), alg->driver,
					sizeof(alg->driver));
	return TRUE;
}
