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
 * Put new settings in force, or decide that they can't be.
 *
 * @param data		object
 * @param config	the new settings; the store still has the previous ones
 * @param errors	gets why they can't be; the previous ones have to be in
 *					force still, and stay then
 */
typedef void (*options_apply_t)(void *data, void *config,
								option_errors_t *errors);

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
	 * @param apply		called if the section is valid, NULL if it is enough to
	 *					have the new settings here
	 * @param data		passed to it
	 * @return			TRUE if the new settings are in force
	 */
	bool (*reload)(options_store_t *this, options_apply_t apply, void *data);

	/**
	 * Keep others from reloading, for as long as what follows from the settings
	 * in force takes. Recursive. To get and to release settings is possible.
	 */
	void (*lock)(options_store_t *this);

	/**
	 * End that.
	 */
	void (*unlock)(options_store_t *this);

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
