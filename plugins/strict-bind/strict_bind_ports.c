/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_ports.h"

#include <option_value.h>

#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

/**
 * Ports if none are set, RFC 7296 section 2 and RFC 3948 section 2.
 */
#define IKE_PORT 500
#define NATT_PORT 4500

/**
 * Read a port.
 */
static bool load_port(settings_t *settings, const char *ns, const char *key,
					  u_int def, uint16_t *port)
{
	uint32_t value = def;
	char *str;

	str = settings->get_str(settings, "%s.%s", NULL, ns, key);
	if (str && !option_number_parse(str, 0, UINT16_MAX, &value))
	{
		DBG1(DBG_CFG, "strict-bind: %s.%s = \"%s\": expected 0-65535", ns, key,
			 str);
		return FALSE;
	}
	*port = value;
	return TRUE;
}

bool strict_bind_ports_load(settings_t *settings, const char *ns,
							strict_bind_ports_t *ports)
{
	bool valid;

	valid = load_port(settings, ns, "port", IKE_PORT, &ports->ike);
	valid &= load_port(settings, ns, "port_nat_t", NATT_PORT,
					   &ports->natt);
	if (valid && ports->ike && ports->ike == ports->natt)
	{
		DBG1(DBG_CFG, "strict-bind: %s.port_nat_t = \"%u\": expected another "
			 "port than %s.port", ns, ports->natt, ns);
		return FALSE;
	}
	return valid;
}

/**
 * Have the kernel choose a port by binding it to any address for a moment:
 * that fails to choose one that is taken on any address of either family.
 */
static int choose(uint16_t *port)
{
	struct sockaddr_storage addr = {};
	socklen_t len = sizeof(struct sockaddr_in6);
	int fd, off = 0;

	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	if (fd >= 0)
	{
		addr.ss_family = AF_INET6;
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	}
	else
	{	/* no IPv6 in this kernel */
		addr.ss_family = AF_INET;
		len = sizeof(struct sockaddr_in);
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	}
	if (fd >= 0 && bind(fd, (struct sockaddr*)&addr, len) == 0 &&
		getsockname(fd, (struct sockaddr*)&addr, &len) == 0)
	{	/* both families have it in the same place */
		*port = ntohs(((struct sockaddr_in*)&addr)->sin_port);
	}
	return fd;
}

bool strict_bind_ports_choose(strict_bind_ports_t *ports)
{
	uint16_t *list[] = { &ports->ike, &ports->natt };
	int fds[countof(list)], i;
	bool chosen = TRUE;

	/* close them together, else both may get the same port */
	for (i = 0; i < countof(list); i++)
	{
		fds[i] = *list[i] ? -1 : choose(list[i]);
	}
	if (!ports->ike || !ports->natt)
	{
		DBG1(DBG_NET, "strict-bind: can't choose a random port: %s",
			 strerror(errno));
		chosen = FALSE;
	}
	for (i = 0; i < countof(list); i++)
	{
		if (fds[i] >= 0)
		{
			close(fds[i]);
		}
	}
	return chosen;
}
