/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Open and lock a file of the journal that nobody but us may have put there:
 * what is read from it is run. Returns -1 if it isn't ours to deal with: a
 * process that is there has its own lock on it, one that has left shares it.
 */
static int open_file(const char *path, bool *safe, bool *left)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	*safe = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
			st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
	if (*safe && flock(fd, LOCK_EX | LOCK_NB))
	{
		*left |= flock(fd, LOCK_SH | LOCK_NB) == 0;
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * Does a path lead to an open file?
 */
static bool is_there(const char *path, int fd)
{
	struct stat file, st;

	return fstat(fd, &file) == 0 && stat(path, &st) == 0 &&
		   file.st_ino == st.st_ino && file.st_dev == st.st_dev;
}

/**
 * Create a file and lock it. Who looks at it before that may have taken it for
 * one that was cut, and removed it. Returns -1 if it can't be created.
 */
static int create_file(char *path, size_t len, const char *dir,
					   unity_ext_record_t *record)
{
	int fd;

	while (TRUE)
	{
		snprintf(path, len, "%s/%u.XXXXXX", dir, record->id);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0 || (flock(fd, LOCK_EX) == 0 && is_there(path, fd)))
		{
			return fd;
		}
		close(fd);
	}
}

/**
 * May nobody but us put something into the directory? Who may could have us
 * write to a file of ours by a hard link, or wait at a FIFO.
 */
static bool is_safe(const char *dir)
{
	struct stat st;

	return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
		   st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

const char *unity_ext_journal_add(const char *dir, unity_ext_record_t *record)
{
	char path[PATH_MAX];
	bool written;
	FILE *file;
	int fd;

	/* makes those that it is in, too, but doesn't tell why if it can't */
	mkdir_p(dir, S_IRWXU);
	if (mkdir(dir, S_IRWXU) && errno != EEXIST)
	{
		return strerror(errno);
	}
	if (!is_safe(dir))
	{
		return "others may write to the directory";
	}
	fd = create_file(path, sizeof(path), dir, record);
	if (fd < 0)
	{
		return "can't write to it";
	}
	/* closing this one keeps the lock, as the other is the same file */
	file = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "w");
	written = file && unity_ext_record_write(record, file);
	written = file && fclose(file) == 0 && written;
	if (!written)
	{
		unlink(path);
		close(fd);
		return "can't write to it";
	}
	unity_ext_journal_remove(record);
	record->path = strdup(path);
	record->fd = fd;
	return NULL;
}

void unity_ext_journal_remove(unity_ext_record_t *record)
{
	if (record->path)
	{
		unlink(record->path);
		free(record->path);
		record->path = NULL;
		close(record->fd);
		record->fd = -1;
	}
}

void unity_ext_journal_leave(unity_ext_record_t *record)
{
	if (record->fd >= 0)
	{
		flock(record->fd, LOCK_SH);
	}
}

/**
 * Is this the name of a record's file? Those of earlier versions are named by
 * the ID alone.
 */
static bool is_name(const char *name, unity_ext_record_t *record)
{
	char id[16];
	int len = snprintf(id, sizeof(id), "%u", record->id);

	return record->id && strpfx(name, id) && (!name[len] || name[len] == '.');
}

/**
 * Read a record from a file, NULL if it isn't one.
 */
static unity_ext_record_t *read_file(int fd)
{
	unity_ext_record_t *record = NULL;
	FILE *file = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "r");

	if (file)
	{
		record = unity_ext_record_read(file);
		fclose(file);
	}
	return record;
}

linked_list_t *unity_ext_journal_read(const char *dir, bool *wait)
{
	linked_list_t *records = linked_list_create();
	unity_ext_record_t *record;
	enumerator_t *enumerator;
	struct stat st;
	char *name, *path;
	bool safe;
	int fd;

	*wait = FALSE;
	if (stat(dir, &st) != 0)
	{
		return records;
	}
	if (!is_safe(dir))
	{
		DBG1(DBG_CFG, "unity-ext: others may write to '%s', so records in it "
			 "are left alone; see unity-ext.state_dir", dir);
		return records;
	}
	enumerator = enumerator_create_directory(dir);
	while (enumerator && enumerator->enumerate(enumerator, &name, &path, &st))
	{
		if (!S_ISREG(st.st_mode))
		{
			continue;
		}
		fd = open_file(path, &safe, wait);
		if (fd < 0 && safe)
		{
			continue;
		}
		record = safe ? read_file(fd) : NULL;
		if (record && is_name(name, record))
		{
			record->path = strdup(path);
			record->fd = fd;
			/* for all we know */
			record->in_force = TRUE;
			records->insert_last(records, record);
			continue;
		}
		unity_ext_record_destroy(record);
		unlink(path);
		if (fd >= 0)
		{
			close(fd);
		}
	}
	DESTROY_IF(enumerator);
	while (*wait && records->remove_first(records, (void**)&record) == SUCCESS)
	{
		unity_ext_record_destroy(record);
	}
	return records;
}
