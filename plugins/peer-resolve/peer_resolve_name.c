/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_name.h"

/**
 * Addresses that are remembered.
 */
#define KNOWN_MAX 64

/**
 * Changes after which the next one is doubted.
 */
#define CHANGES 2

typedef struct private_peer_resolve_name_t private_peer_resolve_name_t;

struct private_peer_resolve_name_t {
	peer_resolve_name_t public;
	char *name;
	char *error;
	/** addresses of the last good answer, host_t* */
	linked_list_t *hosts;
	/** when it came, 0 for never */
	time_t resolved;
	/** addresses that were in one lately, known_t*, the latest first */
	linked_list_t *known;
	/** when answers had nothing in common with the one before, 0 for never;
	 * the last one first */
	time_t changes[CHANGES + 1];
};

/**
 * An address that was in an answer.
 */
typedef struct {
	host_t *host;
	/** when it was last */
	time_t seen;
	/** was it in the last one? */
	bool present;
	/** was it gone meanwhile? */
	bool returned;
} known_t;

static void known_destroy(known_t *known)
{
	known->host->destroy(known->host);
	free(known);
}

bool peer_resolve_is_place(host_t *host)
{
	static const uint8_t none[15] = {};
	chunk_t address = host->get_address(host);

	if (address.len == 4)
	{
		return address.ptr[0] != 0 && address.ptr[0] != 127 &&
			   address.ptr[0] < 224;
	}
	return address.len == 16 && address.ptr[0] != 0xff &&
		   (address.ptr[15] > 1 || memcmp(address.ptr, none, sizeof(none)));
}

bool peer_resolve_hosts_include(linked_list_t *hosts, host_t *host)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	host_t *current;

	enumerator = hosts->create_enumerator(hosts);
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		found = host->ip_equals(host, current);
	}
	enumerator->destroy(enumerator);
	return found;
}

bool peer_resolve_hosts_disjoint(linked_list_t *a, linked_list_t *b)
{
	enumerator_t *enumerator;
	bool common = FALSE;
	host_t *host;

	enumerator = a->create_enumerator(a);
	while (!common && enumerator->enumerate(enumerator, &host))
	{
		common = peer_resolve_hosts_include(b, host);
	}
	enumerator->destroy(enumerator);
	return !common;
}

/**
 * Find what is known of an address.
 */
static known_t *find(private_peer_resolve_name_t *this, host_t *host)
{
	enumerator_t *enumerator;
	known_t *known, *found = NULL;

	enumerator = this->known->create_enumerator(this->known);
	while (!found && enumerator->enumerate(enumerator, &known))
	{
		if (host->ip_equals(host, known->host))
		{
			found = known;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Remember an address of an answer.
 */
static void remember(private_peer_resolve_name_t *this, host_t *host,
					 time_t now)
{
	known_t *known = find(this, host);

	if (known)
	{
		known->returned |= !known->present;
		this->known->remove(this->known, known, NULL);
	}
	else
	{
		INIT(known,
			.host = host->clone(host),
		);
	}
	known->seen = now;
	this->known->insert_first(this->known, known);
}

/**
 * Forget what is too old, and see what isn't in the last answer.
 */
static void forget(private_peer_resolve_name_t *this, time_t now,
				   uint32_t interval)
{
	enumerator_t *enumerator;
	known_t *known;
	u_int count = 0;

	enumerator = this->known->create_enumerator(this->known);
	while (enumerator->enumerate(enumerator, &known))
	{
		known->present = peer_resolve_hosts_include(this->hosts, known->host);
		if (++count > KNOWN_MAX ||
			now - known->seen > (time_t)interval * PEER_RESOLVE_MEMORY)
		{
			this->known->remove_at(this->known, enumerator);
			known_destroy(known);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Take an answer that has addresses.
 */
static void take(private_peer_resolve_name_t *this, linked_list_t *hosts,
				 time_t now, uint32_t interval)
{
	enumerator_t *enumerator;
	host_t *host;

	if (this->resolved && peer_resolve_hosts_disjoint(this->hosts, hosts))
	{
		memmove(this->changes + 1, this->changes,
				sizeof(this->changes) - sizeof(*this->changes));
		this->changes[0] = now;
	}
	this->hosts->destroy_offset(this->hosts, offsetof(host_t, destroy));
	this->hosts = hosts;
	this->resolved = now;
	enumerator = hosts->create_enumerator(hosts);
	while (enumerator->enumerate(enumerator, &host))
	{
		remember(this, host, now);
	}
	enumerator->destroy(enumerator);
	forget(this, now, interval);
}

METHOD(peer_resolve_name_t, answer, bool,
	private_peer_resolve_name_t *this, linked_list_t *hosts, const char *error,
	time_t now, uint32_t interval)
{
	bool changed = !this->error != !error;

	free(this->error);
	this->error = error ? strdup(error) : NULL;
	if (error)
	{
		hosts->destroy_offset(hosts, offsetof(host_t, destroy));
	}
	else
	{
		take(this, hosts, now, interval);
	}
	return changed;
}

METHOD(peer_resolve_name_t, get_name, const char*,
	private_peer_resolve_name_t *this)
{
	return this->name;
}

METHOD(peer_resolve_name_t, get_hosts, linked_list_t*,
	private_peer_resolve_name_t *this)
{
	return this->hosts;
}

METHOD(peer_resolve_name_t, get_error, const char*,
	private_peer_resolve_name_t *this)
{
	return this->error;
}

METHOD(peer_resolve_name_t, get_resolved, time_t,
	private_peer_resolve_name_t *this)
{
	return this->resolved;
}

METHOD(peer_resolve_name_t, is_flapping, bool,
	private_peer_resolve_name_t *this, host_t *from, host_t *to, time_t now,
	uint32_t interval)
{
	time_t third = this->changes[CHANGES];
	known_t *left = find(this, from), *known = find(this, to);

	if (!left || now - left->seen >= (time_t)interval * PEER_RESOLVE_HOLD)
	{
		return FALSE;
	}
	return (known && known->returned) ||
		   (third && now - third < (time_t)interval * PEER_RESOLVE_MEMORY);
}

METHOD(peer_resolve_name_t, destroy, void,
	private_peer_resolve_name_t *this)
{
	this->hosts->destroy_offset(this->hosts, offsetof(host_t, destroy));
	this->known->destroy_function(this->known, (void*)known_destroy);
	free(this->error);
	free(this->name);
	free(this);
}

peer_resolve_name_t *peer_resolve_name_create(const char *name)
{
	private_peer_resolve_name_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.answer = _answer,
			.get_hosts = _get_hosts,
			.get_error = _get_error,
			.get_resolved = _get_resolved,
			.is_flapping = _is_flapping,
			.destroy = _destroy,
		},
		.name = strdup(name),
		.hosts = linked_list_create(),
		.known = linked_list_create(),
	);
	return &this->public;
}
