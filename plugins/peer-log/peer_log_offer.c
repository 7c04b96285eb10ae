/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_offer.h"
#include "peer_log_rule.h"

#include <explain.h>
#include <utf8.h>

#include <selectors/traffic_selector.h>

typedef struct add_t add_t;
typedef struct delete_t delete_t;

/**
 * Arguments of add-log.
 */
struct add_t {
	options_head_t head;
	char *name;
	peer_log_terms_t terms;
};

/**
 * Arguments of delete-log.
 */
struct delete_t {
	options_head_t head;
	char *name;
};

/**
 * May a name be part of a line?
 */
static bool is_printable(const char *name)
{
	size_t len;

	for (; *name; name += len)
	{
		len = utf8_length(name);
		if (!utf8_printable(name, len))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Implementation of options_schema_t.check for add-log.
 */
static void check_add(void *config, option_errors_t *errors)
{
	add_t *add = config;

	if (!add->name)
	{
		errors->add(errors, "name", NULL, "missing, expected a name");
	}
	else if (!is_printable(add->name))
	{
		errors->add(errors, "name", add->name, "expected printable characters");
	}
	peer_log_terms_check(&add->terms, errors);
}

static const option_t add_options[] = {
	OPTION(add_t, name, STRING),
	PEER_LOG_TERMS(add_t, terms),
};

static const options_schema_t add_schema = {
	.name = "add-log",
	.size = sizeof(add_t),
	.options = add_options,
	.count = countof(add_options),
	.check = check_add,
};

/**
 * Implementation of options_schema_t.check for delete-log.
 */
static void check_delete(void *config, option_errors_t *errors)
{
	delete_t *delete = config;

	if (!delete->name)
	{
		errors->add(errors, "name", NULL, "missing, expected a name");
	}
}

static const option_t delete_options[] = {
	OPTION(delete_t, name, STRING),
};

static const options_schema_t delete_schema = {
	.name = "delete-log",
	.size = sizeof(delete_t),
	.options = delete_options,
	.count = countof(delete_options),
	.check = check_delete,
};

/**
 * Implementation of offer_command_t.run: add-log.
 */
static void add_log(void *data, settings_t *request, control_out_t *out,
					option_errors_t *errors)
{
	peer_log_manager_t *this = data;
	add_t *add;

	add = options_load(&add_schema, request, CONTROL_REQUEST, errors);
	if (add)
	{
		this->add(this, add, add->name, &add->terms, errors);
		options_unref(add);
	}
}

/**
 * Implementation of offer_command_t.run: delete-log.
 */
static void delete_log(void *data, settings_t *request, control_out_t *out,
					   option_errors_t *errors)
{
	peer_log_manager_t *this = data;
	delete_t *delete;

	delete = options_load(&delete_schema, request, CONTROL_REQUEST, errors);
	if (delete && !this->remove(this, delete->name))
	{
		errors->add(errors, "name", delete->name,
					"no such rule, see list-logs");
	}
	options_unref(delete);
}

/**
 * Write the patterns of a list.
 */
static void write_globs(control_out_t *out, const char *key, glob_list_t *globs)
{
	enumerator_t *enumerator;
	char *pattern;
	bool negated;

	if (globs)
	{
		out->begin_list(out, key);
		enumerator = globs->create_enumerator(globs);
		while (enumerator->enumerate(enumerator, &pattern, &negated))
		{
			out->item(out, "%s%s", negated ? "!" : "", pattern);
		}
		enumerator->destroy(enumerator);
		out->end_list(out);
	}
}

/**
 * Write networks.
 */
static void write_networks(control_out_t *out, linked_list_t *networks)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;

	if (networks)
	{
		out->begin_list(out, "addresses");
		enumerator = networks->create_enumerator(networks);
		while (enumerator->enumerate(enumerator, &ts))
		{
			out->item(out, "%R", ts);
		}
		enumerator->destroy(enumerator);
		out->end_list(out);
	}
}

/**
 * Write an active rule as a message of list-logs.
 */
static void write_rule(void *data, const peer_log_info_t *info)
{
	control_out_t *out = data;
	debug_t group;
	char name[8];

	out->value(out, "name", "%s", info->name);
	out->value(out, "origin", info->added ? "runtime" : "config");
	write_globs(out, "ids", info->terms->ids);
	write_networks(out, info->terms->addresses);
	write_globs(out, "connections", info->terms->connections);
	out->number(out, "level", info->terms->level);
	out->begin_numbers(out, "levels");
	for (group = 0; group < DBG_MAX; group++)
	{
		if (peer_log_terms_has_level(info->terms, group))
		{
			snprintf(name, sizeof(name), "%N", debug_lower_names, group);
			out->number(out, name, info->terms->levels[group]);
		}
	}
	out->end_section(out);
	if (info->terms->file)
	{
		out->value(out, "file", "%s", info->terms->file);
	}
	else if (info->terms->journal)
	{
		out->flag(out, "journal", TRUE);
	}
	else
	{
		out->value(out, "syslog", "%s",
				   log_facilities[info->terms->syslog]);
	}
	if (info->left)
	{
		out->number(out, "expires-in", info->left);
	}
	out->number(out, "lines", info->lines);
	out->emit(out);
}

/**
 * Implementation of offer_command_t.run: list-logs.
 */
static void list_logs(void *data, settings_t *request, control_out_t *out,
					 option_errors_t *errors)
{
	peer_log_manager_t *this = data;

	this->list(this, write_rule, out);
}

/**
 * Numbers of all rules.
 */
typedef struct {
	u_int rules;
	u_int added;
	uint64_t lines;
} totals_t;

/**
 * Add a rule to the numbers.
 */
static void count_rule(void *data, const peer_log_info_t *info)
{
	totals_t *totals = data;

	totals->rules++;
	totals->added += info->added;
	totals->lines += info->lines;
}

/**
 * Implementation of offer_t.stats.
 */
static void write_stats(void *data, control_out_t *out)
{
	peer_log_manager_t *this = data;
	u_int lost;

	this->get_buffer(this, &lost);
	out->number(out, "dropped-ike-sas", lost);
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	peer_log_manager_t *this = data;
	totals_t totals = {};
	size_t size;
	u_int lost;

	size = this->get_buffer(this, &lost);
	this->list(this, count_rule, &totals);
	out->number(out, "rules", totals.rules);
	out->number(out, "runtime-rules", totals.added);
	out->number(out, "lines", totals.lines);
	out->number(out, "buffered", size);
	out->number(out, "dropped-ike-sas", lost);
}

/**
 * Somebody who may connect, as rules take him.
 */
typedef struct {
	peer_log_facts_t facts;
	const explain_peer_t *peer;
	array_t *lines;
} search_t;

/**
 * Implementation of peer_log_facts_t.get_ids.
 */
static void get_ids(peer_log_facts_t *facts, const char *ids[2])
{
	ids[0] = ((search_t*)facts)->peer->facts.id;
}

/**
 * Does a rule apply, but for one of its lists?
 */
static bool applies(search_t *search, peer_log_terms_t terms)
{
	bool matched = FALSE;

	return peer_log_rule_match(&terms, &search->facts,
							   &matched) == PEER_LOG_YES;
}

/**
 * Say whether a rule applies.
 */
static void explain_log(void *data, const peer_log_info_t *info)
{
	peer_log_terms_t without = *info->terms;
	search_t *search = data;
	const char *when = NULL;

	if (applies(search, without))
	{
		when = "";
	}
	else if (search->peer->host)
	{	/* he may have another identity */
		without.ids = NULL;
		when = " if he is one of its ids";
	}
	else
	{
		without.addresses = NULL;
		when = " if he comes from its addresses";
	}
	if (!*when || applies(search, without))
	{
		explain_add(search->lines, "rules.%s%s: logged at level %u to %s",
					info->name, when, info->terms->level, info->terms->file ?:
					info->terms->journal ? "the journal" : "syslog");
	}
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	peer_log_manager_t *this = data;
	search_t search = {
		.facts = {
			.host = peer->host,
			.connection = peer->facts.connection,
			.get_ids = get_ids,
			.complete = TRUE,
		},
		.peer = peer,
		.lines = lines,
	};

	this->list(this, explain_log, &search);
	if (!array_count(lines))
	{
		explain_add(lines, "no rule: not logged apart");
	}
}

static const offer_command_t commands[] = {
	{ .name = "add-log", .arguments = TRUE, .run = add_log },
	{ .name = "delete-log", .arguments = TRUE, .run = delete_log },
	{ .name = "list-logs", .stream = "list-log",
	  .reads = TRUE, .run = list_logs },
};

const offer_t peer_log_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.status = status,
	.stats = write_stats,
	.explain = explain,
};
