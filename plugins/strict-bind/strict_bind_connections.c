/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_connections.h"
#include "strict_bind_names.h"

#include <collections/hashtable.h>
#include <daemon.h>

typedef struct private_strict_bind_connections_t
											private_strict_bind_connections_t;
typedef struct open_t open_t;

/**
 * Seconds for which routes are remembered: core may dump the whole table for a
 * lookup.
 */
#define ROUTES_LIFETIME 10

struct private_strict_bind_connections_t {
	strict_bind_connections_t public;
	/** names of the connections that were logged, by themselves */
	hashtable_t *logged;
	/** interfaces by the remote address they lead to, both strings */
	hashtable_t *routes;
	/** when routes was last emptied, monotonic */
	time_t routes_since;
	/** hash of the connections as of the last add() */
	u_int hash;
};

/**
 * A connection without a local address.
 */
struct open_t {
	char *name;
	char *remote;
};

/**
 * Create a table of strings.
 */
static hashtable_t *create_strings()
{
	return hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void strings_free(void *value, const void *key)
{
	if (value != key)
	{
		free(value);
	}
	free((void*)key);
}

/**
 * Destroy a table of strings.
 */
static void destroy_strings(hashtable_t *strings)
{
	strings->destroy_function(strings, strings_free);
}

/**
 * Add what matters of a connection to a hash.
 */
static u_int hash_connection(peer_cfg_t *cfg, u_int hash)
{
	ike_cfg_t *ike_cfg = cfg->get_ike_cfg(cfg);

	hash = chunk_hash_inc(chunk_from_str(cfg->get_name(cfg)), hash);
	hash = chunk_hash_inc(chunk_from_str(ike_cfg->get_my_addr(ike_cfg)), hash);
	return chunk_hash_inc(chunk_from_str(ike_cfg->get_other_addr(ike_cfg)),
						  hash);
}

/**
 * Enumerate all connections, as peer_cfg_t*.
 */
static enumerator_t *create_enumerator()
{
	return charon->backends->create_peer_cfg_enumerator(charon->backends, NULL,
													NULL, NULL, NULL, IKE_ANY);
}

/**
 * Want the addresses of all connections that have some.
 *
 * @return		array of open_t*, those that have none
 */
static array_t *add_named(private_strict_bind_connections_t *this,
						  strict_bind_wanted_t *wanted)
{
	enumerator_t *enumerator;
	peer_cfg_t *cfg;
	ike_cfg_t *ike_cfg;
	array_t *opens = array_create(0, 0);
	open_t *open;

	this->hash = 0;
	enumerator = create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		this->hash = hash_connection(cfg, this->hash);
		ike_cfg = cfg->get_ike_cfg(cfg);
		if (!wanted->add_connection(wanted, cfg->get_name(cfg),
									ike_cfg->get_my_addr(ike_cfg)))
		{
			INIT(open,
				.name = strdup(cfg->get_name(cfg)),
				.remote = strdup(ike_cfg->get_other_addr(ike_cfg)),
			);
			array_insert(opens, ARRAY_TAIL, open);
		}
	}
	enumerator->destroy(enumerator);
	return opens;
}

/**
 * Want the addresses of the interface that leads to a host or network.
 */
static void add_route(private_strict_bind_connections_t *this,
					  strict_bind_wanted_t *wanted, host_t *host, int prefix,
					  strict_bind_names_t *names)
{
	char key[64], *ifname;
	host_t *nexthop;

	snprintf(key, sizeof(key), "%H/%d", host, prefix);
	ifname = this->routes->get(this->routes, key);
	if (!ifname)
	{
		nexthop = charon->kernel->get_nexthop(charon->kernel, host, prefix,
											  NULL, &ifname);
		DESTROY_IF(nexthop);
		if (!nexthop || !ifname)
		{
			return;
		}
		this->routes->put(this->routes, strdup(key), ifname);
	}
	wanted->add_interface(wanted, ifname);
	strict_bind_names_add(names, "%s", ifname);
}

/**
 * Want the addresses of the interfaces that lead to the peers of a connection.
 */
static void add_routes(private_strict_bind_connections_t *this,
					   strict_bind_wanted_t *wanted, const char *remote,
					   strict_bind_names_t *names)
{
	enumerator_t *enumerator;
	host_t *host;
	char *token;
	int prefix;

	enumerator = enumerator_create_token(remote, ",", " ");
	while (enumerator->enumerate(enumerator, &token))
	{
		prefix = -1;
		host = strchr(token, '/') ? host_create_from_subnet(token, &prefix)
								  : host_create_from_string(token, 0);
		if (host && !host->is_anyaddr(host))
		{
			add_route(this, wanted, host, prefix, names);
		}
		else
		{	/* peers may be anywhere */
			DESTROY_IF(host);
			host = host_create_any(AF_INET);
			add_route(this, wanted, host, 0, names);
			host->destroy(host);
			host = host_create_any(AF_INET6);
			add_route(this, wanted, host, 0, names);
		}
		host->destroy(host);
	}
	enumerator->destroy(enumerator);
}

/**
 * Want what the settings say for connections without a local address.
 */
static void add_open(private_strict_bind_connections_t *this,
					 strict_bind_settings_t *settings,
					 strict_bind_wanted_t *wanted, open_t *open)
{
	strict_bind_names_t names;
	char list[BUF_LEN], *gets = "none";

	names = strict_bind_names(list, sizeof(list));
	switch (settings->auto_any)
	{
		case STRICT_BIND_ANY_ROUTES:
			add_routes(this, wanted, open->remote, &names);
			if (names.count)
			{
				gets = "those of the interfaces that lead to its peers";
			}
			break;
		case STRICT_BIND_ANY_ALL:
			wanted->add_all(wanted);
			gets = "all of this machine";
			break;
		case STRICT_BIND_ANY_REFUSE:
			break;
	}
	if (!this->logged->get(this->logged, open->name))
	{
		DBG1(DBG_CFG, "strict-bind: connection '%s' names no local address and "
			 "gets %s%s%s; set its local_addrs, or see strict-bind.auto_any",
			 open->name, gets, names.count ? ": " : "", list);
	}
}

/**
 * Is it time to look up routes again?
 */
static bool is_outdated(private_strict_bind_connections_t *this)
{
	return time_monotonic(NULL) >= this->routes_since + ROUTES_LIFETIME;
}

METHOD(strict_bind_connections_t, changed, bool,
	private_strict_bind_connections_t *this)
{
	enumerator_t *enumerator;
	peer_cfg_t *cfg;
	u_int hash = 0;

	enumerator = create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		hash = hash_connection(cfg, hash);
	}
	enumerator->destroy(enumerator);
	return hash != this->hash ||
		   (this->logged->get_count(this->logged) && is_outdated(this));
}

METHOD(strict_bind_connections_t, forget_routes, void,
	private_strict_bind_connections_t *this)
{
	destroy_strings(this->routes);
	this->routes = create_strings();
	this->routes_since = time_monotonic(NULL);
}

METHOD(strict_bind_connections_t, forget_logged, void,
	private_strict_bind_connections_t *this)
{
	destroy_strings(this->logged);
	this->logged = create_strings();
}

METHOD(strict_bind_connections_t, add, void,
	private_strict_bind_connections_t *this, strict_bind_settings_t *settings,
	strict_bind_wanted_t *wanted)
{
	hashtable_t *logged = create_strings();
	array_t *opens;
	open_t *open;

	if (is_outdated(this))
	{
		forget_routes(this);
	}
	opens = add_named(this, wanted);
	while (array_remove(opens, ARRAY_HEAD, &open))
	{
		add_open(this, settings, wanted, open);
		if (logged->get(logged, open->name))
		{
			free(open->name);
		}
		else
		{
			logged->put(logged, open->name, open->name);
		}
		free(open->remote);
		free(open);
	}
	array_destroy(opens);
	/* one that was unloaded is logged when it comes again */
	destroy_strings(this->logged);
	this->logged = logged;
}

METHOD(strict_bind_connections_t, destroy, void,
	private_strict_bind_connections_t *this)
{
	destroy_strings(this->logged);
	destroy_strings(this->routes);
	free(this);
}

/*
 * Described in header
 */
strict_bind_connections_t *strict_bind_connections_create(void)
{
	private_strict_bind_connections_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.changed = _changed,
			.forget_routes = _forget_routes,
			.forget_logged = _forget_logged,
			.destroy = _destroy,
		},
		.logged = create_strings(),
		.routes = create_strings(),
	);
	return &this->public;
}
