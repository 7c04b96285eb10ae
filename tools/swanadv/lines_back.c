/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "lines_back.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Bytes that are read at once.
 */
#define PART (64 * 1024)

typedef struct private_lines_back_t private_lines_back_t;

struct private_lines_back_t {
	lines_back_t public;
	int fd;
	int error;
	/** where in the file the buffer begins */
	off_t pos;
	/** what was read and not returned yet, with room for another part, and
	 * how much it is */
	char *buf;
	size_t len;
	/** whether the line that is being read is to be left out */
	bool skip;
};

/**
 * Read what stands in front of the buffer.
 */
static bool read_part(private_lines_back_t *this)
{
	size_t part = min(PART, this->pos), done = 0;
	ssize_t len;

	memmove(this->buf + part, this->buf, this->len);
	while (done < part)
	{
		len = pread(this->fd, this->buf + done, part - done,
					this->pos - part + done);
		if (len < 0 && errno == EINTR)
		{
			continue;
		}
		if (len <= 0)
		{	/* it became shorter */
			this->error = len ? errno : EIO;
			return FALSE;
		}
		done += len;
	}
	this->pos -= part;
	this->len += part;
	return TRUE;
}

METHOD(lines_back_t, next, char*,
	private_lines_back_t *this)
{
	char *end, *line;
	bool skip;

	while (!this->error)
	{
		end = memrchr(this->buf, '\n', this->len);
		if (!end && this->pos)
		{
			if (this->len > LINES_BACK_MAX)
			{
				this->skip = TRUE;
				this->len = 0;
			}
			read_part(this);
			continue;
		}
		if (!end && !this->len)
		{
			return NULL;
		}
		line = end ? end + 1 : this->buf;
		skip = this->skip || this->buf + this->len - line > LINES_BACK_MAX;
		this->buf[this->len] = '\0';
		this->len = end ? end - this->buf : 0;
		this->skip = FALSE;
		if (!skip)
		{
			return line;
		}
	}
	return NULL;
}

METHOD(lines_back_t, get_error, int,
	private_lines_back_t *this)
{
	return this->error;
}

METHOD(lines_back_t, destroy, void,
	private_lines_back_t *this)
{
	close(this->fd);
	free(this->buf);
	free(this);
}

lines_back_t *lines_back_create(const char *path)
{
	private_lines_back_t *this;
	struct stat st;
	int fd;

	/* one that isn't regular may not be opened at once */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
	{
		return NULL;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
	{
		close(fd);
		errno = EINVAL;
		return NULL;
	}
	INIT(this,
		.public = {
			.next = _next,
			.get_error = _get_error,
			.destroy = _destroy,
		},
		.fd = fd,
		.pos = st.st_size,
		.buf = malloc(LINES_BACK_MAX + 2 * PART + 1),
		/* what stands behind the last end of a line */
		.skip = TRUE,
	);
	return &this->public;
}
