/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_connections.h"
#include "check_core.h"
#include "check_ikev1.h"
#include "check_options.h"
#include "ipsec_conf.h"

#include <glob_list.h>

#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

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
 * Check the connections of swanctl.conf, and note their names.
 */
static void check_swanctl(connections_t *this)
{
	enumerator_t *enumerator;
	char *name, section[BUF_LEN];

	check_core(this->swanctl, TRUE);
	enumerator = check_conf_sections(this->swanctl, "connections");
	while (enumerator->enumerate(enumerator, &name))
	{
		array_insert(this->names, ARRAY_TAIL, strdup(name));
		check_conf_join(section, "connections", name);
		check_unique(this, section);
		check_ikev1_swanctl(this->swanctl, section);
	}
	enumerator->destroy(enumerator);
}

/**
 * Check an ipsec.conf: at its default, uniqueids has charon decide on all of
 * its connections.
 */
static void check_ipsec(connections_t *this, const char *file)
{
	ipsec_conf_t *ipsec = ipsec_conf_create(file);
	char where[BUF_LEN], *name;
	const char *value;
	u_int conns = 0, line = 0;

	if (!ipsec)
	{
		return;
	}
	while (array_remove(ipsec->conns, ARRAY_HEAD, &name))
	{
		array_insert(this->names, ARRAY_TAIL, name);
		check_ikev1_ipsec(ipsec, name, this->conf->report);
		conns++;
	}
	this->more = ipsec->more;
	value = ipsec_conf_get(ipsec, NULL, "uniqueids", &line) ?: "yes";
	if (conns && !streq(value, "never") && !streq(value, "no") &&
		get_option(this, "unique-policy", "mode", ""))
	{
		snprintf(where, sizeof(where), line ? "%s:%u" : "%s", file, line);
		report_add(this->conf->report, FINDING_WARNING, where, "unique-policy",
				   "uniqueids = \"%s\": charon enforces it before "
				   "unique-policy is asked, expected never", value);
	}
	ipsec_conf_destroy(ipsec);
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
 * Check that the value of an option that has names of connections names one.
 *
 * @param connections	connections_t
 */
static void check_names_in(void *connections, const option_t *option,
						   const char *plugin, const char *path,
						   const char *key, const char *value)
{
	connections_t *this = connections;
	glob_list_t *globs;
	const char *wrong;
	char names[BUF_LEN];

	globs = has_names(option) ? glob_list_create(value, &wrong) : NULL;
	if (globs && !globs->matches_any(globs, this->names))
	{
		write_names(this, names);
		report_add(this->conf->report, FINDING_WARNING,
				   this->conf->lines->find(this->conf->lines, path), plugin,
				   "%s = \"%s\": no connection has such a name, expected one "
				   "of %s", key, value, names);
	}
	DESTROY_IF(globs);
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

char *check_connections_find(check_conf_t *conf)
{
	const char *dir = getenv("SWANCTL_DIR");

	return find_file(conf, dir, dir ? "swanctl.conf" : "swanctl/swanctl.conf");
}

void check_connections(check_conf_t *conf)
{
	connections_t this = {
		.conf = conf,
		.names = array_create(0, 0),
	};
	char *swanctl, *ipsec;

	swanctl = check_connections_find(conf);
	if (swanctl)
	{
		this.swanctl = check_conf_create(swanctl, NULL, conf->report);
		check_swanctl(&this);
	}
	ipsec = find_file(conf, NULL, "ipsec.conf");
	if (ipsec && check_conf_loads(conf, conf->daemons[0], "stroke"))
	{
		check_ipsec(&this, ipsec);
	}
	if (array_count(this.names) && !this.more)
	{	/* without any, they come from elsewhere */
		check_options(conf, check_names_in, &this);
	}
	array_destroy_function(this.names, (void*)free, NULL);
	if (this.swanctl)
	{
		check_conf_destroy(this.swanctl);
	}
	free(swanctl);
	free(ipsec);
}
