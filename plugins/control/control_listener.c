/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_listener.h"

#include <quiet_thread.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <collections/array.h>
#include <threading/mutex.h>

typedef struct private_control_listener_t private_control_listener_t;

/**
 * Clients that may wait to be accepted.
 */
#define BACKLOG 10

/**
 * Milliseconds to wait if a client can't be accepted, as there are too many
 * open files: it stays at the head of the queue.
 */
#define PAUSE 200

/**
 * Milliseconds after which to try again while it listens nowhere.
 */
#define RETRY 2000

/**
 * Tries to lock a folder, and microseconds between them.
 */
#define LOCK_TRIES 20
#define LOCK_PAUSE 5000

/**
 * A socket that listens.
 */
typedef struct {
	int fd;
	char *path;
	/** the file: somebody else may have one at the path by now */
	dev_t dev;
	ino_t ino;
	/** group that may connect, too */
	gid_t gid;
} place_t;

struct private_control_listener_t {
	control_listener_t public;
	void (*accepted)(void *data, int fd);
	void (*retry)(void *data);
	void *data;
	thread_t *thread;
	/** wakes the thread up */
	int wakeup;
	/** guards what follows; one change at a time */
	mutex_t *mutex;
	/** where it listens, NULL for nowhere */
	place_t *place;
	/** whether it is to listen somewhere */
	bool wanted;
	/** place_t*, given up, but for clients that wait there: the thread, which
	 * may be polling them, closes them */
	array_t *former;
	bool stopped;
};

/**
 * Does a path lead to the file of a place?
 */
static bool is_at(place_t *place, const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == place->dev &&
		   st.st_ino == place->ino;
}

/**
 * Remove the file of a place, if it is still the one that was made.
 */
static void remove_file(place_t *place)
{
	if (is_at(place, place->path) && unlink(place->path) != 0)
	{
		DBG2(DBG_CFG, "control: can't remove %s: %s", place->path,
			 strerror(errno));
	}
}

static void place_destroy(place_t *place)
{
	close(place->fd);
	free(place->path);
	free(place);
}

/**
 * Does somebody have a socket at an address? With one of another type, which
 * isn't connected: a daemon doesn't get a client by this, and is seen also if
 * it doesn't listen yet.
 */
static bool is_in_use(struct sockaddr_un *addr)
{
	bool in_use;
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
	{	/* not known */
		return TRUE;
	}
	in_use = connect(fd, (struct sockaddr*)addr, sizeof(*addr)) == 0 ||
			 errno != ECONNREFUSED;
	close(fd);
	return in_use;
}

/**
 * Have one daemon at a time make way in the folder of a path: what both found
 * to be left might be removed by one when it is the other one's new file.
 * Whoever can read the folder can lock it, so this isn't waited for for long.
 *
 * @return			to be closed, -1 if it can't be opened
 */
static int lock_folder(const char *path)
{
	char *folder = path_dirname(path);
	int fd, i;

	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	for (i = 0; fd >= 0 && i < LOCK_TRIES &&
		 flock(fd, LOCK_EX | LOCK_NB) != 0; i++)
	{
		usleep(LOCK_PAUSE);
	}
	return fd;
}

/**
 * Make way for a socket: remove one that a daemon has left.
 *
 * @return			FALSE if there is anything else
 */
static bool make_way(struct sockaddr_un *addr)
{
	struct stat st;

	if (lstat(addr->sun_path, &st) != 0)
	{
		return TRUE;
	}
	if (!S_ISSOCK(st.st_mode) || is_in_use(addr))
	{
		return FALSE;
	}
	unlink(addr->sun_path);
	return TRUE;
}

/**
 * Give the file a group, and the owner and permissions of charon's own socket.
 *
 * @param must		whether it is of no use without the group
 */
static bool set_access(const char *path, gid_t gid, bool must)
{
	uid_t uid = -1;

	if (lib->caps->check(lib->caps, CAP_CHOWN))
	{
		uid = lib->caps->get_uid(lib->caps);
	}
	if (chown(path, uid, gid) != 0)
	{
		if (must)
		{
			return FALSE;
		}	/* as that one, it is of use to root all the same */
		DBG1(DBG_CFG, "control: can't give %s to group %u, which so can't "
			 "connect: %s", path, gid, strerror(errno));
	}
	return chmod(path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) == 0;
}

/**
 * Have a socket listen.
 */
static bool start_listening(int fd, struct sockaddr_un *addr, gid_t gid,
							bool must, struct stat *st)
{
	/* mode of the file that bind() makes */
	if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 ||
		bind(fd, (struct sockaddr*)addr, sizeof(*addr)) != 0)
	{
		return FALSE;
	}
	if (!set_access(addr->sun_path, gid, must) ||
		lstat(addr->sun_path, st) != 0 || listen(fd, BACKLOG) != 0)
	{
		unlink(addr->sun_path);
		return FALSE;
	}
	return TRUE;
}

/**
 * Listen at a path whose folder is locked.
 *
 * @param buf		gets what is wrong
 * @return			NULL if anything is
 */
static place_t *create_locked(const char *path, gid_t gid, bool must, char *buf,
							  size_t len)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	place_t *place;
	int fd;

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (!make_way(&addr))
	{
		snprintf(buf, len, "something else is or listens at this path");
		return NULL;
	}
	/* a client may have gone when it is to be accepted */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || !start_listening(fd, &addr, gid, must, &st))
	{
		snprintf(buf, len, "can't listen there%s: %s",
				 must ? ", or give it to its group" : "", strerror(errno));
		if (fd >= 0)
		{
			close(fd);
		}
		return NULL;
	}
	INIT(place,
		.fd = fd,
		.path = strdup(path),
		.dev = st.st_dev,
		.ino = st.st_ino,
		.gid = gid,
	);
	return place;
}

/**
 * Listen at a path.
 *
 * @param buf		gets what is wrong
 * @return			NULL if anything is
 */
static place_t *place_create(const char *path, gid_t gid, bool must, char *buf,
							 size_t len)
{
	place_t *place;
	int lock;

	lock = lock_folder(path);
	place = create_locked(path, gid, must, buf, len);
	if (lock >= 0)
	{
		close(lock);
	}
	return place;
}

/**
 * Give up the current place, with the lock.
 */
static void give_up(private_control_listener_t *this)
{
	if (this->place)
	{
		remove_file(this->place);
		array_insert(this->former, ARRAY_TAIL, this->place);
		this->place = NULL;
	}
}

METHOD(control_listener_t, listen_, bool,
	private_control_listener_t *this, const char *path, gid_t gid, bool must,
	char *buf, size_t len)
{
	place_t *place;
	bool success = TRUE;

	this->mutex->lock(this->mutex);
	if (!path)
	{
		this->wanted = FALSE;
		give_up(this);
	}
	else if (this->stopped)
	{
		snprintf(buf, len, "charon is about to end");
		success = FALSE;
	}
	else if (this->place && is_at(this->place, path))
	{	/* perhaps spelled in another way */
		free(this->place->path);
		this->place->path = strdup(path);
		/* or those of the group before could still connect */
		if (this->place->gid != gid && !set_access(path, gid, TRUE))
		{
			snprintf(buf, len, "can't give it to another group: %s",
					 strerror(errno));
			success = FALSE;
		}
		else
		{
			this->place->gid = gid;
		}
	}
	else
	{
		this->wanted = TRUE;
		place = place_create(path, gid, must, buf, len);
		success = place != NULL;
		if (success)
		{
			give_up(this);
			this->place = place;
			DBG1(DBG_CFG, "control: listening on unix://%s", path);
		}
	}
	this->mutex->unlock(this->mutex);
	ignore_result(eventfd_write(this->wakeup, 1));
	return success;
}

/**
 * Accept a client.
 *
 * @return			FALSE if there is none, or it can't be accepted now
 */
static bool accept_one(private_control_listener_t *this, int fd)
{
	struct pollfd wakeup = { .fd = this->wakeup, .events = POLLIN };
	int client;

	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (client >= 0)
	{
		this->accepted(this->data, client);
		return TRUE;
	}
	if (errno == EINTR || errno == ECONNABORTED)
	{
		return TRUE;
	}
	if (errno != EAGAIN)
	{
		this->accepted(this->data, -1);
		ignore_result(poll(&wakeup, 1, PAUSE));
	}
	return FALSE;
}

/**
 * Accept those that wait at former places, and close these.
 */
static void clear_former(private_control_listener_t *this)
{
	array_t *former;
	place_t *place;
	bool stopped;

	this->mutex->lock(this->mutex);
	stopped = this->stopped;
	former = this->former;
	this->former = array_create(0, 0);
	this->mutex->unlock(this->mutex);
	while (array_remove(former, ARRAY_HEAD, &place))
	{
		while (!stopped && accept_one(this, place->fd))
		{
			/* accepted */
		}
		place_destroy(place);
	}
	array_destroy(former);
}

/**
 * Thread that accepts clients.
 */
static void *run(private_control_listener_t *this)
{
	struct pollfd fds[] = {
		{ .fd = this->wakeup, .events = POLLIN },
		{ .events = POLLIN },
	};
	eventfd_t count;
	bool stopped, retry;
	int ready;

	while (TRUE)
	{
		clear_former(this);
		this->mutex->lock(this->mutex);
		stopped = this->stopped;
		/* closed by this thread only */
		fds[1].fd = this->place ? this->place->fd : -1;
		retry = !this->place && this->wanted;
		this->mutex->unlock(this->mutex);
		if (stopped)
		{
			return NULL;
		}
		ready = poll(fds, countof(fds), retry ? RETRY : -1);
		if (ready == 0)
		{
			this->retry(this->data);
		}
		else if (ready > 0 && fds[0].revents)
		{
			ignore_result(eventfd_read(this->wakeup, &count));
		}
		else if (ready > 0)
		{
			accept_one(this, fds[1].fd);
		}
	}
}

METHOD(control_listener_t, start, bool,
	private_control_listener_t *this)
{
	this->thread = quiet_thread_create((thread_main_t)run, this);
	return this->thread != NULL;
}

METHOD(control_listener_t, stop, void,
	private_control_listener_t *this)
{
	this->mutex->lock(this->mutex);
	this->stopped = TRUE;
	give_up(this);
	this->mutex->unlock(this->mutex);
	ignore_result(eventfd_write(this->wakeup, 1));
	if (this->thread)
	{
		this->thread->join(this->thread);
		this->thread = NULL;
	}
	clear_former(this);
}

METHOD(control_listener_t, destroy, void,
	private_control_listener_t *this)
{
	stop(this);
	if (this->wakeup >= 0)
	{
		close(this->wakeup);
	}
	array_destroy(this->former);
	this->mutex->destroy(this->mutex);
	free(this);
}

control_listener_t *control_listener_create(
								void (*accepted)(void *data, int fd),
								void (*retry)(void *data), void *data)
{
	private_control_listener_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.listen = _listen_,
			.stop = _stop,
			.destroy = _destroy,
		},
		.accepted = accepted,
		.retry = retry,
		.data = data,
		.wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.former = array_create(0, 0),
		.wanted = TRUE,
	);
	if (this->wakeup < 0)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
