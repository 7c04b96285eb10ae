/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

u_long strict_bind_holder_inode(FILE *table, host_t *host)
{
	char line[512], hex[33];
	uint32_t words[4] = {};
	chunk_t address = host->get_address(host);
	u_int port;
	u_long inode;
	size_t i, count = address.len / sizeof(uint32_t);
	bool any, same;

	while (fgets(line, sizeof(line), table))
	{
		if (sscanf(line, " %*u: %32[0-9A-F]:%x %*s %*s %*s %*s %*s %*u %*u %lu",
				   hex, &port, &inode) != 3 ||
			port != host->get_port(host) || strlen(hex) != count * 8)
		{
			continue;
		}
		any = same = TRUE;
		for (i = 0; i < count; i++)
		{
			/* each word is printed as a number in host order */
			sscanf(hex + i * 8, "%8x", &words[i]);
			any &= !words[i];
			same &= memeq(&words[i], address.ptr + i * sizeof(uint32_t),
						  sizeof(uint32_t));
		}
		if (any || same)
		{
			return inode;
		}
	}
	return 0;
}

/**
 * Find the inode of the socket that is in the way.
 */
static u_long find_inode(host_t *host)
{
	/* IPv6 last: sockets on any address may take IPv4, too */
	static const char *const tables[] = { "/proc/net/udp", "/proc/net/udp6" };
	host_t *any = NULL;
	FILE *table;
	u_long inode = 0;
	int i;

	for (i = 0; i < countof(tables) && !inode; i++)
	{
		table = fopen(tables[i], "re");
		if (!table)
		{
			continue;
		}
		if (i && host->get_family(host) == AF_INET)
		{
			any = host_create_any(AF_INET6);
			any->set_port(any, host->get_port(host));
		}
		inode = strict_bind_holder_inode(table, any ?: host);
		DESTROY_IF(any);
		fclose(table);
	}
	return inode;
}

/**
 * Does a process have a file descriptor that is a link to something?
 */
static bool has_fd(const char *pid, const char *target)
{
	char path[300], link[64];
	struct dirent *entry;
	bool found = FALSE;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
	{
		len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		link[max(len, 0)] = '\0';
		found = streq(link, target);
	}
	if (dir)
	{
		closedir(dir);
	}
	return found;
}

/**
 * Write the name of a process.
 */
static void describe(const char *pid, char *buf, size_t len)
{
	char path[300], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (file)
	{
		if (fgets(name, sizeof(name), file))
		{
			name[strcspn(name, "\n")] = '\0';
		}
		fclose(file);
	}
	snprintf(buf, len, "'%s' (pid %s)", name, pid);
}

void strict_bind_holder(host_t *host, char *buf, size_t len)
{
	struct dirent *entry;
	char target[64];
	u_long inode;
	DIR *proc;

	*buf = '\0';
	inode = find_inode(host);
	proc = inode ? opendir("/proc") : NULL;
	snprintf(target, sizeof(target), "socket:[%lu]", inode);
	while (proc && !*buf && (entry = readdir(proc)))
	{
		if (isdigit((u_char)*entry->d_name) && has_fd(entry->d_name, target))
		{
			describe(entry->d_name, buf, len);
		}
	}
	if (proc)
	{
		closedir(proc);
	}
}
