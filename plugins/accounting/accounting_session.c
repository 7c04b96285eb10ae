/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_session.h"

#include <peer_identity.h>

accounting_session_t *accounting_session_ref(accounting_session_t *this)
{
	ref_get(&this->ref);
	return this;
}

/**
 * Implementation of array_callback_t.
 */
static void clear_place(accounting_place_t *place, int idx, void *user)
{
	place->host->destroy(place->host);
}

void accounting_state_clear(accounting_state_t *state)
{
	array_destroy_function(state->places, (array_callback_t)clear_place, NULL);
	array_destroy_offset(state->vips, offsetof(host_t, destroy));
}

/**
 * Give a reference back.
 */
static void total_unref(accounting_total_t *total)
{
	if (ref_put(&total->ref))
	{
		free(total);
	}
}

void accounting_session_go_on(accounting_session_t *this,
							  accounting_session_t *before)
{
	total_unref(this->total);
	this->total = before->total;
	ref_get(&this->total->ref);
}

void accounting_session_unref(accounting_session_t *this)
{
	if (!ref_put(&this->ref))
	{
		return;
	}
	accounting_state_clear(&this->state);
	total_unref(this->total);
	accounting_day_unref(this->day);
	array_destroy_offset(this->names, offsetof(identification_t, destroy));
	array_destroy_offset(this->groups, offsetof(identification_t, destroy));
	DESTROY_IF(this->user);
	DESTROY_IF(this->ike_id);
	DESTROY_IF(this->eap_id);
	DESTROY_IF(this->cert);
	DESTROY_IF(this->local);
	free(this->connection);
	free(this->previous);
	free(this->limit);
	free(this->id);
	free(this);
}

/**
 * Add a place.
 */
static void add_place(accounting_state_t *state, host_t *host, time_t now)
{
	accounting_place_t place = {
		.since = now,
		.host = host->clone(host),
	};

	array_insert(state->places, ARRAY_TAIL, &place);
}

void accounting_session_get_facts(const accounting_session_t *this,
								  peer_facts_t *peer)
{
	identification_t *id;
	int i;

	*peer = (peer_facts_t){
		.connection = this->connection ?: "",
		.id = peer_identity_print(this->user),
	};
	for (i = 0; array_get(this->names, i, &id); i++)
	{
		array_insert_create(&peer->names, ARRAY_TAIL, peer_identity_print(id));
	}
	for (i = 0; array_get(this->groups, i, &id); i++)
	{
		array_insert_create(&peer->groups, ARRAY_TAIL,
							peer_identity_print(id));
	}
}

void accounting_session_move(accounting_session_t *this, host_t *host,
							 time_t now)
{
	accounting_place_t place;

	this->state.moves++;
	if (array_count(this->state.places) == ACCOUNTING_PLACES_MAX)
	{
		array_get(this->state.places, 1, &place);
		place.host->destroy(place.host);
		array_remove(this->state.places, 1, NULL);
	}
	add_place(&this->state, host, now);
}

void accounting_session_set_vips(accounting_session_t *this, array_t *vips)
{
	array_destroy_offset(this->state.vips, offsetof(host_t, destroy));
	this->state.vips = vips;
}

void accounting_session_get_state(accounting_session_t *this,
								  accounting_state_t *state)
{
	accounting_place_t place;
	host_t *vip;
	int i;

	*state = this->state;
	state->places = array_create(sizeof(accounting_place_t), 0);
	state->vips = NULL;
	for (i = 0; i < array_count(this->state.places); i++)
	{
		array_get(this->state.places, i, &place);
		add_place(state, place.host, place.since);
	}
	for (i = 0; i < array_count(this->state.vips); i++)
	{
		array_get(this->state.vips, i, &vip);
		array_insert_create(&state->vips, ARRAY_TAIL, vip->clone(vip));
	}
}

accounting_session_t *accounting_session_create(uint32_t unique_id,
												host_t *host, time_t now)
{
	accounting_session_t *this;

	INIT(this,
		.ref = 1,
		.start = now,
		.start_monotonic = time_monotonic(NULL),
		.state = {
			.unique_id = unique_id,
			.places = array_create(sizeof(accounting_place_t), 0),
		},
	);
	this->state.used = this->start_monotonic;
	INIT(this->total,
		.ref = 1,
		.start_monotonic = this->start_monotonic,
	);
	add_place(&this->state, host, now);
	return this;
}
