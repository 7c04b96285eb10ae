/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_reason.h"

/**
 * Reasons, and plugins.
 */
static const struct {
	const char *reason;
	const char *by;
} reasons[] = {
	[IKE_SA_WHY_UNKNOWN] = { "local", NULL },
	[IKE_SA_WHY_OPERATOR] = { "operator", NULL },
	[IKE_SA_WHY_REPLACED] = { "replaced", NULL },
	[IKE_SA_WHY_ACCOUNTING] = { "limit", "accounting" },
	[IKE_SA_WHY_BLOCK] = { "block", "auth-policy" },
	[IKE_SA_WHY_REVOCATION] = { "revocation", "auth-policy" },
	[IKE_SA_WHY_FILTERMODE] = { "local", "filtermode" },
	[IKE_SA_WHY_PCSC_TOKEN] = { "card", "pcsc-token" },
	[IKE_SA_WHY_PEER_RESOLVE] = { "local", "peer-resolve" },
	[IKE_SA_WHY_UNIQUE_POLICY] = { "limit", "unique-policy" },
};

const char *accounting_reason(ike_sa_why_t why, const char **reason)
{
	/* the peer may have been faster */
	if (!streq(*reason, "local") || why >= countof(reasons))
	{
		return NULL;
	}
	*reason = reasons[why].reason;
	return reasons[why].by;
}
