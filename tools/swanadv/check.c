/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check.h"
#include "conf_lines.h"
#include "print.h"

#include <schemas.h>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * The plugins that were built with this program.
 */
static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * A check.
 */
typedef struct {
	const char *file;
	settings_t *settings;
	conf_lines_t *lines;
	/** sections of plugins that were checked */
	u_int sections;
} check_t;

/**
 * Number of errors so far.
 */
static u_int errors;

/**
 * Tell an error.
 *
 * @param where		"file:line"
 */
static void add_error(const char *where, const char *plugin,
					  const char *message)
{
	complain_at(where, plugin, message);
	errors++;
}

/**
 * Logger that collects what the parser can't read: "file:line: message".
 */
static void collect(debug_t group, level_t level, char *fmt, ...)
{
	char line[BUF_LEN], *message;
	va_list args;

	if (level > 1)
	{
		return;
	}
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	message = strstr(line, ": ");
	if (message)
	{
		*message = '\0';
		add_error(line, NULL, message + 2);
	}
}

/**
 * Load the settings.
 */
static bool load(check_t *this)
{
	void (*saved)(debug_t group, level_t level, char *fmt, ...) = dbg;
	bool loaded;

	dbg = collect;
	loaded = this->settings->load_files(this->settings, (char*)this->file,
										FALSE);
	dbg = saved;
	return loaded;
}

/**
 * Add the errors of a section, with where they are.
 */
static void add_errors(check_t *this, option_errors_t *errors,
					   const char *plugin, const char *section)
{
	enumerator_t *enumerator;
	char *line, path[BUF_LEN];
	size_t len;

	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		/* a key ends where its value or the message begins */
		len = strcspn(line, " :");
		snprintf(path, sizeof(path), "%s.%.*s", section, (int)len, line);
		add_error(this->lines->find(this->lines, path), plugin, line);
	}
	enumerator->destroy(enumerator);
}

/**
 * Check what a section says about loading the plugin. If charon's plugin loader
 * doesn't know the value, it doesn't load it, and says nothing.
 */
static void check_load(check_t *this, const char *plugin, const char *section)
{
	char key[BUF_LEN], message[BUF_LEN], *value;

	snprintf(key, sizeof(key), "%s.load", section);
	value = this->settings->get_str(this->settings, key, NULL);
	if (value &&
		settings_value_as_bool(value, TRUE) !=
			settings_value_as_bool(value, FALSE) &&
		settings_value_as_int(value, 0) != settings_value_as_int(value, 1))
	{
		snprintf(message, sizeof(message), "load = \"%s\": expected yes, no or "
				 "a priority", value);
		add_error(this->lines->find(this->lines, key), plugin, message);
	}
}

/**
 * Is there such a section in another one?
 */
static bool has_section(settings_t *settings, const char *parent,
						const char *name)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	char *current;

	enumerator = settings->create_section_enumerator(settings, (char*)parent);
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		found = streq(current, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check the sections of plugins within a section, "" for the file itself.
 */
static void check_plugins(check_t *this, const char *parent)
{
	option_errors_t *errors;
	char section[BUF_LEN];
	int i;

	for (i = 0; schemas[i]; i++)
	{
		if (!has_section(this->settings, parent, schemas[i]->name))
		{
			continue;
		}
		this->sections++;
		snprintf(section, sizeof(section), "%s%s%s", parent,
				 *parent ? "." : "", schemas[i]->name);
		errors = option_errors_create();
		options_unref(options_load(schemas[i], this->settings, section,
								   errors));
		add_errors(this, errors, schemas[i]->name, section);
		errors->destroy(errors);
		check_load(this, schemas[i]->name, section);
	}
}

/**
 * Check the sections of all daemons.
 */
static void check_daemons(check_t *this)
{
	enumerator_t *enumerator;
	char *name, section[BUF_LEN];

	check_plugins(this, "");
	enumerator = this->settings->create_section_enumerator(this->settings, "");
	while (enumerator->enumerate(enumerator, &name))
	{
		if (strchr(name, '%'))
		{	/* has a meaning in names of settings */
			continue;
		}
		snprintf(section, sizeof(section), "%s.plugins", name);
		check_plugins(this, section);
	}
	enumerator->destroy(enumerator);
}

bool check_file(const char *file, bool json)
{
	check_t this = {
		.file = file,
		.settings = settings_create_string(""),
	};
	struct stat st;
	u_int before = errors;
	bool valid, regular;

	/* it is read twice, so no pipe will do */
	regular = stat(file, &st) == 0 && S_ISREG(st.st_mode);
	this.lines = conf_lines_create(regular ? file : "/dev/null");
	if (access(file, R_OK) != 0)
	{
		add_error(file, NULL, strerror(errno));
	}
	else if (!regular)
	{
		add_error(file, NULL, "isn't a regular file");
	}
	else if (!load(&this))
	{
		if (errors == before)
		{
			add_error(file, NULL, "can't be read");
		}
	}
	else
	{
		check_daemons(&this);
		if (!this.sections)
		{
			add_error(file, NULL, "there is no section of a plugin that could "
					  "be checked");
		}
	}
	valid = errors == before;
	if (valid && !json)
	{
		printf("%s: valid (sections of plugins: %u)\n", file, this.sections);
	}
	this.lines->destroy(this.lines);
	this.settings->destroy(this.settings);
	return valid;
}
