/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_files.h"

#include <collections/linked_list.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * What is wrong with a file that can't be opened.
 */
static const char *cant_open(int error)
{
	switch (error)
	{
		case ENOENT:
		case ENOTDIR:
			return "there is no such file";
		case EACCES:
			return "charon may not read this file";
		default:
			return "this file can't be read";
	}
}

const char *pcsc_token_check_module(const char *path)
{
	static const char entry[] = "C_GetFunctionList";
	chunk_t *image;
	bool found;

	if (*path != '/')
	{
		return "expected an absolute path";
	}
	image = chunk_map((char*)path, FALSE);
	if (!image)
	{
		return cant_open(errno);
	}
	found = image->len > 4 && memeq(image->ptr, "\177ELF", 4) &&
			memmem(image->ptr, image->len, entry, sizeof(entry));
	chunk_unmap(image);
	return found ? NULL : "isn't a PKCS#11 module, as it has no "
						  "C_GetFunctionList";
}

/**
 * A file of root's that held a PIN when it was opened.
 */
typedef struct {
	char *path;
	int fd;
} kept_t;

/**
 * Files that only root may read, as kept_t, NULL if there are none: charon is
 * root when it reads its settings for the first time, and somebody else
 * (charon.user) when a card is inserted. Guarded by the mutex.
 */
static linked_list_t *kept;
static pthread_mutex_t kept_mutex = PTHREAD_MUTEX_INITIALIZER;

CALLBACK(match_path, bool,
	kept_t *file, va_list args)
{
	const char *path;

	VA_ARGS_VGET(args, path);
	return streq(file->path, path);
}

/**
 * Find a file that is kept, mutex held.
 */
static kept_t *find_kept(const char *path)
{
	kept_t *file = NULL;

	kept = kept ?: linked_list_create();
	kept->find_first(kept, match_path, (void**)&file, path);
	return file;
}

/**
 * Keep a file that can't be opened anymore once charon isn't root.
 */
static void keep(const char *path, int fd)
{
	kept_t *file;

	if (geteuid() != 0 || lib->caps->get_uid(lib->caps) == 0)
	{
		return;
	}
	pthread_mutex_lock(&kept_mutex);
	file = find_kept(path);
	if (!file)
	{
		INIT(file,
			.path = strdup(path),
			.fd = -1,
		);
		kept->insert_last(kept, file);
	}
	if (file->fd != -1)
	{
		close(file->fd);
	}
	file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&kept_mutex);
}

/**
 * Get a file that was kept.
 *
 * @param fd		gets a descriptor, -1 if there is none
 */
static const char *get_kept(const char *path, int *fd)
{
	struct stat then, now;
	kept_t *file;

	*fd = -1;
	pthread_mutex_lock(&kept_mutex);
	file = find_kept(path);
	if (file)
	{
		*fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	}
	pthread_mutex_unlock(&kept_mutex);
	if (*fd == -1)
	{
		return cant_open(EACCES);
	}
	/* it may be in a folder that we can't look into */
	if (fstat(*fd, &then) || !then.st_nlink ||
		(stat(path, &now) == 0 && then.st_ino != now.st_ino))
	{
		close(*fd);
		*fd = -1;
		return "was replaced since charon gave up being root, who alone may "
			   "read it; have charon.user own it, or restart charon";
	}
	return NULL;
}

void pcsc_token_forget_files()
{
	kept_t *file;

	pthread_mutex_lock(&kept_mutex);
	while (kept && kept->remove_first(kept, (void**)&file) == SUCCESS)
	{
		close(file->fd);
		free(file->path);
		free(file);
	}
	DESTROY_IF(kept);
	kept = NULL;
	pthread_mutex_unlock(&kept_mutex);
}

/**
 * Open a file that holds a PIN.
 *
 * @param fd		gets a descriptor, -1 if something is wrong
 */
static const char *open_pin_file(const char *path, int *fd)
{
	const char *wrong = NULL;
	struct stat sb;

	*fd = -1;
	if (*path != '/')
	{
		return "expected an absolute path";
	}
	/* a FIFO would block */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd == -1)
	{
		wrong = errno == EACCES ? get_kept(path, fd) : cant_open(errno);
	}
	if (*fd == -1)
	{
		return wrong;
	}
	if (fstat(*fd, &sb))
	{
		wrong = cant_open(errno);
	}
	else if (!S_ISREG(sb.st_mode))
	{
		wrong = "isn't a regular file";
	}
	else if (sb.st_uid != 0 && sb.st_uid != geteuid() &&
			 sb.st_uid != lib->caps->get_uid(lib->caps))
	{
		wrong = "belongs to another user, expected root or charon.user";
	}
	else if (sb.st_mode & (S_IRWXG | S_IRWXO))
	{
		wrong = "others have access to it, expected mode 0600 or 0400";
	}
	if (wrong)
	{
		close(*fd);
		*fd = -1;
	}
	else if (sb.st_uid == 0)
	{
		keep(path, *fd);
	}
	return wrong;
}

const char *pcsc_token_read_pin(const char *path, chunk_t *pin)
{
	char buf[PCSC_TOKEN_PIN_MAX + 2];
	const char *wrong;
	ssize_t len;
	size_t pin_len = 0;
	int fd;

	wrong = open_pin_file(path, &fd);
	if (wrong)
	{
		return wrong;
	}
	len = pread(fd, buf, sizeof(buf), 0);
	if (len < 0)
	{
		wrong = cant_open(errno);
	}
	close(fd);
	while (len > 0 && pin_len < len && !strchr("\r\n", buf[pin_len]))
	{
		pin_len++;
	}
	if (!wrong && (!pin_len || pin_len > PCSC_TOKEN_PIN_MAX))
	{
		wrong = "expected a PIN of 1-255 bytes in its first line";
	}
	if (!wrong)
	{
		*pin = chunk_clone(chunk_create((u_char*)buf, pin_len));
	}
	memwipe(buf, sizeof(buf));
	return wrong;
}

const char *pcsc_token_check_pin_file(const char *path)
{
	chunk_t pin = chunk_empty;
	const char *wrong;

	wrong = pcsc_token_read_pin(path, &pin);
	chunk_clear(&pin);
	return wrong;
}
