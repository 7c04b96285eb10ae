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
 * Load the section.
 *
 * @param errors	gets what is wrong
 * @return			settings, NULL if there were errors
 */
static void *load(const options_schema_t *schema, option_errors_t *errors)
{
	char section[BUF_LEN];
	options_head_t *config;

	snprintf(section, sizeof(section), "%s.plugins.%s", lib->ns, schema->name);
	config = options_load(schema, lib->settings, section, errors);
	if (config && config->no_ikev1)
	{
		DBG1(DBG_CFG, "%s: %s and all else that is for IKEv1 has no effect, as "
			 "this charon has no IKEv1", schema->name, config->no_ikev1);
	}
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
	private_options_store_t *this, options_apply_t apply, void *data)
{
	void *config, *other;
	option_errors_t *errors, *old_errors;
	bool valid;

	errors = option_errors_create();
	this->reloads->lock(this->reloads);
	config = load(this->schema, errors);
	if (config && apply)
	{
		apply(data, config, errors);
	}
	valid = !errors->get_count(errors);
	errors->log(errors, this->schema->name, "keeping the previous settings");

	this->lock->write_lock(this->lock);
	other = valid ? this->config : config;
	this->config = valid ? config : this->config;
	old_errors = this->errors;
	this->errors = errors;
	this->lock->unlock(this->lock);
	this->reloads->unlock(this->reloads);

	options_unref(other);
	old_errors->destroy(old_errors);
	return valid;
}

METHOD(options_store_t, lock, void,
	private_options_store_t *this)
{
	this->reloads->lock(this->reloads);
}

METHOD(options_store_t, unlock, void,
	private_options_store_t *this)
{
	this->reloads->unlock(this->reloads);
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
	config = load(schema, errors);
	errors->log(errors, schema->name, "not loading");
	if (!config)
	{
		errors->destroy(errors);
		return NULL;
	}

	INIT(this,
		.public = {
			.get = _get,
			.reload = _reload,
			.lock = _lock,
			.unlock = _unlock,
			.get_errors = _get_errors,
			.destroy = _destroy,
		},
		.schema = schema,
		.config = config,
		.errors = errors,
		.lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
		.reloads = mutex_create(MUTEX_TYPE_RECURSIVE),
	);
	return &this->public;
}
