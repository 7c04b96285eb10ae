/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_manager.h"
#include "peer_log_active.h"
#include "peer_log_logger.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <inttypes.h>

typedef struct private_peer_log_manager_t private_peer_log_manager_t;

/**
 * Seconds between two looks at what could not be written.
 */
#define DROPPED_INTERVAL 5

struct private_peer_log_manager_t {
	peer_log_manager_t public;
	options_store_t *store;
	peer_log_logger_t *logger;
	/** peer_log_active_t*, the array itself is the logger's */
	array_t *rules;
	/** when a job looks after the rules, monotonic, 0 if none is scheduled */
	time_t next;
	/** bytes of the buffer */
	uint32_t buffer;
	/** IKE_SAs that lost their lines, as far as they were logged */
	u_int lost;
	/** guards the four above, one change at a time */
	mutex_t *mutex;
};

/**
 * Find a rule by its name, returns its index or -1.
 */
static int find(array_t *rules, const char *name)
{
	peer_log_active_t *rule;
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

static void schedule(private_peer_log_manager_t *this);

/**
 * Put rules in force.
 */
static void set_rules(private_peer_log_manager_t *this, array_t *rules)
{
	array_destroy(this->logger->swap(this->logger, rules));
	this->rules = rules;
	schedule(this);
}

/**
 * Log that the buffer was full since the last call.
 */
static void log_lost(private_peer_log_manager_t *this)
{
	u_int lost;

	this->logger->pending->get_stats(this->logger->pending, &lost);
	if (lost != this->lost)
	{
		DBG1(DBG_LIB, "peer-log: dropped lines of %u IKE_SAs that rules may "
			 "have applied to, as there is room for %u bytes until their peers "
			 "are known; see peer-log.buffer_size, and use rules with "
			 "addresses",
			 lost - this->lost, this->buffer);
		this->lost = lost;
	}
}

/**
 * Job: end rules whose time has come, and log what could not be written.
 */
static job_requeue_t look_after(private_peer_log_manager_t *this)
{
	array_t *rules = array_create(0, 0), *ended = array_create(0, 0);
	time_t now = time_monotonic(NULL);
	peer_log_active_t *rule;
	int i;

	this->mutex->lock(this->mutex);
	this->next = 0;
	log_lost(this);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		peer_log_active_log_dropped(rule);
		array_insert(rule->end && rule->end <= now ? ended : rules, ARRAY_TAIL,
					 rule);
	}
	if (array_count(ended))
	{
		set_rules(this, rules);
	}
	else
	{
		array_destroy(rules);
		schedule(this);
	}
	this->mutex->unlock(this->mutex);

	while (array_remove(ended, ARRAY_HEAD, &rule))
	{
		DBG1(DBG_CFG, "peer-log: rule '%s' ended after %us, %" PRIu64 " lines",
			 rule->name, rule->terms->expire, rule->lines);
		peer_log_active_destroy(rule);
	}
	array_destroy(ended);
	return JOB_REQUEUE_NONE;
}

/**
 * Schedule the job for when the next rule ends, or lines may have been lost.
 */
static void schedule(private_peer_log_manager_t *this)
{
	time_t now = time_monotonic(NULL), next = now + DROPPED_INTERVAL;
	peer_log_active_t *rule;
	int i;

	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (rule->end)
		{
			next = min(next, max(rule->end, now + 1));
		}
	}
	if (array_count(this->rules) && (!this->next || next < this->next))
	{
		this->next = next;
		lib->scheduler->schedule_job(lib->scheduler,
				(job_t*)callback_job_create((callback_job_cb_t)look_after,
											this, NULL, NULL), next - now);
	}
}

/**
 * Make the rules of strongswan.conf.
 */
static array_t *create_rules(peer_log_settings_t *settings)
{
	array_t *rules = array_create(0, 0);
	peer_log_rule_t *conf;
	peer_log_active_t *rule;
	int error, i;

	for (i = 0; i < settings->rules.count; i++)
	{
		conf = settings->rules.items[i];
		rule = peer_log_active_create(settings, conf->section.name,
									  &conf->terms, FALSE, &error);
		if (rule)
		{
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

METHOD(peer_log_manager_t, load, void,
	private_peer_log_manager_t *this)
{
	peer_log_settings_t *settings = this->store->get(this->store);
	array_t *rules, *gone = array_create(0, 0);
	peer_log_active_t *rule;
	int i;

	this->mutex->lock(this->mutex);
	this->buffer = settings->buffer_size;
	this->logger->pending->set_max(this->logger->pending, this->buffer);
	rules = create_rules(settings);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		if (rule->added && array_count(rules) == PEER_LOG_RULES_MAX)
		{
			DBG1(DBG_CFG, "peer-log: rule '%s' ended, as there are %d rules "
				 "without it", rule->name, PEER_LOG_RULES_MAX);
		}
		if (rule->added && find(rules, rule->name) < 0 &&
			array_count(rules) < PEER_LOG_RULES_MAX)
		{
			peer_log_active_reopen(rule);
			array_insert(rules, ARRAY_TAIL, rule);
		}
		else
		{
			array_insert(gone, ARRAY_TAIL, rule);
		}
	}
	set_rules(this, rules);
	this->mutex->unlock(this->mutex);
	options_unref(settings);
	array_destroy_function(gone, (array_callback_t)peer_log_active_destroy,
						   NULL);
}

METHOD(peer_log_manager_t, reopen, void,
	private_peer_log_manager_t *this)
{
	peer_log_active_t *rule;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		peer_log_active_reopen(rule);
	}
	this->mutex->unlock(this->mutex);
}

/**
 * Get a copy of the list of rules.
 */
static array_t *copy_rules(private_peer_log_manager_t *this)
{
	array_t *copy = array_create(0, 0);
	peer_log_active_t *rule;
	int i;

	for (i = 0; i < array_count(this->rules); i++)
	{
		array_get(this->rules, i, &rule);
		array_insert(copy, ARRAY_TAIL, rule);
	}
	return copy;
}

METHOD(peer_log_manager_t, add, bool,
	private_peer_log_manager_t *this, void *owner, const char *name,
	const peer_log_terms_t *terms, option_errors_t *errors)
{
	peer_log_active_t *rule = NULL;
	array_t *rules;
	int error;

	this->mutex->lock(this->mutex);
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
		rule = peer_log_active_create(owner, name, terms, TRUE, &error);
		if (!rule)
		{
			errors->add(errors, terms->file ? "file" : "journal", terms->file,
						"can't be opened: %s", strerror(error));
		}
	}
	if (rule)
	{
		rules = copy_rules(this);
		array_insert(rules, ARRAY_TAIL, rule);
		set_rules(this, rules);
	}
	this->mutex->unlock(this->mutex);
	return rule != NULL;
}

METHOD(peer_log_manager_t, remove_, bool,
	private_peer_log_manager_t *this, const char *name)
{
	peer_log_active_t *rule = NULL;
	array_t *rules;
	int i;

	this->mutex->lock(this->mutex);
	i = find(this->rules, name);
	if (i >= 0)
	{
		rules = copy_rules(this);
		array_remove(rules, i, &rule);
		set_rules(this, rules);
	}
	this->mutex->unlock(this->mutex);
	if (rule)
	{
		peer_log_active_destroy(rule);
	}
	return rule != NULL;
}

METHOD(peer_log_manager_t, list, void,
	private_peer_log_manager_t *this,
	void (*cb)(void *data, const peer_log_info_t *info), void *data)
{
	time_t now = time_monotonic(NULL);
	peer_log_info_t info;
	peer_log_active_t *rule;
	int i;

	this->mutex->lock(this->mutex);
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
	this->mutex->unlock(this->mutex);
}

METHOD(peer_log_manager_t, get_buffer, size_t,
	private_peer_log_manager_t *this, u_int *lost)
{
	return this->logger->pending->get_stats(this->logger->pending, lost);
}

METHOD(peer_log_manager_t, destroy, void,
	private_peer_log_manager_t *this)
{
	array_destroy_function(this->logger->swap(this->logger, NULL),
						   (array_callback_t)peer_log_active_destroy, NULL);
	this->logger->destroy(this->logger);
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_log_manager_t *peer_log_manager_create(options_store_t *store)
{
	private_peer_log_manager_t *this;

	INIT(this,
		.public = {
			.load = _load,
			.add = _add,
			.remove = _remove_,
			.list = _list,
			.reopen = _reopen,
			.get_buffer = _get_buffer,
			.destroy = _destroy,
		},
		.store = store,
		.logger = peer_log_logger_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	load(this);
	return &this->public;
}
