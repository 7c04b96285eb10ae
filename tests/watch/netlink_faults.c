/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * To be preloaded: what plugins send or receive by netlink fails if the file
 * that NETLINK_FAULTS names says so. It has the name of a plugin, or of a
 * library, the number of a netlink protocol, "send" or "recv" and the errno
 * that this fails with, such as "bypass 6 recv 105" or "nftables 12 send 105".
 * With "once" behind that it fails once: what there is to receive is lost, as
 * if there had been no room for it, and so is the file. With "wait" it doesn't
 * fail but takes as long as the file is there.
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** is to be found before the C library's */
#define EXPORT __attribute__((visibility("default")))

/**
 * Is the function called from code, and for a socket, that it is to fail for?
 * Sets errno.
 */
static bool fails(const char *function, int fd, void *caller)
{
	const char *path = getenv("NETLINK_FAULTS");
	ssize_t (*next)(int, void*, size_t, int) = dlsym(RTLD_NEXT, "recv");
	char plugin[32], name[32], library[64], how[8] = "", buf[65536];
	int wanted, protocol, error, count;
	socklen_t len = sizeof(protocol);
	Dl_info info;
	FILE *file;

	if (!path || !dladdr(caller, &info) || !(file = fopen(path, "r")))
	{
		return false;
	}
	count = fscanf(file, "%31s %d %31s %d %7s", plugin, &wanted, name, &error,
				   how);
	fclose(file);
	if (count < 4 || strcmp(name, function) ||
		getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) ||
		protocol != wanted)
	{
		return false;
	}
	snprintf(library, sizeof(library), "/libstrongswan-%s.so", plugin);
	if (!strstr(info.dli_fname, library))
	{
		snprintf(library, sizeof(library), "/lib%s.so", plugin);
		if (!strstr(info.dli_fname, library))
		{
			return false;
		}
	}
	if (!strcmp(how, "wait"))
	{
		while (!access(path, F_OK))
		{
			usleep(10000);
		}
		return false;
	}
	if (!strcmp(how, "once"))
	{
		while (next(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0);
		unlink(path);
	}
	errno = error;
	return true;
}

EXPORT ssize_t recvfrom(int fd, void *buf, size_t len, int flags,
						struct sockaddr *from, socklen_t *from_len)
{
	ssize_t (*next)(int, void*, size_t, int, struct sockaddr*,
					socklen_t*) = dlsym(RTLD_NEXT, "recvfrom");

	return fails("recv", fd, __builtin_return_address(0)) ? -1
							: next(fd, buf, len, flags, from, from_len);
}

/** what a compiler makes of recvfrom() with -D_FORTIFY_SOURCE */
EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t len, size_t size,
							  int flags, struct sockaddr *from,
							  socklen_t *from_len)
{
	ssize_t (*next)(int, void*, size_t, int, struct sockaddr*,
					socklen_t*) = dlsym(RTLD_NEXT, "recvfrom");

	return fails("recv", fd, __builtin_return_address(0)) ? -1
							: next(fd, buf, len, flags, from, from_len);
}

EXPORT ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	ssize_t (*next)(int, const void*, size_t, int) = dlsym(RTLD_NEXT, "send");

	return fails("send", fd, __builtin_return_address(0)) ? -1
											: next(fd, buf, len, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t (*next)(int, const struct msghdr*, int) = dlsym(RTLD_NEXT,
															"sendmsg");

	return fails("send", fd, __builtin_return_address(0)) ? -1
											: next(fd, msg, flags);
}
