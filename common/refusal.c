/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "refusal.h"

#include <daemon.h>
#include <threading/thread.h>

/**
 * Section of settings_t that is no file's. Its values are gone after a reload,
 * but then all plugins are loaded; and they are freed by whom they aren't of.
 */
#define SECTION "charon-advanced-refused"

struct refusal_t {
	/** has the plugin's last line, or all that say that it isn't loaded */
	logger_t logger;
	const char *plugin;
	/** who loads the plugins */
	thread_t *thread;
	/** a newline between two, NULL if there is none yet */
	char *lines;
	/** whether these say that it isn't loaded */
	bool refused;
};

void refusal_note(const char *plugin, const char *reason)
{
	lib->settings->set_str(lib->settings, SECTION ".%s", (char*)reason, plugin);
}

bool refusal_take(char **plugin, char **reason)
{
	enumerator_t *enumerator;
	char *key, *value;
	bool found;

	enumerator = lib->settings->create_key_value_enumerator(lib->settings,
															SECTION);
	while ((found = enumerator->enumerate(enumerator, &key, &value)) && !value)
	{
		/* taken before */
	}
	if (found)
	{
		*plugin = strdup(key);
		*reason = strdup(value);
	}
	enumerator->destroy(enumerator);
	if (found)
	{
		lib->settings->set_str(lib->settings, SECTION ".%s", NULL, *plugin);
	}
	return found;
}

METHOD(logger_t, log_, void,
	refusal_t *this, debug_t group, level_t level, int thread,
	ike_sa_t *ike_sa, const char *message)
{
	size_t len = strlen(this->plugin);
	const char *end;
	char *lines;
	bool refused, more;

	if (this->thread != thread_current() ||
		!strneq(message, this->plugin, len) || !strpfx(message + len, ": "))
	{
		return;
	}
	message += len + 2;
	/* is said elsewhere */
	end = strstr(message, "; not loading");
	refused = end != NULL;
	end = end ?: message + strlen(message);
	more = refused && this->refused;
	if (asprintf(&lines, "%s%s%.*s", more ? this->lines : "", more ? "\n" : "",
				 (int)(end - message), message) >= 0)
	{
		free(this->lines);
		this->lines = lines;
		this->refused = refused;
	}
}

METHOD(logger_t, get_level, level_t,
	refusal_t *this, debug_t group)
{
	return LEVEL_CTRL;
}

refusal_t *refusal_listen(const char *plugin)
{
	refusal_t *this;

	INIT(this,
		.logger = {
			.log = _log_,
			.get_level = _get_level,
		},
		.plugin = plugin,
		.thread = thread_current(),
	);
	if (charon)
	{
		charon->bus->add_logger(charon->bus, &this->logger);
	}
	return this;
}

void refusal_end(refusal_t *this, bool failed)
{
	if (charon)
	{
		charon->bus->remove_logger(charon->bus, &this->logger);
	}
	if (failed)
	{
		refusal_note(this->plugin, this->lines ?: "see the log of the start");
	}
	free(this->lines);
	free(this);
}
