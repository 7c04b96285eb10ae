/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_kernel.h"
#include "async_crypto_alg.h"

#include <errno.h>
#include <linux/cryptouser.h>
#include <linux/netlink.h>
#include <sys/socket.h>
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

/**
 * Seconds to wait for an answer: the kernel may have to load modules.
 */
#define TIMEOUT 10

#define PREFIX "pcrypt("

typedef struct private_async_crypto_kernel_t private_async_crypto_kernel_t;
typedef struct request_t request_t;

struct private_async_crypto_kernel_t {
	async_crypto_kernel_t public;
	int fd;
	/** number of the last request */
	uint32_t seq;
	/** what is received */
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * A request, with a priority that may be left out.
 */
struct request_t {
	struct nlmsghdr hdr;
	struct crypto_user_alg alg;
	struct nlattr attr;
	uint32_t priority;
};

/**
 * Called for each algorithm that the kernel has.
 */
typedef void (*algorithm_cb_t)(void *data, const async_crypto_alg_t *alg);

/**
 * Prepare a request about AEAD algorithms.
 */
static void init(private_async_crypto_kernel_t *this, request_t *request,
				 uint16_t type, uint16_t flags)
{
	memset(request, 0, sizeof(*request));
	request->hdr.nlmsg_len = NLMSG_LENGTH(sizeof(request->alg));
	request->hdr.nlmsg_type = type;
	request->hdr.nlmsg_flags = NLM_F_REQUEST | flags;
	request->hdr.nlmsg_seq = ++this->seq;
	request->alg.cru_type = TYPE_AEAD;
	request->alg.cru_mask = TYPE_MASK;
}

/**
 * Add a priority to a request.
 */
static void add_priority(request_t *request, uint32_t priority)
{
	request->attr.nla_type = CRYPTOCFGA_PRIORITY_VAL;
	request->attr.nla_len = NLA_HDRLEN + sizeof(priority);
	request->priority = priority;
	request->hdr.nlmsg_len = sizeof(*request);
}

/**
 * Send a request, wait for the end of the answer.
 *
 * @param cb		called for each algorithm in it, or NULL
 * @return			0, or errno
 */
static int run(private_async_crypto_kernel_t *this, request_t *request,
			   algorithm_cb_t cb, void *data)
{
	async_crypto_alg_t alg;
	struct nlmsghdr *hdr;
	int len;

	if (send(this->fd, request, request->hdr.nlmsg_len, 0) < 0)
	{
		return errno;
	}
	while (TRUE)
	{
		len = recv(this->fd, this->buf, sizeof(this->buf), 0);
		if (len < 0 && errno == EINTR)
		{
			continue;
		}
		if (len < 0)
		{
			return errno;
		}
		for (hdr = (struct nlmsghdr*)this->buf; NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			if (hdr->nlmsg_seq != this->seq)
			{
				continue;
			}
			if (hdr->nlmsg_type == NLMSG_ERROR)
			{
				return -((struct nlmsgerr*)NLMSG_DATA(hdr))->error;
			}
			if (hdr->nlmsg_type == NLMSG_DONE)
			{
				return 0;
			}
			if (cb && async_crypto_alg_parse(hdr, &alg))
			{
				cb(data, &alg);
			}
		}
	}
}

/**
 * Call for each algorithm there is.
 */
static int dump(private_async_crypto_kernel_t *this, algorithm_cb_t cb,
				void *data)
{
	request_t request;

	init(this, &request, CRYPTO_MSG_GETALG, NLM_F_DUMP);
	return run(this, &request, cb, data);
}

/**
 * Look an algorithm up by its name or its driver's, which makes instances as
 * needed, and rank it if there is a priority.
 */
static int instantiate(private_async_crypto_kernel_t *this, const char *name,
					   const char *driver, uint32_t priority)
{
	request_t request;

	init(this, &request, CRYPTO_MSG_NEWALG, NLM_F_ACK);
	memcpy(request.alg.cru_name, name,
		   min(strlen(name), CRYPTO_MAX_NAME - 1));
	memcpy(request.alg.cru_driver_name, driver,
		   min(strlen(driver), CRYPTO_MAX_NAME - 1));
	if (priority)
	{
		add_priority(&request, priority);
	}
	return run(this, &request, NULL, NULL);
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
 * Implementation of algorithm_cb_t to find those of a name.
 */
static void find_cb(void *data, const async_crypto_alg_t *alg)
{
	implementations_t *found = data;

	if (!streq(alg->name, found->name))
	{
		return;
	}
	if (strpfx(alg->driver, PREFIX))
	{
		take(found->parallel, &found->parallel_priority, alg);
	}
	else
	{
		take(found->plain, &found->plain_priority, alg);
	}
}

/**
 * Find the implementations of an algorithm that there are.
 */
static int find(private_async_crypto_kernel_t *this, const char *name,
				implementations_t *found)
{
	memset(found, 0, sizeof(*found));
	found->name = name;
	return dump(this, find_cb, found);
}

/**
 * Give an algorithm another priority. What the kernel built on it is forgotten
 * for new users, so that it is built anew, on the best there is then.
 */
static int rank(private_async_crypto_kernel_t *this, const char *driver,
				uint32_t priority)
{
	request_t request;

	init(this, &request, CRYPTO_MSG_UPDATEALG, NLM_F_ACK);
	memcpy(request.alg.cru_driver_name, driver,
		   min(strlen(driver), CRYPTO_MAX_NAME - 1));
	add_priority(&request, priority);
	return run(this, &request, NULL, NULL);
}

/**
 * Bring back an instance that couldn't be removed for its users. IPsec may
 * have its IV generator on the plain implementation by now: have one on ours.
 */
static async_crypto_result_t revive(private_async_crypto_kernel_t *this,
									const char *name, const char *driver)
{
	char outer[CRYPTO_MAX_NAME];
	int err;

	err = rank(this, driver, PRIORITY);
	if (!err && snprintf(outer, sizeof(outer), "%s(%s)",
			async_crypto_names_ivgen(name), driver) < sizeof(outer))
	{
		err = instantiate(this, "", outer, 0);
	}
	errno = err;
	return !err || err == EEXIST ? ASYNC_CRYPTO_MADE : ASYNC_CRYPTO_FAILED;
}

/**
 * Make an instance on a plain implementation.
 */
static async_crypto_result_t make(private_async_crypto_kernel_t *this,
								  const char *plain, char *driver)
{
	int err;

	if (snprintf(driver, ASYNC_CRYPTO_NAME_MAX, PREFIX "%s)",
				 plain) >= ASYNC_CRYPTO_NAME_MAX)
	{
		errno = ENAMETOOLONG;
		return ASYNC_CRYPTO_FAILED;
	}
	err = instantiate(this, "", driver, PRIORITY);
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

METHOD(async_crypto_kernel_t, add, async_crypto_result_t,
	private_async_crypto_kernel_t *this, const char *name,
	char driver[ASYNC_CRYPTO_NAME_MAX])
{
	implementations_t found;
	int err;

	*driver = '\0';
	err = find(this, name, &found);
	if (!err && !*found.plain)
	{	/* may be in a module, or has to be put together */
		err = instantiate(this, name, "", 0);
		if (!err || err == EEXIST)
		{
			err = find(this, name, &found);
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
		return make(this, found.plain, driver);
	}
	strcpy(driver, found.parallel);
	switch (found.parallel_priority)
	{
		case PRIORITY:
			return ASYNC_CRYPTO_MADE;
		case PRIORITY_RETIRED:
			return revive(this, name, driver);
		default:
			return ASYNC_CRYPTO_FOREIGN;
	}
}

METHOD(async_crypto_kernel_t, remove_, int,
	private_async_crypto_kernel_t *this, const char *driver)
{
	request_t request;
	int err;

	/* in this order: no SA gets it in between */
	err = rank(this, driver, PRIORITY_RETIRED);
	if (err)
	{
		return err == ENOENT ? 0 : err;
	}
	init(this, &request, CRYPTO_MSG_DELALG, NLM_F_ACK);
	memcpy(request.alg.cru_driver_name, driver,
		   min(strlen(driver), CRYPTO_MAX_NAME - 1));
	return run(this, &request, NULL, NULL);
}

/**
 * Implementation of algorithm_cb_t to list our instances.
 */
static void list_cb(void *data, const async_crypto_alg_t *alg)
{
	linked_list_t *drivers = data;

	if (strpfx(alg->driver, PREFIX) && (alg->priority == PRIORITY ||
										alg->priority == PRIORITY_RETIRED))
	{
		drivers->insert_last(drivers, strdup(alg->driver));
	}
}

METHOD(async_crypto_kernel_t, list, linked_list_t*,
	private_async_crypto_kernel_t *this)
{
	linked_list_t *drivers = linked_list_create();

	dump(this, list_cb, drivers);
	return drivers;
}

METHOD(async_crypto_kernel_t, destroy, void,
	private_async_crypto_kernel_t *this)
{
	close(this->fd);
	free(this);
}

async_crypto_kernel_t *async_crypto_kernel_create()
{
	private_async_crypto_kernel_t *this;
	struct timeval timeout = { .tv_sec = TIMEOUT };
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_CRYPTO);
	if (fd < 0)
	{
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	INIT(this,
		.public = {
			.add = _add,
			.remove = _remove_,
			.list = _list,
			.destroy = _destroy,
		},
		.fd = fd,
	);
	return &this->public;
}
