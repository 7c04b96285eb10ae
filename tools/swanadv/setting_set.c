/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_set.h"
#include "check.h"
#include "print.h"
#include "setting_apply.h"
#include "setting_file.h"
#include "setting_key.h"
#include "setting_text.h"

#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/**
 * The file that belongs to this, beside strongswan.conf.
 */
#define FILE_NAME "strongswan.d/charon-advanced.conf"

/**
 * Longest secret.
 */
#define SECRET_MAX 4096

/**
 * What is shown of secrets.
 */
#define HIDDEN "(hidden)"

/**
 * Exit status of a call that makes no sense.
 */
#define USAGE 2

/**
 * What is to be changed.
 */
typedef struct {
	char *key;
	setting_key_t is;
	/** new value, NULL to unset it */
	char *value;
} change_t;

typedef struct {
	setting_call_t *call;
	/** change_t* */
	array_t *changes;
	char *path;
	setting_file_t *file;
	/** all files, as they are and as they would be, and what is found there */
	check_conf_t *before;
	check_conf_t *after;
	conf_edit_t edit_before;
	conf_edit_t edit_after;
	report_t *report_before;
	report_t *report_after;
	/** new text of the file */
	char *text;
	/** where another file has what is unset, NULL if none does */
	const char *elsewhere;
} set_t;

static void change_destroy(void *data, int idx, void *unused)
{
	change_t *change = data;

	free(change->key);
	if (change->value)
	{
		memwipe(change->value, strlen(change->value));
	}
	free(change->value);
	free(change);
}

static void destroy(set_t *this)
{
	array_destroy_function(this->changes, change_destroy, NULL);
	if (this->before)
	{
		check_conf_destroy(this->before);
	}
	if (this->after)
	{
		check_conf_destroy(this->after);
	}
	report_destroy(this->report_before);
	report_destroy(this->report_after);
	DESTROY_IF(this->file);
	free(this->path);
	free(this->text);
}

/**
 * Read a secret: all of stdin, without a newline at its end, or a line that is
 * typed.
 *
 * @return				NULL if there is none, after saying so
 */
static char *read_secret(const char *key)
{
	char buf[SECRET_MAX + 2];
	size_t len = 0;
	ssize_t got = 0;
	char *secret;

	if (isatty(STDIN_FILENO))
	{	/* without showing it */
		secret = getpass("secret: ");
		len = min(strlen(secret ?: ""), sizeof(buf) - 1);
		memcpy(buf, secret ?: "", len);
		memwipe(secret, len);
	}
	else
	{
		do
		{
			got = read(STDIN_FILENO, buf + len, sizeof(buf) - 1 - len);
			len += max(got, 0);
		}
		while (got > 0);
	}
	if (got == 0 && len && buf[len - 1] == '\n')
	{
		len--;
	}
	buf[len] = '\0';
	if (got < 0 || !len || len > SECRET_MAX || strlen(buf) != len)
	{
		complain("%s: expected 1-%u characters on stdin, and no NUL byte", key,
				 SECRET_MAX);
		len = 0;
	}
	secret = len ? strdup(buf) : NULL;
	memwipe(buf, sizeof(buf));
	return secret;
}

/**
 * Join the words of a value.
 *
 * @return				NULL if it makes no sense, after saying so
 */
static char *join(const option_t *option, const char *key, char *words[])
{
	char *value = NULL;
	size_t len;
	FILE *out;

	if (option->type == OPTION_SECRET)
	{
		if (!streq(words[0], "-") || words[1])
		{
			complain("%s: a secret, which others could see on the command "
					 "line: expected -, and it on stdin", key);
			return NULL;
		}
		return read_secret(key);
	}
	if (words[1] && option->type != OPTION_GLOBS &&
		option->type != OPTION_SUBNETS)
	{
		complain("'%s' is one too many: %s isn't a list", words[1], key);
		return NULL;
	}
	out = open_memstream(&value, &len);
	for (; *words; words++)
	{
		fprintf(out, "%s%s", *words, words[1] ? ", " : "");
	}
	fclose(out);
	return value;
}

/**
 * Add something to change.
 *
 * @param words			words of its value, NULL to unset it
 * @param section		whether it may be a section
 * @return				FALSE if it makes no sense, after saying so
 */
static bool add_change(set_t *this, const char *key, char *words[],
					   bool section)
{
	change_t *change, *other;
	setting_key_t is;
	const char *wrong;
	int i;

	wrong = setting_key_find(key, &is);
	if (!wrong && !is.option && !section)
	{
		wrong = "is a section, expected OPTION=VALUE... after it";
	}
	for (i = 0; !wrong && i < array_count(this->changes); i++)
	{
		array_get(this->changes, i, &other);
		wrong = streq(other->key, key) ? "is there twice" : NULL;
	}
	if (wrong)
	{
		complain("'%s' %s", key, wrong);
		return FALSE;
	}
	INIT(change,
		.key = strdup(key),
		.is = is,
		.value = words ? join(is.option, key, words) : NULL,
	);
	array_insert(this->changes, ARRAY_TAIL, change);
	return !words || change->value;
}

/**
 * Add the options of a section.
 *
 * @param pairs			KEY=VALUE...
 */
static bool add_pairs(set_t *this, const char *section, char *pairs[])
{
	char *words[2] = {}, *key, *value;
	bool good = TRUE;

	for (; good && *pairs; pairs++)
	{
		value = strchr(*pairs, '=');
		if (!value || !value[1] || value == *pairs)
		{
			complain("'%s' isn't an option and its value: expected "
					 "OPTION=VALUE after a section", *pairs);
			return FALSE;
		}
		if (asprintf(&key, "%s.%.*s", section, (int)(value - *pairs),
					 *pairs) < 0)
		{
			return FALSE;
		}
		words[0] = value + 1;
		good = add_change(this, key, words, FALSE);
		free(key);
	}
	return good;
}

/**
 * Get the path of a key for the daemon that the files are for.
 */
static const char *get_path(check_conf_t *conf, const char *key,
							char buf[BUF_LEN])
{
	snprintf(buf, BUF_LEN, "%s%s", strpfx(key, "charon.") ? conf->daemons[0]
														 : "charon-systemd",
			 strchr(key, '.'));
	return buf;
}

/**
 * Get the value of a key.
 */
static const char *get_value(check_conf_t *conf, const char *key)
{
	char path[BUF_LEN];

	return check_conf_get(conf, get_path(conf, key, path), "");
}

/**
 * Is a path a key, or in a section of this name?
 */
static bool is_within(const char *path, const char *key)
{
	size_t len = strlen(key);

	return strneq(path, key, len) && (!path[len] || path[len] == '.');
}

/**
 * Find the last of what is in a section or has a key.
 *
 * @param edited		in our file, or else in others
 */
static conf_entry_t *find(check_conf_t *conf, const char *key, bool edited)
{
	conf_entry_t *entry, *found = NULL;
	enumerator_t *enumerator;

	enumerator = conf->lines->create_enumerator(conf->lines);
	while (enumerator->enumerate(enumerator, &entry))
	{
		if (is_within(entry->path, key) && entry->edited == edited)
		{
			found = entry;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Read all files, as they are.
 *
 * @return				FALSE if charon wouldn't take them or doesn't read ours,
 *						after saying so
 */
static bool read_before(set_t *this)
{
	report_t *report = report_create();
	const char *conf = this->call->conf;
	check_conf_t *now;
	bool good;

	now = check_conf_create(conf, NULL, report);
	good = report_worst(report) < FINDING_ERROR;
	check_conf_destroy(now);
	report_destroy(report);
	if (!good)
	{
		complain("%s: charon can't read all of it, see swanadv check", conf);
		return FALSE;
	}
	this->edit_before = (conf_edit_t){
		.file = this->path,
		.text = this->file->text,
	};
	this->before = check_conf_create(conf, &this->edit_before,
									 this->report_before);
	if (this->edit_before.read != 1 || this->edit_before.nested)
	{
		complain("%s: %s %s%s", this->path, this->edit_before.nested ?
				 "is included in a section of" : this->edit_before.read ?
				 "is included more than once by" : "isn't included by", conf,
				 this->edit_before.read ? ", expected a file that is included "
				 "outside of sections" : ", so charon wouldn't read it: "
				 "expected a file that it does, as with 'include "
				 "strongswan.d/*.conf'");
		return FALSE;
	}
	return TRUE;
}

/**
 * Check whether something is to be done about a change.
 *
 * @param needed		gets it
 * @return				FALSE if it can't be done, after saying so
 */
static bool is_needed(set_t *this, change_t *change, bool *needed)
{
	conf_entry_t *other;
	const char *value;

	if (change->value)
	{
		value = get_value(this->before, change->key);
		*needed = !value || !streq(value, change->value);
		return TRUE;
	}
	*needed = find(this->before, change->key, TRUE) != NULL;
	other = find(this->before, change->key, FALSE);
	if (other && change->is.named && !change->key[change->is.named])
	{
		complain("%s: %s has it, which isn't written, only %s is",
				 change->key, other->where, this->path);
		return FALSE;
	}
	if (other && !*needed)
	{
		this->elsewhere = other->where;
	}
	return TRUE;
}

/**
 * Change the text.
 *
 * @return				FALSE if it can't be, after saying so
 */
static bool edit(set_t *this)
{
	change_t *change;
	bool needed;
	char *text;
	int i;

	this->text = strdup(this->file->text);
	for (i = array_count(this->changes) - 1; i >= 0; i--)
	{
		array_get(this->changes, i, &change);
		if (!is_needed(this, change, &needed))
		{
			return FALSE;
		}
		if (!needed)
		{
			array_remove(this->changes, i, NULL);
			change_destroy(change, 0, NULL);
		}
	}
	for (i = 0; i < array_count(this->changes); i++)
	{
		array_get(this->changes, i, &change);
		text = change->value ? setting_text_set(this->path, this->text,
												change->key, change->value)
							 : setting_text_unset(this->path, this->text,
												  change->key);
		free(this->text);
		this->text = text;
	}
	return TRUE;
}

/**
 * Does charon's parser read from our text what was to be written?
 */
static bool is_written(set_t *this, change_t *change)
{
	settings_t *settings = settings_create_string(this->text);
	char *value = NULL;
	bool same;

	if (settings)
	{
		value = settings->get_str(settings, change->key, NULL);
	}
	same = value && streq(value, change->value);
	DESTROY_IF(settings);
	return same;
}

/**
 * Check that a rule doesn't stay without anything it is for.
 */
static bool is_left_empty(set_t *this, change_t *change)
{
	char section[BUF_LEN], path[BUF_LEN];
	enumerator_t *enumerator;
	conf_entry_t *entry;
	bool empty = TRUE;

	if (!change->is.option || !change->is.named)
	{
		return FALSE;
	}
	snprintf(section, sizeof(section), "%.*s", (int)change->is.named,
			 change->key);
	get_path(this->after, section, path);
	enumerator = this->after->lines->create_enumerator(this->after->lines);
	while (empty && enumerator->enumerate(enumerator, &entry))
	{
		empty = !entry->value || (!is_within(entry->path, section) &&
								  !is_within(entry->path, path));
	}
	enumerator->destroy(enumerator);
	if (empty)
	{
		complain("%s: is all that %s has, unset that if it is to go",
				 change->key, section);
	}
	return empty;
}

/**
 * Check that a change does what it is for.
 */
static bool is_effective(set_t *this, change_t *change)
{
	char path[BUF_LEN];
	const char *value;
	conf_entry_t *entry;

	if (!change->value)
	{
		return !is_left_empty(this, change);
	}
	if (!is_written(this, change))
	{
		complain("%s: charon's parser wouldn't read this value as it is",
				 change->key);
		return FALSE;
	}
	value = get_value(this->after, change->key);
	entry = this->after->lines->get(this->after->lines,
									get_path(this->after, change->key, path));
	if (value && streq(value, change->value) && entry && entry->edited)
	{
		return TRUE;
	}
	complain("%s: %s sets it after %s, and wins%s%s: change it there",
			 change->key, entry ? entry->where : "another file", this->path,
			 change->is.option->type == OPTION_SECRET ? "" : " with ",
			 change->is.option->type == OPTION_SECRET ? "" :
			 value ?: "no value");
	return FALSE;
}

/**
 * Check all files as they would be.
 *
 * @return				FALSE if they are wrong, after saying so
 */
static bool check(set_t *this)
{
	change_t *change;
	int i;

	this->edit_after = (conf_edit_t){
		.file = this->path,
		.text = this->text,
	};
	this->after = check_conf_create(this->call->conf, &this->edit_after,
									this->report_after);
	check_read(this->after);
	if (report_worst(this->report_after) == FINDING_WARNING)
	{	/* those that were there before have been told */
		check_read(this->before);
		report_subtract(this->report_after, this->report_before);
	}
	if (this->call->session->format != FORMAT_JSON)
	{
		report_print(this->report_after);
	}
	else
	{
		report_complain(this->report_after);
	}
	if (report_worst(this->report_after) >= FINDING_ERROR)
	{
		return FALSE;
	}
	for (i = 0; i < array_count(this->changes); i++)
	{
		array_get(this->changes, i, &change);
		if (!is_effective(this, change))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Add a row of what is changed.
 */
static void add_row(set_t *this, node_t *items, const char *key)
{
	const char *was = get_value(this->before, key);
	const char *new = get_value(this->after, key);
	setting_key_t is = {};
	char path[BUF_LEN];
	conf_entry_t *entry;
	node_t *row;

	setting_key_find(key, &is);
	if (is.option && is.option->type == OPTION_SECRET)
	{
		was = was ? HIDDEN : NULL;
		new = new ? HIDDEN : NULL;
	}
	entry = was ? this->before->lines->get(this->before->lines,
									get_path(this->before, key, path)) : NULL;
	row = node_add(items, NODE_SECTION, NULL);
	node_add_value(row, "key", key);
	node_add_value(row, "was", was ?: "");
	node_add_value(row, "will-be", new ?: "");
	node_add_value(row, "where", entry ? entry->where : "");
}

/**
 * Get the difference.
 *
 * @return				section with all that is said about it
 */
static node_t *get_difference(set_t *this)
{
	node_t *root = node_create(NODE_SECTION, NULL), *items;
	enumerator_t *enumerator;
	conf_entry_t *entry;
	change_t *change;
	int i;

	node_add_value(root, "file", this->path);
	node_add_value(root, "changed", array_count(this->changes) ? "yes" : "no");
	items = node_add(root, NODE_TABLE, "items");
	for (i = 0; i < array_count(this->changes); i++)
	{
		array_get(this->changes, i, &change);
		if (change->is.option)
		{
			add_row(this, items, change->key);
			continue;
		}
		enumerator = this->before->lines->create_enumerator(
														this->before->lines);
		while (enumerator->enumerate(enumerator, &entry))
		{
			if (entry->edited && entry->value &&
				is_within(entry->path, change->key))
			{
				add_row(this, items, entry->path);
			}
		}
		enumerator->destroy(enumerator);
	}
	return root;
}

/**
 * Is an item of status about something that was changed? It begins with the
 * daemon and the rest of the key.
 */
static bool is_about(set_t *this, const char *item)
{
	size_t len = strcspn(item, " ");
	char path[BUF_LEN], key[BUF_LEN];
	change_t *change;
	int i;

	snprintf(key, sizeof(key), "%.*s", (int)len, item);
	for (i = 0; i < array_count(this->changes); i++)
	{
		array_get(this->changes, i, &change);
		if (is_within(key, change->key) ||
			is_within(key, get_path(this->after, change->key, path)))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Add what takes a restart.
 */
static void add_restart(set_t *this, node_t *root)
{
	node_t *answer, *found, *item, *list;
	int i;

	list = node_add(root, NODE_LIST, "restart-needed");
	if (session_request(this->call->session, vici_begin("status"), "status",
						NULL, &answer))
	{
		found = node_find(answer, "restart-needed");
		for (i = 0; found && i < array_count(found->children); i++)
		{
			array_get(found->children, i, &item);
			if (is_about(this, item->value))
			{
				node_add_value(list, NULL, item->value);
			}
		}
	}
	node_destroy(answer);
}

/**
 * Print what has become of it.
 *
 * @param state			what has, "" if there is nothing to say
 */
static void print(set_t *this, node_t *root, const char *state)
{
	node_t *list = node_find(root, "restart-needed"), *item;
	int i;

	if (this->call->session->format == FORMAT_JSON)
	{
		node_add_value(root, "state", state);
		print_document(root);
		print_done(TRUE);
		return;
	}
	for (i = 0; list && i < array_count(list->children); i++)
	{
		array_get(list->children, i, &item);
		printf("RESTART NEEDED ");
		print_text(stdout, item->value);
		putchar('\n');
	}
	print_text(stdout, this->path);
	printf(": %s\n", state);
	print_done(TRUE);
}

/**
 * Print the difference before anything is done about it.
 *
 * @return				FALSE if it can't be, after saying so
 */
static bool print_items(set_t *this, node_t *root)
{
	if (this->call->session->format != FORMAT_JSON)
	{
		print_table(node_find(root, "items")->children);
	}
	return print_done(TRUE);
}

/**
 * Would others see a secret in the file?
 */
static bool has_secret(set_t *this)
{
	enumerator_t *enumerator;
	conf_entry_t *entry;
	setting_key_t is;
	bool found = FALSE;

	enumerator = this->after->lines->create_enumerator(this->after->lines);
	while (!found && enumerator->enumerate(enumerator, &entry))
	{
		found = entry->edited && !setting_key_find(entry->path, &is) &&
				is.option && is.option->type == OPTION_SECRET;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Get the group of whom charon becomes once it was started.
 *
 * @return				-1 if it stays root
 */
static gid_t get_group(set_t *this)
{
	const char *daemon = this->after->daemons[0], *name;
	struct passwd *user = NULL;
	struct group *group = NULL;

	name = check_conf_get(this->after, daemon, "group");
	if (name)
	{
		group = getgrnam(name);
	}
	name = check_conf_get(this->after, daemon, "user");
	if (name)
	{
		user = getpwnam(name);
	}
	return group ? group->gr_gid : user ? user->pw_gid : (gid_t)-1;
}

/**
 * Write the file, and have charon load it.
 *
 * @return				exit status
 */
static int apply(set_t *this, node_t *root)
{
	setting_call_t *call = this->call;
	setting_applied_t applied;
	char state[BUF_LEN];

	setting_apply_begin();
	if (!this->file->replace(this->file, this->text, has_secret(this),
							 get_group(this)))
	{
		return EXIT_FAILURE;
	}
	applied = setting_apply(call->session, this->file);
	if (applied == SETTING_REFUSED)
	{
		return EXIT_FAILURE;
	}
	if (applied == SETTING_AT_START)
	{
		this->file->keep(this->file);
		print(this, root, "written; charon doesn't run, or without the plugin "
			  "control, and has it from its next start");
		return EXIT_SUCCESS;
	}
	add_restart(this, root);
	if (!call->confirm)
	{
		this->file->keep(this->file);
		print(this, root, "written, and loaded by charon");
		return EXIT_SUCCESS;
	}
	snprintf(state, sizeof(state), "loaded by charon; it will be as it was in "
			 "%u seconds unless 'swanadv setting confirm' is run%s",
			 call->confirm, setting_apply_typed() ? ", or ENTER pressed here"
													  : "");
	print(this, root, state);
	if (!setting_apply_confirm(call->session, this->file, call->confirm))
	{
		return EXIT_FAILURE;
	}
	this->file->keep(this->file);
	if (call->session->format != FORMAT_JSON)
	{
		printf("confirmed\n");
	}
	return EXIT_SUCCESS;
}

/**
 * Make the changes.
 *
 * @return				exit status
 */
static int run(set_t *this)
{
	char state[BUF_LEN];
	node_t *root;
	int status;

	this->file = setting_file_create(this->path, !this->call->dry_run);
	if (!this->file || !read_before(this) || !edit(this))
	{
		return EXIT_FAILURE;
	}
	if (!array_count(this->changes))
	{
		root = get_difference(this);
		snprintf(state, sizeof(state), "unchanged%s%s%s",
				 this->elsewhere ? "; " : "", this->elsewhere ?: "",
				 this->elsewhere ? " has it, which isn't written" : "");
		print(this, root, state);
		node_destroy(root);
		return SETTING_UNCHANGED;
	}
	if (!check(this))
	{
		return EXIT_FAILURE;
	}
	root = get_difference(this);
	if (!print_items(this, root))
	{
		status = EXIT_FAILURE;
	}
	else if (this->call->dry_run)
	{
		print(this, root, "not written");
		status = EXIT_SUCCESS;
	}
	else
	{
		status = apply(this, root);
		session_close(this->call->session);
	}
	node_destroy(root);
	return status;
}

/**
 * Get the file to write, to be freed.
 */
static char *get_file(setting_call_t *call)
{
	char *copy = strdup(call->conf), *file = NULL;

	if (call->file)
	{
		file = strdup(call->file);
	}
	else if (asprintf(&file, "%s/" FILE_NAME, dirname(copy)) < 0)
	{
		file = NULL;
	}
	free(copy);
	return file;
}

/**
 * Set or unset something.
 */
static int change(setting_call_t *call, char *args[], bool set)
{
	setting_key_t is;
	bool good;
	int status = USAGE;
	set_t this = {
		.call = call,
		.changes = array_create(0, 0),
		.path = get_file(call),
		.report_before = report_create(),
		.report_after = report_create(),
	};

	if (set && !args[1])
	{
		complain("'%s' is without a value: expected setting set KEY VALUE...",
				 args[0]);
		good = FALSE;
	}
	else if (!set || (!setting_key_find(args[0], &is) && is.option))
	{
		good = add_change(&this, args[0], set ? args + 1 : NULL, !set);
	}
	else
	{
		good = strchr(args[1], '=')
					? add_pairs(&this, args[0], args + 1)
					: add_change(&this, args[0], args + 1, FALSE);
	}
	if (good)
	{
		status = run(&this);
	}
	destroy(&this);
	return status;
}

int setting_set(setting_call_t *call, char *args[])
{
	return change(call, args, TRUE);
}

int setting_unset(setting_call_t *call, char *args[])
{
	return change(call, args, FALSE);
}

int setting_confirm(setting_call_t *call)
{
	char *path = get_file(call);
	bool done = setting_file_confirm(path);

	if (done && call->session->format != FORMAT_JSON)
	{
		printf("confirmed\n");
	}
	free(path);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
