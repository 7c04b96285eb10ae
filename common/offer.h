/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file offer.h
 * Where plugins and the plugin control meet: the former offer commands, events
 * and numbers, the latter gives clients access to them.
 *
 * Plugins are loaded and unloaded in any order, and each may be missing.
 * Whoever comes first makes the registry, whoever goes last frees it. It holds
 * data only, as each plugin has this code for itself, and takes it along when
 * it is unloaded. Plugins built from another version of this file don't see it.
 */

#ifndef OFFER_H_
#define OFFER_H_

#include "options_store.h"

typedef struct control_out_t control_out_t;
typedef struct offer_command_t offer_command_t;
typedef struct offer_t offer_t;
typedef struct control_sink_t control_sink_t;
typedef struct explain_peer_t explain_peer_t;

/**
 * A message being written. Nothing here blocks, waits for a client or fails:
 * what can't be sent is dropped, and counted, later.
 *
 * Text is formatted as for the log (%Y, %H, ...). Keys and names
 * are up to 255 bytes. Text that comes from peers is printed with %Y and the
 * like, or escaped by the plugin.
 */
struct control_out_t {

	/**
	 * Write a key and its value, text.
	 */
	void (*value)(control_out_t *this, const char *key, const char *fmt, ...);

	/**
	 * Write a key and its value, a number. A key has one type everywhere: what
	 * is written by this and by the following is such in swanadv's JSON, too.
	 */
	void (*number)(control_out_t *this, const char *key, uint64_t number);

	/**
	 * Write a key and its value, "yes" or "no".
	 */
	void (*flag)(control_out_t *this, const char *key, bool flag);

	/**
	 * Begin a section. Sections may hold keys, lists and sections.
	 */
	void (*begin_section)(control_out_t *this, const char *name);

	/**
	 * Begin a section that has numbers only, whatever their keys are.
	 */
	void (*begin_numbers)(control_out_t *this, const char *name);

	/**
	 * End the section begun last.
	 */
	void (*end_section)(control_out_t *this);

	/**
	 * Begin a list, which holds items only.
	 */
	void (*begin_list)(control_out_t *this, const char *name);

	/**
	 * Write an item of a list.
	 */
	void (*item)(control_out_t *this, const char *fmt, ...);

	/**
	 * End the list.
	 */
	void (*end_list)(control_out_t *this);

	/**
	 * Send what was written as a message of the command's stream, and start
	 * anew. Only for commands that have a stream.
	 */
	void (*emit)(control_out_t *this);
};

/**
 * Section of a request that has the arguments of a command.
 */
#define CONTROL_REQUEST "request"

/**
 * A command.
 */
struct offer_command_t {
	/** name, as "list-bypasses" */
	const char *name;
	/** name of the messages it streams, NULL if it doesn't */
	const char *stream;
	/** whether it takes arguments; else a request that has some is refused */
	bool arguments;
	/** whether it changes nothing: clients that may only read may run it */
	bool reads;
	/**
	 * Run it. Called by a thread of control's, which may block, but not while
	 * it holds a lock that a bus hook takes; for one request at a time of each
	 * client.
	 *
	 * @param data		the offer's
	 * @param request	arguments, in section CONTROL_REQUEST, a list as one
	 *					value with commas; use options_load()
	 * @param out		gets the answer; what was written is dropped on errors
	 * @param errors	gets what is wrong; the command succeeded if it is empty
	 */
	void (*run)(void *data, settings_t *request, control_out_t *out,
				option_errors_t *errors);
};

/**
 * What a plugin offers, all of it optional. What is offered has to stay as it
 * is from offer_add() to offer_remove().
 */
struct offer_t {
	/** name of the plugin, as in strongswan.conf; this and the next two are
	 * filled in when it starts, see plugin.h */
	const char *plugin;
	/** the plugin's settings, so that control can tell what is wrong with them
	 * after a reload that failed */
	options_store_t *store;
	/** passed to what follows */
	void *data;
	/** commands and their number */
	const offer_command_t *commands;
	u_int command_count;
	/** names of events, ends with NULL */
	const char *const *events;
	/**
	 * Write what an operator wants to see at a glance: "mode" or the like, a
	 * few numbers, and a list "warnings" if there is something to act on. What
	 * is wrong with store is added by control.
	 *
	 * @param config	settings in force
	 */
	void (*status)(void *data, void *config, control_out_t *out);
	/**
	 * Write counters, since the start of the plugin.
	 */
	void (*stats)(void *data, control_out_t *out);
	/**
	 * Say what will apply to somebody, and why, before he connects:
	 * explain.h.
	 *
	 * @param config	settings in force
	 * @param peer		who, on one of the connections that are for him
	 * @param lines		to explain_add() to; none if it makes no difference
	 */
	void (*explain)(void *data, void *config, const explain_peer_t *peer,
					array_t *lines);
};

/**
 * Get the registry, or make it: events may be told from now on. Call it, as the
 * following functions, from the callback of a plugin feature only: charon's
 * table of objects has no lock.
 */
void offer_enter(void);

/**
 * Leave the registry, and free it if nobody else is left. After the last call
 * no event may be begun by this plugin anymore, that is, its hooks are off the
 * bus and its threads have ended.
 */
void offer_leave(void);

/**
 * Enter, and offer something.
 *
 * @param offer			offer, adopted until it is removed
 */
void offer_add(const offer_t *offer);

/**
 * Withdraw an offer, and leave. Waits until none of its functions is in use.
 *
 * @param offer			offer
 */
void offer_remove(const offer_t *offer);

/**
 * Is the plugin the first in the registry that calls this?
 */
bool offer_is_first(void);

/**
 * Note a plugin that isn't loaded, until all are gone.
 *
 * @param plugin		its name, adopted
 * @param reason		why, adopted
 */
void offer_add_refused(char *plugin, char *reason);

/**
 * All plugins are loaded: log which are in force, and which aren't.
 */
void offer_started(void);

/**
 * Has any client asked for any event? Costs a load.
 */
bool control_event_wanted(void);

/**
 * Begin to tell about an event. For use in bus hooks as well: costs a load if
 * no client has asked for any event.
 *
 * @param event			name of the event, which has to be in the plugin's offer
 * @return				where to write it, NULL if nobody wants to know; to be
 *						passed to control_event_end() without delay
 */
control_out_t *control_event_begin(const char *event);

/**
 * Send an event to the clients that have asked for it.
 *
 * @param out			as returned by control_event_begin()
 */
void control_event_end(control_out_t *out);

/**
 * What control does for others: it takes events.
 */
struct control_sink_t {

	/**
	 * Begin to write an event.
	 *
	 * @param event		name of the event
	 * @return			NULL if nobody has asked for it
	 */
	control_out_t *(*begin)(control_sink_t *this, const char *event);

	/**
	 * Queue an event to its clients. Doesn't block.
	 *
	 * @param out		what begin() returned, adopted
	 */
	void (*raise)(control_sink_t *this, control_out_t *out);
};

/**
 * Called for an offer.
 *
 * @param data			as given to offer_find()
 * @return				TRUE to stop
 */
typedef bool (*offer_cb_t)(void *data, const offer_t *offer);

/**
 * Attach control. Has the constraints of offer_add().
 *
 * @param sink			takes events
 */
void offer_attach(control_sink_t *sink);

/**
 * Detach control. Waits until its sink isn't in use.
 */
void offer_detach(void);

/**
 * Change the number of clients' registrations for events. Only for control,
 * while it is attached.
 *
 * @param up			TRUE for one more, FALSE for one less
 */
void offer_listen(bool up);

/**
 * Look at offers in the order of the plugins' names; they stay there meanwhile.
 * Only for control, while it is attached.
 *
 * @param cb			called for each, until it returns TRUE
 * @param data			passed to cb
 * @return				TRUE if cb returned TRUE
 */
bool offer_find(offer_cb_t cb, void *data);

/**
 * Wait until all plugins are loaded. Only for control, while it is attached.
 *
 * @param timeout		for how long at most, in milliseconds
 * @return				FALSE if they aren't yet
 */
bool offer_await_start(u_int timeout);

/**
 * Called for a plugin that isn't loaded.
 *
 * @param data			as given to offer_each_refused()
 */
typedef void (*offer_refused_cb_t)(void *data, const char *plugin,
								   const char *reason);

/**
 * Look at the plugins that aren't loaded. Only for control, while it is
 * attached.
 *
 * @param cb			called for each
 * @param data			passed to cb
 */
void offer_each_refused(offer_refused_cb_t cb, void *data);

#endif /** OFFER_H_ */
