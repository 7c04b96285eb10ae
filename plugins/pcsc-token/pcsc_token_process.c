/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_process.h"

#include <child.h>
#include <threading/mutex.h>
#include <utf8.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct private_pcsc_token_process_t private_pcsc_token_process_t;

struct private_pcsc_token_process_t {
	pcsc_token_process_t public;
	/** our end of the socket */
	int fd;
	/** process, reaped with the last reference */
	pid_t pid;
	/** held during a request */
	mutex_t *request_mutex;
	/** reference counter */
	refcount_t ref;
};

METHOD(pcsc_token_process_t, receive, status_t,
	private_pcsc_token_process_t *this, pcsc_token_message_t *message,
	uint32_t timeout)
{
	struct pollfd pfd = {
		.fd = this->fd,
		.events = POLLIN,
	};
	uint64_t now = pcsc_token_now(), end = now + timeout;
	int ready;

	do
	{
		ready = poll(&pfd, 1, end > now ? end - now : 0);
		now = pcsc_token_now();
	}
	while (ready < 0 && errno == EINTR);

	if (!ready)
	{
		return NEED_MORE;
	}
	return ready > 0 && pcsc_token_message_receive(message, this->fd) ?
				SUCCESS : FAILED;
}

METHOD(pcsc_token_process_t, is_alive, bool,
	private_pcsc_token_process_t *this)
{
	/* a hang-up is reported whether asked for or not */
	struct pollfd pfd = {
		.fd = this->fd,
	};

	return poll(&pfd, 1, 0) == 0;
}

METHOD(pcsc_token_process_t, kill_, void,
	private_pcsc_token_process_t *this)
{
	child_kill(this->pid);
}

const char *pcsc_token_reason(pcsc_token_message_t *message, char buf[BUF_LEN],
							  const char *fallback)
{
	char text[BUF_LEN], *escaped;

	snprintf(buf, BUF_LEN, "%s", fallback);
	if (pcsc_token_message_next_text(message, text, sizeof(text)))
	{
		escaped = utf8_escape(text, sizeof(text));
		snprintf(buf, BUF_LEN, "%s", escaped);
		free(escaped);
	}
	return buf;
}

METHOD(pcsc_token_process_t, request, pcsc_token_message_type_t,
	private_pcsc_token_process_t *this, pcsc_token_message_t *message,
	uint32_t timeout, char reason[BUF_LEN])
{
	status_t status = FAILED;
	pcsc_token_message_type_t type = 0;

	this->request_mutex->lock(this->request_mutex);
	if (pcsc_token_message_send(message, this->fd))
	{
		status = receive(this, message, timeout);
	}
	if (status != SUCCESS)
	{
		kill_(this);
	}
	this->request_mutex->unlock(this->request_mutex);
	switch (status)
	{
		case SUCCESS:
			type = pcsc_token_message_type(message);
			if (type == PCSC_TOKEN_FAILED)
			{
				pcsc_token_reason(message, reason, "the helper failed");
			}
			break;
		case NEED_MORE:
			snprintf(reason, BUF_LEN, "the card or pcscd didn't answer within "
					 "%u seconds", timeout / 1000);
			break;
		default:
			snprintf(reason, BUF_LEN, "the card or pcscd is gone, or the "
					 "helper crashed");
			break;
	}
	return type;
}

METHOD(pcsc_token_process_t, get_ref, pcsc_token_process_t*,
	private_pcsc_token_process_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(pcsc_token_process_t, destroy, void,
	private_pcsc_token_process_t *this)
{
	if (ref_put(&this->ref))
	{
		kill_(this);
		child_reap(this->pid, TRUE);
		close(this->fd);
		this->request_mutex->destroy(this->request_mutex);
		free(this);
	}
}

pcsc_token_process_t *pcsc_token_process_create(char *const argv[])
{
	private_pcsc_token_process_t *this;
	int fds[2], error;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
	{
		return NULL;
	}
	pid = child_start(argv, environ, fds[1]);
	error = errno;
	close(fds[1]);
	if (pid < 0)
	{
		close(fds[0]);
		errno = error;
		return NULL;
	}
	INIT(this,
		.public = {
			.receive = _receive,
			.request = _request,
			.is_alive = _is_alive,
			.kill = _kill_,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.fd = fds[0],
		.pid = pid,
		.request_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
