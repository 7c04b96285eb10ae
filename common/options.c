/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "options.h"
#include "utf8.h"

#include <host_check.h>

/**
 * Sections within sections that a schema may have.
 */
#define DEPTH_MAX 3

/**
 * Longest name of a section in which settings_t finds anything: it enumerates
 * longer ones, but they look empty.
 */
#define NAME_LEN 127

/**
 * Room for DEPTH_MAX names and the keys between them. What may be cut is an
 * unknown key at the end, in an error.
 */
#define PATH_LEN 1024

typedef struct scope_t scope_t;

/**
 * A section that is being read.
 */
struct scope_t {
	/** where to read from */
	settings_t *settings;
	/** where errors go */
	option_errors_t *errors;
	/** key of the section as settings_t takes it, with a %s for each name */
	char key[PATH_LEN];
	/** Names given by the user. They can't be part of the key, in which a % or
	 * a dot would have a meaning. */
	char *names[DEPTH_MAX];
	/** number of names */
	u_int depth;
	/** struct of the root section */
	options_head_t *head;
};

static void load_section(scope_t *this, const options_schema_t *schema,
						 void *config);

static void free_section(const options_schema_t *schema, void *config);

/**
 * Append to a string, which is cut at the end of its buffer. Not with printf(),
 * which strongSwan's conversions make slow: this is done for every value.
 */
static void append(char buf[PATH_LEN], const char *str)
{
	size_t used = strlen(buf), len = strlen(str);

	len = min(len, PATH_LEN - 1 - used);
	memcpy(buf + used, str, len);
	buf[used + len] = '\0';
}

/**
 * Enter a section named by the schema.
 */
static void enter_section(scope_t *this, const scope_t *parent,
						  const char *key)
{
	*this = *parent;
	append(this->key, ".");
	append(this->key, key);
}

/**
 * Enter a section named by the user.
 */
static void enter_named(scope_t *this, const scope_t *parent, char *name)
{
	*this = *parent;
	this->names[this->depth++] = name;
	append(this->key, ".%s");
}

/**
 * Enumerate the values in a section as (char *key, char *value). One that
 * hides a fallback's comes without that.
 */
static enumerator_t *create_value_enumerator(scope_t *this)
{
	return this->settings->create_key_value_enumerator(this->settings,
						this->key, this->names[0], this->names[1],
						this->names[2]);
}

/**
 * Enumerate the names of the sections in a section in the order of the file,
 * those of a fallback last.
 */
static enumerator_t *create_section_enumerator(scope_t *this)
{
	return this->settings->create_section_enumerator(this->settings,
						this->key, this->names[0], this->names[1],
						this->names[2]);
}

/**
 * Member of a struct that belongs to an option.
 */
static void *get_slot(const option_t *option, void *config)
{
	return (char*)config + option->offset;
}

/**
 * Find an option by its key.
 */
static const option_t *find_option(const options_schema_t *schema,
								   const char *key)
{
	u_int i;

	for (i = 0; i < schema->count; i++)
	{
		if (streq(schema->options[i].key, key))
		{
			return &schema->options[i];
		}
	}
	return NULL;
}

/**
 * Add an error about a key of the section.
 */
static void add_error(scope_t *this, const char *key, const char *value,
					  const char *wrong, const char *expected)
{
	this->errors->add(this->errors, key, value, "%s%s", wrong, expected);
}

/**
 * Add an error about a key that should be a section or, with value NULL, a
 * section that should be a key.
 */
static void reject_kind(scope_t *this, const option_t *option, const char *key,
						const char *value)
{
	char expected[BUF_LEN];

	option_value_describe(option, expected, sizeof(expected));
	add_error(this, key, value, value ? "not a section, " : "is a section, ",
			  expected);
}

/**
 * Add an error about a key or, with value NULL, a section that isn't in the
 * schema, naming the one that took its place, or those that are. A value that
 * may be a secret isn't shown.
 */
static void reject_unknown(scope_t *this, const options_schema_t *schema,
						   const char *key, const char *value)
{
	char expected[PATH_LEN] = "";
	const char *renamed = NULL;
	bool sections = !value;
	u_int i;

	for (i = 0; i < schema->count; i++)
	{
		if (schema->options[i].was && streq(schema->options[i].was, key))
		{
			renamed = schema->options[i].key;
		}
		if (schema->options[i].type == OPTION_SECRET)
		{
			value = NULL;
		}
		if ((schema->options[i].type == OPTION_SECTIONS) == sections)
		{
			append(expected, *expected ? ", " : ", expected one of ");
			append(expected, schema->options[i].key);
		}
	}
	if (renamed)
	{
		snprintf(expected, sizeof(expected), ", renamed to %s", renamed);
	}
	add_error(this, key, value, sections ? "unknown section"
										 : "unknown option", expected);
}

/**
 * Parse a value, which may be a default.
 */
static void load_value(scope_t *this, const option_t *option,
					   const char *value, void *config)
{
	option_value_parse(option, value, get_slot(option, config), this->errors,
					   option->key);
}

/**
 * Set all options to their defaults.
 */
static void load_defaults(scope_t *this, const options_schema_t *schema,
						  void *config)
{
	const option_t *option;
	u_int i;

	for (i = 0; i < schema->count; i++)
	{
		option = &schema->options[i];
		option_value_init(option, get_slot(option, config));
		if (option->def)
		{
			load_value(this, option, option->def, config);
		}
	}
}

/**
 * Load the values of a section.
 */
static void load_values(scope_t *this, const options_schema_t *schema,
						void *config)
{
	const option_t *option;
	enumerator_t *enumerator;
	char *key, *value;

	enumerator = create_value_enumerator(this);
	while (enumerator->enumerate(enumerator, &key, &value))
	{
		option = find_option(schema, key);
		if (option && option->type == OPTION_SECTIONS)
		{
			reject_kind(this, option, key, value);
		}
		else if (option)
		{
			option_value_clear(option, get_slot(option, config));
			load_value(this, option, value, config);
			if (!HOST_IKEV1 && option->ikev1 && !this->head->no_ikev1)
			{
				this->head->no_ikev1 = option->key;
			}
		}
		else if (this->depth || !streq(key, "load"))
		{
			reject_unknown(this, schema, key, value);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Check a name given by the user.
 */
static bool check_name(scope_t *this, const char *name)
{
	if (!utf8_valid(name))
	{
		add_error(this, name, NULL, "section name isn't valid UTF-8", "");
		return FALSE;
	}
	if (strlen(name) > NAME_LEN)
	{
		add_error(this, name, NULL, "section name is too long, ",
				  "expected at most 127 bytes");
		return FALSE;
	}
	return TRUE;
}

/**
 * Load a section named by the user.
 */
static void *load_named(const scope_t *parent, const options_schema_t *schema,
						char *name, void *config)
{
	options_section_t *section;
	scope_t scope;
	size_t before;

	enter_named(&scope, parent, name);
	section = calloc(1, schema->size);
	section->name = strdup(name);
	section->parent = config;
	before = scope.errors->enter(scope.errors, name);
	load_section(&scope, schema, section);
	scope.errors->leave(scope.errors, before);
	return section;
}

/**
 * Count the sections in a section.
 */
static u_int count_sections(scope_t *this)
{
	enumerator_t *enumerator;
	char *name;
	u_int count = 0;

	enumerator = create_section_enumerator(this);
	while (enumerator->enumerate(enumerator, &name))
	{
		count++;
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Load the sections named by the user.
 */
static void load_items(scope_t *this, const option_t *option, void *config)
{
	options_sections_t *sections = get_slot(option, config);
	enumerator_t *enumerator;
	char *name;

	sections->items = calloc(count_sections(this), sizeof(void*));
	enumerator = create_section_enumerator(this);
	while (enumerator->enumerate(enumerator, &name))
	{
		if (check_name(this, name))
		{
			sections->items[sections->count++] = load_named(this,
											option->section, name, config);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Load an option that holds sections.
 */
static void load_list(scope_t *parent, const option_t *option, void *config)
{
	enumerator_t *enumerator;
	scope_t scope;
	char *key, *value, wrong[BUF_LEN];
	size_t before;
	u_int count;

	enter_section(&scope, parent, option->key);
	before = scope.errors->enter(scope.errors, option->key);
	enumerator = create_value_enumerator(&scope);
	while (enumerator->enumerate(enumerator, &key, &value))
	{
		reject_kind(&scope, option, key, value);
	}
	enumerator->destroy(enumerator);

	count = count_sections(&scope);
	if (count > option->max)
	{
		snprintf(wrong, sizeof(wrong), "%u sections, expected at most %u",
				 count, option->max);
		add_error(&scope, "", NULL, wrong, "");
	}
	else
	{
		load_items(&scope, option, config);
	}
	scope.errors->leave(scope.errors, before);
}

/**
 * Load the sections in a section.
 */
static void load_sections(scope_t *this, const options_schema_t *schema,
						  void *config)
{
	const option_t *option;
	enumerator_t *enumerator;
	char *name;

	enumerator = create_section_enumerator(this);
	while (enumerator->enumerate(enumerator, &name))
	{
		option = find_option(schema, name);
		if (!option)
		{
			reject_unknown(this, schema, name, NULL);
		}
		else if (option->type != OPTION_SECTIONS)
		{
			reject_kind(this, option, name, NULL);
		}
		else
		{
			load_list(this, option, config);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Load a section into a zeroed struct.
 */
static void load_section(scope_t *this, const options_schema_t *schema,
						 void *config)
{
	load_defaults(this, schema, config);
	load_values(this, schema, config);
	load_sections(this, schema, config);
}

/**
 * Check a section, after those in it.
 */
static void check_section(const options_schema_t *schema, void *config,
						  option_errors_t *errors)
{
	options_sections_t *sections;
	options_section_t *section;
	const option_t *option;
	size_t outer, before;
	u_int i, j;

	for (i = 0; i < schema->count; i++)
	{
		option = &schema->options[i];
		if (option->type == OPTION_SECTIONS)
		{
			sections = get_slot(option, config);
			outer = errors->enter(errors, option->key);
			for (j = 0; j < sections->count; j++)
			{
				section = sections->items[j];
				before = errors->enter(errors, section->name);
				check_section(option->section, section, errors);
				errors->leave(errors, before);
			}
			errors->leave(errors, outer);
		}
	}
	if (schema->check)
	{
		schema->check(config, errors);
	}
}

/**
 * Free all sections named by the user.
 */
static void free_sections(const options_schema_t *schema,
						  options_sections_t *sections)
{
	options_section_t *section;
	char *name;
	u_int i;

	for (i = 0; i < sections->count; i++)
	{
		section = sections->items[i];
		name = section->name;
		free_section(schema, section);
		free(name);
	}
	free(sections->items);
}

/**
 * Free the struct of a section and what it holds.
 */
static void free_section(const options_schema_t *schema, void *config)
{
	const option_t *option;
	u_int i;

	if (schema->clear)
	{
		schema->clear(config);
	}
	for (i = 0; i < schema->count; i++)
	{
		option = &schema->options[i];
		if (option->type == OPTION_SECTIONS)
		{
			free_sections(option->section, get_slot(option, config));
		}
		else
		{
			option_value_clear(option, get_slot(option, config));
		}
	}
	free(config);
}

void *options_load(const options_schema_t *schema, settings_t *settings,
				   const char *section, option_errors_t *errors)
{
	scope_t scope = {
		.settings = settings,
		.errors = errors,
	};
	options_head_t *head;
	enumerator_t *lock;
	u_int before;

	snprintf(scope.key, sizeof(scope.key), "%s", section);
	head = calloc(1, schema->size);
	head->ref = 1;
	head->schema = schema;
	scope.head = head;
	before = errors->get_count(errors);

	/* an open enumerator holds the lock of settings_t: no reload of the file
	 * can get between two of our reads, or free the names we enumerate */
	lock = create_section_enumerator(&scope);
	load_section(&scope, schema, head);
	lock->destroy(lock);

	if (errors->get_count(errors) == before)
	{
		check_section(schema, head, errors);
	}
	if (errors->get_count(errors) != before)
	{
		options_unref(head);
		return NULL;
	}
	return head;
}

void *options_ref(void *config)
{
	options_head_t *head = config;

	if (head)
	{
		ref_get(&head->ref);
	}
	return config;
}

void options_unref(void *config)
{
	options_head_t *head = config;

	if (head && ref_put(&head->ref))
	{
		free_section(head->schema, config);
	}
}

void *options_sections_find(const options_sections_t *sections,
							const char *name)
{
	options_section_t *section;
	u_int i;

	for (i = 0; i < sections->count; i++)
	{
		section = sections->items[i];
		if (streq(section->name, name))
		{
			return section;
		}
	}
	return NULL;
}
