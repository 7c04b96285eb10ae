/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file hello_settings.h
 * Settings of the plugin.
 */

#ifndef HELLO_SETTINGS_H_
#define HELLO_SETTINGS_H_

#include <options.h>

typedef struct hello_settings_t hello_settings_t;

struct hello_settings_t {
	options_head_t head;
	char *greeting;
};

extern const options_schema_t hello_schema;

#endif /** HELLO_SETTINGS_H_ */
