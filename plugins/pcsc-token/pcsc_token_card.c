/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_card.h"
#include "pcsc_token_events.h"
#include "pcsc_token_key.h"
#include "pcsc_token_pin.h"
#include "pcsc_token_readers.h"

#include <daemon.h>
#include <collections/linked_list.h>
#include <credentials/sets/mem_cred.h>
#include <threading/mutex.h>

#include <errno.h>
#include <unistd.h>

/**
 * How long it may take to find the token, in ms. The helper itself gives a card
 * 10 seconds for that.
 */
#define OPEN_TIMEOUT 20000

/**
 * How long to wait before a card that can't be read after an outage is asked
 * once more, in seconds.
 */
#define AGAIN_DELAY 2

typedef struct private_pcsc_token_card_t private_pcsc_token_card_t;
typedef struct loaded_t loaded_t;
typedef struct state_t state_t;

/**
 * A key that was loaded.
 */
struct loaded_t {
	/** name of the token */
	char *token;
	/** whether IKE_SAs are closed when it is gone, as of when it was loaded */
	bool terminate;
	/** its fingerprint */
	chunk_t fingerprint;
	/** key and certificate, in charon's credential manager */
	mem_cred_t *creds;
	/** helper that uses it */
	pcsc_token_process_t *process;
	/** whether the end of the helper was noticed */
	bool ended;
};

/**
 * State of a card.
 */
struct state_t {
	/** it was removed, or charon is about to stop */
	bool gone;
	/** what is being loaded was interrupted, as pcscd is away */
	bool interrupted;
	/** somebody else has it for himself, or had it since loading began */
	bool held;
	bool was_held;
	/** his releasing it is waited for */
	bool waiting;
};

struct private_pcsc_token_card_t {
	pcsc_token_card_t public;
	/** name of the reader, and as it is logged */
	char reader[PCSC_TOKEN_READER_NAME_LEN];
	char printable[PCSC_TOKEN_PRINTABLE_LEN];
	/** whom to tell about keys */
	pcsc_token_sas_t *sas;
	/** held while keys are loaded */
	mutex_t *load_mutex;
	/** PIN that the card refused, protected by load_mutex */
	chunk_t refused;
	/** what was loaded, as loaded_t, protected by mutex */
	linked_list_t *loaded;
	/** helper of a key that is being loaded, NULL if there is none, protected
	 * by mutex */
	pcsc_token_process_t *loading;
	/** protected by mutex */
	state_t state;
	/** lock for the above, not held while the card is asked */
	mutex_t *mutex;
	/** reference counter */
	refcount_t ref;
};

/**
 * Destroy a loaded_t; its key can't sign from here on.
 */
static void loaded_destroy(loaded_t *this)
{
	lib->credmgr->remove_set(lib->credmgr, &this->creds->set);
	/* a removed certificate must not be found in the cache */
	lib->credmgr->flush_cache(lib->credmgr, CERT_X509);
	this->process->kill(this->process);
	this->process->destroy(this->process);
	this->creds->destroy(this->creds);
	chunk_free(&this->fingerprint);
	free(this->token);
	free(this);
}

/**
 * Log that a key can't be used.
 */
static void __attribute__((format(printf, 3, 4)))
log_failure(private_pcsc_token_card_t *this, const pcsc_token_t *token,
			const char *fmt, ...)
{
	char text[BUF_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	DBG1(DBG_CFG, "pcsc-token: tokens.%s: not using the card in '%s': %s",
		 token->section.name, this->printable, text);
	pcsc_token_tell("failed", this->printable, token->section.name);
}

/**
 * Set the helper that may have to be killed while it is waited for, NULL for
 * none.
 *
 * @return			FALSE if the card isn't there anymore
 */
static bool set_loading(private_pcsc_token_card_t *this,
						pcsc_token_process_t *process)
{
	bool gone;

	this->mutex->lock(this->mutex);
	this->loading = process;
	if (process)
	{
		this->state.interrupted = FALSE;
		this->state.was_held = this->state.held;
	}
	gone = this->state.gone;
	this->mutex->unlock(this->mutex);
	return !gone;
}

/**
 * Get the state.
 */
static state_t get_state(private_pcsc_token_card_t *this)
{
	state_t state;

	this->mutex->lock(this->mutex);
	state = this->state;
	this->mutex->unlock(this->mutex);
	return state;
}

/**
 * Is it of interest why the card can't be used, or is that because it was
 * removed or pcscd went away?
 */
static bool is_waited_for(private_pcsc_token_card_t *this)
{
	state_t state = get_state(this);

	return !state.gone && !state.interrupted;
}

/**
 * Have the card loaded once it is released, if somebody else has it for
 * himself.
 */
static bool wait_for_release(private_pcsc_token_card_t *this)
{
	bool wait, before;

	this->mutex->lock(this->mutex);
	wait = this->state.held && !this->state.gone;
	before = this->state.waiting;
	this->state.waiting = wait;
	this->mutex->unlock(this->mutex);
	if (wait && !before)
	{
		DBG1(DBG_CFG, "pcsc-token: the card in '%s' is held exclusively by "
			 "another program, as scdaemon does; waiting for its release",
			 this->printable);
	}
	return wait;
}

CALLBACK(match_loaded, bool,
	loaded_t *loaded, va_list args)
{
	const char *token;
	chunk_t *spare;

	VA_ARGS_VGET(args, token, spare);
	return streq(loaded->token, token) &&
		   !(spare && spare->len && chunk_equals(loaded->fingerprint, *spare));
}

/**
 * Take out what was loaded for a token.
 *
 * @param spare		leave it if it has this fingerprint, NULL for any
 * @return			NULL if there is nothing to take
 */
static loaded_t *take_loaded(private_pcsc_token_card_t *this,
							 const pcsc_token_t *token, chunk_t *spare)
{
	loaded_t *loaded = NULL;

	this->mutex->lock(this->mutex);
	if (this->loaded->find_first(this->loaded, match_loaded, (void**)&loaded,
								 token->section.name, spare))
	{
		this->loaded->remove(this->loaded, loaded, NULL);
	}
	this->mutex->unlock(this->mutex);
	return loaded;
}

/**
 * Unload a key whose card nobody removed.
 */
static void discard(private_pcsc_token_card_t *this, loaded_t *loaded)
{
	this->sas->key_unused(this->sas, loaded->fingerprint);
	loaded_destroy(loaded);
}

/**
 * Unload a key that is gone.
 *
 * @param sure		FALSE if it may be in another reader
 */
static void unload(private_pcsc_token_card_t *this,
				   const pcsc_token_settings_t *settings, loaded_t *loaded,
				   bool sure)
{
	if (loaded->terminate)
	{
		this->sas->key_removed(this->sas, loaded->fingerprint, loaded->token,
							   settings->removal_delay, sure);
		loaded_destroy(loaded);
	}
	else
	{
		discard(this, loaded);
	}
}

/**
 * Log in, if that does no harm.
 */
static bool login(private_pcsc_token_card_t *this, const pcsc_token_t *token,
				  pcsc_token_process_t *process, pcsc_token_load_t why)
{
	pcsc_token_login_t result;
	char reason[BUF_LEN] = "the helper gave no reason";

	result = pcsc_token_pin_login(token, process,
								  why == PCSC_TOKEN_LOAD_RELOAD,
								  &this->refused, reason);
	if (result != PCSC_TOKEN_LOGGED_IN &&
		(result != PCSC_TOKEN_ERROR || is_waited_for(this)))
	{
		log_failure(this, token, "%s", reason);
	}
	return result == PCSC_TOKEN_LOGGED_IN;
}

/**
 * Put a key in use, in place of the same one used by another helper.
 */
static void install(private_pcsc_token_card_t *this,
					const pcsc_token_settings_t *settings,
					const pcsc_token_t *token, loaded_t *loaded)
{
	loaded_t *old;
	bool gone;

	this->sas->key_present(this->sas, loaded->fingerprint, loaded->token);
	/* first, so that there is no moment without a key */
	lib->credmgr->add_set(lib->credmgr, &loaded->creds->set);
	old = take_loaded(this, token, NULL);
	if (old)
	{
		discard(this, old);
	}
	this->mutex->lock(this->mutex);
	gone = this->state.gone;
	if (!gone)
	{
		this->loaded->insert_last(this->loaded, loaded);
	}
	this->mutex->unlock(this->mutex);
	if (gone)
	{
		unload(this, settings, loaded, FALSE);
	}
	else if (!old)
	{
		DBG1(DBG_CFG, "pcsc-token: tokens.%s: loaded the key of the card in "
			 "'%s'", token->section.name, this->printable);
		pcsc_token_tell("loaded", this->printable, token->section.name);
	}
}

/**
 * Find the token whose PIN is known to be that of the card with a key. Readers
 * may have swapped their names, and a PIN isn't tried on another's card.
 */
static const pcsc_token_t *find_pin(private_pcsc_token_card_t *this,
									const pcsc_token_settings_t *settings,
									const pcsc_token_t *token,
									public_key_t *public)
{
	const pcsc_token_t *known = NULL;
	chunk_t fingerprint;
	char *name = NULL;

	if (public->get_fingerprint(public, KEYID_PUBKEY_SHA1, &fingerprint))
	{
		name = this->sas->get_token(this->sas, fingerprint);
	}
	if (name)
	{
		known = options_sections_find(&settings->tokens, name);
		free(name);
	}
	if (!known || known == token)
	{
		return token;
	}
	DBG1(DBG_CFG, "pcsc-token: tokens.%s: the card in '%s' is that of "
		 "tokens.%s, using its PIN; readers seem to have swapped their names, "
		 "see tokens.%s.readers", token->section.name, this->printable,
		 known->section.name, token->section.name);
	return known;
}

/**
 * Unload what was loaded for a token unless it has the given public key: it is
 * another card, or none that can be used.
 */
static void unload_other(private_pcsc_token_card_t *this,
						 const pcsc_token_settings_t *settings,
						 const pcsc_token_t *token, public_key_t *public)
{
	chunk_t fingerprint = chunk_empty;
	loaded_t *loaded;

	if (public)
	{
		public->get_fingerprint(public, KEYID_PUBKEY_SHA1, &fingerprint);
	}
	loaded = take_loaded(this, token, &fingerprint);
	if (loaded)
	{
		DBG1(DBG_CFG, "pcsc-token: tokens.%s: the card in '%s' isn't the one "
			 "that was there before", token->section.name, this->printable);
		unload(this, settings, loaded, FALSE);
	}
}

/**
 * From a logged in helper to credentials.
 *
 * @param public	public key, adopted
 */
static loaded_t *create_loaded(private_pcsc_token_card_t *this,
							   const pcsc_token_t *token,
							   pcsc_token_process_t *process,
							   certificate_t *cert, public_key_t *public)
{
	private_key_t *key;
	loaded_t *loaded;
	chunk_t fingerprint;

	key = pcsc_token_key_create(token->section.name, process, public);
	if (!key || !key->get_fingerprint(key, KEYID_PUBKEY_SHA1, &fingerprint))
	{
		log_failure(this, token, "its key is neither RSA nor ECDSA");
		DESTROY_IF(key);
		return NULL;
	}
	INIT(loaded,
		.token = strdup(token->section.name),
		.terminate = token->on_removal == PCSC_TOKEN_REMOVAL_TERMINATE,
		.fingerprint = chunk_clone(fingerprint),
		.creds = mem_cred_create(),
		.process = process->get_ref(process),
	);
	loaded->creds->add_key(loaded->creds, key);
	if (token->load_cert)
	{
		/* not as trusted: that would authenticate peers that show it */
		loaded->creds->add_cert(loaded->creds, FALSE, cert->get_ref(cert));
	}
	return loaded;
}

/**
 * Have the helper find the token and read the certificate, which takes no PIN.
 *
 * @param reason	gets what failed
 */
static certificate_t *open_token(private_pcsc_token_card_t *this,
								 const pcsc_token_t *token,
								 pcsc_token_process_t *process,
								 char reason[BUF_LEN])
{
	pcsc_token_message_t message;
	const uint8_t *data;
	chunk_t id;
	size_t len;

	id = chunk_from_hex(chunk_from_str(token->handle), NULL);
	pcsc_token_message_begin(&message, PCSC_TOKEN_OPEN);
	pcsc_token_message_add(&message, token->module, strlen(token->module));
	pcsc_token_message_add(&message, this->reader, strlen(this->reader));
	pcsc_token_message_add_number(&message, token->slot);
	pcsc_token_message_add(&message, id.ptr, id.len);
	chunk_free(&id);

	snprintf(reason, BUF_LEN, "its certificate isn't valid X.509");
	if (process->request(process, &message, OPEN_TIMEOUT,
						 reason) != PCSC_TOKEN_OK ||
		!pcsc_token_message_next(&message, &data, &len))
	{
		return NULL;
	}
	return lib->creds->create(lib->creds, CRED_CERTIFICATE, CERT_X509,
							  BUILD_BLOB_ASN1_DER,
							  chunk_create((u_char*)data, len), BUILD_END);
}

/**
 * Load the key of a token by a helper that was started.
 *
 * @return			FALSE if the token can't be read, after logging why
 */
static bool load_by(private_pcsc_token_card_t *this,
					const pcsc_token_settings_t *settings,
					const pcsc_token_t *token, pcsc_token_load_t why,
					pcsc_token_process_t *process)
{
	loaded_t *loaded = NULL;
	certificate_t *cert;
	public_key_t *public;
	char reason[BUF_LEN];

	cert = open_token(this, token, process, reason);
	public = cert ? cert->get_public_key(cert) : NULL;
	if (!public)
	{
		if (is_waited_for(this) && !get_state(this).was_held)
		{
			log_failure(this, token, "%s", reason);
		}
		DESTROY_IF(cert);
		return FALSE;
	}
	unload_other(this, settings, token, public);
	if (login(this, find_pin(this, settings, token, public), process, why))
	{
		loaded = create_loaded(this, token, process, cert,
							   public->get_ref(public));
	}
	public->destroy(public);
	cert->destroy(cert);
	if (loaded)
	{
		install(this, settings, token, loaded);
	}
	return TRUE;
}

/**
 * Load the key of a token.
 *
 * @return			FALSE if the token can't be read, after logging why
 */
static bool load_token(private_pcsc_token_card_t *this,
					   const pcsc_token_settings_t *settings,
					   const pcsc_token_t *token, pcsc_token_load_t why)
{
	char *argv[] = { settings->helper ?: PCSC_TOKEN_HELPER, "token", NULL };
	pcsc_token_process_t *process;
	bool done = FALSE;

	do
	{
		process = pcsc_token_process_create(argv);
		if (!process)
		{
			log_failure(this, token, "can't run helper = \"%s\": %s",
						argv[0], strerror(errno));
			return FALSE;
		}
		if (set_loading(this, process))
		{
			done = load_by(this, settings, token, why, process);
		}
		set_loading(this, NULL);
		process->destroy(process);
		if (!done && wait_for_release(this))
		{
			return TRUE;
		}
	}
	/* it was released meanwhile */
	while (!done && is_waited_for(this) && get_state(this).was_held);
	return done;
}

/**
 * Load the key of a token after an outage. If there is none, the card was
 * removed, unless it is pcscd that fails once more.
 */
static void load_again(private_pcsc_token_card_t *this,
					   const pcsc_token_settings_t *settings,
					   const pcsc_token_t *token)
{
	if (load_token(this, settings, token, PCSC_TOKEN_LOAD_AGAIN) ||
		!is_waited_for(this))
	{
		return;
	}
	/* until then it is noticed */
	sleep(AGAIN_DELAY);
	if (is_waited_for(this) &&
		!load_token(this, settings, token, PCSC_TOKEN_LOAD_AGAIN) &&
		is_waited_for(this))
	{
		unload_other(this, settings, token, NULL);
	}
}

/**
 * Unload keys of tokens that the settings don't have for this card anymore.
 * Nobody removed it, so no IKE_SA is closed.
 */
static void unload_unwanted(private_pcsc_token_card_t *this,
							const pcsc_token_settings_t *settings)
{
	enumerator_t *enumerator;
	linked_list_t *unwanted = linked_list_create();
	pcsc_token_t *token;
	loaded_t *loaded;

	this->mutex->lock(this->mutex);
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &loaded))
	{
		token = options_sections_find(&settings->tokens, loaded->token);
		if (!token || pcsc_token_claim(settings, token, this->reader) != token)
		{
			this->loaded->remove_at(this->loaded, enumerator);
			unwanted->insert_last(unwanted, loaded);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	while (unwanted->remove_first(unwanted, (void**)&loaded) == SUCCESS)
	{
		discard(this, loaded);
	}
	unwanted->destroy(unwanted);
}

METHOD(pcsc_token_card_t, load, void,
	private_pcsc_token_card_t *this, const pcsc_token_settings_t *settings,
	pcsc_token_load_t why)
{
	pcsc_token_t *token, *owner;
	bool any = FALSE, wait;
	u_int i;

	this->load_mutex->lock(this->load_mutex);
	unload_unwanted(this, settings);
	wait = wait_for_release(this);
	for (i = 0; i < settings->tokens.count && !wait; i++)
	{
		token = settings->tokens.items[i];
		owner = pcsc_token_claim(settings, token, this->reader);
		if (owner == token)
		{
			if (why == PCSC_TOKEN_LOAD_AGAIN)
			{
				load_again(this, settings, token);
			}
			else
			{
				load_token(this, settings, token, why);
			}
		}
		else if (owner && why != PCSC_TOKEN_LOAD_AGAIN)
		{
			log_failure(this, token, "the key belongs to tokens.%s; set "
						"another reader or handle", owner->section.name);
		}
		any |= owner != NULL;
	}
	if (!any && !wait && why == PCSC_TOKEN_LOAD_INSERTED)
	{
		DBG1(DBG_CFG, "pcsc-token: the card in '%s' is not used, no "
			 "tokens.<name>.readers match", this->printable);
	}
	this->load_mutex->unlock(this->load_mutex);
}

METHOD(pcsc_token_card_t, remove_, void,
	private_pcsc_token_card_t *this, const pcsc_token_settings_t *settings,
	bool sure)
{
	loaded_t *loaded;

	DBG1(DBG_CFG, "pcsc-token: the card in '%s' was removed", this->printable);
	pcsc_token_tell("removed", this->printable, NULL);
	this->mutex->lock(this->mutex);
	this->state.gone = TRUE;
	if (this->loading)
	{
		this->loading->kill(this->loading);
	}
	while (this->loaded->remove_first(this->loaded,
									  (void**)&loaded) == SUCCESS)
	{
		this->mutex->unlock(this->mutex);
		unload(this, settings, loaded, sure);
		this->mutex->lock(this->mutex);
	}
	this->mutex->unlock(this->mutex);
}

CALLBACK(suspend_loaded, void,
	loaded_t *loaded, va_list args)
{
	loaded->process->kill(loaded->process);
	/* it is loaded again once the outage is over, not before */
	loaded->ended = TRUE;
}

METHOD(pcsc_token_card_t, suspend, void,
	private_pcsc_token_card_t *this, bool stop)
{
	this->mutex->lock(this->mutex);
	this->state.interrupted = TRUE;
	this->state.gone |= stop;
	if (this->loading)
	{
		this->loading->kill(this->loading);
	}
	this->loaded->invoke_function(this->loaded, suspend_loaded);
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_card_t, set_held, bool,
	private_pcsc_token_card_t *this, bool held)
{
	bool load;

	this->mutex->lock(this->mutex);
	this->state.held = held;
	this->state.was_held |= held;
	load = this->state.waiting && !held;
	this->state.waiting &= held;
	this->mutex->unlock(this->mutex);
	return load;
}

CALLBACK(match_broken, bool,
	loaded_t *loaded, va_list args)
{
	return !loaded->ended && !loaded->process->is_alive(loaded->process);
}

METHOD(pcsc_token_card_t, is_broken, bool,
	private_pcsc_token_card_t *this)
{
	loaded_t *loaded;
	bool broken = FALSE;

	this->mutex->lock(this->mutex);
	while (this->loaded->find_first(this->loaded, match_broken,
									(void**)&loaded))
	{
		loaded->ended = broken = TRUE;
	}
	this->mutex->unlock(this->mutex);
	if (broken)
	{
		DBG1(DBG_CFG, "pcsc-token: the helper for the card in '%s' ended, "
			 "starting another", this->printable);
	}
	return broken;
}

METHOD(pcsc_token_card_t, has, bool,
	private_pcsc_token_card_t *this, const char *token)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = this->loaded->find_first(this->loaded, match_loaded, NULL, token,
									 NULL);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(pcsc_token_card_t, list, void,
	private_pcsc_token_card_t *this, pcsc_token_list_t cb, void *data)
{
	enumerator_t *enumerator;
	loaded_t *loaded;

	this->mutex->lock(this->mutex);
	enumerator = this->loaded->create_enumerator(this->loaded);
	while (enumerator->enumerate(enumerator, &loaded))
	{
		cb(data, this->printable, loaded->token, "loaded");
	}
	enumerator->destroy(enumerator);
	if (!this->loaded->get_count(this->loaded))
	{
		cb(data, this->printable, NULL,
		   this->state.waiting ? "held" : "unused");
	}
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_card_t, get_reader, const char*,
	private_pcsc_token_card_t *this)
{
	return this->reader;
}

METHOD(pcsc_token_card_t, get_ref, pcsc_token_card_t*,
	private_pcsc_token_card_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(pcsc_token_card_t, destroy, void,
	private_pcsc_token_card_t *this)
{
	if (ref_put(&this->ref))
	{
		this->loaded->destroy_function(this->loaded, (void*)loaded_destroy);
		this->mutex->destroy(this->mutex);
		this->load_mutex->destroy(this->load_mutex);
		chunk_clear(&this->refused);
		free(this);
	}
}

pcsc_token_card_t *pcsc_token_card_create(const char *reader,
										  pcsc_token_sas_t *sas)
{
	private_pcsc_token_card_t *this;

	INIT(this,
		.public = {
			.load = _load,
			.remove = _remove_,
			.suspend = _suspend,
			.set_held = _set_held,
			.is_broken = _is_broken,
			.has = _has,
			.list = _list,
			.get_reader = _get_reader,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.sas = sas,
		.load_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.loaded = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.ref = 1,
	);
	snprintf(this->reader, sizeof(this->reader), "%s", reader);
	pcsc_token_printable(this->reader, this->printable);
	pcsc_token_tell("inserted", this->printable, NULL);
	return &this->public;
}
