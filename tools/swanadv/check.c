/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check.h"
#include "check_conf.h"
#include "check_connections.h"
#include "check_core.h"
#include "check_ikev1.h"
#include "check_names.h"
#include "check_rules.h"
#include "print.h"

#include <schemas.h>

#include <stdio.h>
#include <sys/stat.h>

/**
 * The plugins that were built with this program.
 */
static const options_schema_t *const schemas[] = SCHEMAS;

/**
 * Add the errors of a plugin's section, with where they are.
 *
 * @param all			FALSE for those only that are about what is said: what
 *						is missing is no error if the plugin isn't loaded
 */
static void add_errors(check_conf_t *conf, option_errors_t *errors,
					   const char *plugin, const char *section, bool all)
{
	enumerator_t *enumerator;
	conf_entry_t *entry;
	char *line, path[BUF_LEN];
	size_t len;

	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		/* a key ends where its value or the message begins */
		len = strcspn(line, " :");
		snprintf(path, sizeof(path), "%s.%.*s", section, (int)len, line);
		entry = conf->lines->get(conf->lines, path);
		if (all || entry)
		{
			report_add(conf->report, FINDING_ERROR,
					   conf->lines->find(conf->lines, path), plugin, "%s",
					   line);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Check the sections of our plugins.
 *
 * @param daemon		section of the daemon, "" in a plugin's snippet
 * @param likely		whether it is the daemon that the file is for
 * @return				number of sections
 */
static u_int check_plugins(check_conf_t *conf, const char *daemon, bool likely)
{
	option_errors_t *errors;
	char section[BUF_LEN];
	u_int i, count = 0;

	for (i = 0; schemas[i]; i++)
	{
		if (check_conf_plugin(conf, daemon, schemas[i]->name, section))
		{
			errors = option_errors_create();
			options_unref(options_load(schemas[i], conf->settings, section,
									   errors));
			add_errors(conf, errors, schemas[i]->name, section, likely &&
					   check_conf_loads(conf, daemon, schemas[i]->name));
			errors->destroy(errors);
			count++;
		}
	}
	return count;
}

u_int check_read(check_conf_t *conf)
{
	u_int count = 0, i;

	check_names(conf);
	check_core_load(conf);
	if (conf->snippet)
	{
		return check_plugins(conf, "", TRUE);
	}
	for (i = 0; conf->daemons[i]; i++)
	{
		count = max(count, check_plugins(conf, conf->daemons[i], i == 0));
	}
	check_core(conf, FALSE);
	check_rules(conf);
	check_ikev1(conf);
	check_connections(conf);
	return count;
}

/**
 * Print what was found.
 */
static void print(report_t *report, const char *file, u_int sections,
				  bool json)
{
	node_t *answer;

	if (json)
	{
		answer = report_get(report, file);
		print_document(answer);
		node_destroy(answer);
		return;
	}
	report_print(report);
	if (report_worst(report) <= FINDING_WARNING)
	{
		printf("%s: valid (sections of plugins: %u)\n", file, sections);
	}
}

int check_file(const char *file, bool json)
{
	report_t *report = report_create();
	check_conf_t *conf;
	struct stat st;
	u_int sections = 0;
	int worst;

	/* it is read twice, so no pipe will do */
	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode))
	{
		report_add(report, FINDING_UNREADABLE, file, NULL,
				   "isn't a regular file");
	}
	else
	{
		conf = check_conf_create(file, NULL, report);
		sections = check_read(conf);
		check_conf_destroy(conf);
	}
	print(report, file, sections, json);
	worst = report_worst(report);
	report_destroy(report);
	return worst <= FINDING_WARNING ? CHECK_VALID :
		   worst == FINDING_ERROR ? CHECK_INVALID : CHECK_UNREADABLE;
}
