/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_lists.h"

#include <collections/array.h>
#include <collections/hashtable.h>

typedef struct private_auth_policy_lists_t private_auth_policy_lists_t;
typedef struct list_t list_t;

struct private_auth_policy_lists_t {
	auth_policy_lists_t public;
	/** list_t by CRL, the object */
	hashtable_t *lists;
};

/**
 * A CRL.
 */
struct list_t {
	/** with a reference, so that no other one is at its address */
	crl_t *crl;
	/** of certificate_t*, with references, those that have signed it and those
	 * that haven't */
	array_t *issuers;
	array_t *strangers;
	/** auth_policy_entry_t by serial, NULL until one is looked up */
	hashtable_t *entries;
};

/**
 * Implementations of hashtable_hash_t and hashtable_equals_t.
 */
static u_int hash_serial(const void *key)
{
	return chunk_hash(*(const chunk_t*)key);
}

static bool equals_serial(const void *a, const void *b)
{
	return chunk_equals(*(const chunk_t*)a, *(const chunk_t*)b);
}

/**
 * Implementations of a hashtable's callback.
 */
static void destroy_entry(void *value, const void *key)
{
	auth_policy_entry_t *entry = value;

	chunk_free(&entry->serial);
	free(entry);
}

static void destroy_list(void *value, const void *key)
{
	list_t *list = value;

	if (list->entries)
	{
		list->entries->destroy_function(list->entries, destroy_entry);
	}
	array_destroy_offset(list->issuers, offsetof(certificate_t, destroy));
	array_destroy_offset(list->strangers, offsetof(certificate_t, destroy));
	list->crl->certificate.destroy(&list->crl->certificate);
	free(list);
}

/**
 * Get what is known of a CRL.
 */
static list_t *get_list(private_auth_policy_lists_t *this, crl_t *crl)
{
	certificate_t *cert = &crl->certificate;
	list_t *list = this->lists->get(this->lists, crl);

	if (!list)
	{
		INIT(list,
			.crl = (crl_t*)cert->get_ref(cert),
		);
		this->lists->put(this->lists, list->crl, list);
	}
	return list;
}

/**
 * Is a certificate among others?
 */
static bool contains(array_t *certs, certificate_t *cert)
{
	certificate_t *cand;
	int i;

	for (i = 0; array_get(certs, i, &cand); i++)
	{
		if (cand == cert || cand->equals(cand, cert))
		{
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(auth_policy_lists_t, is_issued, bool,
	private_auth_policy_lists_t *this, crl_t *crl, certificate_t *issuer)
{
	certificate_t *cert = &crl->certificate;
	list_t *list = get_list(this, crl);
	bool issued;

	if (contains(list->issuers, issuer))
	{
		return TRUE;
	}
	if (contains(list->strangers, issuer))
	{
		return FALSE;
	}
	issued = cert->issued_by(cert, issuer, NULL);
	array_insert_create(issued ? &list->issuers : &list->strangers, ARRAY_TAIL,
						issuer->get_ref(issuer));
	return issued;
}

/**
 * Read all entries of a CRL; of two of a serial the first one counts.
 */
static hashtable_t *read_entries(crl_t *crl)
{
	hashtable_t *entries = hashtable_create(hash_serial, equals_serial, 32);
	auth_policy_entry_t *entry;
	enumerator_t *enumerator;
	crl_reason_t reason;
	time_t revocation;
	chunk_t serial;

	enumerator = crl->create_enumerator(crl);
	while (enumerator->enumerate(enumerator, &serial, &revocation, &reason))
	{
		serial = chunk_skip_zero(serial);
		if (!entries->get(entries, &serial))
		{
			INIT(entry,
				.serial = chunk_clone(serial),
				.revocation = revocation,
				.reason = reason,
			);
			entries->put(entries, &entry->serial, entry);
		}
	}
	enumerator->destroy(enumerator);
	return entries;
}

METHOD(auth_policy_lists_t, find, const auth_policy_entry_t*,
	private_auth_policy_lists_t *this, crl_t *crl, chunk_t serial)
{
	list_t *list = get_list(this, crl);

	if (!list->entries)
	{
		list->entries = read_entries(crl);
	}
	serial = chunk_skip_zero(serial);
	return list->entries->get(list->entries, &serial);
}

METHOD(auth_policy_lists_t, destroy, void,
	private_auth_policy_lists_t *this)
{
	this->lists->destroy_function(this->lists, destroy_list);
	free(this);
}

auth_policy_lists_t *auth_policy_lists_create(void)
{
	private_auth_policy_lists_t *this;

	INIT(this,
		.public = {
			.is_issued = _is_issued,
			.find = _find,
			.destroy = _destroy,
		},
		.lists = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
	);
	return &this->public;
}
