/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Open a file of the journal that nobody but us may have put there: what is
 * read from it is run.
 */
static FILE *open_file(const char *path, int flags)
{
	struct stat st;
	FILE *file = NULL;
	int fd;

	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			  S_IRUSR | S_IWUSR);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
	{
		file = fdopen(fd, flags & O_CREAT ? "w" : "r");
	}
	if (fd >= 0 && !file)
	{
		close(fd);
	}
	return file;
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

/**
 * Path of a record.
 */
static void get_path(char *buf, size_t len, const char *dir,
					 unity_ext_record_t *record)
{
	snprintf(buf, len, "%s/%s", dir, record->fields[UNITY_EXT_ID]);
}

/*
 * Described in header
 */
const char *unity_ext_journal_add(const char *dir, unity_ext_record_t *record)
{
	char path[PATH_MAX];
	bool written;
	FILE *file;

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
	get_path(path, sizeof(path), dir, record);
	file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
	if (!file)
	{
		return "can't write to it";
	}
	written = unity_ext_record_write(record, file);
	written = fclose(file) == 0 && written;
	if (!written)
	{
		unlink(path);
	}
	return written ? NULL : "can't write to it";
}

/*
 * Described in header
 */
void unity_ext_journal_remove(const char *dir, unity_ext_record_t *record)
{
	char path[PATH_MAX];

	get_path(path, sizeof(path), dir, record);
	unlink(path);
}

/*
 * Described in header
 */
linked_list_t *unity_ext_journal_read(const char *dir)
{
	linked_list_t *records = linked_list_create();
	unity_ext_record_t *record;
	enumerator_t *enumerator;
	struct stat st;
	char *name, *path;
	FILE *file;

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
		file = open_file(path, O_RDONLY);
		record = file ? unity_ext_record_read(file) : NULL;
		if (record && streq(record->fields[UNITY_EXT_ID], name))
		{
			records->insert_last(records, record);
		}
		else
		{
			unity_ext_record_destroy(record);
			unlink(path);
		}
		if (file)
		{
			fclose(file);
		}
	}
	DESTROY_IF(enumerator);
	return records;
}
