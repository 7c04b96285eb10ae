/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_message.h"
#include "control_frame.h"

#include <inttypes.h>

#include <vici_builder.h>

/**
 * Longest value, as vici has 16 bits for its length.
 */
#define VALUE_MAX UINT16_MAX

typedef struct private_control_message_t private_control_message_t;

struct private_control_message_t {
	control_message_t public;
	vici_builder_t *builder;
	control_emit_t emit;
	void *data;
};

/**
 * Write a value that belongs to a key, or is an item of a list.
 */
static void add_value(private_control_message_t *this, const char *key,
					  const char *fmt, va_list args)
{
	char *value;
	chunk_t chunk;

	if (vasprintf(&value, fmt, args) < 0)
	{
		return;
	}
	chunk = chunk_create((u_char*)value, min(strlen(value), VALUE_MAX));
	if (key)
	{
		this->builder->add(this->builder, VICI_KEY_VALUE, key, chunk);
	}
	else
	{
		this->builder->add(this->builder, VICI_LIST_ITEM, chunk);
	}
	free(value);
}

METHOD(control_out_t, value, void,
	private_control_message_t *this, const char *key, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_value(this, key, fmt, args);
	va_end(args);
}

METHOD(control_out_t, number, void,
	private_control_message_t *this, const char *key, uint64_t number)
{
	value(this, key, "%" PRIu64, number);
}

METHOD(control_out_t, flag, void,
	private_control_message_t *this, const char *key, bool flag)
{
	value(this, key, flag ? "yes" : "no");
}

METHOD(control_out_t, begin_section, void,
	private_control_message_t *this, const char *name)
{
	this->builder->begin_section(this->builder, (char*)name);
}

METHOD(control_out_t, end_section, void,
	private_control_message_t *this)
{
	this->builder->end_section(this->builder);
}

METHOD(control_out_t, begin_list, void,
	private_control_message_t *this, const char *name)
{
	this->builder->begin_list(this->builder, (char*)name);
}

METHOD(control_out_t, item, void,
	private_control_message_t *this, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_value(this, NULL, fmt, args);
	va_end(args);
}

METHOD(control_out_t, end_list, void,
	private_control_message_t *this)
{
	this->builder->end_list(this->builder);
}

METHOD(control_message_t, finalize, bool,
	private_control_message_t *this, chunk_t *encoding)
{
	vici_message_t *message;

	message = this->builder->finalize(this->builder);
	this->builder = vici_builder_create();
	if (!message)
	{
		return FALSE;
	}
	*encoding = chunk_clone(message->get_encoding(message));
	message->destroy(message);
	/* leaves room for operation and name */
	if (encoding->len > CONTROL_FRAME_MAX - 1 - UINT8_MAX - 1)
	{
		chunk_free(encoding);
		return FALSE;
	}
	return TRUE;
}

METHOD(control_out_t, emit, void,
	private_control_message_t *this)
{
	chunk_t encoding;

	if (this->emit && finalize(this, &encoding))
	{
		this->emit(this->data, encoding);
		free(encoding.ptr);
	}
}

METHOD(control_message_t, destroy, void,
	private_control_message_t *this)
{
	this->builder->destroy(this->builder);
	free(this);
}

control_message_t *control_message_create(control_emit_t emit, void *data)
{
	private_control_message_t *this;

	INIT(this,
		.public = {
			.out = {
				.value = _value,
				.number = _number,
				.flag = _flag,
				.begin_section = _begin_section,
				.begin_numbers = _begin_section,
				.end_section = _end_section,
				.begin_list = _begin_list,
				.item = _item,
				.end_list = _end_list,
				.emit = _emit,
			},
			.finalize = _finalize,
			.destroy = _destroy,
		},
		.builder = vici_builder_create(),
		.emit = emit,
		.data = data,
	);
	return &this->public;
}

chunk_t control_packet(control_operation_t operation, const char *name,
					   chunk_t message)
{
	u_char header[] = { operation, name ? strlen(name) : 0 };

	return chunk_cat("ccc", chunk_create(header, name ? 2 : 1),
					 name ? chunk_from_str((char*)name) : chunk_empty,
					 message);
}
