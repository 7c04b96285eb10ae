/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <threading/mutex.h>

/**
 * A holder may end, or another one come, between bind() and connect().
 */
#define TRIES 10

/**
 * What names begin with.
 */
#define PREFIX "charon-advanced/"

typedef struct private_owner_t private_owner_t;

struct private_owner_t {
	owner_t public;
	/** name of the socket */
	struct sockaddr_un addr;
	socklen_t len;
	/** whom to tell */
	void (*gained)(void *data);
	void *data;
	/** the name's, or connected to the holder's; -1 if there are no sockets */
	int fd;
	/** Whether it is ours, and who has it if not. Locked by mutex. */
	bool ours;
	pid_t holder;
	/** lock for ours and holder */
	mutex_t *mutex;
};

/**
 * Does the other end of a socket have the right to hold anything? Any user may
 * take a name, and must not be able to keep a daemon from its work by that.
 */
static bool may_hold(int fd, pid_t *holder)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) ||
		(cred.uid != 0 && cred.uid != geteuid() &&
		 cred.uid != lib->caps->get_uid(lib->caps)))
	{
		return FALSE;
	}
	*holder = cred.pid;
	return TRUE;
}

/**
 * Try once to get the name, or to connect to who has it.
 *
 * @param fd		a socket, bound or connected
 * @param ours		whether it got the name
 * @param holder	who has it, if not
 * @return			FALSE if it got neither
 */
static bool try_claim(private_owner_t *this, int fd, bool *ours, pid_t *holder)
{
	struct sockaddr *addr = (struct sockaddr*)&this->addr;

	if (bind(fd, addr, this->len) == 0)
	{
		/* connections are never accepted: they last until we are gone */
		return *ours = listen(fd, SOMAXCONN) == 0;
	}
	return errno == EADDRINUSE && connect(fd, addr, this->len) == 0 &&
		   may_hold(fd, holder);
}

/**
 * A socket as needed for a claim, -1 if that failed.
 */
static int open_socket()
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/**
 * Get the name, or connect to who has it. If neither can be had, as when it was
 * taken by somebody who may not, we work as if we were alone.
 *
 * @return			whether it is ours
 */
static bool claim(private_owner_t *this)
{
	pid_t holder = 0;
	bool ours = FALSE, done = FALSE;
	int i, fd;

	for (i = 0; i < TRIES && !done; i++)
	{
		fd = open_socket();
		done = try_claim(this, fd, &ours, &holder);
		if (done)
		{	/* the watcher goes on with the same number */
			dup3(fd, this->fd, O_CLOEXEC);
		}
		if (fd >= 0)
		{
			close(fd);
		}
	}
	this->mutex->lock(this->mutex);
	this->ours = ours || !done;
	this->holder = holder;
	this->mutex->unlock(this->mutex);
	return ours || !done;
}

CALLBACK(holder_ended, bool,
	private_owner_t *this, int fd, watcher_event_t event)
{
	if (!claim(this))
	{
		return TRUE;
	}
	if (this->gained)
	{
		this->gained(this->data);
	}
	return FALSE;
}

METHOD(owner_t, is_ours, bool,
	private_owner_t *this, pid_t *holder)
{
	bool ours;

	this->mutex->lock(this->mutex);
	ours = this->ours;
	if (holder)
	{
		*holder = this->holder;
	}
	this->mutex->unlock(this->mutex);
	return ours;
}

METHOD(owner_t, destroy, void,
	private_owner_t *this)
{
	if (this->fd >= 0)
	{
		lib->watcher->remove(lib->watcher, this->fd);
		close(this->fd);
	}
	this->mutex->destroy(this->mutex);
	free(this);
}

owner_t *owner_create(const char *what, void (*gained)(void *data), void *data)
{
	private_owner_t *this;

	INIT(this,
		.public = {
			.is_ours = _is_ours,
			.destroy = _destroy,
		},
		.addr.sun_family = AF_UNIX,
		.fd = open_socket(),
		.gained = gained,
		.data = data,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	/* the first byte is 0: an abstract name */
	this->len = offsetof(struct sockaddr_un, sun_path) + 1 +
				snprintf(this->addr.sun_path + 1,
						 sizeof(this->addr.sun_path) - 1, PREFIX "%s", what);
	if (!claim(this))
	{
		lib->watcher->add(lib->watcher, this->fd, WATCHER_READ, holder_ended,
						  this);
	}
	return &this->public;
}
