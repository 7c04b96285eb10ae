/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_listener.h
 * Accepts connections at a path that may change.
 */

#ifndef CONTROL_LISTENER_H_
#define CONTROL_LISTENER_H_

#include <library.h>

typedef struct control_listener_t control_listener_t;

/**
 * Has a thread of its own. A stream service of charon's can't be given up while
 * clients come: it waits for a callback that waits for its lock.
 */
struct control_listener_t {

	/**
	 * Start the thread, once, when charon has given up being root: one that is
	 * there before loses all capabilities by that, as do those that it starts.
	 *
	 * @return			FALSE if there are too many threads
	 */
	bool (*start)(control_listener_t *this);

	/**
	 * Listen at a path, in place of the one before, whose file is removed once
	 * this works; clients that wait there are accepted. Any thread may call
	 * this at any time, it doesn't wait for a callback.
	 *
	 * @param path		absolute path, not too long for a socket, NULL to
	 *					listen nowhere
	 * @param gid		group that may connect, too
	 * @param must		whether it is of no use without the group
	 * @param buf		gets what is wrong
	 * @return			FALSE if anything is, then nothing has changed
	 */
	bool (*listen)(control_listener_t *this, const char *path, gid_t gid,
				   bool must, char *buf, size_t len);

	/**
	 * Stop to listen for good, and remove the file. Once it returns the
	 * callbacks aren't called any more.
	 */
	void (*stop)(control_listener_t *this);

	/**
	 * Stop, and destroy a control_listener_t.
	 */
	void (*destroy)(control_listener_t *this);
};

/**
 * Create a listener that doesn't listen yet.
 *
 * @param accepted		called by its thread for each client, adopts the socket,
 *						which is -1 if there is a client but no socket for it
 * @param retry			called by its thread, now and then while it listens
 *						nowhere, to call listen again
 * @param data			passed to both
 * @return				NULL if there are too many files
 */
control_listener_t *control_listener_create(
								void (*accepted)(void *data, int fd),
								void (*retry)(void *data), void *data);

#endif /** CONTROL_LISTENER_H_ */
