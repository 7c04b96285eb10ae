/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_logger.h"
#include "peer_log_facts.h"
#include "peer_log_pending.h"
#include "peer_log_target.h"

#include <bus/listeners/logger.h>
#include <collections/array.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <threading/rwlock.h>

#include <inttypes.h>

typedef struct private_peer_log_logger_t private_peer_log_logger_t;
typedef struct bus_logger_t bus_logger_t;
typedef struct bus_listener_t bus_listener_t;
typedef struct active_t active_t;

/**
 * Seconds between two looks at what could not be written.
 */
#define DROPPED_INTERVAL 10

/**
 * What is on the bus.
 */
struct bus_logger_t {
	logger_t logger;
	private_peer_log_logger_t *owner;
};

/**
 * Dito.
 */
struct bus_listener_t {
	listener_t listener;
	private_peer_log_logger_t *owner;
};

struct private_peer_log_logger_t {
	peer_log_logger_t public;
	bus_logger_t logger;
	bus_listener_t listener;
	/** active_t* */
	array_t *rules;
	/** highest level of all rules, by subsystem */
	level_t levels[DBG_MAX];
	/** guards the two above. Not to be held while something is logged */
	rwlock_t *lock;
	/** logger and listener are on the bus */
	bool attached;
	/** a job that looks after the rules is scheduled, and when it runs */
	time_t next;
	/** one change at a time, and guards the two above */
	mutex_t *changes;
};

/**
 * A rule and what it takes.
 */
struct active_t {
	/** struct that terms and name are part of */
	void *owner;
	const char *name;
	const peer_log_terms_t *terms;
	peer_log_target_t *target;
	peer_log_pending_t *pending;
	bool added;
	/** monotonic, 0 for never */
	time_t end;
	/** lines written */
	uint64_t lines;
};

/**
 * Destroy an active rule.
 */
static void active_destroy(active_t *rule)
{
	rule->target->destroy(rule->target);
	rule->pending->destroy(rule->pending);
	options_unref(rule->owner);
	free(rule);
}

/**
 * Create an active rule.
 *
 * @param error[out]	errno if it can't be created
 */
static active_t *active_create(void *owner, const char *name,
							   const peer_log_terms_t *terms, bool added,
							   int *error)
{
	peer_log_target_t *target;
	active_t *rule;

	target = peer_log_target_create(terms, name, error);
	if (!target)
	{
		return NULL;
	}
	INIT(rule,
		.owner = options_ref(owner),
		.name = name,
		.terms = terms,
		.target = target,
		.pending = peer_log_pending_create(),
		.added = added,
		.end = terms->expire ? time_monotonic(NULL) + terms->expire : 0,
	);
	return rule;
}

/**
 * Write a line of a rule. Implementation of peer_log_pending_cb_t.
 */
static void write_line(void *data, const peer_log_line_t *line)
{
	active_t *rule = data;

	rule->target->write(rule->target, line);
	__atomic_add_fetch(&rule->lines, 1, __ATOMIC_RELAXED);
}

/**
 * Format a message once some rule needs it.
 */
static void format(peer_log_line_t *line, peer_log_facts_t *facts,
				   const char *fmt, va_list args)
{
	va_list copy;
	char *message = NULL;

	va_copy(copy, args);
	if (vasprintf(&message, fmt, copy) < 0)
	{
		message = NULL;
	}
	va_end(copy);
	line->message = message ?: strdup(fmt);
	line->connection = facts->connection;
	gettimeofday(&line->time, NULL);
}

/**
 * Apply a rule to a line.
 */
static void apply(active_t *rule, peer_log_line_t *line,
				  peer_log_facts_t *facts, const char *fmt, va_list args)
{
	peer_log_verdict_t verdict = peer_log_rule_match(rule->terms, facts);

	if (verdict == PEER_LOG_NO)
	{
		rule->pending->take(rule->pending, line->unique_id, NULL, NULL);
		return;
	}
	if (!line->message)
	{
		format(line, facts, fmt, args);
	}
	if (verdict == PEER_LOG_OPEN)
	{
		rule->pending->add(rule->pending, line);
	}
	else
	{
		rule->pending->take(rule->pending, line->unique_id, write_line, rule);
		write_line(rule, line);
	}
}

METHOD(logger_t, vlog, void,
	bus_logger_t *logger, debug_t group, level_t level, int thread,
	ike_sa_t *ike_sa, const char *fmt, va_list args)
{
	private_peer_log_logger_t *this = logger->owner;
	peer_log_ike_facts_t facts;
	peer_log_line_t line;
	active_t *rule;
	int i;

	if (!ike_sa)
	{
		return;
	}
	peer_log_facts_init(ike_sa, &facts);
	line = (peer_log_line_t){
		.group = group,
		.level = level,
		.thread = thread,
		.unique_id = ike_sa->get_unique_id(ike_sa),
	};
	this->lock->read_lock(this->lock);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (peer_log_terms_level(rule->terms, group) >= level)
		{
			apply(rule, &line, &facts.facts, fmt, args);
		}
	}
	this->lock->unlock(this->lock);
	free((char*)line.message);
}

METHOD(logger_t, get_level, level_t,
	bus_logger_t *logger, debug_t group)
{
	private_peer_log_logger_t *this = logger->owner;
	level_t level;

	this->lock->read_lock(this->lock);
	level = array_count(this->rules) ? this->levels[group] : LEVEL_SILENT;
	this->lock->unlock(this->lock);
	return level;
}

METHOD(listener_t, ike_state_change, bool,
	bus_listener_t *listener, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	private_peer_log_logger_t *this = listener->owner;
	active_t *rule;
	int i;

	if (state == IKE_DESTROYING)
	{
		this->lock->read_lock(this->lock);
		for (i = 0; i < array_count(this->rules); i++)
		{
			array_get(this->rules, i, &rule);
			rule->pending->take(rule->pending, ike_sa->get_unique_id(ike_sa),
								NULL, NULL);
		}
		this->lock->unlock(this->lock);
	}
	return TRUE;
}

/**
 * Find a rule by its name, returns its index or -1.
 */
static int find(array_t *rules, const char *name)
{
	active_t *rule;
	int i;

	for (i = 0; i < array_count(rules); i++)
	{
		array_get(rules, i, &rule);
		if (streq(rule->name, name))
		{
			return i;
		}
	}
	return -1;
}

static void schedule(private_peer_log_logger_t *this);

/**
 * Put the rules in force: swap them and attach to the bus or detach from it.
 *
 * @param rules		new list, adopted
 * @return			old list
 */
static array_t *swap(private_peer_log_logger_t *this, array_t *rules)
{
	level_t levels[DBG_MAX], level;
	array_t *old;
	active_t *rule;
	debug_t group;
	int i;

	memset(levels, 0, sizeof(levels));
	for (i = 0; i < array_count(rules); i++)
	{
		array_get(rules, i, &rule);
		for (group = 0; group < DBG_MAX; group++)
		{
			level = peer_log_terms_level(rule->terms, group);
			levels[group] = max(levels[group], level);
		}
	}
	this->lock->write_lock(this->lock);
	old = this->rules;
	this->rules = rules;
	memcpy(this->levels, levels, sizeof(levels));
	this->lock->unlock(this->lock);

	if (array_count(rules))
	{
		if (!this->attached)
		{
			charon->bus->add_listener(charon->bus,
									  &this->listener.listener);
			this->attached = TRUE;
		}
		/* has the bus ask for the levels, also if it is there already */
		charon->bus->add_logger(charon->bus, &this->logger.logger);
		schedule(this);
	}
	else if (this->attached)
	{
		charon->bus->remove_logger(charon->bus, &this->logger.logger);
		charon->bus->remove_listener(charon->bus,
									 &this->listener.listener);
		this->attached = FALSE;
	}
	return old;
}

/**
 * Log what could not be written.
 */
static void log_dropped(private_peer_log_logger_t *this)
{
	active_t *rule;
	u_int dropped;
	int error, i;

	/* held by no one else for changes, so reading is safe */
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		dropped = rule->target->get_dropped(rule->target, &error);
		if (dropped)
		{
			DBG1(DBG_LIB, "peer-log: rule '%s' lost %u lines: %s: %s",
				 rule->name, dropped, rule->terms->file ?: "journal",
				 strerror(error));
		}
	}
}

/**
 * Job: end rules whose time has come.
 */
static job_requeue_t look_after(private_peer_log_logger_t *this)
{
	array_t *rules = array_create(0, 0), *ended = array_create(0, 0);
	time_t now = time_monotonic(NULL);
	active_t *rule;
	int i;

	this->changes->lock(this->changes);
	this->next = 0;
	log_dropped(this);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		array_insert(rule->end && rule->end <= now ? ended : rules, ARRAY_TAIL,
					 rule);
	}
	if (array_count(ended))
	{
		array_destroy(swap(this, rules));
	}
	else
	{
		array_destroy(rules);
		schedule(this);
	}
	this->changes->unlock(this->changes);

	while (array_remove(ended, ARRAY_HEAD, &rule))
	{
		DBG1(DBG_CFG, "peer-log: rule '%s' ended after %us, %" PRIu64 " lines",
			 rule->name, rule->terms->expire, rule->lines);
		active_destroy(rule);
	}
	array_destroy(ended);
	return JOB_REQUEUE_NONE;
}

/**
 * Schedule the job for when the next rule ends, or lines may have been lost.
 */
static void schedule(private_peer_log_logger_t *this)
{
	time_t now = time_monotonic(NULL), next = now + DROPPED_INTERVAL;
	active_t *rule;
	int i;

	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (rule->end)
		{
			next = min(next, max(rule->end, now + 1));
		}
	}
	if (!this->next || next < this->next)
	{
		this->next = next;
		lib->scheduler->schedule_job(lib->scheduler,
				(job_t*)callback_job_create((callback_job_cb_t)look_after,
											this, NULL, NULL), next - now);
	}
}

/**
 * Warn about what a rule writes that shouldn't be seen.
 */
static void check_level(active_t *rule)
{
	debug_t group;

	for (group = 0; group < DBG_MAX; group++)
	{
		if (peer_log_terms_level(rule->terms, group) >= LEVEL_PRIVATE)
		{
			DBG1(DBG_CFG, "peer-log: rule '%s' writes private keys and shared "
				 "secrets (level %d) to %s", rule->name, LEVEL_PRIVATE,
				 rule->terms->file ?: rule->terms->journal ? "the journal" :
				 "syslog");
			return;
		}
	}
}

/**
 * Make the rules of strongswan.conf.
 */
static array_t *create_rules(peer_log_settings_t *settings)
{
	array_t *rules = array_create(0, 0);
	peer_log_rule_t *conf;
	active_t *rule;
	int error, i;

	for (i = 0; i < settings->rules.count; i++)
	{
		conf = settings->rules.items[i];
		rule = active_create(settings, conf->section.name, &conf->terms, FALSE,
							 &error);
		if (rule)
		{
			check_level(rule);
			array_insert(rules, ARRAY_TAIL, rule);
		}
		else
		{
			DBG1(DBG_CFG, "peer-log: rules.%s.%s: can't open %s: %s; the rule "
				 "is not active", conf->section.name,
				 conf->terms.file ? "file" : "journal",
				 conf->terms.file ?: "the journal's socket", strerror(error));
		}
	}
	return rules;
}

/**
 * Open the file of a rule that stays again.
 */
static void reopen(active_t *rule)
{
	int error = rule->target->reopen(rule->target);

	if (error)
	{
		DBG1(DBG_CFG, "peer-log: can't open %s again: %s; rule '%s' goes on "
			 "with the old one", rule->terms->file, strerror(error),
			 rule->name);
	}
}

METHOD(peer_log_logger_t, load, void,
	private_peer_log_logger_t *this, peer_log_settings_t *settings)
{
	array_t *rules, *gone = array_create(0, 0);
	active_t *rule;
	int i;

	this->changes->lock(this->changes);
	rules = create_rules(settings);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (rule->added && find(rules, rule->name) < 0)
		{
			reopen(rule);
			array_insert(rules, ARRAY_TAIL, rule);
		}
		else
		{
			array_insert(gone, ARRAY_TAIL, rule);
		}
	}
	array_destroy(swap(this, rules));
	this->changes->unlock(this->changes);
	array_destroy_function(gone, (array_callback_t)active_destroy, NULL);
}

/**
 * Get a copy of the list of rules.
 */
static array_t *copy_rules(private_peer_log_logger_t *this)
{
	array_t *copy = array_create(0, 0);
	active_t *rule;
	int i;

	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		array_insert(copy, ARRAY_TAIL, rule);
	}
	return copy;
}

METHOD(peer_log_logger_t, add, bool,
	private_peer_log_logger_t *this, void *owner, const char *name,
	const peer_log_terms_t *terms, option_errors_t *errors)
{
	active_t *rule = NULL;
	array_t *rules;
	int error;

	this->changes->lock(this->changes);
	if (find(this->rules, name) >= 0)
	{
		errors->add(errors, "name", name, "is active already, expected another "
					"name");
	}
	else if (array_count(this->rules) >= PEER_LOG_RULES_MAX)
	{
		errors->add(errors, "name", name, "is one too many, expected at most "
					"%d rules", PEER_LOG_RULES_MAX);
	}
	else
	{
		rule = active_create(owner, name, terms, TRUE, &error);
		if (!rule)
		{
			errors->add(errors, terms->file ? "file" : "journal", terms->file,
						"can't be opened: %s", strerror(error));
		}
	}
	if (rule)
	{
		check_level(rule);
		rules = copy_rules(this);
		array_insert(rules, ARRAY_TAIL, rule);
		array_destroy(swap(this, rules));
	}
	this->changes->unlock(this->changes);
	return rule != NULL;
}

METHOD(peer_log_logger_t, remove_, bool,
	private_peer_log_logger_t *this, const char *name)
{
	active_t *rule = NULL;
	array_t *rules;
	int i;

	this->changes->lock(this->changes);
	i = find(this->rules, name);
	if (i >= 0)
	{
		rules = copy_rules(this);
		array_remove(rules, i, &rule);
		array_destroy(swap(this, rules));
	}
	this->changes->unlock(this->changes);
	if (rule)
	{
		active_destroy(rule);
	}
	return rule != NULL;
}

METHOD(peer_log_logger_t, list, void,
	private_peer_log_logger_t *this,
	void (*cb)(void *data, const peer_log_info_t *info), void *data)
{
	time_t now = time_monotonic(NULL);
	peer_log_info_t info;
	active_t *rule;
	int i;

	this->changes->lock(this->changes);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		info = (peer_log_info_t){
			.name = rule->name,
			.terms = rule->terms,
			.added = rule->added,
			.left = rule->end ? max(rule->end - now, 1) : 0,
			.lines = __atomic_load_n(&rule->lines, __ATOMIC_RELAXED),
		};
		cb(data, &info);
	}
	this->changes->unlock(this->changes);
}

METHOD(peer_log_logger_t, destroy, void,
	private_peer_log_logger_t *this)
{
	array_destroy_function(swap(this, NULL), (array_callback_t)active_destroy,
						   NULL);
	this->changes->destroy(this->changes);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
peer_log_logger_t *peer_log_logger_create(void)
{
	private_peer_log_logger_t *this;

	INIT(this,
		.public = {
			.load = _load,
			.add = _add,
			.remove = _remove_,
			.list = _list,
			.destroy = _destroy,
		},
		.logger = {
			.logger = {
				.vlog = _vlog,
				.get_level = _get_level,
			},
		},
		.listener = {
			.listener = {
				.ike_state_change = _ike_state_change,
			},
		},
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.changes = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->logger.owner = this->listener.owner = this;
	return &this->public;
}
