/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_block_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Largest file, far more than AUTH_POLICY_BLOCKS_MAX take.
 */
#define FILE_MAX (64 * 1024 * 1024)

/**
 * What the name of the file that takes its place ends with.
 */
#define SUFFIX ".new"

/**
 * Open a file to be read. Not one that has to be waited for.
 *
 * @return				NULL on errors, see errno
 */
static FILE *open_file(const char *path)
{
	struct stat st;
	FILE *file;
	int fd, error;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
	{
		return NULL;
	}
	if (fstat(fd, &st) == 0)
	{
		errno = S_ISDIR(st.st_mode) ? EISDIR :
				!S_ISREG(st.st_mode) ? EINVAL :
				st.st_size > FILE_MAX ? EFBIG : 0;
	}
	file = errno ? NULL : fdopen(fd, "r");
	if (!file)
	{
		error = errno;
		close(fd);
		errno = error;
	}
	return file;
}

/**
 * Read a line of the file, and say what is wrong with it.
 *
 * @param where			"PATH:LINE", NULL to say nothing
 */
static auth_policy_block_t *parse(char *line, const char *where,
								  option_errors_t *errors)
{
	option_errors_t *own = option_errors_create();
	auth_policy_block_t *block;
	enumerator_t *enumerator;
	char *text;

	block = auth_policy_block_parse(line, own);
	enumerator = own->create_enumerator(own);
	while (where && enumerator->enumerate(enumerator, &text))
	{
		errors->add(errors, NULL, NULL, "%s: %s%s", where, text,
					block ? ", so it is for good" : "");
	}
	enumerator->destroy(enumerator);
	own->destroy(own);
	return block;
}

bool auth_policy_block_file_read(const char *path, array_t *blocks,
								 option_errors_t *errors)
{
	auth_policy_block_t *block;
	char *line = NULL, where[PATH_MAX + 16];
	size_t size = 0;
	ssize_t len;
	u_int number = 0;
	FILE *file;
	bool read;

	errno = 0;
	file = open_file(path);
	if (!file)
	{
		if (errno != ENOENT)
		{
			errors->add(errors, "blocks_file", path, "%s", strerror(errno));
		}
		return FALSE;
	}
	while ((len = getline(&line, &size, file)) >= 0)
	{
		snprintf(where, sizeof(where), "%s:%u", path, ++number);
		if (strlen(line) != len)
		{
			errors->add(errors, NULL, NULL, "%s: has a NUL character", where);
		}
		block = parse(line, where, errors);
		if (block && array_count(blocks) >= AUTH_POLICY_BLOCKS_MAX)
		{
			errors->add(errors, NULL, NULL, "%s: one too many, expected at "
						"most %u", where, AUTH_POLICY_BLOCKS_MAX);
			options_unref(block);
			break;
		}
		if (block)
		{
			block->kept = TRUE;
			array_insert(blocks, ARRAY_TAIL, block);
		}
	}
	read = !ferror(file);
	if (!read)
	{
		errors->add(errors, "blocks_file", path, "%s", strerror(errno));
	}
	free(line);
	fclose(file);
	return read;
}

/**
 * Copy the lines that stay.
 */
static bool copy(FILE *in, FILE *out, array_t *remove, array_t *add)
{
	auth_policy_block_t *block;
	char *line = NULL, *parsed;
	size_t size = 0;
	ssize_t len;
	bool goes;

	while ((len = getline(&line, &size, in)) >= 0)
	{
		parsed = strdup(line);
		block = parse(parsed, NULL, NULL);
		goes = block && (auth_policy_block_among(block, remove) ||
						 auth_policy_block_among(block, add));
		options_unref(block);
		free(parsed);
		if (!goes)
		{
			fwrite(line, 1, len, out);
			if (line[len - 1] != '\n')
			{
				fputc('\n', out);
			}
		}
	}
	free(line);
	return !ferror(in);
}

/**
 * Write the file that is to take the place.
 */
static bool write_new(int fd, FILE *in, array_t *remove, array_t *add)
{
	auth_policy_block_t *block;
	FILE *out = fdopen(fd, "w");
	bool written;
	char *line;
	int i;

	if (!out)
	{
		close(fd);
		return FALSE;
	}
	written = !in || copy(in, out, remove, add);
	for (i = 0; array_get(add, i, &block); i++)
	{
		line = auth_policy_block_print(block);
		fprintf(out, "%s\n", line);
		free(line);
	}
	written = written && fflush(out) == 0 && !ferror(out) && fsync(fd) == 0;
	return fclose(out) == 0 && written;
}

/**
 * Make a file that exists, and will, be on the disk under its name.
 */
static void sync_folder(const char *path)
{
	char *folder = path_dirname(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
	{
		fsync(fd);
		close(fd);
	}
	free(folder);
}

bool auth_policy_block_file_change(const char *path, array_t *remove,
								   array_t *add)
{
	char *new, *folder;
	FILE *in;
	bool changed = FALSE;
	int fd, error;

	errno = 0;
	in = open_file(path);
	if (!in && errno != ENOENT)
	{
		return FALSE;
	}
	if (asprintf(&new, "%s" SUFFIX, path) < 0)
	{
		new = strdup("");
	}
	folder = path_dirname(path);
	mkdir(folder, 0700);
	free(folder);
	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
	{
		changed = write_new(fd, in, remove, add) && rename(new, path) == 0;
		if (changed)
		{
			sync_folder(path);
		}
		else
		{
			error = errno;
			unlink(new);
			errno = error;
		}
	}
	error = errno;
	if (in)
	{
		fclose(in);
	}
	free(new);
	errno = error;
	return changed;
}
