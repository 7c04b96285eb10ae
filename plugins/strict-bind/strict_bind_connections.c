/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_connections.h"
#include "strict_bind_names.h"
#include "strict_bind_routes.h"

#include <collections/hashtable.h>
#include <connections.h>
#include <daemon.h>

typedef struct private_strict_bind_connections_t
											private_strict_bind_connections_t;
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
 * The interfaces that lead to the peers of a connection.
 */
struct route_t {
	/** remote addresses as configured */
	char *remote;
	/** u_int, indices */
	array_t *interfaces;
	/** whether they needn't be looked up anew */
	bool known;
};

/**
 * Create a table by strings.
 */
static hashtable_t *create_table()
{
	return hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

CALLBACK(destroy_name, void,
	char *name, const void *key)
{
	free(name);
}

CALLBACK(destroy_route, void,
	route_t *route, const void *key)
{
	array_destroy(route->interfaces);
	free(route->remote);
	free(route);
}

/**
 * Hash what matters of all connections.
 *
 * @param cfgs		gets references to them, peer_cfg_t*, if not NULL
 */
static u_int hash_connections(array_t *cfgs)
{
	enumerator_t *enumerator;
	peer_cfg_t *cfg;
	ike_cfg_t *ike_cfg;
	u_int hash = 0;

	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		ike_cfg = cfg->get_ike_cfg(cfg);
		hash = chunk_hash_inc(chunk_from_str(cfg->get_name(cfg)), hash);
		hash = chunk_hash_inc(chunk_from_str(ike_cfg->get_my_addr(ike_cfg)),
							  hash);
		hash = chunk_hash_inc(chunk_from_str(ike_cfg->get_other_addr(ike_cfg)),
							  hash);
		if (cfgs)
		{
			array_insert(cfgs, ARRAY_TAIL, cfg->get_ref(cfg));
		}
	}
	enumerator->destroy(enumerator);
	return hash;
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
 * Get the interfaces that lead to remote addresses. If none does right now,
 * those that did are kept: the socket that is bound may be needed again as
 * soon as routes are there again, and by what is under way.
 *
 * @param routes	table to which it moves
 */
static route_t *get_route(private_strict_bind_connections_t *this,
						  const char *remote, uint32_t mark,
						  hashtable_t *routes)
{
	route_t *route = routes->get(routes, remote);
	array_t *interfaces;

	if (route)
	{
		return route;
	}
	route = this->routes->remove(this->routes, remote);
	if (!route)
	{
		INIT(route,
			.remote = strdup(remote),
			.interfaces = array_create(sizeof(u_int), 0),
		);
	}
	routes->put(routes, route->remote, route);
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
 * Want the addresses of the interfaces that lead to the peers of a connection.
 */
static void add_routes(route_t *route, strict_bind_wanted_t *wanted,
					   socket_family_t families, strict_bind_names_t *names)
{
	char ifname[IF_NAMESIZE];
	u_int ifindex;
	int i;

	for (i = 0; i < array_count(route->interfaces); i++)
	{
		array_get(route->interfaces, i, &ifindex);
		wanted->add_interface(wanted, ifindex, families);
		if (if_indextoname(ifindex, ifname))
		{
			strict_bind_names_add(names, "%s", ifname);
		}
	}
}

/**
 * Want what the settings say for a connection without a local address.
 *
 * @param families	those of the wildcards or names that it has in place of one
 * @param routes	table of the routes that are in use
 */
static void add_open(private_strict_bind_connections_t *this, peer_cfg_t *cfg,
					 strict_bind_settings_t *settings,
					 strict_bind_wanted_t *wanted, socket_family_t families,
					 hashtable_t *routes)
{
	ike_cfg_t *ike_cfg = cfg->get_ike_cfg(cfg);
	strict_bind_names_t names;
	char list[BUF_LEN], *gets = "none";

	names = strict_bind_names(list, sizeof(list));
	switch (settings->auto_any)
	{
		case STRICT_BIND_ANY_ROUTES:
			add_routes(get_route(this, ike_cfg->get_other_addr(ike_cfg),
								 settings->mark, routes),
					   wanted, families, &names);
			if (names.count)
			{
				gets = "those of the interfaces that lead to its peers";
			}
			break;
		case STRICT_BIND_ANY_ALL:
			wanted->add_all(wanted, families);
			gets = "all of this machine";
			break;
		case STRICT_BIND_ANY_REFUSE:
			break;
	}
	if (!this->logged->get(this->logged, cfg->get_name(cfg)))
	{
		DBG1(DBG_CFG, "strict-bind: connection '%s' names no local address and "
			 "gets %s%s%s; set its local_addrs, or see strict-bind.auto_any",
			 cfg->get_name(cfg), gets, names.count ? ": " : "", list);
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
	return hash_connections(NULL) != this->hash ||
		   (this->logged->get_count(this->logged) && is_outdated(this));
}

METHOD(strict_bind_connections_t, forget, void,
	private_strict_bind_connections_t *this, bool logged)
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
	if (logged)
	{
		this->logged->destroy_function(this->logged, destroy_name);
		this->logged = create_table();
	}
}

METHOD(strict_bind_connections_t, add, void,
	private_strict_bind_connections_t *this, strict_bind_settings_t *settings,
	strict_bind_wanted_t *wanted)
{
	hashtable_t *logged = create_table(), *routes = create_table();
	array_t *cfgs = array_create(0, 0);
	socket_family_t families;
	peer_cfg_t *cfg;
	ike_cfg_t *ike_cfg;
	char *name;

	if (is_outdated(this))
	{
		forget(this, FALSE);
	}
	this->hash = hash_connections(cfgs);
	while (array_remove(cfgs, ARRAY_HEAD, &cfg))
	{
		ike_cfg = cfg->get_ike_cfg(cfg);
		families = wanted->add_connection(wanted, cfg->get_name(cfg),
										  ike_cfg->get_my_addr(ike_cfg));
		if (families)
		{
			add_open(this, cfg, settings, wanted, families, routes);
			name = strdup(cfg->get_name(cfg));
			free(logged->put(logged, name, name));
		}
		cfg->destroy(cfg);
	}
	array_destroy(cfgs);
	/* routes that no connection uses any more are forgotten, and one that was
	 * unloaded is logged when it comes again */
	this->routes->destroy_function(this->routes, destroy_route);
	this->routes = routes;
	this->logged->destroy_function(this->logged, destroy_name);
	this->logged = logged;
}

METHOD(strict_bind_connections_t, destroy, void,
	private_strict_bind_connections_t *this)
{
	this->logged->destroy_function(this->logged, destroy_name);
	this->routes->destroy_function(this->routes, destroy_route);
	free(this);
}

strict_bind_connections_t *strict_bind_connections_create(void)
{
	private_strict_bind_connections_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.changed = _changed,
			.forget = _forget,
			.destroy = _destroy,
		},
		.logged = create_table(),
		.routes = create_table(),
	);
	return &this->public;
}
