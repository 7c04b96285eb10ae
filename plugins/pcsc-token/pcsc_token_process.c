/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_process.h"

#include <utf8.h>

#include <threading/mutex.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct private_pcsc_token_process_t private_pcsc_token_process_t;

struct private_pcsc_token_process_t {
	pcsc_token_process_t public;
	/** our end of the socket */
	int fd;
	/** Process. It is reaped with the last reference, so that the number stays
	 * its own until then. */
	pid_t pid;
	/** Descriptor of it, -1 if the kernel has none. Where SIGCHLD is ignored,
	 * its number may be somebody else's once it ended. */
	int pidfd;
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
	if (this->pidfd == -1)
	{
		kill(this->pid, SIGKILL);
	}
	else
	{
		syscall(SYS_pidfd_send_signal, this->pidfd, SIGKILL, NULL, 0);
	}
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
		while (waitpid(this->pid, NULL, 0) < 0 && errno == EINTR)
		{
			/* it is dead, or about to be */
		}
		close(this->fd);
		if (this->pidfd != -1)
		{
			close(this->pidfd);
		}
		this->request_mutex->destroy(this->request_mutex);
		free(this);
	}
}

int pcsc_token_spawn(char *const argv[], int fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	/* charon blocks and handles signals, a terminal's are for charon alone */
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&actions);
	if (fd == -1)
	{
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
										 O_RDONLY, 0);
	}
	else
	{
		posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	}
	/* what modules and pcsc-lite print is of no use to anybody */
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
									 O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
									 O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	error = posix_spawn(pid, argv[0], &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return error;
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
	error = pcsc_token_spawn(argv, fds[1], &pid);
	close(fds[1]);
	if (error)
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
		.pidfd = syscall(SYS_pidfd_open, pid, 0),
		.request_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.ref = 1,
	);
	return &this->public;
}
