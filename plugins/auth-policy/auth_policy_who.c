/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_who.h"

auth_policy_who_t *auth_policy_who_create(ike_sa_t *ike_sa)
{
	auth_policy_who_t *this;

	INIT(this,
		.uniqueid = ike_sa->get_unique_id(ike_sa),
		.connection = strdup(ike_sa->get_name(ike_sa)),
		.host = ike_sa->get_other_host(ike_sa),
	);
	this->host = this->host->clone(this->host);
	if (asprintf(&this->id, "%Y", ike_sa->get_other_eap_id(ike_sa)) < 0)
	{
		this->id = strdup("");
	}
	if (asprintf(&this->text, "'%s' at %#H on connection '%s'", this->id,
				 this->host, this->connection) < 0)
	{
		this->text = strdup("a peer");
	}
	return this;
}

void auth_policy_who_destroy(auth_policy_who_t *who)
{
	free(who->connection);
	free(who->id);
	who->host->destroy(who->host);
	free(who->text);
	free(who);
}
