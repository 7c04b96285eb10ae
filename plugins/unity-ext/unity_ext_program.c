/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/**
 * How often the program is checked on, in milliseconds.
 */
#define INTERVAL 20

/**
 * Exit status if the program couldn't be started; shells use the same.
 */
#define CANT_START 127

/**
 * Room for a reason with an exit status or signal in it.
 */
static __thread char described[64];

/**
 * In the child: become the program. The daemon's other threads don't exist
 * here and may have held locks, so only async-signal-safe functions are
 * called.
 */
static void become(char *const argv[], char *const env[], int in)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in >= 0 ? in : null, 0) == 0 && dup2(null, 1) == 1 &&
		dup2(null, 2) == 2)
	{
		closefrom(3);
		execve(argv[0], argv, env);
	}
	_exit(CANT_START);
}

/**
 * A file with the input, which unlike a pipe needs nobody to write it. Returns
 * -1 if that failed.
 */
static int open_input(const char *input)
{
	size_t len = strlen(input);
	int fd = memfd_create("unity-ext", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, input, len) != (ssize_t)len ||
					lseek(fd, 0, SEEK_SET) != 0))
	{
		close(fd);
		fd = -1;
	}
	return fd;
}

/**
 * Wait for the program.
 */
static bool finish(pid_t pid, u_int timeout, const char **reason)
{
	u_int waited = 0;
	int status;
	pid_t done;

	*reason = described;
	while ((done = waitpid(pid, &status, WNOHANG)) == 0 ||
		   (done < 0 && errno == EINTR))
	{
		if (waited >= timeout * 1000)
		{
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			snprintf(described, sizeof(described),
					 "killed after %u seconds", timeout);
			return FALSE;
		}
		usleep(INTERVAL * 1000);
		waited += INTERVAL;
	}
	if (done < 0)
	{
		*reason = strerror(errno);
		return FALSE;
	}
	if (WIFSIGNALED(status))
	{
		snprintf(described, sizeof(described), "killed by signal %d",
				 WTERMSIG(status));
		return FALSE;
	}
	if (WEXITSTATUS(status) == CANT_START)
	{
		*reason = "it can't be executed";
		return FALSE;
	}
	snprintf(described, sizeof(described), "exit status %d",
			 WEXITSTATUS(status));
	return WEXITSTATUS(status) == 0;
}

/*
 * Described in header
 */
bool unity_ext_program_run(char *const argv[], char *const env[],
						   const char *input, u_int timeout,
						   const char **reason)
{
	int in = -1;
	pid_t pid;

	if (input)
	{
		in = open_input(input);
		if (in < 0)
		{
			*reason = "can't prepare its input";
			return FALSE;
		}
	}
	pid = fork();
	if (pid == 0)
	{
		become(argv, env, in);
	}
	if (in >= 0)
	{
		close(in);
	}
	if (pid < 0)
	{
		*reason = "can't fork";
		return FALSE;
	}
	return finish(pid, timeout, reason);
}
