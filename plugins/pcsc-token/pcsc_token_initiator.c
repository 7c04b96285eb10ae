/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_initiator.h"

#include <compat.h>
#include <connections.h>
#include <daemon.h>
#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>

/**
 * How often to look for connections that were loaded, in ms.
 */
#define LOOK_INTERVAL 500

/**
 * How often to look on once there was one: others are being loaded.
 */
#define LOOK_ON 20

typedef struct initiation_t initiation_t;

/**
 * Job: initiate a token's connections.
 */
struct initiation_t {
	pcsc_token_settings_t *settings;
	pcsc_token_t *token;
	pcsc_token_card_t *card;
	/** names of connections that were initiated, as char* */
	linked_list_t *done;
	/** how often it was looked since the first */
	u_int looks;
	/** whether it was logged that there is none */
	bool waiting;
};

/**
 * Destroy an initiation_t.
 */
static void initiation_destroy(initiation_t *this)
{
	this->done->destroy_function(this->done, free);
	this->card->destroy(this->card);
	options_unref(this->settings);
	free(this);
}

CALLBACK(match_name, bool,
	char *done, va_list args)
{
	const char *name;

	VA_ARGS_VGET(args, name);
	return streq(done, name);
}

/**
 * Does a connection have an IKE_SA?
 */
static bool has_ike_sa(const char *name)
{
	enumerator_t *enumerator;
	ike_sa_t *ike_sa;
	bool found = FALSE;

	enumerator = charon->controller->create_ike_sa_enumerator(
												charon->controller, TRUE);
	while (!found && enumerator->enumerate(enumerator, &ike_sa))
	{
		found = streq(ike_sa->get_name(ike_sa), name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Initiate a connection with all its CHILD_SAs, or without if it has none.
 */
static void initiate(initiation_t *this, peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child_cfg;
	bool any = FALSE;

	DBG1(DBG_CFG, "pcsc-token: tokens.%s: initiating '%s'",
		 this->token->section.name, peer_cfg->get_name(peer_cfg));
	enumerator = peer_cfg->create_child_cfg_enumerator(peer_cfg);
	while (enumerator->enumerate(enumerator, &child_cfg))
	{
		COMPAT_INITIATE(peer_cfg->get_ref(peer_cfg),
						child_cfg->get_ref(child_cfg));
		any = TRUE;
	}
	enumerator->destroy(enumerator);
	if (!any)
	{
		COMPAT_INITIATE(peer_cfg->get_ref(peer_cfg), NULL);
	}
}

/**
 * Find connections that the token names and that weren't initiated yet.
 *
 * @return			peer_cfg_t
 */
static linked_list_t *find_new(initiation_t *this)
{
	linked_list_t *found = linked_list_create();
	glob_list_t *names = this->token->initiate;
	enumerator_t *enumerator;
	peer_cfg_t *peer_cfg;
	char *name;

	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &peer_cfg))
	{
		name = peer_cfg->get_name(peer_cfg);
		if (names->matches(names, name) &&
			!this->done->find_first(this->done, match_name, NULL, name))
		{
			found->insert_last(found, peer_cfg->get_ref(peer_cfg));
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Job: initiate what there is, and look again later.
 */
static job_requeue_t look(initiation_t *this)
{
	linked_list_t *found;
	peer_cfg_t *peer_cfg;
	char *name;

	if (!this->card->has(this->card, this->token->section.name))
	{
		return JOB_REQUEUE_NONE;
	}
	/* initiated outside of the enumerator, which holds a lock */
	found = find_new(this);
	while (found->remove_first(found, (void**)&peer_cfg) == SUCCESS)
	{
		name = strdup(peer_cfg->get_name(peer_cfg));
		this->done->insert_last(this->done, name);
		if (!has_ike_sa(name))
		{
			initiate(this, peer_cfg);
		}
		peer_cfg->destroy(peer_cfg);
	}
	found->destroy(found);

	if (!this->done->get_count(this->done))
	{
		if (!this->waiting)
		{
			DBG1(DBG_CFG, "pcsc-token: tokens.%s.initiate_connections: no "
				 "such connection is loaded, waiting for it",
				 this->token->section.name);
			this->waiting = TRUE;
		}
	}
	else if (++this->looks == LOOK_ON)
	{
		return JOB_REQUEUE_NONE;
	}
	return JOB_RESCHEDULE_MS(LOOK_INTERVAL);
}

void pcsc_token_initiate(pcsc_token_settings_t *settings, pcsc_token_t *token,
						 pcsc_token_card_t *card)
{
	initiation_t *this;

	INIT(this,
		.settings = options_ref(settings),
		.token = token,
		.card = card->get_ref(card),
		.done = linked_list_create(),
	);
	lib->processor->queue_job(lib->processor, (job_t*)callback_job_create(
					(callback_job_cb_t)look, this,
					(callback_job_cleanup_t)initiation_destroy, NULL));
}
