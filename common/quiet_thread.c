/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "quiet_thread.h"

#include <pthread.h>
#include <signal.h>

thread_t *quiet_thread_create(thread_main_t main, void *arg)
{
	/* what a fault of its own raises: the daemon logs where it was */
	static const int faults[] = { SIGSEGV, SIGILL, SIGBUS, SIGABRT, SIGFPE };
	thread_t *thread;
	sigset_t all, before;
	int i;

	sigfillset(&all);
	for (i = 0; i < countof(faults); i++)
	{
		sigdelset(&all, faults[i]);
	}
	pthread_sigmask(SIG_BLOCK, &all, &before);
	thread = thread_create(main, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return thread;
}
