/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_alg.h"

/**
 * Kernel's CRYPTO_ALG_LARVAL, _DEAD and _DYING: of no use to anybody.
 */
#define FLAGS_UNUSABLE 0x70

bool async_crypto_alg_parse(struct nlmsghdr *hdr, async_crypto_alg_t *alg)
{
	struct crypto_user_alg *info = NLMSG_DATA(hdr);
	struct nlattr *attr;
	int len;

	len = hdr->nlmsg_len - NLMSG_SPACE(sizeof(*info));
	if (len < 0 || info->cru_flags & FLAGS_UNUSABLE)
	{
		return FALSE;
	}
	*alg = (async_crypto_alg_t){};
	/* with a NUL at the end, whatever was received */
	snprintf(alg->name, sizeof(alg->name), "%.*s",
			 (int)sizeof(info->cru_name), info->cru_name);
	snprintf(alg->driver, sizeof(alg->driver), "%.*s",
			 (int)sizeof(info->cru_driver_name), info->cru_driver_name);
	attr = (struct nlattr*)((char*)info + NLMSG_ALIGN(sizeof(*info)));
	while (len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN &&
		   attr->nla_len <= len)
	{
		if (attr->nla_type == CRYPTOCFGA_PRIORITY_VAL &&
			attr->nla_len == NLA_HDRLEN + sizeof(alg->priority))
		{
			memcpy(&alg->priority, (char*)attr + NLA_HDRLEN,
				   sizeof(alg->priority));
		}
		len -= NLA_ALIGN(attr->nla_len);
		attr = (struct nlattr*)((char*)attr + NLA_ALIGN(attr->nla_len));
	}
	return TRUE;
}
