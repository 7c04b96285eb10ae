/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "option_errors.h"
#include "utf8.h"

#include <collections/array.h>

/**
 * Bytes of a value that are shown: enough to recognize it.
 */
#define VALUE_MAX 64

/**
 * Bytes of a key that are shown: names of sections may be of any length.
 */
#define KEY_MAX 256

/**
 * Room for the names of sections. What may be cut isn't shown.
 */
#define PATH_LEN 1024

typedef struct private_option_errors_t private_option_errors_t;

struct private_option_errors_t {
	option_errors_t public;
	/** lines kept, as char* */
	array_t *lines;
	/** number of errors added */
	u_int count;
	/** section that was entered, with a dot at the end, "" for the plugin's */
	char section[PATH_LEN];
};

/**
 * Append to the path of a section, without printf(), which strongSwan's
 * conversions make slow.
 */
static void append(char path[PATH_LEN], const char *str)
{
	size_t used = strlen(path), len = strlen(str);

	len = min(len, PATH_LEN - 1 - used);
	memcpy(path + used, str, len);
	path[used + len] = '\0';
}

METHOD(option_errors_t, add, void,
	private_option_errors_t *this, const char *key, const char *value,
	const char *fmt, ...)
{
	char *line, path[PATH_LEN];
	size_t len;
	FILE *out;
	va_list args;

	if (this->count++ >= OPTION_ERRORS_MAX)
	{
		return;
	}
	out = open_memstream(&line, &len);
	if (!out)
	{
		return;
	}
	if (key)
	{
		strcpy(path, this->section);
		append(path, key);
		if (!*key && *path)
		{	/* the section itself */
			path[strlen(path) - 1] = '\0';
		}
		utf8_print(out, path, KEY_MAX);
	}
	if (value)
	{
		fputs(" = \"", out);
		utf8_print(out, value, VALUE_MAX);
		fputs("\"", out);
	}
	if (key)
	{
		fputs(": ", out);
	}
	va_start(args, fmt);
	vfprintf(out, fmt, args);
	va_end(args);
	fclose(out);

	array_insert(this->lines, ARRAY_TAIL, line);
}

METHOD(option_errors_t, enter, size_t,
	private_option_errors_t *this, const char *name)
{
	size_t before = strlen(this->section);

	append(this->section, name);
	append(this->section, ".");
	return before;
}

METHOD(option_errors_t, leave, void,
	private_option_errors_t *this, size_t before)
{
	this->section[before] = '\0';
}

METHOD(option_errors_t, get_count, u_int,
	private_option_errors_t *this)
{
	return this->count;
}

METHOD(option_errors_t, create_enumerator, enumerator_t*,
	private_option_errors_t *this)
{
	return array_create_enumerator(this->lines);
}

METHOD(option_errors_t, log_, void,
	private_option_errors_t *this, const char *plugin, const char *consequence)
{
	enumerator_t *enumerator;
	char *line;
	u_int more;

	enumerator = create_enumerator(this);
	while (enumerator->enumerate(enumerator, &line))
	{
		DBG1(DBG_CFG, "%s: %s; %s", plugin, line, consequence);
	}
	enumerator->destroy(enumerator);

	more = this->count - array_count(this->lines);
	if (more)
	{
		DBG1(DBG_CFG, "%s: %u more error%s; %s", plugin, more,
			 more == 1 ? "" : "s", consequence);
	}
}

METHOD(option_errors_t, destroy, void,
	private_option_errors_t *this)
{
	array_destroy_function(this->lines, (void*)free, NULL);
	free(this);
}

option_errors_t *option_errors_create(void)
{
	private_option_errors_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.enter = _enter,
			.leave = _leave,
			.get_count = _get_count,
			.create_enumerator = _create_enumerator,
			.log = _log_,
			.destroy = _destroy,
		},
		.lines = array_create(0, 0),
	);
	return &this->public;
}
