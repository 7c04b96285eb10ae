/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_holder.h
 * Who has a port that can't be bound.
 */

#ifndef STRICT_BIND_HOLDER_H_
#define STRICT_BIND_HOLDER_H_

#include <networking/host.h>

/**
 * Describe the process that keeps a UDP address and port from being bound.
 *
 * Reads /proc, and takes milliseconds for each hundred of processes.
 *
 * @param host		address and port
 * @param buf		gets "'name' (pid 42)", or "" if it can't be found out,
 *					as is the case in containers and after dropping privileges
 * @param len		size of buf
 */
void strict_bind_holder(host_t *host, char *buf, size_t len);

/**
 * Find the inode of the socket in a table as in /proc/net/udp.
 *
 * @param table		table to read, to its end
 * @param host		address and port; a socket on any address matches, too
 * @return			inode, 0 if there is none
 */
u_long strict_bind_holder_inode(FILE *table, host_t *host);

#endif /** STRICT_BIND_HOLDER_H_ */
