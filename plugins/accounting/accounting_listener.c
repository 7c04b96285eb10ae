/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_events.h"
#include "accounting_limiter.h"
#include "accounting_limits.h"
#include "accounting_listener.h"
#include "accounting_operator.h"
#include "accounting_pace.h"
#include "accounting_reason.h"

#include <daemon.h>
#include <ike_sa_ends.h>
#include <ike_sa_table.h>
#include <log_limiter.h>
#include <peer_identity.h>

#include <inttypes.h>
#include <time.h>

typedef struct private_accounting_listener_t private_accounting_listener_t;
typedef struct refusal_t refusal_t;

struct private_accounting_listener_t {
	accounting_listener_t public;
	options_store_t *store;
	accounting_limiter_t *limiter;
	/** of lines about logins that limits refuse */
	log_limiter_t *limits;
	/** what IDs of sessions begin with */
	char *own;
	/** What follows is only used by the bus, under its mutex: number of the
	 * last session or refused login */
	u_int count;
	ike_sa_ends_t *ends;
	/** refusal_t, by IKE_SA */
	hashtable_t *refusals;
	/** of refused logins */
	accounting_pace_t pace;
	/** those that weren't recorded, in all */
	refcount_t unrecorded;
};

/**
 * What is known about a login that is being refused: static texts.
 */
struct refusal_t {
	/** whether a peer has begun to log in, and nothing else is known */
	bool begun;
	const char *step;
	const char *reason;
};

/**
 * Get what authentication has found about a peer.
 */
static void add_auth(accounting_session_t *session, ike_sa_t *ike_sa)
{
	enumerator_t *cfgs, *rules;
	certificate_t *cert = NULL;
	identification_t *group;
	auth_rule_t type;
	auth_cfg_t *cfg;
	void *value;

	cfgs = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (cfgs->enumerate(cfgs, &cfg))
	{
		rules = cfg->create_enumerator(cfg);
		while (rules->enumerate(rules, &type, &value))
		{
			if (type == AUTH_RULE_GROUP)
			{
				group = value;
				array_insert_create(&session->groups, ARRAY_TAIL,
									group->clone(group));
			}
			else if (type == AUTH_RULE_SUBJECT_CERT)
			{
				cert = value;
			}
		}
		rules->destroy(rules);
	}
	cfgs->destroy(cfgs);
	session->cert = cert ? cert->get_ref(cert) : NULL;
}

/**
 * Create a session, or a refused login, from an IKE_SA.
 */
static accounting_session_t *create_session(private_accounting_listener_t *this,
											ike_sa_t *ike_sa)
{
	identification_t *ike_id = ike_sa->get_other_id(ike_sa);
	identification_t *eap_id = ike_sa->get_other_eap_id(ike_sa);
	accounting_session_t *session;
	host_t *local = ike_sa->get_my_host(ike_sa);

	session = accounting_session_create(ike_sa->get_unique_id(ike_sa),
								ike_sa->get_other_host(ike_sa), time(NULL));
	if (asprintf(&session->id, "%s%u", this->own, ++this->count) < 0)
	{
		session->id = strdup(this->own);
	}
	session->names = array_create(0, 0);
	session->user = peer_identity_get_names(ike_sa, session->names);
	session->ike_id = ike_id->clone(ike_id);
	if (!eap_id->equals(eap_id, ike_id))
	{
		session->eap_id = eap_id->clone(eap_id);
	}
	if (ike_sa->get_peer_cfg(ike_sa))
	{
		session->connection = strdup(ike_sa->get_name(ike_sa));
	}
	session->local = local->clone(local);
	session->ike_version = ike_sa->get_version(ike_sa);
	session->initiator = ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR);
	add_auth(session, ike_sa);
	return session;
}

/**
 * Get the virtual IPs of a peer.
 */
static array_t *get_vips(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	array_t *vips = NULL;
	host_t *vip;

	enumerator = ike_sa->create_virtual_ip_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &vip))
	{
		array_insert_create(&vips, ARRAY_TAIL, vip->clone(vip));
	}
	enumerator->destroy(enumerator);
	return vips;
}

/**
 * An IKE_SA is up.
 */
static void begin(private_accounting_listener_t *this, ike_sa_t *ike_sa)
{
	accounting_session_t *session;
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);

	this->ends->forget(this->ends, unique_id);
	free(ike_sa_table_take(this->refusals, unique_id));
	session = create_session(this, ike_sa);
	accounting_session_set_vips(session, get_vips(ike_sa));
	session = this->public.sessions->add(this->public.sessions, session);
	if (session)
	{
		this->public.writer->queue(this->public.writer, ACCOUNTING_START,
								   session);
	}
}

/**
 * Get what is known about a login.
 */
static refusal_t *get_login(private_accounting_listener_t *this,
							uint32_t unique_id)
{
	refusal_t *refusal = ike_sa_table_get(this->refusals, unique_id);

	if (!refusal)
	{
		INIT(refusal);
		ike_sa_table_put(this->refusals, unique_id, refusal);
	}
	return refusal;
}

/**
 * A peer sends a message to log in.
 */
static void login(private_accounting_listener_t *this, ike_sa_t *ike_sa,
				  message_t *message)
{
	if (ike_sa->get_state(ike_sa) != IKE_CONNECTING ||
		ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR))
	{
		return;
	}
	switch (message->get_exchange_type(message))
	{
		case IKE_AUTH:
		case ID_PROT:
		case AGGRESSIVE:
			get_login(this, ike_sa->get_unique_id(ike_sa))->begun = TRUE;
			break;
		default:
			break;
	}
}

/**
 * Complete what is known about a login whose IKE_SA goes: charon has no alert
 * for each password that is wrong, as the peer may have another one, nor for
 * peers that are gone.
 */
static void complete(private_accounting_listener_t *this, refusal_t *refusal,
					 ike_sa_t *ike_sa)
{
	identification_t *id = ike_sa->get_other_id(ike_sa);

	if (!refusal->step && refusal->begun && id->get_type(id) != ID_ANY &&
		!ike_sa->has_condition(ike_sa, COND_REDIRECTED) &&
		!streq(this->ends->get(this->ends, ike_sa->get_unique_id(ike_sa)),
			   "shutdown"))
	{
		refusal->step = "authentication";
		refusal->reason = refusal->reason ?: "unfinished";
	}
}

/**
 * A session ends.
 */
static void end(private_accounting_listener_t *this, uint32_t unique_id)
{
	const char *reason = this->ends->get(this->ends, unique_id), *by;

	by = accounting_reason(ike_sa_why_get(unique_id), &reason);
	this->public.sessions->end(this->public.sessions, unique_id, reason, by,
							   time(NULL));
}

/**
 * An IKE_SA goes.
 */
static void destroying(private_accounting_listener_t *this, ike_sa_t *ike_sa)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	accounting_session_t *session;
	refusal_t *refusal;

	end(this, unique_id);
	session = this->public.sessions->take(this->public.sessions, unique_id);
	if (session)
	{
		this->public.writer->queue(this->public.writer, ACCOUNTING_END,
								   session);
	}
	refusal = ike_sa_table_take(this->refusals, unique_id);
	if (refusal)
	{
		complete(this, refusal, ike_sa);
	}
	if (!refusal || !refusal->step || session)
	{
		/* it was no login, or is none any more */
	}
	else if (!accounting_pace_pass(&this->pace, time_monotonic(NULL)))
	{
		ref_get(&this->unrecorded);
	}
	else
	{
		session = create_session(this, ike_sa);
		session->step = refusal->step;
		session->refused = refusal->reason ?: "failed";
		this->public.writer->queue(this->public.writer, ACCOUNTING_REFUSED,
								   session);
	}
	free(refusal);
	this->ends->forget(this->ends, unique_id);
}

/**
 * May a peer log in, by this time of the week and what it has used today?
 *
 * @return				FALSE if it may not, after saying so
 */
static bool may_begin(private_accounting_listener_t *this, ike_sa_t *ike_sa,
						const options_sections_t *rules)
{
	char *limit, more[LOG_LIMITER_MORE];
	accounting_session_t *session;
	accounting_use_t use;
	peer_facts_t peer;

	session = create_session(this, ike_sa);
	accounting_session_get_facts(session, &peer);
	this->public.sessions->get_day(this->public.sessions, session->user, &use);
	limit = accounting_limits_reached(rules, &peer, &use);
	peer_facts_clear(&peer);
	if (limit)
	{
		accounting_tell_limit("refused", session, session->state.unique_id,
							  limit, 0);
		if (log_limiter_pass(this->limits, more, "times", "%s", limit))
		{
			DBG1(DBG_IKE, "accounting: refused '%Y' at %#H on connection '%s' "
				 "by %s%s", session->user, ike_sa->get_other_host(ike_sa),
				 session->connection, limit, more);
		}
	}
	accounting_session_unref(session);
	free(limit);
	return !limit;
}

METHOD(listener_t, authorize, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	accounting_settings_t *settings = this->store->get(this->store);
	refusal_t *refusal;

	if (final && accounting_limits_logins(&settings->rules) &&
		!may_begin(this, ike_sa, &settings->rules))
	{
		refusal = get_login(this, ike_sa->get_unique_id(ike_sa));
		refusal->step = "authorization";
		refusal->reason = "limit";
		*success = FALSE;
	}
	options_unref(settings);
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	if (up)
	{
		begin(this, ike_sa);
	}
	else
	{
		end(this, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	/* while we rekey it only the peer deletes it, perhaps as its own rekeying
	 * is done: core tells of that one only after this */
	if (state == IKE_DELETING && ike_sa->get_state(ike_sa) != IKE_REKEYING)
	{
		end(this, ike_sa->get_unique_id(ike_sa));
	}
	else if (state == IKE_DESTROYING)
	{
		destroying(this, ike_sa);
	}
	return TRUE;
}

/**
 * Tell the step in which a login is refused, and the reason if an alert says
 * one.
 */
static void get_refusal(alert_t alert, refusal_t *refusal)
{
	switch (alert)
	{
		case ALERT_PROPOSAL_MISMATCH_IKE:
			refusal->step = "proposal";
			refusal->reason = "mismatch";
			break;
		case ALERT_PEER_AUTH_FAILED:
			refusal->step = "authentication";
			break;
		case ALERT_LOCAL_AUTH_FAILED:
			refusal->step = "authentication";
			refusal->reason = "local";
			break;
		case ALERT_RADIUS_NOT_RESPONDING:
			refusal->step = "authentication";
			refusal->reason = "radius-not-responding";
			break;
		case ALERT_AUTHORIZATION_FAILED:
			refusal->step = "authorization";
			break;
		case ALERT_UNIQUE_KEEP:
			refusal->step = "uniqueness";
			refusal->reason = "keep";
			break;
		case ALERT_CERT_EXPIRED:
			refusal->reason = "cert-expired";
			break;
		case ALERT_CERT_REVOKED:
			refusal->reason = "cert-revoked";
			break;
		case ALERT_CERT_VALIDATION_FAILED:
			refusal->reason = "cert-validation-failed";
			break;
		case ALERT_CERT_NO_ISSUER:
			refusal->reason = "cert-no-issuer";
			break;
		case ALERT_CERT_UNTRUSTED_ROOT:
			refusal->reason = "cert-untrusted-root";
			break;
		case ALERT_CERT_EXCEEDED_PATH_LEN:
			refusal->reason = "cert-exceeded-path-len";
			break;
		case ALERT_CERT_POLICY_VIOLATION:
			refusal->reason = "cert-policy-violation";
			break;
		default:
			break;
	}
}

METHOD(listener_t, alert, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	refusal_t *refusal, told = {};
	uint32_t unique_id;

	this->ends->alert(this->ends, ike_sa, alert);
	if (ike_sa && alert == ALERT_UNIQUE_REPLACE)
	{
		ike_sa_why_say(ike_sa->get_unique_id(ike_sa), IKE_SA_WHY_REPLACED);
	}
	get_refusal(alert, &told);
	if (!ike_sa || (!told.step && !told.reason))
	{
		return TRUE;
	}
	unique_id = ike_sa->get_unique_id(ike_sa);
	if (this->public.sessions->has(this->public.sessions, unique_id))
	{
		return TRUE;
	}
	refusal = get_login(this, unique_id);
	/* what is said first is the cause of what follows */
	refusal->step = refusal->step ?: told.step;
	refusal->reason = refusal->reason ?: told.reason;
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_accounting_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	this->public.sessions->rekey(this->public.sessions,
								 old->get_unique_id(old),
								 new->get_unique_id(new));
	return TRUE;
}

METHOD(listener_t, children_migrate, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, ike_sa_id_t *new,
	uint32_t unique_id)
{
	if (new)
	{
		this->public.sessions->migrate(this->public.sessions,
									   ike_sa->get_unique_id(ike_sa),
									   unique_id);
	}
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	this->public.sessions->move(this->public.sessions,
								ike_sa->get_unique_id(ike_sa), remote,
								time(NULL));
	return TRUE;
}

METHOD(listener_t, assign_vips, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, bool assign)
{
	/* with IKEv2 this comes before the IKE_SA is up */
	if (assign)
	{
		this->public.sessions->set_vips(this->public.sessions,
										ike_sa->get_unique_id(ike_sa),
										get_vips(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, message, bool,
	private_accounting_listener_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	if (incoming && plain)
	{
		this->ends->received(this->ends, ike_sa, message);
		login(this, ike_sa, message);
	}
	return TRUE;
}

METHOD(accounting_listener_t, get_unrecorded, u_int,
	private_accounting_listener_t *this)
{
	return ref_cur(&this->unrecorded);
}

METHOD(accounting_listener_t, get_limited, u_int,
	private_accounting_listener_t *this)
{
	return this->limiter->get_closed(this->limiter);
}

METHOD(accounting_listener_t, destroy, void,
	private_accounting_listener_t *this)
{
	this->public.writer->destroy(this->public.writer);
	this->limiter->destroy(this->limiter);
	accounting_operator_leave();
	ike_sa_why_leave();
	this->public.kernel->destroy(this->public.kernel);
	this->public.sessions->destroy(this->public.sessions);
	this->ends->destroy(this->ends);
	this->limits->destroy(this->limits);
	ike_sa_table_destroy(this->refusals, free);
	free(this->own);
	free(this);
}

/**
 * Make what IDs of sessions of this daemon begin with.
 */
static char *make_own()
{
	struct timespec now;
	char *own;

	clock_gettime(CLOCK_REALTIME, &now);
	if (asprintf(&own, "%" PRIx64 "-", (uint64_t)now.tv_sec * 1000 +
				 now.tv_nsec / 1000000) < 0)
	{
		return strdup("-");
	}
	return own;
}

accounting_listener_t *accounting_listener_create(options_store_t *store)
{
	private_accounting_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.alert = _alert,
				.authorize = _authorize,
				.assign_vips = _assign_vips,
				.children_migrate = _children_migrate,
				.ike_rekey = _ike_rekey,
				.ike_state_change = _ike_state_change,
				.ike_update = _ike_update,
				.ike_updown = _ike_updown,
				.message = _message,
			},
			.sessions = accounting_sessions_create(),
			.get_unrecorded = _get_unrecorded,
			.get_limited = _get_limited,
			.destroy = _destroy,
		},
		.store = store,
		.limits = log_limiter_create(),
		.own = make_own(),
		.ends = ike_sa_ends_create(),
		.refusals = ike_sa_table_create(),
	);
	ike_sa_why_enter();
	accounting_operator_enter();
	this->public.kernel = accounting_kernel_create(this->public.sessions);
	this->public.writer = accounting_writer_create(store, this->public.sessions,
												   this->public.kernel,
												   this->own);
	this->limiter = accounting_limiter_create(store, this->public.sessions,
											  this->public.kernel);
	return &this->public;
}
