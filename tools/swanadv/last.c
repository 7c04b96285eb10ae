/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "last.h"
#include "last_record.h"
#include "last_sessions.h"
#include "lines_back.h"
#include "print.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/**
 * What is under way.
 */
typedef struct {
	const last_t *what;
	last_who_t who;
	/** records that were printed */
	u_int count;
	/** lines that are none */
	u_int others;
} state_t;

/**
 * Print a record that was found, which is freed.
 */
static void print_found(state_t *this, last_found_t *found)
{
	last_record_t *record = last_record_create(found->line);

	if (!record)
	{
		this->others++;
	}
	else if (!this->who.name || record->is_about(record, &this->who))
	{
		if (this->what->format == FORMAT_TEXT)
		{
			record->print(record, found->newest);
		}
		else
		{
			printf("%s%s", this->count && this->what->format == FORMAT_JSON
								? ", " : "", found->line);
			fputs(this->what->format == FORMAT_RAW ? "\n" : "", stdout);
		}
		this->count++;
	}
	DESTROY_IF(record);
	free(found->line);
}

/**
 * Are there enough, or does nobody read them?
 */
static bool is_enough(state_t *this)
{
	return ferror(stdout) ||
		   (this->what->count && this->count >= this->what->count);
}

/**
 * Say that a file can't be read.
 */
static void complain_file(const char *path, int error)
{
	complain("can't read %s: %s", path, error == EINVAL
								? "not a regular file" : strerror(error));
}

/**
 * Note the sessions that go on from a file in the newer one.
 */
static void add_continued(last_sessions_t *sessions, const char *path)
{
	lines_back_t *lines = lines_back_create(path);
	char *line;

	if (lines)
	{
		do
		{
			line = lines->next(lines);
		}
		while (line && sessions->add_continued(sessions, line));
		lines->destroy(lines);
	}
}

/**
 * Print what a file has.
 */
static bool read_file(state_t *this, last_sessions_t *sessions,
					  const char *path)
{
	lines_back_t *lines = lines_back_create(path);
	last_found_t found;
	char *line;
	int error;

	if (!lines)
	{
		complain_file(path, errno);
		return FALSE;
	}
	while (!is_enough(this) && (line = lines->next(lines)))
	{
		this->others += !sessions->add(sessions, line, &found);
		if (found.line)
		{
			print_found(this, &found);
		}
	}
	error = lines->get_error(lines);
	lines->destroy(lines);
	if (error)
	{
		complain_file(path, error);
	}
	return !error;
}

/**
 * Print what the file has, and those that it was before.
 */
static bool read_files(state_t *this, last_sessions_t *sessions,
					   const char *path)
{
	char *current = strdup(path), *older;
	bool success = TRUE;
	u_int number = 1;

	while (current && success)
	{
		if (this->what->file ||
			asprintf(&older, "%s.%u", path, number++) < 0)
		{
			older = NULL;
		}
		else if (access(older, F_OK))
		{
			free(older);
			older = NULL;
		}
		else
		{
			add_continued(sessions, older);
		}
		success = read_file(this, sessions, current);
		sessions->next_file(sessions);
		free(current);
		current = is_enough(this) ? NULL : older;
		if (current != older)
		{
			free(older);
		}
	}
	free(current);
	return success;
}

/**
 * Get the file of this machine's daemon: that of charon-systemd, if it is
 * there, as it falls back to charon's.
 */
static const char *get_file(void)
{
	const char *path, *systemd;

	systemd = lib->settings->get_str(lib->settings,
							"charon-systemd.plugins.accounting.file", NULL);
	path = lib->settings->get_str(lib->settings,
							"charon.plugins.accounting.file", NULL);
	return systemd && (!path || access(systemd, F_OK) == 0) ? systemd : path;
}

/**
 * Print all that is to be.
 */
static bool print_all(state_t *this, const char *path)
{
	last_sessions_t *sessions = last_sessions_create(this->what->refused);
	last_found_t found;
	bool success;

	if (this->what->format == FORMAT_TEXT)
	{
		last_record_print_header(this->what->refused);
	}
	else if (this->what->format == FORMAT_JSON)
	{
		fputs("{\"items\": [", stdout);
	}
	success = read_files(this, sessions, path);
	for (sessions->get_rest(sessions, &found); found.line && !is_enough(this);
		 sessions->get_rest(sessions, &found))
	{
		print_found(this, &found);
	}
	free(found.line);
	if (this->what->format == FORMAT_JSON)
	{
		puts("]}");
	}
	sessions->destroy(sessions);
	return success;
}

bool last(const last_t *what)
{
	const char *path = what->file ?: get_file();
	state_t state = {
		.what = what,
	};
	bool success;

	if (!path)
	{
		complain("charon.plugins.accounting.file isn't set: expected a file of "
				 "records, or --file");
		return FALSE;
	}
	if (what->who)
	{
		state.who = (last_who_t){
			.name = what->who,
			.id = identification_create_from_string((char*)what->who),
			.host = host_create_from_string((char*)what->who, 0),
		};
	}
	success = print_all(&state, path);
	if (state.others)
	{
		complain("lines that are no records, and were left out: %u",
				 state.others);
	}
	DESTROY_IF(state.who.id);
	DESTROY_IF(state.who.host);
	return success;
}
