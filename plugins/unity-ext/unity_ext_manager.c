/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_manager.h"
#include "unity_ext_answer.h"
#include "unity_ext_attr.h"
#include "unity_ext_events.h"
#include "unity_ext_inbound.h"
#include "unity_ext_payload.h"
#include "unity_ext_session.h"

#include <daemon.h>
#include <ike_sa_table.h>
#include <peer_identity.h>

typedef struct private_unity_ext_manager_t private_unity_ext_manager_t;
typedef struct exchange_t exchange_t;
typedef struct type_enumerator_t type_enumerator_t;

struct private_unity_ext_manager_t {
	unity_ext_manager_t public;
	options_store_t *store;
	unity_ext_dns_t *dns;
	/** unique IDs of IKE_SAs => unity_ext_session_t: of those to gateways, and
	 * of clients that weren't answered yet. Only used in bus hooks, so guarded
	 * by the bus */
	hashtable_t *sessions;
};

/**
 * A message that is being looked at.
 */
struct exchange_t {
	private_unity_ext_manager_t *this;
	ike_sa_t *ike_sa;
	/** whether we are the client, and whether it has the gateway's answer */
	bool client;
	bool answer;
	/** whether a payload was taken already */
	bool taken;
};

/**
 * Enumerates types to ask for.
 */
struct type_enumerator_t {
	enumerator_t public;
	/** what is known of the gateway */
	ike_version_t version;
	bool dns;
	u_int next;
};

/**
 * What gateways are asked for.
 */
static const struct {
	configuration_attribute_type_t type;
	/** IKEV1 for gateways with Unity, IKE_ANY for all */
	ike_version_t version;
	/** whether it is for the resolver */
	bool dns;
} types[] = {
	{ UNITY_BANNER, IKEV1, FALSE },
	{ UNITY_DEF_DOMAIN, IKEV1, TRUE },
	{ UNITY_SPLITDNS_NAME, IKEV1, TRUE },
	{ INTERNAL_IP4_DNS, IKE_ANY, TRUE },
	{ INTERNAL_IP6_DNS, IKE_ANY, TRUE },
	{ INTERNAL_DNS_DOMAIN, IKEV2, TRUE },
};

/**
 * Is the resolver to be told of servers and domains?
 */
static bool has_dns(attribute_handler_t *handler)
{
	/* the handler isn't the first member */
	private_unity_ext_manager_t *this = (void*)((char*)handler -
									offsetof(unity_ext_manager_t, handler));
	unity_ext_settings_t *settings = this->store->get(this->store);
	bool dns = settings->dns != UNITY_EXT_NONE;

	options_unref(settings);
	return dns;
}

METHOD(attribute_handler_t, handle, bool,
	attribute_handler_t *handler, ike_sa_t *ike_sa,
	configuration_attribute_type_t type, chunk_t data)
{
	u_int i;

	for (i = 0; i < countof(types); i++)
	{
		if (types[i].type == type)
		{
			return !types[i].dns || has_dns(handler);
		}
	}
	return FALSE;
}

METHOD(enumerator_t, enumerate_types, bool,
	type_enumerator_t *this, va_list args)
{
	configuration_attribute_type_t *type;
	chunk_t *data;
	u_int i;

	VA_ARGS_VGET(args, type, data);
	while (this->next < countof(types))
	{
		i = this->next++;
		if ((this->dns || !types[i].dns) &&
			(types[i].version == IKE_ANY || types[i].version == this->version))
		{
			*type = types[i].type;
			*data = chunk_empty;
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(attribute_handler_t, create_attribute_enumerator, enumerator_t*,
	attribute_handler_t *handler, ike_sa_t *ike_sa, linked_list_t *vips)
{
	type_enumerator_t *enumerator;

	if (!vips->get_count(vips))
	{
		return enumerator_create_empty();
	}
	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _enumerate_types,
			.destroy = (void*)free,
		},
		.version = ike_sa->get_version(ike_sa),
		.dns = has_dns(handler),
	);
	if (enumerator->version == IKEV1 &&
		!ike_sa->supports_extension(ike_sa, EXT_CISCO_UNITY))
	{
		enumerator->version = IKE_ANY;
	}
	return &enumerator->public;
}

/**
 * Get the session of an IKE_SA, a new one if it has none.
 */
static unity_ext_session_t *get_session(private_unity_ext_manager_t *this,
										ike_sa_t *ike_sa)
{
	uint32_t id = ike_sa->get_unique_id(ike_sa);
	unity_ext_session_t *session = ike_sa_table_get(this->sessions, id);

	if (!session)
	{
		session = unity_ext_session_create();
		ike_sa_table_put(this->sessions, id, session);
	}
	return session;
}

/**
 * Forget the session of an IKE_SA, and what it has set.
 */
static void remove_session(private_unity_ext_manager_t *this, ike_sa_t *ike_sa)
{
	unity_ext_session_t *session;

	session = ike_sa_table_take(this->sessions, ike_sa->get_unique_id(ike_sa));
	if (session && session->id)
	{
		this->dns->down(this->dns, session->id);
	}
	unity_ext_session_destroy(session);
}

/**
 * Take note of what is asked for.
 */
static void note_request(exchange_t *exchange, array_t *attrs)
{
	unity_ext_session_t *session;
	unity_ext_attr_t attr;
	int i;

	session = get_session(exchange->this, exchange->ike_sa);
	session->asked = 0;
	for (i = 0; array_get(attrs, i, &attr); i++)
	{
		session->asked |= unity_ext_type_bit(attr.type);
	}
}

/**
 * Find the rule that a client matches.
 */
static unity_ext_rule_t *find_rule(unity_ext_settings_t *settings,
									 ike_sa_t *ike_sa)
{
	unity_ext_rule_t *rule;
	identification_t *id;
	peer_facts_t peer;

	if (!settings->rules.count)
	{
		return NULL;
	}
	id = peer_identity_get(ike_sa);
	peer_facts_init(&peer, ike_sa, id, NULL);
	rule = unity_ext_rule_find(&settings->rules, &peer);
	peer_facts_clear(&peer);
	id->destroy(id);
	return rule;
}

/**
 * Log which attributes of its rule a client is sent; they are the last ones.
 */
static void log_answer(ike_sa_t *ike_sa, unity_ext_rule_t *rule,
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
	DBG1(DBG_CFG, "unity-ext: '%Y' at %H matches rule '%s', sending%s",
		 ike_sa->get_other_eap_id(ike_sa), ike_sa->get_other_host(ike_sa),
		 rule->section.name, ours ? list : " nothing of it");
}

/**
 * As a gateway: decide what a client is sent.
 */
static array_t *rewrite_answer(exchange_t *exchange, array_t *attrs,
							   unity_ext_settings_t *settings)
{
	ike_sa_t *ike_sa = exchange->ike_sa;
	unity_ext_peer_t client = {
		.ikev2 = ike_sa->get_version(ike_sa) == IKEV2,
		.unity = ike_sa->supports_extension(ike_sa, EXT_CISCO_UNITY),
		.asked = get_session(exchange->this, ike_sa)->asked,
	};
	unity_ext_rule_t *rule;
	array_t *answer;
	u_int ours;

	remove_session(exchange->this, ike_sa);
	rule = find_rule(settings, ike_sa);
	answer = unity_ext_answer(rule, &client, attrs, &ours);
	if (rule)
	{
		log_answer(ike_sa, rule, answer, ours);
	}
	return answer;
}

/**
 * As a client: take what the gateway sent, and leave what is safe to others.
 */
static array_t *take_answer(exchange_t *exchange, config_type_t type,
							array_t *attrs, unity_ext_settings_t *settings)
{
	unity_ext_session_t *session;
	array_t *taken;

	session = get_session(exchange->this, exchange->ike_sa);
	if (!exchange->taken)
	{
		/* what an earlier message said doesn't count anymore */
		unity_ext_session_reset(session);
		exchange->taken = TRUE;
	}
	taken = unity_ext_inbound(attrs, type == CFG_SET ? NULL : &session->asked,
							  settings->dns_domains);
	unity_ext_session_add(session, taken);
	return taken;
}

/**
 * Look at a payload, and tell what is to be in its place.
 */
static array_t *look(exchange_t *exchange, config_type_t type, array_t *attrs)
{
	options_store_t *store = exchange->this->store;
	unity_ext_settings_t *settings;
	array_t *answer = NULL;

	if (exchange->answer && (type == CFG_REPLY || type == CFG_SET))
	{
		settings = store->get(store);
		answer = exchange->client ?
					take_answer(exchange, type, attrs, settings) :
					rewrite_answer(exchange, attrs, settings);
		options_unref(settings);
	}
	else if (!exchange->answer && type == CFG_REQUEST)
	{
		note_request(exchange, attrs);
	}
	return answer;
}

METHOD(listener_t, message, bool,
	private_unity_ext_manager_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	bool client = ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR);
	exchange_t exchange = {
		.this = this,
		.ike_sa = ike_sa,
		.client = client,
		.answer = client == incoming,
	};

	if (plain && (message->get_exchange_type(message) == TRANSACTION ||
				  message->get_exchange_type(message) == IKE_AUTH))
	{
		unity_ext_payload_rewrite(message, (unity_ext_payload_cb_t)look,
								  &exchange);
	}
	return TRUE;
}

/**
 * Get the virtual IPs of an IKE_SA, cut if there are very many.
 */
static void get_vips(ike_sa_t *ike_sa, char **vips)
{
	enumerator_t *enumerator;
	host_t *vip;
	char buf[64];

	enumerator = ike_sa->create_virtual_ip_enumerator(ike_sa, TRUE);
	while (enumerator->enumerate(enumerator, &vip) && strlen(*vips) < BUF_LEN)
	{
		snprintf(buf, sizeof(buf), "%H", vip);
		unity_ext_record_append(vips, buf);
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
	private_unity_ext_manager_t *this, ike_sa_t *ike_sa, bool handle)
{
	unity_ext_settings_t *settings;
	unity_ext_session_t *session;
	unity_ext_record_t *record;
	const char *reason;

	session = ike_sa_table_get(this->sessions, ike_sa->get_unique_id(ike_sa));
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
	if (session->id)
	{
		this->dns->down(this->dns, session->id);
		session->id = 0;
	}
	settings = this->store->get(this->store);
	record = unity_ext_session_record(session, settings,
									  ike_sa->get_name(ike_sa),
									  ike_sa->get_unique_id(ike_sa), &reason);
	options_unref(settings);
	if (record)
	{
		get_vips(ike_sa, &record->vips);
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
	private_unity_ext_manager_t *this, ike_sa_t *old, ike_sa_t *new)
{
	ike_sa_table_move(this->sessions, old->get_unique_id(old),
					  new->get_unique_id(new));
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_unity_ext_manager_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		remove_session(this, ike_sa);
	}
	return TRUE;
}

METHOD(unity_ext_manager_t, reload, void,
	private_unity_ext_manager_t *this)
{
	unity_ext_settings_t *settings = this->store->get(this->store);
	unity_ext_rule_t *rule;
	u_int i;

#ifdef USE_IKEV1
	if (settings->rules.count &&
		!lib->settings->get_bool(lib->settings, "%s.cisco_unity", FALSE,
								 lib->ns))
	{
		DBG1(DBG_CFG, "unity-ext: %s.cisco_unity isn't set, so clients aren't "
			 "told that this gateway knows Unity, and Cisco's don't ask for "
			 "what unity-ext.rules has; set %s.cisco_unity = yes", lib->ns,
			 lib->ns);
	}
#endif
	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (rule->too_long)
		{
			DBG1(DBG_CFG, "unity-ext: " UNITY_EXT_RULE_LONG, rule->section.name,
				 rule->too_long);
		}
	}
	options_unref(settings);
}

METHOD(unity_ext_manager_t, destroy, void,
	private_unity_ext_manager_t *this)
{
	ike_sa_table_destroy(this->sessions, (void*)unity_ext_session_destroy);
	free(this);
}

unity_ext_manager_t *unity_ext_manager_create(options_store_t *store,
											  unity_ext_dns_t *dns)
{
	private_unity_ext_manager_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message,
				.handle_vips = _handle_vips,
				.ike_rekey = _ike_rekey,
				.ike_state_change = _ike_state_change,
			},
			.handler = {
				.handle = _handle,
				.release = (void*)nop,
				.create_attribute_enumerator = _create_attribute_enumerator,
			},
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.dns = dns,
		.sessions = ike_sa_table_create(),
	);
	_reload(this);
	return &this->public;
}
