/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file plugin.h
 * What all plugins have in common: settings that are loaded and reloaded, a
 * feature that starts them and stops them, and an offer to control.
 *
 * A plugin describes itself at the end of its NAME.c:
 *
 *	PLUGIN(hello) = {
 *		.schema = &hello_schema,
 *		.offer = &hello_offer,
 *		.start = start,
 *		.stop = stop,
 *	};
 */

#ifndef COMMON_PLUGIN_H_
#define COMMON_PLUGIN_H_

#include "offer.h"

#include <compat.h>

typedef struct plugin_desc_t plugin_desc_t;

/**
 * A plugin. What isn't said to be there for all is optional.
 */
struct plugin_desc_t {
	/** its section, which has the name of the plugin; for all */
	const options_schema_t *schema;
	/** what control shows of it; functions get what start() has returned */
	const offer_t *offer;
	/** features and their number, if there are others than PLUGIN_START of the
	 * plugin's name */
	plugin_feature_t *features;
	u_int count;
	/**
	 * Do what has to be done while plugins are still being loaded, and before
	 * the features of any are.
	 *
	 * @param store		settings
	 */
	void (*load)(options_store_t *store);
	/**
	 * Undo load(), long after stop().
	 */
	void (*unload)(void);
	/**
	 * Start, for all. Events may be told from now on.
	 *
	 * @param store		settings, there until after unload()
	 * @return			passed to the functions below, NULL if that failed,
	 *					after logging why
	 */
	void *(*start)(options_store_t *store);
	/**
	 * Stop, for all. No function of the offer is in use anymore; events may
	 * be told until this returns.
	 */
	void (*stop)(void *data);
	/**
	 * Put reloaded settings in force, as options_apply_t.
	 */
	options_apply_t apply;
	/**
	 * New settings are in force after a reload. One reload at a time.
	 */
	void (*reloaded)(void *data);
	/**
	 * The previous settings stay after a reload, but something else may have to
	 * be read or opened anew. Likewise.
	 */
	void (*kept)(void *data);
};

/**
 * Define a plugin's entry point; the initializer of its plugin_desc_t follows.
 *
 * @param id		name of the plugin as it is part of C names
 */
#define PLUGIN(id) \
	static const plugin_desc_t desc; \
	COMPAT_PLUGIN_DEFINE(id, desc.schema->name) \
	{ \
		return plugin_create(&desc); \
	} \
	static const plugin_desc_t desc

/**
 * The feature that starts and stops the plugin. Its dependencies may follow.
 *
 * @param name		name of the feature, a string
 */
#define PLUGIN_START(name) \
	PLUGIN_CALLBACK(plugin_start, NULL), \
		PLUGIN_PROVIDE(CUSTOM, name)

/**
 * Implementation of plugin_feature_callback_t for PLUGIN_START.
 */
bool plugin_start(plugin_t *plugin, plugin_feature_t *feature, bool reg,
				  void *data);

/**
 * Find another plugin with a feature, whether that is in use yet or not.
 *
 * @param feature	name of a custom feature
 * @return			name of the plugin, NULL if there is none
 */
const char *plugin_find_other(const char *feature);

/**
 * Create a plugin.
 *
 * @param desc		what it is
 * @return			NULL if its settings aren't valid, after logging why
 */
plugin_t *plugin_create(const plugin_desc_t *desc);

#endif /** COMMON_PLUGIN_H_ */
