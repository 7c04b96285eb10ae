/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_target.h"

#include <log_file.h>
#include <log_socket.h>
#include <threading/mutex.h>

#include <errno.h>
#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

typedef struct private_peer_log_target_t private_peer_log_target_t;

struct private_peer_log_target_t {
	peer_log_target_t public;
	const peer_log_terms_t *terms;
	const char *rule;
	/** file, -1 if it is none */
	int fd;
	/** that of journald, NULL if it isn't */
	log_socket_t *socket;
	u_int dropped;
	int error;
	/** guards all above, and keeps lines of a message together */
	mutex_t *mutex;
};

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
					 : this->socket->send(this->socket, datagram);
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
	fd = log_file_open(this->terms->file, O_WRONLY);
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
	DESTROY_IF(this->socket);
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_log_target_t *peer_log_target_create(const peer_log_terms_t *terms,
										  const char *rule, int *error)
{
	private_peer_log_target_t *this;
	log_socket_t *socket = NULL;
	int fd = -1;

	*error = 0;
	if (terms->journal)
	{
		socket = log_socket_create(LOG_SOCKET_JOURNAL);
		*error = socket->open(socket);
	}
	else if (terms->file)
	{
		fd = log_file_open(terms->file, O_WRONLY);
		*error = fd < 0 ? errno : 0;
	}
	if (*error)
	{
		DESTROY_IF(socket);
		return NULL;
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
		.socket = socket,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
