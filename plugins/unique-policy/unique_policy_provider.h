/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_provider.h
 * Makes room for a login before it is given addresses.
 */

#ifndef UNIQUE_POLICY_PROVIDER_H_
#define UNIQUE_POLICY_PROVIDER_H_

#include "unique_policy_enforcer.h"

#include <attributes/attribute_provider.h>

typedef struct unique_policy_provider_t unique_policy_provider_t;

/**
 * Has no addresses and attributes. It is asked for them in the worker that
 * holds the new IKE_SA, outside of the bus, and so can wait until those are
 * gone that hold what the new one needs: where core's own check is too early,
 * and ike_updown() too late.
 */
struct unique_policy_provider_t {

	/** implements attribute_provider_t */
	attribute_provider_t provider;

	/**
	 * Destroy a unique_policy_provider_t.
	 */
	void (*destroy)(unique_policy_provider_t *this);
};

/**
 * Create a provider and register it.
 *
 * @param enforcer		has to outlive the provider
 */
unique_policy_provider_t *unique_policy_provider_create(
										unique_policy_enforcer_t *enforcer);

#endif /** UNIQUE_POLICY_PROVIDER_H_ */
