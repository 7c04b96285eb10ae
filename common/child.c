/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/**
 * How often it is checked whether to stop, in milliseconds.
 */
#define INTERVAL 100

/**
 * Exit status if the program couldn't be started; shells use the same.
 */
#define CANT_START 127

/**
 * Room for a reason with an exit status or signal in it.
 */
static __thread char described[64];

/**
 * As fork(), but without handlers, and with another signal at its end.
 */
static pid_t fork_with(int signal)
{
	return syscall(SYS_clone, (long)signal, NULL, NULL, NULL, NULL);
}

/**
 * In the child: leave everything of the daemon's. Its other threads don't exist
 * here and may have held locks, so only async-signal-safe functions are called,
 * here and from here on.
 */
static bool leave(int in)
{
	int null = open("/dev/null", O_RDWR), i;
	sigset_t none;

	setpgid(0, 0);
	for (i = 1; i < NSIG; i++)
	{
		signal(i, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in >= 0 ? in : null, 0) != 0 || dup2(null, 1) != 1 ||
		dup2(null, 2) != 2)
	{
		return FALSE;
	}
	closefrom(3);
	return TRUE;
}

/**
 * In the child: end with all of the program, as the daemon ended.
 */
static void end(int signal)
{
	kill(0, SIGKILL);
}

/**
 * In the child: have the program end with the daemon, also if that is killed.
 * The next one undoes what this one did, which must be over by then.
 */
static void follow(pid_t daemon)
{
	signal(SIGTERM, end);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != daemon)
	{
		end(SIGTERM);
	}
}

/**
 * In the child: run a program and return its status. If whoever started the
 * daemon had SIGCHLD ignored, nobody is told how a program ended, but for one
 * that was started here.
 */
static int run(char *const argv[], char *const env[], bool input)
{
	pid_t pid = fork_with(SIGCHLD);
	int status = 0;

	if (pid == 0)
	{
		/* what it may write to has nothing to read */
		if (input || dup2(1, 0) == 0)
		{
			execve(argv[0], argv, env);
		}
		_exit(CANT_START);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
	{
		/* nobody sends us signals, but who knows */
	}
	return pid > 0 ? status : CANT_START << 8;
}

/**
 * In the child: run the program, and end as it does.
 */
static void supervise(char *const argv[], char *const env[], int in,
					  pid_t daemon)
{
	int status = CANT_START << 8;

	if (leave(in))
	{
		follow(daemon);
		status = run(argv, env, TRUE);
	}
	if (WIFSIGNALED(status))
	{
		/* the daemon's memory isn't for core dumps */
		prctl(PR_SET_DUMPABLE, 0);
		signal(WTERMSIG(status), SIG_DFL);
		kill(getpid(), WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/**
 * In the child: run all programs, with or without the daemon.
 */
static void supervise_all(child_t *children, u_int count, int keep,
						  u_int timeout, volatile int *status)
{
	u_int i;

	/* they don't get it, but it is open here */
	if (leave(keep))
	{
		signal(SIGTERM, SIG_IGN);
		signal(SIGALRM, end);
		alarm(timeout);
		for (i = 0; i < count; i++)
		{
			status[i] = run(children[i].argv, children[i].env, FALSE);
		}
	}
	_exit(0);
}

/**
 * A file with the input, which unlike a pipe needs nobody to write it. Returns
 * -1 if that failed.
 */
static int open_input(const char *input)
{
	size_t len = strlen(input);
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, input, len) != (ssize_t)len ||
					lseek(fd, 0, SEEK_SET) != 0))
	{
		close(fd);
		fd = -1;
	}
	return fd;
}

/**
 * Wait for the end of a process, for some milliseconds.
 */
static bool wait_end(pid_t pid, u_int timeout)
{
	struct pollfd end = { syscall(SYS_pidfd_open, pid, 0), POLLIN };
	siginfo_t info = {};

	/* just the time, if there is no descriptor to be had */
	poll(&end, 1, timeout);
	if (end.fd >= 0)
	{
		close(end.fd);
	}
	return waitid(P_PID, pid, &info,
				  WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid;
}

/**
 * Wait for the program.
 */
static bool finish(pid_t pid, u_int timeout, const volatile bool *stop,
				   const char **reason)
{
	u_int waited = 0;
	int status;

	while (!wait_end(pid, INTERVAL))
	{
		waited += INTERVAL;
		if (*stop || waited >= timeout * 1000)
		{
			child_kill(pid);
			child_reap(pid, TRUE);
			snprintf(described, sizeof(described), *stop ? "killed at the stop"
					 : "killed after %u seconds", timeout);
			*reason = described;
			return FALSE;
		}
	}
	*reason = waitpid(pid, &status, __WALL) < 0 ? strerror(errno)
												: child_reason(status);
	return !*reason;
}

const char *child_reason(int status)
{
	if (WIFSIGNALED(status))
	{
		snprintf(described, sizeof(described), "killed by signal %d",
				 WTERMSIG(status));
		return described;
	}
	if (WEXITSTATUS(status) == CANT_START)
	{
		return "it can't be executed";
	}
	snprintf(described, sizeof(described), "exit status %d",
			 WEXITSTATUS(status));
	return WEXITSTATUS(status) ? described : NULL;
}

pid_t child_start(char *const argv[], char *const env[], int in)
{
	struct sigaction action;
	pid_t pid;

	if (access(argv[0], X_OK) != 0)
	{
		return -1;
	}
	/* execve() makes SIGCHLD the signal at its end again: while that is
	 * ignored, it wouldn't be a zombie */
	if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
	{
		signal(SIGCHLD, SIG_DFL);
	}
	pid = fork_with(0);
	if (pid == 0)
	{
		if (leave(in))
		{
			execve(argv[0], argv, env);
		}
		_exit(CANT_START);
	}
	if (pid > 0)
	{	/* so that it is killed with its children from now on */
		setpgid(pid, pid);
	}
	return pid;
}

void child_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
}

bool child_reap(pid_t pid, bool wait)
{
	pid_t done;

	/* whoever is left of it is our child, too, if we are process 1 */
	do
	{
		done = waitpid(-pid, NULL, __WALL | (wait ? 0 : WNOHANG));
	}
	while (done > 0 || (done < 0 && errno == EINTR));
	return done < 0;
}

bool child_run(char *const argv[], char *const env[], const char *input,
			   u_int timeout, const volatile bool *stop, const char **reason)
{
	pid_t daemon = getpid(), pid;
	int in = -1;

	if (*stop)
	{
		*reason = "not started at the stop";
		return FALSE;
	}
	if (input)
	{
		in = open_input(input);
		if (in < 0)
		{
			*reason = "can't prepare its input";
			return FALSE;
		}
	}
	pid = fork_with(0);
	if (pid == 0)
	{
		supervise(argv, env, in, daemon);
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
	/* so that it is killed with its children from now on */
	setpgid(pid, pid);
	return finish(pid, timeout, stop, reason);
}

void child_run_all(child_t *children, u_int count, int keep, u_int timeout,
				   u_int wait)
{
	size_t len = count * sizeof(int);
	volatile int *status;
	pid_t pid;
	u_int i;

	for (i = 0; i < count; i++)
	{
		children[i].status = CHILD_RUNS;
	}
	status = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				  -1, 0);
	if (status == MAP_FAILED)
	{
		return;
	}
	for (i = 0; i < count; i++)
	{
		status[i] = CHILD_RUNS;
	}
	pid = fork_with(0);
	if (pid == 0)
	{
		supervise_all(children, count, keep, timeout, status);
	}
	if (pid > 0 && wait_end(pid, wait))
	{
		child_reap(pid, TRUE);
	}
	for (i = 0; i < count; i++)
	{
		children[i].status = status[i];
	}
	munmap((void*)status, len);
}
