/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file options.h
 * Typed option tables: from a section of strongswan.conf to one immutable
 * struct, or to a list of everything that is wrong with it.
 *
 * A plugin describes its section as an options_schema_t and gets a struct of
 * its own back. Values are parsed here, strictly: settings_t's own typed
 * getters fall back to the default on garbage without a word.
 */

#ifndef OPTIONS_H_
#define OPTIONS_H_

#include <library.h>

#include "option_value.h"

typedef struct options_head_t options_head_t;
typedef struct options_section_t options_section_t;

/**
 * Options of a section, and what to do with them.
 */
struct options_schema_t {
	/** plugin for the root section, unused for others */
	const char *name;
	/** size of the struct, which starts with an options_head_t for a root
	 * section and with an options_section_t for a subsection */
	size_t size;
	/** options and their number */
	const option_t *options;
	u_int count;
	/**
	 * Check options against each other once every single value is valid, and
	 * fill in what depends on several. Those in a section are checked before
	 * the section itself. Optional.
	 *
	 * @param config	struct of this section
	 * @param errors	where to add what is wrong, keys are within this section
	 */
	void (*check)(void *config, option_errors_t *errors);
	/**
	 * Free what check() has added to the struct of this section, if it was
	 * called; nothing else is freed yet. Optional.
	 *
	 * @param config	struct of this section
	 */
	void (*clear)(void *config);
};

/**
 * Start of a root section's struct.
 */
struct options_head_t {
	refcount_t ref;
	const options_schema_t *schema;
	/** first option that was set and has no effect, as this host has no IKEv1;
	 * NULL if there is none */
	const char *no_ikev1;
};

/**
 * Start of a subsection's struct.
 */
struct options_section_t {
	/** name of the section */
	char *name;
	/** struct of the section it is in, which isn't checked yet */
	void *parent;
};

/**
 * An option that is stored in the member of its name:
 *
 *	OPTION(hello_settings_t, greeting, STRING, .def = "hello"),
 *
 * @param owner		struct of the section
 * @param member	member, and key
 * @param kind		type without OPTION_; other members of option_t may follow
 */
#define OPTION(owner, member, kind, ...) \
	{ .key = #member, .type = OPTION_##kind, \
	  .offset = offsetof(owner, member), ##__VA_ARGS__ }

/**
 * Likewise, of another key than the member's name.
 */
#define OPTION_AS(name, owner, member, kind, ...) \
	{ .key = name, .type = OPTION_##kind, \
	  .offset = offsetof(owner, member), ##__VA_ARGS__ }

/**
 * Parse a section.
 *
 * All errors are collected, not only the first. Unknown keys and sections are
 * errors, save for the plugin loader's "load".
 *
 * @param schema		root section's schema, static
 * @param settings		where to read from
 * @param section		full name of the section, with any % doubled as in
 *						all keys of settings_t
 * @param errors		gets a line for each error
 * @return				struct with one reference, NULL if there are errors
 */
void *options_load(const options_schema_t *schema, settings_t *settings,
				   const char *section, option_errors_t *errors);

/**
 * Get another reference to a loaded struct.
 *
 * @param config		struct as returned by options_load(), or NULL
 * @return				the same
 */
void *options_ref(void *config);

/**
 * Release a reference; with the last everything in the struct is freed.
 *
 * @param config		struct as returned by options_load(), or NULL
 */
void options_unref(void *config);

/**
 * Find a section by its name.
 *
 * @param sections		sections
 * @param name			name
 * @return				struct of the section, NULL if there is none
 */
void *options_sections_find(const options_sections_t *sections,
							const char *name);

#endif /** OPTIONS_H_ */
