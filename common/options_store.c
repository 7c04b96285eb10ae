/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "options_store.h"

#include <threading/rwlock.h>

typedef struct private_options_store_t private_options_store_t;

/**
 * Private data of an options_store_t object.
 */
struct private_options_store_t {

	/**
	 * Public interface.
	 */
	options_store_t public;

	/**
	 * Schema of the section.
	 */
	const options_schema_t *schema;

	/**
	 * Settings in force, protected by lock.
	 */
	void *config;

	/**
	 * Lock for config.
	 */
	rwlock_t *lock;
};

/**
 * Load the section, log what is wrong with it.
 *
 * @return		settings, NULL if there were errors
 */
static void *load(const options_schema_t *schema, const char *consequence)
{
	option_errors_t *errors;
	char section[BUF_LEN];
	void *config;

	snprintf(section, sizeof(section), "%s.plugins.%s", lib->ns, schema->name);
	errors = option_errors_create();
	config = options_load(schema, lib->settings, section, errors);
	errors->log(errors, schema->name, consequence);
	errors->destroy(errors);
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
	void *config, *old;

	config = load(this->schema, "keeping the previous settings");
	if (!config)
	{
		return FALSE;
	}
	this->lock->write_lock(this->lock);
	old = this->config;
	this->config = config;
	this->lock->unlock(this->lock);
	options_unref(old);
	return TRUE;
}

METHOD(options_store_t, destroy, void,
	private_options_store_t *this)
{
	options_unref(this->config);
	this->lock->destroy(this->lock);
	free(this);
}

/*
 * Described in header
 */
options_store_t *options_store_create(const options_schema_t *schema)
{
	private_options_store_t *this;
	void *config;

	config = load(schema, "not loading");
	if (!config)
	{
		return NULL;
	}

	INIT(this,
		.public = {
			.get = _get,
			.reload = _reload,
			.destroy = _destroy,
		},
		.schema = schema,
		.config = config,
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
	);
	return &this->public;
}
