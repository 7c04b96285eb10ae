/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_sa_hook.h"

#include <daemon.h>

/**
 * Method of kernel_interface_t.
 */
typedef status_t (*add_sa_t)(kernel_interface_t *this,
							 kernel_ipsec_sa_id_t *id,
							 kernel_ipsec_add_sa_t *data);

/**
 * Who is asked, and the method that ours stands in for: the bus has no event
 * between the choice of algorithms and the SA in the kernel, and one that waits
 * for the kernel must not be a bus hook anyway. The thread that adds an SA
 * waits for the kernel by itself.
 */
static struct {
	async_crypto_manager_t *manager;
	add_sa_t add_sa;
} hook;

/**
 * The algorithms of an SA.
 */
static proposal_t *get_proposal(kernel_ipsec_sa_id_t *id,
								kernel_ipsec_add_sa_t *data)
{
	proposal_t *proposal = proposal_create(id->proto == IPPROTO_ESP ?
										   PROTO_ESP : PROTO_AH, 0);

	proposal->add_algorithm(proposal, ENCRYPTION_ALGORITHM, data->enc_alg, 0);
	proposal->add_algorithm(proposal, INTEGRITY_ALGORITHM, data->int_alg, 0);
	proposal->add_algorithm(proposal, EXTENDED_SEQUENCE_NUMBERS,
							data->esn ? EXT_SEQ_NUMBERS : NO_EXT_SEQ_NUMBERS,
							0);
	return proposal;
}

/**
 * Stands in for kernel_interface_t.add_sa.
 */
static status_t add_sa(kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
					   kernel_ipsec_add_sa_t *data)
{
	proposal_t *proposal = get_proposal(id, data);

	hook.manager->prepare(hook.manager, proposal);
	proposal->destroy(proposal);
	return hook.add_sa(this, id, data);
}

void async_crypto_sa_hook_set(async_crypto_manager_t *manager)
{
	hook.manager = manager;
	hook.add_sa = charon->kernel->add_sa;
	charon->kernel->add_sa = add_sa;
}

void async_crypto_sa_hook_clear(void)
{
	charon->kernel->add_sa = hook.add_sa;
}
