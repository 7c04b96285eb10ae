/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_logger.h"
#include "peer_log_active.h"
#include "peer_log_facts.h"

#include <bus/listeners/logger.h>
#include <daemon.h>
#include <threading/rwlock.h>

typedef struct private_peer_log_logger_t private_peer_log_logger_t;
typedef struct bus_logger_t bus_logger_t;
typedef struct bus_listener_t bus_listener_t;

/**
 * What is on the bus.
 */
struct bus_logger_t {
	logger_t logger;
	private_peer_log_logger_t *owner;
};

/**
 * The other thing on the bus, that knows when IKE_SAs go.
 */
struct bus_listener_t {
	listener_t listener;
	private_peer_log_logger_t *owner;
};

struct private_peer_log_logger_t {
	peer_log_logger_t public;
	bus_logger_t logger;
	bus_listener_t listener;
	/** peer_log_active_t*, NULL if there are none */
	array_t *rules;
	/** highest level of all rules, by subsystem */
	level_t levels[DBG_MAX];
	/** guards the two above. Not to be held while something is logged */
	rwlock_t *lock;
	/** logger and listener are on the bus */
	bool attached;
};

METHOD(logger_t, vlog, void,
	bus_logger_t *logger, debug_t group, level_t level, int thread,
	ike_sa_t *ike_sa, const char *fmt, va_list args)
{
	private_peer_log_logger_t *this = logger->owner;
	peer_log_ike_facts_t facts;
	peer_log_line_t line;
	peer_log_active_t *rule;
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
			peer_log_active_apply(rule, &line, &facts.facts, fmt, args);
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
	peer_log_active_t *rule;
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

METHOD(peer_log_logger_t, swap, array_t*,
	private_peer_log_logger_t *this, array_t *rules)
{
	level_t levels[DBG_MAX], level;
	array_t *old;
	peer_log_active_t *rule;
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

METHOD(peer_log_logger_t, destroy, void,
	private_peer_log_logger_t *this)
{
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
			.swap = _swap,
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
	);
	this->logger.owner = this->listener.owner = this;
	return &this->public;
}
