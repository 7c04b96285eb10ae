/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "scrape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/**
 * Guards what follows, and is held while swanadv runs.
 */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/** what was printed last, and when, in milliseconds; 0 for never */
static char *last;
static size_t last_len;
static uint64_t last_time;

/**
 * Get the time in milliseconds, by a clock that isn't set.
 */
static uint64_t get_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/**
 * Start swanadv.
 *
 * @param out			gets what it writes to
 * @return				-1 if it can't be, with errno
 */
static pid_t start(const char *swanadv, const char *socket, int *out)
{
	char *const args[] = {
		(char*)swanadv, socket ? "--socket" : "metrics", (char*)socket,
		socket ? "metrics" : NULL, NULL,
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int fds[2], error;
	sigset_t none;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
	{
		return -1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	/* signals that this program waits for end that one */
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	error = posix_spawn(&pid, swanadv, &actions, &attributes, args, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (error)
	{
		close(fds[0]);
		errno = error;
		return -1;
	}
	*out = fds[0];
	return pid;
}

/**
 * Read all that swanadv prints.
 *
 * @param text			gets it, allocated
 * @return				why it is of no use, NULL if it is
 */
static const char *read_all(int fd, char **text, size_t *len)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint64_t now, deadline = get_time() + SCRAPE_TIMEOUT;
	FILE *out = open_memstream(text, len);
	const char *error = out ? NULL : "there is too little memory";
	size_t total = 0;
	ssize_t part = 1;
	char buf[BUFSIZ];

	while (!error && part > 0)
	{
		now = get_time();
		if (now >= deadline || poll(&ready, 1, deadline - now) <= 0)
		{
			error = "it hangs";
			break;
		}
		part = read(fd, buf, sizeof(buf));
		total += part > 0 ? part : 0;
		if (total > SCRAPE_MAX)
		{
			error = "it prints too much";
		}
		else if (part > 0 && fwrite(buf, 1, part, out) != (size_t)part)
		{
			error = "there is too little memory";
		}
	}
	if (out && fclose(out) != 0 && !error)
	{
		error = "there is too little memory";
	}
	return error;
}

/**
 * Run swanadv.
 *
 * @return				allocated text, NULL if there is none
 */
static char *run(const char *swanadv, const char *socket, size_t *len)
{
	char *text = NULL;
	const char *error;
	int fd, status = 0;
	pid_t pid;

	pid = start(swanadv, socket, &fd);
	if (pid < 0)
	{
		fprintf(stderr, "charon-exporter: can't run %s: %s\n", swanadv,
				strerror(errno));
		return NULL;
	}
	error = read_all(fd, &text, len);
	close(fd);
	if (error)
	{
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
	{
		/* again */
	}
	if (!error && WIFSIGNALED(status))
	{	/* what there is may be a part of it */
		error = "it was killed";
	}
	if (error)
	{
		fprintf(stderr, "charon-exporter: %s is of no use: %s\n", swanadv,
				error);
	}
	if (error || !*len)
	{	/* if it prints nothing it has said why itself */
		free(text);
		return NULL;
	}
	return text;
}

char *scrape(const char *swanadv, const char *socket, size_t *len)
{
	char *copy = NULL;

	pthread_mutex_lock(&mutex);
	if (!last_time || get_time() - last_time > SCRAPE_AGE)
	{
		free(last);
		last = run(swanadv, socket, &last_len);
		last_time = get_time();
	}
	if (last)
	{
		copy = malloc(last_len);
		if (copy)
		{
			memcpy(copy, last, last_len);
			*len = last_len;
		}
	}
	pthread_mutex_unlock(&mutex);
	return copy;
}
