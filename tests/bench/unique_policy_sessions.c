/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a decision of unique-policy takes, and a session in its table, with
 * more and more sessions of distinct identities, up to a number if one is
 * given.
 */

#include <unique_policy_sessions.h>

#include <malloc.h>
#include <stdio.h>
#include <time.h>

/** decisions timed per size, and rounds of which the fastest counts */
#define DECISIONS 20000
#define ROUNDS 7

static const u_int sizes[] = { 100, 10000, 1000000 };

static unique_policy_sessions_t *sessions;

static const unique_policy_terms_t keep = { .mode = UNIQUE_KEEP, .limit = 1 };

static uint64_t now_ns()
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static identification_t *identity(u_int number)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "user%07u@example.org", number);
	return identification_create_from_string(buf);
}

/**
 * Bytes in use, on the heap and in mappings of its own.
 */
static size_t allocated()
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/**
 * What an identity takes.
 */
static size_t identity_size()
{
	identification_t *ids[1000];
	size_t before, size;
	u_int i;

	before = allocated();
	for (i = 0; i < countof(ids); i++)
	{
		ids[i] = identity(i);
	}
	size = (allocated() - before) / countof(ids);
	for (i = 0; i < countof(ids); i++)
	{
		ids[i]->destroy(ids[i]);
	}
	return size;
}

/**
 * Log in; everything but the identity is the same for all.
 */
static bool reserve(uint32_t unique_id, identification_t *id, host_t *host,
					ike_sa_id_t *ike_sa_id)
{
	unique_policy_login_t login = {
		.unique_id = unique_id,
		.ike_sa_id = ike_sa_id,
		.remote = id,
		.host = host,
		.connection = "roadwarrior",
	};
	return sessions->reserve(sessions, &login, &keep, 1000);
}

static void confirm(uint32_t unique_id)
{
	array_t *victims = array_create(sizeof(unique_policy_victim_t), 0);

	sessions->confirm(sessions, unique_id, 1000, victims);
	array_destroy(victims);
}

/**
 * Time decisions in the table as it is: nanoseconds each.
 *
 * @param known		TRUE for identities that are connected, which get refused
 */
static double measure(u_int size, bool known, host_t *host, ike_sa_id_t *spis)
{
	identification_t *ids[DECISIONS];
	uint64_t start, best = UINT64_MAX;
	u_int round, i, refused = 0;

	for (round = 0; round < ROUNDS; round++)
	{
		for (i = 0; i < DECISIONS; i++)
		{
			ids[i] = identity(known ? 1 + random() % size : size + 1 + i);
		}
		start = now_ns();
		for (i = 0; i < DECISIONS; i++)
		{
			if (reserve(0x80000000 + i, ids[i], host, spis))
			{
				confirm(0x80000000 + i);
				sessions->release(sessions, 0x80000000 + i);
			}
			else
			{
				refused++;
			}
		}
		best = min(best, now_ns() - start);
		for (i = 0; i < DECISIONS; i++)
		{
			ids[i]->destroy(ids[i]);
		}
	}
	if (refused != known * ROUNDS * DECISIONS)
	{
		fprintf(stderr, "%u refused?\n", refused);
		exit(1);
	}
	return (double)best / DECISIONS;
}

int main(int argc, char *argv[])
{
	identification_t *id;
	double accept, refuse, accept_base = 0, refuse_base = 0;
	host_t *host, *other;
	ike_sa_id_t *spis;
	size_t before, id_size, size;
	u_int i, s, largest = argc > 1 ? atoi(argv[1]) : UINT_MAX;

	library_init("", "bench");
	spis = ike_sa_id_create(2, 1, 2, FALSE);
	id_size = identity_size();
	host = host_create_from_string("192.0.2.1", 4500);
	other = host_create_from_string("192.0.2.2", 4500);

	printf("| sessions | login accepted, ns | ratio | login refused, ns "
		   "| ratio | bytes per session |\n|---|---|---|---|---|---|\n");
	for (s = 0; s < countof(sizes) && sizes[s] <= largest; s++)
	{
		before = allocated();
		sessions = unique_policy_sessions_create();
		for (i = 1; i <= sizes[s]; i++)
		{
			id = identity(i);
			reserve(i, id, host, spis);
			confirm(i);
			id->destroy(id);
		}
		size = (allocated() - before) / sizes[s] - id_size;

		accept = measure(sizes[s], FALSE, other, spis);
		refuse = measure(sizes[s], TRUE, other, spis);
		accept_base = accept_base ?: accept;
		refuse_base = refuse_base ?: refuse;
		printf("| %u | %.0f | %.2f | %.0f | %.2f | %zu |\n", sizes[s], accept,
			   accept / accept_base, refuse, refuse / refuse_base, size);
		fflush(stdout);
		sessions->destroy(sessions);
	}
	host->destroy(host);
	other->destroy(other);
	spis->destroy(spis);
	library_deinit();
	return 0;
}
