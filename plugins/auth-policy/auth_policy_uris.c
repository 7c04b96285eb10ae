/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_uris.h"

#include <credentials/certificates/x509.h>
#include <library.h>

/**
 * Visit the URIs that are configured for a key identifier.
 */
static void visit_configured(chunk_t key, bool ocsp, auth_policy_uris_cb_t cb,
							 void *data)
{
	enumerator_t *enumerator;
	identification_t *id;
	char *uri;

	id = identification_create_from_encoding(ID_KEY_ID, key);
	enumerator = lib->credmgr->create_cdp_enumerator(lib->credmgr,
						ocsp ? CERT_X509_OCSP_RESPONSE : CERT_X509_CRL, id);
	while (enumerator->enumerate(enumerator, &uri))
	{
		cb(data, uri, ocsp, FALSE);
	}
	enumerator->destroy(enumerator);
	id->destroy(id);
}

/**
 * Visit the URIs that are configured for an issuer.
 */
static void visit_issuer(certificate_t *issuer, auth_policy_uris_cb_t cb,
						 void *data)
{
	x509_t *x509 = (x509_t*)issuer;
	public_key_t *public;
	chunk_t key;

	key = x509->get_subjectKeyIdentifier(x509);
	if (key.len)
	{
		visit_configured(key, FALSE, cb, data);
	}
	public = issuer->get_public_key(issuer);
	if (public && public->get_fingerprint(public, KEYID_PUBKEY_SHA1, &key))
	{
		visit_configured(key, TRUE, cb, data);
	}
	DESTROY_IF(public);
}

void auth_policy_uris_visit(certificate_t *cert, certificate_t *issuer,
							auth_policy_uris_cb_t cb, void *data)
{
	x509_t *x509 = (x509_t*)cert;
	enumerator_t *enumerator;
	x509_cdp_t *cdp;
	char *uri;

	if (issuer)
	{
		visit_issuer(issuer, cb, data);
	}
	enumerator = x509->create_crl_uri_enumerator(x509);
	while (enumerator->enumerate(enumerator, &cdp))
	{
		cb(data, cdp->uri, FALSE,
		   cdp->issuer && !cert->has_issuer(cert, cdp->issuer));
	}
	enumerator->destroy(enumerator);

	enumerator = x509->create_ocsp_uri_enumerator(x509);
	while (enumerator->enumerate(enumerator, &uri))
	{
		cb(data, uri, TRUE, FALSE);
	}
	enumerator->destroy(enumerator);
}
