/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_facts.h"

/**
 * Print an identity, unless it isn't known yet.
 */
static void print_id(identification_t *id, char *buf, size_t len)
{
	*buf = '\0';
	if (id && id->get_type(id) != ID_ANY)
	{
		snprintf(buf, len, "%Y", id);
	}
}

/**
 * Implementation of peer_log_facts_t.get_ids.
 */
static void get_ids(peer_log_ike_facts_t *this, const char *ids[2])
{
	int i;

	if (!this->looked)
	{
		print_id(this->ike_sa->get_other_id(this->ike_sa), this->ids[0],
				 sizeof(this->ids[0]));
		/* the IKE identity once more if there is no other */
		print_id(this->ike_sa->get_other_eap_id(this->ike_sa), this->ids[1],
				 sizeof(this->ids[1]));
		this->looked = TRUE;
	}
	for (i = 0; i < countof(this->ids); i++)
	{
		ids[i] = *this->ids[i] ? this->ids[i] : NULL;
	}
}

/*
 * Described in header
 */
void peer_log_facts_init(ike_sa_t *ike_sa, peer_log_ike_facts_t *facts)
{
	host_t *host = ike_sa->get_other_host(ike_sa);

	facts->ike_sa = ike_sa;
	facts->looked = FALSE;
	facts->facts = (peer_log_facts_t){
		.host = host && !host->is_anyaddr(host) ? host : NULL,
		.connection = ike_sa->get_peer_cfg(ike_sa) ? ike_sa->get_name(ike_sa) :
					  NULL,
		.get_ids = (void*)get_ids,
		.complete = ike_sa->get_state(ike_sa) > IKE_CONNECTING,
	};
}
