/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa_ends.h"
#include "ike_sa_table.h"

#include <encoding/payloads/delete_payload.h>

typedef struct private_ike_sa_ends_t private_ike_sa_ends_t;

struct private_ike_sa_ends_t {
	ike_sa_ends_t public;
	/** char*, by IKE_SA */
	hashtable_t *reasons;
	/** whether charon is about to end */
	bool shutdown;
};

METHOD(ike_sa_ends_t, alert, void,
	private_ike_sa_ends_t *this, ike_sa_t *ike_sa, alert_t alert)
{
	switch (alert)
	{
		case ALERT_SHUTDOWN_SIGNAL:
			this->shutdown = TRUE;
			break;
		case ALERT_RETRANSMIT_SEND_TIMEOUT:
			if (ike_sa)
			{
				ike_sa_table_put(this->reasons, ike_sa->get_unique_id(ike_sa),
								 "unreachable");
			}
			break;
		case ALERT_IKE_SA_EXPIRED:
			/* also raised for any end of one that never expires */
			if (ike_sa && ike_sa->get_statistic(ike_sa, STAT_DELETE))
			{
				ike_sa_table_put(this->reasons, ike_sa->get_unique_id(ike_sa),
								 "expired");
			}
			break;
		default:
			break;
	}
}

/**
 * Does a message delete the IKE_SA?
 */
static bool is_delete(message_t *message)
{
	delete_payload_t *payload;

	payload = (delete_payload_t*)(message->get_payload(message, PLV2_DELETE) ?:
								  message->get_payload(message, PLV1_DELETE));
	return payload && payload->get_protocol_id(payload) == PROTO_IKE;
}

METHOD(ike_sa_ends_t, received, void,
	private_ike_sa_ends_t *this, ike_sa_t *ike_sa, message_t *message)
{
	if (is_delete(message))
	{
		ike_sa_table_put(this->reasons, ike_sa->get_unique_id(ike_sa), "peer");
	}
}

METHOD(ike_sa_ends_t, get, const char*,
	private_ike_sa_ends_t *this, uint32_t unique_id)
{
	return ike_sa_table_get(this->reasons, unique_id) ?:
		   this->shutdown ? "shutdown" : "local";
}

METHOD(ike_sa_ends_t, forget, void,
	private_ike_sa_ends_t *this, uint32_t unique_id)
{
	ike_sa_table_take(this->reasons, unique_id);
}

METHOD(ike_sa_ends_t, destroy, void,
	private_ike_sa_ends_t *this)
{
	this->reasons->destroy(this->reasons);
	free(this);
}

ike_sa_ends_t *ike_sa_ends_create()
{
	private_ike_sa_ends_t *this;

	INIT(this,
		.public = {
			.alert = _alert,
			.received = _received,
			.get = _get,
			.forget = _forget,
			.destroy = _destroy,
		},
		.reasons = ike_sa_table_create(),
	);
	return &this->public;
}
