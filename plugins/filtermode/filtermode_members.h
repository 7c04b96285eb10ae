/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_members.h
 * Which addresses belong into which of the operator's sets.
 */

#ifndef FILTERMODE_MEMBERS_H_
#define FILTERMODE_MEMBERS_H_

#include "filtermode_verdict.h"

typedef struct filtermode_members_t filtermode_members_t;
typedef enum filtermode_holder_t filtermode_holder_t;

/**
 * What has addresses.
 */
enum filtermode_holder_t {
	/** a CHILD_SA, by its unique ID */
	FILTERMODE_CHILD,
	/** an IKE_SA that was assigned virtual IPs, by its unique ID, until it has
	 * a CHILD_SA */
	FILTERMODE_LOGIN,
};

/**
 * Called with an element.
 *
 * @param wanted		whether it belongs into the set
 */
typedef void (*filtermode_member_cb_t)(void *data, const char *element,
									   bool wanted);

/**
 * Called with somebody who has an address.
 *
 * @param element		what he has that it is of
 */
typedef void (*filtermode_owner_cb_t)(void *data,
									  const filtermode_child_t *child,
									  const char *element);

/**
 * An address is in a set only if the set is about all who have it: its packets
 * don't show whose they are. Not thread-safe.
 */
struct filtermode_members_t {

	/**
	 * Have other sets. What changed by that isn't told by changed().
	 *
	 * @param settings		with the sets that other methods are called with, a
	 *						reference is taken; NULL for none
	 */
	void (*use)(filtermode_members_t *this, filtermode_settings_t *settings);

	/**
	 * Somebody has addresses, or others than before.
	 *
	 * @param child			what is to be known of it, not adopted
	 */
	void (*set)(filtermode_members_t *this, filtermode_holder_t holder,
				uint32_t id, const filtermode_child_t *child);

	/**
	 * Somebody has none any more, if he had.
	 */
	void (*remove)(filtermode_members_t *this, filtermode_holder_t holder,
				   uint32_t id);

	/**
	 * What somebody has is another's now, whose it isn't told from.
	 */
	void (*move)(filtermode_members_t *this, filtermode_holder_t holder,
				 uint32_t from, uint32_t to);

	/**
	 * Is an element one that all() goes through?
	 */
	bool (*has)(filtermode_members_t *this, filtermode_target_t *target,
				const char *element);

	/**
	 * Go through all elements of a set's kind that somebody has.
	 */
	void (*all)(filtermode_members_t *this, filtermode_target_t *target,
				filtermode_member_cb_t cb, void *data);

	/**
	 * Go through those among them that changed since settle() was called.
	 */
	void (*changed)(filtermode_members_t *this, filtermode_target_t *target,
					filtermode_member_cb_t cb, void *data);

	/**
	 * Go through all who have an address, by itself or in a network: each of
	 * their CHILD_SAs.
	 */
	void (*find)(filtermode_members_t *this, host_t *address,
				 filtermode_owner_cb_t cb, void *data);

	/**
	 * All sets were brought in line.
	 */
	void (*settle)(filtermode_members_t *this);

	/**
	 * Destroy a filtermode_members_t.
	 */
	void (*destroy)(filtermode_members_t *this);
};

/**
 * Create an object that knows nobody.
 */
filtermode_members_t *filtermode_members_create();

#endif /** FILTERMODE_MEMBERS_H_ */
