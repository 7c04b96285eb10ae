/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * swanadv: shows and steers the plugins of charon-advanced.
 */

#include "check.h"
#include "monitor.h"
#include "overview.h"
#include "print.h"
#include "session.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>

typedef struct command_t command_t;
typedef enum arguments_t arguments_t;

/**
 * Exit status of a call that makes no sense.
 */
#define EXIT_USAGE 2

/**
 * What stands after a command.
 */
enum arguments_t {
	ARGUMENTS_NONE,
	/** NAME */
	ARGUMENTS_NAME,
	/** NAME KEY=VALUE... */
	ARGUMENTS_OPTIONS,
};

/**
 * Options of a call.
 */
typedef struct {
	session_t session;
	/** monitor: number of events to wait for, 0 for no end */
	u_int count;
} call_t;

/**
 * A command, as it is called.
 */
struct command_t {
	const char *name;
	/** second word, NULL if there is none, may be left out if it is "list" */
	const char *action;
	/** what is sent to charon, and the messages it streams back */
	const char *request;
	const char *stream;
	arguments_t arguments;
	/** in place of sending a request, NULL for that */
	int (*run)(call_t *call, char *args[]);
	/** for usage: arguments, and what it does */
	const char *synopsis;
	const char *help;
};

static int run_status(call_t *call, char *args[])
{
	return overview(&call->session) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_monitor(call_t *call, char *args[])
{
	return monitor(&call->session, args, call->count) ? EXIT_SUCCESS
													  : EXIT_FAILURE;
}

static int run_check(call_t *call, char *args[])
{
	int result = EXIT_SUCCESS;

	if (!*args)
	{
		complain("check: which file?");
		return EXIT_USAGE;
	}
	for (; *args; args++)
	{
		if (!check_file(*args, call->session.format == FORMAT_JSON))
		{
			result = EXIT_FAILURE;
		}
	}
	return result;
}

static const command_t commands[] = {
	{ "status", .run = run_status, .synopsis = "",
	  .help = "each plugin at a glance, with what needs attention" },
	{ "sessions", "list", "list-sessions", "list-session", .synopsis = "",
	  .help = "who is connected (unique-policy)" },
	{ "bypass", "list", "list-bypass", "list-bypass-rule", .synopsis = "",
	  .help = "what is excluded from IPsec (bypass)" },
	{ "bypass", "add", "add-bypass", .arguments = ARGUMENTS_OPTIONS,
	  .synopsis = "NAME src=NETWORKS dst=NETWORKS [OPTION=VALUE...]",
	  .help = "add a rule until charon ends, with the file's options" },
	{ "bypass", "del", "delete-bypass", .arguments = ARGUMENTS_NAME,
	  .synopsis = "NAME", .help = "delete a rule that was added" },
	{ "bindings", "list", "list-bindings", "list-binding", .synopsis = "",
	  .help = "what charon listens on (strict-bind)" },
	{ "filter", "list", "filter-status", .synopsis = "",
	  .help = "what is filtered (filtermode)" },
	{ "tokens", "list", "list-tokens", "list-token", .synopsis = "",
	  .help = "readers and cards (pcsc-token)" },
	{ "log", "list", "log-list", "log-rule", .synopsis = "",
	  .help = "what is logged about which peer (peer-log)" },
	{ "log", "add", "log-add", .arguments = ARGUMENTS_OPTIONS,
	  .synopsis = "NAME [OPTION=VALUE...]",
	  .help = "add a rule, with the file's options" },
	{ "log", "del", "log-delete", .arguments = ARGUMENTS_NAME,
	  .synopsis = "NAME", .help = "delete a rule that was added" },
	{ "monitor", .run = run_monitor, .synopsis = "[EVENT...]",
	  .help = "print events as they come, all unless named" },
	{ "stats", .request = "stats", .synopsis = "",
	  .help = "counters of all plugins" },
	{ "version", .request = "version", .synopsis = "",
	  .help = "versions, and the plugins that are loaded" },
	{ "reload", .request = "reload", .synopsis = "",
	  .help = "load strongswan.conf again, and say what is wrong with it" },
	{ "check", .run = run_check, .synopsis = "FILE...",
	  .help = "validate a strongswan.conf or a plugin's snippet, offline" },
};

/**
 * Get the second word of a command for its usage.
 */
static const char *get_action(const command_t *command)
{
	if (command->action && streq(command->action, "list"))
	{
		return "[list]";
	}
	return command->action ?: "";
}

/**
 * Print the usage of all commands, or of those with a name.
 */
static void usage(FILE *out, const char *name)
{
	const command_t *command;
	int i;

	fprintf(out, "usage: swanadv [OPTION...] COMMAND [ARGUMENT...]\n\n"
			"%s:\n", name ? "command" : "commands");
	for (i = 0; i < countof(commands); i++)
	{
		command = &commands[i];
		if (!name || streq(command->name, name))
		{
			fprintf(out, "  %s %s%s%s\n        %s\n", command->name,
					get_action(command), command->action ? " " : "",
					command->synopsis, command->help);
		}
	}
	fprintf(out, "\noptions:\n"
			"  -s, --socket SOCKET  charon.plugins.control.socket, a path or "
			"a URI\n"
			"  -j, --json           print JSON\n"
			"  -r, --raw            print messages as they are received\n"
			"  -n, --count N        monitor: end after N events\n"
			"  -h, --help           print this, or the usage of a command\n"
			"  -v, --version        print the version of this program\n");
}

/**
 * Find a command.
 *
 * @param args			words of the call, moved on to the arguments
 */
static const command_t *find_command(char ***args)
{
	const command_t *command, *list = NULL;
	char *name = *(*args)++;
	int i;

	for (i = 0; i < countof(commands); i++)
	{
		command = &commands[i];
		if (!streq(command->name, name))
		{
			continue;
		}
		if (!command->action)
		{
			return command;
		}
		if (**args && streq(command->action, **args))
		{
			(*args)++;
			return command;
		}
		if (!**args && streq(command->action, "list"))
		{
			list = command;
		}
	}
	return list;
}

/**
 * Add the arguments of a command to its request.
 *
 * @return			FALSE if there are too few, too many, or others
 */
static bool add_arguments(vici_req_t *req, arguments_t arguments, char *args[])
{
	char *value;

	if (arguments == ARGUMENTS_NONE)
	{
		return !*args;
	}
	if (!*args)
	{
		return FALSE;
	}
	vici_add_key_valuef(req, "name", "%s", *args++);
	for (; *args && arguments == ARGUMENTS_OPTIONS; args++)
	{
		value = strchr(*args, '=');
		if (!value)
		{
			return FALSE;
		}
		*value++ = '\0';
		vici_add_key_valuef(req, *args, "%s", value);
	}
	return !*args;
}

/**
 * Take what is about the request itself from its answer.
 */
static void strip_outcome(node_t *answer)
{
	enumerator_t *enumerator;
	node_t *node;

	enumerator = array_create_enumerator(answer->children);
	while (enumerator->enumerate(enumerator, &node))
	{
		if (streq(node->name, "success") || streq(node->name, "errors") ||
			streq(node->name, "errmsg"))
		{
			array_remove_at(answer->children, enumerator);
			node_destroy(node);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Print what a request returned.
 */
static void print_answer(format_t format, array_t *items, bool stream,
						 node_t *answer)
{
	node_t list = { .kind = NODE_LIST, .children = items };

	if (format == FORMAT_JSON)
	{
		print_json(stream ? &list : answer);
		putchar('\n');
	}
	else if (format == FORMAT_TEXT && stream)
	{
		print_table(items);
	}
	else if (format == FORMAT_TEXT)
	{
		strip_outcome(answer);
		print_tree(answer, 0);
	}
}

/**
 * Destroy a message, callback of array_destroy_function().
 */
static void destroy_item(void *data, int idx, void *unused)
{
	node_destroy(data);
}

/**
 * Send a command's request.
 */
static int request(call_t *call, const command_t *command, char *args[])
{
	array_t *items = array_create(0, 0);
	node_t *answer;
	vici_req_t *req;
	bool success;

	req = vici_begin((char*)command->request);
	if (!add_arguments(req, command->arguments, args))
	{
		vici_free_req(req);
		array_destroy(items);
		usage(stderr, command->name);
		return EXIT_USAGE;
	}
	success = session_request(&call->session, req, command->request,
							  command->stream, items, &answer);
	if (answer)
	{
		print_answer(call->session.format, items, command->stream != NULL,
					 answer);
	}
	array_destroy_function(items, destroy_item, NULL);
	node_destroy(answer);
	return success ? EXIT_SUCCESS : EXIT_FAILURE;
}

/**
 * Run a command.
 */
static int run(call_t *call, char *args[])
{
	const command_t *command;
	char *name = *args;
	int result;

	command = find_command(&args);
	if (!command)
	{
		complain("unknown command '%s%s%s', see swanadv --help", name,
				 *args ? " " : "", *args ?: "");
		return EXIT_USAGE;
	}
	if (command->run == run_check)
	{
		return run_check(call, args);
	}
	if (!session_open(&call->session))
	{
		return EXIT_FAILURE;
	}
	result = command->run ? command->run(call, args)
						  : request(call, command, args);
	session_close(&call->session);
	return result;
}

/**
 * Get the socket to connect to.
 *
 * @param socket	path or URI that was given, NULL if none was
 * @return			URI, to be freed
 */
static char *get_uri(const char *socket)
{
	char *uri;

	if (!socket)
	{
		socket = lib->settings->get_str(lib->settings,
								"charon.plugins.control.socket", DEFAULT_URI);
	}
	if (asprintf(&uri, "%s%s", *socket == '/' ? "unix://" : "", socket) < 0)
	{
		return NULL;
	}
	return uri;
}

/**
 * Read options.
 *
 * @return			exit status, -1 to go on
 */
static int parse(call_t *call, int argc, char *argv[], const char **socket)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "raw", no_argument, NULL, 'r' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{},
	};
	int opt;
	bool help = FALSE;

	while ((opt = getopt_long(argc, argv, "s:jrn:hv", options, NULL)) != -1)
	{
		switch (opt)
		{
			case 's':
				*socket = optarg;
				break;
			case 'j':
				call->session.format = FORMAT_JSON;
				break;
			case 'r':
				call->session.format = FORMAT_RAW;
				break;
			case 'n':
				call->count = strtoul(optarg, NULL, 10);
				break;
			case 'h':
				help = TRUE;
				break;
			case 'v':
				printf("swanadv %s\n", PACKAGE_VERSION);
				return EXIT_SUCCESS;
			default:
				usage(stderr, NULL);
				return EXIT_USAGE;
		}
	}
	if (help)
	{
		usage(stdout, argv[optind]);
		return EXIT_SUCCESS;
	}
	if (optind == argc)
	{
		usage(stderr, NULL);
		return EXIT_USAGE;
	}
	return -1;
}

int main(int argc, char *argv[])
{
	call_t call = {};
	const char *socket = NULL;
	char *uri;
	int result;

	result = parse(&call, argc, argv, &socket);
	if (result >= 0)
	{
		return result;
	}
	signal(SIGPIPE, SIG_IGN);
	/* what libstrongswan has to say isn't about this; vici_init() turns it on */
	dbg_default_set_level(LEVEL_SILENT);
	vici_init();
	dbg_default_set_level(LEVEL_SILENT);
	uri = get_uri(socket);
	call.session.uri = uri;
	result = run(&call, argv + optind);
	free(uri);
	vici_deinit();
	return result;
}
