/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_pcscd.h"

#include <child.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/**
 * Where pcsc-lite is built to have its socket, on every distribution.
 */
#define DEFAULT_PATH "/run/pcscd/pcscd.comm"

/**
 * How often to look for pcscd while it starts, in ms.
 */
#define START_STEP 50

/**
 * Process group of the command that was run last, 0 if it ended. Used by the
 * plugin's constructor and destructor, and in between by the watcher.
 */
static pid_t command_pid;

const char *pcsc_token_pcscd_path()
{
	return getenv("PCSCLITE_CSOCK_NAME") ?: DEFAULT_PATH;
}

int pcsc_token_pcscd_connect()
{
	struct sockaddr_un addr = {
		.sun_family = AF_UNIX,
	};
	int fd, error = 0;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
			 pcsc_token_pcscd_path());
	/* a full backlog would block: it is there, and that is all we ask */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
	{
		return errno;
	}
	if (connect(fd, (struct sockaddr*)&addr, sizeof(addr)) && errno != EAGAIN)
	{
		error = errno;
	}
	close(fd);
	return error;
}

bool pcsc_token_pcscd_reap()
{
	if (command_pid && child_reap(command_pid, FALSE))
	{
		command_pid = 0;
	}
	return !command_pid;
}

bool pcsc_token_pcscd_start(const char *command, uint32_t timeout)
{
	char *argv[] = { "/bin/sh", "-c", (char*)command, NULL };
	uint32_t i;
	pid_t pid;

	if (pcsc_token_pcscd_reap())
	{
		pid = child_start(argv, environ, -1);
		if (pid < 0)
		{
			return FALSE;
		}
		command_pid = pid;
	}
	for (i = 0; i < timeout * 1000 / START_STEP; i++)
	{
		if (!pcsc_token_pcscd_connect())
		{
			return TRUE;
		}
		usleep(START_STEP * 1000);
	}
	return FALSE;
}
