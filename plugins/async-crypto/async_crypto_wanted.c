/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_wanted.h"
#include "async_crypto_names.h"

#include <daemon.h>

/**
 * Add what a CHILD_SA of this configuration may use.
 */
static void add_child(linked_list_t *names, child_cfg_t *cfg)
{
	linked_list_t *proposals = cfg->get_proposals(cfg, TRUE);
	enumerator_t *enumerator;
	proposal_t *proposal;

	enumerator = proposals->create_enumerator(proposals);
	while (enumerator->enumerate(enumerator, &proposal))
	{
		async_crypto_names_add(names, proposal);
	}
	enumerator->destroy(enumerator);
	proposals->destroy_offset(proposals, offsetof(proposal_t, destroy));
}

/**
 * Add what the loaded connections may use.
 */
static void add_connections(linked_list_t *names)
{
	enumerator_t *peers, *children;
	peer_cfg_t *peer;
	child_cfg_t *child;

	peers = charon->backends->create_peer_cfg_enumerator(charon->backends,
										NULL, NULL, NULL, NULL, IKE_ANY);
	while (peers->enumerate(peers, &peer))
	{
		children = peer->create_child_cfg_enumerator(peer);
		while (children->enumerate(children, &child))
		{
			add_child(names, child);
		}
		children->destroy(children);
	}
	peers->destroy(peers);
}

linked_list_t *async_crypto_wanted(async_crypto_settings_t *settings)
{
	linked_list_t *names;
	char *bad;

	if (!streq(settings->algorithms, "auto") &&
		!streq(settings->algorithms, "off"))
	{
		return async_crypto_names_parse(settings->algorithms, &bad);
	}
	names = linked_list_create();
	if (streq(settings->algorithms, "auto"))
	{
		add_connections(names);
	}
	return names;
}
