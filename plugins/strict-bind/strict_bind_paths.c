/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_paths.h"
#include "strict_bind_settings.h"
#include "strict_bind_wanted.h"

#include <log_limiter.h>

typedef struct private_strict_bind_paths_t private_strict_bind_paths_t;

struct private_strict_bind_paths_t {
	strict_bind_paths_t public;
	options_store_t *store;
	strict_bind_table_t *table;
	strict_bind_users_t *users;
	strict_bind_ports_t ports;
	/** what we stand in front of */
	enumerator_t *(*create_address_enumerator)(kernel_interface_t *kernel,
											   kernel_address_type_t which);
	host_t *(*get_source_addr)(kernel_interface_t *kernel, host_t *dest,
							   host_t *src);
	log_limiter_t *limiter;
};

/**
 * The object, for methods of the kernel interface.
 */
static private_strict_bind_paths_t *instance;

/**
 * Is there a socket on an address?
 */
static bool is_bound(private_strict_bind_paths_t *this, host_t *host)
{
	strict_bind_endpoint_t *endpoint;

	endpoint = this->table->find(this->table, host, this->ports.natt, NULL,
								 TRUE) ?:
			   this->table->find(this->table, host, this->ports.ike, NULL,
								 FALSE);
	DESTROY_IF(endpoint);
	return endpoint != NULL;
}

CALLBACK(filter_bound, bool,
	private_strict_bind_paths_t *this, enumerator_t *orig, va_list args)
{
	host_t *host, **out;

	VA_ARGS_VGET(args, out);
	while (orig->enumerate(orig, &host))
	{
		if (is_bound(this, host))
		{
			*out = host;
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Implementation of kernel_interface_t.create_address_enumerator: regular
 * addresses are listed to be offered to peers, or shown.
 */
static enumerator_t *create_address_enumerator(kernel_interface_t *kernel,
											   kernel_address_type_t which)
{
	enumerator_t *enumerator;

	enumerator = instance->create_address_enumerator(kernel, which);
	if (which == ADDR_TYPE_REGULAR)
	{
		enumerator = enumerator_create_filter(enumerator, filter_bound,
											  instance, NULL);
	}
	return enumerator;
}

/**
 * Is an address one that the peer of an IKE_SA has? Other parts of charon look
 * up routes to something else, as the dhcp plugin does.
 */
static bool is_peer(ike_sa_t *ike_sa, host_t *host)
{
	enumerator_t *enumerator;
	host_t *peer = ike_sa->get_other_host(ike_sa);
	bool found;

	found = host->ip_equals(host, peer);
	enumerator = ike_sa->create_peer_address_enumerator(ike_sa);
	while (!found && enumerator->enumerate(enumerator, &peer))
	{
		found = host->ip_equals(host, peer);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * May an address be bound as an IKE_SA needs it?
 */
static bool may_bind(private_strict_bind_paths_t *this, ike_sa_t *ike_sa)
{
	strict_bind_settings_t *settings = this->store->get(this->store);
	ike_cfg_t *ike_cfg = ike_sa->get_ike_cfg(ike_sa);
	bool may;

	may = settings->automatic &&
		  (settings->auto_any != STRICT_BIND_ANY_REFUSE ||
		   (ike_cfg && strict_bind_is_named(ike_cfg->get_my_addr(ike_cfg))));
	options_unref(settings);
	return may;
}

/**
 * Have an address bound that an IKE_SA needs, if that is allowed.
 *
 * That is done by the sender, as soon as it is to send from there: it takes the
 * list of connections, for whose lock this thread mustn't wait, as it has the
 * IKE_SA, which somebody who has the lock may be waiting for.
 */
static bool bind_for(private_strict_bind_paths_t *this, ike_sa_t *ike_sa,
					 host_t *host)
{
	if (!may_bind(this, ike_sa))
	{
		return FALSE;
	}
	this->users->try(this->users, ike_sa->get_unique_id(ike_sa), host,
					 time_monotonic(NULL));
	return TRUE;
}

/**
 * Find an address that is bound and from which there is a route to a peer.
 */
static host_t *find_bound(private_strict_bind_paths_t *this,
						  kernel_interface_t *kernel, host_t *dest)
{
	host_t *candidate, *host, *found = NULL;
	array_t *candidates;

	candidates = this->table->sample(this->table, dest->get_family(dest));
	while (array_remove(candidates, ARRAY_HEAD, &candidate))
	{
		host = found ? NULL : this->get_source_addr(kernel, dest, candidate);
		if (host && host->ip_equals(host, candidate))
		{
			found = host->clone(host);
		}
		DESTROY_IF(host);
		candidate->destroy(candidate);
	}
	array_destroy(candidates);
	return found;
}

/**
 * Log that an IKE_SA can't move to an address.
 */
static void report(private_strict_bind_paths_t *this, ike_sa_t *ike_sa,
				   host_t *host)
{
	char more[LOG_LIMITER_MORE];

	if (log_limiter_pass(this->limiter, more, "times", "%H", host))
	{
		DBG1(DBG_NET, "strict-bind: connection '%s' has no path left, and "
			 "can't go on from %H, which isn't bound%s; add it to "
			 "strict-bind.addresses, or see strict-bind.auto",
			 ike_sa->get_name(ike_sa), host, more);
	}
}

/**
 * Implementation of kernel_interface_t.get_source_addr.
 */
static host_t *get_source_addr(kernel_interface_t *kernel, host_t *dest,
							   host_t *src)
{
	private_strict_bind_paths_t *this = instance;
	ike_sa_t *ike_sa = charon->bus->get_sa(charon->bus);
	host_t *host, *bound;

	host = this->get_source_addr(kernel, dest, src);
	if (!host || !ike_sa || is_bound(this, host) || !is_peer(ike_sa, dest) ||
		bind_for(this, ike_sa, host))
	{
		return host;
	}
	bound = find_bound(this, kernel, dest);
	if (!bound)
	{
		switch (ike_sa->get_state(ike_sa))
		{
			case IKE_CREATED:
			case IKE_CONNECTING:
				/* the sender says what is wrong with it */
				return host;
			default:
				break;
		}
		report(this, ike_sa, host);
	}
	host->destroy(host);
	return bound;
}

/**
 * An IKE_SA has an address. One that isn't bound is what charon picked for an
 * IKE_SA that it initiates, as soon as a name was resolved, for instance.
 */
static void use(private_strict_bind_paths_t *this, ike_sa_t *ike_sa,
				host_t *host)
{
	strict_bind_settings_t *settings;
	uint32_t id = ike_sa->get_unique_id(ike_sa);

	if (host->is_anyaddr(host) || this->users->uses(this->users, id, host))
	{
		return;
	}
	settings = this->store->get(this->store);
	if (is_bound(this, host) ||
		(settings->auto_any != STRICT_BIND_ANY_REFUSE &&
		 ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR)))
	{
		this->users->use(this->users, id, host);
	}
	options_unref(settings);
}

METHOD(listener_t, ike_state_change, bool,
	private_strict_bind_paths_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		this->users->remove(this->users, ike_sa->get_unique_id(ike_sa));
	}
	else
	{
		use(this, ike_sa, ike_sa->get_my_host(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_strict_bind_paths_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	use(this, ike_sa, local);
	return TRUE;
}

METHOD(strict_bind_paths_t, destroy, void,
	private_strict_bind_paths_t *this)
{
	charon->bus->remove_listener(charon->bus, &this->public.listener);
	charon->kernel->create_address_enumerator = this->create_address_enumerator;
	charon->kernel->get_source_addr = this->get_source_addr;
	instance = NULL;
	this->limiter->destroy(this->limiter);
	free(this);
}

strict_bind_paths_t *strict_bind_paths_create(options_store_t *store,
											  strict_bind_table_t *table,
											  strict_bind_users_t *users,
											  strict_bind_ports_t ports)
{
	private_strict_bind_paths_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_state_change = _ike_state_change,
				.ike_update = _ike_update,
			},
			.destroy = _destroy,
		},
		.store = store,
		.table = table,
		.users = users,
		.ports = ports,
		.create_address_enumerator = charon->kernel->create_address_enumerator,
		.get_source_addr = charon->kernel->get_source_addr,
		.limiter = log_limiter_create(),
	);
	instance = this;
	charon->kernel->create_address_enumerator = create_address_enumerator;
	charon->kernel->get_source_addr = get_source_addr;
	charon->bus->add_listener(charon->bus, &this->public.listener);
	return &this->public;
}
