/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_overflow.h"
#include "ikev1_policy_core.h"
#include "ikev1_policy_exchanges.h"
#include "ikev1_policy_message.h"

#include <collections/array.h>
#include <daemon.h>
#include <ike_sa_table.h>
#include <log_limiter.h>
#include <processing/jobs/callback_job.h>
#include <processing/jobs/delete_ike_sa_job.h>
#include <threading/mutex.h>

typedef struct private_ikev1_policy_overflow_t private_ikev1_policy_overflow_t;
typedef struct state_t state_t;
typedef struct report_t report_t;

struct private_ikev1_policy_overflow_t {
	ikev1_policy_overflow_t public;
	options_store_t *store;
	/** state_t */
	hashtable_t *states;
	/** report_t to be logged, NULL if there are none */
	array_t *reports;
	/** counters */
	u_int overflows;
	u_int lost;
	/** guards the above and all in it, as reports are logged by a job */
	mutex_t *mutex;
	/** used by the job only */
	log_limiter_t *limiter;
};

/**
 * An IKEv1 SA.
 */
struct state_t {
	/** exchanges its window holds */
	uint32_t window;
	/** its exchanges, NULL before the first Quick Mode */
	ikev1_policy_exchanges_t *exchanges;
	/** in the list of reports, NULL if there is nothing to report */
	report_t *report;
};

/**
 * What happened on an IKE_SA within a second.
 */
struct report_t {
	uint32_t unique_id;
	ike_sa_id_t *id;
	identification_t *peer;
	host_t *host;
	char *connection;
	uint32_t window;
	/** most Quick Modes that ran at once */
	u_int peak;
	u_int lost;
};

/**
 * Create a report without numbers.
 */
static report_t *report_create(ike_sa_t *ike_sa, uint32_t window)
{
	identification_t *peer = ike_sa->get_other_id(ike_sa);
	host_t *host = ike_sa->get_other_host(ike_sa);
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);
	report_t *report;

	INIT(report,
		.unique_id = ike_sa->get_unique_id(ike_sa),
		.id = id->clone(id),
		.peer = peer->clone(peer),
		.host = host->clone(host),
		.connection = strdup(ike_sa->get_name(ike_sa)),
		.window = window,
	);
	return report;
}

/**
 * Destroy a report.
 */
static void report_destroy(report_t *report)
{
	report->id->destroy(report->id);
	report->peer->destroy(report->peer);
	report->host->destroy(report->host);
	free(report->connection);
	free(report);
}

/**
 * Destroy the state of an IKE_SA.
 */
static void state_destroy(state_t *state)
{
	if (state)
	{
		DESTROY_IF(state->exchanges);
		free(state);
	}
}

/**
 * Get the state of an IKE_SA, create it if there is none.
 */
static state_t *get_state(private_ikev1_policy_overflow_t *this,
						  ike_sa_t *ike_sa)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	state_t *state = ike_sa_table_get(this->states, unique_id);

	if (!state)
	{
		INIT(state,
			.window = ikev1_policy_core_get_window(),
		);
		ike_sa_table_put(this->states, unique_id, state);
	}
	return state;
}

/**
 * Log a report.
 */
static void log_report(private_ikev1_policy_overflow_t *this, report_t *report,
					   bool delete)
{
	char more[LOG_LIMITER_MORE], advice[128], end[64] = "";
	uint32_t value;

	if (!log_limiter_pass(this->limiter, more, "times", "%d %H %s", delete,
						  report->host, report->connection))
	{
		return;
	}
	value = ikev1_policy_window_for(max(report->peak, report->window));
	if (value > report->window)
	{
		snprintf(advice, sizeof(advice), "set ikev1-policy.phase2_exchanges = "
				 "%u", value);
	}
	else
	{
		snprintf(advice, sizeof(advice), "have the peer run fewer at once, as "
				 "the window can't be larger");
	}
	if (delete)
	{
		snprintf(end, sizeof(end), "; deleting IKE_SA [%u], as "
				 "ikev1-policy.on_overflow is terminate", report->unique_id);
	}
	DBG1(DBG_IKE, "ikev1-policy: '%Y' at %H on connection '%s' ran %u Quick "
		 "Modes at once and %u were lost%s, as the window holds %u exchanges; "
		 "%s%s", report->peer, report->host, report->connection, report->peak,
		 report->lost, more, report->window, advice, end);
}

/**
 * Job: log all reports, and delete IKE_SAs if so configured.
 */
static job_requeue_t log_reports(private_ikev1_policy_overflow_t *this)
{
	ikev1_policy_settings_t *settings;
	enumerator_t *enumerator;
	array_t *reports;
	report_t *report;
	state_t *state;
	bool delete;

	this->mutex->lock(this->mutex);
	reports = this->reports;
	this->reports = NULL;
	enumerator = array_create_enumerator(reports);
	while (enumerator->enumerate(enumerator, &report))
	{
		state = ike_sa_table_get(this->states, report->unique_id);
		if (state)
		{
			state->report = NULL;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);

	settings = this->store->get(this->store);
	while (array_remove(reports, ARRAY_HEAD, &report))
	{
		/* with fewer, something else took the places, which needn't even have
		 * come from the peer */
		delete = settings->on_overflow == IKEV1_POLICY_TERMINATE &&
				 report->peak > report->window;
		log_report(this, report, delete);
		if (delete)
		{
			lib->processor->queue_job(lib->processor,
						(job_t*)delete_ike_sa_job_create(report->id, TRUE));
		}
		report_destroy(report);
	}
	array_destroy(reports);
	options_unref(&settings->head);
	return JOB_REQUEUE_NONE;
}

/**
 * Note that a Quick Mode was lost.
 */
static void note_lost(private_ikev1_policy_overflow_t *this, ike_sa_t *ike_sa,
					  state_t *state)
{
	if (!this->reports)
	{
		lib->scheduler->schedule_job(lib->scheduler,
					(job_t*)callback_job_create((callback_job_cb_t)log_reports,
												this, NULL, NULL),
					IKEV1_POLICY_REPORT_DELAY);
	}
	if (!state->report)
	{
		state->report = report_create(ike_sa, state->window);
		array_insert_create(&this->reports, ARRAY_TAIL, state->report);
		this->overflows++;
	}
	state->report->lost++;
	this->lost++;
}

/**
 * Follow what core does with its window for a message after phase 1.
 */
static void follow(private_ikev1_policy_overflow_t *this, ike_sa_t *ike_sa,
				   message_t *message, bool incoming, bool plain)
{
	uint32_t mid = message->get_message_id(message);
	bool quick, request = message->get_request(message);
	time_t now = time_monotonic(NULL);
	state_t *state = get_state(this, ike_sa);
	u_int running;

	quick = message->get_exchange_type(message) == QUICK_MODE;
	if (!state->exchanges)
	{
		if (!quick || incoming)
		{
			return;
		}
		state->exchanges = ikev1_policy_exchanges_create(state->window);
	}
	if (incoming && plain)
	{
		if (quick && request)
		{
			state->exchanges->end(state->exchanges, mid);
		}
		return;
	}
	if (state->exchanges->use(state->exchanges, mid, now))
	{
		note_lost(this, ike_sa, state);
	}
	/* as initiator, core runs one at a time */
	if (quick && !incoming && !request)
	{
		state->exchanges->begin(state->exchanges, mid, now);
	}
	if (state->report)
	{
		running = state->exchanges->get_running(state->exchanges, now);
		state->report->peak = max(state->report->peak, running);
	}
}

METHOD(listener_t, message, bool,
	private_ikev1_policy_overflow_t *this, ike_sa_t *ike_sa,
	message_t *message, bool incoming, bool plain)
{
	/* core uses the window right before a message is encrypted, and after the
	 * header of one to be decrypted was parsed */
	if (ike_sa->get_version(ike_sa) == IKEV1 &&
		message->get_message_id(message) &&
		(incoming ? ikev1_policy_is_encrypted(message) : plain))
	{
		this->mutex->lock(this->mutex);
		follow(this, ike_sa, message, incoming, plain);
		this->mutex->unlock(this->mutex);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_ikev1_policy_overflow_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);

	if (ike_sa->get_version(ike_sa) != IKEV1)
	{
		return TRUE;
	}
	this->mutex->lock(this->mutex);
	if (state == IKE_CONNECTING)
	{	/* the window as it was when core created the IKE_SA */
		get_state(this, ike_sa);
	}
	else if (state == IKE_DESTROYING)
	{
		state_destroy(ike_sa_table_take(this->states, unique_id));
	}
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(ikev1_policy_overflow_t, get_stats, void,
	private_ikev1_policy_overflow_t *this, u_int *overflows, u_int *lost)
{
	this->mutex->lock(this->mutex);
	*overflows = this->overflows;
	*lost = this->lost;
	this->mutex->unlock(this->mutex);
}

METHOD(ikev1_policy_overflow_t, destroy, void,
	private_ikev1_policy_overflow_t *this)
{
	ike_sa_table_destroy(this->states, (void*)state_destroy);
	array_destroy_function(this->reports, (array_callback_t)report_destroy,
						   NULL);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

ikev1_policy_overflow_t *ikev1_policy_overflow_create(options_store_t *store)
{
	private_ikev1_policy_overflow_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message,
				.ike_state_change = _ike_state_change,
			},
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.store = store,
		.states = ike_sa_table_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.limiter = log_limiter_create(),
	);
	return &this->public;
}
