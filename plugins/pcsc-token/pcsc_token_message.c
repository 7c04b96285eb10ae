/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/**
 * Bytes of a field's length.
 */
#define HEADER_LEN 2

void pcsc_token_message_begin(pcsc_token_message_t *this,
							  pcsc_token_message_type_t type)
{
	this->data[0] = type;
	this->len = this->pos = 1;
}

bool pcsc_token_message_add(pcsc_token_message_t *this, const void *data,
							size_t len)
{
	if (len > UINT16_MAX ||
		len + HEADER_LEN > sizeof(this->data) - this->len)
	{
		return false;
	}
	this->data[this->len++] = len >> 8;
	this->data[this->len++] = len & 0xff;
	if (len)
	{
		memcpy(this->data + this->len, data, len);
	}
	this->len += len;
	return true;
}

bool pcsc_token_message_add_number(pcsc_token_message_t *this, uint32_t number)
{
	/* both ends are on one machine */
	return pcsc_token_message_add(this, &number, sizeof(number));
}

pcsc_token_message_type_t pcsc_token_message_type(
										const pcsc_token_message_t *this)
{
	return this->len ? this->data[0] : 0;
}

bool pcsc_token_message_next(pcsc_token_message_t *this, const uint8_t **data,
							 size_t *len)
{
	const uint8_t *pos = this->data + this->pos;
	/* an empty message doesn't even have the type that pos is behind */
	size_t left = this->len > this->pos ? this->len - this->pos : 0;

	if (left < HEADER_LEN)
	{
		return false;
	}
	*len = pos[0] << 8 | pos[1];
	*data = pos + HEADER_LEN;
	if (*len > left - HEADER_LEN)
	{
		return false;
	}
	this->pos += HEADER_LEN + *len;
	return true;
}

bool pcsc_token_message_next_number(pcsc_token_message_t *this,
									uint32_t *number)
{
	const uint8_t *data;
	size_t len;

	if (!pcsc_token_message_next(this, &data, &len) || len != sizeof(*number))
	{
		return false;
	}
	memcpy(number, data, len);
	return true;
}

bool pcsc_token_message_next_text(pcsc_token_message_t *this, char *buf,
								  size_t size)
{
	const uint8_t *data;
	size_t len;

	if (!pcsc_token_message_next(this, &data, &len) || len >= size ||
		memchr(data, '\0', len))
	{
		return false;
	}
	memcpy(buf, data, len);
	buf[len] = '\0';
	return true;
}

bool pcsc_token_message_send(const pcsc_token_message_t *this, int fd)
{
	ssize_t len;

	do
	{
		len = send(fd, this->data, this->len, MSG_NOSIGNAL);
	}
	while (len < 0 && errno == EINTR);
	return len == this->len;
}

bool pcsc_token_message_receive(pcsc_token_message_t *this, int fd)
{
	ssize_t len;

	do
	{
		len = recv(fd, this->data, sizeof(this->data), 0);
	}
	while (len < 0 && errno == EINTR);
	this->len = len > 0 ? len : 0;
	this->pos = 1;
	return len > 0;
}

void pcsc_token_message_wipe(pcsc_token_message_t *this)
{
	explicit_bzero(this, sizeof(*this));
}
