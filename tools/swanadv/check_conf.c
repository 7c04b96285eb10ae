/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_conf.h"

#include <loading.h>
#include <schemas.h>

/**
 * Plugins that were built with this program.
 */
static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * Daemons, the likely one first if several have sections.
 */
static const char *const daemons[CHECK_CONF_DAEMONS] = {
	"charon-systemd", "charon", "charon-nm", "charon-cmd",
};

/**
 * Where lines go that the parser logs, and whether there are any.
 */
static report_t *logged;
static bool complained;

/**
 * Logger that collects what the parser can't read: "file:line: message". What
 * has no line is about the end of the file. Others tell of files that patterns
 * don't match, which charon doesn't mind.
 */
static void collect(debug_t group, level_t level, char *fmt, ...)
{
	char line[BUF_LEN], *message;
	va_list args;

	if (level > 1 || group != DBG_CFG)
	{
		return;
	}
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	message = strstr(line, ": ");
	if (message && !strpfx(line, "syntax error"))
	{
		*message = '\0';
		report_add(logged, FINDING_ERROR, line, NULL, "%s", message + 2);
		complained = TRUE;
	}
}

/**
 * Would charon read a text?
 */
static bool is_text(char *text)
{
	settings_t *settings = settings_create_string(text);

	DESTROY_IF(settings);
	return settings != NULL;
}

/**
 * Read the file into settings. If charon can't, or would overlook something,
 * what else it says is read all the same, to tell all that is wrong at once.
 */
static void load(check_conf_t *this)
{
	void (*saved)(debug_t group, level_t level, char *fmt, ...) = dbg;
	bool broken, loaded = FALSE;
	char *text;

	broken = report_worst(this->report) >= FINDING_ERROR;
	logged = this->report;
	complained = FALSE;
	dbg = collect;
	if (this->edit)
	{	/* on disk it has another text */
		broken = TRUE;
		loaded = is_text((char*)this->edit->text);
	}
	else if (report_worst(this->report) < FINDING_UNREADABLE)
	{	/* else it might not end, or crash */
		loaded = this->settings->load_files(this->settings, (char*)this->file,
											FALSE);
	}
	if (!loaded && !complained && (!broken || this->edit))
	{
		report_add(this->report, FINDING_ERROR,
				   this->edit ? this->edit->file : this->file, NULL,
				   "charon can't read it");
	}
	if (!loaded || broken)
	{
		logged = report_create();
		text = this->lines->write(this->lines);
		this->settings->load_string(this->settings, text, FALSE);
		free(text);
		report_destroy(logged);
	}
	dbg = saved;
}

const char *check_conf_join(char buf[BUF_LEN], const char *a, const char *b)
{
	snprintf(buf, BUF_LEN, "%s%s%s", a, *a && *b ? "." : "", b);
	return buf;
}

/**
 * Have the sections of daemons fall back to others, as libstrongswan does.
 * Lines do before it reads any: a reference might lead back into its section.
 */
static void add_fallbacks(const char *daemon, void *to,
			void (*add)(void *to, const char *section, const char *fallback))
{
	if (streq(daemon, "charon-systemd"))
	{
		add(to, daemon, "charon");
	}
	add(to, daemon, "libstrongswan");
}

/**
 * Is it the snippet of a plugin, with nothing else in it?
 */
static bool is_snippet(check_conf_t *this)
{
	enumerator_t *enumerator;
	char *name;
	size_t len;
	int i, others = 0, ours = 0;

	enumerator = check_conf_sections(this, "");
	while (enumerator->enumerate(enumerator, &name))
	{
		len = strlen(name);
		if (len && name[len - 1] == '!')
		{	/* critical */
			len--;
		}
		for (i = 0; schemas[i]; i++)
		{
			ours += strlen(schemas[i]->name) == len &&
					strneq(schemas[i]->name, name, len);
		}
		others += strpfx(name, "charon") || streq(name, "plugins");
	}
	enumerator->destroy(enumerator);
	return ours && !others;
}

check_conf_t *check_conf_create(const char *file, conf_edit_t *edit,
								report_t *report)
{
	check_conf_t *this;
	int i, count = 0;

	INIT(this,
		.file = file,
		.settings = settings_create_string(""),
		.edit = edit,
		.report = report,
	);
	this->lines = conf_lines_create(file, edit, report);
	for (i = 0; i < countof(daemons); i++)
	{
		add_fallbacks(daemons[i], this->lines,
					  (void*)this->lines->add_fallback);
	}
	this->lines->check_references(this->lines);
	load(this);
	this->snippet = is_snippet(this);
	for (i = 0; i < countof(daemons); i++)
	{
		if (streq(daemons[i], "charon") || check_conf_has(this, daemons[i]))
		{
			this->daemons[count++] = daemons[i];
			add_fallbacks(daemons[i], this->settings,
						  (void*)this->settings->add_fallback);
		}
	}
	return this;
}

/**
 * Write a section's name as a key of settings_t, in which a % has a meaning.
 */
static const char *escape(const char *section, char buf[BUF_LEN])
{
	size_t len = 0;

	for (; *section && len + 3 < BUF_LEN; section++)
	{
		buf[len++] = *section;
		if (*section == '%')
		{
			buf[len++] = '%';
		}
	}
	buf[len] = '\0';
	return buf;
}

const char *check_conf_get(check_conf_t *this, const char *section,
						   const char *key)
{
	char path[BUF_LEN], buf[BUF_LEN];

	check_conf_join(path, section, key);
	return this->settings->get_str(this->settings, (char*)escape(path, buf),
								   NULL);
}

bool check_conf_is(check_conf_t *this, const char *section, const char *key,
				   bool def)
{
	return settings_value_as_bool((char*)check_conf_get(this, section, key),
								  def);
}

enumerator_t *check_conf_sections(check_conf_t *this, const char *section)
{
	char buf[BUF_LEN];

	return this->settings->create_section_enumerator(this->settings,
											(char*)escape(section, buf));
}

bool check_conf_has(check_conf_t *this, const char *section)
{
	enumerator_t *enumerator;
	const char *name = strrchr(section, '.');
	char parent[BUF_LEN], *current;
	bool found = FALSE;

	snprintf(parent, sizeof(parent), "%.*s",
			 name ? (int)(name - section) : 0, section);
	name = name ? name + 1 : section;
	enumerator = check_conf_sections(this, parent);
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		found = streq(current, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

bool check_conf_loads(check_conf_t *this, const char *daemon,
					  const char *plugin)
{
	return loading_wants(this->settings, daemon, plugin);
}

const char *check_conf_plugin(check_conf_t *this, const char *daemon,
							  const char *plugin, char buf[BUF_LEN])
{
	char plugins[BUF_LEN];

	check_conf_join(plugins, daemon, *daemon ? "plugins" : "");
	check_conf_join(buf, plugins, plugin);
	return check_conf_has(this, buf) ? buf : NULL;
}

void check_conf_destroy(check_conf_t *this)
{
	this->lines->destroy(this->lines);
	this->settings->destroy(this->settings);
	free(this);
}
