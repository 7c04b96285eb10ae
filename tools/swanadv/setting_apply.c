/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_apply.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/**
 * Seconds for charon to load settings: lists may be long.
 */
#define TIMEOUT 30

/**
 * What to put back if that is over.
 */
static setting_file_t *applied;

/**
 * A pipe that has something once a signal came that would end the program, by
 * whichever thread it was handled.
 */
static int interrupt[2] = { -1, -1 };

static void on_signal(int signal)
{
	int saved = errno;

	ignore_result(write(interrupt[1], "", 1));
	errno = saved;
}

void setting_apply_begin(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction before, action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};
	int i;

	if (pipe2(interrupt, O_CLOEXEC | O_NONBLOCK) == 0)
	{
		for (i = 0; i < countof(signals); i++)
		{	/* nohup's stay ignored */
			if (sigaction(signals[i], NULL, &before) == 0 &&
				before.sa_handler != SIG_IGN)
			{
				sigaction(signals[i], &action, NULL);
			}
		}
	}
	/* one that is stopped puts nothing back */
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

/**
 * Has there been a signal?
 */
static bool is_interrupted(void)
{
	struct pollfd fd = { .fd = interrupt[0], .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/**
 * Put the file back as charon doesn't answer.
 */
static void give_up(void)
{
	if (applied->put_back(applied) == SETTING_BACK)
	{
		complain("%s: it is as it was, but charon hasn't loaded that",
				 applied->file);
	}
	applied->destroy(applied);
}

/**
 * Connect to charon.
 *
 * @return				FALSE if it fails; session->conn is NULL and errno 0 if
 *						charon doesn't run, else it was said
 */
static bool connect_to(session_t *session)
{
	errno = 0;
	session->conn = vici_connect((char*)session->uri);
	if (session->conn)
	{
		return TRUE;
	}
	if (errno == ENOENT || errno == ECONNREFUSED)
	{
		errno = 0;
		return FALSE;
	}
	session_open(session);
	session_close(session);
	errno = EIO;
	return FALSE;
}

/**
 * Does charon still answer on a connection?
 */
static bool is_alive(session_t *session)
{
	vici_res_t *res = vici_submit(vici_begin("version"), session->conn);

	if (res)
	{
		vici_free_res(res);
	}
	return res != NULL;
}

/**
 * Have charon load its settings.
 *
 * @return				FALSE if it can't, after saying so
 */
static bool reload(session_t *session)
{
	node_t *answer;
	bool success;

	success = session_request(session, vici_begin("reload"), "reload", NULL,
							  &answer);
	node_destroy(answer);
	return success;
}

/**
 * Have charon load what was put back: on the connection that there is, or
 * else by another one, as it may have been started anew, or moved its socket.
 *
 * @return				what to say about it
 */
static const char *reload_again(session_t *session)
{
	if (session->conn && is_alive(session))
	{
		return reload(session) ? "" : ", but charon hasn't loaded that";
	}
	session_close(session);
	if (!connect_to(session))
	{
		return ", for charon's next start";
	}
	return reload(session) ? "" : ", but charon hasn't loaded that";
}

/**
 * Put the file back, and have charon load that.
 *
 * @param why			why, for a message
 * @return				what has become of it
 */
static setting_back_t put_back(session_t *session, setting_file_t *file,
							   const char *why)
{
	setting_back_t result = file->put_back(file);

	if (result == SETTING_BACK)
	{
		session_limit(session, TIMEOUT, "reload", EXIT_FAILURE, NULL);
		complain("%s: %s, so that is undone%s", file->file, why,
				 reload_again(session));
		session_unlimit();
	}
	return result;
}

setting_applied_t setting_apply(session_t *session, setting_file_t *file)
{
	const char *why = "charon doesn't take it";
	setting_applied_t result = SETTING_APPLIED;
	bool done = FALSE;

	applied = file;
	session_limit(session, TIMEOUT, "reload", EXIT_FAILURE, give_up);
	if (connect_to(session))
	{
		done = reload(session);
	}
	else if (!errno)
	{
		done = TRUE;
		result = SETTING_AT_START;
	}
	else
	{
		why = "charon can't be asked to load it";
	}
	session_unlimit();
	if (done && is_interrupted())
	{
		why = "a signal has ended this";
		done = FALSE;
	}
	else if (done && file->is_changed(file))
	{
		why = "somebody else has changed it meanwhile";
		done = FALSE;
	}
	if (!done)
	{
		put_back(session, file, why);
	}
	return done ? result : SETTING_REFUSED;
}

bool setting_apply_typed(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/**
 * Read what is typed.
 *
 * @param fd			terminal, set to -1 at its end
 * @return				TRUE if there is a newline in it
 */
static bool is_entered(int *fd)
{
	char buf[256];
	ssize_t len;

	len = read(*fd, buf, sizeof(buf));
	if (len <= 0)
	{
		*fd = -1;
		return FALSE;
	}
	return memchr(buf, '\n', len) != NULL;
}

/**
 * Wait until it is confirmed.
 *
 * @return				NULL if it was, why it wasn't otherwise
 */
static const char *await(setting_file_t *file, u_int seconds)
{
	struct pollfd fds[] = {
		{ .fd = interrupt[0], .events = POLLIN },
		{ .fd = file->watch(file), .events = POLLIN },
		{ .fd = setting_apply_typed() ? STDIN_FILENO : -1, .events = POLLIN },
	};
	timeval_t now, end;
	int64_t left;

	if (fds[1].fd < 0)
	{
		return "it can't be confirmed";
	}
	if (fds[2].fd >= 0)
	{	/* what was typed before isn't about this */
		tcflush(STDIN_FILENO, TCIFLUSH);
	}
	time_monotonic(&end);
	end.tv_sec += seconds;
	while (file->is_pending(file))
	{
		time_monotonic(&now);
		left = (int64_t)(end.tv_sec - now.tv_sec) * 1000 +
			   (end.tv_usec - now.tv_usec) / 1000;
		if (left <= 0)
		{
			return "nobody has confirmed it in time";
		}
		if (poll(fds, countof(fds), min(left, INT_MAX)) <= 0)
		{
			continue;
		}
		if (fds[0].revents)
		{
			return "a signal has ended this";
		}
		if (fds[2].revents && is_entered(&fds[2].fd))
		{
			return NULL;
		}
		file->watch(file);
	}
	return NULL;
}

bool setting_apply_confirm(session_t *session, setting_file_t *file,
						   u_int seconds)
{
	const char *why = await(file, seconds);

	/* whoever confirms at this moment may be first */
	return !why || put_back(session, file, why) == SETTING_BACK_CONFIRMED;
}
