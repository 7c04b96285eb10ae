/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "log_file.h"

#include <library.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Give a file that was made as root to charon.user.
 */
static void give_away(int fd)
{
	uid_t uid = lib->caps->get_uid(lib->caps);
	struct stat st;

	if (uid && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !st.st_uid &&
		st.st_nlink == 1)
	{	/* if it fails, this is seen when it is to be opened again */
		ignore_result(fchown(fd, uid, lib->caps->get_gid(lib->caps)));
	}
}

int log_file_open(const char *path, int mode)
{
	int fd;

	fd = open(path, mode | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			  O_NOCTTY | O_NONBLOCK, S_IRUSR | S_IWUSR);
	if (fd >= 0)
	{
		give_away(fd);
	}
	return fd;
}
