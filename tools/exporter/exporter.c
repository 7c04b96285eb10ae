/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * charon-exporter: answers Prometheus with what "swanadv metrics" prints.
 */

#include "scrape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * Exit status of a call that makes no sense.
 */
#define EXIT_USAGE 2

/**
 * Connections at a time, seconds until one is closed on which nothing happens,
 * threads, and bytes of a request.
 */
#define CONNECTIONS 256
#define TIMEOUT 15
#define THREADS 4
#define REQUEST_MAX (8 * 1024)

/**
 * Where to listen and whom to ask.
 */
typedef struct {
	struct sockaddr_storage addr;
	const char *socket;
	const char *swanadv;
} call_t;

/**
 * Queue an answer.
 *
 * @param text		adopted if it is to be freed
 */
static enum MHD_Result answer(struct MHD_Connection *connection, int status,
							  char *text, size_t len,
							  enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(len, text, mode);
	if (!response)
	{
		if (mode == MHD_RESPMEM_MUST_FREE)
		{
			free(text);
		}
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
							"text/plain; version=0.0.4; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
	{
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	}
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/**
 * Answer with a line.
 */
static enum MHD_Result answer_line(struct MHD_Connection *connection,
								   int status, char *line)
{
	return answer(connection, status, line, strlen(line),
				  MHD_RESPMEM_PERSISTENT);
}

/**
 * Answer a request, callback of MHD_start_daemon().
 */
static enum MHD_Result handle(void *data, struct MHD_Connection *connection,
							  const char *url, const char *method,
							  const char *version, const char *upload,
							  size_t *upload_len, void **context)
{
	call_t *call = data;
	size_t len;
	char *text;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
		strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
	{
		return answer_line(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
						   "expected GET or HEAD\n");
	}
	if (strcmp(url, "/metrics") != 0)
	{
		return answer_line(connection, MHD_HTTP_NOT_FOUND,
						   "expected /metrics\n");
	}
	text = scrape(call->swanadv, call->socket, &len);
	if (!text)
	{
		return answer_line(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
						   "swanadv metrics failed, see the log\n");
	}
	return answer(connection, MHD_HTTP_OK, text, len, MHD_RESPMEM_MUST_FREE);
}

/**
 * Read ADDRESS:PORT, or [ADDRESS]:PORT.
 */
static bool parse_address(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in*)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6*)out;
	const char *colon = strrchr(text, ':');
	char address[INET6_ADDRSTRLEN + 2];
	unsigned long port;
	size_t len;
	char *end;

	memset(out, 0, sizeof(*out));
	len = colon ? colon - text : 0;
	if (!len || len >= sizeof(address) || !colon[1] ||
		strspn(colon + 1, "0123456789") != strlen(colon + 1))
	{
		return false;
	}
	port = strtoul(colon + 1, &end, 10);
	memcpy(address, text, len);
	address[len] = '\0';
	if (!port || port > 65535)
	{
		return false;
	}
	if (*address == '[' && address[len - 1] == ']')
	{
		address[len - 1] = '\0';
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return inet_pton(AF_INET6, address + 1, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port);
	return inet_pton(AF_INET, address, &v4->sin_addr) == 1;
}

/**
 * Listen; the library's own reason for a failure depends on its version.
 *
 * @return			-1 if that fails, with errno
 */
static int listen_on(const struct sockaddr_storage *addr)
{
	socklen_t len = addr->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
												: sizeof(struct sockaddr_in);
	int fd, on = 1;

	fd = socket(addr->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
	{
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, (const struct sockaddr*)addr, len) != 0 ||
		listen(fd, SOMAXCONN) != 0)
	{
		on = errno;
		close(fd);
		errno = on;
		return -1;
	}
	return fd;
}

static void usage(FILE *out)
{
	fputs("usage: charon-exporter [OPTION...]\n\n"
		  "options:\n"
		  "  -l, --listen ADDRESS:PORT  where to answer, 127.0.0.1:9914 unless "
		  "given\n"
		  "  -s, --socket SOCKET        as swanadv's\n"
		  "  -p, --program FILE         swanadv, " SWANADV " unless given\n"
		  "  -h, --help                 print this\n"
		  "  -V, --version              print the version\n", out);
}

/**
 * Read options.
 *
 * @return			exit status, -1 to go on
 */
static int parse(call_t *call, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "socket", required_argument, NULL, 's' },
		{ "program", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "l:s:p:hV", options, NULL)) != -1)
	{
		switch (opt)
		{
			case 'l':
				if (!parse_address(optarg, &call->addr))
				{
					fprintf(stderr, "charon-exporter: --listen = \"%s\": "
							"expected ADDRESS:PORT or [ADDRESS]:PORT, a port "
							"of 1-65535\n", optarg);
					return EXIT_USAGE;
				}
				break;
			case 's':
				call->socket = optarg;
				break;
			case 'p':
				call->swanadv = optarg;
				break;
			case 'h':
				usage(stdout);
				return EXIT_SUCCESS;
			case 'V':
				printf("charon-exporter %s\n", PACKAGE_VERSION);
				return EXIT_SUCCESS;
			default:
				usage(stderr);
				return EXIT_USAGE;
		}
	}
	if (optind != argc)
	{
		fprintf(stderr, "charon-exporter: '%s' is one too many\n",
				argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

int main(int argc, char *argv[])
{
	call_t call = { .swanadv = SWANADV };
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO;
	struct MHD_Daemon *daemon = NULL;
	sigset_t ends;
	int result, signal, fd;

	parse_address("127.0.0.1:9914", &call.addr);
	result = parse(&call, argc, argv);
	if (result >= 0)
	{
		return result;
	}
	/* for this thread, and so for none */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	if (call.addr.ss_family == AF_INET6)
	{
		flags |= MHD_USE_IPv6;
	}
	fd = listen_on(&call.addr);
	if (fd >= 0)
	{
		daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, &call,
						MHD_OPTION_LISTEN_SOCKET, fd,
						MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
						MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT,
						MHD_OPTION_CONNECTION_MEMORY_LIMIT,
						(size_t)REQUEST_MAX,
						MHD_OPTION_THREAD_POOL_SIZE, THREADS,
						MHD_OPTION_END);
	}
	if (!daemon)
	{
		fprintf(stderr, "charon-exporter: can't listen: %s\n",
				strerror(errno));
		return EXIT_FAILURE;
	}
	sigdelset(&ends, SIGPIPE);
	sigwait(&ends, &signal);
	MHD_stop_daemon(daemon);
	return EXIT_SUCCESS;
}
