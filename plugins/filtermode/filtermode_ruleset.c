/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_ruleset.h"
#include "filtermode_rule.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

/**
 * Where base chains get packets.
 */
typedef enum {
	/** those that came out of IPsec */
	FROM_IPSEC,
	/** those that are about to go in, unless source NAT is still ahead */
	INTO_IPSEC,
	/** those that are about to go in and had it ahead */
	AFTER_NAT,
} stage_t;

/**
 * Base chains. The kernel looks policies up again when source NAT has changed a
 * packet in postrouting, which happens to those only that connection tracking
 * knows. So these are looked at behind that, as they will be within IPsec. All
 * others are looked at before: what an interface for IPsec has taken passes
 * postrouting once more, and isn't known then.
 */
static const struct {
	const char *chain;
	const char *hook;
	stage_t stage;
} bases[] = {
	{ "input", "input", FROM_IPSEC },
	/* two of them, as an accept for where a packet comes from must not keep
	 * us from looking at where it goes */
	{ "forward-in", "forward", FROM_IPSEC },
	{ "forward-out", "forward", INTO_IPSEC },
	{ "output", "output", INTO_IPSEC },
	{ "postrouting", "postrouting", AFTER_NAT },
};

/**
 * Packets that connection tracking doesn't know.
 */
#define UNTRACKED "ct state invalid,untracked"

/**
 * What is added to the priority of chains in postrouting: source NAT has 100,
 * and what the kernel has connection tracking do after filters 300.
 */
#define AFTER_NAT_PRIORITY 200

/**
 * What mode interfaces does with policy-based tunnels.
 */
#define BLOCK "counter drop comment \"mode interfaces\"\n"

/**
 * Devices whose packets get into IPsec.
 */
#define INTERFACES "{ \"vti\", \"vti6\", \"xfrm\" }"

/**
 * Add a set, also to the text.
 *
 * @param name			adopted
 * @param peers			not adopted, has to outlive the ruleset
 */
static void add_set(filtermode_ruleset_t *this, char *name,
					const peer_match_t *peers, bool matching, FILE *out)
{
	filtermode_set_t *set;

	fprintf(out, "\tset %s {\n\t\ttypeof ipsec in reqid\n\t}\n", name);
	INIT(set,
		.name = name,
		.peers = peers,
		.matching = matching,
	);
	array_insert_create(&this->sets, ARRAY_TAIL, set);
}

/**
 * Print the start of base chains and what they do with packets.
 *
 * @param print			prints statements for a stage
 */
static void print_bases(filtermode_ruleset_t *this, FILE *out,
						void (*print)(filtermode_ruleset_t *this, stage_t stage,
									  bool input, FILE *out))
{
	int i, priority = this->settings->hook_priority;
	stage_t stage;

	for (i = 0; i < countof(bases); i++)
	{
		stage = bases[i].stage;
		fprintf(out, "\tchain %s {\n\t\ttype filter hook %s priority %d; "
				"policy accept;\n", bases[i].chain, bases[i].hook,
				stage == AFTER_NAT ? AFTER_NAT_PRIORITY + priority : priority);
		if (stage == AFTER_NAT)
		{
			fprintf(out, "\t\t" UNTRACKED " accept\n");
		}
		print(this, stage, streq(bases[i].hook, "input"), out);
		fprintf(out, "\t}\n");
	}
}

/**
 * Print a match for packets of ESP in userspace.
 */
static void print_device(const char *tun, bool in, FILE *out)
{
	fprintf(out, "\t\tmeta %s \"%s\" ", in ? "iif" : "oif", tun);
}

/**
 * Print what notes interfaces for when their packets come from a VRF.
 */
static void print_devices(FILE *out)
{
	static const char *const sets[] = { FILTERMODE_VTIS, FILTERMODE_XFRMIS };
	int i;

	for (i = 0; i < countof(sets); i++)
	{
		fprintf(out, "\tset %s {\n\t\ttypeof meta iif\n\t\tflags dynamic\n"
				"\t}\n", sets[i]);
	}
	fprintf(out, "\tchain prerouting {\n\t\ttype filter hook prerouting "
			"priority 0; policy accept;\n"
			"\t\tmeta iifkind { \"vti\", \"vti6\" } add @" FILTERMODE_VTIS
			" { meta iif }\n"
			"\t\tmeta iifkind \"xfrm\" add @" FILTERMODE_XFRMIS
			" { meta iif }\n\t}\n");
}

/**
 * Print which packets pass ipsec-in and ipsec-out.
 */
static void print_ipsec_base(filtermode_ruleset_t *this, stage_t stage,
							 bool input, FILE *out)
{
	const char *chain = stage == FROM_IPSEC ? "ipsec-in"
					  : stage == AFTER_NAT ? "ipsec-out" : "before-nat";

	if (input)
	{
		/* what IPComp didn't compress comes as a tunnel in transport mode,
		 * and once more when it is out of that */
		fprintf(out, "\t\tipsec in reqid @ipcomp meta l4proto { 4, 41 } "
				"accept\n");
	}
	if (stage == FROM_IPSEC)
	{
		fprintf(out, "\t\tmeta secpath exists goto ipsec-in\n"
				"\t\tmeta iifkind { \"vti\", \"vti6\" } goto ipsec-in\n"
				"\t\tmeta sdif @" FILTERMODE_VTIS " goto ipsec-in\n");
	}
	else
	{
		fprintf(out, "\t\trt ipsec exists goto %s\n"
				"\t\tmeta oifkind " INTERFACES " goto %s\n", chain, chain);
	}
	if (this->tun)
	{
		print_device(this->tun, stage == FROM_IPSEC, out);
		fprintf(out, "goto %s\n", chain);
	}
}

/**
 * Get the number of rules that can make a difference at a place.
 */
static u_int count_rules(filtermode_settings_t *settings,
						 filtermode_place_t place)
{
	u_int count = settings->rules.count;
	filtermode_rule_t *rule;

	while (place == FILTERMODE_REJECT_OUT && count)
	{
		rule = settings->rules.items[count - 1];
		if (rule->action == FILTERMODE_REJECT &&
			filtermode_rule_applies(rule, place, FILTERMODE_BY_PACKET))
		{
			break;
		}
		count--;
	}
	return count;
}

/**
 * Print the rules of a place, in a chain of its own or at the start of one.
 */
static void print_rules(filtermode_ruleset_t *this, filtermode_place_t place,
						filtermode_by_t by, FILE *out)
{
	filtermode_settings_t *settings = this->settings;
	filtermode_rule_t *rule;
	u_int i, count = count_rules(settings, place);

	for (i = 0; i < count; i++)
	{
		rule = settings->rules.items[i];
		if (filtermode_rule_applies(rule, place, by))
		{
			filtermode_rule_print(rule, place, by, this->tun, out);
		}
	}
}

/**
 * Print the chains that the rules of a place use.
 */
static void print_rule_chains(filtermode_ruleset_t *this,
							  filtermode_place_t place, FILE *out)
{
	filtermode_settings_t *settings = this->settings;
	bool stateful = settings->stateful && place != FILTERMODE_REJECT_OUT;
	filtermode_rule_t *rule;
	u_int i, count = count_rules(settings, place);

	for (i = 0; i < count; i++)
	{
		rule = settings->rules.items[i];
		if (stateful ||
			filtermode_rule_applies(rule, place, FILTERMODE_BY_PACKET))
		{
			filtermode_rule_print_chain(rule, place, this->tun, out);
		}
	}
}

/**
 * Print a place without memory of connections.
 */
static void print_place(filtermode_ruleset_t *this, filtermode_place_t place,
						FILE *out)
{
	print_rule_chains(this, place, out);
	fprintf(out, "\tchain %s {\n", filtermode_places[place]);
	print_rules(this, place, FILTERMODE_BY_PACKET, out);
	fprintf(out, "\t}\n");
}

/**
 * Print a place where connections are what passes. Errors that the connection
 * doesn't decide are packets as any other.
 */
static void print_stateful(filtermode_ruleset_t *this, filtermode_place_t place,
						   FILE *out)
{
	static const char *const chains[] = {
		[FILTERMODE_BY_PACKET] = "rules",
		[FILTERMODE_BY_ANSWER] = "answers",
		[FILTERMODE_BY_ERROR] = "errors",
	};
	const char *dir = place == FILTERMODE_IPSEC_IN ? "in" : "out";
	filtermode_by_t by;

	print_rule_chains(this, place, out);
	for (by = 0; by < countof(chains); by++)
	{
		fprintf(out, "\tchain %s-%s {\n", chains[by], dir);
		print_rules(this, place, by, out);
		fprintf(out, "\t}\n");
	}
	fprintf(out, "\tchain %1$s {\n"
			"\t\tct state invalid counter drop comment \"invalid\"\n"
			"\t\tct direction reply jump answers-%2$s\n"
			"\t\tct direction original " FILTERMODE_ERRORS
			" jump errors-%2$s\n"
			"\t\tct direction original jump rules-%2$s\n"
			"\t\tct state related,untracked jump rules-%2$s\n"
			"\t}\n", filtermode_places[place], dir);
}

/**
 * Count lines, of which the last may be incomplete.
 */
static u_int count_lines(const char *text)
{
	u_int lines = 0;

	while (*text)
	{
		lines++;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

/**
 * Print mode ipsec.
 */
static void print_ipsec(filtermode_ruleset_t *this, const char *file, FILE *out)
{
	filtermode_settings_t *settings = this->settings;
	const char *def = filtermode_actions[settings->def];
	const char *log = settings->log_default
						? "\t\tjump " FILTERMODE_LOG_DEFAULT "\n" : "";
	filtermode_place_t place;
	filtermode_rule_t *rule;
	char *name;
	u_int i;

	print_devices(out);
	add_set(this, strdup("ipcomp"), NULL, TRUE, out);
	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (filtermode_names_peers(&rule->peers) &&
			asprintf(&name, FILTERMODE_RULE_SET, rule->section.name) > 0)
		{
			add_set(this, name, &rule->peers,
					rule->action == FILTERMODE_ACCEPT, out);
		}
	}
	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (rule->log)
		{
			filtermode_rule_print_log(rule, rule->action, out);
		}
	}
	if (settings->log_default)
	{
		filtermode_rule_print_log(NULL, settings->def, out);
	}
	if (settings->stateful)
	{
		for (i = 0; i < settings->rules.count; i++)
		{
			filtermode_rule_print_ports(settings->rules.items[i], out);
		}
		print_stateful(this, FILTERMODE_IPSEC_IN, out);
		print_stateful(this, FILTERMODE_IPSEC_OUT, out);
	}
	else
	{
		print_place(this, FILTERMODE_IPSEC_IN, out);
		print_place(this, FILTERMODE_IPSEC_OUT, out);
	}
	print_place(this, FILTERMODE_REJECT_OUT, out);
	/* ahead of the file: what that has in chains of the same names comes after
	 * the packets of IPsec have left these */
	fprintf(out, "\tchain before-nat {\n\t\t" UNTRACKED " goto ipsec-out\n"
			"%s\t\tgoto reject-out\n\t}\n",
			/* the connection is judged behind */
			settings->stateful ? "\t\tct direction reply accept\n"
								 "\t\t" FILTERMODE_ERRORS " accept\n" : "");
	print_bases(this, out, print_ipsec_base);
	if (file)
	{
		fflush(out);
		this->file_line = count_lines(this->text) + 1;
		this->file_lines = count_lines(file);
		fprintf(out, "%s\n", file);
	}
	for (place = FILTERMODE_IPSEC_IN; place <= FILTERMODE_IPSEC_OUT; place++)
	{
		fprintf(out, "\tchain %s {\n%s\t\tcounter %s comment \"default\"\n"
				"\t}\n", filtermode_places[place], log, def);
	}
}

/**
 * Print which packets are looked at in mode interfaces.
 */
static void print_interfaces_base(filtermode_ruleset_t *this, stage_t stage,
								  bool input, FILE *out)
{
	fprintf(out, stage == FROM_IPSEC
				? "\t\tmeta secpath exists jump tunnel-in\n"
			: stage == INTO_IPSEC
				? "\t\trt ipsec exists " UNTRACKED " jump tunnel-out\n"
				: "\t\trt ipsec exists jump tunnel-out\n");
	if (this->tun)
	{
		print_device(this->tun, stage == FROM_IPSEC, out);
		fprintf(out, stage == FROM_IPSEC ? "jump tunnel-in\n"
					: stage == INTO_IPSEC ? UNTRACKED " jump tunnel-out\n"
					: "jump tunnel-out\n");
	}
}

/**
 * Print the chain that drops what came out of, or goes into a policy's tunnel.
 */
static void print_tunnel_chain(filtermode_ruleset_t *this, bool in, FILE *out)
{
	const char *dir = in ? "in" : "out";

	fprintf(out, "\tchain tunnel-%s {\n", dir);
	if (this->tun)
	{
		print_device(this->tun, in, out);
		fprintf(out, BLOCK);
	}
	if (in)
	{
		/* its states are in tunnel mode, too; on the way out they aren't
		 * known yet, and those of a VTI never are */
		fprintf(out, "\t\tmeta iifkind \"xfrm\" return\n"
				"\t\tmeta sdif @" FILTERMODE_XFRMIS " return\n");
	}
	if (filtermode_names_peers(&this->settings->allow))
	{
		fprintf(out, "\t\tipsec %s reqid @allowed counter return "
				"comment \"allow_connections\"\n", dir);
	}
	filtermode_rule_print_tunnel(in, BLOCK, out);
	fprintf(out, "\t}\n");
}

/**
 * Print mode interfaces.
 */
static void print_interfaces(filtermode_ruleset_t *this, FILE *out)
{
	print_devices(out);
	if (filtermode_names_peers(&this->settings->allow))
	{
		add_set(this, strdup("allowed"), &this->settings->allow, TRUE, out);
	}
	print_tunnel_chain(this, TRUE, out);
	print_tunnel_chain(this, FALSE, out);
	print_bases(this, out, print_interfaces_base);
}

filtermode_ruleset_t *filtermode_ruleset_create(
								filtermode_settings_t *settings,
								const char *file, const char *tun)
{
	filtermode_ruleset_t *this;
	size_t len;
	FILE *out;

	INIT(this,
		.ref = 1,
		.settings = options_ref(settings),
		.tun = tun,
	);
	out = open_memstream(&this->text, &len);
	fprintf(out, "table inet %s {\n\tcomment \"" FILTERMODE_COMMENT "\"\n",
			settings->table);
	if (settings->mode == FILTERMODE_IPSEC)
	{
		print_ipsec(this, file, out);
	}
	else
	{
		print_interfaces(this, out);
	}
	fprintf(out, "}\n");
	fclose(out);
	return this;
}

/**
 * Words that a statement must not start with. What nft reads by itself isn't
 * what was checked, and may be gone or another when the table is installed
 * again; flags of the table may have it filter nothing.
 */
static const struct {
	const char *word;
	/** whether it is about the table only, outside all braces */
	bool outside;
	const char *wrong;
} refused[] = {
	{ "include", FALSE, "no other file can be included" },
	{ "flags", TRUE, "our table can't have flags" },
};

/**
 * Check the word that a statement starts with.
 *
 * @return			what is wrong with it, NULL if nothing
 */
static const char *check_word(const char *word, u_int depth)
{
	size_t len;
	int i;

	for (i = 0; i < countof(refused); i++)
	{
		len = strlen(refused[i].word);
		if (strneq(word, refused[i].word, len) &&
			!isalnum((u_char)word[len]) && !(depth && refused[i].outside))
		{
			return refused[i].wrong;
		}
	}
	return NULL;
}

const char *filtermode_ruleset_check_file(const char *file, u_int *line)
{
	static const char *unbalanced = "unbalanced brace or quote";
	bool quoted = FALSE, start = TRUE;
	const char *wrong;
	u_int depth = 0;

	for (*line = 1; *file; file++)
	{
		if (start && !quoted)
		{
			wrong = check_word(file, depth);
			if (wrong)
			{
				return wrong;
			}
		}
		start = strchr(start ? "\n;{} \t" : "\n;{}", *file) != NULL;
		switch (*file)
		{
			case '\n':
				++*line;
				break;
			case '"':
				quoted = !quoted;
				break;
			case '#':
				if (!quoted)
				{
					file += strcspn(file, "\n") - 1;
				}
				break;
			case '{':
				depth += !quoted;
				break;
			case '}':
				if (!quoted && !depth--)
				{
					return unbalanced;
				}
				break;
		}
	}
	return depth || quoted ? unbalanced : NULL;
}

/**
 * Read the file and check that it stays within our table.
 *
 * @param buf		gets what is wrong
 * @return			content, to be freed; NULL if anything is wrong
 */
static char *read_file(const char *path, char *buf, size_t len)
{
	const char *wrong;
	struct stat st;
	chunk_t *map;
	char *file;
	u_int line;

	/* others may have to be waited for, and the daemon would */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
	{
		snprintf(buf, len, "rules_file = \"%s\": not a regular file", path);
		return NULL;
	}
	map = chunk_map((char*)path, FALSE);
	if (!map)
	{
		snprintf(buf, len, "rules_file = \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	/* an empty file is mapped to nothing */
	file = strndup((char*)map->ptr ?: "", map->len);
	chunk_unmap(map);
	wrong = filtermode_ruleset_check_file(file, &line);
	if (wrong)
	{
		snprintf(buf, len, "rules_file = \"%s\": line %u: %s", path, line,
				 wrong);
		free(file);
		return NULL;
	}
	return file;
}

bool filtermode_ruleset_load(filtermode_settings_t *settings, const char *tun,
							 filtermode_ruleset_t **ruleset, char *buf,
							 size_t len)
{
	char *file = NULL;

	*ruleset = NULL;
	if (settings->mode == FILTERMODE_OFF)
	{
		return TRUE;
	}
	if (settings->mode == FILTERMODE_IPSEC && settings->rules_file)
	{
		file = read_file(settings->rules_file, buf, len);
		if (!file)
		{
			return FALSE;
		}
	}
	*ruleset = filtermode_ruleset_create(settings, file, tun);
	free(file);
	return TRUE;
}

filtermode_ruleset_t *filtermode_ruleset_ref(filtermode_ruleset_t *this)
{
	ref_get(&this->ref);
	return this;
}

/**
 * Free a set.
 */
static void set_destroy(filtermode_set_t *set, int idx, void *user)
{
	free(set->name);
	free(set);
}

void filtermode_ruleset_unref(filtermode_ruleset_t *this)
{
	if (this && ref_put(&this->ref))
	{
		array_destroy_function(this->sets, (array_callback_t)set_destroy,
							   NULL);
		options_unref(this->settings);
		free(this->text);
		free(this);
	}
}
