/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_crls.h"

#include <time.h>

#include <collections/array.h>
#include <credentials/certificates/crl.h>
#include <credentials/certificates/x509.h>

/**
 * Get all CRLs, each once: several sets may have the same.
 *
 * @return				array of certificate_t*, with references
 */
static array_t *get_all(void)
{
	array_t *all = array_create(0, 0);
	enumerator_t *enumerator;
	certificate_t *crl, *other;
	bool known;
	int i;

	enumerator = lib->credmgr->create_cert_enumerator(lib->credmgr,
										CERT_X509_CRL, KEY_ANY, NULL, FALSE);
	while (enumerator->enumerate(enumerator, &crl))
	{
		known = FALSE;
		for (i = 0; !known && array_get(all, i, &other); i++)
		{
			known = crl->equals(crl, other);
		}
		if (!known)
		{
			array_insert(all, ARRAY_TAIL, crl->get_ref(crl));
		}
	}
	enumerator->destroy(enumerator);
	return all;
}

/**
 * Did a CA that is known sign a CRL?
 *
 * @param known			gets whether there is one of that name
 */
static bool is_signed(certificate_t *crl, bool *known)
{
	enumerator_t *enumerator;
	certificate_t *ca;
	bool found = FALSE;

	*known = FALSE;
	enumerator = lib->credmgr->create_cert_enumerator(lib->credmgr, CERT_X509,
										KEY_ANY, crl->get_issuer(crl), FALSE);
	while (!found && enumerator->enumerate(enumerator, &ca))
	{
		*known = TRUE;
		found = lib->credmgr->issued_by(lib->credmgr, crl, ca, NULL);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Is there the CRL that a delta CRL says more of?
 */
static bool has_base(array_t *all, certificate_t *delta, chunk_t base)
{
	certificate_t *cert;
	crl_t *crl;
	int i;

	for (i = 0; array_get(all, i, &cert); i++)
	{
		crl = (crl_t*)cert;
		if (!crl->is_delta_crl(crl, NULL) &&
			cert->has_issuer(cert, delta->get_issuer(delta)) &&
			chunk_equals(crl->get_serial(crl), base))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Find out why charon ignores a CRL.
 *
 * @return				"valid" if it doesn't
 */
static const char *get_state(array_t *all, certificate_t *cert)
{
	crl_t *crl = (crl_t*)cert;
	time_t now = time(NULL), from, until;
	chunk_t base = chunk_empty;
	bool known;

	if (!is_signed(cert, &known))
	{
		return known ? "wrong-signature" : "no-issuer";
	}
	cert->get_validity(cert, &now, &from, &until);
	if (from > now)
	{
		return "not-yet-valid";
	}
	if (until < now)
	{
		return "expired";
	}
	if (crl->is_delta_crl(crl, &base) && !has_base(all, cert, base))
	{
		return "no-base";
	}
	return crl->get_authKeyIdentifier(crl).len ? "valid" : "no-key-id";
}

/**
 * Count what a CRL lists.
 */
static u_int count(crl_t *crl)
{
	enumerator_t *enumerator;
	crl_reason_t reason;
	chunk_t serial;
	time_t since;
	u_int count = 0;

	enumerator = crl->create_enumerator(crl);
	while (enumerator->enumerate(enumerator, &serial, &since, &reason))
	{
		count++;
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Write a CRL as a message of list-crls.
 */
static void write_crl(control_out_t *out, array_t *all, certificate_t *cert)
{
	crl_t *crl = (crl_t*)cert;
	time_t now = time(NULL), from, until;
	chunk_t number = chunk_to_hex(crl->get_serial(crl), NULL, FALSE);

	cert->get_validity(cert, &now, &from, &until);
	out->value(out, "issuer", "%Y", cert->get_issuer(cert));
	out->value(out, "crl-number", "%s", number.ptr);
	out->flag(out, "delta", crl->is_delta_crl(crl, NULL));
	out->value(out, "state", "%s", get_state(all, cert));
	out->number(out, "age", now - min(now, from));
	out->number(out, "expires-in", until - min(now, until));
	out->number(out, "entries", count(crl));
	out->emit(out);
	chunk_free(&number);
}

void auth_policy_list_crls(control_out_t *out)
{
	array_t *all = get_all();
	certificate_t *cert;
	int i;

	for (i = 0; array_get(all, i, &cert); i++)
	{
		write_crl(out, all, cert);
	}
	array_destroy_offset(all, offsetof(certificate_t, destroy));
}
