/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_options.h"

#include <schemas.h>

static const options_schema_t *const schemas[] = SCHEMAS;

typedef struct {
	check_conf_t *conf;
	const char *plugin;
	/** length of what isn't part of keys */
	size_t prefix;
	check_option_t check;
	void *data;
} walk_t;

/**
 * Go through a section.
 */
static void walk(walk_t *this, const options_schema_t *schema,
				 const char *section)
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
		value = check_conf_get(this->conf, section, option->key);
		if (option->type != OPTION_SECTIONS && value)
		{
			this->check(this->data, option, this->plugin, path,
						path + this->prefix, value);
		}
		else if (option->type == OPTION_SECTIONS)
		{
			enumerator = check_conf_sections(this->conf, path);
			while (enumerator->enumerate(enumerator, &name))
			{
				check_conf_join(inner, path, name);
				walk(this, option->section, inner);
			}
			enumerator->destroy(enumerator);
		}
	}
}

void check_options(check_conf_t *conf, check_option_t check, void *data)
{
	walk_t this = {
		.conf = conf,
		.check = check,
		.data = data,
	};
	char section[BUF_LEN];
	int i;

	for (i = 0; schemas[i]; i++)
	{
		if (check_conf_loads(conf, conf->daemons[0], schemas[i]->name) &&
			check_conf_plugin(conf, conf->daemons[0], schemas[i]->name,
							  section))
		{
			this.plugin = schemas[i]->name;
			this.prefix = strlen(section) + 1;
			walk(&this, schemas[i], section);
		}
	}
}
