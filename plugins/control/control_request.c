/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_request.h"

#include <glob_list.h>
#include <utf8.h>
#include <vici_message.h>

#include <bio/bio_reader.h>

/**
 * Where in a message the reader is, and what it has found.
 */
typedef struct {
	settings_t *settings;
	option_errors_t *errors;
	/** names of the sections that are open, and of the list or key */
	char names[CONTROL_REQUEST_DEPTH_MAX + 1][CONTROL_REQUEST_NAME_MAX + 1];
	u_int depth;
	bool list;
	u_int elements;
	/** items of the list so far, separated by commas, or NULL */
	char *items;
} reader_t;

bool control_request_parse(chunk_t packet, control_operation_t *operation,
						   char *name, chunk_t *message)
{
	bio_reader_t *reader;
	uint8_t type;
	chunk_t data;
	bool valid;

	reader = bio_reader_create(packet);
	valid = reader->read_uint8(reader, &type) &&
			(type == CONTROL_REQUEST_COMMAND || type == CONTROL_REGISTER ||
			 type == CONTROL_UNREGISTER) &&
			reader->read_data8(reader, &data) &&
			chunk_printable(data, NULL, 0);
	if (valid)
	{
		*operation = type;
		memcpy(name, data.ptr, data.len);
		name[data.len] = '\0';
		*message = reader->peek(reader);
	}
	reader->destroy(reader);
	return valid;
}

/**
 * Add an error about the message as a whole.
 */
static bool reject(reader_t *this, const char *message)
{
	this->errors->add(this->errors, CONTROL_REQUEST, NULL, "%s", message);
	return FALSE;
}

/**
 * Note the name of what begins: a section, a list or a key.
 */
static bool take_name(reader_t *this, const char *name)
{
	if (!*name || strlen(name) > CONTROL_REQUEST_NAME_MAX)
	{
		return reject(this, "has a name that is empty or too long");
	}
	strcpy(this->names[this->depth], name);
	return TRUE;
}

/**
 * Begin a section.
 */
static bool begin_section(reader_t *this, const char *name)
{
	if (this->depth == CONTROL_REQUEST_DEPTH_MAX)
	{
		return reject(this, "has too many sections in each other");
	}
	if (!take_name(this, name))
	{
		return FALSE;
	}
	this->depth++;
	return TRUE;
}

/**
 * Set the key or list at hand.
 */
static void set(reader_t *this, char *value)
{
	static char *const formats[] = {
		CONTROL_REQUEST ".%s",
		CONTROL_REQUEST ".%s.%s",
		CONTROL_REQUEST ".%s.%s.%s",
		CONTROL_REQUEST ".%s.%s.%s.%s",
		CONTROL_REQUEST ".%s.%s.%s.%s.%s",
	};

	this->settings->set_str(this->settings, formats[this->depth], value,
							this->names[0], this->names[1], this->names[2],
							this->names[3], this->names[4]);
}

/**
 * Get a value as a string.
 */
static char *get_value(reader_t *this, chunk_t value)
{
	char *str;

	if (!value.len)
	{	/* perhaps without a pointer */
		return strdup("");
	}
	if (memchr(value.ptr, '\0', value.len))
	{
		reject(this, "has a value with a NUL byte");
		return NULL;
	}
	str = strndup((char*)value.ptr, value.len);
	if (!utf8_valid(str))
	{
		this->errors->add(this->errors, this->names[this->depth], str,
						  "expected text in UTF-8");
		free(str);
		return NULL;
	}
	return str;
}

/**
 * Take a key and its value.
 */
static bool take_value(reader_t *this, const char *name, chunk_t chunk)
{
	char *value;

	if (!take_name(this, name))
	{
		return FALSE;
	}
	value = get_value(this, chunk);
	if (value)
	{
		set(this, value);
	}
	free(value);
	return value != NULL;
}

/**
 * Take an item of a list.
 */
static bool take_item(reader_t *this, chunk_t chunk)
{
	char *value, *item, *items;

	/* what libvici leaves of an item that is cut short */
	value = chunk.ptr ? get_value(this, chunk) : NULL;
	if (!value)
	{
		return FALSE;
	}
	item = glob_list_quote(value);
	free(value);
	if (this->items)
	{
		if (asprintf(&items, "%s, %s", this->items, item) > 0)
		{
			free(this->items);
			this->items = items;
		}
		free(item);
	}
	else
	{
		this->items = item;
	}
	return TRUE;
}

/**
 * End a list.
 */
static void end_list(reader_t *this)
{
	set(this, this->items ?: "");
	free(this->items);
	this->items = NULL;
}

/**
 * Take an element.
 */
static bool take(reader_t *this, vici_type_t type, const char *name,
				 chunk_t value)
{
	if (++this->elements > CONTROL_REQUEST_ELEMENTS_MAX)
	{
		return reject(this, "has too many elements");
	}
	switch (type)
	{
		case VICI_SECTION_START:
			return begin_section(this, name);
		case VICI_SECTION_END:
			this->depth--;
			return TRUE;
		case VICI_KEY_VALUE:
			return take_value(this, name, value);
		case VICI_LIST_START:
			this->list = TRUE;
			return take_name(this, name);
		case VICI_LIST_ITEM:
			return take_item(this, value);
		case VICI_LIST_END:
			this->list = FALSE;
			end_list(this);
			return TRUE;
		default:
			/* VICI_END on the wire: libvici before 6.0.6 sets no type then */
			return FALSE;
	}
}

/**
 * How many bytes an element takes in the encoding.
 */
static size_t get_length(vici_type_t type, const char *name, chunk_t value)
{
	switch (type)
	{
		case VICI_SECTION_START:
		case VICI_LIST_START:
			return 2 + strlen(name);
		case VICI_KEY_VALUE:
			return 2 + strlen(name) + 2 + value.len;
		case VICI_LIST_ITEM:
			return 1 + 2 + value.len;
		default:
			return 1;
	}
}

/**
 * Take all elements.
 *
 * @return			FALSE if the message isn't well-formed or not acceptable
 */
static bool take_all(reader_t *this, chunk_t encoding)
{
	vici_message_t *message;
	enumerator_t *enumerator;
	vici_type_t type;
	chunk_t value;
	size_t length = 0;
	char *name;
	bool valid;

	message = vici_message_create_from_data(encoding, FALSE);
	enumerator = message->create_enumerator(message);
	do
	{
		type = VICI_START;
		value = chunk_empty;
		valid = enumerator->enumerate(enumerator, &type, &name, &value);
		if (type == VICI_END)
		{
			/* which libvici doesn't look at; and since 6.0.6 it takes one
			 * within the message for its end */
			valid = !this->depth && !this->list && length == encoding.len;
			break;
		}
		if (valid)
		{
			length += get_length(type, name, value);
			valid = take(this, type, name, value);
		}
	}
	while (valid);
	enumerator->destroy(enumerator);
	message->destroy(message);
	return valid;
}

settings_t *control_request_read(chunk_t message, option_errors_t *errors)
{
	reader_t this = {
		.settings = settings_create_string(""),
		.errors = errors,
	};

	if (!take_all(&this, message))
	{
		if (!errors->get_count(errors))
		{
			reject(&this, "isn't a well-formed message");
		}
		DESTROY_IF(this.settings);
		this.settings = NULL;
	}
	free(this.items);
	return this.settings;
}
