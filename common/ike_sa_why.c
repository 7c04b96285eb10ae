/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa_why.h"

/**
 * Name among the daemon's objects. Its number changes with what is stored.
 */
#define KEPT "charon-advanced.why.1"

/**
 * IKE_SAs that it is kept of: a later one takes the place of one that is this
 * many before it, which has long been closed.
 */
#define PLACES 65536

/**
 * An IKE_SA in the upper half, and who closes it: read and written as one,
 * without a lock. Data only, as plugins take their code along.
 */
typedef uint64_t kept_t;

void ike_sa_why_enter(void)
{
	lib->set(lib, KEPT, calloc(PLACES, sizeof(kept_t)));
}

void ike_sa_why_leave(void)
{
	kept_t *kept = lib->get(lib, KEPT);

	lib->set(lib, KEPT, NULL);
	free(kept);
}

void ike_sa_why_say(uint32_t unique_id, ike_sa_why_t why)
{
	kept_t *kept = lib->get(lib, KEPT);

	if (kept)
	{
		__atomic_store_n(&kept[unique_id % PLACES],
						 (kept_t)unique_id << 32 | why, __ATOMIC_RELAXED);
	}
}

ike_sa_why_t ike_sa_why_get(uint32_t unique_id)
{
	kept_t *kept = lib->get(lib, KEPT), is;

	if (!kept)
	{
		return IKE_SA_WHY_UNKNOWN;
	}
	is = __atomic_load_n(&kept[unique_id % PLACES], __ATOMIC_RELAXED);
	return is >> 32 == unique_id ? (uint32_t)is : IKE_SA_WHY_UNKNOWN;
}
