/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_server.h"
#include "unity_ext_answer.h"
#include "unity_ext_attr.h"
#include "unity_ext_group.h"
#include "unity_ext_payload.h"

#include <daemon.h>
#include <collections/hashtable.h>
#include <peer_groups.h>
#include <peer_identity.h>

typedef struct private_unity_ext_server_t private_unity_ext_server_t;
typedef struct exchange_t exchange_t;

struct private_unity_ext_server_t {
	unity_ext_server_t public;
	options_store_t *store;
	/** what clients asked for and weren't answered yet: unique IDs of IKE_SAs
	 * => sets of types. Only used in bus hooks, so guarded by the bus. There
	 * is at most one entry for each IKE_SA */
	hashtable_t *asked;
};

/**
 * A payload that is being looked at.
 */
struct exchange_t {
	private_unity_ext_server_t *this;
	ike_sa_t *ike_sa;
};

/**
 * Key and value of the hashtable, which are integers.
 */
static void *as_key(ike_sa_t *ike_sa)
{
	return (void*)(uintptr_t)ike_sa->get_unique_id(ike_sa);
}

/**
 * Take note of what a client asks for.
 */
static array_t *note_request(exchange_t *exchange, config_type_t type,
							 array_t *attrs)
{
	unity_ext_attr_t attr;
	uint32_t asked = 0;
	int i;

	if (type == CFG_REQUEST)
	{
		for (i = 0; array_get(attrs, i, &attr); i++)
		{
			asked |= unity_ext_type_bit(attr.type);
		}
		exchange->this->asked->put(exchange->this->asked,
					as_key(exchange->ike_sa), (void*)(uintptr_t)asked);
	}
	return NULL;
}

/**
 * Find the group of a client.
 */
static unity_ext_group_t *find_group(unity_ext_settings_t *settings,
									 ike_sa_t *ike_sa)
{
	unity_ext_group_t *group;
	identification_t *peer;
	array_t *groups;
	char *id;

	if (!settings->groups.count)
	{
		return NULL;
	}
	peer = peer_identity_get(ike_sa);
	id = peer_identity_print(peer);
	peer->destroy(peer);
	groups = peer_groups_create(ike_sa);
	group = unity_ext_group_find(settings, ike_sa->get_name(ike_sa), id,
								 groups);
	peer_groups_destroy(groups);
	free(id);
	return group;
}

/**
 * Log which attributes of its group a client is sent; they are the last ones.
 */
static void log_answer(ike_sa_t *ike_sa, unity_ext_group_t *group,
					   array_t *answer, u_int ours)
{
	unity_ext_attr_t attr;
	char list[BUF_LEN] = "";
	int i, len = 0;

	for (i = array_count(answer) - ours; array_get(answer, i, &attr); i++)
	{
		len += snprintf(list + len, sizeof(list) - len, " %N",
						configuration_attribute_type_short_names, attr.type);
		len = min(len, sizeof(list) - 1);
	}
	DBG1(DBG_CFG, "unity-ext: '%Y' at %H is in group '%s', sending%s",
		 ike_sa->get_other_eap_id(ike_sa), ike_sa->get_other_host(ike_sa),
		 group->section.name, ours ? list : " nothing of it");
}

/**
 * Decide what a client is sent.
 */
static array_t *rewrite_answer(exchange_t *exchange, config_type_t type,
							   array_t *attrs)
{
	hashtable_t *table = exchange->this->asked;
	ike_sa_t *ike_sa = exchange->ike_sa;
	unity_ext_settings_t *settings;
	unity_ext_group_t *group;
	unity_ext_peer_t client;
	array_t *answer;
	u_int ours;

	if (type != CFG_REPLY && type != CFG_SET)
	{
		return NULL;
	}
	client = (unity_ext_peer_t){
		.ikev2 = ike_sa->get_version(ike_sa) == IKEV2,
		.unity = ike_sa->supports_extension(ike_sa, EXT_CISCO_UNITY),
		.asked = (uintptr_t)table->remove(table, as_key(ike_sa)),
	};
	settings = exchange->this->store->get(exchange->this->store);
	group = find_group(settings, ike_sa);
	answer = unity_ext_answer(group, &client, attrs, &ours);
	if (group)
	{
		log_answer(ike_sa, group, answer, ours);
	}
	options_unref(settings);
	return answer;
}

METHOD(listener_t, message, bool,
	private_unity_ext_server_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	exchange_t exchange = {
		.this = this,
		.ike_sa = ike_sa,
	};

	if (plain &&
		!ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR) &&
		(message->get_exchange_type(message) == TRANSACTION ||
		 message->get_exchange_type(message) == IKE_AUTH))
	{
		unity_ext_payload_rewrite(message,
					(unity_ext_payload_cb_t)(incoming ? note_request :
														rewrite_answer),
					&exchange);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_unity_ext_server_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		this->asked->remove(this->asked, as_key(ike_sa));
	}
	return TRUE;
}

METHOD(unity_ext_server_t, reload, void,
	private_unity_ext_server_t *this)
{
	unity_ext_settings_t *settings = this->store->get(this->store);

	if (settings->groups.count &&
		!lib->settings->get_bool(lib->settings, "%s.cisco_unity", FALSE,
								 lib->ns))
	{
		DBG1(DBG_CFG, "unity-ext: %s.cisco_unity isn't set, so clients aren't "
			 "told that this gateway knows Unity, and Cisco's don't ask for "
			 "what unity-ext.groups has; set %s.cisco_unity = yes", lib->ns,
			 lib->ns);
	}
	options_unref(settings);
}

METHOD(unity_ext_server_t, destroy, void,
	private_unity_ext_server_t *this)
{
	this->asked->destroy(this->asked);
	free(this);
}

unity_ext_server_t *unity_ext_server_create(options_store_t *store)
{
	private_unity_ext_server_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message,
				.ike_state_change = _ike_state_change,
			},
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.asked = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
	);
	_reload(this);
	return &this->public;
}
