/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_wanted.h"
#include "strict_bind_names.h"
#include "strict_bind_users.h"

#include <fnmatch.h>

#include <collections/hashtable.h>

typedef struct private_strict_bind_wanted_t private_strict_bind_wanted_t;
typedef struct entry_t entry_t;

/**
 * A single address or a network that is wanted.
 */
struct entry_t {
	traffic_selector_t *ts;
	/** key of a single address, NULL for a network */
	host_t *host;
	/** name of the connection that wants it, NULL if the settings do */
	char *connection;
	bool found;
};

struct private_strict_bind_wanted_t {
	strict_bind_wanted_t public;
	strict_bind_settings_t *settings;
	/** all entries, as entry_t* */
	array_t *entries;
	/** the entries that are single addresses, by host_t: there may be
	 * thousands, as there may be local addresses */
	hashtable_t *hosts;
	/** the other entries, as entry_t* */
	array_t *networks;
	/** host_t that are wanted if they are there, by themselves */
	hashtable_t *used;
	/** indices of interfaces, as pointers, for each family */
	hashtable_t *interfaces[2];
	/** families of which all addresses are wanted */
	socket_family_t all;
	/** patterns of the settings that no interface with an address matches */
	linked_list_t *unmatched;
};

/**
 * Want an address or network.
 */
static void add_entry(private_strict_bind_wanted_t *this,
					  traffic_selector_t *ts, const char *connection)
{
	entry_t *entry;
	uint8_t mask;

	INIT(entry,
		.ts = ts,
		.connection = strdupnull(connection),
	);
	if (chunk_equals(ts->get_from_address(ts), ts->get_to_address(ts)))
	{
		ts->to_subnet(ts, &entry->host, &mask);
		if (this->hosts->get(this->hosts, entry->host))
		{
			entry->host->destroy(entry->host);
			ts->destroy(ts);
			free(entry->connection);
			free(entry);
			return;
		}
		this->hosts->put(this->hosts, entry->host, entry);
	}
	else
	{
		array_insert(this->networks, ARRAY_TAIL, entry);
	}
	array_insert(this->entries, ARRAY_TAIL, entry);
}

/**
 * Parse an address, network or range as ike_cfg_t does.
 *
 * @return		NULL if it is a name
 */
static traffic_selector_t *parse(char *str)
{
	traffic_selector_t *ts = NULL;
	host_t *from, *to;
	int bits;

	if (strchr(str, '/'))
	{
		return traffic_selector_create_from_cidr(str, 0, 0, 65535);
	}
	if (host_create_from_range(str, &from, &to))
	{
		ts = traffic_selector_create_from_bytes(0,
				from->get_family(from) == AF_INET ? TS_IPV4_ADDR_RANGE
												  : TS_IPV6_ADDR_RANGE,
				from->get_address(from), 0, to->get_address(to), 65535);
		from->destroy(from);
		to->destroy(to);
		return ts;
	}
	from = host_create_from_string(str, 0);
	if (from)
	{
		bits = from->get_address(from).len * 8;
		ts = traffic_selector_create_from_subnet(from, bits, 0, 0, 65535);
	}
	return ts;
}

/**
 * Parse the local addresses of a connection.
 *
 * @param parsed	gets addresses, traffic_selector_t*, if not NULL
 * @return			families of wildcards and names, both if there is nothing
 */
static socket_family_t parse_all(const char *addrs, linked_list_t *parsed)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	socket_family_t open = SOCKET_FAMILY_NONE;
	bool named = FALSE;
	char *token;

	enumerator = enumerator_create_token(addrs, ",", " ");
	while (enumerator->enumerate(enumerator, &token))
	{
		named = TRUE;
		ts = parse(token);
		if (ts && !strict_bind_is_any(ts))
		{
			if (parsed)
			{
				parsed->insert_last(parsed, ts);
				continue;
			}
		}
		else if (!ts || streq(token, "%any"))
		{
			open = SOCKET_FAMILY_BOTH;
		}
		else
		{
			open |= ts->get_type(ts) == TS_IPV4_ADDR_RANGE ? SOCKET_FAMILY_IPV4
														   : SOCKET_FAMILY_IPV6;
		}
		DESTROY_IF(ts);
	}
	enumerator->destroy(enumerator);
	return named ? open : SOCKET_FAMILY_BOTH;
}

bool strict_bind_is_named(const char *addrs)
{
	return !parse_all(addrs, NULL);
}

METHOD(strict_bind_wanted_t, add_connection, socket_family_t,
	private_strict_bind_wanted_t *this, const char *name, const char *addrs)
{
	linked_list_t *parsed = linked_list_create();
	traffic_selector_t *ts;
	socket_family_t open;

	open = parse_all(addrs, parsed);
	while (parsed->remove_first(parsed, (void**)&ts) == SUCCESS)
	{
		add_entry(this, ts, name);
	}
	parsed->destroy(parsed);
	return open;
}

METHOD(strict_bind_wanted_t, add_host, void,
	private_strict_bind_wanted_t *this, host_t *host)
{
	host = host->clone(host);
	host = this->used->put(this->used, host, host);
	DESTROY_IF(host);
}

METHOD(strict_bind_wanted_t, add_interface, void,
	private_strict_bind_wanted_t *this, u_int ifindex, socket_family_t families)
{
	void *key = (void*)(uintptr_t)ifindex;
	int i;

	for (i = 0; i < countof(this->interfaces); i++)
	{
		if (families & (i ? SOCKET_FAMILY_IPV6 : SOCKET_FAMILY_IPV4))
		{
			this->interfaces[i]->put(this->interfaces[i], key, key);
		}
	}
}

METHOD(strict_bind_wanted_t, add_all, void,
	private_strict_bind_wanted_t *this, socket_family_t families)
{
	this->all |= families;
}

/**
 * Is a local address wanted? Whatever wants it is marked as found.
 */
static bool is_wanted(private_strict_bind_wanted_t *this,
					  strict_bind_local_t *local)
{
	strict_bind_settings_t *settings = this->settings;
	hashtable_t *interfaces;
	bool wanted, ipv4;
	entry_t *entry;
	int i;

	ipv4 = local->host->get_family(local->host) == AF_INET;
	interfaces = this->interfaces[ipv4 ? 0 : 1];
	if (ipv4 ? !settings->use_ipv4 : !settings->use_ipv6)
	{
		return FALSE;
	}
	wanted = this->all & (ipv4 ? SOCKET_FAMILY_IPV4 : SOCKET_FAMILY_IPV6);
	wanted |= settings->interfaces &&
			  settings->interfaces->matches(settings->interfaces,
											local->ifname);
	wanted |= interfaces->get(interfaces,
							  (void*)(uintptr_t)local->ifindex) != NULL;
	wanted |= this->used->get(this->used, local->host) != NULL;
	entry = this->hosts->get(this->hosts, local->host);
	if (entry)
	{
		wanted = entry->found = TRUE;
	}
	for (i = 0; i < array_count(this->networks); i++)
	{
		array_get(this->networks, i, &entry);
		if (entry->ts->includes(entry->ts, local->host))
		{
			wanted = entry->found = TRUE;
		}
	}
	return wanted;
}

/**
 * Would a socket on one address get what is for the other, too?
 */
static bool is_duplicate(private_strict_bind_wanted_t *this,
						 strict_bind_local_t *a, strict_bind_local_t *b)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6*)
											a->host->get_sockaddr(a->host);

	return a->ifindex == b->ifindex ||
		   !(this->settings->bind_device || a->vrf != b->vrf ||
			 (sin6->sin6_family == AF_INET6 &&
			  IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr)));
}

/**
 * Find the patterns that no interface matches.
 */
static void find_unmatched(private_strict_bind_wanted_t *this, array_t *locals)
{
	strict_bind_local_t *local;
	enumerator_t *enumerator;
	char *pattern;
	bool negated, matched;
	int i;

	enumerator = this->settings->interfaces->create_enumerator(
													this->settings->interfaces);
	while (enumerator->enumerate(enumerator, &pattern, &negated))
	{
		matched = negated;
		for (i = 0; i < array_count(locals) && !matched; i++)
		{
			array_get(locals, i, &local);
			matched = !fnmatch(pattern, local->ifname,
							   FNM_CASEFOLD | FNM_NOESCAPE);
		}
		if (!matched)
		{
			this->unmatched->insert_last(this->unmatched, pattern);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(strict_bind_wanted_t, select_, void,
	private_strict_bind_wanted_t *this, array_t *locals, array_t *selected)
{
	strict_bind_local_t *local, *other;
	hashtable_t *seen;
	int i;

	seen = hashtable_create(strict_bind_host_hash,
								  strict_bind_host_equals, 64);
	for (i = 0; i < array_count(locals); i++)
	{
		array_get(locals, i, &local);
		if (!is_wanted(this, local))
		{
			continue;
		}
		other = seen->get(seen, local->host);
		if (!other || !is_duplicate(this, local, other))
		{
			seen->put(seen, local->host, local);
			array_insert(selected, ARRAY_TAIL, local);
		}
	}
	seen->destroy(seen);
	if (this->settings->interfaces)
	{
		find_unmatched(this, locals);
	}
}

METHOD(strict_bind_wanted_t, describe_missing, void,
	private_strict_bind_wanted_t *this, char *buf, size_t len)
{
	strict_bind_names_t names = strict_bind_names(buf, len);
	enumerator_t *enumerator;
	entry_t *entry;
	char *pattern;
	int i;

	enumerator = this->unmatched->create_enumerator(this->unmatched);
	while (enumerator->enumerate(enumerator, &pattern))
	{
		strict_bind_names_add(&names, "interface %s", pattern);
	}
	enumerator->destroy(enumerator);
	for (i = 0; i < array_count(this->entries); i++)
	{
		array_get(this->entries, i, &entry);
		if (!entry->found && entry->connection)
		{
			strict_bind_names_add(&names, "address %R of connection '%s'",
								  entry->ts, entry->connection);
		}
		else if (!entry->found)
		{
			strict_bind_names_add(&names, "address %R", entry->ts);
		}
	}
}

/**
 * Destroy an entry.
 */
static void entry_destroy(entry_t *entry, int idx, void *user)
{
	entry->ts->destroy(entry->ts);
	DESTROY_IF(entry->host);
	free(entry->connection);
	free(entry);
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void used_destroy(void *value, const void *key)
{
	host_t *host = value;

	host->destroy(host);
}

METHOD(strict_bind_wanted_t, destroy, void,
	private_strict_bind_wanted_t *this)
{
	this->interfaces[0]->destroy(this->interfaces[0]);
	this->interfaces[1]->destroy(this->interfaces[1]);
	this->used->destroy_function(this->used, used_destroy);
	this->hosts->destroy(this->hosts);
	array_destroy(this->networks);
	array_destroy_function(this->entries, (array_callback_t)entry_destroy,
						   NULL);
	this->unmatched->destroy(this->unmatched);
	free(this);
}

strict_bind_wanted_t *strict_bind_wanted_create(
											strict_bind_settings_t *settings)
{
	private_strict_bind_wanted_t *this;
	enumerator_t *enumerator;
	traffic_selector_t *ts;

	INIT(this,
		.public = {
			.add_connection = _add_connection,
			.add_interface = _add_interface,
			.add_host = _add_host,
			.add_all = _add_all,
			.select = _select_,
			.describe_missing = _describe_missing,
			.destroy = _destroy,
		},
		.settings = settings,
		.entries = array_create(0, 0),
		.hosts = hashtable_create(strict_bind_host_hash,
								  strict_bind_host_equals, 64),
		.networks = array_create(0, 0),
		.used = hashtable_create(strict_bind_host_hash,
								 strict_bind_host_equals, 8),
		.interfaces = {
			hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
			hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
		},
		.unmatched = linked_list_create(),
	);
	if (settings->addresses)
	{
		enumerator = settings->addresses->create_enumerator(
														settings->addresses);
		while (enumerator->enumerate(enumerator, &ts))
		{
			add_entry(this, ts->clone(ts), NULL);
		}
		enumerator->destroy(enumerator);
	}
	return &this->public;
}
