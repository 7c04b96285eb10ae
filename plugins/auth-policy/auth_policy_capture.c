/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_capture.h"

#include <daemon.h>
#include <threading/thread_value.h>

/**
 * Where CRLs are added to. A builder has no object, hence these; they are set
 * and unset while no builder of ours is registered.
 */
static auth_policy_evidence_t *destination;

/**
 * Whom to tell of each, set while no other thread runs.
 */
static void (*watcher)(void *data, certificate_t *crl, bool login);
static void *watcher_data;

/**
 * Set in a thread that is building on our behalf.
 */
static thread_value_t *building;

certificate_t *auth_policy_capture_build(certificate_type_t type,
										 builder_part_t part, chunk_t blob)
{
	certificate_t *crl;

	building->set(building, building);
	crl = lib->creds->create(lib->creds, CRED_CERTIFICATE, type, part, blob,
							 BUILD_END);
	building->set(building, NULL);
	return crl;
}

certificate_t *auth_policy_capture_load(certificate_type_t type, va_list args)
{
	certificate_t *crl;
	builder_part_t part, blob_part = BUILD_END;
	chunk_t blob = chunk_empty;
	ike_sa_t *ike_sa = charon->bus->get_sa(charon->bus);

	if (building->get(building))
	{
		return NULL;
	}
	while ((part = va_arg(args, builder_part_t)) != BUILD_END)
	{
		switch (part)
		{
			case BUILD_BLOB:
			case BUILD_BLOB_PEM:
			case BUILD_BLOB_ASN1_DER:
				blob_part = part;
				blob = va_arg(args, chunk_t);
				break;
			case BUILD_X509_FLAG:
				/* vici has one for any certificate, CRLs have none */
				va_arg(args, int);
				break;
			default:
				return NULL;
		}
	}
	crl = auth_policy_capture_build(type, blob_part, blob);
	if (crl && watcher)
	{
		watcher(watcher_data, crl, ike_sa != NULL);
	}
	if (crl && ike_sa)
	{
		destination->add_crl(destination, ike_sa->get_unique_id(ike_sa), crl);
	}
	return crl;
}

void auth_policy_capture_init(auth_policy_evidence_t *evidence)
{
	destination = evidence;
	building = thread_value_create(NULL);
}

void auth_policy_capture_watch(void (*loaded)(void *data, certificate_t *crl,
											  bool login), void *data)
{
	watcher = loaded;
	watcher_data = data;
}

void auth_policy_capture_deinit(void)
{
	building->destroy(building);
	destination = NULL;
}
