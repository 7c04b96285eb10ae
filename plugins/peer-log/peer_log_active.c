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
		.added = added,
		.end = terms->expire ? time_monotonic(NULL) + terms->expire : 0,
	);
	check_level(this);
	return this;
}

void peer_log_active_write(peer_log_active_t *this,
						   const peer_log_line_t *line)
{
	this->target->write(this->target, line);
	__atomic_add_fetch(&this->lines, 1, __ATOMIC_RELAXED);
}

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

void peer_log_active_destroy(peer_log_active_t *this)
{
	this->target->destroy(this->target);
	options_unref(this->owner);
	free(this);
}
