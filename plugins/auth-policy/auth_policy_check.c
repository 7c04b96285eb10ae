/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_check.h"
#include "auth_policy_uris.h"

#include <time.h>

#include <credentials/certificates/crl.h>
#include <credentials/certificates/x509.h>
#include <utf8.h>

/**
 * URIs that are named, and bytes of each: a certificate may have any number.
 */
#define URIS_MAX 6
#define URI_LEN 160

typedef struct places_t places_t;
typedef struct search_t search_t;

/**
 * A certificate to look up in CRLs.
 */
struct search_t {
	certificate_t *cert;
	/** NULL if it isn't at hand */
	certificate_t *issuer;
	/** If it is looked at again, the CRLs that were looked at for others. Delta
	 * CRLs count then that list the certificate, and none that isn't valid
	 * yet. */
	auth_policy_lists_t *lists;
	/** what is known, and the CRL that it is from, NULL if there is none */
	auth_policy_status_t *status;
	certificate_t *best;
};

/**
 * Names of places that were tried, as they are written.
 */
struct places_t {
	FILE *out;
	u_int uris;
};

/**
 * Write down a URI, callback of auth_policy_uris_visit().
 */
static void add_uri(places_t *places, const char *uri, bool ocsp, bool foreign)
{
	if (places->uris++ < URIS_MAX)
	{
		fprintf(places->out, ", %s", ocsp ? "OCSP " : "");
		utf8_print(places->out, uri, URI_LEN);
	}
	else if (places->uris == URIS_MAX + 1)
	{
		fprintf(places->out, ", ...");
	}
}

/**
 * Find a certificate in a CRL.
 *
 * @param found			gets the entry, without its serial
 * @return				FALSE if it isn't listed
 */
static bool find_once(crl_t *crl, chunk_t wanted, auth_policy_entry_t *found)
{
	enumerator_t *enumerator;
	chunk_t serial;
	bool listed = FALSE;

	wanted = chunk_skip_zero(wanted);
	enumerator = crl->create_enumerator(crl);
	while (!listed && enumerator->enumerate(enumerator, &serial,
											&found->revocation, &found->reason))
	{
		listed = chunk_equals(wanted, chunk_skip_zero(serial));
	}
	enumerator->destroy(enumerator);
	return listed;
}

/**
 * Does a CRL list a certificate? If so, note since when and why.
 */
static void look_up(search_t *search, crl_t *crl, auth_policy_status_t *status)
{
	x509_t *x509 = (x509_t*)search->cert;
	chunk_t serial = x509->get_serial(x509);
	const auth_policy_entry_t *entry;
	auth_policy_entry_t found;

	if (search->lists)
	{
		entry = search->lists->find(search->lists, crl, serial);
	}
	else
	{
		entry = find_once(crl, serial, &found) ? &found : NULL;
	}
	if (entry)
	{
		status->listed = TRUE;
		status->revocation = entry->revocation;
		status->reason = entry->reason;
	}
}

/**
 * Has the issuer signed a CRL?
 */
static bool is_issued(search_t *search, certificate_t *crl)
{
	if (search->lists)
	{
		return search->lists->is_issued(search->lists, (crl_t*)crl,
										search->issuer);
	}
	return lib->credmgr->issued_by(lib->credmgr, crl, search->issuer, NULL);
}

/**
 * Is what a CRL says newer than what is known? Two of one second are told
 * apart by their numbers.
 */
static bool is_newer(search_t *search, crl_t *crl,
					 const auth_policy_status_t *found)
{
	const auth_policy_status_t *status = search->status;

	return found->this_update > status->this_update ||
		   (found->this_update == status->this_update &&
			crl_is_newer(crl, (crl_t*)search->best));
}

/**
 * Look at a CRL: does it tell more than those before?
 */
static void consider(search_t *search, certificate_t *cand)
{
	auth_policy_status_t *status = search->status, found = *status;
	certificate_t *cert = search->cert, *issuer = search->issuer;
	crl_t *crl = (crl_t*)cand;
	bool revoked = status->result == AUTH_POLICY_REVOKED;
	bool delta = crl->is_delta_crl(crl, NULL);

	if (!cand->has_issuer(cand, cert->get_issuer(cert)) ||
		(delta && !revoked && !search->lists))
	{
		return;
	}
	if (issuer && !is_issued(search, cand))
	{
		status->bad_signature = TRUE;
		return;
	}
	found.crl = TRUE;
	found.listed = FALSE;
	cand->get_validity(cand, NULL, &found.this_update, &found.next_update);
	if (search->lists && found.this_update > time(NULL))
	{
		return;
	}
	look_up(search, crl, &found);
	if (delta && search->lists)
	{
		if (!found.listed)
		{	/* it is as it was */
			return;
		}
		found.listed = found.reason != CRL_REASON_REMOVE_FROM_CRL;
	}
	/* the one by which it is revoked, or the newest */
	if (!status->crl || (revoked && found.listed != status->listed ?
						 found.listed : is_newer(search, crl, &found)))
	{
		*status = found;
		DESTROY_IF(search->best);
		search->best = cand->get_ref(cand);
	}
}

/**
 * Look at all CRLs that were fetched or are at hand.
 */
static void consider_all(search_t *search, array_t *crls)
{
	certificate_t *cert = search->cert;
	enumerator_t *enumerator;
	certificate_t *crl;

	enumerator = array_create_enumerator(crls);
	while (enumerator->enumerate(enumerator, &crl))
	{
		consider(search, crl);
	}
	enumerator->destroy(enumerator);

	enumerator = lib->credmgr->create_cert_enumerator(lib->credmgr,
						CERT_X509_CRL, KEY_ANY, cert->get_issuer(cert), FALSE);
	while (enumerator->enumerate(enumerator, &crl))
	{
		consider(search, crl);
	}
	enumerator->destroy(enumerator);
	DESTROY_IF(search->best);
}

/**
 * Create a check, see auth_policy_check_create().
 *
 * @param lists			as in search_t
 */
static auth_policy_check_t *create_check(certificate_t *cert,
										 certificate_t *issuer,
										 auth_policy_result_t result,
										 array_t *crls,
										 auth_policy_lists_t *lists)
{
	auth_policy_check_t *this;
	auth_policy_status_t *status;
	search_t search = {
		.cert = cert,
		.issuer = issuer,
		.lists = lists,
	};
	places_t places = {};
	size_t len;
	char *uris;

	INIT(this,
		.cert = cert->get_ref(cert),
		.status.result = result,
	);
	status = search.status = &this->status;
	if (result == AUTH_POLICY_GOOD)
	{	/* nobody will ask, and a CRL may be long */
		return this;
	}
	consider_all(&search, crls);
	if (status->listed)
	{	/* charon doesn't look at all CRLs that were loaded, only at those that
		 * have the issuer's key identifier, and at none with enable_crl off */
		status->result = status->reason == CRL_REASON_CERTIFICATE_HOLD ?
								AUTH_POLICY_ON_HOLD : AUTH_POLICY_REVOKED;
	}
	if (result == AUTH_POLICY_STALE && status->next_update > time(NULL))
	{	/* so it is a delta CRL that has expired, for which there is no grace */
		status->crl = FALSE;
	}

	places.out = open_memstream(&uris, &len);
	auth_policy_uris_visit(cert, issuer, (auth_policy_uris_cb_t)add_uri,
						   &places);
	fclose(places.out);
	status->uri = places.uris || status->crl;
	if (status->result == AUTH_POLICY_SKIPPED && status->uri)
	{	/* there was something to look at, so it wasn't by choice of the CA */
		status->result = AUTH_POLICY_UNCHECKED;
	}
	if (asprintf(&this->tried, "%scached CRLs%s",
				 status->result == AUTH_POLICY_UNCHECKED ? "none of " : "",
				 uris) < 0)
	{
		this->tried = strdup("");
	}
	free(uris);
	return this;
}

auth_policy_check_t *auth_policy_check_create(certificate_t *cert,
											  certificate_t *issuer,
											  auth_policy_result_t result,
											  array_t *crls)
{
	return create_check(cert, issuer, result, crls, NULL);
}

auth_policy_check_t *auth_policy_check_create_again(certificate_t *cert,
													certificate_t *issuer,
													array_t *crls,
													auth_policy_lists_t *lists)
{
	return create_check(cert, issuer, AUTH_POLICY_FAILED, crls, lists);
}

auth_policy_check_t *auth_policy_check_create_at_hand(certificate_t *cert,
												certificate_t *issuer,
												auth_policy_lists_t *lists)
{
	auth_policy_check_t *this = auth_policy_check_create_again(cert, issuer,
															   NULL, lists);
	auth_policy_status_t *status = &this->status;

	if (status->result == AUTH_POLICY_FAILED && status->crl)
	{
		status->result = status->next_update > time(NULL) ? AUTH_POLICY_GOOD
														  : AUTH_POLICY_STALE;
	}
	else if (status->result == AUTH_POLICY_FAILED && !status->uri)
	{
		status->result = AUTH_POLICY_SKIPPED;
	}
	return this;
}

/**
 * Note that there is a URI, callback of auth_policy_uris_visit().
 */
static void note_uri(bool *found, const char *uri, bool ocsp, bool foreign)
{
	*found = TRUE;
}

auth_policy_check_t *auth_policy_check_create_unchecked(certificate_t *cert)
{
	auth_policy_check_t *this;

	INIT(this,
		.cert = cert->get_ref(cert),
		.status = {
			.result = AUTH_POLICY_UNCHECKED,
		},
		.tried = strdup("nothing"),
	);
	auth_policy_uris_visit(cert, NULL, (auth_policy_uris_cb_t)note_uri,
						   &this->status.uri);
	return this;
}

certificate_t *auth_policy_find_issuer(array_t *certs, certificate_t *cert)
{
	enumerator_t *enumerator;
	certificate_t *cand, *issuer = NULL;
	int i;

	if (cert->issued_by(cert, cert, NULL))
	{
		return NULL;
	}
	for (i = 0; !issuer && array_get(certs, i, &cand); i++)
	{
		if (cert->issued_by(cert, cand, NULL))
		{
			issuer = cand->get_ref(cand);
		}
	}
	enumerator = lib->credmgr->create_cert_enumerator(lib->credmgr, CERT_X509,
									KEY_ANY, cert->get_issuer(cert), TRUE);
	while (!issuer && enumerator->enumerate(enumerator, &cand))
	{
		if (cert->issued_by(cert, cand, NULL))
		{
			issuer = cand->get_ref(cand);
		}
	}
	enumerator->destroy(enumerator);
	return issuer;
}

void auth_policy_check_destroy(auth_policy_check_t *this)
{
	this->cert->destroy(this->cert);
	free(this->tried);
	free(this);
}
