/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_settings.h"

#include <option_value.h>
#include <protocol.h>
#include <selectors/traffic_selector.h>

#include <ctype.h>
#include <stdio.h>

const char *const filtermode_modes[] = { "off", "ipsec", "interfaces", NULL };
const char *const filtermode_actions[] = { "accept", "drop", "reject", NULL };

static const char *const defaults[] = { "accept", "drop", NULL };

static const char *const directions[] = { "both", "in", "out", NULL };

static const char *const kinds[] = {
	"any", "tunnel", "transport", "vti", "xfrmi", NULL
};

const char *const filtermode_on_stops[] = { "remove", "keep", NULL };

const char *const filtermode_families[] = { "inet", "ip", "ip6", NULL };

static const char *const whats[] = { "addresses", "networks", NULL };

/**
 * Longest name of a table or a rule. nft itself accepts more, but names of
 * rules become part of others.
 */
#define NAME_MAX_LEN 64

static const option_t rule_options[] = {
	OPTION(filtermode_rule_t, direction, ENUM, .names = directions,
		   .def = "both"),
	OPTION(filtermode_rule_t, src, SUBNETS),
	OPTION(filtermode_rule_t, dst, SUBNETS),
	OPTION(filtermode_rule_t, protocol, STRING),
	OPTION(filtermode_rule_t, src_port, STRING),
	OPTION(filtermode_rule_t, dst_port, STRING, .was = "ports"),
	OPTION(filtermode_rule_t, kind, ENUM, .was = "mode", .names = kinds,
		   .def = "any"),
	OPTION_AS("connections", filtermode_rule_t, peers.connections, GLOBS,
			  .was = "connection"),
	OPTION_AS("ids", filtermode_rule_t, peers.ids, GLOBS),
	OPTION_AS("groups", filtermode_rule_t, peers.groups, GLOBS),
	OPTION(filtermode_rule_t, action, ENUM, .names = filtermode_actions),
	OPTION(filtermode_rule_t, log, BOOL, .def = "no"),
};

static void check_rule(void *config, option_errors_t *errors);

static const options_schema_t rule_schema = {
	.size = sizeof(filtermode_rule_t),
	.options = rule_options,
	.count = countof(rule_options),
	.check = check_rule,
};

static const option_t target_options[] = {
	OPTION(filtermode_target_t, table, STRING),
	OPTION(filtermode_target_t, set, STRING),
	PEER_MATCH_OPTIONS(filtermode_target_t, peers, "groups"),
	OPTION(filtermode_target_t, what, ENUM, .names = whats,
		   .def = "addresses"),
};

static void check_target(void *config, option_errors_t *errors);

static const options_schema_t target_schema = {
	.size = sizeof(filtermode_target_t),
	.options = target_options,
	.count = countof(target_options),
	.check = check_target,
};

static const option_t options[] = {
	OPTION(filtermode_settings_t, mode, ENUM, .names = filtermode_modes,
		   .def = "off"),
	OPTION_AS("default", filtermode_settings_t, def, ENUM, .names = defaults,
			  .def = "accept"),
	OPTION(filtermode_settings_t, log_default, BOOL, .def = "no"),
	OPTION(filtermode_settings_t, stateful, BOOL, .def = "yes"),
	OPTION(filtermode_settings_t, rules, SECTIONS, .section = &rule_schema,
		   .max = FILTERMODE_RULES_MAX),
	OPTION(filtermode_settings_t, rules_file, STRING),
	OPTION_AS("allow_connections", filtermode_settings_t, allow.connections,
			  GLOBS, .was = "allow"),
	OPTION_AS("allow_ids", filtermode_settings_t, allow.ids, GLOBS),
	OPTION_AS("allow_groups", filtermode_settings_t, allow.groups, GLOBS),
	OPTION(filtermode_settings_t, refuse_blocked, BOOL, .was = "reject",
		   .def = "no"),
	OPTION(filtermode_settings_t, table, STRING, .def = "charon_filtermode"),
	OPTION(filtermode_settings_t, priority, STRING, .def = "-10"),
	OPTION(filtermode_settings_t, on_stop, ENUM, .names = filtermode_on_stops,
		   .def = "remove"),
	OPTION(filtermode_settings_t, sets, SECTIONS, .section = &target_schema,
		   .max = FILTERMODE_SETS_MAX),
};

bool filtermode_names_peers(const peer_match_t *peers)
{
	return peers->connections || peers->ids || peers->groups;
}

/**
 * Parse the priority of chains.
 *
 * @return			FALSE if it isn't one
 */
static bool parse_priority(const char *str, int *priority)
{
	bool negative = *str == '-';
	uint32_t number;

	if (!option_number_parse(str + negative, 0, FILTERMODE_PRIORITY_MAX,
							 &number))
	{
		return FALSE;
	}
	*priority = negative ? -(int)number : number;
	return TRUE;
}

/**
 * Is this a name that nft takes as it is, and that can't end its statement?
 */
static bool is_name(const char *str)
{
	const char *pos;

	for (pos = str; isalnum((u_char)*pos) || *pos == '_' || *pos == '-'; pos++)
	{
	}
	return !*pos && isalpha((u_char)*str) && pos - str <= NAME_MAX_LEN;
}

/**
 * Check src_port or dst_port, and write it as nft takes it.
 *
 * @param value		option's value, NULL if it isn't set
 */
static void check_ports(filtermode_rule_t *rule, const char *key, char **value,
						option_errors_t *errors)
{
	static const char *expected = "expected ports from 1-65535 and ranges of "
								  "them, comma separated";
	enumerator_t *enumerator;
	port_range_t range;
	char *port, *ports;
	size_t len;
	FILE *out;

	if (!*value)
	{
		return;
	}
	if (!protocol_has_ports(rule->l4proto))
	{
		errors->add(errors, key, *value, "expected together with "
					"protocol tcp, udp, sctp, dccp or udplite");
		return;
	}
	out = open_memstream(&ports, &len);
	enumerator = enumerator_create_token(*value, ",", " \t");
	while (enumerator->enumerate(enumerator, &port))
	{
		if (!port_range_parse(port, &range))
		{
			errors->add(errors, key, port, "%s", expected);
		}
		fprintf(out, "%s%s", ftell(out) ? ", " : "", port);
	}
	enumerator->destroy(enumerator);
	fclose(out);
	if (!len)
	{
		errors->add(errors, key, *value, "%s", expected);
	}
	free(*value);
	*value = ports;
}

/**
 * Are there networks of an address family?
 *
 * @param networks	NULL for any
 */
static bool has_type(linked_list_t *networks, ts_type_t type)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	bool found = !networks;

	if (networks)
	{
		enumerator = networks->create_enumerator(networks);
		while (!found && enumerator->enumerate(enumerator, &ts))
		{
			found = ts->get_type(ts) == type;
		}
		enumerator->destroy(enumerator);
	}
	return found;
}

/**
 * Check a rule, and fill in what its values mean.
 */
static void check_rule(void *config, option_errors_t *errors)
{
	filtermode_rule_t *rule = config;

	if (!is_name(rule->section.name))
	{
		errors->add(errors, "", NULL, "expected a name of letters, digits, _ "
					"and -, of at most %d characters", NAME_MAX_LEN);
	}
	if (rule->action == OPTION_UNSET_ENUM)
	{
		errors->add(errors, "action", NULL, "missing, expected accept, drop or "
					"reject");
	}
	if (filtermode_names_peers(&rule->peers) &&
		rule->kind != FILTERMODE_TUNNEL && rule->kind != FILTERMODE_TRANSPORT)
	{
		errors->add(errors, rule->peers.connections ? "connections"
					: rule->peers.ids ? "ids" : "groups", NULL, "expected "
					"together with kind tunnel or transport, as other packets "
					"don't show their CHILD_SA");
	}
	rule->l4proto = rule->protocol ? protocol_parse(rule->protocol) : 0;
	if (rule->protocol && !rule->l4proto)
	{
		errors->add(errors, "protocol", rule->protocol, "expected the name of "
					"a protocol or a number from 1-255");
	}
	else
	{
		check_ports(rule, "src_port", &rule->src_port, errors);
		check_ports(rule, "dst_port", &rule->dst_port, errors);
	}
	rule->ipv4 = has_type(rule->src, TS_IPV4_ADDR_RANGE) &&
				 has_type(rule->dst, TS_IPV4_ADDR_RANGE);
	rule->ipv6 = has_type(rule->src, TS_IPV6_ADDR_RANGE) &&
				 has_type(rule->dst, TS_IPV6_ADDR_RANGE);
	if (!rule->ipv4 && !rule->ipv6)
	{
		errors->add(errors, "", NULL, "no network in src is of the same "
					"address family as one in dst");
	}
}

/**
 * Check the table of a set, and write it with its family.
 *
 * @param value		option's value
 */
static void check_table(char **value, option_errors_t *errors)
{
	const char *const *family = filtermode_families;
	char *name = strchr(*value, ' '), *table;
	size_t len = name ? name - *value : 0;

	while (name && *family &&
		   (strlen(*family) != len || !strneq(*family, *value, len)))
	{
		family++;
	}
	name = name ? name + 1 : *value;
	if (!*family || !is_name(name))
	{
		errors->add(errors, "table", *value, "expected a table's name of "
					"letters, digits, _ and -, of at most %d characters, after "
					"its family (inet, ip or ip6) and a space unless that is "
					"inet", NAME_MAX_LEN);
	}
	else if (asprintf(&table, "%s %s", *family, name) > 0)
	{
		free(*value);
		*value = table;
	}
}

/**
 * Check a set.
 */
static void check_target(void *config, option_errors_t *errors)
{
	filtermode_target_t *target = config;

	if (!is_name(target->section.name))
	{
		errors->add(errors, "", NULL, "expected a name of letters, digits, _ "
					"and -, of at most %d characters", NAME_MAX_LEN);
	}
	if (!target->table)
	{
		errors->add(errors, "table", NULL, "missing, expected the name of a "
					"table");
	}
	else
	{
		check_table(&target->table, errors);
	}
	if (!target->set)
	{
		errors->add(errors, "set", NULL, "missing, expected the name of a set "
					"in that table");
	}
	else if (!is_name(target->set))
	{
		errors->add(errors, "set", target->set, "expected a set's name of "
					"letters, digits, _ and -, of at most %d characters",
					NAME_MAX_LEN);
	}
	peer_match_check(&target->peers, "groups", errors);
}

/**
 * Check that no set is filled twice, or is in our own table.
 */
static void check_targets(filtermode_settings_t *settings,
						  option_errors_t *errors)
{
	filtermode_target_t *target, *other;
	char key[BUF_LEN];
	u_int i, j;

	for (i = 0; i < settings->sets.count; i++)
	{
		target = settings->sets.items[i];
		snprintf(key, sizeof(key), "sets.%s.table", target->section.name);
		if (strpfx(target->table, "inet ") &&
			streq(strchr(target->table, ' ') + 1, settings->table))
		{
			errors->add(errors, key, target->table, "expected another table "
						"than ours");
		}
		snprintf(key, sizeof(key), "sets.%s.set", target->section.name);
		for (j = 0; j < i; j++)
		{
			other = settings->sets.items[j];
			if (streq(target->table, other->table) &&
				streq(target->set, other->set))
			{
				errors->add(errors, key, target->set, "expected another set "
							"than that of sets.%s", other->section.name);
			}
		}
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	filtermode_settings_t *settings = config;

	if (settings->rules_file &&
		(*settings->rules_file != '/' ||
		 settings->rules_file[strcspn(settings->rules_file, "\"\n")]))
	{
		errors->add(errors, "rules_file", settings->rules_file,
					"expected an absolute path");
	}
	if (!is_name(settings->table))
	{
		errors->add(errors, "table", settings->table, "expected a name of "
					"letters, digits, _ and -, of at most %d characters",
					NAME_MAX_LEN);
	}
	if (!parse_priority(settings->priority, &settings->hook_priority))
	{
		errors->add(errors, "priority", settings->priority, "expected a number "
					"from -%d to %d", FILTERMODE_PRIORITY_MAX,
					FILTERMODE_PRIORITY_MAX);
	}
	check_targets(settings, errors);
}

const options_schema_t filtermode_schema = {
	.name = "filtermode",
	.size = sizeof(filtermode_settings_t),
	.options = options,
	.count = countof(options),
	.check = check,
};
