/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ike_sa_why.h
 * Who of us closes an IKE_SA, for a plugin that records it: charon tells
 * nobody. Nothing is kept unless one listens.
 */

#ifndef IKE_SA_WHY_H_
#define IKE_SA_WHY_H_

#include <library.h>

typedef enum ike_sa_why_t ike_sa_why_t;

/**
 * Who closes an IKE_SA.
 */
enum ike_sa_why_t {
	IKE_SA_WHY_UNKNOWN,
	/** one of charon's interfaces for operators */
	IKE_SA_WHY_OPERATOR,
	/** charon, as its peer has another one (unique = replace) */
	IKE_SA_WHY_REPLACED,
	/** plugins */
	IKE_SA_WHY_ACCOUNTING,
	IKE_SA_WHY_BLOCK,
	IKE_SA_WHY_REVOCATION,
	IKE_SA_WHY_FILTERMODE,
	IKE_SA_WHY_PCSC_TOKEN,
	IKE_SA_WHY_PEER_RESOLVE,
	IKE_SA_WHY_UNIQUE_POLICY,
};

/**
 * Begin to keep it. For one plugin, while plugins are loaded and unloaded.
 */
void ike_sa_why_enter(void);

/**
 * End that, and free what was kept.
 */
void ike_sa_why_leave(void);

/**
 * Say who is about to close an IKE_SA. Doesn't block, may be called in hooks.
 *
 * @param unique_id		of the IKE_SA, which should be checked out
 */
void ike_sa_why_say(uint32_t unique_id, ike_sa_why_t why);

/**
 * Get what was said last about an IKE_SA; it may have been lost, but is no
 * other one's. Likewise.
 */
ike_sa_why_t ike_sa_why_get(uint32_t unique_id);

#endif /** IKE_SA_WHY_H_ */
