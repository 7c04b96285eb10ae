/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_mover.h"

#include <ike_sa_close.h>

#include <collections/array.h>
#include <daemon.h>
#include <threading/mutex.h>

/**
 * Seconds that CHILD_SAs have to come up after the IKE_SA.
 */
#define CHILDREN_TIMEOUT 10

/**
 * Seconds that the new IKE_SA has to come up after the old one was closed.
 */
#define GONE_TIMEOUT 2

/**
 * Seconds that it has at all: by default, charon gives up after 165.
 */
#define UP_TIMEOUT 180

/**
 * Seconds after the answer to its first message in which it is authenticated,
 * so that the peer may close the old one as a duplicate.
 */
#define ANSWER_TIMEOUT 10

/**
 * Why a move failed.
 */
#define NO_ANSWER "it doesn't answer there, or not as the same peer"

typedef struct private_peer_resolve_mover_t private_peer_resolve_mover_t;

/**
 * A move. Hooks change old and new, and set what follows these.
 */
typedef struct {
	/** unique IDs of the IKE_SAs, which change if they are rekeyed */
	uint32_t old, new;
	/** charon has reestablished the old one as this by itself, 0 if not */
	uint32_t other;
	host_t *to;
	/** CHILD_SAs of the old one */
	u_int children;
	/** when it was begun */
	time_t begun;
	/** when the peer answered the new one last, 0 if it didn't */
	time_t answered;
	/** did it not answer in time? Charon may try another address, then */
	bool unreachable;
	/** is the new one the only one, as the peer closed the old one for it? */
	bool only;
	/** when the new one was seen up first, 0 if it wasn't */
	time_t up;
	/** when the old one was seen gone first, likewise */
	time_t gone;
} move_t;

struct private_peer_resolve_mover_t {
	peer_resolve_mover_t public;
	peer_resolve_moved_t moved;
	void *data;
	/** move_t*, that is being begun the last one. Added and removed by the
	 * thread alone; locked by mutex. */
	array_t *moves;
	/** one that is being begun: its hosts, NULL if none is; for the thread
	 * itself, which hooks for it are called by */
	move_t *begun;
	host_t *me, *peer;
	/** lock for moves and begun, taken in hooks */
	mutex_t *mutex;
};

static void move_destroy(move_t *move)
{
	move->to->destroy(move->to);
	free(move);
}

/**
 * Find the move of an IKE_SA. The caller has the mutex, or is the thread.
 */
static move_t *find(private_peer_resolve_mover_t *this, uint32_t id, bool both)
{
	enumerator_t *enumerator;
	move_t *move, *found = NULL;

	enumerator = array_create_enumerator(this->moves);
	while (!found && enumerator->enumerate(enumerator, &move))
	{
		if (move->old == id || (both && move->new == id))
		{
			found = move;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(listener_t, ike_reestablish_pre, bool,
	private_peer_resolve_mover_t *this, ike_sa_t *old, ike_sa_t *new)
{
	this->mutex->lock(this->mutex);
	if (this->begun && this->begun->old == old->get_unique_id(old))
	{
		new->set_my_host(new, this->me->clone(this->me));
		new->set_other_host(new, this->peer->clone(this->peer));
	}
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(listener_t, ike_reestablish_post, bool,
	private_peer_resolve_mover_t *this, ike_sa_t *old, ike_sa_t *new,
	bool initiated)
{
	move_t *move;

	this->mutex->lock(this->mutex);
	if (this->begun && this->begun->old == old->get_unique_id(old))
	{
		this->begun->new = new->get_unique_id(new);
	}
	else if (initiated && (move = find(this, old->get_unique_id(old), FALSE)))
	{
		move->other = new->get_unique_id(new);
	}
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(peer_resolve_mover_t, replace, void,
	private_peer_resolve_mover_t *this, uint32_t from, uint32_t to)
{
	move_t *move;

	this->mutex->lock(this->mutex);
	move = find(this, from, TRUE);
	if (move)
	{
		*(move->old == from ? &move->old : &move->new) = to;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(listener_t, alert, bool,
	private_peer_resolve_mover_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	move_t *move;

	if (alert == ALERT_PEER_INIT_UNREACHABLE && ike_sa)
	{
		this->mutex->lock(this->mutex);
		move = find(this, ike_sa->get_unique_id(ike_sa), TRUE);
		if (move)
		{
			move->unreachable = TRUE;
		}
		this->mutex->unlock(this->mutex);
	}
	return TRUE;
}

METHOD(listener_t, message, bool,
	private_peer_resolve_mover_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	uint32_t id;
	move_t *move;

	if (incoming && plain && !message->get_request(message) &&
		message->get_exchange_type(message) == IKE_SA_INIT &&
		message->get_payload(message, PLV2_KEY_EXCHANGE))
	{
		id = ike_sa->get_unique_id(ike_sa);
		this->mutex->lock(this->mutex);
		move = find(this, id, TRUE);
		if (move && move->new == id)
		{
			move->answered = time_monotonic(NULL);
		}
		this->mutex->unlock(this->mutex);
	}
	return TRUE;
}

/**
 * Does an IKE_SA have a task?
 */
static bool has_task(ike_sa_t *ike_sa, task_queue_t queue, task_type_t type)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	task_t *task;

	enumerator = ike_sa->create_task_enumerator(ike_sa, queue);
	while (!found && enumerator->enumerate(enumerator, &task))
	{
		found = task->get_type(task) == type;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * If the peer closes the old one just as the new one is authenticated, it takes
 * that for a duplicate. Charon doesn't set up a third one, then, if the old one
 * is as if it were reauthenticated. Not before, as it neither could be rekeyed
 * nor would come back after what the peer closes otherwise.
 */
METHOD(listener_t, ike_state_change, bool,
	private_peer_resolve_mover_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	move_t *move;

	if (state == IKE_DELETING && ike_sa->get_version(ike_sa) == IKEV2 &&
		has_task(ike_sa, TASK_QUEUE_PASSIVE, TASK_IKE_DELETE))
	{
		this->mutex->lock(this->mutex);
		move = find(this, ike_sa->get_unique_id(ike_sa), FALSE);
		if (move && move->answered &&
			time_monotonic(NULL) - move->answered <= ANSWER_TIMEOUT)
		{
			ike_sa->set_condition(ike_sa, COND_REAUTHENTICATING, TRUE);
			move->only = TRUE;
		}
		this->mutex->unlock(this->mutex);
	}
	return TRUE;
}

/**
 * Check out an IKE_SA.
 */
static ike_sa_t *checkout(uint32_t id)
{
	return charon->ike_sa_manager->checkout_by_id(charon->ike_sa_manager, id);
}

static void checkin(ike_sa_t *ike_sa)
{
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
}

/**
 * Get the unique ID of a move's old or new IKE_SA.
 */
static uint32_t get_id(private_peer_resolve_mover_t *this, uint32_t *id)
{
	uint32_t value;

	this->mutex->lock(this->mutex);
	value = *id;
	this->mutex->unlock(this->mutex);
	return value;
}

/**
 * Close an IKE_SA.
 */
static void close_ike_sa(uint32_t id)
{
	ike_sa_id_t *ike_sa_id;
	ike_sa_t *ike_sa;

	ike_sa = id ? checkout(id) : NULL;
	if (ike_sa)
	{
		ike_sa_id = ike_sa->get_id(ike_sa);
		ike_sa_id = ike_sa_id->clone(ike_sa_id);
		checkin(ike_sa);
		ike_sa_close_now(ike_sa_id, IKE_SA_WHY_PEER_RESOLVE);
		ike_sa_id->destroy(ike_sa_id);
	}
}

/**
 * Is an IKE_SA gone, or going?
 */
static bool is_gone(uint32_t id)
{
	ike_sa_t *ike_sa;
	bool gone = TRUE;

	ike_sa = checkout(id);
	if (ike_sa)
	{
		gone = ike_sa->get_state(ike_sa) == IKE_DELETING;
		checkin(ike_sa);
	}
	return gone;
}

/**
 * Take a move off the list.
 */
static void finish(private_peer_resolve_mover_t *this, move_t *move)
{
	enumerator_t *enumerator;
	move_t *current;

	this->mutex->lock(this->mutex);
	enumerator = array_create_enumerator(this->moves);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (current == move)
		{
			array_remove_at(this->moves, enumerator);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	move_destroy(move);
}

/**
 * Count the CHILD_SAs that are up.
 */
static u_int count_children(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	u_int count = 0;

	enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
	while (enumerator->enumerate(enumerator, &child_sa))
	{
		switch (child_sa->get_state(child_sa))
		{
			case CHILD_INSTALLED:
			case CHILD_UPDATING:
			case CHILD_REKEYING:
				count++;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
	return count;
}

/**
 * Find the local address to use, which may ask for its name if it has one.
 */
static host_t *find_local(ike_cfg_t *cfg, host_t *peer)
{
	host_t *me;

	me = cfg->resolve_me(cfg, peer->get_family(peer));
	if (me && me->is_anyaddr(me))
	{
		me->destroy(me);
		me = charon->kernel->get_source_addr(charon->kernel, peer, NULL);
		if (me)
		{
			me->set_port(me, cfg->get_my_port(cfg));
		}
	}
	return me;
}

/**
 * Set up a new IKE_SA for one that has no CHILD_SAs, which charon itself
 * doesn't do.
 */
static status_t reestablish_childless(ike_sa_t *old)
{
	enumerator_t *enumerator;
	status_t status;
	ike_sa_t *new;
	host_t *vip;

	new = charon->ike_sa_manager->create_new(charon->ike_sa_manager,
											 old->get_version(old), TRUE);
	if (!new)
	{
		return FAILED;
	}
	new->set_peer_cfg(new, old->get_peer_cfg(old));
	charon->bus->ike_reestablish_pre(charon->bus, old, new);
	enumerator = old->create_virtual_ip_enumerator(old, TRUE);
	while (enumerator->enumerate(enumerator, &vip))
	{
		new->add_virtual_ip(new, TRUE, vip);
	}
	enumerator->destroy(enumerator);
	status = new->initiate(new, NULL, NULL);
	charon->bus->ike_reestablish_post(charon->bus, old, new,
									  status != DESTROY_ME);
	if (status == DESTROY_ME)
	{
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													new);
	}
	else
	{
		checkin(new);
	}
	charon->bus->set_sa(charon->bus, old);
	return status == DESTROY_ME ? FAILED : SUCCESS;
}

/**
 * Begin to move the peer of a checked out IKE_SA.
 */
static const char *begin(private_peer_resolve_mover_t *this, ike_sa_t *old,
						 move_t *move)
{
	ike_cfg_t *cfg = old->get_ike_cfg(old);
	status_t status;

	this->peer->set_port(this->peer, cfg->get_other_port(cfg));
	this->me = find_local(cfg, this->peer);
	if (!this->me)
	{
		return "there is no local address to get there";
	}
	move->children = count_children(old);
	this->mutex->lock(this->mutex);
	this->begun = move;
	this->mutex->unlock(this->mutex);
	/* all CHILD_SAs, whatever is to be done with them if the peer is dead; not
	 * longer than for the call */
	old->set_condition(old, COND_REAUTHENTICATING, TRUE);
	status = move->children ? old->reestablish(old)
							: reestablish_childless(old);
	old->set_condition(old, COND_REAUTHENTICATING, FALSE);
	this->mutex->lock(this->mutex);
	this->begun = NULL;
	if (status == SUCCESS)
	{
		array_insert(this->moves, ARRAY_TAIL, move);
	}
	this->mutex->unlock(this->mutex);
	return status == SUCCESS ? NULL : "it can't be initiated";
}

METHOD(peer_resolve_mover_t, move_, const char*,
	private_peer_resolve_mover_t *this, uint32_t id, host_t *from, host_t *to,
	const char *name)
{
	const char *reason = "it is gone";
	ike_sa_t *old;
	move_t *move;
	host_t *host;

	old = checkout(id);
	if (!old)
	{
		return reason;
	}
	host = old->get_other_host(old);
	if (old->get_state(old) == IKE_ESTABLISHED &&
		streq(old->get_name(old), name) && host->ip_equals(host, from))
	{
		if (old->has_condition(old, COND_REAUTHENTICATING))
		{
			reason = "it is being reauthenticated";
		}
		else
		{
			INIT(move,
				.old = id,
				.begun = time_monotonic(NULL),
				.to = to->clone(to),
			);
			this->peer = to->clone(to);
			this->me = NULL;
			reason = begin(this, old, move);
			if (reason)
			{
				move_destroy(move);
			}
			DESTROY_IF(this->me);
			this->peer->destroy(this->peer);
		}
	}
	checkin(old);
	return reason;
}

METHOD(peer_resolve_mover_t, is_busy, bool,
	private_peer_resolve_mover_t *this, uint32_t id)
{
	static const task_queue_t queues[] = { TASK_QUEUE_ACTIVE,
										   TASK_QUEUE_QUEUED };
	ike_sa_t *ike_sa = checkout(id);
	bool busy = FALSE;
	int i;

	if (ike_sa)
	{
		for (i = 0; i < countof(queues); i++)
		{
			busy |= has_task(ike_sa, queues[i], TASK_CHILD_CREATE) ||
					has_task(ike_sa, queues[i], TASK_QUICK_MODE);
		}
		checkin(ike_sa);
	}
	return busy;
}

METHOD(peer_resolve_mover_t, get_target, host_t*,
	private_peer_resolve_mover_t *this, uint32_t id)
{
	move_t *move;

	this->mutex->lock(this->mutex);
	move = find(this, id, TRUE);
	this->mutex->unlock(this->mutex);
	/* nobody else removes it */
	return move ? move->to : NULL;
}

/**
 * The peer stays.
 */
static void stay(private_peer_resolve_mover_t *this, move_t *move,
				 const char *reason)
{
	uint32_t old = get_id(this, &move->old);
	bool gone;

	close_ike_sa(get_id(this, &move->new));
	finish(this, move);
	gone = is_gone(old);
	if (reason)
	{
		this->moved(this->data, old, 0, gone, reason);
	}
}

METHOD(peer_resolve_mover_t, cancel, void,
	private_peer_resolve_mover_t *this, uint32_t id)
{
	move_t *move;

	this->mutex->lock(this->mutex);
	move = find(this, id, FALSE);
	this->mutex->unlock(this->mutex);
	if (move)
	{
		stay(this, move, NULL);
	}
}

/**
 * The peer has moved.
 */
static void complete(private_peer_resolve_mover_t *this, move_t *move)
{
	uint32_t old = get_id(this, &move->old), new = get_id(this, &move->new);

	close_ike_sa(get_id(this, &move->other));
	close_ike_sa(old);
	finish(this, move);
	this->moved(this->data, old, new, TRUE, NULL);
}

/**
 * The old IKE_SA is gone, and the new one is charon's own from now on.
 */
static void leave(private_peer_resolve_mover_t *this, move_t *move,
				  const char *reason)
{
	uint32_t old = get_id(this, &move->old);

	finish(this, move);
	this->moved(this->data, old, 0, TRUE, reason);
}

/**
 * The old IKE_SA may be closed, or charon sets up another one in place of it,
 * just before the new one is up, if the peer takes that for a duplicate. Is
 * there nothing to wait for anymore?
 */
static bool is_over(move_t *move, time_t now)
{
	move->gone = move->gone ?: now;
	return now - move->gone > GONE_TIMEOUT;
}

/**
 * See how far a move is whose new IKE_SA is up.
 */
static void look_at_up(private_peer_resolve_mover_t *this, move_t *move,
					   u_int children, time_t now)
{
	move->up = move->up ?: now;
	if (children >= move->children)
	{
		complete(this, move);
	}
	else if (now - move->up >= CHILDREN_TIMEOUT)
	{
		if (children)
		{
			complete(this, move);
		}
		else
		{
			stay(this, move, "it refuses CHILD_SAs there");
		}
	}
}

/**
 * See how far a move is whose new IKE_SA isn't up.
 *
 * @param unreachable	has it given up?
 * @param only			is it the only one? It goes on trying, then
 */
static void look_at_down(private_peer_resolve_mover_t *this, move_t *move,
						 bool unreachable, bool only, time_t now)
{
	bool late = unreachable || now - move->begun >= UP_TIMEOUT;

	if (only && late)
	{
		leave(this, move, NO_ANSWER);
	}
	else if (only)
	{
		return;
	}
	else if (late)
	{
		stay(this, move, NO_ANSWER);
	}
	else if (get_id(this, &move->other))
	{
		if (is_over(move, now))
		{
			stay(this, move, "charon connects to it anew");
		}
	}
	else if (is_gone(get_id(this, &move->old)) && is_over(move, now))
	{
		stay(this, move, "it was closed meanwhile");
	}
}

/**
 * The new IKE_SA is up, but elsewhere: charon has asked for the names itself.
 * It is kept if it is the only one.
 */
static void look_at_elsewhere(private_peer_resolve_mover_t *this, move_t *move,
							  time_t now)
{
	const char *reason = "charon has connected to another address";

	if (is_gone(get_id(this, &move->old)))
	{
		leave(this, move, reason);
	}
	else if (is_over(move, now))
	{
		stay(this, move, reason);
	}
}

/**
 * See how far a move is.
 */
static void look_at(private_peer_resolve_mover_t *this, move_t *move)
{
	bool up, there, unreachable, only;
	time_t now = time_monotonic(NULL);
	u_int children;
	ike_sa_t *new;
	host_t *host;

	new = checkout(get_id(this, &move->new));
	if (!new)
	{
		stay(this, move, NO_ANSWER);
		return;
	}
	up = new->get_state(new) == IKE_ESTABLISHED;
	host = new->get_other_host(new);
	/* a redirect is the word of who is there */
	there = move->up || host->ip_equals(host, move->to) ||
			new->has_condition(new, COND_REDIRECTED);
	children = count_children(new);
	checkin(new);
	this->mutex->lock(this->mutex);
	unreachable = move->unreachable;
	only = move->only;
	this->mutex->unlock(this->mutex);
	if (!up)
	{
		look_at_down(this, move, unreachable, only, now);
	}
	else if (there)
	{
		look_at_up(this, move, children, now);
	}
	else
	{
		look_at_elsewhere(this, move, now);
	}
}

METHOD(peer_resolve_mover_t, look, void,
	private_peer_resolve_mover_t *this)
{
	move_t *move;
	int i;

	for (i = array_count(this->moves) - 1; i >= 0; i--)
	{
		array_get(this->moves, i, &move);
		look_at(this, move);
	}
}

METHOD(peer_resolve_mover_t, get_count, u_int,
	private_peer_resolve_mover_t *this)
{
	return array_count(this->moves);
}

METHOD(peer_resolve_mover_t, destroy, void,
	private_peer_resolve_mover_t *this)
{
	charon->bus->remove_listener(charon->bus, &this->public.listener);
	array_destroy_function(this->moves, (void*)move_destroy, NULL);
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_resolve_mover_t *peer_resolve_mover_create(peer_resolve_moved_t moved,
												void *data)
{
	private_peer_resolve_mover_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_reestablish_pre = _ike_reestablish_pre,
				.ike_reestablish_post = _ike_reestablish_post,
				.message = _message,
				.ike_state_change = _ike_state_change,
				.alert = _alert,
			},
			.move = _move_,
			.is_busy = _is_busy,
			.get_target = _get_target,
			.replace = _replace,
			.cancel = _cancel,
			.look = _look,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.moved = moved,
		.data = data,
		.moves = array_create(0, 0),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	charon->bus->add_listener(charon->bus, &this->public.listener);
	return &this->public;
}
