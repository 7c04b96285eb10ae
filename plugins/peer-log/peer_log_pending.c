/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_pending.h"

#include <collections/array.h>
#include <ike_sa_table.h>
#include <threading/mutex.h>

typedef struct private_peer_log_pending_t private_peer_log_pending_t;
typedef struct kept_t kept_t;
typedef struct entry_t entry_t;

struct private_peer_log_pending_t {
	peer_log_pending_t public;
	/** of entry_t, by unique ID */
	hashtable_t *entries;
	/** those that have lines */
	entry_t *oldest, *newest;
	/** number of entries, to be read without the lock */
	refcount_t count;
	/** bytes that lines take, and may take */
	size_t size, max;
	/** entries that lost their lines */
	u_int lost;
	/** guards all of the above. Nothing is called under it */
	mutex_t *mutex;
};

/**
 * What a line takes beside its text, with what malloc() adds.
 */
#define OVERHEAD (sizeof(kept_t) + 64)

/**
 * A line that is kept.
 */
struct kept_t {
	peer_log_line_t line;
	/** rules that may apply to it */
	uint64_t rules;
	/** bytes that it takes */
	size_t size;
};

/**
 * An IKE_SA.
 */
struct entry_t {
	uint32_t id;
	/** rules that have matched an identity */
	uint64_t matched;
	/** rules that lines are kept for */
	uint64_t open;
	/** of kept_t */
	array_t *lines;
	/** bytes that these take */
	size_t size;
	/** its lines are gone, so no more are kept */
	bool lost;
	/** the ones before and after it among those that have lines */
	entry_t *older, *newer;
};

/**
 * Copy a line.
 */
static kept_t *create_kept(const peer_log_line_t *line, uint64_t rules)
{
	kept_t *kept;

	INIT(kept,
		.line = *line,
		.rules = rules,
		.size = OVERHEAD + strlen(line->message) +
				(line->connection ? strlen(line->connection) : 0),
	);
	kept->line.message = strdup(line->message);
	kept->line.connection = strdupnull(line->connection);
	return kept;
}

static void destroy_kept(kept_t *kept)
{
	free((char*)kept->line.message);
	free((char*)kept->line.connection);
	free(kept);
}

/**
 * Destroy lines that were taken off.
 */
static void destroy_lines(array_t *lines)
{
	array_destroy_function(lines, (array_callback_t)destroy_kept, NULL);
}

/**
 * Find an IKE_SA's entry. Called with the lock.
 */
static entry_t *find(private_peer_log_pending_t *this, uint32_t unique_id)
{
	return ike_sa_table_get(this->entries, unique_id);
}

/**
 * Find an IKE_SA's entry, or create it. Called with the lock.
 */
static entry_t *get(private_peer_log_pending_t *this, uint32_t unique_id)
{
	entry_t *entry = find(this, unique_id);

	if (!entry)
	{
		INIT(entry,
			.id = unique_id,
		);
		ike_sa_table_put(this->entries, entry->id, entry);
		ref_get(&this->count);
	}
	return entry;
}

/**
 * Add an entry to those that have lines. Called with the lock.
 */
static void link_entry(private_peer_log_pending_t *this, entry_t *entry)
{
	entry->older = this->newest;
	entry->newer = NULL;
	*(entry->older ? &entry->older->newer : &this->oldest) = entry;
	this->newest = entry;
}

/**
 * Remove an entry from those that have lines. Called with the lock.
 */
static void unlink_entry(private_peer_log_pending_t *this, entry_t *entry)
{
	*(entry->older ? &entry->older->newer : &this->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &this->newest) = entry->older;
}

/**
 * Take all lines off an entry. Called with the lock.
 */
static array_t *take_lines(private_peer_log_pending_t *this, entry_t *entry)
{
	array_t *lines = entry->lines;

	if (lines)
	{
		unlink_entry(this, entry);
		this->size -= entry->size;
		entry->lines = NULL;
		entry->size = 0;
		entry->open = 0;
	}
	return lines;
}

/**
 * Take an entry off that has nothing to remember, or in any case. Called with
 * the lock.
 */
static void remove_entry(private_peer_log_pending_t *this, entry_t *entry,
						 bool force)
{
	if (force || (!entry->matched && !entry->lines && !entry->lost))
	{
		ike_sa_table_take(this->entries, entry->id);
		ignore_result(ref_put(&this->count));
		free(entry);
	}
}

/**
 * Put a line into an entry. Called with the lock.
 *
 * @return		FALSE if it has no place there
 */
static bool put_line(private_peer_log_pending_t *this, entry_t *entry,
					 kept_t *kept)
{
	if (entry->lost || array_count(entry->lines) >= PEER_LOG_PENDING_LINES ||
		entry->size + kept->size > this->max / PEER_LOG_PENDING_PART)
	{
		return FALSE;
	}
	if (!entry->lines)
	{
		link_entry(this, entry);
	}
	array_insert_create(&entry->lines, ARRAY_TAIL, kept);
	entry->open |= kept->rules;
	entry->size += kept->size;
	this->size += kept->size;
	return TRUE;
}

/**
 * Take the oldest lines off if there are too many. Called with the lock.
 *
 * @return		NULL if there was room, else to be destroyed without the lock
 */
static array_t *make_room(private_peer_log_pending_t *this)
{
	array_t *gone = NULL;
	entry_t *entry;

	while (this->size > this->max && (entry = this->oldest))
	{
		entry->lost = TRUE;
		this->lost++;
		array_insert_create(&gone, ARRAY_TAIL, take_lines(this, entry));
	}
	return gone;
}

/**
 * Destroy what make_room() has returned.
 */
static void destroy_gone(array_t *gone)
{
	array_destroy_function(gone, (array_callback_t)destroy_lines, NULL);
}

METHOD(peer_log_pending_t, set_max, void,
	private_peer_log_pending_t *this, size_t max)
{
	array_t *gone;

	this->mutex->lock(this->mutex);
	this->max = max;
	gone = make_room(this);
	this->mutex->unlock(this->mutex);
	destroy_gone(gone);
}

METHOD(peer_log_pending_t, get_matched, uint64_t,
	private_peer_log_pending_t *this, uint32_t unique_id)
{
	uint64_t matched = 0;
	entry_t *entry;

	if (ref_cur(&this->count))
	{
		this->mutex->lock(this->mutex);
		entry = find(this, unique_id);
		if (entry)
		{
			matched = entry->matched;
		}
		this->mutex->unlock(this->mutex);
	}
	return matched;
}

METHOD(peer_log_pending_t, add_matched, void,
	private_peer_log_pending_t *this, uint32_t unique_id, uint64_t rules)
{
	this->mutex->lock(this->mutex);
	get(this, unique_id)->matched |= rules;
	this->mutex->unlock(this->mutex);
}

METHOD(peer_log_pending_t, add, void,
	private_peer_log_pending_t *this, const peer_log_line_t *line,
	uint64_t rules)
{
	kept_t *kept = create_kept(line, rules);
	entry_t *entry;
	array_t *gone;

	this->mutex->lock(this->mutex);
	entry = get(this, line->unique_id);
	if (put_line(this, entry, kept))
	{
		kept = NULL;
	}
	remove_entry(this, entry, FALSE);
	gone = make_room(this);
	this->mutex->unlock(this->mutex);

	if (kept)
	{
		destroy_kept(kept);
	}
	destroy_gone(gone);
}

/**
 * Put lines back that still are of use to some rule, and destroy the others.
 */
static void put_back(private_peer_log_pending_t *this, uint32_t unique_id,
					 array_t *lines)
{
	array_t *unused = array_create(0, 0), *gone;
	entry_t *entry;
	kept_t *kept;

	this->mutex->lock(this->mutex);
	entry = get(this, unique_id);
	while (array_remove(lines, ARRAY_HEAD, &kept))
	{
		if (!kept->rules || !put_line(this, entry, kept))
		{
			array_insert(unused, ARRAY_TAIL, kept);
		}
	}
	remove_entry(this, entry, FALSE);
	gone = make_room(this);
	this->mutex->unlock(this->mutex);
	array_destroy(lines);
	destroy_lines(unused);
	destroy_gone(gone);
}

METHOD(peer_log_pending_t, settle, void,
	private_peer_log_pending_t *this, uint32_t unique_id, uint64_t yes,
	uint64_t no, peer_log_pending_cb_t cb, void *data)
{
	array_t *lines = NULL;
	entry_t *entry;
	kept_t *kept;
	int i;

	if (!ref_cur(&this->count))
	{
		return;
	}
	this->mutex->lock(this->mutex);
	entry = find(this, unique_id);
	if (entry && entry->open & (yes | no))
	{
		lines = take_lines(this, entry);
	}
	this->mutex->unlock(this->mutex);
	if (!lines)
	{
		return;
	}
	/* without the lock, as writing may take time */
	for (i = 0; array_get(lines, i, &kept); i++)
	{
		if (kept->rules & yes)
		{
			cb(data, &kept->line, kept->rules & yes);
		}
		kept->rules &= ~(yes | no);
	}
	put_back(this, unique_id, lines);
}

METHOD(peer_log_pending_t, inherit, void,
	private_peer_log_pending_t *this, uint32_t old_id, uint32_t new_id)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = find(this, old_id);
	if (entry && entry->matched)
	{
		get(this, new_id)->matched |= entry->matched;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(peer_log_pending_t, forget, void,
	private_peer_log_pending_t *this, uint32_t unique_id)
{
	array_t *lines = NULL;
	entry_t *entry;

	if (ref_cur(&this->count))
	{
		this->mutex->lock(this->mutex);
		entry = find(this, unique_id);
		if (entry)
		{
			lines = take_lines(this, entry);
			remove_entry(this, entry, TRUE);
		}
		this->mutex->unlock(this->mutex);
		destroy_lines(lines);
	}
}

/**
 * Give rules of a set their new indices.
 */
static uint64_t map(uint64_t rules, const int *indices, u_int count)
{
	uint64_t mapped = 0;
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (rules & (uint64_t)1 << i && indices[i] >= 0)
		{
			mapped |= (uint64_t)1 << indices[i];
		}
	}
	return mapped;
}

METHOD(peer_log_pending_t, renumber, void,
	private_peer_log_pending_t *this, const int *indices, u_int count)
{
	enumerator_t *enumerator;
	entry_t *entry;
	kept_t *kept;
	int i;

	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		entry->matched = map(entry->matched, indices, count);
		entry->open = map(entry->open, indices, count);
		for (i = 0; array_get(entry->lines, i, &kept); i++)
		{
			kept->rules = map(kept->rules, indices, count);
		}
		if (!entry->open)
		{
			destroy_lines(take_lines(this, entry));
			if (!entry->matched)
			{
				this->entries->remove_at(this->entries, enumerator);
				ignore_result(ref_put(&this->count));
				free(entry);
			}
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(peer_log_pending_t, get_stats, size_t,
	private_peer_log_pending_t *this, u_int *lost)
{
	size_t size;

	this->mutex->lock(this->mutex);
	size = this->size;
	*lost = this->lost;
	this->mutex->unlock(this->mutex);
	return size;
}

/**
 * Destroy an entry, which isn't linked anymore.
 */
static void destroy_entry(entry_t *entry)
{
	destroy_lines(entry->lines);
	free(entry);
}

METHOD(peer_log_pending_t, destroy, void,
	private_peer_log_pending_t *this)
{
	ike_sa_table_destroy(this->entries, (void*)destroy_entry);
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_log_pending_t *peer_log_pending_create(void)
{
	private_peer_log_pending_t *this;

	INIT(this,
		.public = {
			.set_max = _set_max,
			.get_matched = _get_matched,
			.add_matched = _add_matched,
			.add = _add,
			.settle = _settle,
			.inherit = _inherit,
			.forget = _forget,
			.renumber = _renumber,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.entries = ike_sa_table_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
