/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_verdict.h"

#include <credentials/certificates/crl.h>

/**
 * Is the newest CRL good by grace?
 */
static bool in_grace(const auth_policy_status_t *status, uint32_t grace,
					 time_t now)
{
	/* a CRL that lists the certificate need not have decided: charon forgets
	 * one on which it is on hold over an older one */
	return grace && status->crl && !status->listed &&
		   status->this_update <= now &&
		   now - status->next_update <= (time_t)grace;
}

auth_policy_verdict_t auth_policy_judge(const auth_policy_status_t *status,
										const auth_policy_terms_t *terms,
										time_t now)
{
	bool good = FALSE;

	switch (status->result)
	{
		case AUTH_POLICY_GOOD:
			good = TRUE;
			break;
		case AUTH_POLICY_SKIPPED:
			good = terms->revocation != AUTH_POLICY_STRICT;
			break;
		case AUTH_POLICY_STALE:
			good = terms->revocation == AUTH_POLICY_RELAXED;
			if (!good && in_grace(status, terms->grace, now))
			{
				return AUTH_POLICY_GRACE;
			}
			break;
		case AUTH_POLICY_FAILED:
			good = terms->revocation == AUTH_POLICY_RELAXED;
			break;
		case AUTH_POLICY_UNCHECKED:
			good = terms->revocation == AUTH_POLICY_RELAXED ||
				   (terms->revocation == AUTH_POLICY_IFURI && !status->uri);
			break;
		case AUTH_POLICY_ON_HOLD:
		case AUTH_POLICY_REVOKED:
		case AUTH_POLICY_RESULTS:
			break;
	}
	return good ? AUTH_POLICY_ACCEPT : AUTH_POLICY_REFUSE;
}

/**
 * Say why a certificate with CRLs or OCSP responses that expired isn't good.
 */
static void explain_stale(const auth_policy_status_t *status, char *buf,
						  size_t len)
{
	if (status->crl)
	{
		snprintf(buf, len, "the CRL of %T expired %T",
				 &status->this_update, TRUE, &status->next_update, TRUE);
	}
	else
	{
		snprintf(buf, len, "a delta CRL or an OCSP response has expired");
	}
}

/**
 * Say why there is nothing to know about a certificate with URIs.
 */
static void explain_failed(const auth_policy_status_t *status, char *buf,
						   size_t len)
{
	if (status->crl)
	{
		snprintf(buf, len, "there is no CRL or OCSP response but the CRL of "
				 "%T, which isn't valid yet or has no key identifier",
				 &status->this_update, TRUE);
	}
	else
	{
		snprintf(buf, len, "there is no CRL or OCSP response%s",
				 status->bad_signature ?
					" but a CRL that the issuer didn't sign" : "");
	}
}

/**
 * Say why nobody checked a certificate.
 */
static void explain_unchecked(const auth_policy_status_t *status, char *buf,
							  size_t len)
{
	if (status->crl)
	{
		snprintf(buf, len, "nobody looked at the CRL of %T: it has no key "
				 "identifier, or plugin revocation isn't loaded or has "
				 "enable_crl off", &status->this_update, TRUE);
	}
	else
	{
		snprintf(buf, len, "nobody checked it: its issuer isn't known, or "
				 "plugin revocation isn't loaded or has enable_crl or "
				 "enable_ocsp off");
	}
}

/**
 * Say how we know that a certificate is revoked.
 */
static void explain_revoked(const auth_policy_status_t *status, char *buf,
							size_t len)
{
	if (status->crl && status->listed)
	{
		snprintf(buf, len, "it is revoked since %T (%N), by the CRL of %T, "
				 "valid until %T", &status->revocation, TRUE, crl_reason_names,
				 status->reason, &status->this_update, TRUE,
				 &status->next_update, TRUE);
	}
	else
	{
		snprintf(buf, len, "it is revoked, by OCSP");
	}
}

void auth_policy_explain(const auth_policy_status_t *status, char *buf,
						 size_t len)
{
	switch (status->result)
	{
		case AUTH_POLICY_GOOD:
			snprintf(buf, len, "it is good");
			break;
		case AUTH_POLICY_SKIPPED:
			snprintf(buf, len, "there is neither a CRL nor an URI");
			break;
		case AUTH_POLICY_STALE:
			explain_stale(status, buf, len);
			break;
		case AUTH_POLICY_FAILED:
			explain_failed(status, buf, len);
			break;
		case AUTH_POLICY_ON_HOLD:
		case AUTH_POLICY_REVOKED:
			explain_revoked(status, buf, len);
			break;
		case AUTH_POLICY_UNCHECKED:
		case AUTH_POLICY_RESULTS:
			explain_unchecked(status, buf, len);
			break;
	}
}
