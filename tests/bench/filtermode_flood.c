/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Send UDP packets as fast as the kernel takes them, and print how many it took
 * per second:
 *
 *   filtermode_flood ADDRESS SECONDS
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/**
 * Packets per system call.
 */
#define BATCH 64

static double now()
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(int argc, char *argv[])
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct mmsghdr messages[BATCH] = {};
	char payload[18] = {};
	struct iovec iov = { payload, sizeof(payload) };
	unsigned long sent = 0;
	double start, end;
	int fd, i, count;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
	{
		fprintf(stderr, "usage: %s ADDRESS SECONDS\n", argv[0]);
		return 2;
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr*)&addr, sizeof(addr)))
	{
		perror(argv[1]);
		return 1;
	}
	for (i = 0; i < BATCH; i++)
	{
		messages[i].msg_hdr.msg_iov = &iov;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	start = now();
	end = start + atof(argv[2]);
	while (now() < end)
	{
		count = sendmmsg(fd, messages, BATCH, 0);
		if (count < 0)
		{
			perror("sendmmsg");
			return 1;
		}
		sent += count;
	}
	printf("%.0f\n", sent / (now() - start));
	return 0;
}
