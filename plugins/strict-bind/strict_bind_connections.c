/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_connections.h"
#include "strict_bind_names.h"
#include "strict_bind_routes.h"

#include <collections/hashtable.h>
#include <connections.h>
#include <daemon.h>

typedef struct private_strict_bind_connections_t
											private_strict_bind_connections_t;
typedef struct open_t open_t;
typedef struct route_t route_t;

/**
 * Seconds for which routes are remembered. Changes of default routes come as
 * events, those of others don't.
 */
#define ROUTES_LIFETIME 10

/**
 * Charon's own routing table, unless it is set.
 */
#define ROUTING_TABLE 220

struct private_strict_bind_connections_t {
	strict_bind_connections_t public;
	/** names of the connections that were logged, by themselves */
	hashtable_t *logged;
	/** route_t, by remote addresses as configured */
	hashtable_t *routes;
	/** when routes were last to be looked up anew, monotonic */
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
	/** families of the wildcards or names that it has in place of one */
	socket_family_t families;
};

/**
 * The interfaces that lead to the peers of a connection.
 */
struct route_t {
	/** remote addresses as configured */
	char *remote;
	/** u_int, indices */
	array_t *interfaces;
	/** whether they needn't be looked up anew */
	bool known;
	/** whether a connection uses them */
	bool used;
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
	free(value);
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
	socket_family_t families;
	open_t *open;

	this->hash = 0;
	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		this->hash = hash_connection(cfg, this->hash);
		ike_cfg = cfg->get_ike_cfg(cfg);
		families = wanted->add_connection(wanted, cfg->get_name(cfg),
										  ike_cfg->get_my_addr(ike_cfg));
		if (families)
		{
			INIT(open,
				.name = strdup(cfg->get_name(cfg)),
				.remote = strdup(ike_cfg->get_other_addr(ike_cfg)),
				.families = families,
			);
			array_insert(opens, ARRAY_TAIL, open);
		}
	}
	enumerator->destroy(enumerator);
	return opens;
}

/**
 * Find the interfaces that lead to remote addresses.
 *
 * @return			u_int, indices
 */
static array_t *look_up(const char *remote, uint32_t mark)
{
	enumerator_t *enumerator;
	array_t *interfaces;
	host_t *host;
	char *token;
	bool known, anywhere = FALSE;
	uint32_t own;
	int prefix;

	own = lib->settings->get_int(lib->settings, "%s.routing_table",
								 ROUTING_TABLE, lib->ns);
	interfaces = array_create(sizeof(u_int), 0);
	enumerator = enumerator_create_token(remote, ",", " ");
	while (enumerator->enumerate(enumerator, &token))
	{
		host = strchr(token, '/') ? host_create_from_subnet(token, &prefix)
								  : host_create_from_string(token, 0);
		known = host && !host->is_anyaddr(host) &&
				strict_bind_routes_to(host, mark, own, interfaces);
		DESTROY_IF(host);
		anywhere |= !known;
	}
	enumerator->destroy(enumerator);
	if (anywhere)
	{
		strict_bind_routes_default(own, interfaces);
	}
	return interfaces;
}

/**
 * Destroy a route_t.
 */
static void route_destroy(route_t *route)
{
	array_destroy(route->interfaces);
	free(route->remote);
	free(route);
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void routes_destroy(void *route, const void *key)
{
	route_destroy(route);
}

/**
 * Get the interfaces that lead to remote addresses. If none does right now,
 * those that did are kept: the socket that is bound may be needed again as
 * soon as routes are there again, and by what is under way.
 */
static route_t *get_route(private_strict_bind_connections_t *this,
						  const char *remote, uint32_t mark)
{
	route_t *route = this->routes->get(this->routes, remote);
	array_t *interfaces;

	if (!route)
	{
		INIT(route,
			.remote = strdup(remote),
			.interfaces = array_create(sizeof(u_int), 0),
		);
		this->routes->put(this->routes, route->remote, route);
	}
	route->used = TRUE;
	if (!route->known)
	{
		route->known = TRUE;
		interfaces = look_up(remote, mark);
		if (array_count(interfaces))
		{
			array_destroy(route->interfaces);
			route->interfaces = interfaces;
		}
		else
		{
			array_destroy(interfaces);
		}
	}
	return route;
}

/**
 * Forget routes that no connection uses any more, and start anew.
 */
static void purge_routes(private_strict_bind_connections_t *this)
{
	enumerator_t *enumerator;
	route_t *route;

	enumerator = this->routes->create_enumerator(this->routes);
	while (enumerator->enumerate(enumerator, NULL, &route))
	{
		if (!route->used)
		{
			this->routes->remove_at(this->routes, enumerator);
			route_destroy(route);
			continue;
		}
		route->used = FALSE;
	}
	enumerator->destroy(enumerator);
}

/**
 * Want the addresses of the interfaces that lead to the peers of a connection.
 */
static void add_routes(private_strict_bind_connections_t *this,
					   strict_bind_settings_t *settings,
					   strict_bind_wanted_t *wanted, open_t *open,
					   strict_bind_names_t *names)
{
	char ifname[IF_NAMESIZE];
	route_t *route;
	u_int ifindex;
	int i;

	route = get_route(this, open->remote, settings->mark);
	for (i = 0; i < array_count(route->interfaces); i++)
	{
		array_get(route->interfaces, i, &ifindex);
		wanted->add_interface(wanted, ifindex, open->families);
		if (if_indextoname(ifindex, ifname))
		{
			strict_bind_names_add(names, "%s", ifname);
		}
	}
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
			add_routes(this, settings, wanted, open, &names);
			if (names.count)
			{
				gets = "those of the interfaces that lead to its peers";
			}
			break;
		case STRICT_BIND_ANY_ALL:
			wanted->add_all(wanted, open->families);
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

	enumerator = connections_create_enumerator();
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
	enumerator_t *enumerator;
	route_t *route;

	enumerator = this->routes->create_enumerator(this->routes);
	while (enumerator->enumerate(enumerator, NULL, &route))
	{
		route->known = FALSE;
	}
	enumerator->destroy(enumerator);
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
	purge_routes(this);
	/* one that was unloaded is logged when it comes again */
	destroy_strings(this->logged);
	this->logged = logged;
}

METHOD(strict_bind_connections_t, destroy, void,
	private_strict_bind_connections_t *this)
{
	destroy_strings(this->logged);
	this->routes->destroy_function(this->routes, routes_destroy);
	free(this);
}

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
