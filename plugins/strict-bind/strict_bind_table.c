/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_table.h"
#include "strict_bind_routes.h"
#include "strict_bind_users.h"

#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>

#include <collections/hashtable.h>
#include <threading/mutex.h>

typedef struct private_strict_bind_table_t private_strict_bind_table_t;
typedef struct entry_t entry_t;
typedef struct address_t address_t;
typedef struct arrival_t arrival_t;

/**
 * Peers of addresses that several sockets have for which it is known which one
 * they are reached by: anybody can send packets, so there is a limit.
 */
#define ARRIVALS 256

/**
 * Seconds for which that is known, as routes change: as long as answers take.
 * In a VRF it is known until another packet comes.
 */
#define ARRIVAL_LIFETIME 5

/**
 * Address of a socket or a peer as a key, without padding.
 */
struct address_t {
	uint8_t bytes[16];
	uint32_t scope;
	uint16_t family;
	uint16_t port;
};

/**
 * A packet came in.
 */
struct arrival_t {
	/** from where, port 0 */
	address_t peer;
	/** by which socket */
	uint64_t id;
	/** when, monotonic */
	time_t time;
};

struct private_strict_bind_table_t {
	strict_bind_table_t public;
	int epoll;
	/** guards what follows */
	mutex_t *mutex;
	/** id of the next socket: not its address, which may be used again while
	 * an event about the old one is under way */
	uint64_t next_id;
	/** entry_t, by id */
	hashtable_t *by_id;
	/** entry_t, by address: the first if several have the same, as with
	 * bind_device or a VRF */
	hashtable_t *by_address;
	/** the last ones, at places that the addresses of both ends give */
	arrival_t arrivals[ARRIVALS];
	/** number of sockets of each family */
	u_int ipv4;
	u_int ipv6;
};

struct entry_t {
	uint64_t id;
	address_t address;
	strict_bind_endpoint_t *endpoint;
	/** the next one with the same address, NULL if there is none */
	entry_t *next;
};

/**
 * Implementation of hashtable_hash_t.
 */
static u_int id_hash(const void *id)
{
	return *(uint64_t*)id;
}

/**
 * Implementation of hashtable_equals_t.
 */
static bool id_equals(const void *a, const void *b)
{
	return *(uint64_t*)a == *(uint64_t*)b;
}

/**
 * Implementation of hashtable_hash_t.
 */
static u_int address_hash(const void *address)
{
	return strict_bind_hash(chunk_create((u_char*)address, sizeof(address_t)));
}

/**
 * Implementation of hashtable_equals_t.
 */
static bool address_equals(const void *a, const void *b)
{
	return memeq(a, b, sizeof(address_t));
}

/**
 * Is this an address that needs a scope?
 */
static bool is_link_local(host_t *host)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6*)host->get_sockaddr(host);

	return sin6->sin6_family == AF_INET6 &&
		   IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr);
}

/**
 * Scope of a link-local address, 0 of any other.
 */
static uint32_t get_scope(host_t *host)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6*)host->get_sockaddr(host);

	return is_link_local(host) ? sin6->sin6_scope_id : 0;
}

/**
 * Make a key.
 */
static address_t get_address(host_t *host, uint16_t port, uint32_t scope)
{
	address_t address = {
		.scope = scope,
		.family = host->get_family(host),
		.port = port,
	};
	chunk_t bytes = host->get_address(host);

	memcpy(address.bytes, bytes.ptr, bytes.len);
	return address;
}

/**
 * Counter of a socket's family.
 */
static u_int *get_counter(private_strict_bind_table_t *this,
						  strict_bind_endpoint_t *endpoint)
{
	host_t *host = endpoint->target.host;

	return host->get_family(host) == AF_INET ? &this->ipv4 : &this->ipv6;
}

/**
 * Add a socket to those polled, or change that.
 */
static bool control(private_strict_bind_table_t *this, int op,
					strict_bind_endpoint_t *endpoint, uint64_t id)
{
	struct epoll_event event = {
		/* edge-triggered: a socket with an error that stays can't make the
		 * receiver spin */
		.events = EPOLLIN | EPOLLET,
		.data.u64 = id,
	};

	return epoll_ctl(this->epoll, op, endpoint->fd, &event) == 0;
}

METHOD(strict_bind_table_t, add, bool,
	private_strict_bind_table_t *this, strict_bind_endpoint_t *endpoint)
{
	host_t *host = endpoint->target.host;
	entry_t *entry, *first;
	bool added;

	INIT(entry,
		.address = get_address(host, host->get_port(host), get_scope(host)),
		.endpoint = endpoint,
	);
	this->mutex->lock(this->mutex);
	entry->id = this->next_id++;
	added = control(this, EPOLL_CTL_ADD, endpoint, entry->id);
	if (added)
	{
		this->by_id->put(this->by_id, &entry->id, entry);
		first = this->by_address->get(this->by_address, &entry->address);
		if (first)
		{
			entry->next = first->next;
			first->next = entry;
		}
		else
		{
			this->by_address->put(this->by_address, &entry->address, entry);
		}
		(*get_counter(this, endpoint))++;
	}
	this->mutex->unlock(this->mutex);

	if (!added)
	{
		free(entry);
	}
	return added;
}

METHOD(strict_bind_table_t, remove_, void,
	private_strict_bind_table_t *this, strict_bind_endpoint_t *endpoint)
{
	host_t *host = endpoint->target.host;
	address_t address = get_address(host, host->get_port(host),
									get_scope(host));
	entry_t *entry, *before;

	this->mutex->lock(this->mutex);
	entry = this->by_address->get(this->by_address, &address);
	if (entry->endpoint == endpoint)
	{
		this->by_address->remove(this->by_address, &address);
		if (entry->next)
		{
			this->by_address->put(this->by_address, &entry->next->address,
								  entry->next);
		}
	}
	else
	{
		do
		{
			before = entry;
			entry = entry->next;
		}
		while (entry->endpoint != endpoint);
		before->next = entry->next;
	}
	this->by_id->remove(this->by_id, &entry->id);
	(*get_counter(this, endpoint))--;
	this->mutex->unlock(this->mutex);

	/* closing it would do, but another thread may have a reference */
	epoll_ctl(this->epoll, EPOLL_CTL_DEL, endpoint->fd, NULL);
	endpoint->destroy(endpoint);
	free(entry);
}

METHOD(strict_bind_table_t, rename_, void,
	private_strict_bind_table_t *this, strict_bind_endpoint_t *endpoint,
	const char *ifname)
{
	this->mutex->lock(this->mutex);
	snprintf(endpoint->target.ifname, sizeof(endpoint->target.ifname), "%s",
			 ifname);
	this->mutex->unlock(this->mutex);
}

CALLBACK(filter_endpoint, bool,
	void *unused, enumerator_t *orig, va_list args)
{
	strict_bind_endpoint_t **endpoint;
	entry_t *entry;

	VA_ARGS_VGET(args, endpoint);
	if (!orig->enumerate(orig, NULL, &entry))
	{
		return FALSE;
	}
	*endpoint = entry->endpoint;
	return TRUE;
}

METHOD(strict_bind_table_t, create_enumerator, enumerator_t*,
	private_strict_bind_table_t *this)
{
	return enumerator_create_filter(
							this->by_id->create_enumerator(this->by_id),
							filter_endpoint, NULL, NULL);
}

/**
 * Find any socket of a kind with an address, whatever its scope, or with any
 * address of the family if there is none. Called with the lock.
 */
static entry_t *find_any(private_strict_bind_table_t *this,
						 const address_t *address, bool any, bool natt)
{
	enumerator_t *enumerator;
	entry_t *entry, *found = NULL;

	enumerator = this->by_id->create_enumerator(this->by_id);
	while (!found && enumerator->enumerate(enumerator, NULL, &entry))
	{
		if (entry->address.family == address->family &&
			entry->endpoint->target.natt == natt &&
			(any || memeq(entry->address.bytes, address->bytes,
						  sizeof(address->bytes))))
		{
			found = entry;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Key of a peer, and where its last packet to an address is remembered.
 */
static arrival_t *get_arrival(private_strict_bind_table_t *this,
							  const address_t *local, host_t *host,
							  address_t *peer)
{
	*peer = get_address(host, 0, 0);
	/* peers must not know whose place theirs is, too */
	return &this->arrivals[(address_hash(local) ^
							chunk_hash(chunk_from_thing(*peer))) % ARRIVALS];
}

/**
 * Find the one of several sockets with an address that a peer is reached by,
 * NULL if that isn't known. Called with the lock.
 */
static entry_t *find_arrival(private_strict_bind_table_t *this, entry_t *entry,
							 host_t *dst)
{
	arrival_t *arrival;
	address_t peer;

	arrival = get_arrival(this, &entry->address, dst, &peer);
	if (!address_equals(&arrival->peer, &peer))
	{
		return NULL;
	}
	while (entry && entry->id != arrival->id)
	{
		entry = entry->next;
	}
	if (entry && !entry->endpoint->target.vrf &&
		time_monotonic(NULL) - arrival->time >= ARRIVAL_LIFETIME)
	{
		return NULL;
	}
	return entry;
}

/**
 * Find the interface of the route to a peer of whom nothing came yet, which
 * decides which of several sockets with an address to use. Called with the
 * lock, which is released meanwhile.
 */
static u_int find_out(private_strict_bind_table_t *this, entry_t *entry,
					  host_t *src, host_t *dst)
{
	uint32_t mark = 0;
	socklen_t len = sizeof(mark);
	u_int out;

	getsockopt(entry->endpoint->fd, SOL_SOCKET, SO_MARK, &mark, &len);
	this->mutex->unlock(this->mutex);
	out = strict_bind_routes_out(dst, src, mark);
	this->mutex->lock(this->mutex);
	return out;
}

/**
 * Choose one of several sockets with an address. Called with the lock.
 */
static entry_t *choose(private_strict_bind_table_t *this, entry_t *first,
					   host_t *dst, u_int out)
{
	entry_t *entry = find_arrival(this, first, dst), *found = first;

	if (entry)
	{
		return entry;
	}
	for (entry = first; entry; entry = entry->next)
	{
		if (entry->endpoint->target.device == out)
		{
			return entry;
		}
		/* of one that isn't in a VRF the routes decide */
		found = entry->endpoint->target.device ? found : entry;
	}
	return found;
}

METHOD(strict_bind_table_t, find, strict_bind_endpoint_t*,
	private_strict_bind_table_t *this, host_t *src, uint16_t port, host_t *dst,
	bool natt)
{
	strict_bind_endpoint_t *endpoint = NULL;
	address_t address;
	entry_t *entry;
	bool any = src->is_anyaddr(src);
	u_int out = 0;

	address = get_address(src, port, get_scope(src) ?:
									 (dst ? get_scope(dst) : 0));
	this->mutex->lock(this->mutex);
	entry = any ? NULL : this->by_address->get(this->by_address, &address);
	if (entry && entry->next && dst && !dst->is_anyaddr(dst) &&
		!find_arrival(this, entry, dst))
	{
		out = find_out(this, entry, src, dst);
		entry = this->by_address->get(this->by_address, &address);
	}
	if (entry && entry->next && dst)
	{
		entry = choose(this, entry, dst, out);
	}
	if (!entry && (any || (is_link_local(src) && !address.scope)))
	{
		entry = find_any(this, &address, any, natt);
	}
	if (entry)
	{
		endpoint = entry->endpoint->get_ref(entry->endpoint);
	}
	this->mutex->unlock(this->mutex);
	return endpoint;
}

METHOD(strict_bind_table_t, wait_, int,
	private_strict_bind_table_t *this, struct epoll_event *events, int max)
{
	return epoll_wait(this->epoll, events, max, -1);
}

METHOD(strict_bind_table_t, rearm, void,
	private_strict_bind_table_t *this, uint64_t id,
	strict_bind_endpoint_t *endpoint)
{
	/* fails if it was removed since */
	control(this, EPOLL_CTL_MOD, endpoint, id);
}

METHOD(strict_bind_table_t, get, strict_bind_endpoint_t*,
	private_strict_bind_table_t *this, uint64_t id, bool *shared)
{
	strict_bind_endpoint_t *endpoint = NULL;
	entry_t *entry, *first;

	this->mutex->lock(this->mutex);
	entry = this->by_id->get(this->by_id, &id);
	if (entry)
	{
		endpoint = entry->endpoint->get_ref(entry->endpoint);
		first = this->by_address->get(this->by_address, &entry->address);
		*shared = first->next != NULL;
	}
	this->mutex->unlock(this->mutex);
	return endpoint;
}

METHOD(strict_bind_table_t, arrived, void,
	private_strict_bind_table_t *this, uint64_t id, host_t *peer)
{
	arrival_t *arrival;
	address_t address;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->by_id->get(this->by_id, &id);
	if (entry)
	{
		arrival = get_arrival(this, &entry->address, peer, &address);
		*arrival = (arrival_t){
			.peer = address,
			.id = id,
			.time = time_monotonic(NULL),
		};
	}
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_table_t, sample, array_t*,
	private_strict_bind_table_t *this, int family)
{
	strict_bind_target_t *seen[STRICT_BIND_SAMPLE], *target;
	enumerator_t *enumerator;
	array_t *hosts = array_create(0, 0);
	entry_t *entry;
	int i, count = 0;

	this->mutex->lock(this->mutex);
	enumerator = this->by_id->create_enumerator(this->by_id);
	while (count < countof(seen) &&
		   enumerator->enumerate(enumerator, NULL, &entry))
	{
		target = &entry->endpoint->target;
		for (i = 0; i < count && !streq(seen[i]->ifname, target->ifname); i++)
		{
			/* another interface */
		}
		if (i == count && entry->address.family == family)
		{
			seen[count++] = target;
			array_insert(hosts, ARRAY_TAIL, target->host->clone(target->host));
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return hosts;
}

METHOD(strict_bind_table_t, get_count, u_int,
	private_strict_bind_table_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->ipv4 + this->ipv6;
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(strict_bind_table_t, get_families, socket_family_t,
	private_strict_bind_table_t *this)
{
	socket_family_t families = SOCKET_FAMILY_NONE;

	this->mutex->lock(this->mutex);
	families |= this->ipv4 ? SOCKET_FAMILY_IPV4 : 0;
	families |= this->ipv6 ? SOCKET_FAMILY_IPV6 : 0;
	this->mutex->unlock(this->mutex);
	return families;
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void entry_destroy(void *value, const void *key)
{
	entry_t *entry = value;

	entry->endpoint->destroy(entry->endpoint);
	free(entry);
}

METHOD(strict_bind_table_t, destroy, void,
	private_strict_bind_table_t *this)
{
	this->by_address->destroy(this->by_address);
	this->by_id->destroy_function(this->by_id, entry_destroy);
	this->mutex->destroy(this->mutex);
	close(this->epoll);
	free(this);
}

strict_bind_table_t *strict_bind_table_create(void)
{
	private_strict_bind_table_t *this;
	int epoll;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.add = _add,
			.remove = _remove_,
			.rename = _rename_,
			.create_enumerator = _create_enumerator,
			.find = _find,
			.wait = _wait_,
			.rearm = _rearm,
			.get = _get,
			.arrived = _arrived,
			.sample = _sample,
			.get_count = _get_count,
			.get_families = _get_families,
			.destroy = _destroy,
		},
		.epoll = epoll,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.by_id = hashtable_create(id_hash, id_equals, 64),
		.by_address = hashtable_create(address_hash, address_equals, 64),
	);
	return &this->public;
}
