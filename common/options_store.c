/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "options_store.h"

#include <threading/mutex.h>
#include <threading/rwlock.h>

typedef struct private_options_store_t private_options_store_t;

struct private_options_store_t {
	options_store_t public;
	/** schema of the section */
	const options_schema_t *schema;
	/** settings in force, protected by lock */
	void *config;
	/** what was wrong when it was loaded last, protected by lock */
	option_errors_t *errors;
	/** lock for config and errors */
	rwlock_t *lock;
	/** held while the section is loaded anew: of two reloads at once (SIGHUP
	 * and a request, say) the one that has read older settings must not be the
	 * last to put them in force */
	mutex_t *reloads;
};

/**
 * Load the section, log what is wrong with it.
 *
 * @param errors	gets what is wrong
 * @return			settings, NULL if there were errors
 */
static void *load(const options_schema_t *schema, const char *consequence,
				  option_errors_t *errors)
{
	char section[BUF_LEN];
	void *config;

	snprintf(section, sizeof(section), "%s.plugins.%s", lib->ns, schema->name);
	config = options_load(schema, lib->settings, section, errors);
	errors->log(errors, schema->name, consequence);
	return config;
}

METHOD(options_store_t, get, void*,
	private_options_store_t *this)
{
	void *config;

	this->lock->read_lock(this->lock);
	config = options_ref(this->config);
	this->lock->unlock(this->lock);
	return config;
}

METHOD(options_store_t, reload, bool,
	private_options_store_t *this)
{
	void *config, *old = NULL;
	option_errors_t *errors, *old_errors;

	errors = option_errors_create();
	this->reloads->lock(this->reloads);
	config = load(this->schema, "keeping the previous settings", errors);

	this->lock->write_lock(this->lock);
	if (config)
	{
		old = this->config;
		this->config = config;
	}
	old_errors = this->errors;
	this->errors = errors;
	this->lock->unlock(this->lock);
	this->reloads->unlock(this->reloads);

	options_unref(old);
	old_errors->destroy(old_errors);
	return config != NULL;
}

METHOD(options_store_t, get_errors, array_t*,
	private_options_store_t *this)
{
	enumerator_t *enumerator;
	array_t *lines;
	char *line;

	lines = array_create(0, 0);
	this->lock->read_lock(this->lock);
	enumerator = this->errors->create_enumerator(this->errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		array_insert(lines, ARRAY_TAIL, strdup(line));
	}
	enumerator->destroy(enumerator);
	this->lock->unlock(this->lock);
	return lines;
}

METHOD(options_store_t, destroy, void,
	private_options_store_t *this)
{
	options_unref(this->config);
	this->errors->destroy(this->errors);
	this->lock->destroy(this->lock);
	this->reloads->destroy(this->reloads);
	free(this);
}

options_store_t *options_store_create(const options_schema_t *schema)
{
	private_options_store_t *this;
	option_errors_t *errors;
	void *config;

	errors = option_errors_create();
	config = load(schema, "not loading", errors);
	if (!config)
	{
		errors->destroy(errors);
		return NULL;
	}

	INIT(this,
		.public = {
			.get = _get,
			.reload = _reload,
			.get_errors = _get_errors,
			.destroy = _destroy,
		},
		.schema = schema,
		.config = config,
		.errors = errors,
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.reloads = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
