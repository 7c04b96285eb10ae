/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_blocks.h"
#include "auth_policy_block_file.h"
#include "auth_policy_networks.h"

#include <log_limiter.h>

#include <errno.h>
#include <time.h>

#include <daemon.h>
#include <network/socket_manager.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <threading/rwlock.h>

/**
 * What follows from an error in the file.
 */
#define CONSEQUENCE "blocks that were in force stay so until this is mended"

typedef struct private_auth_policy_blocks_t private_auth_policy_blocks_t;

struct private_auth_policy_blocks_t {
	auth_policy_blocks_t public;
	auth_policy_lockout_t *lockout;
	auth_policy_sessions_t *sessions;
	/** of auth_policy_block_t*, protected by mutex, changed with file_mutex
	 * held as well */
	array_t *blocks;
	/** counters, protected by mutex */
	auth_policy_blocks_stats_t stats;
	/** taken in hooks, so nothing that takes time is done meanwhile */
	mutex_t *mutex;
	/** those of the blocks, protected by lock */
	auth_policy_networks_t *networks;
	/** taken for each packet */
	rwlock_t *lock;
	/** the file, NULL if there is none, and of char*, what is wrong with it;
	 * protected by file_mutex */
	char *path;
	array_t *wrong;
	/** why the file couldn't be written, 0 if it could; likewise */
	int failed;
	/** when a job looks for blocks that are over, 0 if none does; likewise */
	time_t next;
	/** held while the file is in use, by one change after the other */
	mutex_t *file_mutex;
	log_limiter_t *limiter;
};

/**
 * What receives packets in place of charon's own, which has no place to hook
 * into, and nothing to pass along but this.
 */
static private_auth_policy_blocks_t *receiver;
static status_t (*receive_all)(socket_manager_t *this, packet_t **packet);

/**
 * Find out whether an address is blocked.
 *
 * @return				number of its network, -1 if it isn't
 */
static int find_network(private_auth_policy_blocks_t *this, host_t *host)
{
	int found;

	this->lock->read_lock(this->lock);
	found = auth_policy_networks_find(this->networks, host);
	this->lock->unlock(this->lock);
	return found;
}

/**
 * Is a packet from a blocked address? Counts and logs it then.
 */
static bool is_blocked(private_auth_policy_blocks_t *this, packet_t *packet)
{
	char more[LOG_LIMITER_MORE];
	host_t *host = packet->get_source(packet);
	int found = find_network(this, host);

	if (found < 0)
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	this->stats.packets++;
	this->mutex->unlock(this->mutex);
	if (log_limiter_pass(this->limiter, more, "", "packet %d", found))
	{
		DBG1(DBG_NET, "auth-policy: dropped a packet from %H, which is "
			 "blocked; see swanadv block list%s", host, more);
	}
	return TRUE;
}

/**
 * Implementation of socket_manager_t.receive.
 */
static status_t receive_others(socket_manager_t *sockets, packet_t **packet)
{
	status_t status;

	while ((status = receive_all(sockets, packet)) == SUCCESS &&
		   (is_blocked(receiver, *packet) ||
			receiver->lockout->drops(receiver->lockout, *packet)))
	{
		(*packet)->destroy(*packet);
	}
	return status;
}

/**
 * Find a block that somebody meets. With the mutex held.
 */
static auth_policy_block_t *find(private_auth_policy_blocks_t *this,
								 const auth_policy_person_t *person, time_t now)
{
	auth_policy_block_t *block;
	int i;

	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if (!auth_policy_block_over(block, now) &&
			auth_policy_block_matches(block, person))
		{
			return block;
		}
	}
	return NULL;
}

METHOD(auth_policy_blocks_t, is_empty, bool,
	private_auth_policy_blocks_t *this)
{
	bool empty;

	this->mutex->lock(this->mutex);
	empty = !array_count(this->blocks);
	this->mutex->unlock(this->mutex);
	return empty;
}

METHOD(auth_policy_blocks_t, admit, bool,
	private_auth_policy_blocks_t *this, ike_sa_t *ike_sa,
	auth_policy_person_t *person, bool final)
{
	auth_policy_who_t *who = NULL;
	auth_policy_block_t *block;
	char more[LOG_LIMITER_MORE], *line;

	this->mutex->lock(this->mutex);
	block = find(this, person, time(NULL));
	if (block)
	{
		options_ref(block);
		this->stats.refused++;
	}
	else if (final)
	{
		/* at once, as the next block closes who is there */
		this->sessions->add(this->sessions, ike_sa, person);
		person = NULL;
	}
	this->mutex->unlock(this->mutex);

	if (block)
	{
		who = auth_policy_who_create(ike_sa);
		line = auth_policy_block_print(block);
		if (log_limiter_pass(this->limiter, more, "", "login %s", line))
		{
			DBG1(DBG_IKE, "auth-policy: refused " AUTH_POLICY_WHO ", which is "
				 "blocked: %s%s", AUTH_POLICY_WHO_ARGS(who), line, more);
		}
		free(line);
		auth_policy_tell_block("refused", block, who);
		options_unref(block);
	}
	auth_policy_person_destroy(person);
	auth_policy_who_destroy(who);
	return !block;
}

/**
 * Close a session if it is at a blocked address. Called by sessions, too.
 */
static void close_at(private_auth_policy_blocks_t *this, uint32_t unique_id,
					 host_t *host)
{
	auth_policy_person_t at = { .host = host };
	auth_policy_block_t *block;

	this->mutex->lock(this->mutex);
	block = options_ref(find(this, &at, time(NULL)));
	this->mutex->unlock(this->mutex);
	if (block)
	{
		this->sessions->close(this->sessions, unique_id, block);
		options_unref(block);
	}
}

/**
 * Close an IKE_SA that is to be set up with a blocked address: what comes from
 * there is dropped, but it takes minutes until charon gives up.
 */
static void check_connecting(private_auth_policy_blocks_t *this,
							 ike_sa_t *ike_sa)
{
	host_t *host = ike_sa->get_other_host(ike_sa);
	auth_policy_person_t *person;

	if (find_network(this, host) < 0)
	{
		return;
	}
	INIT(person,
		.host = host->clone(host),
	);
	this->sessions->add(this->sessions, ike_sa, person);
	close_at(this, ike_sa->get_unique_id(ike_sa), host);
}

METHOD(listener_t, ike_state_change, bool,
	private_auth_policy_blocks_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_CONNECTING)
	{
		check_connecting(this, ike_sa);
	}
	return TRUE;
}

/**
 * Put the networks of the blocks in force. With the file mutex held.
 */
static void update_networks(private_auth_policy_blocks_t *this)
{
	auth_policy_networks_t *networks, *before;
	auth_policy_block_t *block;
	array_t *list = array_create(0, 0);
	int i;

	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if (block->network)
		{
			array_insert(list, ARRAY_TAIL, block->network);
		}
	}
	networks = auth_policy_networks_create(list);
	array_destroy(list);
	this->lock->write_lock(this->lock);
	before = this->networks;
	this->networks = networks;
	this->lock->unlock(this->lock);
	auth_policy_networks_destroy(before);
}

static job_requeue_t expire(private_auth_policy_blocks_t *this);

/**
 * Schedule a job for when the next block is over. With the file mutex held.
 */
static void schedule(private_auth_policy_blocks_t *this)
{
	time_t now = time(NULL), next = 0;
	auth_policy_block_t *block;
	int i;

	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if (block->ends && (!next || block->ends < next))
		{
			next = block->ends;
		}
	}
	/* the clock may be set meanwhile */
	next = next ? min(max(next, now + 1), now + 3600) : 0;
	if (next && (!this->next || next < this->next))
	{
		this->next = next;
		lib->scheduler->schedule_job(lib->scheduler,
				(job_t*)callback_job_create((callback_job_cb_t)expire, this,
											NULL, NULL), next - now);
	}
}

/**
 * Put other blocks in force. With the file mutex held.
 *
 * @param blocks		array of auth_policy_block_t*, adopted
 */
static void set_blocks(private_auth_policy_blocks_t *this, array_t *blocks)
{
	array_t *before;

	this->mutex->lock(this->mutex);
	before = this->blocks;
	this->blocks = blocks;
	this->mutex->unlock(this->mutex);
	array_destroy_function(before, (array_callback_t)options_unref, NULL);
	update_networks(this);
	schedule(this);
}

/**
 * Copy a list of blocks, but for one about the same as that given, if any.
 */
static array_t *copy_blocks(array_t *blocks, auth_policy_block_t *but)
{
	array_t *copy = array_create(0, 0);
	auth_policy_block_t *block;
	int i;

	for (i = 0; array_get(blocks, i, &block); i++)
	{
		if (!but || !auth_policy_block_equals(block, but))
		{
			array_insert(copy, ARRAY_TAIL, options_ref(block));
		}
	}
	return copy;
}

/**
 * Have the file follow: what isn't in it is added. With the file mutex held.
 *
 * @param remove		array of auth_policy_block_t* that go, or NULL
 */
static bool write_file(private_auth_policy_blocks_t *this, array_t *remove)
{
	auth_policy_block_t *block;
	array_t *add = array_create(0, 0);
	int i;

	if (!this->path)
	{
		array_destroy(add);
		return TRUE;
	}
	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if (!block->kept)
		{
			array_insert(add, ARRAY_TAIL, block);
		}
	}
	this->failed = 0;
	if ((array_count(add) || array_count(remove)) &&
		!auth_policy_block_file_change(this->path, remove, add))
	{
		this->failed = errno;
		DBG1(DBG_CFG, "auth-policy: blocks_file = \"%s\": %s; blocks are in "
			 "force, but not kept there", this->path, strerror(this->failed));
	}
	for (i = 0; !this->failed && array_get(add, i, &block); i++)
	{
		block->kept = TRUE;
	}
	array_destroy(add);
	return !this->failed;
}

/**
 * Job: take blocks that are over out of force.
 */
static job_requeue_t expire(private_auth_policy_blocks_t *this)
{
	time_t now = time(NULL);
	array_t *over = array_create(0, 0), *stay = array_create(0, 0);
	auth_policy_block_t *block;
	char *line;
	int i;

	this->file_mutex->lock(this->file_mutex);
	this->next = 0;
	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		array_insert(auth_policy_block_over(block, now) ? over : stay,
					 ARRAY_TAIL, options_ref(block));
	}
	set_blocks(this, stay);
	if (array_count(over))
	{
		write_file(this, over);
	}
	this->file_mutex->unlock(this->file_mutex);

	for (i = 0; array_get(over, i, &block); i++)
	{
		line = auth_policy_block_print(block);
		DBG1(DBG_CFG, "auth-policy: block is over: %s", line);
		free(line);
		auth_policy_tell_block("expired", block, NULL);
	}
	array_destroy_function(over, (array_callback_t)options_unref, NULL);
	return JOB_REQUEUE_NONE;
}

/**
 * Implementation of auth_policy_sessions_cb_t.
 */
static bool is_meant(void *data, const auth_policy_person_t *person)
{
	return auth_policy_block_matches(data, person);
}

/**
 * Have all sessions closed that a block is about.
 *
 * @return				how many
 */
static u_int close_all(private_auth_policy_blocks_t *this,
					   auth_policy_block_t *block)
{
	return this->sessions->close_all(this->sessions, is_meant, block, block);
}

METHOD(auth_policy_blocks_t, add, u_int,
	private_auth_policy_blocks_t *this, auth_policy_block_t *block,
	option_errors_t *errors)
{
	array_t *blocks;
	u_int count = 0;

	this->file_mutex->lock(this->file_mutex);
	blocks = copy_blocks(this->blocks, block);
	if (array_count(blocks) >= AUTH_POLICY_BLOCKS_MAX)
	{
		errors->add(errors, NULL, NULL, "there are %u blocks, expected at most "
					"that many", AUTH_POLICY_BLOCKS_MAX);
		array_destroy_function(blocks, (array_callback_t)options_unref, NULL);
	}
	else
	{
		array_insert(blocks, ARRAY_TAIL, options_ref(block));
		set_blocks(this, blocks);
		count = close_all(this, block);
		write_file(this, NULL);
	}
	this->file_mutex->unlock(this->file_mutex);
	return count;
}

METHOD(auth_policy_blocks_t, remove_, void,
	private_auth_policy_blocks_t *this, auth_policy_block_t *block,
	option_errors_t *errors)
{
	array_t *remove = array_create(0, 0);

	this->file_mutex->lock(this->file_mutex);
	array_insert(remove, ARRAY_TAIL, block);
	if (!auth_policy_block_among(block, this->blocks))
	{
		errors->add(errors, NULL, NULL, "there is no such block, see "
					"list-blocks");
	}
	else if (!write_file(this, remove))
	{
		errors->add(errors, NULL, NULL, "it is in %s, which can't be changed: "
					"%s", this->path, strerror(this->failed));
	}
	else
	{
		set_blocks(this, copy_blocks(this->blocks, block));
	}
	this->file_mutex->unlock(this->file_mutex);
	array_destroy(remove);
}

METHOD(auth_policy_blocks_t, list, void,
	private_auth_policy_blocks_t *this, auth_policy_blocks_cb_t cb, void *data)
{
	array_t *lockouts = this->lockout->get_blocks(this->lockout);
	auth_policy_block_t *block;
	time_t now = time(NULL);
	int i;

	this->file_mutex->lock(this->file_mutex);
	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if (!auth_policy_block_over(block, now))
		{
			cb(data, block);
		}
	}
	this->file_mutex->unlock(this->file_mutex);
	for (i = 0; array_get(lockouts, i, &block); i++)
	{
		cb(data, block);
	}
	array_destroy_function(lockouts, (array_callback_t)options_unref, NULL);
}

/**
 * Note what is wrong with the file, and log it. With the file mutex held.
 */
static void set_wrong(private_auth_policy_blocks_t *this,
					  option_errors_t *errors, const char *consequence)
{
	enumerator_t *enumerator;
	char *text;

	array_destroy_function(this->wrong, (array_callback_t)free, NULL);
	this->wrong = array_create(0, 0);
	errors->log(errors, "auth-policy", consequence);
	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &text))
	{
		array_insert(this->wrong, ARRAY_TAIL, strdup(text));
	}
	enumerator->destroy(enumerator);
}

/**
 * Add blocks that stay in force to those of the file. With the file mutex held.
 *
 * @param wrong			is something wrong with the file? All of them do then,
 *						else those that aren't in it
 */
static void add_staying(private_auth_policy_blocks_t *this, array_t *blocks,
						bool wrong)
{
	auth_policy_block_t *block;
	int i;

	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if ((wrong || !block->kept) && !auth_policy_block_among(block, blocks))
		{
			array_insert(blocks, ARRAY_TAIL, options_ref(block));
		}
	}
}

/**
 * Have all sessions closed that one of the blocks is about. With the file mutex
 * held.
 */
static void close_for_all(private_auth_policy_blocks_t *this)
{
	auth_policy_block_t *block;
	time_t now = time(NULL);
	int i;

	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		if (!auth_policy_block_over(block, now))
		{
			close_all(this, block);
		}
	}
}

METHOD(auth_policy_blocks_t, load, bool,
	private_auth_policy_blocks_t *this, const char *path, bool start)
{
	option_errors_t *errors = option_errors_create();
	array_t *blocks = array_create(0, 0);
	auth_policy_block_t *block;
	bool read = TRUE, kept = FALSE;
	int i;

	this->file_mutex->lock(this->file_mutex);
	for (i = 0; array_get(this->blocks, i, &block); i++)
	{
		kept = kept || block->kept;
	}
	if (path && !auth_policy_block_file_read(path, blocks, errors))
	{
		read = errno == ENOENT && !errors->get_count(errors);
		if (read && kept && this->path && streq(path, this->path))
		{	/* more likely an accident than a pardon */
			errors->add(errors, "blocks_file", path, "is gone, an empty one is "
						"expected if there are to be no blocks");
		}
	}
	set_wrong(this, errors, read || !start ? CONSEQUENCE : "not loading");
	add_staying(this, blocks, errors->get_count(errors) > 0);
	free(this->path);
	this->path = path ? strdup(path) : NULL;
	set_blocks(this, blocks);
	close_for_all(this);
	if (read && !errors->get_count(errors))
	{
		write_file(this, NULL);
	}
	this->file_mutex->unlock(this->file_mutex);
	errors->destroy(errors);
	return read;
}

METHOD(auth_policy_blocks_t, get_stats, void,
	private_auth_policy_blocks_t *this, auth_policy_blocks_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	*stats = this->stats;
	stats->blocks = array_count(this->blocks);
	this->mutex->unlock(this->mutex);
}

METHOD(auth_policy_blocks_t, get_warnings, array_t*,
	private_auth_policy_blocks_t *this)
{
	array_t *warnings = array_create(0, 0);
	char *text;
	int i;

	this->file_mutex->lock(this->file_mutex);
	for (i = 0; array_get(this->wrong, i, &text); i++)
	{
		array_insert(warnings, ARRAY_TAIL, strdup(text));
	}
	if (this->failed && asprintf(&text, "blocks_file = \"%s\": %s, so that not "
								 "all blocks are kept there", this->path,
								 strerror(this->failed)) > 0)
	{
		array_insert(warnings, ARRAY_TAIL, text);
	}
	this->file_mutex->unlock(this->file_mutex);
	return warnings;
}

METHOD(auth_policy_blocks_t, destroy, void,
	private_auth_policy_blocks_t *this)
{
	if (receive_all)
	{
		charon->socket->receive = receive_all;
		receive_all = NULL;
	}
	receiver = NULL;
	array_destroy_function(this->blocks, (array_callback_t)options_unref, NULL);
	array_destroy_function(this->wrong, (array_callback_t)free, NULL);
	this->sessions->destroy(this->sessions);
	auth_policy_networks_destroy(this->networks);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	this->file_mutex->destroy(this->file_mutex);
	this->lock->destroy(this->lock);
	free(this->path);
	free(this);
}

auth_policy_blocks_t *auth_policy_blocks_create(auth_policy_lockout_t *lockout)
{
	private_auth_policy_blocks_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_state_change = _ike_state_change,
			},
			.is_empty = _is_empty,
			.admit = _admit,
			.add = _add,
			.remove = _remove_,
			.list = _list,
			.load = _load,
			.get_stats = _get_stats,
			.get_warnings = _get_warnings,
			.destroy = _destroy,
		},
		.lockout = lockout,
		.blocks = array_create(0, 0),
		.networks = auth_policy_networks_create(NULL),
		.wrong = array_create(0, 0),
		.limiter = log_limiter_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.file_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
	);
	this->sessions = this->public.sessions = auth_policy_sessions_create(
												(void*)close_at, this);
	receiver = this;
	if (charon->socket)
	{
		receive_all = charon->socket->receive;
		charon->socket->receive = receive_others;
	}
	return &this->public;
}
