/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_limits.h
 * What sessions may use, by rules.
 */

#ifndef ACCOUNTING_LIMITS_H_
#define ACCOUNTING_LIMITS_H_

#include "accounting_settings.h"

typedef struct accounting_use_t accounting_use_t;

/**
 * What a session has used, with those before it that it goes on from.
 */
struct accounting_use_t {
	/** seconds since the first one began */
	time_t duration;
	/** seconds since something went through, or it began */
	time_t idle;
	/** what went through, both ways */
	uint64_t bytes;
	/** seconds and bytes of all sessions of its user, of this day */
	time_t day_duration;
	uint64_t day_bytes;
	/** local time now */
	struct tm now;
};

/**
 * Find the first limit that a session has reached: of all rules that match its
 * peer, also by another name that it could have called itself.
 *
 * @param rules			of accounting_rule_t
 * @param peer			whose session it is
 * @param use			what it has used
 * @return				its key within the plugin's section, as
 *						"rules.day.time_max", allocated; NULL if it has none
 */
char *accounting_limits_reached(const options_sections_t *rules,
								const peer_facts_t *peer,
								const accounting_use_t *use);

/**
 * Find out how long a session may go on, whatever goes through.
 *
 * @param key			gets the key of the limit, as above, NULL if there is
 *						none
 * @return				seconds
 */
uint32_t accounting_limits_left(const options_sections_t *rules,
								const peer_facts_t *peer,
								const accounting_use_t *use, char **key);

/**
 * Does any rule refuse logins: by hours, or as the day's limit is reached?
 */
bool accounting_limits_logins(const options_sections_t *rules);

/**
 * Does any rule need to know what goes through?
 */
bool accounting_limits_count(const options_sections_t *rules);

#endif /** ACCOUNTING_LIMITS_H_ */
