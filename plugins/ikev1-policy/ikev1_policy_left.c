/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_left.h"

#include <compat.h>
#include <connections.h>
#include <ikev1_needs.h>

#include <collections/hashtable.h>
#include <threading/mutex.h>

/**
 * How many connections a list of warnings names.
 */
#define WARNINGS_MAX 5

typedef struct private_ikev1_policy_left_t private_ikev1_policy_left_t;

struct private_ikev1_policy_left_t {
	ikev1_policy_left_t public;
	/** peer_t, by connection and identity */
	hashtable_t *peers;
	/** guards it */
	mutex_t *mutex;
};

/**
 * A peer that has used IKEv1 on a connection.
 */
typedef struct {
	char *key;
	char *connection;
	identification_t *id;
	host_t *host;
	/** when an IKE_SA of it came up or went, monotonic seconds */
	time_t used;
} peer_t;

/**
 * A connection that takes IKEv1, and what its peers did.
 */
typedef struct {
	peer_cfg_t *cfg;
	u_int count;
	time_t used;
} connection_t;

static void peer_destroy(peer_t *peer)
{
	peer->id->destroy(peer->id);
	peer->host->destroy(peer->host);
	free(peer->connection);
	free(peer->key);
	free(peer);
}

CALLBACK(destroy_entry, void,
	peer_t *peer, const void *key)
{
	peer_destroy(peer);
}

/**
 * Forget who wasn't here for the longest time. The caller holds the mutex.
 */
static void forget_oldest(private_ikev1_policy_left_t *this)
{
	enumerator_t *enumerator;
	peer_t *peer, *oldest = NULL;

	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		oldest = !oldest || peer->used < oldest->used ? peer : oldest;
	}
	enumerator->destroy(enumerator);
	this->peers->remove(this->peers, oldest->key);
	peer_destroy(oldest);
}

METHOD(listener_t, ike_updown, bool,
	private_ikev1_policy_left_t *this, ike_sa_t *ike_sa, bool up)
{
	peer_t *peer, *known;

	if (ike_sa->get_version(ike_sa) != IKEV1)
	{
		return TRUE;
	}
	INIT(peer,
		.connection = strdup(ike_sa->get_name(ike_sa)),
		.id = ike_sa->get_other_eap_id(ike_sa),
		.host = ike_sa->get_other_host(ike_sa),
		.used = time_monotonic(NULL),
	);
	peer->id = peer->id->clone(peer->id);
	peer->host = peer->host->clone(peer->host);
	if (asprintf(&peer->key, "%s\t%Y", peer->connection, peer->id) < 0)
	{
		peer->key = strdup(peer->connection);
	}
	this->mutex->lock(this->mutex);
	known = this->peers->remove(this->peers, peer->key);
	if (known || up)
	{	/* core also tells the end of what never was up, whoever that was */
		if (this->peers->get_count(this->peers) >= IKEV1_POLICY_LEFT_MAX)
		{
			forget_oldest(this);
		}
		this->peers->put(this->peers, peer->key, peer);
		peer = NULL;
	}
	this->mutex->unlock(this->mutex);
	if (known)
	{
		peer_destroy(known);
	}
	if (peer)
	{
		peer_destroy(peer);
	}
	return TRUE;
}

/**
 * Note one side's rounds of authentication.
 */
static void add_rounds(peer_cfg_t *cfg, bool local, ikev1_traits_t *traits)
{
	enumerator_t *enumerator;
	auth_cfg_t *round;
	char xauth[BUF_LEN];

	enumerator = cfg->create_auth_cfg_enumerator(cfg, local);
	while (enumerator->enumerate(enumerator, &round))
	{
		switch ((uintptr_t)round->get(round, AUTH_RULE_AUTH_CLASS))
		{
			case AUTH_CLASS_XAUTH:
				snprintf(xauth, sizeof(xauth), "xauth-%s",
						 round->get(round, AUTH_RULE_XAUTH_BACKEND) ?: "");
				ikev1_traits_add(traits, local, xauth);
				break;
			case AUTH_CLASS_PSK:
				ikev1_traits_add(traits, local, "psk");
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Write what a connection needs.
 */
static void get_needs(peer_cfg_t *cfg, char needs[IKEV1_NEEDS_LEN])
{
	ikev1_traits_t traits = {
		.aggressive = COMPAT_USE_AGGRESSIVE(cfg),
		.push = COMPAT_USE_PUSH(cfg),
	};

	add_rounds(cfg, TRUE, &traits);
	add_rounds(cfg, FALSE, &traits);
	ikev1_needs_write(&traits, needs);
}

/**
 * Is a connection one that IKEv1 is used with, or may be only?
 */
static bool is_left(connection_t *connection)
{
	return connection->count ||
		   connection->cfg->get_ike_version(connection->cfg) == IKEV1;
}

/**
 * Get the connections that are loaded and take IKEv1.
 *
 * @param table			gets them by their names
 * @return				of connection_t*
 */
static array_t *get_connections(hashtable_t *table)
{
	enumerator_t *enumerator;
	connection_t *connection;
	array_t *connections;
	peer_cfg_t *cfg;

	connections = array_create(0, 0);
	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		if (cfg->get_ike_version(cfg) == IKEV2)
		{	/* whatever its peers did before it was changed */
			continue;
		}
		INIT(connection,
			.cfg = cfg->get_ref(cfg),
		);
		array_insert(connections, ARRAY_TAIL, connection);
		table->put(table, cfg->get_name(cfg), connection);
	}
	enumerator->destroy(enumerator);
	return connections;
}

/**
 * Destroy a connection_t, callback of array_destroy_function().
 */
static void connection_destroy(void *data, int idx, void *unused)
{
	connection_t *connection = data;

	connection->cfg->destroy(connection->cfg);
	free(connection);
}

/**
 * Emit a peer.
 */
static void emit(control_out_t *out, connection_t *connection, peer_t *peer,
				 time_t now)
{
	char needs[IKEV1_NEEDS_LEN];

	get_needs(connection->cfg, needs);
	out->value(out, "connection", "%s",
			   connection->cfg->get_name(connection->cfg));
	if (peer)
	{
		out->value(out, "id", "%Y", peer->id);
		out->value(out, "host", "%H", peer->host);
		out->number(out, "last-use", now - peer->used);
	}
	out->value(out, "needs", "%s", needs);
	out->emit(out);
}

/**
 * Look at the peers of connections that are loaded, once at each.
 *
 * @param out			to emit the peers to, or NULL
 * @return				of connection_t*
 */
static array_t *look(private_ikev1_policy_left_t *this, control_out_t *out)
{
	enumerator_t *enumerator;
	connection_t *connection;
	hashtable_t *table;
	array_t *connections;
	peer_t *peer;
	time_t now;

	table = hashtable_create(hashtable_hash_str, hashtable_equals_str, 32);
	connections = get_connections(table);
	this->mutex->lock(this->mutex);
	now = time_monotonic(NULL);
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		connection = table->get(table, peer->connection);
		if (connection)
		{
			connection->count++;
			connection->used = max(connection->used, peer->used);
			if (out)
			{
				emit(out, connection, peer, now);
			}
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	table->destroy(table);
	return connections;
}

METHOD(ikev1_policy_left_t, list, void,
	private_ikev1_policy_left_t *this, control_out_t *out)
{
	connection_t *connection;
	array_t *connections;
	int i;

	connections = look(this, out);
	for (i = 0; array_get(connections, i, &connection); i++)
	{
		if (!connection->count && is_left(connection))
		{
			emit(out, connection, NULL, 0);
		}
	}
	array_destroy_function(connections, connection_destroy, NULL);
}

/**
 * Write a warning about a connection.
 */
static void warn_about(control_out_t *out, connection_t *connection)
{
	char needs[IKEV1_NEEDS_LEN];
	peer_cfg_t *cfg = connection->cfg;

	get_needs(cfg, needs);
	if (connection->count)
	{
		out->item(out, "connection '%s' is used with IKEv1, which "
				  "strongSwan is to lose, by %u peers, the last one %us "
				  "ago; for IKEv2 it needs %s", cfg->get_name(cfg),
				  connection->count,
				  (u_int)(time_monotonic(NULL) - connection->used), needs);
	}
	else
	{
		out->item(out, "connection '%s' is for IKEv1, which strongSwan is "
				  "to lose, and wasn't used; for IKEv2 it needs %s",
				  cfg->get_name(cfg), needs);
	}
}

METHOD(ikev1_policy_left_t, warn, void,
	private_ikev1_policy_left_t *this, control_out_t *out)
{
	connection_t *connection;
	array_t *connections;
	u_int count = 0;
	int i;

	connections = look(this, NULL);
	for (i = 0; array_get(connections, i, &connection); i++)
	{
		if (is_left(connection) && count++ < WARNINGS_MAX)
		{
			warn_about(out, connection);
		}
	}
	array_destroy_function(connections, connection_destroy, NULL);
	if (count > WARNINGS_MAX)
	{
		out->item(out, "%u more connections are used with IKEv1, see swanadv "
				  "ikev1-peer list", count - WARNINGS_MAX);
	}
}

METHOD(ikev1_policy_left_t, destroy, void,
	private_ikev1_policy_left_t *this)
{
	this->peers->destroy_function(this->peers, destroy_entry);
	this->mutex->destroy(this->mutex);
	free(this);
}

ikev1_policy_left_t *ikev1_policy_left_create()
{
	private_ikev1_policy_left_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_updown = _ike_updown,
			},
			.warn = _warn,
			.list = _list,
			.destroy = _destroy,
		},
		.peers = hashtable_create(hashtable_hash_str, hashtable_equals_str, 32),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
