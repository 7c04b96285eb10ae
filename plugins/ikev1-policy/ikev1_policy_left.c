/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_left.h"
#include "ikev1_policy_needs.h"

#include <connections.h>

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
 * What peers of a connection did.
 */
typedef struct {
	u_int count;
	time_t used;
} sum_t;

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
 * Write what a connection needs.
 */
static void get_needs(peer_cfg_t *cfg, char needs[IKEV1_POLICY_NEEDS_LEN])
{
	ikev1_policy_traits_t traits;

	ikev1_policy_get_traits(cfg, &traits);
	ikev1_policy_write_needs(&traits, needs);
}

/**
 * Look at the peers of a connection, and emit them if there is something to
 * emit them to.
 */
static sum_t look(private_ikev1_policy_left_t *this, peer_cfg_t *cfg,
				  control_out_t *out)
{
	char needs[IKEV1_POLICY_NEEDS_LEN];
	enumerator_t *enumerator;
	peer_t *peer;
	sum_t sum = {};
	time_t now;

	if (out)
	{
		get_needs(cfg, needs);
	}
	this->mutex->lock(this->mutex);
	now = time_monotonic(NULL);
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		if (!streq(peer->connection, cfg->get_name(cfg)))
		{
			continue;
		}
		sum.count++;
		sum.used = max(sum.used, peer->used);
		if (out)
		{
			out->value(out, "connection", "%s", peer->connection);
			out->value(out, "id", "%Y", peer->id);
			out->value(out, "host", "%H", peer->host);
			out->number(out, "last-use", now - peer->used);
			out->value(out, "needs", "%s", needs);
			out->emit(out);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	if (out && !sum.count && cfg->get_ike_version(cfg) == IKEV1)
	{
		out->value(out, "connection", "%s", cfg->get_name(cfg));
		out->value(out, "needs", "%s", needs);
		out->emit(out);
	}
	return sum;
}

METHOD(ikev1_policy_left_t, list, void,
	private_ikev1_policy_left_t *this, control_out_t *out)
{
	enumerator_t *enumerator;
	peer_cfg_t *cfg;

	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		look(this, cfg, out);
	}
	enumerator->destroy(enumerator);
}

METHOD(ikev1_policy_left_t, warn, void,
	private_ikev1_policy_left_t *this, control_out_t *out)
{
	char needs[IKEV1_POLICY_NEEDS_LEN];
	enumerator_t *enumerator;
	peer_cfg_t *cfg;
	u_int count = 0;
	sum_t sum;

	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		sum = look(this, cfg, NULL);
		if ((!sum.count && cfg->get_ike_version(cfg) != IKEV1) ||
			count++ >= WARNINGS_MAX)
		{
			continue;
		}
		get_needs(cfg, needs);
		if (sum.count)
		{
			out->item(out, "connection '%s' is used with IKEv1, which "
					  "strongSwan is to lose, by %u peers, the last one %us "
					  "ago; for IKEv2 it needs %s", cfg->get_name(cfg),
					  sum.count, (u_int)(time_monotonic(NULL) - sum.used),
					  needs);
		}
		else
		{
			out->item(out, "connection '%s' is for IKEv1, which strongSwan is "
					  "to lose, and wasn't used; for IKEv2 it needs %s",
					  cfg->get_name(cfg), needs);
		}
	}
	enumerator->destroy(enumerator);
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
