/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_provider.h
 * Fills the operator's sets before clients know their virtual IPs.
 */

#ifndef FILTERMODE_PROVIDER_H_
#define FILTERMODE_PROVIDER_H_

#include "filtermode_manager.h"

#include <attributes/attribute_provider.h>

typedef struct filtermode_provider_t filtermode_provider_t;

/**
 * Provides nothing, but is asked, with no lock held that hooks need, once a
 * client has its addresses, and before it has a CHILD_SA or is told of them.
 */
struct filtermode_provider_t {

	/** interface that charon knows */
	attribute_provider_t provider;

	/**
	 * Unregister and destroy a filtermode_provider_t.
	 */
	void (*destroy)(filtermode_provider_t *this);
};

/**
 * Create an object and register it.
 *
 * @param manager		has to outlive it
 */
filtermode_provider_t *filtermode_provider_create(
											filtermode_manager_t *manager);

#endif /** FILTERMODE_PROVIDER_H_ */
