/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_active.h"

/**
 * Name of a rule's target.
 */
static const char *get_target(const peer_log_terms_t *terms)
{
	return terms->file ?: terms->journal ? "the journal" : "syslog";
}

/**
 * Warn about what a rule writes that shouldn't be seen.
 */
static void check_level(peer_log_active_t *rule)
{
	debug_t group;

	for (group = 0; group < DBG_MAX; group++)
	{
		if (peer_log_terms_level(rule->terms, group) >= LEVEL_PRIVATE)
		{
			DBG1(DBG_CFG, "peer-log: rule '%s' writes private keys and shared "
				 "secrets (level %d) to %s", rule->name, LEVEL_PRIVATE,
				 get_target(rule->terms));
			return;
		}
	}
}

/*
 * Described in header
 */
peer_log_active_t *peer_log_active_create(void *owner, const char *name,
										  const peer_log_terms_t *terms,
										  bool added, int *error)
{
	peer_log_target_t *target;
	peer_log_active_t *this;

	target = peer_log_target_create(terms, name, error);
	if (!target)
	{
		return NULL;
	}
	INIT(this,
		.owner = options_ref(owner),
		.name = name,
		.terms = terms,
		.target = target,
		.pending = peer_log_pending_create(),
		.added = added,
		.end = terms->expire ? time_monotonic(NULL) + terms->expire : 0,
	);
	check_level(this);
	return this;
}

/**
 * Write a line of a rule. Implementation of peer_log_pending_cb_t.
 */
static void write_line(void *data, const peer_log_line_t *line)
{
	peer_log_active_t *this = data;

	this->target->write(this->target, line);
	__atomic_add_fetch(&this->lines, 1, __ATOMIC_RELAXED);
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

/*
 * Described in header
 */
void peer_log_active_apply(peer_log_active_t *this, peer_log_line_t *line,
						   peer_log_facts_t *facts, const char *fmt,
						   va_list args)
{
	peer_log_verdict_t verdict = peer_log_rule_match(this->terms, facts);

	if (verdict == PEER_LOG_NO)
	{
		this->pending->take(this->pending, line->unique_id, NULL, NULL);
		return;
	}
	if (!line->message)
	{
		format(line, facts, fmt, args);
	}
	if (verdict == PEER_LOG_OPEN)
	{
		this->pending->add(this->pending, line);
	}
	else
	{
		this->pending->take(this->pending, line->unique_id, write_line, this);
		write_line(this, line);
	}
}

/*
 * Described in header
 */
void peer_log_active_reopen(peer_log_active_t *this)
{
	int error = this->target->reopen(this->target);

	if (error)
	{
		DBG1(DBG_CFG, "peer-log: can't open %s again: %s; rule '%s' goes on "
			 "with the old one", this->terms->file, strerror(error),
			 this->name);
	}
}

/*
 * Described in header
 */
void peer_log_active_log_dropped(peer_log_active_t *this)
{
	u_int dropped;
	int error;

	dropped = this->target->get_dropped(this->target, &error);
	if (dropped)
	{
		DBG1(DBG_LIB, "peer-log: rule '%s' lost %u lines: %s: %s", this->name,
			 dropped, get_target(this->terms), strerror(error));
	}
}

/*
 * Described in header
 */
void peer_log_active_destroy(peer_log_active_t *this)
{
	this->target->destroy(this->target);
	this->pending->destroy(this->pending);
	options_unref(this->owner);
	free(this);
}
