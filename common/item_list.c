/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "item_list.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Largest file, in bytes. More than the largest number of items that any
 * option accepts take.
 */
#define SIZE_MAX_FILE (64 * 1024 * 1024)

/**
 * Remove white space around a string.
 */
static char *trim(char *str)
{
	char *end;

	while (isspace((u_char)*str))
	{
		str++;
	}
	for (end = str + strlen(str); end > str && isspace((u_char)end[-1]); end--)
	{
		end[-1] = '\0';
	}
	return str;
}

/**
 * Open a file. Not one that has to be waited for, as the daemon would.
 *
 * @return			NULL if it can't be read
 */
static FILE *open_file(const char *path, const char **wrong)
{
	struct stat st;
	FILE *file;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
	{
		*wrong = strerror(errno);
	}
	else if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MAX_FILE)
	{
		*wrong = "not a regular file of at most 64 MiB";
	}
	else if (!(file = fdopen(fd, "r")))
	{
		*wrong = strerror(errno);
	}
	else
	{
		return file;
	}
	if (fd >= 0)
	{
		close(fd);
	}
	return NULL;
}

/**
 * Read the items of a file.
 *
 * @return			what is wrong with it, NULL if nothing
 */
static const char *read_file(const char *path, item_list_cb_t cb, void *data)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *wrong = "it has no items";
	char *line = NULL, *item, where[PATH_MAX + 16];
	size_t size = 0;
	u_int number = 0;
	FILE *file;

	file = open_file(path, &wrong);
	if (!file)
	{
		return wrong;
	}
	while (getline(&line, &size, file) >= 0)
	{
		item = line;
		if (!number++ && strpfx(item, bom))
		{
			item += strlen(bom);
		}
		item[strcspn(item, "#")] = '\0';
		item = trim(item);
		if (*item)
		{
			snprintf(where, sizeof(where), "%s:%u", path, number);
			cb(data, item, where);
			wrong = NULL;
		}
	}
	if (ferror(file))
	{
		wrong = strerror(errno);
	}
	fclose(file);
	free(line);
	return wrong;
}

void item_list_parse(const char *str, option_errors_t *errors, const char *key,
					 item_list_cb_t cb, void *data)
{
	const char *wrong;
	char *copy, *rest, *item;

	copy = rest = strdup(str);
	while ((item = strsep(&rest, ",")))
	{
		item = trim(item);
		if (!strpfx(item, ITEM_LIST_FILE))
		{
			cb(data, item, NULL);
			continue;
		}
		wrong = read_file(item + 1, cb, data);
		if (wrong)
		{
			errors->add(errors, key, item, "%s, expected a file with an item "
						"a line", wrong);
		}
	}
	free(copy);
}
