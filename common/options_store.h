/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file options_store.h
 * The settings of a plugin in force, and their replacement at a reload.
 */

#ifndef OPTIONS_STORE_H_
#define OPTIONS_STORE_H_

#include "options.h"

#include <collections/array.h>

typedef struct options_store_t options_store_t;

/**
 * Holds the snapshot of a plugin's settings that is in force. Thread-safe.
 */
struct options_store_t {

	/**
	 * Get the settings in force.
	 *
	 * @return			struct of the schema, release with options_unref()
	 */
	void *(*get)(options_store_t *this);

	/**
	 * Load the section anew.
	 *
	 * If anything is wrong with it, a line per error is logged and the old
	 * settings stay in force as a whole.
	 *
	 * @return			TRUE if the new settings are in force
	 */
	bool (*reload)(options_store_t *this);

	/**
	 * Get what was wrong with the section when it was loaded last.
	 *
	 * @return			array of char*, both to be freed; empty if the settings
	 *					in force are those of the section
	 */
	array_t *(*get_errors)(options_store_t *this);

	/**
	 * Destroy an options_store_t.
	 */
	void (*destroy)(options_store_t *this);
};

/**
 * Load the section <daemon>.plugins.<schema name> from lib->settings.
 *
 * @param schema		schema of the plugin's section
 * @return				store, NULL if the section is invalid, after logging a
 *						line per error
 */
options_store_t *options_store_create(const options_schema_t *schema);

#endif /** OPTIONS_STORE_H_ */
