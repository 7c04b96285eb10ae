/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_logger.h"
#include "peer_log_active.h"
#include "peer_log_rule.h"
#include "peer_log_settings.h"

#include <bus/listeners/logger.h>
#include <daemon.h>
#include <peer_identity.h>
#include <threading/rwlock.h>

typedef struct private_peer_log_logger_t private_peer_log_logger_t;
typedef struct bus_logger_t bus_logger_t;
typedef struct bus_listener_t bus_listener_t;
typedef struct ike_facts_t ike_facts_t;

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
	/** what is remembered of IKE_SAs, by index in rules */
	peer_log_pending_t *pending;
	/** highest level of all rules, by subsystem */
	level_t levels[DBG_MAX];
	/** guards rules and levels. Not to be held while something is logged */
	rwlock_t *lock;
	/** logger and listener are on the bus */
	bool attached;
};

/**
 * Facts of an IKE_SA, on the stack of the thread that has it checked out.
 */
struct ike_facts_t {
	peer_log_facts_t facts;
	ike_sa_t *ike_sa;
	/** identities as text, once they were asked for; NULL if not known */
	bool looked;
	char *ids[2];
};

/**
 * Get the rule of an index, and its bit in a set.
 */
static uint64_t get_rule(private_peer_log_logger_t *this, int i,
						 peer_log_active_t **rule)
{
	return array_get(this->rules, i, rule) ? (uint64_t)1 << i : 0;
}

/**
 * Write a line for a set of rules. Implementation of peer_log_pending_cb_t.
 */
static void write_line(void *data, const peer_log_line_t *line, uint64_t rules)
{
	private_peer_log_logger_t *this = data;
	peer_log_active_t *rule;
	uint64_t bit;
	int i;

	for (i = 0; (bit = get_rule(this, i, &rule)); i++)
	{
		/* the level of a rule that was loaded again may be a lower one now */
		if (rules & bit &&
			peer_log_terms_level(rule->terms, line->group) >= line->level)
		{
			peer_log_active_write(rule, line);
		}
	}
}

/**
 * Find out which rules apply to a line.
 *
 * @param sets		gets sets of rules by peer_log_verdict_t
 * @return			rules that have matched an identity of the peer
 */
static uint64_t judge(private_peer_log_logger_t *this, debug_t group,
					  level_t level, peer_log_facts_t *facts,
					  uint64_t matched, uint64_t sets[PEER_LOG_OPEN + 1])
{
	peer_log_active_t *rule;
	peer_log_verdict_t verdict;
	bool matches;
	uint64_t bit;
	int i;

	memset(sets, 0, (PEER_LOG_OPEN + 1) * sizeof(*sets));
	for (i = 0; (bit = get_rule(this, i, &rule)); i++)
	{
		if (peer_log_terms_level(rule->terms, group) >= level)
		{
			matches = matched & bit;
			verdict = peer_log_rule_match(rule->terms, facts, &matches);
			sets[verdict] |= bit;
			matched |= matches ? bit : 0;
		}
	}
	return matched;
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
 * Print an identity, unless it isn't known yet.
 *
 * @return			text, has to be freed
 */
static char *print_id(identification_t *id)
{
	return id && id->get_type(id) != ID_ANY ? peer_identity_print(id) : NULL;
}

/**
 * Implementation of peer_log_facts_t.get_ids.
 */
static void get_ids(ike_facts_t *this, const char *ids[2])
{
	int i;

	if (!this->looked)
	{
		this->ids[0] = print_id(this->ike_sa->get_other_id(this->ike_sa));
		/* the IKE identity once more if there is no other */
		this->ids[1] = print_id(this->ike_sa->get_other_eap_id(this->ike_sa));
		this->looked = TRUE;
	}
	for (i = 0; i < countof(this->ids); i++)
	{
		ids[i] = this->ids[i];
	}
}

/**
 * Get the facts of an IKE_SA, valid as long as that doesn't change.
 */
static void facts_init(ike_sa_t *ike_sa, ike_facts_t *facts)
{
	host_t *host = ike_sa->get_other_host(ike_sa);

	facts->ike_sa = ike_sa;
	facts->looked = FALSE;
	memset(facts->ids, 0, sizeof(facts->ids));
	facts->facts = (peer_log_facts_t){
		.host = host && !host->is_anyaddr(host) ? host : NULL,
		.connection = ike_sa->get_peer_cfg(ike_sa) ? ike_sa->get_name(ike_sa) :
					  NULL,
		.trying = !ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR),
		.get_ids = (void*)get_ids,
		.complete = ike_sa->get_state(ike_sa) > IKE_CONNECTING,
	};
}

/**
 * Release what facts hold.
 */
static void facts_clear(ike_facts_t *facts)
{
	int i;

	for (i = 0; i < countof(facts->ids); i++)
	{
		free(facts->ids[i]);
	}
}

METHOD(logger_t, vlog, void,
	bus_logger_t *logger, debug_t group, level_t level, int thread,
	ike_sa_t *ike_sa, const char *fmt, va_list args)
{
	private_peer_log_logger_t *this = logger->owner;
	ike_facts_t facts;
	peer_log_line_t line;
	uint64_t before, matched, sets[PEER_LOG_OPEN + 1];

	if (!ike_sa)
	{
		return;
	}
	facts_init(ike_sa, &facts);
	line = (peer_log_line_t){
		.group = group,
		.level = level,
		.thread = thread,
		.unique_id = ike_sa->get_unique_id(ike_sa),
	};
	this->lock->read_lock(this->lock);
	before = this->pending->get_matched(this->pending, line.unique_id);
	matched = judge(this, group, level, &facts.facts, before, sets);
	/* nobody would forget it later on */
	if (matched != before &&
		ike_sa->get_state(ike_sa) != IKE_DESTROYING)
	{
		this->pending->add_matched(this->pending, line.unique_id, matched);
	}
	this->pending->settle(this->pending, line.unique_id, sets[PEER_LOG_YES],
						  sets[PEER_LOG_NO], write_line, this);
	if (sets[PEER_LOG_YES] | sets[PEER_LOG_OPEN])
	{
		format(&line, &facts.facts, fmt, args);
	}
	if (sets[PEER_LOG_YES])
	{
		write_line(this, &line, sets[PEER_LOG_YES]);
	}
	if (sets[PEER_LOG_OPEN])
	{
		this->pending->add(this->pending, &line, sets[PEER_LOG_OPEN]);
	}
	this->lock->unlock(this->lock);
	free((char*)line.message);
	facts_clear(&facts);
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

	if (state == IKE_DESTROYING)
	{
		this->pending->forget(this->pending, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	bus_listener_t *listener, ike_sa_t *old, ike_sa_t *new)
{
	private_peer_log_logger_t *this = listener->owner;

	this->pending->inherit(this->pending, old->get_unique_id(old),
						   new->get_unique_id(new));
	return TRUE;
}

/**
 * Is a rule another one that was loaded again? Then what is known of IKE_SAs
 * still holds, and charon may have forgotten their identities.
 */
static bool is_again(peer_log_active_t *rule, peer_log_active_t *other)
{
	return streq(rule->name, other->name) &&
		   peer_log_rule_same_ids(rule->terms, other->terms);
}

/**
 * Find the indices that rules get among others, -1 for those that are gone.
 */
static void find_indices(array_t *rules, array_t *others,
						 int indices[PEER_LOG_RULES_MAX])
{
	peer_log_active_t *rule, *other;
	int i, j;

	for (i = 0; array_get(rules, i, &rule); i++)
	{
		indices[i] = -1;
		for (j = 0; array_get(others, j, &other); j++)
		{
			if (is_again(rule, other))
			{
				indices[i] = j;
			}
		}
	}
}

METHOD(peer_log_logger_t, swap, array_t*,
	private_peer_log_logger_t *this, array_t *rules)
{
	level_t levels[DBG_MAX], level;
	array_t *old;
	peer_log_active_t *rule;
	debug_t group;
	int i, indices[PEER_LOG_RULES_MAX];

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
	find_indices(old, rules, indices);
	this->pending->renumber(this->pending, indices, array_count(old));
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
	this->pending->destroy(this->pending);
	this->lock->destroy(this->lock);
	free(this);
}

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
				.ike_rekey = _ike_rekey,
			},
		},
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.pending = peer_log_pending_create(),
	);
	this->public.pending = this->pending;
	this->logger.owner = this->listener.owner = this;
	return &this->public;
}
