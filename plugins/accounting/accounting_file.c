/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_crash.h"
#include "accounting_file.h"

#include <library.h>
#include <log_file.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct private_accounting_file_t private_accounting_file_t;

struct private_accounting_file_t {
	accounting_file_t public;
	int fd;
	/** whether what is there ends within a line */
	bool cut;
	/** when it was written last, before we did */
	time_t last;
};

/**
 * Write a buffer at the end: all of it, or nothing. Returns 0 or an errno.
 */
static int write_all(int fd, const char *buf, size_t len)
{
	off_t before = lseek(fd, 0, SEEK_END);
	size_t done = 0;
	ssize_t part;
	int error;

	while (done < len)
	{
		part = write(fd, buf + done, len - done);
		if (part < 0 && errno != EINTR)
		{
			error = errno;
			if (done && before >= 0)
			{
				ignore_result(ftruncate(fd, before));
			}
			return error;
		}
		done += max(part, 0);
	}
	return 0;
}

METHOD(accounting_file_t, is_at, bool,
	private_accounting_file_t *this, const char *path)
{
	struct stat ours, st;

	return fstat(this->fd, &ours) == 0 && lstat(path, &st) == 0 &&
		   ours.st_dev == st.st_dev && ours.st_ino == st.st_ino;
}

METHOD(accounting_file_t, append, int,
	private_accounting_file_t *this, const char *line)
{
	int error = 0;

	if (this->cut)
	{
		error = write_all(this->fd, "\n", 1);
		this->cut = error != 0;
	}
	return error ?: write_all(this->fd, line, strlen(line));
}

METHOD(accounting_file_t, recover, u_int,
	private_accounting_file_t *this, const char *own)
{
	array_t *lines;
	char *line;
	u_int count = 0;
	FILE *in;
	int fd;

	/* its own, as a stream moves what both would have */
	fd = dup(this->fd);
	in = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (!in)
	{
		if (fd >= 0)
		{
			close(fd);
		}
		return 0;
	}
	rewind(in);
	lines = accounting_crash_find(in, own, this->last);
	fclose(in);
	while (array_remove(lines, ARRAY_HEAD, &line))
	{
		count += line && append(this, line) == 0;
		free(line);
	}
	array_destroy(lines);
	return count;
}

METHOD(accounting_file_t, destroy, void,
	private_accounting_file_t *this)
{
	close(this->fd);
	free(this);
}

/**
 * Is a file one that may be written to?
 *
 * @param error			gets why it isn't
 */
static bool check(int fd, struct stat *st, const char **error)
{
	if (fstat(fd, st))
	{
		*error = strerror(errno);
		return FALSE;
	}
	if (!S_ISREG(st->st_mode))
	{
		*error = "not a regular file";
		return FALSE;
	}
	if (flock(fd, LOCK_EX | LOCK_NB))
	{	/* else each would take the other's sessions for ones left */
		*error = errno == EWOULDBLOCK ? "another daemon writes to it"
									  : strerror(errno);
		return FALSE;
	}
	return TRUE;
}

accounting_file_t *accounting_file_create(const char *path, const char **error)
{
	private_accounting_file_t *this;
	struct stat st;
	char last = '\n';
	int fd;

	fd = log_file_open(path, O_RDWR);
	if (fd < 0)
	{
		*error = strerror(errno);
		return NULL;
	}
	if (!check(fd, &st, error))
	{
		close(fd);
		return NULL;
	}
	if (st.st_size)
	{
		ignore_result(pread(fd, &last, 1, st.st_size - 1));
	}
	INIT(this,
		.public = {
			.is_at = _is_at,
			.recover = _recover,
			.append = _append,
			.destroy = _destroy,
		},
		.fd = fd,
		.cut = last != '\n',
		.last = st.st_mtime,
	);
	return &this->public;
}
