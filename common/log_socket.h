/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file log_socket.h
 * The sockets of journald and syslogd.
 */

#ifndef LOG_SOCKET_H_
#define LOG_SOCKET_H_

#include <library.h>

typedef struct log_socket_t log_socket_t;

/**
 * Where journald and syslogd are.
 */
#define LOG_SOCKET_JOURNAL "/run/systemd/journal/socket"
#define LOG_SOCKET_SYSLOG "/dev/log"

/**
 * Milliseconds to wait for one that is busy. If it doesn't take a datagram in
 * that time, it isn't waited for again until it takes one.
 */
#define LOG_SOCKET_TIMEOUT 100

/**
 * For one thread at a time. Never logs.
 */
struct log_socket_t {

	/**
	 * Connect, if it isn't connected.
	 *
	 * @return			0, or an errno
	 */
	int (*open)(log_socket_t *this);

	/**
	 * Send a datagram; connects first if need be, and again if who reads was
	 * restarted.
	 *
	 * @return			0, or an errno
	 */
	int (*send)(log_socket_t *this, chunk_t datagram);

	/**
	 * Close it.
	 */
	void (*destroy)(log_socket_t *this);
};

/**
 * Create a socket that isn't connected.
 *
 * @param path			where to, static
 */
log_socket_t *log_socket_create(const char *path);

#endif /** LOG_SOCKET_H_ */
