/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_manager.h"
#include "peer_resolve_events.h"
#include "peer_resolve_mover.h"
#include "peer_resolve_resolver.h"
#include "peer_resolve_settings.h"

#include <connections.h>
#include <ike_sa_table.h>
#include <quiet_thread.h>

#include <daemon.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

/**
 * Seconds between looks at moves, and for which new IKE_SAs are waited with.
 */
#define LOOK_INTERVAL 1

/**
 * Rounds after which an IKE_SA is forgotten that isn't to be seen: it is either
 * gone, or in use each time.
 */
#define MISSED_MAX 3

/**
 * Seconds for which CHILD_SAs that are being set up are waited for.
 */
#define BUSY_TIMEOUT 10

/**
 * Peers that are moved at once: many may have one name, and a gateway that they
 * all are at loses what it can't take.
 */
#define MOVES_MAX 16

typedef struct private_peer_resolve_manager_t private_peer_resolve_manager_t;

/**
 * What has no lock is used by the thread alone.
 */
struct private_peer_resolve_manager_t {
	peer_resolve_manager_t public;
	options_store_t *store;
	peer_resolve_resolver_t *resolver;
	peer_resolve_mover_t *mover;
	/** NULL if none was started yet; locked by the store, as reloads are */
	thread_t *thread;
	/** is it there, as connections are named, or a peer is moved still? Locked
	 * by mutex */
	bool running;
	/** Names and peers, peer_resolve_name_t by name and peer_resolve_peer_t by
	 * unique ID, which hooks change; locked by mutex. */
	hashtable_t *names, *peers;
	/** names that are asked for, char* as both */
	hashtable_t *asked;
	/** answers that came, answer_t*; locked by mutex, as all that follows */
	linked_list_t *answers;
	/** resolve all at once; stop */
	bool resolve, stop;
	/** since when there are new IKE_SAs to look at, 0 if there are none; a
	 * second later they aren't in use anymore by who has set them up */
	time_t look;
	/** when names are resolved again */
	time_t next;
	/** numbers, save for those of what is there */
	peer_resolve_stats_t stats;
	/** lock, taken in hooks */
	mutex_t *mutex;
	/** signaled if any of the above is set */
	condvar_t *condvar;
};

/**
 * An answer.
 */
typedef struct {
	char *name, *error;
	linked_list_t *hosts;
} answer_t;

/**
 * Implementation of peer_resolve_answer_t.
 */
static void take_answer(void *data, const char *name, linked_list_t *hosts,
						const char *error)
{
	private_peer_resolve_manager_t *this = data;
	answer_t *answer;

	INIT(answer,
		.name = strdup(name),
		.error = error ? strdup(error) : NULL,
		.hosts = hosts,
	);
	this->mutex->lock(this->mutex);
	this->answers->insert_last(this->answers, answer);
	this->condvar->signal(this->condvar);
	this->mutex->unlock(this->mutex);
}

static void answer_destroy(answer_t *answer)
{
	DESTROY_OFFSET_IF(answer->hosts, offsetof(host_t, destroy));
	free(answer->name);
	free(answer->error);
	free(answer);
}

METHOD(listener_t, ike_updown, bool,
	private_peer_resolve_manager_t *this, ike_sa_t *ike_sa, bool up)
{
	peer_resolve_settings_t *settings;
	bool wanted;

	if (up)
	{
		settings = this->store->get(this->store);
		wanted = peer_resolve_is_named(settings, ike_sa->get_name(ike_sa));
		options_unref(settings);
		if (wanted)
		{
			this->mutex->lock(this->mutex);
			this->look = this->look ?: time_monotonic(NULL);
			this->condvar->signal(this->condvar);
			this->mutex->unlock(this->mutex);
		}
	}
	return TRUE;
}

/**
 * What is known of a peer, and of its move, is so of the IKE_SA that replaces
 * it.
 */
static void replace(private_peer_resolve_manager_t *this, uint32_t from,
					uint32_t to)
{
	peer_resolve_peer_t *peer;

	this->mutex->lock(this->mutex);
	peer = ike_sa_table_take(this->peers, from);
	if (peer)
	{
		peer->unique_id = to;
		peer_resolve_peer_destroy(ike_sa_table_put(this->peers, to, peer));
	}
	this->mover->replace(this->mover, from, to);
	this->mutex->unlock(this->mutex);
}

METHOD(listener_t, ike_rekey, bool,
	private_peer_resolve_manager_t *this, ike_sa_t *old, ike_sa_t *new)
{
	replace(this, old->get_unique_id(old), new->get_unique_id(new));
	return TRUE;
}

/**
 * IKEv1 reauthenticates.
 */
METHOD(listener_t, children_migrate, bool,
	private_peer_resolve_manager_t *this, ike_sa_t *ike_sa, ike_sa_id_t *new,
	uint32_t unique)
{
	if (new)
	{
		replace(this, ike_sa->get_unique_id(ike_sa), unique);
	}
	return TRUE;
}

/**
 * Take down what is to be known of an IKE_SA, if it is one to follow.
 */
static peer_resolve_peer_t *take_peer(ike_sa_t *ike_sa,
									  peer_resolve_settings_t *settings,
									  hashtable_t *loaded)
{
	peer_cfg_t *cfg = ike_sa->get_peer_cfg(ike_sa);
	peer_resolve_peer_t *peer;
	identification_t *id;
	char *name, *addrs;
	ike_cfg_t *ike_cfg;
	bool responder;
	host_t *host;

	if (!cfg || ike_sa->get_state(ike_sa) == IKE_DELETING ||
		ike_sa->get_state(ike_sa) == IKE_REKEYED)
	{
		return NULL;
	}
	ike_cfg = cfg->get_ike_cfg(cfg);
	name = cfg->get_name(cfg);
	addrs = ike_cfg->get_other_addr(ike_cfg);
	if (!peer_resolve_is_named(settings, name) || !loaded->get(loaded, name) ||
		!peer_resolve_parse(addrs, NULL))
	{
		return NULL;
	}
	id = ike_sa->get_other_eap_id(ike_sa);
	host = ike_sa->get_other_host(ike_sa);
	responder = !ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR);
	INIT(peer,
		.unique_id = ike_sa->get_unique_id(ike_sa),
		.connection = strdup(name),
		.id = id->clone(id),
		.host = host->clone(host),
		.remote_addrs = strdup(addrs),
		.family = ike_cfg_get_family(ike_cfg, TRUE),
		.responder = responder,
		.client = responder && !ike_sa_can_reauthenticate(ike_sa),
		.up = ike_sa->get_state(ike_sa) == IKE_ESTABLISHED,
	);
	return peer;
}

/**
 * Get the names of loaded connections, as keys.
 */
static hashtable_t *get_loaded(void)
{
	enumerator_t *enumerator;
	hashtable_t *loaded;
	peer_cfg_t *cfg;

	loaded = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		char *name = strdup(cfg->get_name(cfg));

		free(loaded->put(loaded, name, name));
	}
	enumerator->destroy(enumerator);
	return loaded;
}

CALLBACK(free_entry, void,
	void *value, const void *key)
{
	free(value);
}

CALLBACK(destroy_name, void,
	peer_resolve_name_t *name, const void *key)
{
	name->destroy(name);
}

/**
 * Look at all IKE_SAs.
 *
 * @return			peer_resolve_peer_t*
 */
static linked_list_t *take_peers(peer_resolve_settings_t *settings)
{
	linked_list_t *peers = linked_list_create();
	peer_resolve_peer_t *peer;
	enumerator_t *enumerator;
	hashtable_t *loaded;
	ike_sa_t *ike_sa;

	if (settings->connections)
	{
		loaded = get_loaded();
		enumerator = charon->ike_sa_manager->create_enumerator(
											charon->ike_sa_manager, FALSE);
		while (enumerator->enumerate(enumerator, &ike_sa))
		{
			peer = take_peer(ike_sa, settings, loaded);
			if (peer)
			{
				peers->insert_last(peers, peer);
			}
		}
		enumerator->destroy(enumerator);
		loaded->destroy_function(loaded, free_entry);
	}
	return peers;
}

/**
 * A new IKE_SA may have been set up in place of another one, by a
 * reauthentication for which there is no hook: what was seen of the address
 * is so of both.
 */
static void inherit(private_peer_resolve_manager_t *this,
					peer_resolve_peer_t *peer)
{
	enumerator_t *enumerator;
	peer_resolve_peer_t *other;
	bool found = FALSE;

	enumerator = this->peers->create_enumerator(this->peers);
	while (!found && enumerator->enumerate(enumerator, NULL, &other))
	{
		found = peer_resolve_peer_inherit(peer, other);
	}
	enumerator->destroy(enumerator);
}

/**
 * Put what was seen in the table. The caller has the lock, as below.
 */
static void update_peers(private_peer_resolve_manager_t *this,
						 linked_list_t *seen, bool all)
{
	peer_resolve_peer_t *peer, *known;
	enumerator_t *enumerator;

	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		peer->missed++;
	}
	enumerator->destroy(enumerator);
	while (seen->remove_first(seen, (void**)&peer) == SUCCESS)
	{
		known = ike_sa_table_get(this->peers, peer->unique_id);
		if (known)
		{
			peer_resolve_peer_update(known, peer);
		}
		else
		{
			inherit(this, peer);
			ike_sa_table_put(this->peers, peer->unique_id, peer);
		}
	}
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		/* what becomes of a move is still to be told */
		if ((peer->missed >= MISSED_MAX || (peer->missed && all)) &&
			!this->mover->get_target(this->mover, peer->unique_id))
		{
			this->peers->remove_at(this->peers, enumerator);
			peer_resolve_peer_destroy(peer);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Add the names that peers have, and forget others.
 */
static void update_names(private_peer_resolve_manager_t *this)
{
	peer_resolve_name_t *name;
	enumerator_t *enumerator;
	peer_resolve_peer_t *peer;
	linked_list_t *wanted;
	hashtable_t *before;
	char *str;

	before = this->names;
	this->names = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	wanted = linked_list_create();
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		peer_resolve_parse(peer->remote_addrs, wanted);
	}
	enumerator->destroy(enumerator);
	while (wanted->remove_first(wanted, (void**)&str) == SUCCESS)
	{
		if (!this->names->get(this->names, str))
		{
			name = before->remove(before, str) ?: peer_resolve_name_create(str);
			this->names->put(this->names, name->get_name(name), name);
		}
		free(str);
	}
	wanted->destroy(wanted);
	before->destroy_function(before, destroy_name);
}

/**
 * Get the names to ask for: all, or those that were never asked for.
 *
 * @return			char*
 */
static linked_list_t *get_unasked(private_peer_resolve_manager_t *this,
								  bool all)
{
	linked_list_t *list = linked_list_create();
	peer_resolve_name_t *name;
	enumerator_t *enumerator;
	const char *str;

	enumerator = this->names->create_enumerator(this->names);
	while (enumerator->enumerate(enumerator, &str, &name))
	{
		if ((all || (!name->get_resolved(name) && !name->get_error(name))) &&
			!this->asked->get(this->asked, str))
		{
			list->insert_last(list, strdup(str));
		}
	}
	enumerator->destroy(enumerator);
	return list;
}

/**
 * Look at IKE_SAs, and ask for names.
 *
 * @param all			ask for all, not only for new ones
 */
static void ask(private_peer_resolve_manager_t *this,
				peer_resolve_settings_t *settings, bool all)
{
	linked_list_t *seen, *names;
	char *name;

	seen = take_peers(settings);
	this->mutex->lock(this->mutex);
	update_peers(this, seen, !settings->connections);
	update_names(this);
	names = get_unasked(this, all);
	if (all)
	{
		this->next = time_monotonic(NULL) + settings->interval;
	}
	this->mutex->unlock(this->mutex);
	seen->destroy(seen);
	while (names->remove_first(names, (void**)&name) == SUCCESS)
	{
		this->asked->put(this->asked, name, name);
		this->resolver->ask(this->resolver, name);
	}
	names->destroy(names);
}

/**
 * Take an answer.
 */
static void handle(private_peer_resolve_manager_t *this, answer_t *answer,
				   uint32_t interval)
{
	peer_resolve_name_t *name;
	bool changed = FALSE;

	free(this->asked->remove(this->asked, answer->name));
	this->mutex->lock(this->mutex);
	(*(answer->error ? &this->stats.unresolved : &this->stats.resolved))++;
	name = this->names->get(this->names, answer->name);
	if (name)
	{
		changed = name->answer(name, answer->hosts, answer->error,
							   time_monotonic(NULL), interval);
		answer->hosts = NULL;
	}
	this->mutex->unlock(this->mutex);
	if (changed)
	{
		peer_resolve_tell_name(answer->name, answer->error);
	}
}

/**
 * Is there another IKE_SA with the peer, where it has to go?
 */
static bool is_replaced(private_peer_resolve_manager_t *this,
						peer_resolve_peer_t *peer)
{
	peer_resolve_peer_t *other;
	enumerator_t *enumerator;
	bool found = FALSE;

	enumerator = this->peers->create_enumerator(this->peers);
	while (!found && enumerator->enumerate(enumerator, NULL, &other))
	{
		found = other != peer && other->up &&
				streq(other->connection, peer->connection) &&
				other->id->equals(other->id, peer->id) &&
				other->host->ip_equals(other->host, peer->target);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Decide about a peer.
 *
 * @param told			gets a clone, if there is something to do or to tell
 */
static void decide(private_peer_resolve_manager_t *this,
				   peer_resolve_peer_t *peer, uint32_t interval,
				   linked_list_t *told)
{
	host_t *target = this->mover->get_target(this->mover, peer->unique_id);
	peer_resolve_state_t before = peer->state;

	if (!peer->up || peer->missed ||
		(target && target->ip_equals(target, peer->host)))
	{	/* the latter is a new one that isn't alone yet */
		return;
	}
	peer_resolve_peer_decide(peer, this->names, time_monotonic(NULL), interval);
	if (target && peer->target && target->ip_equals(target, peer->target))
	{
		peer->state = PEER_RESOLVE_MOVING;
		return;
	}
	if (peer->state == PEER_RESOLVE_MOVING && is_replaced(this, peer))
	{
		peer->state = PEER_RESOLVE_REPLACED;
	}
	if (target || peer->state == PEER_RESOLVE_MOVING || peer->state != before)
	{
		told->insert_last(told, peer_resolve_peer_clone(peer));
	}
}

/**
 * A peer can't be moved.
 *
 * @param gone			nor is it there anymore
 */
static void fail(private_peer_resolve_manager_t *this, uint32_t id, bool gone,
				 const char *reason)
{
	peer_resolve_settings_t *settings = this->store->get(this->store);
	peer_resolve_peer_t *peer, *told = NULL;
	uint32_t retry = 0;

	this->mutex->lock(this->mutex);
	this->stats.failed++;
	peer = ike_sa_table_get(this->peers, id);
	if (peer && peer->target)
	{
		retry = peer_resolve_peer_fail(peer, time_monotonic(NULL),
									   settings->interval);
		told = peer_resolve_peer_clone(peer);
	}
	this->mutex->unlock(this->mutex);
	options_unref(settings);
	if (told)
	{
		peer_resolve_tell_failed(told, reason, gone ? 0 : retry);
		peer_resolve_peer_destroy(told);
	}
}

/**
 * Implementation of peer_resolve_moved_t.
 */
static void moved(void *data, uint32_t old, uint32_t new, bool gone,
				  const char *reason)
{
	private_peer_resolve_manager_t *this = data;
	peer_resolve_peer_t *peer;

	if (!new)
	{
		fail(this, old, gone, reason);
		return;
	}
	this->mutex->lock(this->mutex);
	this->stats.moved++;
	this->look = time_monotonic(NULL);
	peer = ike_sa_table_take(this->peers, old);
	this->mutex->unlock(this->mutex);
	if (peer && peer->target)
	{
		peer_resolve_tell_moved(peer, new);
	}
	peer_resolve_peer_destroy(peer);
}

/**
 * Put an attempt off while CHILD_SAs are being set up. Not for long, as the
 * peer may be dead where it is.
 */
static bool put_off(private_peer_resolve_manager_t *this, uint32_t id)
{
	time_t now = time_monotonic(NULL);
	peer_resolve_peer_t *peer;
	bool off = FALSE;

	if (this->mover->is_busy(this->mover, id))
	{
		this->mutex->lock(this->mutex);
		peer = ike_sa_table_get(this->peers, id);
		if (peer)
		{
			peer->busy = peer->busy ?: now;
			off = now - peer->busy < BUSY_TIMEOUT;
			this->look = this->look ?: now;
		}
		this->mutex->unlock(this->mutex);
	}
	return off;
}

/**
 * Do what was decided about a peer.
 */
static void follow(private_peer_resolve_manager_t *this,
				   peer_resolve_peer_t *peer)
{
	const char *reason;

	this->mover->cancel(this->mover, peer->unique_id);
	if (peer->state == PEER_RESOLVE_MOVING &&
		(this->mover->get_count(this->mover) >= MOVES_MAX ||
		 put_off(this, peer->unique_id)))
	{	/* decided again in a second */
		return;
	}
	peer_resolve_tell_state(peer);
	if (peer->state == PEER_RESOLVE_MOVING)
	{
		reason = this->mover->move(this->mover, peer->unique_id, peer->host,
								   peer->target, peer->connection);
		if (reason)
		{
			fail(this, peer->unique_id, FALSE, reason);
		}
	}
}

/**
 * Decide about all peers.
 */
static void decide_all(private_peer_resolve_manager_t *this, uint32_t interval)
{
	linked_list_t *told = linked_list_create();
	enumerator_t *enumerator;
	peer_resolve_peer_t *peer;

	this->mutex->lock(this->mutex);
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		decide(this, peer, interval, told);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	while (told->remove_first(told, (void**)&peer) == SUCCESS)
	{
		follow(this, peer);
		peer_resolve_peer_destroy(peer);
	}
	told->destroy(told);
}

/**
 * Has the thread to end? The caller has the lock.
 *
 * @param named			is a connection named?
 */
static bool is_over(private_peer_resolve_manager_t *this, bool named)
{
	return this->stop || (!named && !this->resolve &&
						  !this->peers->get_count(this->peers));
}

/**
 * Wait until there is something to do.
 *
 * @param answers		gets answers, answer_t*
 * @param all			set to whether to resolve all
 * @param look			likewise, to look at IKE_SAs
 * @return				FALSE to end
 */
static bool wait_for_work(private_peer_resolve_manager_t *this,
						  linked_list_t **answers, bool *all, bool *look)
{
	peer_resolve_settings_t *settings = this->store->get(this->store);
	u_int moves = this->mover->get_count(this->mover);
	time_t now = time_monotonic(NULL);
	bool named = settings->connections, over;

	options_unref(settings);
	this->mutex->lock(this->mutex);
	if (!is_over(this, named) && !this->answers->get_count(this->answers) &&
		!this->resolve && this->next > now &&
		(!this->look || this->look >= now))
	{
		this->condvar->timed_wait(this->condvar, this->mutex,
						moves || this->look ? LOOK_INTERVAL * 1000
									: min(this->next - now, 3600) * 1000);
		now = time_monotonic(NULL);
	}
	*answers = this->answers;
	this->answers = linked_list_create();
	*all = this->resolve || this->next <= now;
	*look = moves || (this->look && this->look < now);
	if (*look)
	{
		this->look = 0;
	}
	over = is_over(this, named);
	this->running = !over;
	this->resolve = FALSE;
	this->mutex->unlock(this->mutex);
	return !over;
}

/**
 * Do what there is to do.
 */
static void work(private_peer_resolve_manager_t *this, linked_list_t *answers,
				 bool all, bool look)
{
	peer_resolve_settings_t *settings = this->store->get(this->store);
	enumerator_t *enumerator;
	answer_t *answer;

	this->mover->look(this->mover);
	enumerator = answers->create_enumerator(answers);
	while (enumerator->enumerate(enumerator, &answer))
	{
		handle(this, answer, settings->interval);
	}
	enumerator->destroy(enumerator);
	if (all || look)
	{
		ask(this, settings, all);
	}
	if (look || answers->get_count(answers))
	{
		decide_all(this, settings->interval);
	}
	options_unref(settings);
}

/**
 * The thread.
 */
static void *run(private_peer_resolve_manager_t *this)
{
	linked_list_t *answers;
	bool all, look, going;

	thread_cancelability(FALSE);
	do
	{
		going = wait_for_work(this, &answers, &all, &look);
		if (going)
		{
			work(this, answers, all, look);
		}
		answers->destroy_function(answers, (void*)answer_destroy);
	}
	while (going);
	return NULL;
}

/**
 * Start the thread, in place of one that has ended. The caller has locked the
 * store.
 */
static void start(private_peer_resolve_manager_t *this)
{
	if (this->thread)
	{
		this->thread->join(this->thread);
	}
	this->thread = quiet_thread_create((thread_main_t)run, this);
	if (!this->thread)
	{
		DBG1(DBG_CFG, "peer-resolve: can't start a thread, no peer is "
			 "followed");
		this->mutex->lock(this->mutex);
		this->running = FALSE;
		this->mutex->unlock(this->mutex);
	}
}

METHOD(peer_resolve_manager_t, resolve, bool,
	private_peer_resolve_manager_t *this)
{
	peer_resolve_settings_t *settings;
	bool missing, there;

	this->store->lock(this->store);
	settings = this->store->get(this->store);
	this->mutex->lock(this->mutex);
	this->resolve = TRUE;
	this->condvar->signal(this->condvar);
	missing = settings->connections && !this->running;
	this->running |= missing;
	this->mutex->unlock(this->mutex);
	if (missing)
	{
		start(this);
	}
	there = this->thread || !settings->connections;
	options_unref(settings);
	this->store->unlock(this->store);
	return there;
}

/**
 * Make an item of a peer.
 */
static peer_resolve_item_t *get_item(private_peer_resolve_manager_t *this,
									 peer_resolve_peer_t *peer, time_t now)
{
	peer_resolve_item_t *item;
	peer_resolve_name_t *name;
	enumerator_t *names, *hosts;
	linked_list_t *list;
	time_t resolved = now;
	host_t *host;
	char *str;

	INIT(item,
		.peer = peer_resolve_peer_clone(peer),
		.names = linked_list_create(),
		.hosts = linked_list_create(),
	);
	peer_resolve_parse(peer->remote_addrs, item->names);
	names = item->names->create_enumerator(item->names);
	while (names->enumerate(names, &str))
	{
		name = this->names->get(this->names, str);
		resolved = min(resolved, name ? name->get_resolved(name) : 0);
		if (!name)
		{
			continue;
		}
		if (!item->error && name->get_error(name))
		{
			item->error = strdup(name->get_error(name));
		}
		list = name->get_hosts(name);
		hosts = list->create_enumerator(list);
		while (hosts->enumerate(hosts, &host))
		{
			item->hosts->insert_last(item->hosts, host->clone(host));
		}
		hosts->destroy(hosts);
	}
	names->destroy(names);
	item->resolved = resolved ? now - resolved : -1;
	return item;
}

METHOD(peer_resolve_manager_t, get_items, linked_list_t*,
	private_peer_resolve_manager_t *this, const char *connection,
	uint32_t *next)
{
	linked_list_t *items = linked_list_create();
	time_t now = time_monotonic(NULL);
	enumerator_t *enumerator;
	peer_resolve_peer_t *peer;

	this->mutex->lock(this->mutex);
	*next = this->next > now ? this->next - now : 0;
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		if (!peer->missed &&
			(!connection || streq(peer->connection, connection)))
		{
			items->insert_last(items, get_item(this, peer, now));
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return items;
}

METHOD(peer_resolve_manager_t, get_stats, void,
	private_peer_resolve_manager_t *this, peer_resolve_stats_t *stats)
{
	enumerator_t *enumerator;
	peer_resolve_peer_t *peer;

	this->mutex->lock(this->mutex);
	*stats = this->stats;
	enumerator = this->peers->create_enumerator(this->peers);
	while (enumerator->enumerate(enumerator, NULL, &peer))
	{
		stats->peers += !peer->missed;
		stats->moving += !peer->missed && peer->state == PEER_RESOLVE_MOVING;
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(peer_resolve_manager_t, destroy, void,
	private_peer_resolve_manager_t *this)
{
	charon->bus->remove_listener(charon->bus, &this->public.listener);
	if (this->thread)
	{
		this->mutex->lock(this->mutex);
		this->stop = TRUE;
		this->condvar->signal(this->condvar);
		this->mutex->unlock(this->mutex);
		this->thread->join(this->thread);
	}
	this->resolver->destroy(this->resolver);
	this->mover->destroy(this->mover);
	this->names->destroy_function(this->names, destroy_name);
	ike_sa_table_destroy(this->peers, (void*)peer_resolve_peer_destroy);
	this->asked->destroy_function(this->asked, free_entry);
	this->answers->destroy_function(this->answers, (void*)answer_destroy);
	this->condvar->destroy(this->condvar);
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_resolve_manager_t *peer_resolve_manager_create(options_store_t *store)
{
	private_peer_resolve_manager_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_updown = _ike_updown,
				.ike_rekey = _ike_rekey,
				.children_migrate = _children_migrate,
			},
			.resolve = _resolve,
			.get_items = _get_items,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.store = store,
		.names = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
		.peers = ike_sa_table_create(),
		.asked = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
		.answers = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	this->mover = peer_resolve_mover_create(moved, this);
	this->resolver = peer_resolve_resolver_create(take_answer, this);
	charon->bus->add_listener(charon->bus, &this->public.listener);
	if (!resolve(this))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}

void peer_resolve_item_destroy(peer_resolve_item_t *this)
{
	peer_resolve_peer_destroy(this->peer);
	this->names->destroy_function(this->names, free);
	this->hosts->destroy_offset(this->hosts, offsetof(host_t, destroy));
	free(this->error);
	free(this);
}
