/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_client.h"
#include "control_frame.h"
#include "control_message.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <threading/thread.h>

typedef struct private_control_client_t private_control_client_t;

/**
 * Initial and additional size of answers.
 */
#define ANSWER_STEP 4096

struct private_control_client_t {
	control_client_t public;
	int fd;
	/** process and user of the client, for the log */
	char who[64];
	control_dispatcher_t *dispatcher;
	control_events_t *events;
	control_complain_t complain;
	void *data;
	thread_t *thread;
	/** events, pushed by other threads */
	control_queue_t *queue;
	/** atomic: 1 once it is to end, and once the thread has ended */
	refcount_t stop;
	refcount_t done;
	/** atomic: monotonic seconds of what it did last */
	refcount_t active;

	/* the rest is the thread's own */
	/** request that is being received, and bytes that follow it */
	control_frame_t frame;
	u_char buf[4096];
	chunk_t in;
	/** request that was received, while an event is being sent */
	chunk_t request;
	bool complete;
	/** what is being sent, and what is left of it */
	chunk_t out;
	chunk_t left;
	/** whether that is an answer */
	bool answering;
	/** monotonic seconds by which the rest of a request has to be here, and
	 * some more of an answer read, 0 for never */
	time_t request_due;
	time_t answer_due;
};

/**
 * Note that the client isn't idle.
 *
 * @return			monotonic seconds by which to do what is expected next
 */
static time_t set_active(private_control_client_t *this)
{
	time_t now = time_monotonic(NULL);

	__atomic_store_n(&this->active, now, __ATOMIC_RELAXED);
	return now + CONTROL_PATIENCE;
}

/**
 * End the connection with a complaint.
 */
static bool give_up(private_control_client_t *this, const char *reason)
{
	this->complain(this->data, this->who, reason);
	return FALSE;
}

/**
 * Have something sent.
 */
static void start_sending(private_control_client_t *this, chunk_t data,
						  bool answering)
{
	time_t due = set_active(this);

	this->out = this->left = data;
	this->answering = answering;
	this->answer_due = answering ? due : 0;
}

/**
 * Process the request that was received.
 */
static bool process(private_control_client_t *this)
{
	bio_writer_t *answer;
	bool valid;

	answer = bio_writer_create(ANSWER_STEP);
	valid = this->dispatcher->process(this->dispatcher, this->queue,
									  this->request, answer);
	if (valid)
	{
		start_sending(this, answer->extract_buf(answer), TRUE);
	}
	answer->destroy(answer);
	chunk_free(&this->request);
	this->complete = FALSE;
	return valid || give_up(this, "sent a packet that isn't one of vici's");
}

/**
 * Take the bytes that were received, up to the end of a request.
 */
static bool take(private_control_client_t *this)
{
	char reason[128];
	time_t due;

	switch (control_frame_feed(&this->frame, &this->in, &this->request))
	{
		case SUCCESS:
			this->complete = TRUE;
			this->request_due = 0;
			return TRUE;
		case NEED_MORE:
			due = set_active(this);
			if (!this->request_due && control_frame_partial(&this->frame))
			{
				this->request_due = due;
			}
			return TRUE;
		default:
			snprintf(reason, sizeof(reason), "announced a request of %u bytes, "
					 "at most %u are accepted",
					 control_frame_length(&this->frame), CONTROL_FRAME_MAX);
			return give_up(this, reason);
	}
}

/**
 * Receive something.
 */
static bool receive(private_control_client_t *this)
{
	ssize_t len;

	len = recv(this->fd, this->buf, sizeof(this->buf), MSG_DONTWAIT);
	if (len > 0)
	{
		this->in = chunk_create(this->buf, len);
		return TRUE;
	}
	return len < 0 && (errno == EAGAIN || errno == EINTR);
}

/**
 * Send something of what is left.
 */
static bool transmit(private_control_client_t *this)
{
	ssize_t len;
	time_t due;

	len = send(this->fd, this->left.ptr, this->left.len,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
	if (len < 0)
	{
		return errno == EAGAIN || errno == EINTR;
	}
	this->left = chunk_skip(this->left, len);
	due = set_active(this);
	this->answer_due = this->answering && this->left.len ? due : 0;
	if (!this->left.len)
	{
		chunk_free(&this->out);
	}
	return TRUE;
}

/**
 * Encode how many events are missing after one, as a part of its message.
 */
static chunk_t encode_dropped(u_int dropped)
{
	control_message_t *message;
	control_out_t *out;
	chunk_t encoding = chunk_empty;

	if (dropped)
	{
		message = control_message_create(NULL, NULL);
		out = &message->out;
		out->number(out, "dropped", dropped);
		message->finalize(message, &encoding);
		message->destroy(message);
	}
	return encoding;
}

/**
 * Take the next event from the queue.
 */
static void take_event(private_control_client_t *this)
{
	bio_writer_t *writer;
	chunk_t event, suffix;
	u_int dropped;

	if (this->queue->pop(this->queue, &event, &dropped))
	{
		/* chunk_cat() evaluates its arguments twice */
		suffix = encode_dropped(dropped);
		event = chunk_cat("mm", event, suffix);
		writer = bio_writer_create(event.len + sizeof(uint32_t));
		writer->write_data32(writer, event);
		free(event.ptr);
		start_sending(this, writer->extract_buf(writer), FALSE);
		writer->destroy(writer);
	}
}

/**
 * Milliseconds until something has to have happened, for poll().
 *
 * @return			-1 for never, 0 if it is late
 */
static int get_timeout(private_control_client_t *this)
{
	time_t now = time_monotonic(NULL), due = this->request_due;

	if (!due || (this->answer_due && this->answer_due < due))
	{
		due = this->answer_due;
	}
	if (!due)
	{
		return -1;
	}
	return due > now ? (due - now) * 1000 : 0;
}

/**
 * Wait until something can be done, and do it.
 */
static bool serve(private_control_client_t *this)
{
	/* the rest of a request is taken while events are sent, which a client may
	 * leave unread; a further one only once an answer is read */
	bool sending = this->left.len;
	bool receiving = !this->complete && !(sending && this->answering);
	struct pollfd fds[] = {
		{ .fd = this->fd, .events = (sending ? POLLOUT : 0) |
									(receiving ? POLLIN : 0) },
		{ .fd = sending ? -1 : this->queue->fd, .events = POLLIN },
	};
	int timeout;

	if (this->complete && !sending)
	{
		return process(this);
	}
	if (this->in.len && receiving)
	{	/* requests that were sent together */
		return take(this);
	}
	timeout = get_timeout(this);
	/* events may come all the time */
	if (timeout == 0)
	{
		return give_up(this, this->answer_due ?
							 "doesn't read its answer" :
							 "doesn't send the rest of its request");
	}
	if (poll(fds, countof(fds), timeout) <= 0)
	{
		return TRUE;
	}
	if (sending && fds[0].revents & ~POLLIN)
	{
		return transmit(this);
	}
	if (fds[0].revents)
	{
		return receive(this);
	}
	take_event(this);
	return TRUE;
}

/**
 * The client's thread.
 */
static void *run(private_control_client_t *this)
{
	while (!ref_cur(&this->stop) && serve(this))
	{
		/* served */
	}
	this->events->remove_all(this->events, this->queue);
	shutdown(this->fd, SHUT_RDWR);
	ref_get(&this->done);
	return NULL;
}

METHOD(control_client_t, get_idle, uint32_t,
	private_control_client_t *this)
{
	time_t now = time_monotonic(NULL);

	if (ref_cur(&this->done))
	{
		return UINT32_MAX;
	}
	if (ref_cur(&this->stop) ||
		this->events->contains(this->events, NULL, this->queue))
	{
		return 0;
	}
	return now - ref_cur(&this->active);
}

METHOD(control_client_t, disconnect, void,
	private_control_client_t *this)
{
	ref_get(&this->stop);
	/* wakes up the thread */
	shutdown(this->fd, SHUT_RDWR);
}

METHOD(control_client_t, destroy, void,
	private_control_client_t *this)
{
	if (this->thread)
	{
		disconnect(this);
		this->thread->join(this->thread);
	}
	DESTROY_IF(this->queue);
	control_frame_clear(&this->frame);
	free(this->request.ptr);
	free(this->out.ptr);
	close(this->fd);
	free(this);
}

/**
 * Find out who the client is.
 */
static void identify(private_control_client_t *this)
{
	struct ucred cred = {};
	socklen_t len = sizeof(cred);

	getsockopt(this->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	snprintf(this->who, sizeof(this->who), "pid %d, uid %u", cred.pid,
			 cred.uid);
}

control_client_t *control_client_create(int fd,
										control_dispatcher_t *dispatcher,
										control_events_t *events,
										control_complain_t complain, void *data)
{
	private_control_client_t *this;

	INIT(this,
		.public = {
			.get_idle = _get_idle,
			.disconnect = _disconnect,
			.destroy = _destroy,
		},
		.fd = fd,
		.dispatcher = dispatcher,
		.events = events,
		.complain = complain,
		.data = data,
		.queue = control_queue_create(),
	);
	identify(this);
	set_active(this);
	if (this->queue)
	{
		this->thread = thread_create((thread_main_t)run, this);
	}
	if (!this->thread)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
