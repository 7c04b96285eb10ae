/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_evidence.h"

#include <ike_sa_table.h>
#include <threading/mutex.h>

typedef struct private_auth_policy_evidence_t private_auth_policy_evidence_t;
typedef struct entry_t entry_t;

struct private_auth_policy_evidence_t {
	auth_policy_evidence_t public;
	/** of entry_t, by unique ID */
	hashtable_t *entries;
	/** guards entries and what is in them; nothing is called under it that
	 * takes a lock */
	mutex_t *mutex;
};

/**
 * What was collected for an IKE_SA.
 */
struct entry_t {
	/** of certificate_t* */
	array_t *crls;
	/** of auth_policy_check_t* */
	array_t *checks;
};

void auth_policy_crls_destroy(array_t *crls)
{
	array_destroy_offset(crls, offsetof(certificate_t, destroy));
}

void auth_policy_checks_destroy(array_t *checks)
{
	array_destroy_function(checks, (array_callback_t)auth_policy_check_destroy,
						   NULL);
}

/**
 * Find the check of a certificate.
 *
 * @return		its index, -1 if there is none
 */
static int find_check(array_t *checks, certificate_t *cert)
{
	auth_policy_check_t *check;
	int i;

	for (i = 0; array_get(checks, i, &check); i++)
	{
		if (cert->equals(cert, check->cert))
		{
			return i;
		}
	}
	return -1;
}

auth_policy_check_t *auth_policy_checks_find(array_t *checks,
											 certificate_t *cert)
{
	auth_policy_check_t *check = NULL;
	int i = find_check(checks, cert);

	if (i != -1)
	{
		array_get(checks, i, &check);
	}
	return check;
}

static void entry_destroy(entry_t *entry)
{
	auth_policy_crls_destroy(entry->crls);
	auth_policy_checks_destroy(entry->checks);
	free(entry);
}

/**
 * Get an IKE_SA's entry, which is created if there is none.
 */
static entry_t *get_entry(private_auth_policy_evidence_t *this,
						  uint32_t unique_id)
{
	entry_t *entry = ike_sa_table_get(this->entries, unique_id);

	if (!entry)
	{
		INIT(entry);
		ike_sa_table_put(this->entries, unique_id, entry);
	}
	return entry;
}

METHOD(auth_policy_evidence_t, add_crl, void,
	private_auth_policy_evidence_t *this, uint32_t unique_id,
	certificate_t *crl)
{
	certificate_t *old = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = get_entry(this, unique_id);
	if (array_count(entry->crls) == AUTH_POLICY_CRLS_MAX)
	{
		array_remove(entry->crls, ARRAY_HEAD, &old);
	}
	array_insert_create(&entry->crls, ARRAY_TAIL, crl->get_ref(crl));
	this->mutex->unlock(this->mutex);
	DESTROY_IF(old);
}

METHOD(auth_policy_evidence_t, take_crls, array_t*,
	private_auth_policy_evidence_t *this, uint32_t unique_id)
{
	array_t *crls = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = ike_sa_table_get(this->entries, unique_id);
	if (entry)
	{
		crls = entry->crls;
		entry->crls = NULL;
	}
	this->mutex->unlock(this->mutex);
	return crls;
}

METHOD(auth_policy_evidence_t, add_check, void,
	private_auth_policy_evidence_t *this, uint32_t unique_id,
	auth_policy_check_t *check)
{
	auth_policy_check_t *old = NULL;
	entry_t *entry;
	int known;

	this->mutex->lock(this->mutex);
	entry = get_entry(this, unique_id);
	known = find_check(entry->checks, check->cert);
	if (known != -1 || array_count(entry->checks) == AUTH_POLICY_CHECKS_MAX)
	{
		array_remove(entry->checks, max(known, 0), &old);
	}
	array_insert_create(&entry->checks, ARRAY_TAIL, check);
	this->mutex->unlock(this->mutex);
	if (old)
	{
		auth_policy_check_destroy(old);
	}
}

METHOD(auth_policy_evidence_t, take_checks, array_t*,
	private_auth_policy_evidence_t *this, uint32_t unique_id)
{
	array_t *checks = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = ike_sa_table_get(this->entries, unique_id);
	if (entry)
	{
		checks = entry->checks;
		entry->checks = NULL;
	}
	this->mutex->unlock(this->mutex);
	return checks;
}

METHOD(auth_policy_evidence_t, put_checks, void,
	private_auth_policy_evidence_t *this, uint32_t unique_id, array_t *checks)
{
	auth_policy_check_t *check;

	while (array_remove(checks, ARRAY_HEAD, &check))
	{
		add_check(this, unique_id, check);
	}
	array_destroy(checks);
}

METHOD(auth_policy_evidence_t, forget, void,
	private_auth_policy_evidence_t *this, uint32_t unique_id)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = ike_sa_table_take(this->entries, unique_id);
	this->mutex->unlock(this->mutex);
	if (entry)
	{
		entry_destroy(entry);
	}
}

METHOD(auth_policy_evidence_t, destroy, void,
	private_auth_policy_evidence_t *this)
{
	ike_sa_table_destroy(this->entries, (void*)entry_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

auth_policy_evidence_t *auth_policy_evidence_create(void)
{
	private_auth_policy_evidence_t *this;

	INIT(this,
		.public = {
			.add_crl = _add_crl,
			.take_crls = _take_crls,
			.add_check = _add_check,
			.take_checks = _take_checks,
			.put_checks = _put_checks,
			.forget = _forget,
			.destroy = _destroy,
		},
		.entries = ike_sa_table_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
