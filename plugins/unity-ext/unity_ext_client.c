/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_client.h"
#include "unity_ext_attr.h"
#include "unity_ext_control.h"
#include "unity_ext_inbound.h"
#include "unity_ext_payload.h"
#include "unity_ext_resolver.h"
#include "unity_ext_session.h"

#include <daemon.h>
#include <collections/hashtable.h>

typedef struct private_unity_ext_client_t private_unity_ext_client_t;
typedef struct exchange_t exchange_t;

struct private_unity_ext_client_t {
	unity_ext_client_t public;
	options_store_t *store;
	unity_ext_dns_t *dns;
	/** unique IDs of IKE_SAs => unity_ext_session_t. Only used in bus hooks,
	 * so guarded by the bus */
	hashtable_t *sessions;
};

/**
 * A message that is being looked at.
 */
struct exchange_t {
	private_unity_ext_client_t *this;
	ike_sa_t *ike_sa;
	/** session of the IKE_SA, as of the first payload that was of interest */
	unity_ext_session_t *session;
};

/**
 * Key of the hashtable, which is an integer.
 */
static void *as_key(ike_sa_t *ike_sa)
{
	return (void*)(uintptr_t)ike_sa->get_unique_id(ike_sa);
}

/**
 * Get the session of an IKE_SA, a new one if it has none.
 */
static unity_ext_session_t *get_session(private_unity_ext_client_t *this,
										ike_sa_t *ike_sa)
{
	unity_ext_session_t *session;

	session = this->sessions->get(this->sessions, as_key(ike_sa));
	if (!session)
	{
		session = unity_ext_session_create();
		this->sessions->put(this->sessions, as_key(ike_sa), session);
	}
	return session;
}

/**
 * Take note of what is asked for.
 */
static array_t *note_request(exchange_t *exchange, config_type_t type,
							 array_t *attrs)
{
	unity_ext_session_t *session;
	unity_ext_attr_t attr;
	int i;

	if (type == CFG_REQUEST)
	{
		session = get_session(exchange->this, exchange->ike_sa);
		session->asked = 0;
		for (i = 0; array_get(attrs, i, &attr); i++)
		{
			session->asked |= unity_ext_type_bit(attr.type);
		}
	}
	return NULL;
}

/**
 * Take what the gateway sent, and leave what is safe to others.
 */
static array_t *take_answer(exchange_t *exchange, config_type_t type,
							array_t *attrs)
{
	private_unity_ext_client_t *this = exchange->this;
	unity_ext_session_t *session;
	unity_ext_settings_t *settings;
	array_t *taken;

	if (type != CFG_REPLY && type != CFG_SET)
	{
		return NULL;
	}
	session = get_session(this, exchange->ike_sa);
	if (!exchange->session)
	{
		/* what an earlier message said doesn't count anymore */
		exchange->session = session;
		unity_ext_session_reset(session);
	}
	settings = this->store->get(this->store);
	taken = unity_ext_inbound(attrs, type == CFG_SET ? NULL : &session->asked,
							  settings->dns_domains);
	options_unref(settings);
	unity_ext_session_add(session, taken);
	return taken;
}

METHOD(listener_t, message, bool,
	private_unity_ext_client_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	exchange_t exchange = {
		.this = this,
		.ike_sa = ike_sa,
	};

	if (plain &&
		ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR) &&
		(message->get_exchange_type(message) == TRANSACTION ||
		 message->get_exchange_type(message) == IKE_AUTH))
	{
		unity_ext_payload_rewrite(message,
					(unity_ext_payload_cb_t)(incoming ? take_answer :
														note_request),
					&exchange);
	}
	return TRUE;
}

/**
 * List the virtual IPs of an IKE_SA, cut if there are very many.
 */
static void get_vips(ike_sa_t *ike_sa, char *buf, size_t len)
{
	enumerator_t *enumerator;
	host_t *vip;
	int used = 0;

	*buf = '\0';
	enumerator = ike_sa->create_virtual_ip_enumerator(ike_sa, TRUE);
	while (enumerator->enumerate(enumerator, &vip) && len - used > 64)
	{
		used += snprintf(buf + used, len - used, "%s%H", used ? " " : "", vip);
	}
	enumerator->destroy(enumerator);
}

/**
 * Warn about a plugin that has all names resolved by the gateway's servers.
 */
static void check_resolve()
{
	plugin_feature_t resolve = PLUGIN_PROVIDE(CUSTOM, "resolve");

	if (lib->plugins->has_feature(lib->plugins, resolve))
	{
		DBG1(DBG_CFG, "unity-ext: plugin resolve has DNS servers of gateways "
			 "in resolv.conf for all names; disable it with resolve.load = no");
	}
}

METHOD(listener_t, handle_vips, bool,
	private_unity_ext_client_t *this, ike_sa_t *ike_sa, bool handle)
{
	unity_ext_settings_t *settings;
	unity_ext_session_t *session;
	unity_ext_record_t *record;
	char vips[BUF_LEN];
	const char *reason;

	session = this->sessions->get(this->sessions, as_key(ike_sa));
	if (!handle || !session)
	{
		return TRUE;
	}
	if (session->banner)
	{
		DBG1(DBG_IKE, "unity-ext: banner of gateway '%Y' at %H: %s",
			 ike_sa->get_other_id(ike_sa), ike_sa->get_other_host(ike_sa),
			 session->banner);
		unity_ext_tell_banner(ike_sa, session->banner);
	}
	if (*session->id)
	{
		this->dns->down(this->dns, session->id);
		*session->id = '\0';
	}
	get_vips(ike_sa, vips, sizeof(vips));
	settings = this->store->get(this->store);
	record = unity_ext_session_record(session, settings,
									  ike_sa->get_name(ike_sa),
									  ike_sa->get_unique_id(ike_sa), vips,
									  &reason);
	options_unref(settings);
	if (record)
	{
		check_resolve();
		this->dns->up(this->dns, record);
	}
	else if (reason)
	{
		DBG1(DBG_CFG, "unity-ext: DNS isn't changed for '%s' [%u]: %s",
			 ike_sa->get_name(ike_sa), ike_sa->get_unique_id(ike_sa), reason);
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_unity_ext_client_t *this, ike_sa_t *old, ike_sa_t *new)
{
	unity_ext_session_t *session;

	session = this->sessions->remove(this->sessions, as_key(old));
	if (session)
	{
		this->sessions->put(this->sessions, as_key(new), session);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_unity_ext_client_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	unity_ext_session_t *session;

	if (state == IKE_DESTROYING)
	{
		session = this->sessions->remove(this->sessions, as_key(ike_sa));
		if (session && *session->id)
		{
			this->dns->down(this->dns, session->id);
		}
		unity_ext_session_destroy(session);
	}
	return TRUE;
}

METHOD(unity_ext_client_t, destroy, void,
	private_unity_ext_client_t *this)
{
	enumerator_t *enumerator;
	unity_ext_session_t *session;

	enumerator = this->sessions->create_enumerator(this->sessions);
	while (enumerator->enumerate(enumerator, NULL, &session))
	{
		unity_ext_session_destroy(session);
	}
	enumerator->destroy(enumerator);
	this->sessions->destroy(this->sessions);
	free(this);
}

unity_ext_client_t *unity_ext_client_create(options_store_t *store,
											unity_ext_dns_t *dns)
{
	private_unity_ext_client_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message,
				.handle_vips = _handle_vips,
				.ike_rekey = _ike_rekey,
				.ike_state_change = _ike_state_change,
			},
			.destroy = _destroy,
		},
		.store = store,
		.dns = dns,
		.sessions = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
									 8),
	);
	return &this->public;
}
