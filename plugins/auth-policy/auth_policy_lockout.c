/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_lockout.h"
#include "auth_policy_guesses.h"
#include "auth_policy_settings.h"

#include <log_limiter.h>

#include <ctype.h>
#include <time.h>

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * An IKE header: two SPIs, that of the initiator first, the version in the
 * upper half of a byte, the exchange, and flags; and what is before it on other
 * ports than 500.
 */
#define SPI_LEN 8
#define HEADER_VERSION 17
#define HEADER_EXCHANGE 18
#define HEADER_FLAGS 19
#define HEADER_LEN 28
#define MARKER_LEN 4

/**
 * Flag of IKEv2's responses.
 */
#define IKEV2_RESPONSE 0x20

/**
 * Room for an address or network.
 */
#define NETWORK_LEN 64

typedef struct private_auth_policy_lockout_t private_auth_policy_lockout_t;
typedef struct rule_t rule_t;
typedef struct begun_t begun_t;

/**
 * A rule, and what it counted.
 */
struct rule_t {
	char *name;
	uint32_t failures;
	uint32_t within;
	uint32_t lasts;
	auth_policy_by_t by;
	/** keeps an auth_policy_block_t with each lock */
	auth_policy_guesses_t *guesses;
};

/**
 * A lockout that begins.
 */
struct begun_t {
	auth_policy_block_t *block;
	char *rule;
};

struct private_auth_policy_lockout_t {
	auth_policy_lockout_t public;
	options_store_t *store;
	/** of rule_t*, those that aren't off; protected by mutex */
	array_t *rules;
	/** likewise */
	auth_policy_lockout_stats_t stats;
	/** when a job looks for lockouts that are over, 0 if none does; likewise */
	time_t next;
	/** taken in hooks */
	mutex_t *mutex;
	/** whether there are rules, and any by address; so that nothing is locked
	 * for each packet if not */
	refcount_t on;
	refcount_t by_address;
	log_limiter_t *limiter;
};

static void rule_destroy(rule_t *rule)
{
	DESTROY_IF(rule->guesses);
	free(rule->name);
	free(rule);
}

/**
 * Print what is counted of an address: an IPv6 host may have all of its /64.
 */
static void print_network(host_t *host, char buf[NETWORK_LEN])
{
	u_char bytes[16] = {};
	host_t *network;

	if (host->get_family(host) != AF_INET6)
	{
		snprintf(buf, NETWORK_LEN, "%H", host);
		return;
	}
	memcpy(bytes, host->get_address(host).ptr, sizeof(bytes) / 2);
	network = host_create_from_chunk(AF_INET6, chunk_from_thing(bytes), 0);
	snprintf(buf, NETWORK_LEN, "%H/64", network);
	network->destroy(network);
}

/**
 * Make the key of what a rule counts.
 *
 * @param name			NULL or any, if it isn't counted
 * @param network		likewise
 * @return				to be freed, NULL if what it counts isn't known
 */
static char *make_key(rule_t *rule, const char *name, const char *network)
{
	bool by_name = rule->by != AUTH_POLICY_BY_ADDRESS;
	bool by_network = rule->by != AUTH_POLICY_BY_IDENTITY;
	char *key, *pos;

	if ((by_name && !name) || (by_network && !network) ||
		asprintf(&key, "%s\n%.*s", by_network ? network : "",
				 AUTH_POLICY_LOCKOUT_NAME, by_name ? name : "") < 0)
	{
		return NULL;
	}
	for (pos = key; *pos; pos++)
	{
		*pos = tolower((u_char)*pos);
	}
	return key;
}

/**
 * Called for each key that a login has.
 *
 * @param data			as given to each_key()
 * @return				whether to go on
 */
typedef bool (*key_cb_t)(void *data, rule_t *rule, const char *key,
						 const char *name, const char *network);

/**
 * Call a function for each key of each rule that a login has. With the mutex
 * held.
 */
static void each_key(private_auth_policy_lockout_t *this, array_t *names,
					 host_t *host, key_cb_t cb, void *data)
{
	char network[NETWORK_LEN], *name, *key;
	bool go_on = TRUE;
	rule_t *rule;
	int i, j, count;

	print_network(host, network);
	for (i = 0; go_on && array_get(this->rules, i, &rule); i++)
	{
		count = rule->by == AUTH_POLICY_BY_ADDRESS ? 1 : array_count(names);
		for (j = 0; go_on && j < count; j++)
		{
			name = NULL;
			array_get(names, j, &name);
			key = make_key(rule, name, network);
			go_on = !key || cb(data, rule, key, name, network);
			free(key);
		}
	}
}

METHOD(auth_policy_lockout_t, is_on, bool,
	private_auth_policy_lockout_t *this)
{
	return ref_cur(&this->on);
}

/**
 * Look for a lockout, implementation of key_cb_t.
 */
static bool find(void *data, rule_t *rule, const char *key, const char *name,
				 const char *network)
{
	auth_policy_block_t **found = data;

	*found = options_ref(rule->guesses->find(rule->guesses, key,
											 time_monotonic(NULL)));
	return !*found;
}

METHOD(auth_policy_lockout_t, refuses, bool,
	private_auth_policy_lockout_t *this, array_t *names, host_t *host,
	ike_sa_t *ike_sa)
{
	auth_policy_block_t *found = NULL;
	char more[LOG_LIMITER_MORE], *line;
	auth_policy_who_t *who;

	this->mutex->lock(this->mutex);
	each_key(this, names, host, find, &found);
	if (found)
	{
		this->stats.refused++;
	}
	this->mutex->unlock(this->mutex);
	if (!found)
	{
		return FALSE;
	}
	who = auth_policy_who_create(ike_sa);
	line = auth_policy_block_print(found);
	if (log_limiter_pass(this->limiter, more, "", "login %s", line))
	{
		DBG1(DBG_IKE, "auth-policy: refused " AUTH_POLICY_WHO ", which is "
			 "blocked: %s%s", AUTH_POLICY_WHO_ARGS(who), line, more);
	}
	free(line);
	auth_policy_tell_block("refused", found, who);
	auth_policy_who_destroy(who);
	options_unref(found);
	return TRUE;
}

static job_requeue_t expire(private_auth_policy_lockout_t *this);

/**
 * Schedule a job for when the next lockout is over. With the mutex held.
 */
static void schedule(private_auth_policy_lockout_t *this)
{
	time_t now = time_monotonic(NULL), next = 0, ends;
	rule_t *rule;
	int i;

	for (i = 0; array_get(this->rules, i, &rule); i++)
	{
		ends = rule->guesses->get_next(rule->guesses);
		next = next && (!ends || next < ends) ? next : ends;
	}
	next = next ? max(next, now + 1) : 0;
	if (next && (!this->next || next < this->next))
	{
		this->next = next;
		lib->scheduler->schedule_job(lib->scheduler,
				(job_t*)callback_job_create((callback_job_cb_t)expire, this,
											NULL, NULL), next - now);
	}
}

/**
 * Job: forget lockouts that are over.
 */
static job_requeue_t expire(private_auth_policy_lockout_t *this)
{
	char more[LOG_LIMITER_MORE], *line;
	array_t *over = array_create(0, 0);
	auth_policy_block_t *block;
	rule_t *rule;
	int i;

	this->mutex->lock(this->mutex);
	this->next = 0;
	for (i = 0; array_get(this->rules, i, &rule); i++)
	{
		while ((block = rule->guesses->take_over(rule->guesses,
												 time_monotonic(NULL))))
		{
			array_insert(over, ARRAY_TAIL, block);
		}
	}
	schedule(this);
	this->mutex->unlock(this->mutex);

	for (i = 0; array_get(over, i, &block); i++)
	{
		line = auth_policy_block_print(block);
		if (log_limiter_pass(this->limiter, more, "lockouts", "over"))
		{
			DBG1(DBG_CFG, "auth-policy: block is over: %s%s", line, more);
		}
		free(line);
		auth_policy_tell_block("expired", block, NULL);
	}
	array_destroy_function(over, (array_callback_t)options_unref, NULL);
	return JOB_REQUEUE_NONE;
}

/**
 * Count a failed login, implementation of key_cb_t.
 */
static bool count_failed(void *data, rule_t *rule, const char *key,
						 const char *name, const char *network)
{
	array_t **all = data;
	char id[AUTH_POLICY_LOCKOUT_NAME + 1], note[64];
	begun_t *begun;
	void **slot;

	slot = rule->guesses->fail(rule->guesses, key, time_monotonic(NULL),
							   rule->within, rule->lasts);
	if (slot)
	{
		snprintf(id, sizeof(id), "%s", name ?: "");
		snprintf(note, sizeof(note), "%u failed logins within %us",
				 rule->failures, rule->within);
		INIT(begun,
			.block = auth_policy_block_create_lockout(
						rule->by == AUTH_POLICY_BY_ADDRESS ? NULL : id,
						rule->by == AUTH_POLICY_BY_IDENTITY ? NULL : network,
						note),
			.rule = strdup(rule->name),
		);
		begun->block->set = time(NULL);
		begun->block->ends = begun->block->set + rule->lasts;
		*slot = options_ref(begun->block);
		array_insert_create(all, ARRAY_TAIL, begun);
	}
	return TRUE;
}

/**
 * Print an argument for a shell, which must not take a name for a command.
 */
static void print_argument(FILE *out, const char *key, const char *value)
{
	fprintf(out, " '%s=", key);
	for (; *value; value++)
	{
		fprintf(out, "%s%c", *value == '\'' ? "'\\'" : "", *value);
	}
	fprintf(out, "'");
}

/**
 * Say that a lockout begins.
 */
static void tell_begun(private_auth_policy_lockout_t *this, begun_t *begun,
					   auth_policy_who_t *who)
{
	auth_policy_block_t *block = begun->block;
	char more[LOG_LIMITER_MORE], *line, *arguments = NULL;
	size_t len;
	FILE *out;

	if (log_limiter_pass(this->limiter, more, "lockouts", "lockout %s %s %s",
						 begun->rule, block->address ?: "", block->id ?: ""))
	{
		out = open_memstream(&arguments, &len);
		if (block->id)
		{
			print_argument(out, "id", block->id);
		}
		if (block->address)
		{
			print_argument(out, "address", block->address);
		}
		fclose(out);
		line = auth_policy_block_print(block);
		DBG1(DBG_IKE, "auth-policy: locked out by lockouts.%s, the last failed "
			 "login is of " AUTH_POLICY_WHO ": %s; swanadv block delete%s ends "
			 "it%s", begun->rule, AUTH_POLICY_WHO_ARGS(who), line, arguments,
			 more);
		free(line);
		free(arguments);
	}
	auth_policy_tell_block("added", block, who);
}

METHOD(auth_policy_lockout_t, failed, void,
	private_auth_policy_lockout_t *this, array_t *names, host_t *host,
	ike_sa_t *ike_sa)
{
	auth_policy_who_t *who;
	array_t *all = NULL;
	begun_t *begun;

	this->mutex->lock(this->mutex);
	this->stats.failed++;
	each_key(this, names, host, count_failed, &all);
	this->stats.begun += array_count(all);
	if (all)
	{
		schedule(this);
	}
	this->mutex->unlock(this->mutex);
	if (!all)
	{
		return;
	}
	who = auth_policy_who_create(ike_sa);
	while (array_remove(all, ARRAY_HEAD, &begun))
	{
		tell_begun(this, begun, who);
		options_unref(begun->block);
		free(begun->rule);
		free(begun);
	}
	auth_policy_who_destroy(who);
	array_destroy(all);
}

/**
 * Begin anew, implementation of key_cb_t. An address has others behind it, who
 * must not reset it for a guesser by logging in now and then: he may be one.
 */
static bool forget(void *data, rule_t *rule, const char *key, const char *name,
				   const char *network)
{
	if (rule->by != AUTH_POLICY_BY_ADDRESS)
	{
		rule->guesses->forget(rule->guesses, key);
	}
	return TRUE;
}

METHOD(auth_policy_lockout_t, succeeded, void,
	private_auth_policy_lockout_t *this, array_t *names, host_t *host)
{
	this->mutex->lock(this->mutex);
	each_key(this, names, host, forget, NULL);
	this->mutex->unlock(this->mutex);
}

/**
 * Is there an IKE header that begins an IKE_SA: without an SPI of the
 * responder? So are answers that refuse what we begin, but those of IKEv2 say
 * that they are answers, and those of IKEv1 are of another exchange.
 */
static bool begins(chunk_t data)
{
	static const u_char zero[SPI_LEN] = {};

	if (data.len < HEADER_LEN || !memeq(data.ptr + SPI_LEN, zero, SPI_LEN))
	{
		return FALSE;
	}
	switch (data.ptr[HEADER_VERSION] >> 4)
	{
		case 1:
			return data.ptr[HEADER_EXCHANGE] != INFORMATIONAL_V1;
		case 2:
			return !(data.ptr[HEADER_FLAGS] & IKEV2_RESPONSE);
		default:
			return TRUE;
	}
}

/**
 * Does a packet begin an IKE_SA? An initiator may pick an SPI that looks like
 * what is before the header on port 4500.
 */
static bool is_initial(chunk_t data)
{
	static const u_char marker[MARKER_LEN] = {};

	return begins(data) ||
		   (data.len > MARKER_LEN && memeq(data.ptr, marker, MARKER_LEN) &&
			begins(chunk_skip(data, MARKER_LEN)));
}

/**
 * Look for a lockout of an address, implementation of key_cb_t.
 */
static bool find_address(void *data, rule_t *rule, const char *key,
						 const char *name, const char *network)
{
	return rule->by != AUTH_POLICY_BY_ADDRESS ||
		   find(data, rule, key, name, network);
}

METHOD(auth_policy_lockout_t, drops, bool,
	private_auth_policy_lockout_t *this, packet_t *packet)
{
	char more[LOG_LIMITER_MORE], network[NETWORK_LEN];
	host_t *host = packet->get_source(packet);
	auth_policy_block_t *found = NULL;

	if (!ref_cur(&this->by_address) || !is_initial(packet->get_data(packet)))
	{
		return FALSE;
	}
	this->mutex->lock(this->mutex);
	each_key(this, NULL, host, find_address, &found);
	if (found)
	{
		this->stats.packets++;
	}
	this->mutex->unlock(this->mutex);
	if (!found)
	{
		return FALSE;
	}
	options_unref(found);
	print_network(host, network);
	if (log_limiter_pass(this->limiter, more, "", "packet %s", network))
	{
		DBG1(DBG_NET, "auth-policy: dropped a packet from %H, which is "
			 "blocked; see swanadv block list%s", host, more);
	}
	return TRUE;
}

METHOD(auth_policy_lockout_t, get_blocks, array_t*,
	private_auth_policy_lockout_t *this)
{
	array_t *blocks = array_create(0, 0);
	auth_policy_block_t *block;
	rule_t *rule;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; array_get(this->rules, i, &rule); i++)
	{
		rule->guesses->list(rule->guesses, time_monotonic(NULL), blocks);
	}
	for (i = 0; array_get(blocks, i, &block); i++)
	{
		options_ref(block);
	}
	this->mutex->unlock(this->mutex);
	return blocks;
}

/**
 * Does a rule count what is listed like that?
 */
static bool counts(rule_t *rule, const char *id, const char *address)
{
	return !id == (rule->by == AUTH_POLICY_BY_ADDRESS) &&
		   !address == (rule->by == AUTH_POLICY_BY_IDENTITY);
}

METHOD(auth_policy_lockout_t, remove_, auth_policy_block_t*,
	private_auth_policy_lockout_t *this, const char *id, const char *address)
{
	auth_policy_block_t *found = NULL, *block;
	rule_t *rule;
	char *key;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; array_get(this->rules, i, &rule); i++)
	{
		key = counts(rule, id, address) ? make_key(rule, id, address) : NULL;
		block = key ? rule->guesses->unlock(rule->guesses, key,
											time_monotonic(NULL)) : NULL;
		free(key);
		if (block)
		{
			options_unref(found);
			found = block;
		}
	}
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(auth_policy_lockout_t, get_stats, void,
	private_auth_policy_lockout_t *this, auth_policy_lockout_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	*stats = this->stats;
	this->mutex->unlock(this->mutex);
}

METHOD(auth_policy_lockout_t, get_warnings, array_t*,
	private_auth_policy_lockout_t *this)
{
	array_t *warnings = array_create(0, 0);
	rule_t *rule;
	char *text;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; array_get(this->rules, i, &rule); i++)
	{
		if (rule->guesses->get_lost(rule->guesses) &&
			asprintf(&text, "lockouts.%s: more than %u names or addresses "
					 "failed to log in, so that the oldest are forgotten",
					 rule->name, AUTH_POLICY_LOCKOUT_KEYS) > 0)
		{
			array_insert(warnings, ARRAY_TAIL, text);
		}
	}
	this->mutex->unlock(this->mutex);
	return warnings;
}

/**
 * Take a rule that counts by the same off those in force. With the mutex held.
 *
 * @return				NULL if there is none
 */
static rule_t *take_rule(private_auth_policy_lockout_t *this,
						 auth_policy_lockout_rule_t *settings)
{
	rule_t *rule;
	int i;

	for (i = 0; array_get(this->rules, i, &rule); i++)
	{
		if (streq(rule->name, settings->section.name) &&
			rule->by == settings->by)
		{
			array_remove(this->rules, i, NULL);
			return rule;
		}
	}
	return NULL;
}

/**
 * Put a rule in force, with what it has counted before.
 *
 * @param rule			that of before, NULL if there is none
 */
static rule_t *set_rule(rule_t *rule, auth_policy_lockout_rule_t *settings)
{
	if (!rule)
	{
		INIT(rule,
			.name = strdup(settings->section.name),
			.by = settings->by,
			.guesses = auth_policy_guesses_create(AUTH_POLICY_LOCKOUT_KEYS,
							settings->failures, (void*)options_unref),
		);
	}
	else if (rule->failures != settings->failures)
	{
		rule->guesses->set_failures(rule->guesses, settings->failures);
	}
	rule->failures = settings->failures;
	rule->within = settings->within;
	rule->lasts = settings->lasts;
	return rule;
}

METHOD(auth_policy_lockout_t, reload, void,
	private_auth_policy_lockout_t *this)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	array_t *rules = array_create(0, 0), *before;
	auth_policy_lockout_rule_t *rule;
	bool by_address = FALSE;
	u_int i;

	this->mutex->lock(this->mutex);
	for (i = 0; i < settings->lockouts.count; i++)
	{
		rule = settings->lockouts.items[i];
		if (rule->failures)
		{
			array_insert(rules, ARRAY_TAIL, set_rule(take_rule(this, rule),
													 rule));
			by_address = by_address || rule->by == AUTH_POLICY_BY_ADDRESS;
		}
	}
	before = this->rules;
	this->rules = rules;
	__atomic_store_n(&this->on, array_count(rules), __ATOMIC_RELAXED);
	__atomic_store_n(&this->by_address, by_address, __ATOMIC_RELAXED);
	this->mutex->unlock(this->mutex);
	array_destroy_function(before, (array_callback_t)rule_destroy, NULL);
	options_unref(settings);
}

METHOD(auth_policy_lockout_t, destroy, void,
	private_auth_policy_lockout_t *this)
{
	array_destroy_function(this->rules, (array_callback_t)rule_destroy, NULL);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

auth_policy_lockout_t *auth_policy_lockout_create(options_store_t *store)
{
	private_auth_policy_lockout_t *this;

	INIT(this,
		.public = {
			.is_on = _is_on,
			.refuses = _refuses,
			.failed = _failed,
			.succeeded = _succeeded,
			.drops = _drops,
			.get_blocks = _get_blocks,
			.remove = _remove_,
			.get_stats = _get_stats,
			.get_warnings = _get_warnings,
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.rules = array_create(0, 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.limiter = log_limiter_create(),
	);
	reload(this);
	return &this->public;
}
