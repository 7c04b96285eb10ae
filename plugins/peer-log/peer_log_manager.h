/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_manager.h
 * The rules that are active, and how they come and go.
 */

#ifndef PEER_LOG_MANAGER_H_
#define PEER_LOG_MANAGER_H_

#include "peer_log_settings.h"

#include <options_store.h>

typedef struct peer_log_manager_t peer_log_manager_t;
typedef struct peer_log_info_t peer_log_info_t;

/**
 * A rule that is active.
 */
struct peer_log_info_t {
	const char *name;
	const peer_log_terms_t *terms;
	/** TRUE if it isn't in strongswan.conf */
	bool added;
	/** seconds until it ends, 0 for never */
	uint32_t left;
	/** lines written */
	uint64_t lines;
};

/**
 * The active rules. Thread-safe, but not to be called by a logger or in a bus
 * hook.
 */
struct peer_log_manager_t {

	/**
	 * Have the rules of strongswan.conf replaced, and files opened again.
	 *
	 * Rules that were added stay, unless there are too many. A rule whose
	 * target can't be opened is skipped, which is logged.
	 */
	void (*load)(peer_log_manager_t *this);

	/**
	 * Open files of rules again, which stay as they are.
	 */
	void (*reopen)(peer_log_manager_t *this);

	/**
	 * Add a rule.
	 *
	 * @param owner		struct of option tables that has name and terms in
	 *					it, a reference is kept
	 * @param name		name of the rule
	 * @param terms		the rule
	 * @param errors	gets what is wrong: the name is taken, there are too
	 *					many, or the target can't be opened
	 * @return			TRUE if added
	 */
	bool (*add)(peer_log_manager_t *this, void *owner, const char *name,
				const peer_log_terms_t *terms, option_errors_t *errors);

	/**
	 * Remove a rule that was added, or one of strongswan.conf until that is
	 * loaded again.
	 *
	 * @return			FALSE if there is none of this name
	 */
	bool (*remove)(peer_log_manager_t *this, const char *name);

	/**
	 * Call a function for each active rule. It may not call this object.
	 */
	void (*list)(peer_log_manager_t *this,
				 void (*cb)(void *data, const peer_log_info_t *info),
				 void *data);

	/**
	 * Get what is in the buffer.
	 *
	 * @param lost		gets the number of IKE_SAs so far whose lines were
	 *					dropped as it was full
	 * @return			bytes in use
	 */
	size_t (*get_buffer)(peer_log_manager_t *this, u_int *lost);

	/**
	 * Destroy a peer_log_manager_t.
	 */
	void (*destroy)(peer_log_manager_t *this);
};

/**
 * Create a peer_log_manager_t, with the rules of strongswan.conf.
 *
 * @param store			settings, has to outlive it
 */
peer_log_manager_t *peer_log_manager_create(options_store_t *store);

#endif /** PEER_LOG_MANAGER_H_ */
