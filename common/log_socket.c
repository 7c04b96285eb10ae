/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "log_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct private_log_socket_t private_log_socket_t;

struct private_log_socket_t {
	log_socket_t public;
	const char *path;
	/** -1 if it isn't connected */
	int fd;
	/** it didn't take a datagram in time */
	bool stuck;
};

METHOD(log_socket_t, open_, int,
	private_log_socket_t *this)
{
	const struct timeval timeout = {
		.tv_usec = LOG_SOCKET_TIMEOUT * 1000,
	};
	struct sockaddr_un addr = {
		.sun_family = AF_UNIX,
	};
	int fd, error;

	if (this->fd >= 0)
	{
		return 0;
	}
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", this->path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
	{
		return errno;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) ||
		connect(fd, (struct sockaddr*)&addr, sizeof(addr)))
	{
		error = errno;
		close(fd);
		return error;
	}
	this->fd = fd;
	return 0;
}

/**
 * Send a datagram. Returns 0 or an errno.
 */
static int send_once(private_log_socket_t *this, chunk_t datagram)
{
	int flags = MSG_NOSIGNAL | (this->stuck ? MSG_DONTWAIT : 0);
	int error = open_(this);
	bool sent;

	if (error)
	{
		return error;
	}
	sent = send(this->fd, datagram.ptr, datagram.len, flags) >= 0;
	this->stuck = !sent && (errno == EAGAIN || errno == EWOULDBLOCK);
	return sent ? 0 : errno;
}

METHOD(log_socket_t, send_, int,
	private_log_socket_t *this, chunk_t datagram)
{
	int error = send_once(this, datagram);

	if (this->fd < 0 ||
		(error != ECONNREFUSED && error != ENOTCONN && error != ECONNRESET))
	{
		return error;
	}
	close(this->fd);
	this->fd = -1;
	return send_once(this, datagram);
}

METHOD(log_socket_t, destroy, void,
	private_log_socket_t *this)
{
	if (this->fd >= 0)
	{
		close(this->fd);
	}
	free(this);
}

log_socket_t *log_socket_create(const char *path)
{
	private_log_socket_t *this;

	INIT(this,
		.public = {
			.open = _open_,
			.send = _send_,
			.destroy = _destroy,
		},
		.path = path,
		.fd = -1,
	);
	return &this->public;
}
