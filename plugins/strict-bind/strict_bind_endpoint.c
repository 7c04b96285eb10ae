/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_endpoint.h"

#include <errno.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

typedef struct private_strict_bind_endpoint_t private_strict_bind_endpoint_t;

struct private_strict_bind_endpoint_t {
	strict_bind_endpoint_t public;
	refcount_t ref;
	/** buffers that the system gave to the new socket */
	int rcvbuf;
	int sndbuf;
};

/**
 * Set the size of a buffer, whatever the system's limit if we are allowed to.
 */
static bool set_buffer(int fd, int forced, int option, int size)
{
	return setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) == 0 ||
		   setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size)) == 0;
}

METHOD(strict_bind_endpoint_t, configure, bool,
	private_strict_bind_endpoint_t *this, const strict_bind_options_t *options,
	const char **failed)
{
	int fd = this->public.fd;

	*failed = "set fwmark on";
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &options->mark,
				   sizeof(options->mark)) < 0 &&
		(options->mark || errno != EPERM))
	{
		return FALSE;
	}
	*failed = "set rcvbuf on";
	if (!set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF,
					options->rcvbuf ?: this->rcvbuf))
	{
		return FALSE;
	}
	*failed = "set sndbuf on";
	return set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF,
					  options->sndbuf ?: this->sndbuf);
}

METHOD(strict_bind_endpoint_t, send_, bool,
	private_strict_bind_endpoint_t *this, packet_t *packet)
{
	host_t *dst = packet->get_destination(packet);
	chunk_t data = packet->get_data(packet);
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = {
		.iov_base = data.ptr,
		.iov_len = data.len,
	};
	struct msghdr msg = {
		.msg_name = dst->get_sockaddr(dst),
		.msg_namelen = *dst->get_sockaddr_len(dst),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	struct cmsghdr *cmsg;
	int tos = packet->get_dscp(packet) << 2;

	if (tos)
	{
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		if (dst->get_family(dst) == AF_INET)
		{
			cmsg->cmsg_level = SOL_IP;
			cmsg->cmsg_type = IP_TOS;
		}
		else
		{
			cmsg->cmsg_level = SOL_IPV6;
			cmsg->cmsg_type = IPV6_TCLASS;
		}
		cmsg->cmsg_len = CMSG_LEN(sizeof(tos));
		memcpy(CMSG_DATA(cmsg), &tos, sizeof(tos));
	}
	return sendmsg(this->public.fd, &msg, 0) == data.len;
}

METHOD(strict_bind_endpoint_t, get_ref, strict_bind_endpoint_t*,
	private_strict_bind_endpoint_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(strict_bind_endpoint_t, destroy, void,
	private_strict_bind_endpoint_t *this)
{
	if (ref_put(&this->ref))
	{
		if (this->public.fd >= 0)
		{
			close(this->public.fd);
		}
		this->public.target.host->destroy(this->public.target.host);
		free(this);
	}
}

/**
 * Get the half of a buffer's size that setting it takes.
 */
static int get_buffer(int fd, int option)
{
	int size = 0;
	socklen_t len = sizeof(size);

	getsockopt(fd, SOL_SOCKET, option, &size, &len);
	return size / 2;
}

/**
 * Open and bind the socket.
 */
static bool open_socket(private_strict_bind_endpoint_t *this,
						const strict_bind_options_t *options,
						const char **failed)
{
	strict_bind_target_t *target = &this->public.target;
	host_t *host = target->host;
	int family = host->get_family(host), fd, on = 1;

	*failed = "open a socket for";
	this->public.fd = fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC,
								  IPPROTO_UDP);
	if (fd < 0)
	{
		return FALSE;
	}
	*failed = "bind to the interface of";
	if (target->device && setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX,
							&target->device, sizeof(target->device)) < 0)
	{
		return FALSE;
	}
	if (family == AF_INET6)
	{
		setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	*failed = "bind";
	if (bind(fd, host->get_sockaddr(host), *host->get_sockaddr_len(host)) < 0)
	{
		return FALSE;
	}
	this->rcvbuf = get_buffer(fd, SO_RCVBUF);
	this->sndbuf = get_buffer(fd, SO_SNDBUF);
	return configure(this, options, failed);
}

strict_bind_endpoint_t *strict_bind_endpoint_create(
									const strict_bind_target_t *target,
									const strict_bind_options_t *options,
									const char **failed)
{
	private_strict_bind_endpoint_t *this;
	int error;

	INIT(this,
		.public = {
			.target = *target,
			.fd = -1,
			.configure = _configure,
			.send = _send_,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.ref = 1,
	);
	this->public.target.host = target->host->clone(target->host);
	if (!open_socket(this, options, failed))
	{
		error = errno;
		destroy(this);
		errno = error;
		return NULL;
	}
	return &this->public;
}
