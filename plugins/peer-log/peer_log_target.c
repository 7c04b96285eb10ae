/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_target.h"

#include <log_file.h>
#include <threading/mutex.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

typedef struct private_peer_log_target_t private_peer_log_target_t;

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/**
 * Milliseconds to wait for journald if it is busy.
 */
#define JOURNAL_TIMEOUT 100

struct private_peer_log_target_t {
	peer_log_target_t public;
	const peer_log_terms_t *terms;
	const char *rule;
	/** file or socket, -1 for syslog */
	int fd;
	/** journald didn't take a line in time, so it isn't waited for again until
	 * it takes one */
	bool stuck;
	u_int dropped;
	int error;
	/** guards all above, and keeps lines of a message together */
	mutex_t *mutex;
};

/**
 * Open the file or socket. Returns -1 if that fails.
 */
static int open_target(const peer_log_terms_t *terms)
{
	const struct sockaddr_un journal = {
		.sun_family = AF_UNIX,
		.sun_path = JOURNAL_SOCKET,
	};
	const struct timeval timeout = {
		.tv_usec = JOURNAL_TIMEOUT * 1000,
	};
	int fd;

	if (terms->file)
	{
		return log_file_open(terms->file, O_WRONLY);
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
		(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) ||
		 connect(fd, (struct sockaddr*)&journal, sizeof(journal))))
	{
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * Write all of a buffer to the file. Returns 0 or an errno.
 */
static int write_file(int fd, const char *buf, size_t len)
{
	ssize_t done;

	while (len)
	{
		done = write(fd, buf, len);
		if (done < 0)
		{
			if (errno == EINTR)
			{
				continue;
			}
			return errno;
		}
		buf += done;
		len -= done;
	}
	return 0;
}

/**
 * Send a datagram to journald. Returns 0 or an errno.
 */
static int send_once(private_peer_log_target_t *this, chunk_t datagram)
{
	int flags = MSG_NOSIGNAL | (this->stuck ? MSG_DONTWAIT : 0);
	bool sent;

	sent = send(this->fd, datagram.ptr, datagram.len, flags) >= 0;
	this->stuck = !sent && (errno == EAGAIN || errno == EWOULDBLOCK);
	return sent ? 0 : errno;
}

/**
 * Send a datagram to journald, which may have been restarted. Returns 0 or an
 * errno.
 */
static int send_journal(private_peer_log_target_t *this, chunk_t datagram)
{
	int fd, error = send_once(this, datagram);

	if (error != ECONNREFUSED && error != ENOTCONN && error != ECONNRESET)
	{
		return error;
	}
	fd = open_target(this->terms);
	if (fd < 0)
	{
		return errno;
	}
	close(this->fd);
	this->fd = fd;
	return send_once(this, datagram);
}

METHOD(peer_log_target_t, write_, void,
	private_peer_log_target_t *this, const peer_log_line_t *line)
{
	chunk_t datagram = chunk_empty;
	char *text = NULL;
	int error = 0;

	if (this->terms->journal)
	{
		datagram = peer_log_line_print_journal(line, this->rule);
	}
	else
	{
		text = peer_log_line_print(line);
	}
	if (!this->terms->journal && !this->terms->file)
	{
		syslog(peer_log_terms_facility(this->terms) | LOG_INFO, "%s %s",
			   this->rule, text);
	}
	else
	{
		this->mutex->lock(this->mutex);
		error = text ? write_file(this->fd, text, strlen(text))
					 : send_journal(this, datagram);
		if (error)
		{
			this->dropped++;
			this->error = error;
		}
		this->mutex->unlock(this->mutex);
	}
	chunk_free(&datagram);
	free(text);
}

METHOD(peer_log_target_t, reopen, int,
	private_peer_log_target_t *this)
{
	int fd;

	if (!this->terms->file)
	{
		return 0;
	}
	fd = open_target(this->terms);
	if (fd < 0)
	{
		return errno;
	}
	this->mutex->lock(this->mutex);
	close(this->fd);
	this->fd = fd;
	this->mutex->unlock(this->mutex);
	return 0;
}

METHOD(peer_log_target_t, get_dropped, u_int,
	private_peer_log_target_t *this, int *error)
{
	u_int dropped;

	this->mutex->lock(this->mutex);
	dropped = this->dropped;
	*error = this->error;
	this->dropped = 0;
	this->mutex->unlock(this->mutex);
	return dropped;
}

METHOD(peer_log_target_t, destroy, void,
	private_peer_log_target_t *this)
{
	if (this->fd >= 0)
	{
		close(this->fd);
	}
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_log_target_t *peer_log_target_create(const peer_log_terms_t *terms,
										  const char *rule, int *error)
{
	private_peer_log_target_t *this;
	int fd = -1;

	if (terms->file || terms->journal)
	{
		fd = open_target(terms);
		if (fd < 0)
		{
			*error = errno;
			return NULL;
		}
	}
	INIT(this,
		.public = {
			.write = _write_,
			.reopen = _reopen,
			.get_dropped = _get_dropped,
			.destroy = _destroy,
		},
		.terms = terms,
		.rule = rule,
		.fd = fd,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
