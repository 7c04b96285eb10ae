/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_resolved.h"

#include <networking/host.h>

#include <errno.h>
#include <net/if.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define SERVICE "org.freedesktop.resolve1"
#define OBJECT "/org/freedesktop/resolve1"
#define MANAGER SERVICE ".Manager"
#define LINK SERVICE ".Link"

/**
 * How long an answer may take, in microseconds: D-Bus may have to start the
 * service.
 */
#define TIMEOUT 5000000

/**
 * As above, while charon stops.
 */
#define STOP_TIMEOUT 200000

/**
 * How often and in what interval, in microseconds, to try again with a link
 * that the service doesn't know yet, as it is told by the kernel, too.
 */
#define TRIES 100
#define INTERVAL 20000

/**
 * Messages about the service's name.
 */
#define MATCH "type='signal',sender='org.freedesktop.DBus'," \
	"path='/org/freedesktop/DBus',interface='org.freedesktop.DBus'," \
	"member='NameOwnerChanged',arg0='" SERVICE "'"

/**
 * Why there is nothing to set anything for.
 */
#define NO_INTERFACE "there is no such interface"

typedef struct private_unity_ext_resolved_t private_unity_ext_resolved_t;

struct private_unity_ext_resolved_t {
	unity_ext_resolved_t public;
	/** used by who creates it, then by the watcher alone */
	sd_bus *bus;
	/** set once, by the watcher */
	volatile bool dead;
	void (*changed)(void *data);
	void *data;
};

/**
 * Room for a reason.
 */
static __thread char described[256];

/**
 * Describe a failure, NULL if it isn't one.
 */
static const char *describe(const char *what, int error, sd_bus_error *details)
{
	if (error >= 0)
	{
		return NULL;
	}
	snprintf(described, sizeof(described), "%s: %s", what,
			 sd_bus_error_is_set(details) && details->message ?
			 details->message : strerror(-error));
	sd_bus_error_free(details);
	return described;
}

/**
 * Does the bus have what we wait for?
 */
typedef bool (*ready_t)(sd_bus *bus, void *data);

static bool is_ready(sd_bus *bus, void *data)
{
	return sd_bus_is_ready(bus) != 0;
}

static bool has_reply(sd_bus *bus, void *data)
{
	return *(sd_bus_message**)data != NULL;
}

/**
 * Wait for something. libsystemd's own functions can't be told to stop, and
 * some wait much longer for a bus that hangs.
 */
static int wait_bus(sd_bus *bus, ready_t ready, void *data,
					const volatile bool *stop)
{
	bool stopping = *stop;
	int64_t left = stopping ? STOP_TIMEOUT : TIMEOUT;
	int more = 1;

	while (more >= 0 && !ready(bus, data))
	{
		more = sd_bus_process(bus, NULL);
		if (more == 0 && (left <= 0 || *stop != stopping))
		{
			more = -ETIMEDOUT;
		}
		if (more == 0)
		{
			more = sd_bus_wait(bus, INTERVAL);
			left -= INTERVAL;
		}
	}
	return more;
}

/**
 * Connect to the system's bus.
 */
static const char *connect_bus(sd_bus **bus, const volatile bool *stop)
{
	sd_bus_error none = SD_BUS_ERROR_NULL;
	int error;

	error = sd_bus_open_system(bus);
	if (error >= 0)
	{
		sd_bus_set_method_call_timeout(*bus, TIMEOUT);
		error = wait_bus(*bus, is_ready, NULL, stop);
	}
	return describe("can't connect to D-Bus", error, &none);
}

/**
 * Keep a reply.
 */
static int keep_reply(sd_bus_message *message, void *data, sd_bus_error *error)
{
	*(sd_bus_message**)data = sd_bus_message_ref(message);
	return 1;
}

/**
 * As sd_bus_call(), but bounded as above.
 */
static int call_bus(sd_bus *bus, sd_bus_message *message, sd_bus_error *details,
					sd_bus_message **reply, const volatile bool *stop)
{
	sd_bus_message *received = NULL;
	sd_bus_slot *slot = NULL;
	int error;

	error = sd_bus_call_async(bus, &slot, message, keep_reply, &received, 0);
	if (error >= 0)
	{
		error = wait_bus(bus, has_reply, &received, stop);
	}
	sd_bus_slot_unref(slot);
	if (received && sd_bus_message_is_method_error(received, NULL))
	{
		error = -sd_bus_message_get_errno(received);
		sd_bus_error_copy(details, sd_bus_message_get_error(received));
	}
	if (reply && error >= 0)
	{
		*reply = sd_bus_message_ref(received);
	}
	sd_bus_message_unref(received);
	return error;
}

/**
 * Append what a method takes. If something couldn't be, sd_bus_call() refuses
 * the message.
 */
typedef void (*append_t)(sd_bus_message *message,
						 const unity_ext_record_t *record);

static void append_no(sd_bus_message *message, const unity_ext_record_t *record)
{
	sd_bus_message_append(message, "b", FALSE);
}

static void append_servers(sd_bus_message *message,
						   const unity_ext_record_t *record)
{
	enumerator_t *enumerator;
	host_t *host;
	chunk_t addr;
	char *token;

	sd_bus_message_open_container(message, 'a', "(iay)");
	enumerator = enumerator_create_token(record->dns, " ", "");
	while (enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		if (host)
		{
			addr = host->get_address(host);
			sd_bus_message_open_container(message, 'r', "iay");
			sd_bus_message_append(message, "i", host->get_family(host));
			sd_bus_message_append_array(message, 'y', addr.ptr, addr.len);
			sd_bus_message_close_container(message);
			host->destroy(host);
		}
	}
	enumerator->destroy(enumerator);
	sd_bus_message_close_container(message);
}

static void append_list(sd_bus_message *message, const char *domains,
						bool route_only)
{
	enumerator_t *enumerator;
	char *token;

	enumerator = enumerator_create_token(domains, " ", "");
	while (enumerator->enumerate(enumerator, &token))
	{
		sd_bus_message_append(message, "(sb)", token, route_only);
	}
	enumerator->destroy(enumerator);
}

static void append_domains(sd_bus_message *message,
						   const unity_ext_record_t *record)
{
	sd_bus_message_open_container(message, 'a', "(sb)");
	append_list(message, record->default_domain, FALSE);
	append_list(message, record->domains, TRUE);
	sd_bus_message_close_container(message);
}

/**
 * Call a method of the service about a link, again while it doesn't know it.
 */
static const char *call(sd_bus *bus, u_int link, const char *method,
						append_t append, const unity_ext_record_t *record,
						const volatile bool *stop)
{
	sd_bus_error details = SD_BUS_ERROR_NULL;
	sd_bus_message *message = NULL;
	u_int tries = 0;
	int error;

	error = sd_bus_message_new_method_call(bus, &message, SERVICE, OBJECT,
										   MANAGER, method);
	if (error >= 0)
	{
		sd_bus_message_append(message, "i", link);
		if (append)
		{
			append(message, record);
		}
		/* a sealed message may be sent more than once */
		while ((error = call_bus(bus, message, &details, NULL, stop)) < 0 &&
			   sd_bus_error_has_name(&details, SERVICE ".NoSuchLink") &&
			   ++tries < TRIES && !*stop)
		{
			sd_bus_error_free(&details);
			usleep(INTERVAL);
		}
	}
	sd_bus_message_unref(message);
	return describe(method, error, &details);
}

const char *unity_ext_resolved_set(const unity_ext_record_t *record,
								   const volatile bool *stop)
{
	u_int link = if_nametoindex(record->interface);
	const char *reason;
	sd_bus *bus = NULL;

	if (!link)
	{
		return NO_INTERFACE;
	}
	/* names in no domain of any link are kept away from it, and the domains
	 * come last: until then nothing is resolved there */
	reason = connect_bus(&bus, stop) ?:
			 call(bus, link, "SetLinkDefaultRoute", append_no, record, stop) ?:
			 call(bus, link, "SetLinkDNS", append_servers, record, stop) ?:
			 call(bus, link, "SetLinkDomains", append_domains, record, stop);
	sd_bus_close_unref(bus);
	return reason;
}

/**
 * Is a property of a link, an array, not empty?
 */
static int has_entries(sd_bus *bus, const char *path, const char *property,
					   const char *type, sd_bus_error *details)
{
	sd_bus_message *message = NULL;
	int error;

	error = sd_bus_get_property(bus, SERVICE, path, LINK, property, details,
								&message, type);
	if (error >= 0)
	{
		error = sd_bus_message_enter_container(message, 'a', type + 1);
	}
	if (error >= 0)
	{
		error = !sd_bus_message_at_end(message, FALSE);
	}
	sd_bus_message_unref(message);
	return error;
}

const char *unity_ext_resolved_used(const char *interface, bool *used,
									const volatile bool *stop)
{
	sd_bus_error details = SD_BUS_ERROR_NULL;
	u_int link = if_nametoindex(interface);
	sd_bus_message *message = NULL, *reply = NULL;
	const char *reason, *path;
	sd_bus *bus = NULL;
	int error;

	if (!link)
	{
		return NO_INTERFACE;
	}
	reason = connect_bus(&bus, stop);
	if (!reason)
	{
		error = sd_bus_message_new_method_call(bus, &message, SERVICE, OBJECT,
											   MANAGER, "GetLink");
		if (error >= 0)
		{
			sd_bus_message_append(message, "i", link);
			error = call_bus(bus, message, &details, &reply, stop);
		}
		if (error >= 0)
		{
			error = sd_bus_message_read(reply, "o", &path);
		}
		if (error >= 0)
		{
			error = has_entries(bus, path, "DNS", "a(iay)", &details) ?:
					has_entries(bus, path, "Domains", "a(sb)", &details);
		}
		*used = error > 0;
		reason = describe("GetLink", error, &details);
	}
	sd_bus_message_unref(reply);
	sd_bus_message_unref(message);
	sd_bus_close_unref(bus);
	return reason;
}

const char *unity_ext_resolved_revert(const char *interface,
									  const volatile bool *stop)
{
	u_int link = if_nametoindex(interface);
	const char *reason = NULL;
	sd_bus *bus = NULL;

	if (link)
	{
		reason = connect_bus(&bus, stop) ?:
				 call(bus, link, "RevertLink", NULL, NULL, stop);
		sd_bus_close_unref(bus);
	}
	return reason;
}

/**
 * The name has another owner.
 */
static int owner_changed(sd_bus_message *message, void *data,
						 sd_bus_error *error)
{
	private_unity_ext_resolved_t *this = data;
	const char *name, *before, *now;

	if (sd_bus_message_read(message, "sss", &name, &before, &now) >= 0 && *now)
	{
		this->changed(this->data);
	}
	return 0;
}

/**
 * Handle what was received. Returns FALSE if the connection is lost.
 */
static bool process(private_unity_ext_resolved_t *this)
{
	int more;

	do
	{
		more = sd_bus_process(this->bus, NULL);
	}
	while (more > 0);
	return more == 0;
}

CALLBACK(receive, bool,
	private_unity_ext_resolved_t *this, int fd, watcher_event_t event)
{
	if (process(this))
	{
		return TRUE;
	}
	this->dead = TRUE;
	this->changed(this->data);
	return FALSE;
}

METHOD(unity_ext_resolved_t, is_alive, bool,
	private_unity_ext_resolved_t *this)
{
	return !this->dead;
}

METHOD(unity_ext_resolved_t, destroy, void,
	private_unity_ext_resolved_t *this)
{
	lib->watcher->remove(lib->watcher, sd_bus_get_fd(this->bus));
	sd_bus_close_unref(this->bus);
	free(this);
}

unity_ext_resolved_t *unity_ext_resolved_create(void (*changed)(void *data),
												void *data,
												const volatile bool *stop)
{
	private_unity_ext_resolved_t *this;

	INIT(this,
		.public = {
			.is_alive = _is_alive,
			.destroy = _destroy,
		},
		.changed = changed,
		.data = data,
	);
	if (connect_bus(&this->bus, stop) ||
		sd_bus_add_match(this->bus, NULL, MATCH, owner_changed, this) < 0 ||
		!process(this))
	{
		sd_bus_close_unref(this->bus);
		free(this);
		return NULL;
	}
	lib->watcher->add(lib->watcher, sd_bus_get_fd(this->bus), WATCHER_READ,
					  receive, this);
	return &this->public;
}
