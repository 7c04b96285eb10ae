/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * swanadv: shows and steers the plugins of charon-advanced.
 */

#include "check.h"
#include "explainer.h"
#include "last.h"
#include "metrics.h"
#include "monitor.h"
#include "overview.h"
#include "print.h"
#include "session.h"
#include "setting_list.h"
#include "setting_set.h"

#include <option_value.h>

#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct command_t command_t;
typedef enum arguments_t arguments_t;

/**
 * Exit status of a call that makes no sense.
 */
#define EXIT_USAGE 2

/**
 * Longest time to wait for --confirm, in seconds.
 */
#define CONFIRM_MAX 86400

/**
 * What tells a unique ID from an identity that is a number.
 */
#define UNIQUEID "uniqueid="

/**
 * What stands after a command.
 */
enum arguments_t {
	ARGUMENTS_NONE,
	/** NAME */
	ARGUMENTS_NAME,
	/** ID or address, one word of any length */
	ARGUMENTS_PEER,
	/** likewise, or none */
	ARGUMENTS_ANY_PEER,
	/** NAME KEY=VALUE... */
	ARGUMENTS_OPTIONS,
	/** KEY=VALUE... */
	ARGUMENTS_PAIRS,
	/** EVENT..., or none */
	ARGUMENTS_EVENTS,
	/** FILE..., or none */
	ARGUMENTS_FILES,
	/** PATTERN, or none */
	ARGUMENTS_PATTERN,
	/** KEY VALUE... */
	ARGUMENTS_SETTING,
};

/**
 * Options of a call.
 */
typedef struct {
	session_t session;
	/** monitor: number of events to wait for, last, lastb: of lines to print,
	 * 0 for no end */
	u_int count;
	/** last, lastb: file to read, NULL for the plugin's; setting: to write */
	const char *file;
	/** setting: only show it; seconds to confirm it, 0 if nobody has to */
	bool dry_run;
	u_int confirm;
	/** status: all that plugins say; setting list: all about each */
	bool verbose;
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
	/** whether it needs no charon, whose socket may be what is wrong */
	bool offline;
	/** whether it connects to charon by itself */
	bool connects;
	/** for usage: arguments, and what it does */
	const char *synopsis;
	const char *help;
};

static int run_status(call_t *call, char *args[])
{
	return overview(&call->session, call->verbose);
}

static int run_reload(call_t *call, char *args[])
{
	return overview_reload(&call->session) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_metrics(call_t *call, char *args[])
{
	return metrics(&call->session) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_explain(call_t *call, char *args[])
{
	return explain(&call->session, *args) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_monitor(call_t *call, char *args[])
{
	return monitor(&call->session, args, call->count) ? EXIT_SUCCESS
													  : EXIT_FAILURE;
}

static int run_check(call_t *call, char *args[])
{
	bool json = call->session.format == FORMAT_JSON;
	int result = CHECK_VALID;

	if (!*args)
	{
		return check_file(lib->conf, json);
	}
	for (; *args; args++)
	{
		result = max(result, check_file(*args, json));
	}
	return result;
}

/**
 * Run last or lastb.
 */
static int show_last(call_t *call, const char *who, bool refused)
{
#ifdef HAVE_JANSSON
	last_t what = {
		.format = call->session.format,
		.refused = refused,
		.who = who,
		.count = call->count,
		.file = call->file,
	};

	return last(&what) ? EXIT_SUCCESS : EXIT_FAILURE;
#else
	complain("records can't be read, as this was built without jansson");
	return EXIT_FAILURE;
#endif /* HAVE_JANSSON */
}

static int run_last(call_t *call, char *args[])
{
	return show_last(call, *args, FALSE);
}

static int run_lastb(call_t *call, char *args[])
{
	return show_last(call, *args, TRUE);
}

static int run_setting_list(call_t *call, char *args[])
{
	return setting_list(lib->conf, *args, call->session.format == FORMAT_JSON,
						call->verbose) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/**
 * Get how to change settings.
 */
static setting_call_t get_setting_call(call_t *call)
{
	return (setting_call_t){
		.session = &call->session,
		.conf = lib->conf,
		.file = call->file,
		.dry_run = call->dry_run,
		.confirm = call->confirm,
	};
}

static int run_setting_set(call_t *call, char *args[])
{
	setting_call_t how = get_setting_call(call);

	return setting_set(&how, args);
}

static int run_setting_unset(call_t *call, char *args[])
{
	setting_call_t how = get_setting_call(call);

	return setting_unset(&how, args);
}

static int run_setting_confirm(call_t *call, char *args[])
{
	setting_call_t how = get_setting_call(call);

	return setting_confirm(&how);
}

static const command_t commands[] = {
	{ "status", .run = run_status, .synopsis = "",
	  .help = "what needs a look, then each plugin at a glance" },
	{ "explain", .run = run_explain, .arguments = ARGUMENTS_PEER,
	  .synopsis = "ID|ADDRESS",
	  .help = "what will apply to somebody, and why, before he connects" },
	{ "session", "list", "list-sessions", "list-session", .synopsis = "",
	  .help = "who is connected (unique-policy)" },
	{ "session", "terminate", "terminate-session",
	  .arguments = ARGUMENTS_PEER, .synopsis = "ID|ADDRESS|[" UNIQUEID "]N",
	  .help = "close sessions of an identity, from an address, or one" },
	{ "session", "recheck", "recheck-sessions",
	  .arguments = ARGUMENTS_ANY_PEER, .synopsis = "[ID]",
	  .help = "close those whose certificate is revoked by now (auth-policy)" },
	{ "crl", "list", "list-crls", "list-crl", .synopsis = "",
	  .help = "CRLs that are known, and why charon ignores one (auth-policy)" },
	{ "last", .run = run_last, .offline = TRUE, .arguments = ARGUMENTS_ANY_PEER,
	  .synopsis = "[ID|ADDRESS]",
	  .help = "who was connected, how long, how much (accounting)" },
	{ "lastb", .run = run_lastb, .offline = TRUE,
	  .arguments = ARGUMENTS_ANY_PEER, .synopsis = "[ID|ADDRESS]",
	  .help = "whose logins were refused, and why (accounting)" },
	{ "usage", "list", "list-usages", "list-usage", .synopsis = "",
	  .help = "what went through so far, by session (accounting)" },
	{ "ikev1-peer", "list", "list-ikev1-peers", "list-ikev1-peer",
	  .synopsis = "", .help = "who still uses IKEv1 (ikev1-policy)" },
	{ "bypass", "list", "list-bypasses", "list-bypass", .synopsis = "",
	  .help = "what is excluded from IPsec (bypass)" },
	{ "bypass", "add", "add-bypass", .arguments = ARGUMENTS_OPTIONS,
	  .synopsis = "NAME src=NETWORKS dst=NETWORKS [OPTION=VALUE...]",
	  .help = "add a rule until charon ends, with the file's options" },
	{ "bypass", "delete", "delete-bypass", .arguments = ARGUMENTS_NAME,
	  .synopsis = "NAME", .help = "delete a rule that was added" },
	{ "binding", "list", "list-bindings", "list-binding", .synopsis = "",
	  .help = "what charon listens on (strict-bind)" },
	{ "filter", "list", "list-filters", "list-filter", .synopsis = "",
	  .help = "what is filtered, and how much by which rule (filtermode)" },
	{ "filter", "find", "find-filter-peers", "filter-peer",
	  .arguments = ARGUMENTS_NAME, .synopsis = "ADDRESS",
	  .help = "who a packet within IPsec belongs to, by its address" },
	{ "block", "list", "list-blocks", "list-block", .synopsis = "",
	  .help = "who isn't let in (auth-policy)" },
	{ "block", "add", "add-block", .arguments = ARGUMENTS_PAIRS,
	  .synopsis = "KEY=VALUE...",
	  .help = "refuse an id, address or certificate, and close its sessions" },
	{ "block", "delete", "delete-block", .arguments = ARGUMENTS_PAIRS,
	  .synopsis = "KEY=VALUE...", .help = "let it in again" },
	{ "token", "list", "list-tokens", "list-token", .synopsis = "",
	  .help = "readers and cards (pcsc-token)" },
	{ "peer-name", "list", "list-peer-names", "list-peer-name",
	  .synopsis = "", .help = "who is followed by name (peer-resolve)" },
	{ "peer-name", "resolve", "resolve-peer-names", .synopsis = "",
	  .help = "resolve all names now" },
	{ "log", "list", "list-logs", "list-log", .synopsis = "",
	  .help = "what is logged about which peer (peer-log)" },
	{ "log", "add", "add-log", .arguments = ARGUMENTS_OPTIONS,
	  .synopsis = "NAME [OPTION=VALUE...]",
	  .help = "add a rule, with the file's options" },
	{ "log", "delete", "delete-log", .arguments = ARGUMENTS_NAME,
	  .synopsis = "NAME", .help = "delete a rule that was added" },
	{ "monitor", .run = run_monitor, .arguments = ARGUMENTS_EVENTS,
	  .synopsis = "[EVENT...]",
	  .help = "print events as they come, all unless named" },
	{ "stats", .request = "stats", .synopsis = "",
	  .help = "counters of all plugins" },
	{ "metrics", .run = run_metrics, .synopsis = "",
	  .help = "what all plugins count, for Prometheus" },
	{ "version", .request = "version", .synopsis = "",
	  .help = "versions, and the plugins that are loaded" },
	{ "reload", .run = run_reload, .synopsis = "",
	  .help = "load strongswan.conf again, and say what is wrong with it" },
	{ "setting", "list", .run = run_setting_list, .offline = TRUE,
	  .arguments = ARGUMENTS_PATTERN, .synopsis = "[PATTERN]",
	  .help = "what the files set, where, and what else could be set" },
	{ "setting", "set", .run = run_setting_set, .connects = TRUE,
	  .arguments = ARGUMENTS_SETTING, .synopsis = "KEY VALUE...",
	  .help = "set an option, or OPTION=VALUE... of a section, and reload" },
	{ "setting", "unset", .run = run_setting_unset, .connects = TRUE,
	  .arguments = ARGUMENTS_NAME, .synopsis = "KEY",
	  .help = "remove an option or section again, and reload" },
	{ "setting", "confirm", .run = run_setting_confirm, .offline = TRUE,
	  .synopsis = "", .help = "keep what --confirm waits for" },
	{ "check", .run = run_check, .offline = TRUE, .arguments = ARGUMENTS_FILES,
	  .synopsis = "[FILE...]",
	  .help = "validate charon's strongswan.conf, or another, offline" },
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
			"  -n, --count N        monitor: end after N events, last, lastb: "
			"after N lines\n"
			"  -f, --file FILE      last, lastb: read this file alone, "
			"setting: write it\n"
			"  -d, --dry-run        setting set, unset: change nothing\n"
			"  -c, --confirm N      setting set, unset: undo it after N "
			"seconds unless\n"
			"                       'setting confirm' is run\n"
			"  -h, --help           print this, or the usage of a command\n"
			"  -v, --verbose        status, setting list: print all there is\n"
			"  -V, --version        print the version of this program\n");
}

/**
 * List names of commands, or of a command's second words, for a message.
 *
 * @param name		command whose second words to list, NULL for commands
 * @return			"status, sessions, ...", to be freed
 */
static char *list_words(const char *name)
{
	const char *word, *last = "";
	char *list = NULL;
	size_t len;
	FILE *out;
	int i;

	out = open_memstream(&list, &len);
	for (i = 0; i < countof(commands); i++)
	{
		word = name ? commands[i].action : commands[i].name;
		if ((!name || streq(commands[i].name, name)) && !streq(word, last))
		{
			fprintf(out, "%s%s", *last ? ", " : "", word);
			last = word;
		}
	}
	fclose(out);
	return list;
}

/**
 * Is there a command of this name?
 */
static bool is_command(const char *name)
{
	int i;

	for (i = 0; i < countof(commands); i++)
	{
		if (streq(commands[i].name, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Say what words there are in place of one that isn't known.
 *
 * @param name		command whose second word it is, NULL if it is the first
 */
static void complain_unknown(const char *name, const char *word)
{
	char *list = list_words(name);

	complain("%s%s'%s': expected one of %s", name ?: "", name ? ": " : "",
			 word, list);
	free(list);
}

/**
 * Find a command, or say what there is.
 *
 * @param args			words of the call, moved on to the arguments
 */
static const command_t *find_command(char ***args)
{
	const command_t *command;
	char *name = *(*args)++, *action = **args;
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
		if (streq(command->action, action ?: "list"))
		{
			*args += action != NULL;
			return command;
		}
	}
	if (is_command(name))
	{
		complain_unknown(name, action);
	}
	else
	{
		complain_unknown(NULL, name);
	}
	return NULL;
}

/**
 * Check the option of a rule: KEY=VALUE.
 *
 * @param args			the option, and what stands before it
 * @param count			how many stand before it
 * @return				what is wrong, NULL if nothing is
 */
static const char *check_option(char *args[], u_int count)
{
	size_t len = strcspn(args[count], "=");
	u_int i;

	if (!len || !args[count][len])
	{
		return "isn't an option and its value";
	}
	if (!args[count][len + 1])
	{
		return "has no value";
	}
	if (len > UINT8_MAX || strlen(args[count] + len + 1) > UINT16_MAX)
	{
		return "is too long";
	}
	if (strneq(args[count], "name=", len + 1))
	{
		return "is what stands before the options";
	}
	for (i = 0; i < count; i++)
	{
		if (strneq(args[i], args[count], len + 1))
		{
			return "is there twice";
		}
	}
	return NULL;
}

/**
 * Check an argument.
 *
 * @param args			the argument, and those before it
 * @param count			how many stand before it
 * @return				what is wrong, NULL if nothing is
 */
static const char *check_argument(arguments_t arguments, char *args[],
								  u_int count)
{
	u_int i;

	if (arguments == ARGUMENTS_NONE ||
		((arguments == ARGUMENTS_NAME || arguments == ARGUMENTS_PEER ||
		  arguments == ARGUMENTS_ANY_PEER ||
		  arguments == ARGUMENTS_PATTERN) && count))
	{
		return "is one too many";
	}
	if (arguments == ARGUMENTS_PAIRS ||
		(arguments == ARGUMENTS_OPTIONS && count))
	{
		return check_option(args, count);
	}
	if (!*args[count])
	{
		return "is empty";
	}
	if (arguments == ARGUMENTS_OPTIONS && strchr(args[count], '='))
	{
		return "isn't a name";
	}
	if (strlen(args[count]) > (arguments == ARGUMENTS_FILES ||
							   arguments == ARGUMENTS_SETTING ? SIZE_MAX :
							   arguments == ARGUMENTS_PEER ||
							   arguments == ARGUMENTS_ANY_PEER ? UINT16_MAX
															   : UINT8_MAX))
	{
		return "is too long";
	}
	for (i = 0; arguments == ARGUMENTS_EVENTS && i < count; i++)
	{
		if (streq(args[i], args[count]))
		{
			return "is there twice";
		}
	}
	return NULL;
}

/**
 * Check the arguments of a command, and say what is wrong and what is accepted.
 */
static bool check_arguments(const command_t *command, char *args[])
{
	const char *problem = NULL;
	u_int i;

	for (i = 0; args[i] && !problem; i++)
	{
		problem = check_argument(command->arguments, args, i);
	}
	if (problem)
	{
		complain("'%s' %s: expected %s%s%s%s%s", args[i - 1], problem,
				 command->name, command->action ? " " : "", get_action(command),
				 *command->synopsis ? " " : "", command->synopsis);
	}
	else if (!i && command->arguments != ARGUMENTS_NONE &&
			 command->arguments != ARGUMENTS_ANY_PEER &&
			 command->arguments != ARGUMENTS_EVENTS &&
			 command->arguments != ARGUMENTS_FILES &&
			 command->arguments != ARGUMENTS_PATTERN)
	{
		problem = "missing";
		complain("something is missing: expected %s%s%s %s", command->name,
				 command->action ? " " : "", get_action(command),
				 command->synopsis);
	}
	return !problem;
}

/**
 * Get the name of who runs this, also if he has become root for it.
 */
static const char *get_user(void)
{
	const char *name = getenv("SUDO_USER");
	struct passwd *user = getpwuid(getuid());

	return name && *name ? name : user ? user->pw_name : "somebody";
}

/**
 * Make the request of a command.
 */
static vici_req_t *create_request(const command_t *command, char *args[])
{
	vici_req_t *req = vici_begin((char*)command->request);
	char *value;
	bool by = FALSE;

	if (*args && command->arguments == ARGUMENTS_PEER &&
		strpfx(*args, UNIQUEID))
	{
		vici_add_key_valuef(req, "uniqueid", "%s",
							*args++ + strlen(UNIQUEID));
	}
	else if (*args && command->arguments != ARGUMENTS_PAIRS)
	{
		vici_add_key_valuef(req, "name", "%s", *args++);
	}
	for (; *args; args++)
	{
		value = strchr(*args, '=');
		*value++ = '\0';
		by = by || streq(*args, "by");
		vici_add_key_valuef(req, *args, "%s", value);
	}
	if (streq(command->request, "add-block") && !by)
	{
		vici_add_key_valuef(req, "by", "%s", get_user());
	}
	return req;
}

/**
 * Send a command's request, and print what it returns.
 *
 * @param req			request, adopted
 */
static int request(call_t *call, const command_t *command, vici_req_t *req)
{
	node_t *answer;
	bool success;

	success = session_request(&call->session, req, command->request,
							  command->stream, &answer);
	if (answer && call->session.format == FORMAT_JSON)
	{
		print_document(answer);
	}
	else if (answer && call->session.format == FORMAT_TEXT)
	{
		print_tree(answer, 0);
	}
	node_destroy(answer);
	return success ? EXIT_SUCCESS : EXIT_FAILURE;
}

/**
 * Check a socket, a path or URI.
 *
 * @param key		where it is from
 */
static bool check_socket(const char *key, const char *socket)
{
	struct sockaddr_un addr;
	const char *path = strpfx(socket, "unix://") ? socket + strlen("unix://")
												 : socket;

	/* libvici would connect to the beginning of a longer one */
	if ((*path == '/' && strlen(path) < sizeof(addr.sun_path)) ||
		strpfx(socket, "tcp://"))
	{
		return TRUE;
	}
	complain("%s = \"%s\": expected an absolute path, unix:///PATH or "
			 "tcp://ADDRESS:PORT, a path of at most %zu characters", key,
			 socket, sizeof(addr.sun_path) - 1);
	return FALSE;
}

/**
 * Get the socket of this machine's daemon. That of charon-systemd, which falls
 * back to charon's, is of no use if charon runs: it may be another one then.
 *
 * @return			NULL if it isn't one, after saying so
 */
static const char *get_default(void)
{
	static const char systemd[] = "charon-systemd.plugins.control.socket";
	static const char charon[] = "charon.plugins.control.socket";
	const char *socket, *path;

	socket = lib->settings->get_str(lib->settings, (char*)systemd, NULL);
	path = socket && strpfx(socket, "unix://") ? socket + strlen("unix://")
											   : socket;
	if (socket && (*path != '/' || access(path, F_OK) == 0))
	{
		return check_socket(systemd, socket) ? socket : NULL;
	}
	socket = lib->settings->get_str(lib->settings, (char*)charon,
									(char*)socket ?: DEFAULT_URI);
	return check_socket(charon, socket) ? socket : NULL;
}

/**
 * Get the socket to connect to.
 *
 * @param socket	path or URI that was given, NULL if none was
 * @return			URI, to be freed, NULL if there is none, after saying so
 */
static char *get_uri(const char *socket)
{
	char *uri;

	if (!socket)
	{
		socket = get_default();
		if (!socket)
		{
			return NULL;
		}
	}
	if (asprintf(&uri, "%s%s", *socket == '/' ? "unix://" : "", socket) < 0)
	{
		return NULL;
	}
	return uri;
}

/**
 * Run a command.
 *
 * @param socket	path or URI that was given, NULL if none was
 */
static int run(call_t *call, char *args[], const char *socket)
{
	const command_t *command;
	char *uri;
	int result = EXIT_FAILURE;

	command = find_command(&args);
	if (!command || !check_arguments(command, args))
	{
		return EXIT_USAGE;
	}
	if (call->count && command->run != run_monitor &&
		command->run != run_last && command->run != run_lastb)
	{
		complain("--count: expected with monitor, last and lastb only");
		return EXIT_USAGE;
	}
	if (call->file && command->run != run_last && command->run != run_lastb &&
		!command->connects && command->run != run_setting_confirm)
	{
		complain("--file: expected with last, lastb, setting set, unset and "
				 "confirm only");
		return EXIT_USAGE;
	}
	if ((call->dry_run || call->confirm) && !command->connects)
	{
		complain("--%s: expected with setting set and unset only",
				 call->dry_run ? "dry-run" : "confirm");
		return EXIT_USAGE;
	}
	if (call->verbose && command->run != run_status &&
		command->run != run_setting_list)
	{
		complain("--verbose: expected with status and setting list only");
		return EXIT_USAGE;
	}
	if (command->offline)
	{
		return command->run(call, args);
	}
	if (command->run == run_status)
	{
		result = OVERVIEW_CRITICAL;
	}
	uri = get_uri(socket);
	call->session.uri = uri;
	if (command->connects)
	{
		if (uri)
		{
			result = command->run(call, args);
		}
		free(uri);
		return result;
	}
	if (uri && command->run == run_status)
	{
		session_limit(&call->session, SESSION_TIMEOUT, command->name, result,
					  NULL);
	}
	if (uri && command->run == run_metrics)
	{
		session_limit(&call->session, SESSION_TIMEOUT, command->name, result,
					  metrics_away);
	}
	if (uri && session_open(&call->session))
	{
		result = command->run ? command->run(call, args)
							  : request(call, command,
										create_request(command, args));
		session_close(&call->session);
	}
	else if (command->run == run_metrics)
	{
		metrics_away();
	}
	free(uri);
	return result;
}

/**
 * Read a number.
 */
static bool parse_number(const char *option, const char *value, u_int most,
						 u_int *number)
{
	if (!option_number_parse(value, 1, most, number))
	{
		complain("--%s = \"%s\": expected 1-%u", option, value, most);
		return FALSE;
	}
	return TRUE;
}

/**
 * Print the usage that is asked for.
 *
 * @param name		command, NULL for all
 */
static int help_about(const char *name)
{
	if (name && !is_command(name))
	{
		complain_unknown(NULL, name);
		return EXIT_USAGE;
	}
	usage(stdout, name);
	return EXIT_SUCCESS;
}

/**
 * Say what options there are.
 *
 * @param letter	the wrong one, 0 if it isn't a single letter
 * @param word		the word that it is in
 */
static void complain_option(int letter, const char *word,
							const struct option *options)
{
	char *list = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&list, &len);
	if (letter)
	{
		fprintf(out, "-%c", letter);
	}
	else
	{
		fputs(word, out);
	}
	fputs(": expected one of", out);
	for (; options->name; options++)
	{
		fprintf(out, " -%c, --%s", options->val, options->name);
	}
	fclose(out);
	complain("%s", list);
	free(list);
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
		{ "file", required_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "confirm", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{},
	};
	int opt;
	bool help = FALSE;

	while ((opt = getopt_long(argc, argv, ":s:jrn:f:dc:hvV", options,
							  NULL)) != -1)
	{
		switch (opt)
		{
			case 's':
				*socket = optarg;
				if (!check_socket("--socket", *socket))
				{
					return EXIT_USAGE;
				}
				break;
			case 'j':
				call->session.format = FORMAT_JSON;
				complain_as_json(TRUE);
				break;
			case 'r':
				call->session.format = FORMAT_RAW;
				complain_as_json(FALSE);
				break;
			case 'n':
				if (!parse_number("count", optarg, UINT_MAX, &call->count))
				{
					return EXIT_USAGE;
				}
				break;
			case 'f':
				call->file = optarg;
				break;
			case 'd':
				call->dry_run = TRUE;
				break;
			case 'c':
				if (!parse_number("confirm", optarg, CONFIRM_MAX,
								  &call->confirm))
				{
					return EXIT_USAGE;
				}
				break;
			case 'h':
				help = TRUE;
				break;
			case 'v':
				call->verbose = TRUE;
				break;
			case 'V':
				printf("swanadv %s\n", PACKAGE_VERSION);
				return EXIT_SUCCESS;
			case ':':
				complain("%s: expected a value", argv[optind - 1]);
				return EXIT_USAGE;
			default:
				complain_option(optopt, argv[optind - 1], options);
				return EXIT_USAGE;
		}
	}
	if (help)
	{
		return help_about(argv[optind]);
	}
	if (optind == argc)
	{
		complain("there is no command, see swanadv --help");
		return EXIT_USAGE;
	}
	return -1;
}

/**
 * Have what the shell has closed be there, or a socket might take its place.
 * Writing to it fails.
 */
static void fill_standard_fds(void)
{
	int fd;

	do
	{
		fd = open("/dev/null", O_RDONLY);
	}
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

int main(int argc, char *argv[])
{
	call_t call = {};
	const char *socket = NULL;
	int result;

	fill_standard_fds();
	/* writing then fails, which is told as other failures are */
	signal(SIGPIPE, SIG_IGN);
	result = parse(&call, argc, argv, &socket);
	if (result < 0)
	{
		/* what libstrongswan has to say isn't about this; vici_init() turns it
		 * on */
		dbg_default_set_level(LEVEL_SILENT);
		vici_init();
		dbg_default_set_level(LEVEL_SILENT);
		result = run(&call, argv + optind, socket);
		vici_deinit();
	}
	if (!print_done(FALSE) && result == EXIT_SUCCESS)
	{
		result = EXIT_FAILURE;
	}
	complain_done();
	return result;
}
