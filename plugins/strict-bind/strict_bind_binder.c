/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_binder.h"
#include "strict_bind_events.h"
#include "strict_bind_holder.h"
#include "strict_bind_names.h"
#include "strict_bind_wanted.h"

#include <errno.h>
#include <sys/resource.h>

#include <collections/hashtable.h>
#include <daemon.h>

typedef struct private_strict_bind_binder_t private_strict_bind_binder_t;
typedef struct target_t target_t;

/**
 * File descriptors that are left to the rest of the daemon.
 */
#define RESERVED_FILES 256

/**
 * Addresses that can't be bound for which there is a line each.
 */
#define FAILURES_LOGGED 8

struct private_strict_bind_binder_t {
	strict_bind_binder_t public;
	strict_bind_table_t *table;
	strict_bind_ports_t ports;
	/** options of the sockets in the table */
	strict_bind_options_t options;
	/** targets that failed the last time, as target_t by itself */
	hashtable_t *failed;
	/** number of addresses left out last time, for lack of files */
	u_int left_out;
	/** ports (ours, and for NAT-T) of IPv4 and IPv6 that have a bypass policy
	 * of their own, if charon uses these in place of policies of sockets */
	bool port_bypassed[2][2];
	/** whether it was logged that a kernel feature is missing */
	bool bypass_failed;
	bool decap_failed;
};

/**
 * A socket that is wanted, failed or is open.
 */
struct target_t {
	/** host is owned */
	strict_bind_target_t target;
	/** errno of the last attempt, 0 if there was none */
	int error;
	/** process that has the port, "" if that isn't known */
	char holder[64];
	/** the socket if it is open */
	strict_bind_endpoint_t *endpoint;
};

/**
 * Implementation of hashtable_hash_t.
 */
static u_int target_hash(const void *key)
{
	const strict_bind_target_t *target = key;
	host_t *host = target->host;

	return chunk_hash_inc(host->get_address(host), host->get_port(host));
}

/**
 * Implementation of hashtable_equals_t.
 */
static bool target_equals(const void *a, const void *b)
{
	const strict_bind_target_t *x = a, *y = b;

	/* compares the scope, too, if the addresses are link-local */
	return x->device == y->device && x->vrf == y->vrf && x->natt == y->natt &&
		   memeq(x->host->get_sockaddr(x->host),
				 y->host->get_sockaddr(y->host),
				 *x->host->get_sockaddr_len(x->host));
}

/**
 * Create a table of target_t.
 */
static hashtable_t *create_targets()
{
	return hashtable_create(target_hash, target_equals, 64);
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void target_destroy(void *value, const void *key)
{
	target_t *target = value;

	target->target.host->destroy(target->target.host);
	free(target);
}

/**
 * Find out for how many addresses there are files, after raising the limit if
 * that helps.
 */
static u_int get_capacity(u_int addresses)
{
	struct rlimit limit;
	rlim_t wanted = addresses * 2 + RESERVED_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit))
	{
		return addresses;
	}
	if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = min(wanted, limit.rlim_max);
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= wanted)
	{
		return addresses;
	}
	return limit.rlim_cur > RESERVED_FILES ?
							(limit.rlim_cur - RESERVED_FILES) / 2 : 1;
}

/**
 * Want a socket.
 */
static void add_target(private_strict_bind_binder_t *this, hashtable_t *wanted,
					   strict_bind_local_t *local, bool device, bool natt)
{
	target_t *target;

	INIT(target,
		.target = {
			.host = local->host->clone(local->host),
			.device = device ? local->ifindex : local->vrf,
			.vrf = local->vrf != 0,
			.natt = natt,
		},
	);
	strcpy(target->target.ifname, local->ifname);
	target->target.host->set_port(target->target.host,
								  natt ? this->ports.natt : this->ports.ike);
	wanted->put(wanted, &target->target, target);
}

/**
 * Collect the sockets that are wanted.
 */
static hashtable_t *collect(private_strict_bind_binder_t *this,
							strict_bind_settings_t *settings, array_t *selected)
{
	hashtable_t *wanted = create_targets();
	strict_bind_local_t *local;
	u_int i, count = array_count(selected), capacity, left_out;

	capacity = get_capacity(count);
	left_out = count - min(count, capacity);
	if (left_out && left_out != this->left_out)
	{
		DBG1(DBG_NET, "strict-bind: %u addresses are left out, as no more than "
			 "%u files may be open; raise LimitNOFILE to %u or bind fewer",
			 left_out, capacity * 2 + RESERVED_FILES,
			 count * 2 + RESERVED_FILES);
	}
	this->left_out = left_out;
	for (i = 0; i < count - left_out; i++)
	{
		array_get(selected, i, &local);
		add_target(this, wanted, local, settings->bind_device, FALSE);
		add_target(this, wanted, local, settings->bind_device, TRUE);
	}
	return wanted;
}

/**
 * Close sockets that aren't wanted, and find those that are.
 */
static void release(private_strict_bind_binder_t *this, hashtable_t *wanted)
{
	strict_bind_names_t names;
	strict_bind_endpoint_t *endpoint;
	enumerator_t *enumerator;
	target_t *target;
	array_t *excess;
	char buf[BUF_LEN];

	excess = array_create(0, 0);
	enumerator = this->table->create_enumerator(this->table);
	while (enumerator->enumerate(enumerator, &endpoint))
	{
		target = wanted->get(wanted, &endpoint->target);
		if (target)
		{
			target->endpoint = endpoint;
			this->table->rename(this->table, endpoint, target->target.ifname);
		}
		else
		{
			array_insert(excess, ARRAY_TAIL, endpoint);
		}
	}
	enumerator->destroy(enumerator);

	names = strict_bind_names(buf, sizeof(buf));
	while (array_remove(excess, ARRAY_HEAD, &endpoint))
	{
		strict_bind_names_add(&names, "%#H (%s)", endpoint->target.host,
							  endpoint->target.ifname);
		strict_bind_tell("released", &endpoint->target, 0);
		this->table->remove(this->table, endpoint);
	}
	array_destroy(excess);
	if (names.count)
	{
		DBG1(DBG_NET, "strict-bind: released %s", buf);
	}
}

/**
 * Change options of sockets that stay.
 */
static void configure(private_strict_bind_binder_t *this,
					  const strict_bind_options_t *options)
{
	strict_bind_endpoint_t *endpoint;
	enumerator_t *enumerator;
	const char *failed;
	bool logged = FALSE;

	if (memeq(&this->options, options, sizeof(*options)))
	{
		return;
	}
	enumerator = this->table->create_enumerator(this->table);
	while (enumerator->enumerate(enumerator, &endpoint))
	{
		if (!endpoint->configure(endpoint, options, &failed) && !logged)
		{
			DBG1(DBG_NET, "strict-bind: can't %s %#H and maybe others: %s",
				 failed, endpoint->target.host, strerror(errno));
			logged = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	this->options = *options;
}

/**
 * Have IKE packets of a new socket bypass IPsec policies.
 */
static bool set_bypass(private_strict_bind_binder_t *this,
					   strict_bind_endpoint_t *endpoint)
{
	host_t *host = endpoint->target.host;
	int family = host->get_family(host);
	bool *done = &this->port_bypassed[family == AF_INET6]
									 [endpoint->target.natt];

	if (!lib->settings->get_bool(lib->settings,
					"%s.plugins.kernel-netlink.port_bypass", FALSE, lib->ns))
	{
		return charon->kernel->bypass_socket(charon->kernel, endpoint->fd,
											 family);
	}
	/* a policy for the port, whatever the address: there can be but one */
	if (!*done)
	{
		*done = charon->kernel->bypass_socket(charon->kernel, endpoint->fd,
											  family);
	}
	return *done;
}

/**
 * Have the kernel treat a new socket as one of an IKE daemon.
 */
static void set_kernel(private_strict_bind_binder_t *this,
					   strict_bind_endpoint_t *endpoint)
{
	host_t *host = endpoint->target.host;
	int family = host->get_family(host);

	if (!set_bypass(this, endpoint) && !this->bypass_failed)
	{
		DBG1(DBG_NET, "strict-bind: installing the IKE bypass policy of %#H "
			 "and maybe others failed", host);
		this->bypass_failed = TRUE;
	}
	if (endpoint->target.natt &&
		!charon->kernel->enable_udp_decap(charon->kernel, endpoint->fd, family,
										  this->ports.natt) &&
		!this->decap_failed)
	{
		DBG1(DBG_NET, "strict-bind: enabling UDP decapsulation on %#H and "
			 "maybe others failed", host);
		this->decap_failed = TRUE;
	}
}

/**
 * Log that a socket can't be opened, if that is new.
 */
static void log_failure(private_strict_bind_binder_t *this, target_t *target,
						const char *failed, u_int *logged)
{
	host_t *host = target->target.host;
	target_t *before;

	before = this->failed->get(this->failed, &target->target);
	if (before && before->error == target->error)
	{
		strcpy(target->holder, before->holder);
		return;
	}
	if (target->error == EADDRNOTAVAIL)
	{	/* an IPv6 address that is being checked for duplicates, or the
		 * interface is down: nothing to act on */
		DBG2(DBG_NET, "strict-bind: %H isn't usable yet", host);
		return;
	}
	strict_bind_tell("failed", &target->target, target->error);
	if ((*logged)++ < FAILURES_LOGGED)
	{
		if (target->error == EADDRINUSE)
		{
			strict_bind_holder(host, target->holder, sizeof(target->holder));
		}
		DBG1(DBG_NET, "strict-bind: can't %s %#H (%s): %s%s%s; trying again "
			 "until it works", failed, host, target->target.ifname,
			 strerror(target->error), *target->holder ? " by " : "",
			 target->holder);
	}
}

/**
 * Open sockets that are wanted but not there.
 */
static bool acquire(private_strict_bind_binder_t *this, hashtable_t *wanted)
{
	strict_bind_names_t names;
	strict_bind_endpoint_t *endpoint;
	enumerator_t *enumerator;
	hashtable_t *failures = create_targets();
	target_t *target;
	const char *failed;
	char buf[BUF_LEN];
	u_int logged = 0;

	names = strict_bind_names(buf, sizeof(buf));
	enumerator = wanted->create_enumerator(wanted);
	while (enumerator->enumerate(enumerator, NULL, &target))
	{
		if (target->endpoint)
		{
			continue;
		}
		failed = "poll";
		endpoint = strict_bind_endpoint_create(&target->target, &this->options,
											   &failed);
		if (endpoint)
		{
			set_kernel(this, endpoint);
			if (this->table->add(this->table, endpoint))
			{
				strict_bind_names_add(&names, "%#H (%s)", target->target.host,
									  target->target.ifname);
				strict_bind_tell("bound", &target->target, 0);
				continue;
			}
			target->error = errno;
			endpoint->destroy(endpoint);
		}
		else
		{
			target->error = errno;
		}
		log_failure(this, target, failed, &logged);
		wanted->remove_at(wanted, enumerator);
		failures->put(failures, &target->target, target);
	}
	enumerator->destroy(enumerator);

	if (names.count)
	{
		DBG1(DBG_NET, "strict-bind: bound %s", buf);
	}
	if (logged > FAILURES_LOGGED)
	{
		DBG1(DBG_NET, "strict-bind: can't bind %u more",
			 logged - FAILURES_LOGGED);
	}
	this->failed->destroy_function(this->failed, target_destroy);
	this->failed = failures;
	return failures->get_count(failures) == 0;
}

METHOD(strict_bind_binder_t, bind_, bool,
	private_strict_bind_binder_t *this, strict_bind_settings_t *settings,
	array_t *selected)
{
	strict_bind_options_t options = {
		.mark = settings->mark,
		.rcvbuf = settings->rcvbuf,
		.sndbuf = settings->sndbuf,
	};
	hashtable_t *wanted;
	bool complete;

	wanted = collect(this, settings, selected);
	/* first, as what goes may be in the way of what comes */
	release(this, wanted);
	configure(this, &options);
	complete = acquire(this, wanted);
	wanted->destroy_function(wanted, target_destroy);
	return complete;
}

METHOD(strict_bind_binder_t, list, void,
	private_strict_bind_binder_t *this, strict_bind_list_t cb, void *data)
{
	strict_bind_endpoint_t *endpoint;
	enumerator_t *enumerator;
	target_t *target;

	enumerator = this->table->create_enumerator(this->table);
	while (enumerator->enumerate(enumerator, &endpoint))
	{
		cb(data, &endpoint->target, 0, "");
	}
	enumerator->destroy(enumerator);
	enumerator = this->failed->create_enumerator(this->failed);
	while (enumerator->enumerate(enumerator, NULL, &target))
	{
		cb(data, &target->target, target->error, target->holder);
	}
	enumerator->destroy(enumerator);
}

METHOD(strict_bind_binder_t, destroy, void,
	private_strict_bind_binder_t *this)
{
	this->failed->destroy_function(this->failed, target_destroy);
	free(this);
}

strict_bind_binder_t *strict_bind_binder_create(strict_bind_table_t *table,
												strict_bind_ports_t ports)
{
	private_strict_bind_binder_t *this;

	INIT(this,
		.public = {
			.bind = _bind_,
			.list = _list,
			.destroy = _destroy,
		},
		.table = table,
		.ports = ports,
		.failed = create_targets(),
	);
	return &this->public;
}
