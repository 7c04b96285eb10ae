/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_names.h"

/**
 * Room that is kept for the number of names.
 */
#define TAIL 32

strict_bind_names_t strict_bind_names(char *buf, size_t len)
{
	*buf = '\0';
	return (strict_bind_names_t){ .buf = buf, .len = len };
}

void strict_bind_names_add(strict_bind_names_t *this, const char *fmt, ...)
{
	char name[BUF_LEN];
	va_list args;
	int len;

	this->count++;
	va_start(args, fmt);
	len = vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);

	if (this->count <= STRICT_BIND_NAMES_MAX && len < sizeof(name) &&
		this->used + len + TAIL < this->len)
	{
		this->used += sprintf(this->buf + this->used, "%s%s",
							  this->used ? ", " : "", name);
		return;
	}
	snprintf(this->buf + this->used, this->len - this->used,
			 ", ... (%u in all)", this->count);
}
