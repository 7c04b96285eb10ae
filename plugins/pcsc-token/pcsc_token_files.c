/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * What is wrong with a file that can't be opened.
 */
static const char *cant_open(int error)
{
	switch (error)
	{
		case ENOENT:
		case ENOTDIR:
			return "there is no such file";
		case EACCES:
			return "charon may not read this file";
		default:
			return "this file can't be read";
	}
}

/*
 * Described in header
 */
const char *pcsc_token_check_module(const char *path)
{
	static const char entry[] = "C_GetFunctionList";
	chunk_t *image;
	bool found;

	if (*path != '/')
	{
		return "expected an absolute path";
	}
	image = chunk_map((char*)path, FALSE);
	if (!image)
	{
		return cant_open(errno);
	}
	found = image->len > 4 && memeq(image->ptr, "\177ELF", 4) &&
			memmem(image->ptr, image->len, entry, sizeof(entry));
	chunk_unmap(image);
	return found ? NULL : "isn't a PKCS#11 module, as it has no "
						  "C_GetFunctionList";
}

/**
 * Open a file that holds a PIN.
 *
 * @param fd		gets a descriptor, -1 if something is wrong
 */
static const char *open_pin_file(const char *path, int *fd)
{
	const char *wrong = NULL;
	struct stat sb;

	*fd = -1;
	if (*path != '/')
	{
		return "expected an absolute path";
	}
	/* a FIFO would block */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd == -1)
	{
		return cant_open(errno);
	}
	if (fstat(*fd, &sb))
	{
		wrong = cant_open(errno);
	}
	else if (!S_ISREG(sb.st_mode))
	{
		wrong = "isn't a regular file";
	}
	else if (sb.st_uid != 0 && sb.st_uid != geteuid())
	{
		wrong = "belongs to another user, expected root";
	}
	else if (sb.st_mode & (S_IRWXG | S_IRWXO))
	{
		wrong = "others have access to it, expected mode 0600 or 0400";
	}
	if (wrong)
	{
		close(*fd);
		*fd = -1;
	}
	return wrong;
}

/*
 * Described in header
 */
const char *pcsc_token_read_pin(const char *path, chunk_t *pin)
{
	char buf[PCSC_TOKEN_PIN_MAX + 2];
	const char *wrong;
	ssize_t len;
	size_t pin_len = 0;
	int fd;

	wrong = open_pin_file(path, &fd);
	if (wrong)
	{
		return wrong;
	}
	len = read(fd, buf, sizeof(buf));
	if (len < 0)
	{
		wrong = cant_open(errno);
	}
	close(fd);
	while (len > 0 && pin_len < len && !strchr("\r\n", buf[pin_len]))
	{
		pin_len++;
	}
	if (!wrong && (!pin_len || pin_len > PCSC_TOKEN_PIN_MAX))
	{
		wrong = "expected a PIN of 1-255 bytes in its first line";
	}
	if (!wrong)
	{
		*pin = chunk_clone(chunk_create((u_char*)buf, pin_len));
	}
	memwipe(buf, sizeof(buf));
	return wrong;
}

/*
 * Described in header
 */
const char *pcsc_token_check_pin_file(const char *path)
{
	chunk_t pin = chunk_empty;
	const char *wrong;

	wrong = pcsc_token_read_pin(path, &pin);
	chunk_clear(&pin);
	return wrong;
}
