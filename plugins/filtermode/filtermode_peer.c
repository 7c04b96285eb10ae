/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_peer.h"

#include <peer_identity.h>

filtermode_peer_t *filtermode_peer_create(ike_sa_t *ike_sa)
{
	array_t *names = array_create(0, 0);
	filtermode_peer_t *this;
	identification_t *id;

	INIT(this,
		.ref = 1,
	);
	id = peer_identity_get_names(ike_sa, names);
	peer_facts_init(&this->facts, ike_sa, id, names);
	this->facts.connection = NULL;
	id->destroy(id);
	array_destroy_offset(names, offsetof(identification_t, destroy));
	return this;
}

filtermode_peer_t *filtermode_peer_ref(filtermode_peer_t *this)
{
	if (this)
	{
		ref_get(&this->ref);
	}
	return this;
}

void filtermode_peer_unref(filtermode_peer_t *this)
{
	if (this && ref_put(&this->ref))
	{
		peer_facts_clear(&this->facts);
		free(this);
	}
}
