/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_core.h"

#include <connections.h>
#include <daemon.h>
#include <threading/mutex.h>

typedef struct private_ikev1_policy_core_t private_ikev1_policy_core_t;
typedef struct wanted_t wanted_t;

#define WINDOW "%s.max_ikev1_exchanges"
#define UNENCRYPTED "%s.accept_unencrypted_mainmode_messages"

struct private_ikev1_policy_core_t {
	ikev1_policy_core_t public;
	options_store_t *store;
	rng_t *rng;
	/** window that auto has found last, and its lock */
	uint32_t noted;
	mutex_t *mutex;
};

/**
 * What auto makes of the loaded connections.
 */
struct wanted_t {
	/** window in exchanges */
	uint32_t window;
	/** phase 2 entries on the connection that has most, and its name */
	u_int entries;
	char name[128];
};

/**
 * Number of phase 2 entries on a connection.
 */
static u_int count_entries(peer_cfg_t *cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child;
	u_int count = 0;

	enumerator = cfg->create_child_cfg_enumerator(cfg);
	while (enumerator->enumerate(enumerator, &child))
	{
		count++;
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Look at all connections that may be used with IKEv1.
 */
static void look(wanted_t *wanted, uint32_t max)
{
	enumerator_t *enumerator;
	peer_cfg_t *cfg;
	u_int entries;

	*wanted = (wanted_t){};
	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		if (cfg->get_ike_version(cfg) != IKEV2)
		{
			entries = count_entries(cfg);
			if (entries > wanted->entries)
			{
				wanted->entries = entries;
				snprintf(wanted->name, sizeof(wanted->name), "%s",
						 cfg->get_name(cfg));
			}
		}
	}
	enumerator->destroy(enumerator);
	wanted->window = ikev1_policy_window_for(wanted->entries);
	wanted->window = min(wanted->window, max);
}

/**
 * Note the window auto has found. Returns TRUE if it isn't the same as before;
 * the one that core has without us is no news at first.
 */
static bool is_news(private_ikev1_policy_core_t *this, uint32_t window)
{
	uint32_t before;

	this->mutex->lock(this->mutex);
	before = this->noted;
	this->noted = window;
	this->mutex->unlock(this->mutex);
	return window != before;
}

/**
 * Log a window that auto has found.
 */
static void log_window(wanted_t *wanted)
{
	if (!wanted->entries)
	{
		DBG1(DBG_CFG, "ikev1-policy: window for new IKE_SAs set to %u "
			 "exchanges, as no connection for IKEv1 has a phase 2 entry",
			 wanted->window);
	}
	else if (wanted->window < ikev1_policy_window_for(wanted->entries))
	{
		DBG1(DBG_CFG, "ikev1-policy: connection '%s' has %u phase 2 entries, "
			 "more than a window of %u exchanges is for; raise "
			 "ikev1-policy.phase2_max to %u", wanted->name, wanted->entries,
			 wanted->window, ikev1_policy_window_for(wanted->entries));
	}
	else
	{
		DBG1(DBG_CFG, "ikev1-policy: window for new IKE_SAs set to %u "
			 "exchanges, as connection '%s' has %u phase 2 entries",
			 wanted->window, wanted->name, wanted->entries);
	}
}

/**
 * Set core's window if it isn't yet.
 *
 * @param needed	whether to look what core has if no connection is for IKEv1,
 *					without which no IKE_SA gets a window
 */
static void set_window(private_ikev1_policy_core_t *this,
					   ikev1_policy_settings_t *settings, bool needed)
{
	wanted_t wanted;

	if (settings->window)
	{
		wanted.window = settings->window;
		needed = TRUE;
	}
	else
	{
		look(&wanted, settings->phase2_max);
		needed |= wanted.entries > 0;
		if (is_news(this, wanted.window))
		{
			log_window(&wanted);
			needed = TRUE;
		}
	}
	if (needed && wanted.window != ikev1_policy_core_get_window())
	{
		lib->settings->set_int(lib->settings, WINDOW, wanted.window, lib->ns);
	}
}

/**
 * Implementation of spi_cb_t.
 */
static uint64_t get_spi(private_ikev1_policy_core_t *this)
{
	ikev1_policy_settings_t *settings;
	uint64_t spi;

	settings = this->store->get(this->store);
	set_window(this, settings, FALSE);
	options_unref(&settings->head);
	if (!this->rng->get_bytes(this->rng, sizeof(spi), (uint8_t*)&spi))
	{
		return 0;
	}
	return spi;
}

/**
 * Log settings of core's that have no effect anymore.
 */
static void check_overridden(ikev1_policy_settings_t *settings)
{
	char *window, *unencrypted;

	window = lib->settings->get_str(lib->settings, WINDOW, NULL, lib->ns);
	if (window)
	{
		DBG1(DBG_CFG, "ikev1-policy: %s.max_ikev1_exchanges = %s has no "
			 "effect, as ikev1-policy.phase2_exchanges is %s", lib->ns, window,
			 settings->phase2_exchanges);
	}
	unencrypted = lib->settings->get_str(lib->settings, UNENCRYPTED, NULL,
										 lib->ns);
	if (unencrypted)
	{
		DBG1(DBG_CFG, "ikev1-policy: %s.accept_unencrypted_mainmode_messages = "
			 "%s has no effect, as ikev1-policy.unencrypted_main_mode is %s",
			 lib->ns, unencrypted,
			 settings->unencrypted_main_mode ? "yes" : "no");
	}
}

METHOD(ikev1_policy_core_t, apply, void,
	private_ikev1_policy_core_t *this)
{
	ikev1_policy_settings_t *settings = this->store->get(this->store);

	check_overridden(settings);
	lib->settings->set_bool(lib->settings, UNENCRYPTED,
							settings->unencrypted_main_mode, lib->ns);
	if (settings->unencrypted_main_mode)
	{
		DBG1(DBG_CFG, "ikev1-policy: unencrypted_main_mode lets %s send their "
			 "identity and authentication hash in clear: whoever reads along "
			 "learns who they are and can attack the pre-shared key offline",
			 settings->unencrypted_main_mode_peers ? "the peers listed" :
			 "all peers");
	}
	else if (settings->unencrypted_main_mode_peers)
	{
		DBG1(DBG_CFG, "ikev1-policy: unencrypted_main_mode_peers has no "
			 "effect, as ikev1-policy.unencrypted_main_mode is no");
	}
	set_window(this, settings, TRUE);
	options_unref(&settings->head);
}

METHOD(ikev1_policy_core_t, destroy, void,
	private_ikev1_policy_core_t *this)
{
	charon->ike_sa_manager->set_spi_cb(charon->ike_sa_manager, NULL, NULL);
	this->rng->destroy(this->rng);
	this->mutex->destroy(this->mutex);
	free(this);
}

uint32_t ikev1_policy_core_get_window(void)
{
	return lib->settings->get_int(lib->settings, WINDOW,
								  IKEV1_POLICY_WINDOW_MIN, lib->ns);
}

ikev1_policy_core_t *ikev1_policy_core_create(options_store_t *store)
{
	private_ikev1_policy_core_t *this;
	rng_t *rng;

	rng = lib->crypto->create_rng(lib->crypto, RNG_WEAK);
	if (!rng)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.apply = _apply,
			.destroy = _destroy,
		},
		.store = store,
		.rng = rng,
		.noted = IKEV1_POLICY_WINDOW_MIN,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	apply(this);
	charon->ike_sa_manager->set_spi_cb(charon->ike_sa_manager,
									   (spi_cb_t)get_spi, this);
	return &this->public;
}
