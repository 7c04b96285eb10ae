/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_connections.h"
#include "check_core.h"

#include <glob_list.h>
#include <schemas.h>

#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * How many connections a message names.
 */
#define NAMES_MAX 5

/**
 * What is being checked.
 */
typedef struct {
	/** strongswan.conf */
	check_conf_t *conf;
	/** swanctl.conf, NULL if there is none */
	check_conf_t *swanctl;
	/** char*, names of all connections */
	array_t *names;
	/** whether there may be others, in files that aren't read */
	bool more;
} connections_t;

/**
 * Say what the settings of a connection contradict.
 *
 * @param section		the connection's in swanctl.conf
 */
typedef void (*check_t)(connections_t *this, const char *section);

/**
 * Get the value of a plugin's option, NULL if it isn't loaded.
 */
static const char *get_option(connections_t *this, const char *plugin,
							  const char *key, const char *def)
{
	check_conf_t *conf = this->conf;
	char section[BUF_LEN];

	if (!check_conf_loads(conf, conf->daemons[0], plugin))
	{
		return NULL;
	}
	check_conf_plugin(conf, conf->daemons[0], plugin, section);
	return check_conf_get(conf, section, key) ?: def;
}

/**
 * With replace and keep charon decides before unique-policy is asked.
 */
static void check_unique(connections_t *this, const char *section)
{
	const char *value = check_conf_get(this->swanctl, section, "unique");
	char path[BUF_LEN];

	if (value && (strcaseeq(value, "replace") || strcaseeq(value, "keep")) &&
		get_option(this, "unique-policy", "mode", ""))
	{
		check_conf_join(path, section, "unique");
		report_add(this->conf->report, FINDING_WARNING,
				   this->swanctl->lines->find(this->swanctl->lines, path),
				   "unique-policy", "%s = \"%s\": charon enforces it before "
				   "unique-policy is asked, expected never", path, value);
	}
}

/**
 * What is checked of each connection; more may follow.
 */
static const check_t checks[] = {
	check_unique,
};

/**
 * Check the connections of swanctl.conf, and note their names.
 */
static void check_swanctl(connections_t *this)
{
	enumerator_t *enumerator;
	char *name, section[BUF_LEN];
	int i;

	check_core(this->swanctl, TRUE);
	enumerator = check_conf_sections(this->swanctl, "connections");
	while (enumerator->enumerate(enumerator, &name))
	{
		array_insert(this->names, ARRAY_TAIL, strdup(name));
		check_conf_join(section, "connections", name);
		for (i = 0; i < countof(checks); i++)
		{
			checks[i](this, section);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Check an ipsec.conf: at its default, uniqueids has charon decide on all of
 * its connections.
 */
static void check_ipsec(connections_t *this, const char *file)
{
	char line[BUF_LEN], word[BUF_LEN], value[BUF_LEN] = "", where[BUF_LEN];
	u_int number = 0, conns = 0, said = 0;
	struct stat st;
	FILE *in;

	in = stat(file, &st) == 0 && S_ISREG(st.st_mode) ? fopen(file, "r") : NULL;
	if (!in)
	{
		return;
	}
	while (fgets(line, sizeof(line), in))
	{
		number++;
		if (sscanf(line, "conn %511s", word) == 1 && *word != '%')
		{
			array_insert(this->names, ARRAY_TAIL, strdup(word));
			conns++;
		}
		else if (sscanf(line, " include %511s", word) == 1)
		{
			this->more = TRUE;
		}
		else if (sscanf(line, " uniqueids = %511[A-Za-z]", word) == 1 ||
				 sscanf(line, " uniqueids = \"%511[A-Za-z]", word) == 1)
		{
			strcpy(value, word);
			said = number;
		}
	}
	fclose(in);
	if (conns && !streq(value, "never") && !streq(value, "no") &&
		get_option(this, "unique-policy", "mode", ""))
	{
		snprintf(where, sizeof(where), said ? "%s:%u" : "%s", file, said);
		report_add(this->conf->report, FINDING_WARNING, where, "unique-policy",
				   "uniqueids = \"%s\": charon enforces it before "
				   "unique-policy is asked, expected never",
				   *value ? value : "yes");
	}
}

/**
 * Does an option have names of connections, as patterns?
 */
static bool has_names(const option_t *option)
{
	const char *end = strrchr(option->key, '_');

	return option->type == OPTION_GLOBS &&
		   streq(end ? end + 1 : option->key, "connections");
}

/**
 * Write the names of some connections.
 */
static void write_names(connections_t *this, char buf[BUF_LEN])
{
	char *name;
	size_t len = 0;
	int i;

	*buf = '\0';
	for (i = 0; i < array_count(this->names) && len < BUF_LEN; i++)
	{
		array_get(this->names, i, &name);
		len += snprintf(buf + len, BUF_LEN - len, "%s%s", i ? ", " : "",
						i < NAMES_MAX ? name : "...");
		if (i == NAMES_MAX)
		{
			break;
		}
	}
}

/**
 * Check that a value names a connection.
 *
 * @param prefix		length of what isn't said of its path
 */
static void check_value(connections_t *this, const char *plugin,
						const char *path, size_t prefix, const char *value)
{
	glob_list_t *globs;
	const char *wrong;
	char names[BUF_LEN];

	globs = glob_list_create(value, &wrong);
	if (globs && !globs->matches_any(globs, this->names))
	{
		write_names(this, names);
		report_add(this->conf->report, FINDING_WARNING,
				   this->conf->lines->find(this->conf->lines, path), plugin,
				   "%s = \"%s\": no connection has such a name, expected one "
				   "of %s", path + prefix, value, names);
	}
	DESTROY_IF(globs);
}

/**
 * Check what a plugin says about connections.
 *
 * @param schema		what is in the section
 * @param prefix		length of what isn't said of paths
 */
static void check_names_in(connections_t *this, const char *plugin,
						   const options_schema_t *schema, const char *section,
						   size_t prefix)
{
	enumerator_t *enumerator;
	const option_t *option;
	const char *value;
	char path[BUF_LEN], inner[BUF_LEN], *name;
	u_int i;

	for (i = 0; i < schema->count; i++)
	{
		option = &schema->options[i];
		check_conf_join(path, section, option->key);
		value = has_names(option)
						? check_conf_get(this->conf, section, option->key)
						: NULL;
		if (value)
		{
			check_value(this, plugin, path, prefix, value);
		}
		if (option->type == OPTION_SECTIONS)
		{
			enumerator = check_conf_sections(this->conf, path);
			while (enumerator->enumerate(enumerator, &name))
			{
				check_conf_join(inner, path, name);
				check_names_in(this, plugin, option->section, inner, prefix);
			}
			enumerator->destroy(enumerator);
		}
	}
}

/**
 * Check what plugins that are loaded say about connections.
 */
static void check_settings(connections_t *this)
{
	const char *daemon = this->conf->daemons[0];
	char section[BUF_LEN];
	int i;

	for (i = 0; schemas[i]; i++)
	{
		if (check_conf_loads(this->conf, daemon, schemas[i]->name) &&
			check_conf_plugin(this->conf, daemon, schemas[i]->name, section))
		{
			check_names_in(this, schemas[i]->name, schemas[i], section,
						   strlen(section) + 1);
		}
	}
}

/**
 * Get the path of a file beside strongswan.conf, to be freed; NULL if it can't
 * be read.
 *
 * @param dir			folder, NULL for that of strongswan.conf
 */
static char *find_file(check_conf_t *conf, const char *dir, const char *name)
{
	char *copy = strdup(conf->file), *path;

	if (asprintf(&path, "%s/%s", dir ?: dirname(copy), name) < 0)
	{
		path = NULL;
	}
	else if (access(path, R_OK) != 0)
	{
		free(path);
		path = NULL;
	}
	free(copy);
	return path;
}

void check_connections(check_conf_t *conf)
{
	connections_t this = {
		.conf = conf,
		.names = array_create(0, 0),
	};
	const char *dir = getenv("SWANCTL_DIR");
	char *swanctl, *ipsec;

	swanctl = find_file(conf, dir, dir ? "swanctl.conf"
									   : "swanctl/swanctl.conf");
	if (swanctl)
	{
		this.swanctl = check_conf_create(swanctl, conf->report);
		check_swanctl(&this);
	}
	ipsec = find_file(conf, NULL, "ipsec.conf");
	if (ipsec && check_conf_loads(conf, conf->daemons[0], "stroke"))
	{
		check_ipsec(&this, ipsec);
	}
	if (array_count(this.names) && !this.more)
	{	/* without any, they come from elsewhere */
		check_settings(&this);
	}
	array_destroy_function(this.names, (void*)free, NULL);
	if (this.swanctl)
	{
		check_conf_destroy(this.swanctl);
	}
	free(swanctl);
	free(ipsec);
}
