/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Packets per second through charon->socket->receive(), in the distribution's
 * libcharon with whichever socket plugin is named. Run by strict-bind beside,
 * in a network namespace that has the addresses below on an interface.
 *
 *   strict_bind_receive PLUGINDIR PLUGINS CONF PORT LIMIT SIZE SPREAD
 *
 * A child sends datagrams of SIZE bytes to PORT on the first SPREAD addresses
 * as fast as it can, which has to be faster than they can be received: to one
 * address, the kernel cuts many out of one (UDP_SEGMENT). Printed are packets
 * received per second of wall clock, the microseconds of CPU time that the
 * receiving thread took for each, and the share of them that got lost: the
 * receiver is the one that is slower if that isn't 0. LIMIT is a time, "2s", or
 * a number of packets, after which it ends.
 */

#include <daemon.h>

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

/**
 * Datagrams that are sent with one call.
 */
#define BATCH 64

/**
 * Plugins refuse a program that hasn't the version they were built for.
 */
static const char version[] __attribute__((used)) = VERSION;

/**
 * Pin the calling thread, so that sender and receiver don't share a core.
 */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/**
 * Seconds on a clock.
 */
static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/**
 * The n-th address, in network order.
 */
static in_addr_t address(u_int n)
{
	return htonl((10u << 24) + (99 << 16) + ((n / 250) << 8) + n % 250 + 1);
}

/**
 * Flood an address until killed.
 */
static void flood_one(int fd, uint16_t port, int size)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = address(0),
	};
	u_char data[UINT16_MAX] = {};
	size_t len = min(BATCH, (sizeof(data) - 100) / size) * size;

	setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof(size));
	while (TRUE)
	{
		sendto(fd, data, len, 0, (struct sockaddr*)&to, sizeof(to));
	}
}

/**
 * Flood addresses until killed.
 */
static void flood(u_int spread, uint16_t port, size_t size)
{
	struct sockaddr_in to[BATCH] = {};
	struct mmsghdr msgs[BATCH] = {};
	u_char data[2048] = {};
	struct iovec iov = { .iov_base = data, .iov_len = size };
	u_int next = 0, i;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(1);
	fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	if (spread == 1)
	{
		flood_one(fd, port, size);
	}
	for (i = 0; i < BATCH; i++)
	{
		to[i].sin_family = AF_INET;
		to[i].sin_port = htons(port);
		msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &to[i],
			.msg_namelen = sizeof(to[i]),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};
	}
	while (TRUE)
	{
		for (i = 0; i < BATCH; i++)
		{
			to[i].sin_addr.s_addr = address(next++ % spread);
		}
		sendmmsg(fd, msgs, BATCH, 0);
	}
}

/**
 * Datagrams that didn't fit a receive buffer, in this network namespace.
 */
static u_long get_lost(void)
{
	char line[512];
	u_long lost = 0;
	FILE *file;

	file = fopen("/proc/self/net/snmp", "re");
	while (file && fgets(line, sizeof(line), file))
	{
		/* the line with names doesn't match */
		sscanf(line, "Udp: %*u %*u %*u %*u %lu", &lost);
	}
	if (file)
	{
		fclose(file);
	}
	return lost;
}

int main(int argc, char *argv[])
{
	packet_t *packet;
	double start, cpu, limit, seconds;
	u_int received = 0, spread;
	u_long lost;
	char *unit;
	uint16_t port;
	size_t size;
	pid_t child;

	if (argc != 8)
	{
		fprintf(stderr, "usage: %s PLUGINDIR PLUGIN CONF PORT LIMIT SIZE "
				"SPREAD\n", argv[0]);
		return 2;
	}
	port = atoi(argv[4]);
	limit = strtod(argv[5], &unit);
	size = atoi(argv[6]);
	spread = atoi(argv[7]);

	dbg_default_set_level(LEVEL_SILENT);
	if (!library_init(argv[3], "charon") || !libcharon_init())
	{
		return 1;
	}
	lib->plugins->add_path(lib->plugins, argv[1]);
	if (!charon->initialize(charon, argv[2]))
	{
		fprintf(stderr, "charon doesn't initialize\n");
		return 1;
	}
	child = fork();
	if (!child)
	{
		flood(spread, port, size);
	}
	pin(0);
	/* warm up: caches, and the sender starts */
	start = now(CLOCK_MONOTONIC);
	while (now(CLOCK_MONOTONIC) < start + 0.3)
	{
		if (charon->socket->receive(charon->socket, &packet) == SUCCESS)
		{
			packet->destroy(packet);
		}
	}
	lost = get_lost();
	start = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_THREAD_CPUTIME_ID);
	do
	{
		if (charon->socket->receive(charon->socket, &packet) == SUCCESS)
		{
			packet->destroy(packet);
			received++;
		}
	}
	while (*unit ? (received & 0xff) || now(CLOCK_MONOTONIC) < start + limit
				 : received < limit);
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	seconds = now(CLOCK_MONOTONIC) - start;
	lost = get_lost() - lost;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("%.0f %.3f %.2f\n", received / seconds, cpu / received * 1e6,
		   (double)lost / (received + lost));
	fflush(stdout);
	/* nothing to clean up that the kernel wouldn't */
	_exit(0);
}
