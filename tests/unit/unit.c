/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * Suites to run, and their number.
 */
static Suite *(*suites[256])(void);
static u_int count;

/**
 * Lines captured.
 */
static char captured[8192];

/**
 * Thread whose lines they are: others may have jobs of other tests to do.
 */
static pthread_t capturing;

/**
 * Logger to return to.
 */
static void (*dbg_saved)(debug_t group, level_t level, char *fmt, ...);

/**
 * Logger that captures.
 */
static void dbg_capture(debug_t group, level_t level, char *fmt, ...)
{
	size_t used = strlen(captured);
	va_list args;

	if (level <= LEVEL_CTRL && pthread_equal(capturing, pthread_self()))
	{
		va_start(args, fmt);
		used += vsnprintf(captured + used, sizeof(captured) - used, fmt, args);
		va_end(args);
		ck_assert_uint_lt(used + 1, sizeof(captured));
		strcpy(captured + used, "\n");
	}
}

void log_capture(void)
{
	*captured = '\0';
	capturing = pthread_self();
	dbg_saved = dbg;
	dbg = dbg_capture;
}

const char *log_captured(void)
{
	dbg = dbg_saved;
	return captured;
}

void suite_add(Suite *(*create)(void))
{
	if (count == countof(suites))
	{
		abort();
	}
	suites[count++] = create;
}

int main(void)
{
	SRunner *runner;
	int failed, i;

	/* no settings but those of the tests */
	if (!library_init("", "unit"))
	{
		library_deinit();
		return EXIT_FAILURE;
	}
	dbg_default_set_level(LEVEL_SILENT);
	/* a limit that isn't reached costs nothing, and machines are busy */
	setenv("CK_DEFAULT_TIMEOUT", "60", FALSE);

	runner = srunner_create(NULL);
	for (i = 0; i < count; i++)
	{
		srunner_add_suite(runner, suites[i]());
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);

	/* threads that tests in this process have started */
	lib->processor->cancel(lib->processor);
	library_deinit();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
