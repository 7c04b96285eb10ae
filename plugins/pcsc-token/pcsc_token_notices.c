/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_notices.h"
#include "pcsc_token_log.h"

#include <threading/mutex.h>

typedef struct private_pcsc_token_notices_t private_pcsc_token_notices_t;

struct private_pcsc_token_notices_t {
	pcsc_token_notices_t public;
	/** whether it was said, protected by mutex */
	bool done;
	/** when readers were looked at first since the last reset, 0 if not yet,
	 * protected by mutex */
	uint64_t since;
	/** lock for the above */
	mutex_t *mutex;
};

/**
 * Is it time to say it?
 */
static bool is_due(private_pcsc_token_notices_t *this, uint64_t now)
{
	bool due;

	this->mutex->lock(this->mutex);
	if (!this->since)
	{
		this->since = now;
	}
	due = !this->done && now - this->since >= PCSC_TOKEN_SETTLE_TIME;
	this->done |= due;
	this->mutex->unlock(this->mutex);
	return due;
}

/**
 * Is there a reader for a token?
 */
static bool has_reader(pcsc_token_t *token, const pcsc_token_reader_t *states,
					   u_int count)
{
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (token->reader->matches(token->reader, states[i].name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * List the readers there are.
 */
static void list_readers(const pcsc_token_reader_t *states, u_int count,
						 char *buf, size_t len)
{
	char name[PCSC_TOKEN_PRINTABLE_LEN];
	size_t used = 0;
	u_int i;

	snprintf(buf, len, "none");
	for (i = 0; i < count && used < len; i++)
	{
		used += snprintf(buf + used, len - used, "%s'%s'", i ? ", " : "",
						 pcsc_token_printable(states[i].name, name));
	}
}

METHOD(pcsc_token_notices_t, check, void,
	private_pcsc_token_notices_t *this, const pcsc_token_settings_t *settings,
	const pcsc_token_reader_t *states, u_int count, uint64_t now)
{
	char there[BUF_LEN * 2];
	pcsc_token_t *token;
	u_int i;

	if (!is_due(this, now))
	{
		return;
	}
	list_readers(states, count, there, sizeof(there));
	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		if (!has_reader(token, states, count))
		{
			DBG1(DBG_CFG, "pcsc-token: tokens.%s.reader matches no reader, "
				 "waiting for one; there are: %s", token->section.name, there);
		}
	}
}

METHOD(pcsc_token_notices_t, reset, void,
	private_pcsc_token_notices_t *this)
{
	this->mutex->lock(this->mutex);
	this->done = FALSE;
	this->since = 0;
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_notices_t, destroy, void,
	private_pcsc_token_notices_t *this)
{
	this->mutex->destroy(this->mutex);
	free(this);
}

pcsc_token_notices_t *pcsc_token_notices_create()
{
	private_pcsc_token_notices_t *this;

	INIT(this,
		.public = {
			.check = _check,
			.reset = _reset,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
