/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_padata.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define RANGE "/sys/devices/system/cpu/online"
#define PCRYPT "/sys/kernel/pcrypt"

typedef struct private_async_crypto_padata_t private_async_crypto_padata_t;
typedef struct mask_t mask_t;

/**
 * A mask of the kernel's.
 */
struct mask_t {
	const char *path;
	/** key for logs */
	const char *key;
	/** content before it was changed, empty if it wasn't */
	char before[ASYNC_CRYPTO_MASK_LEN];
	/** errno of the last failure, to log it once */
	int failure;
};

struct private_async_crypto_padata_t {
	async_crypto_padata_t public;
	/** both directions of each of them */
	mask_t parallel[2];
	mask_t serial[2];
};

/**
 * Read a file's first line.
 */
static bool read_line(const char *path, char *buf, size_t len)
{
	ssize_t got;
	int fd;

	*buf = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
	{
		return FALSE;
	}
	got = read(fd, buf, len - 1);
	close(fd);
	if (got <= 0)
	{
		*buf = '\0';
		return FALSE;
	}
	buf[got] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return TRUE;
}

/**
 * Write a file.
 */
static bool write_line(const char *path, const char *text)
{
	ssize_t len = strlen(text), written;
	int fd, saved;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
	{
		return FALSE;
	}
	written = write(fd, text, len);
	saved = errno;
	close(fd);
	errno = saved;
	return written == len;
}

void async_crypto_padata_range(char *range, size_t len)
{
	read_line(RANGE, range, len);
}

/**
 * Write a mask, after keeping what was there.
 */
static void change(mask_t *mask, const async_crypto_cpus_t *cpus)
{
	char text[ASYNC_CRYPTO_MASK_LEN], before[ASYNC_CRYPTO_MASK_LEN];

	async_crypto_cpus_mask(cpus, text);
	if (read_line(mask->path, before, sizeof(before)) &&
		write_line(mask->path, text))
	{
		if (!*mask->before)
		{
			strcpy(mask->before, before);
		}
		mask->failure = 0;
	}
	else if (mask->failure != errno)
	{
		mask->failure = errno;
		DBG1(DBG_KNL, "async-crypto: %s = %s is not in force, %s: %s",
			 mask->key, cpus->list, mask->path, strerror(errno));
	}
}

/**
 * Put back what was there.
 */
static void restore(mask_t *mask)
{
	if (*mask->before && !write_line(mask->path, mask->before))
	{
		DBG1(DBG_KNL, "async-crypto: restoring %s to %s failed: %s",
			 mask->path, mask->before, strerror(errno));
	}
	*mask->before = '\0';
	mask->failure = 0;
}

/**
 * Have the masks of both directions as wanted.
 */
static void set_both(mask_t masks[2], const async_crypto_cpus_t *cpus)
{
	u_int i;

	for (i = 0; i < 2; i++)
	{
		if (cpus && cpus->list)
		{
			change(&masks[i], cpus);
		}
		else
		{
			restore(&masks[i]);
		}
	}
}

METHOD(async_crypto_padata_t, set, void,
	private_async_crypto_padata_t *this, const async_crypto_cpus_t *parallel,
	const async_crypto_cpus_t *serial)
{
	set_both(this->parallel, parallel);
	set_both(this->serial, serial);
}

METHOD(async_crypto_padata_t, destroy, void,
	private_async_crypto_padata_t *this)
{
	set(this, NULL, NULL);
	free(this);
}

async_crypto_padata_t *async_crypto_padata_create()
{
	private_async_crypto_padata_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.destroy = _destroy,
		},
		.parallel = {
			{ .key = "parallel_cpus",
			  .path = PCRYPT "/pencrypt/parallel_cpumask" },
			{ .key = "parallel_cpus",
			  .path = PCRYPT "/pdecrypt/parallel_cpumask" },
		},
		.serial = {
			{ .key = "serial_cpus",
			  .path = PCRYPT "/pencrypt/serial_cpumask" },
			{ .key = "serial_cpus",
			  .path = PCRYPT "/pdecrypt/serial_cpumask" },
		},
	);
	return &this->public;
}
