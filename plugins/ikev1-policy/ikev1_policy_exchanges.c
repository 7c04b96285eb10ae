/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_exchanges.h"

#include <collections/array.h>

typedef struct private_ikev1_policy_exchanges_t
											private_ikev1_policy_exchanges_t;
typedef struct exchange_t exchange_t;

/**
 * Lost Quick Modes that are remembered. More than the largest window there is
 * makes no difference to anybody.
 */
#define LOST_MAX 1024

struct private_ikev1_policy_exchanges_t {
	ikev1_policy_exchanges_t public;
	/** exchange_t in the window, the one used last at the tail */
	array_t *recent;
	/** exchange_t that were lost, the oldest first */
	array_t *lost;
	u_int window;
};

struct exchange_t {
	uint32_t mid;
	/** a Quick Mode that waits for the peer */
	bool waits;
	/** since when */
	time_t since;
};

/**
 * Take an exchange off a list.
 */
static bool take(array_t *list, uint32_t mid, exchange_t *found)
{
	exchange_t exchange;
	int i;

	/* messages are mostly of the last exchanges */
	for (i = array_count(list) - 1; i >= 0; i--)
	{
		array_get(list, i, &exchange);
		if (exchange.mid == mid)
		{
			return array_remove(list, i, found);
		}
	}
	return FALSE;
}

/**
 * Does a Quick Mode still wait?
 */
static bool waits(exchange_t *exchange, time_t now)
{
	return exchange->waits &&
		   now < exchange->since + IKEV1_POLICY_QUICK_MODE_TIMEOUT;
}

METHOD(ikev1_policy_exchanges_t, use, bool,
	private_ikev1_policy_exchanges_t *this, uint32_t mid, time_t now)
{
	exchange_t exchange, ignored;

	if (!take(this->recent, mid, &exchange))
	{
		exchange = (exchange_t){ .mid = mid };
		/* if it is the message a lost one waited for, that is the end of it */
		take(this->lost, mid, &ignored);
	}
	array_insert(this->recent, ARRAY_TAIL, &exchange);
	if (array_count(this->recent) > this->window &&
		array_remove(this->recent, ARRAY_HEAD, &exchange) &&
		waits(&exchange, now))
	{
		if (array_count(this->lost) == LOST_MAX)
		{
			array_remove(this->lost, ARRAY_HEAD, &ignored);
		}
		array_insert(this->lost, ARRAY_TAIL, &exchange);
		return TRUE;
	}
	return FALSE;
}

METHOD(ikev1_policy_exchanges_t, begin, void,
	private_ikev1_policy_exchanges_t *this, uint32_t mid, time_t now)
{
	exchange_t exchange;

	if (take(this->recent, mid, &exchange))
	{
		exchange.waits = TRUE;
		exchange.since = now;
		array_insert(this->recent, ARRAY_TAIL, &exchange);
	}
}

METHOD(ikev1_policy_exchanges_t, end, void,
	private_ikev1_policy_exchanges_t *this, uint32_t mid)
{
	exchange_t exchange;

	if (take(this->recent, mid, &exchange))
	{
		exchange.waits = FALSE;
		array_insert(this->recent, ARRAY_TAIL, &exchange);
	}
}

/**
 * Number of Quick Modes in a list that still wait.
 */
static u_int count_waiting(array_t *list, time_t now)
{
	exchange_t exchange;
	u_int count = 0;
	int i;

	for (i = 0; i < array_count(list); i++)
	{
		array_get(list, i, &exchange);
		count += waits(&exchange, now);
	}
	return count;
}

METHOD(ikev1_policy_exchanges_t, get_running, u_int,
	private_ikev1_policy_exchanges_t *this, time_t now)
{
	return count_waiting(this->recent, now) + count_waiting(this->lost, now);
}

METHOD(ikev1_policy_exchanges_t, destroy, void,
	private_ikev1_policy_exchanges_t *this)
{
	array_destroy(this->recent);
	array_destroy(this->lost);
	free(this);
}

ikev1_policy_exchanges_t *ikev1_policy_exchanges_create(u_int window)
{
	private_ikev1_policy_exchanges_t *this;

	INIT(this,
		.public = {
			.use = _use,
			.begin = _begin,
			.end = _end,
			.get_running = _get_running,
			.destroy = _destroy,
		},
		.recent = array_create(sizeof(exchange_t), 0),
		.lost = array_create(sizeof(exchange_t), 0),
		.window = window,
	);
	return &this->public;
}
