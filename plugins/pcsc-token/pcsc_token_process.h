/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_process.h
 * A child process that can be killed by any thread.
 */

#ifndef PCSC_TOKEN_PROCESS_H_
#define PCSC_TOKEN_PROCESS_H_

#include <library.h>

#include "pcsc_token_message.h"

typedef struct pcsc_token_process_t pcsc_token_process_t;

/**
 * Monotonic time that timeouts and outages are measured by, in ms.
 */
static inline uint64_t pcsc_token_now(void)
{
	timeval_t tv;

	time_monotonic(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/**
 * A running process with a socket to it. Thread-safe and reference counted:
 * a thread that waits for an answer holds a reference of its own.
 */
struct pcsc_token_process_t {

	/**
	 * Wait for a message.
	 *
	 * @param message	gets it
	 * @param timeout	how long to wait, in ms
	 * @return			SUCCESS, NEED_MORE if the time is up, FAILED if the
	 *					process ended or was killed
	 */
	status_t (*receive)(pcsc_token_process_t *this,
						pcsc_token_message_t *message, uint32_t timeout);

	/**
	 * Send a request and wait for the answer. Requests of several threads are
	 * served one after the other. The process is killed if the answer doesn't
	 * come in time, as it would be taken for that of the next one.
	 *
	 * @param message	request, gets the answer
	 * @param timeout	how long to wait, in ms
	 * @param reason	gets why there is no answer, or what it says about a
	 *					failure if its type is PCSC_TOKEN_FAILED
	 * @return			type of the answer, 0 if there is none
	 */
	pcsc_token_message_type_t (*request)(pcsc_token_process_t *this,
										 pcsc_token_message_t *message,
										 uint32_t timeout,
										 char reason[BUF_LEN]);

	/**
	 * Is the process running, or rather the other end of the socket open?
	 */
	bool (*is_alive)(pcsc_token_process_t *this);

	/**
	 * Kill the process, without waiting for its end. Who waits for an answer
	 * gets FAILED.
	 */
	void (*kill)(pcsc_token_process_t *this);

	/**
	 * Get another reference.
	 */
	pcsc_token_process_t *(*get_ref)(pcsc_token_process_t *this);

	/**
	 * Release a reference. With the last one the process is killed and reaped.
	 */
	void (*destroy)(pcsc_token_process_t *this);
};

/**
 * Start a program with a socket (SOCK_SEQPACKET) as its standard input, and
 * nothing else of ours.
 *
 * @param argv		program and arguments, NULL terminated
 * @return			NULL on failure, errno is set
 */
pcsc_token_process_t *pcsc_token_process_create(char *const argv[]);

/**
 * Read what a helper says about a failure. It has a module of somebody else's
 * loaded, which a card talks to, so its words are escaped and cut.
 *
 * @param message	message, its next field is a text
 * @param buf		where to write it to
 * @param fallback	used if there is no text
 * @return			buf
 */
const char *pcsc_token_reason(pcsc_token_message_t *message, char buf[BUF_LEN],
							  const char *fallback);

#endif /** PCSC_TOKEN_PROCESS_H_ */
