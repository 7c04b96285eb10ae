/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_cpus.h"

#include <ctype.h>
#include <errno.h>

/**
 * Skip blanks.
 */
static const char *skip(const char *pos)
{
	while (isspace((u_char)*pos))
	{
		pos++;
	}
	return pos;
}

/**
 * Read a CPU's number.
 *
 * @return			what follows, NULL if there is none
 */
static const char *read_cpu(const char *pos, u_long *cpu)
{
	char *end;

	pos = skip(pos);
	if (!isdigit((u_char)*pos))
	{
		return NULL;
	}
	errno = 0;
	*cpu = strtoul(pos, &end, 10);
	if (errno || *cpu >= ASYNC_CRYPTO_CPUS_MAX)
	{
		return NULL;
	}
	return skip(end);
}

bool async_crypto_cpus_parse(const char *list, async_crypto_cpus_t *cpus)
{
	const char *pos = list;
	u_long first, last;

	*cpus = (async_crypto_cpus_t){ .list = list };
	while (TRUE)
	{
		pos = read_cpu(pos, &first);
		if (!pos)
		{
			return FALSE;
		}
		last = first;
		if (*pos == '-')
		{
			pos = read_cpu(pos + 1, &last);
			if (!pos || last < first)
			{
				return FALSE;
			}
		}
		for (; first <= last; first++)
		{
			cpus->words[first / 32] |= 1U << (first % 32);
		}
		if (!*pos)
		{
			return TRUE;
		}
		if (*pos++ != ',')
		{
			return FALSE;
		}
	}
}

bool async_crypto_cpus_within(const async_crypto_cpus_t *cpus,
							  const async_crypto_cpus_t *all)
{
	u_int i;

	for (i = 0; i < countof(cpus->words); i++)
	{
		if (cpus->words[i] & ~all->words[i])
		{
			return FALSE;
		}
	}
	return TRUE;
}

void async_crypto_cpus_mask(const async_crypto_cpus_t *cpus,
							char mask[ASYNC_CRYPTO_MASK_LEN])
{
	size_t len = 0;
	int i = countof(cpus->words) - 1;

	/* the kernel takes no more digits than it has CPUs */
	while (i > 0 && !cpus->words[i])
	{
		i--;
	}
	for (; i >= 0; i--)
	{
		len += snprintf(mask + len, ASYNC_CRYPTO_MASK_LEN - len, "%s%08x",
						len ? "," : "", cpus->words[i]);
	}
}
