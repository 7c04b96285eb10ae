/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_facts.h"

/**
 * Print an identity, unless it isn't known yet.
 *
 * @return			text, has to be freed
 */
static char *print_id(identification_t *id)
{
	char *text = NULL;

	if (id && id->get_type(id) != ID_ANY && asprintf(&text, "%Y", id) < 0)
	{
		text = NULL;
	}
	return text;
}

/**
 * Implementation of peer_log_facts_t.get_ids.
 */
static void get_ids(peer_log_ike_facts_t *this, const char *ids[2])
{
	int i;

	if (!this->looked)
	{
		this->ids[0] = print_id(this->ike_sa->get_other_id(this->ike_sa));
		/* the IKE identity once more if there is no other */
		this->ids[1] = print_id(this->ike_sa->get_other_eap_id(this->ike_sa));
		this->looked = TRUE;
	}
	for (i = 0; i < countof(this->ids); i++)
	{
		ids[i] = this->ids[i];
	}
}

void peer_log_facts_init(ike_sa_t *ike_sa, peer_log_ike_facts_t *facts)
{
	host_t *host = ike_sa->get_other_host(ike_sa);

	facts->ike_sa = ike_sa;
	facts->looked = FALSE;
	memset(facts->ids, 0, sizeof(facts->ids));
	facts->facts = (peer_log_facts_t){
		.host = host && !host->is_anyaddr(host) ? host : NULL,
		.connection = ike_sa->get_peer_cfg(ike_sa) ? ike_sa->get_name(ike_sa) :
					  NULL,
		.trying = !ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR),
		.get_ids = (void*)get_ids,
		.complete = ike_sa->get_state(ike_sa) > IKE_CONNECTING,
	};
}

void peer_log_facts_clear(peer_log_ike_facts_t *facts)
{
	int i;

	for (i = 0; i < countof(facts->ids); i++)
	{
		free(facts->ids[i]);
	}
}
