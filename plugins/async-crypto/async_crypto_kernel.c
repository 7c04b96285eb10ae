/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_kernel.h"

#include <netlink.h>

#include <errno.h>
#include <unistd.h>

/**
 * Priority of our instances: above that of any implementation, and a value by
 * which they are told from those of others.
 */
#define PRIORITY 17711

/**
 * Priority of instances that nobody is to get any more.
 */
#define PRIORITY_RETIRED 1

/**
 * Type and mask of AEAD algorithms, the kernel's CRYPTO_ALG_TYPE_*.
 */
#define TYPE_AEAD 0x3
#define TYPE_MASK 0xf

#define PREFIX "pcrypt("

/**
 * Kernel's CRYPTO_ALG_LARVAL, _DEAD and _DYING: of no use to anybody.
 */
#define FLAGS_UNUSABLE 0x70

/**
 * Attributes of algorithms.
 */
static const netlink_want_t wanted[] = {
	[CRYPTOCFGA_PRIORITY_VAL] = { 4, 4 },
};

bool async_crypto_alg_parse(struct nlmsghdr *hdr, async_crypto_alg_t *alg)
{
	struct crypto_user_alg *info = NLMSG_DATA(hdr);
	chunk_t attrs[countof(wanted)];

	if (!netlink_parse(hdr, sizeof(*info), wanted, countof(attrs), attrs) ||
		info->cru_flags & FLAGS_UNUSABLE)
	{
		return FALSE;
	}
	*alg = (async_crypto_alg_t){
		.priority = netlink_get_u32(attrs[CRYPTOCFGA_PRIORITY_VAL], 0),
	};
	/* with a NUL at the end, whatever was received */
	netlink_get_str(chunk_from_thing(info->cru_name), alg->name,
					sizeof(alg->name));
	netlink_get_str(chunk_from_thing(info->cru_driver_name), alg->driver,
					sizeof(alg->driver));
	return TRUE;
}

/**
 * Begin a request about AEAD algorithms.
 */
static struct crypto_user_alg *begin(netlink_request_t *request, uint16_t type,
									 uint16_t flags)
{
	struct crypto_user_alg *alg;

	alg = netlink_begin(request, type, flags, sizeof(*alg));
	alg->cru_type = TYPE_AEAD;
	alg->cru_mask = TYPE_MASK;
	return alg;
}

/**
 * Write a name of a request.
 */
static void set_name(char out[CRYPTO_MAX_NAME], const char *name)
{
	memcpy(out, name, min(strlen(name), CRYPTO_MAX_NAME - 1));
}

/**
 * Have something done.
 *
 * @return			0, or errno
 */
static int ask(netlink_request_t *request)
{
	return netlink_ask(NETLINK_CRYPTO, request, NULL, NULL);
}

/**
 * Have all algorithms listed.
 *
 * @return			0, or errno
 */
static int dump(netlink_reply_t reply, void *data)
{
	netlink_request_t request;

	begin(&request, CRYPTO_MSG_GETALG, NLM_F_DUMP);
	return netlink_ask(NETLINK_CRYPTO, &request, reply, data);
}

/**
 * Look an algorithm up by its name or its driver's, which makes instances as
 * needed, and rank it if there is a priority.
 */
static int instantiate(const char *name, const char *driver, uint32_t priority)
{
	struct crypto_user_alg *alg;
	netlink_request_t request;

	alg = begin(&request, CRYPTO_MSG_NEWALG, 0);
	set_name(alg->cru_name, name);
	set_name(alg->cru_driver_name, driver);
	if (priority)
	{
		netlink_add_u32(&request, CRYPTOCFGA_PRIORITY_VAL, priority);
	}
	return ask(&request);
}

/**
 * What is known about the implementations of an algorithm.
 */
typedef struct {
	const char *name;
	/** best one that isn't parallel, and its priority */
	char plain[CRYPTO_MAX_NAME];
	uint32_t plain_priority;
	/** best parallel one, and its priority */
	char parallel[CRYPTO_MAX_NAME];
	uint32_t parallel_priority;
} implementations_t;

/**
 * Take the better one of two implementations.
 */
static void take(char best[CRYPTO_MAX_NAME], uint32_t *priority,
				 const async_crypto_alg_t *alg)
{
	if (!*best || alg->priority > *priority)
	{
		memcpy(best, alg->driver, CRYPTO_MAX_NAME);
		*priority = alg->priority;
	}
}

/**
 * Implementation of netlink_reply_t to find those of a name.
 */
static bool find_cb(void *data, u_int index, struct nlmsghdr *hdr)
{
	implementations_t *found = data;
	async_crypto_alg_t alg;

	if (async_crypto_alg_parse(hdr, &alg) && streq(alg.name, found->name))
	{
		if (strpfx(alg.driver, PREFIX))
		{
			take(found->parallel, &found->parallel_priority, &alg);
		}
		else
		{
			take(found->plain, &found->plain_priority, &alg);
		}
	}
	return TRUE;
}

/**
 * Find the implementations of an algorithm that there are.
 */
static int find(const char *name, implementations_t *found)
{
	memset(found, 0, sizeof(*found));
	found->name = name;
	return dump(find_cb, found);
}

/**
 * Give an algorithm another priority. What the kernel built on it is forgotten
 * for new users, so that it is built anew, on the best there is then.
 */
static int rank(const char *driver, uint32_t priority)
{
	netlink_request_t request;

	set_name(begin(&request, CRYPTO_MSG_UPDATEALG, 0)->cru_driver_name, driver);
	netlink_add_u32(&request, CRYPTOCFGA_PRIORITY_VAL, priority);
	return ask(&request);
}

/**
 * Bring back an instance that couldn't be removed for its users. IPsec may
 * have its IV generator on the plain implementation by now: have one on ours.
 */
static async_crypto_result_t revive(const char *name, const char *driver)
{
	char outer[CRYPTO_MAX_NAME];
	int err;

	err = rank(driver, PRIORITY);
	if (!err && snprintf(outer, sizeof(outer), "%s(%s)",
			async_crypto_names_ivgen(name), driver) < sizeof(outer))
	{
		err = instantiate("", outer, 0);
	}
	errno = err;
	return !err || err == EEXIST ? ASYNC_CRYPTO_MADE : ASYNC_CRYPTO_FAILED;
}

/**
 * Make an instance on a plain implementation.
 */
static async_crypto_result_t make(const char *plain, char *driver)
{
	int err;

	if (snprintf(driver, ASYNC_CRYPTO_NAME_MAX, PREFIX "%s)",
				 plain) >= ASYNC_CRYPTO_NAME_MAX)
	{
		errno = ENAMETOOLONG;
		return ASYNC_CRYPTO_FAILED;
	}
	err = instantiate("", driver, PRIORITY);
	errno = err;
	switch (err)
	{
		case 0:
			return ASYNC_CRYPTO_MADE;
		case ENOENT:
			return ASYNC_CRYPTO_NO_PCRYPT;
		default:
			return ASYNC_CRYPTO_FAILED;
	}
}

async_crypto_result_t async_crypto_kernel_add(const char *name,
									char driver[ASYNC_CRYPTO_NAME_MAX])
{
	implementations_t found;
	int err;

	*driver = '\0';
	err = find(name, &found);
	if (!err && !*found.plain)
	{	/* may be in a module, or has to be put together */
		err = instantiate(name, "", 0);
		if (!err || err == EEXIST)
		{
			err = find(name, &found);
		}
	}
	if (err && err != ENOENT)
	{
		errno = err;
		return ASYNC_CRYPTO_FAILED;
	}
	if (!*found.plain)
	{
		return ASYNC_CRYPTO_UNKNOWN;
	}
	if (!*found.parallel)
	{
		return make(found.plain, driver);
	}
	strcpy(driver, found.parallel);
	switch (found.parallel_priority)
	{
		case PRIORITY:
			return ASYNC_CRYPTO_MADE;
		case PRIORITY_RETIRED:
			return revive(name, driver);
		default:
			return ASYNC_CRYPTO_FOREIGN;
	}
}

int async_crypto_kernel_remove(const char *driver)
{
	netlink_request_t request;
	int err;

	/* in this order: no SA gets it in between */
	err = rank(driver, PRIORITY_RETIRED);
	if (err)
	{
		return err == ENOENT ? 0 : err;
	}
	set_name(begin(&request, CRYPTO_MSG_DELALG, 0)->cru_driver_name, driver);
	return ask(&request);
}

/**
 * Implementation of netlink_reply_t to list our instances.
 */
static bool list_cb(void *data, u_int index, struct nlmsghdr *hdr)
{
	linked_list_t *drivers = data;
	async_crypto_alg_t alg;

	if (async_crypto_alg_parse(hdr, &alg) && strpfx(alg.driver, PREFIX) &&
		(alg.priority == PRIORITY || alg.priority == PRIORITY_RETIRED))
	{
		drivers->insert_last(drivers, strdup(alg.driver));
	}
	return TRUE;
}

linked_list_t *async_crypto_kernel_list()
{
	linked_list_t *drivers = linked_list_create();

	dump(list_cb, drivers);
	return drivers;
}

bool async_crypto_kernel_exists()
{
	int fd = netlink_open(NETLINK_CRYPTO, 0);

	if (fd < 0)
	{
		return FALSE;
	}
	close(fd);
	return TRUE;
}
