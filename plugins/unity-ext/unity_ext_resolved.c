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
 * How often and in what interval, in microseconds, to try again with a link
 * that the service doesn't know yet, as it is told by the kernel, too.
 */
#define TRIES 100
#define INTERVAL 20000

/**
 * Room for a reason.
 */
static __thread char described[256];

/**
 * Describe a failure.
 */
static const char *describe(const char *what, int error, sd_bus_error *details)
{
	snprintf(described, sizeof(described), "%s: %s", what,
			 sd_bus_error_is_set(details) && details->message ?
			 details->message : strerror(-error));
	sd_bus_error_free(details);
	return described;
}

/**
 * Connect to the system's bus.
 */
static sd_bus *connect_bus(const char **reason)
{
	sd_bus_error details = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int error;

	error = sd_bus_open_system(&bus);
	if (error < 0)
	{
		*reason = describe("can't connect to D-Bus", error, &details);
		return NULL;
	}
	sd_bus_set_method_call_timeout(bus, TIMEOUT);
	return bus;
}

/**
 * Add servers to a message.
 */
static int append_servers(sd_bus_message *message, const char *servers)
{
	enumerator_t *enumerator;
	host_t *host;
	chunk_t addr;
	char *token;
	int error;

	error = sd_bus_message_open_container(message, 'a', "(iay)");
	enumerator = enumerator_create_token(servers, " ", "");
	while (error >= 0 && enumerator->enumerate(enumerator, &token))
	{
		host = host_create_from_string(token, 0);
		if (!host)
		{
			error = -EINVAL;
			break;
		}
		addr = host->get_address(host);
		error = sd_bus_message_open_container(message, 'r', "iay");
		if (error >= 0)
		{
			error = sd_bus_message_append(message, "i",
										  host->get_family(host));
		}
		if (error >= 0)
		{
			error = sd_bus_message_append_array(message, 'y', addr.ptr,
												addr.len);
		}
		if (error >= 0)
		{
			error = sd_bus_message_close_container(message);
		}
		host->destroy(host);
	}
	enumerator->destroy(enumerator);
	return error < 0 ? error : sd_bus_message_close_container(message);
}

/**
 * Add domains to an open array of a message.
 */
static int append_domains(sd_bus_message *message, const char *domains,
						  bool route_only)
{
	enumerator_t *enumerator;
	char *token;
	int error = 0;

	enumerator = enumerator_create_token(domains, " ", "");
	while (error >= 0 && enumerator->enumerate(enumerator, &token))
	{
		error = sd_bus_message_append(message, "(sb)", token, route_only);
	}
	enumerator->destroy(enumerator);
	return error;
}

/**
 * Call a method of the service about a link, again while it doesn't know it.
 */
static const char *call(sd_bus *bus, sd_bus_message *message)
{
	sd_bus_error details = SD_BUS_ERROR_NULL;
	int error, i;

	for (i = 0; i < TRIES; i++)
	{
		sd_bus_error_free(&details);
		/* a sealed message may be sent more than once */
		error = sd_bus_call(bus, message, 0, &details, NULL);
		if (error >= 0 ||
			!sd_bus_error_has_name(&details, SERVICE ".NoSuchLink"))
		{
			break;
		}
		usleep(INTERVAL);
	}
	return error < 0 ? describe(sd_bus_message_get_member(message), error,
								&details) : NULL;
}

/**
 * Begin a call about a link.
 */
static int begin(sd_bus *bus, const char *method, u_int link,
				 sd_bus_message **message)
{
	int error;

	error = sd_bus_message_new_method_call(bus, message, SERVICE, OBJECT,
										   MANAGER, method);
	return error < 0 ? error : sd_bus_message_append(*message, "i", link);
}

/**
 * Set the servers of a link.
 */
static const char *set_servers(sd_bus *bus, u_int link, const char *servers)
{
	sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *message = NULL;
	const char *reason;
	int error;

	error = begin(bus, "SetLinkDNS", link, &message);
	if (error >= 0)
	{
		error = append_servers(message, servers);
	}
	reason = error < 0 ? describe("SetLinkDNS", error, &none) :
						 call(bus, message);
	sd_bus_message_unref(message);
	return reason;
}

/**
 * Set the domains of a link.
 */
static const char *set_domains(sd_bus *bus, u_int link, const char *domains,
							   const char *search)
{
	sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *message = NULL;
	const char *reason;
	int error;

	error = begin(bus, "SetLinkDomains", link, &message);
	if (error >= 0)
	{
		error = sd_bus_message_open_container(message, 'a', "(sb)");
	}
	if (error >= 0)
	{
		error = append_domains(message, search, FALSE);
	}
	if (error >= 0)
	{
		error = append_domains(message, domains, TRUE);
	}
	if (error >= 0)
	{
		error = sd_bus_message_close_container(message);
	}
	reason = error < 0 ? describe("SetLinkDomains", error, &none) :
						 call(bus, message);
	sd_bus_message_unref(message);
	return reason;
}

/**
 * Keep names in no domain of any link away from a link.
 */
static const char *unset_default_route(sd_bus *bus, u_int link)
{
	sd_bus_error none = SD_BUS_ERROR_NULL;
	sd_bus_message *message = NULL;
	const char *reason;
	int error;

	error = begin(bus, "SetLinkDefaultRoute", link, &message);
	if (error >= 0)
	{
		error = sd_bus_message_append(message, "b", FALSE);
	}
	reason = error < 0 ? describe("SetLinkDefaultRoute", error, &none) :
						 call(bus, message);
	sd_bus_message_unref(message);
	return reason;
}

const char *unity_ext_resolved_set(const char *interface, const char *servers,
								   const char *domains, const char *search)
{
	const char *reason = NULL;
	u_int link = if_nametoindex(interface);
	sd_bus *bus;

	if (!link)
	{
		return "there is no such interface";
	}
	bus = connect_bus(&reason);
	if (bus)
	{
		/* the domains last: until then nothing is resolved there */
		reason = unset_default_route(bus, link) ?:
				 set_servers(bus, link, servers) ?:
				 set_domains(bus, link, domains, search);
		sd_bus_flush_close_unref(bus);
	}
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

const char *unity_ext_resolved_used(const char *interface, bool *used)
{
	sd_bus_error details = SD_BUS_ERROR_NULL;
	u_int link = if_nametoindex(interface);
	sd_bus_message *message = NULL;
	const char *reason = NULL, *path;
	sd_bus *bus;
	int error;

	if (!link)
	{
		return "there is no such interface";
	}
	bus = connect_bus(&reason);
	if (!bus)
	{
		return reason;
	}
	error = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "GetLink",
							   &details, &message, "i", link);
	if (error >= 0)
	{
		error = sd_bus_message_read(message, "o", &path);
	}
	if (error >= 0)
	{
		error = has_entries(bus, path, "DNS", "a(iay)", &details);
	}
	if (error == 0)
	{
		error = has_entries(bus, path, "Domains", "a(sb)", &details);
	}
	*used = error > 0;
	if (error < 0)
	{
		reason = describe("GetLink", error, &details);
	}
	sd_bus_message_unref(message);
	sd_bus_flush_close_unref(bus);
	return reason;
}

const char *unity_ext_resolved_revert(const char *interface)
{
	sd_bus_error none = SD_BUS_ERROR_NULL;
	u_int link = if_nametoindex(interface);
	sd_bus_message *message = NULL;
	const char *reason = NULL;
	sd_bus *bus;
	int error;

	if (!link)
	{
		return NULL;
	}
	bus = connect_bus(&reason);
	if (bus)
	{
		error = begin(bus, "RevertLink", link, &message);
		reason = error < 0 ? describe("RevertLink", error, &none) :
							 call(bus, message);
		sd_bus_message_unref(message);
		sd_bus_flush_close_unref(bus);
	}
	return reason;
}
