/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_settings.h
 * Settings of the plugin: charon.plugins.control in strongswan.conf.
 */

#ifndef CONTROL_SETTINGS_H_
#define CONTROL_SETTINGS_H_

#include <options.h>

typedef struct control_settings_t control_settings_t;

struct control_settings_t {
	options_head_t head;
	/** unix:// and an absolute path */
	char *socket;
	/** likewise, NULL for none, for clients that may only read, and the name or
	 * number of their group, NULL for charon's */
	char *readonly_socket;
	char *readonly_group;
};

/**
 * What stands before the path in the socket's URI.
 */
#define CONTROL_SCHEME "unix://"

/**
 * Options of charon.plugins.control.
 */
extern const options_schema_t control_schema;

#endif /** CONTROL_SETTINGS_H_ */
