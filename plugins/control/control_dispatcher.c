/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_dispatcher.h"
#include "control_commands.h"
#include "control_request.h"

typedef struct private_control_dispatcher_t private_control_dispatcher_t;
typedef struct task_t task_t;

struct private_control_dispatcher_t {
	control_dispatcher_t public;
	control_events_t *events;
	control_stats_t *stats;
	control_commands_t *commands;
	bool readonly;
};

/**
 * What a client asks for.
 */
struct task_t {
	private_control_dispatcher_t *this;
	const char *name;
	chunk_t message;
	bio_writer_t *answer;
	/** stream of the command, NULL if the client hasn't registered for it */
	const char *stream;
	control_queue_t *client;
	/** whether messages of the stream are missing, as there were too many */
	bool cut;
};

/**
 * Append a packet to the answer, and free it.
 */
static void add_packet(bio_writer_t *answer, chunk_t packet)
{
	answer->write_data32(answer, packet);
	free(packet.ptr);
}

/**
 * Append a message of the stream, implementation of control_emit_t.
 */
static void emit(void *data, chunk_t encoding)
{
	task_t *task = data;

	if (task->answer->get_buf(task->answer).len > CONTROL_ANSWER_MAX)
	{
		task->cut = TRUE;
	}
	else if (task->stream)
	{
		add_packet(task->answer,
				   control_packet(CONTROL_EVENT, task->stream, encoding));
	}
}

/**
 * Refuse arguments of a command that takes none.
 */
static void check_empty(settings_t *request, option_errors_t *errors)
{
	enumerator_t *enumerator;
	char *key, *value;

	enumerator = request->create_key_value_enumerator(request, CONTROL_REQUEST);
	while (enumerator->enumerate(enumerator, &key, &value))
	{
		errors->add(errors, key, value, "unknown, the command takes no "
					"arguments");
	}
	enumerator->destroy(enumerator);
	enumerator = request->create_section_enumerator(request, CONTROL_REQUEST);
	while (enumerator->enumerate(enumerator, &key))
	{
		errors->add(errors, key, NULL, "unknown, the command takes no "
					"arguments");
	}
	enumerator->destroy(enumerator);
}

/**
 * Write whether it worked, and what didn't.
 */
static void write_outcome(control_out_t *out, option_errors_t *errors)
{
	enumerator_t *enumerator;
	char *line, *errmsg = NULL;
	size_t len;
	FILE *all;

	out->flag(out, "success", !errors->get_count(errors));
	if (!errors->get_count(errors))
	{
		return;
	}
	all = open_memstream(&errmsg, &len);
	out->begin_list(out, "errors");
	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		out->item(out, "%s", line);
		fprintf(all, "%s%s", ftell(all) ? "; " : "", line);
	}
	enumerator->destroy(enumerator);
	out->end_list(out);
	fclose(all);
	out->value(out, "errmsg", "%s", errmsg);
	free(errmsg);
}

/**
 * End the answer to a command.
 */
static void add_response(task_t *task, control_message_t *message,
						 option_errors_t *errors)
{
	control_message_t *other;
	chunk_t encoding;

	write_outcome(&message->out, errors);
	if (!message->finalize(message, &encoding))
	{
		errors->add(errors, task->name, NULL, "the answer is too long");
		other = control_message_create(NULL, NULL);
		write_outcome(&other->out, errors);
		other->finalize(other, &encoding);
		other->destroy(other);
	}
	if (errors->get_count(errors))
	{
		ref_get(&task->this->stats->failed);
	}
	add_packet(task->answer, control_packet(CONTROL_RESPONSE, NULL, encoding));
	free(encoding.ptr);
}

/**
 * Run a command.
 */
static void run(task_t *task, const offer_command_t *command, void *data)
{
	option_errors_t *errors = option_errors_create();
	control_message_t *message = control_message_create(emit, task);
	settings_t *request;

	if (command->stream &&
		task->this->events->contains(task->this->events, command->stream,
									 task->client))
	{
		task->stream = command->stream;
	}
	ref_get(&task->this->stats->commands);
	request = control_request_read(task->message, errors);
	if (task->this->readonly && !command->reads)
	{
		errors->add(errors, task->name, NULL, "not allowed on readonly_socket, "
					"which is for reading only");
	}
	else if (request && !command->arguments)
	{
		check_empty(request, errors);
	}
	if (!errors->get_count(errors))
	{
		command->run(data, request, &message->out, errors);
	}
	if (task->cut)
	{
		errors->add(errors, task->name, NULL, "the answer is too long");
	}
	add_response(task, message, errors);
	DESTROY_IF(request);
	message->destroy(message);
	errors->destroy(errors);
}

/**
 * Run the command if it is in an offer, callback of offer_find().
 */
static bool run_offered(void *data, const offer_t *offer)
{
	task_t *task = data;
	u_int i;

	for (i = 0; i < offer->command_count; i++)
	{
		if (streq(offer->commands[i].name, task->name))
		{
			run(task, &offer->commands[i], offer->data);
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Run a command of ours or a plugin's.
 */
static void run_named(task_t *task)
{
	private_control_dispatcher_t *this = task->this;
	const offer_command_t *command;

	command = this->commands->find(this->commands, task->name);
	if (command)
	{
		run(task, command, this->commands);
	}
	else if (!offer_find(run_offered, task))
	{
		add_packet(task->answer, control_packet(CONTROL_UNKNOWN_COMMAND, NULL,
												chunk_empty));
	}
}

/**
 * Is this an event in an offer? Callback of offer_find().
 */
static bool has_event(void *data, const offer_t *offer)
{
	const char *name = data;
	u_int i;

	for (i = 0; offer->events && offer->events[i]; i++)
	{
		if (streq(offer->events[i], name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Is this a stream in an offer? Callback of offer_find().
 */
static bool has_stream(void *data, const offer_t *offer)
{
	const char *name = data;
	u_int i;

	for (i = 0; i < offer->command_count; i++)
	{
		if (offer->commands[i].stream && streq(offer->commands[i].stream, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

METHOD(control_dispatcher_t, process, bool,
	private_control_dispatcher_t *this, control_queue_t *client,
	chunk_t packet, bio_writer_t *answer)
{
	char name[CONTROL_NAME_SIZE];
	task_t task = {
		.this = this,
		.name = name,
		.answer = answer,
		.client = client,
	};
	control_operation_t operation;
	bool known;

	if (!control_request_parse(packet, &operation, name, &task.message))
	{
		return FALSE;
	}
	if (operation == CONTROL_REQUEST_COMMAND)
	{
		run_named(&task);
		return TRUE;
	}
	if (operation == CONTROL_REGISTER)
	{
		known = offer_find(has_stream, name) ||
				(!this->readonly && offer_find(has_event, name));
		if (known)
		{
			this->events->add(this->events, name, client);
		}
	}
	else
	{
		known = this->events->remove(this->events, name, client);
	}
	add_packet(answer, control_packet(known ? CONTROL_CONFIRM :
											  CONTROL_UNKNOWN_EVENT, NULL,
									  chunk_empty));
	return TRUE;
}

METHOD(control_dispatcher_t, destroy, void,
	private_control_dispatcher_t *this)
{
	this->commands->destroy(this->commands);
	free(this);
}

control_dispatcher_t *control_dispatcher_create(control_events_t *events,
												control_stats_t *stats,
												bool readonly)
{
	private_control_dispatcher_t *this;

	INIT(this,
		.public = {
			.process = _process,
			.destroy = _destroy,
		},
		.events = events,
		.stats = stats,
		.commands = control_commands_create(),
		.readonly = readonly,
	);
	return &this->public;
}
