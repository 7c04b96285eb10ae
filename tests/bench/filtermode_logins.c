/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a login takes of nftables' time in a set of the operator's, with more
 * and more users in it, and what an element takes that nft's library is given
 * as it is, in turn: one at a time, and many that come at once. For a network
 * namespace of its own.
 *
 *     filtermode_logins USERS AT_ONCE ROUNDS
 */

#include <filtermode_members.h>
#include <filtermode_nft.h>
#include <filtermode_queue.h>
#include <filtermode_sets.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SETTINGS \
	"f {\n sets {\n staff {\n table = bench\n set = ours\n" \
	"connections = \"*\"\n }\n }\n }\n"

static filtermode_members_t *members;
static filtermode_sets_t *sets;
static filtermode_nft_t *nft;

static double now_ms()
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/** nobody calls it, as no jobs are run */
static void work(void *data, bool check)
{
}

static void print_address(char *buf, size_t len, u_int number)
{
	snprintf(buf, len, "10.%u.%u.%u", number >> 16 & 255, number >> 8 & 255,
			 number & 255);
}

/**
 * Users come or go.
 */
static void change(u_int from, u_int count, bool come)
{
	filtermode_child_t child = { .connection = "rw" };
	array_t *elements[FILTERMODE_WHATS];
	char buf[32];
	u_int i, what;

	for (i = from; i < from + count; i++)
	{
		if (!come)
		{
			members->remove(members, FILTERMODE_CHILD, i);
			continue;
		}
		for (what = 0; what < FILTERMODE_WHATS; what++)
		{
			elements[what] = array_create(0, 0);
		}
		print_address(buf, sizeof(buf), i);
		array_insert(elements[FILTERMODE_ADDRESSES], ARRAY_TAIL, strdup(buf));
		child.addresses = filtermode_addresses_create_from(elements);
		members->set(members, FILTERMODE_CHILD, i, &child);
		filtermode_addresses_unref(child.addresses);
	}
}

/**
 * The same, with what the kernel gets for it.
 *
 * @return				milliseconds
 */
static double ours(u_int from, u_int count, bool come)
{
	double start = now_ms();

	change(from, count, come);
	sets->update(sets);
	return now_ms() - start;
}

/**
 * Have elements come or go as they are.
 *
 * @return				milliseconds
 */
static double raw(u_int from, u_int count, bool come)
{
	char *commands, buf[32];
	double start;
	size_t len;
	FILE *out;
	u_int i;

	out = open_memstream(&commands, &len);
	fprintf(out, "%s element inet plain raw { ", come ? "create" : "delete");
	for (i = from; i < from + count; i++)
	{
		print_address(buf, sizeof(buf), i);
		fprintf(out, "%s%s", i == from ? "" : ", ", buf);
	}
	fprintf(out, " }\n");
	fclose(out);
	start = now_ms();
	if (!nft->run(nft, commands, NULL))
	{
		fprintf(stderr, "nft failed\n");
		exit(1);
	}
	free(commands);
	return now_ms() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(double*)a, y = *(double*)b;

	return (x > y) - (x < y);
}

static double median(double *values, u_int count)
{
	qsort(values, count, sizeof(double), compare);
	return values[count / 2];
}

/**
 * Check how many elements of ours the set has.
 */
static void check(void *data, const char *name, u_int elements,
				  const char *reason)
{
	if (elements != *(u_int*)data || *reason)
	{
		fprintf(stderr, "%u elements, not %u: %s\n", elements, *(u_int*)data,
				reason);
		exit(1);
	}
}

/**
 * Print a row of the table.
 */
static void measure(u_int users, u_int at_once, u_int rounds)
{
	double a[rounds], b[rounds], in, plain;
	u_int i, there = users + at_once;

	for (i = 0; i < rounds; i++)
	{	/* who goes first alternates, as a machine's speed drifts */
		if (i % 2)
		{
			b[i] = raw(users + 1, at_once, TRUE);
		}
		a[i] = ours(users + 1, at_once, TRUE);
		if (!(i % 2))
		{
			b[i] = raw(users + 1, at_once, TRUE);
		}
		sets->list(sets, check, &there);
		ours(users + 1, at_once, FALSE);
		raw(users + 1, at_once, FALSE);
	}
	in = median(a, rounds) / at_once;
	plain = median(b, rounds) / at_once;
	printf("| %u | %u | %.3f | %.3f | %.2f |\n", users, at_once, in, plain,
		   in / plain);
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	option_errors_t *errors;
	filtermode_settings_t *config;
	filtermode_queue_t *queue;
	log_limiter_t *limiter;
	settings_t *settings;
	u_int users, at_once, rounds;

	if (argc != 4)
	{
		fprintf(stderr, "usage: %s USERS AT_ONCE ROUNDS\n", argv[0]);
		return 1;
	}
	users = atoi(argv[1]);
	at_once = atoi(argv[2]);
	rounds = atoi(argv[3]);
	library_init("", "bench");
	/* stdout is the table */
	dbg_default_set_level(0);
	errors = option_errors_create();
	settings = settings_create_string(SETTINGS);
	config = options_load(&filtermode_schema, settings, "f", errors);
	nft = filtermode_nft_create();
	if (!config || !nft || !nft->run(nft, "table inet bench {\n"
				"set ours { type ipv4_addr; }\n}\n"
				"table inet plain {\nset raw { type ipv4_addr; }\n}\n",
				NULL))
	{
		fprintf(stderr, "no nftables\n");
		return 1;
	}
	members = filtermode_members_create();
	queue = filtermode_queue_create(work, NULL);
	limiter = log_limiter_create();
	sets = filtermode_sets_create(members, queue, limiter);
	sets->use(sets, config);
	if (users)
	{
		ours(1, users, TRUE);
		raw(1, users, TRUE);
	}
	measure(users, at_once, rounds);
	sets->destroy(sets);
	queue->destroy(queue);
	limiter->destroy(limiter);
	members->destroy(members);
	nft->destroy(nft);
	options_unref(config);
	settings->destroy(settings);
	errors->destroy(errors);
	library_deinit();
	return 0;
}
