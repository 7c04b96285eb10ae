/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_conf.h
 * A strongswan.conf or swanctl.conf as charon or swanctl would read it.
 */

#ifndef CHECK_CONF_H_
#define CHECK_CONF_H_

#include "conf_lines.h"
#include "report.h"

typedef struct check_conf_t check_conf_t;

/**
 * How many daemons there are.
 */
#define CHECK_CONF_DAEMONS 4

struct check_conf_t {
	/** path of the file */
	const char *file;
	/** what is in force; sections of daemons fall back to others */
	settings_t *settings;
	/** where it is said */
	conf_lines_t *lines;
	/** names of the daemons that it is for, the likely one first, ends with
	 * NULL */
	const char *daemons[CHECK_CONF_DAEMONS + 1];
	/** the file that has another text, NULL if none has */
	conf_edit_t *edit;
	/** whether it is the snippet of a plugin, which is included in a daemon's
	 * section plugins */
	bool snippet;
	report_t *report;
};

/**
 * Read a file, with what it includes.
 *
 * @param file			path
 * @param edit			a file that would have another text, NULL if none would
 * @param report		gets what is in the way of reading it
 */
check_conf_t *check_conf_create(const char *file, conf_edit_t *edit,
								report_t *report);

/**
 * Get a value.
 *
 * @param section		section, "" for the file itself
 * @param key			key
 * @return				NULL if it isn't set
 */
const char *check_conf_get(check_conf_t *conf, const char *section,
						   const char *key);

/**
 * Get whether charon takes a value for yes.
 *
 * @param def			if it isn't set, or isn't a bool
 */
bool check_conf_is(check_conf_t *conf, const char *section, const char *key,
				   bool def);

/**
 * Join names of sections and keys.
 *
 * @param buf			gets them with a dot between them
 * @return				buf
 */
const char *check_conf_join(char buf[BUF_LEN], const char *a, const char *b);

/**
 * Does a daemon load a plugin?
 *
 * @param daemon		section of the daemon, "" in a plugin's snippet
 */
bool check_conf_loads(check_conf_t *conf, const char *daemon,
					  const char *plugin);

/**
 * Get the section of a daemon's plugin, NULL if there is none.
 *
 * @param buf			gets its path
 */
const char *check_conf_plugin(check_conf_t *conf, const char *daemon,
							  const char *plugin, char buf[BUF_LEN]);

/**
 * Enumerate the names of the sections in a section.
 */
enumerator_t *check_conf_sections(check_conf_t *conf, const char *section);

/**
 * Is there such a section?
 */
bool check_conf_has(check_conf_t *conf, const char *section);

/**
 * Destroy what was read.
 */
void check_conf_destroy(check_conf_t *conf);

#endif /** CHECK_CONF_H_ */
