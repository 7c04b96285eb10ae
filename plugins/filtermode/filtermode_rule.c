/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_rule.h"
#include "filtermode_ranges.h"

#include <protocol.h>

/**
 * Number of states a packet can have gone through, XFRM_MAX_DEPTH in the
 * kernel.
 */
#define STATES_MAX 6

/**
 * Enumerate the parts of a list of ports.
 */
static enumerator_t *ports_enumerator(filtermode_rule_t *rule)
{
	return enumerator_create_token(rule->ports, ",", " \t");
}

/**
 * Say which ports are accepted.
 */
static void add_ports_error(option_errors_t *errors, const char *path,
							const char *value)
{
	errors->add(errors, path, value, "expected ports from 1-65535 and ranges "
				"of them, comma separated");
}

/**
 * Check protocol and ports.
 */
static void check_ports(filtermode_rule_t *rule, option_errors_t *errors)
{
	enumerator_t *enumerator;
	port_range_t range;
	uint8_t protocol = 0;
	char path[BUF_LEN], *port;
	bool any = FALSE;

	if (rule->protocol)
	{
		protocol = protocol_parse(rule->protocol);
		if (!protocol)
		{
			snprintf(path, sizeof(path), "rules.%s.protocol",
					 rule->section.name);
			errors->add(errors, path, rule->protocol, "expected the name of a "
						"protocol or a number from 1-255");
			return;
		}
	}
	if (!rule->ports)
	{
		return;
	}
	snprintf(path, sizeof(path), "rules.%s.ports", rule->section.name);
	if (!protocol_has_ports(protocol))
	{
		errors->add(errors, path, rule->ports, "expected together with "
					"protocol tcp, udp, sctp, dccp or udplite");
		return;
	}
	enumerator = ports_enumerator(rule);
	while (enumerator->enumerate(enumerator, &port))
	{
		any = TRUE;
		if (!port_range_parse(port, &range))
		{
			add_ports_error(errors, path, port);
		}
	}
	enumerator->destroy(enumerator);
	if (!any)
	{
		add_ports_error(errors, path, rule->ports);
	}
}

/**
 * Can a packet of this address family match?
 */
static bool has_family(filtermode_rule_t *rule, int family)
{
	return (!rule->src || filtermode_ranges_have(rule->src, family)) &&
		   (!rule->dst || filtermode_ranges_have(rule->dst, family));
}

/*
 * Described in header
 */
void filtermode_rule_check(filtermode_rule_t *rule, option_errors_t *errors)
{
	char path[BUF_LEN];

	check_ports(rule, errors);
	if (!has_family(rule, AF_INET) && !has_family(rule, AF_INET6))
	{
		snprintf(path, sizeof(path), "rules.%s", rule->section.name);
		errors->add(errors, path, NULL, "no network in src is of the same "
					"address family as one in dst");
	}
}

/*
 * Described in header
 */
bool filtermode_rule_applies(filtermode_rule_t *rule, bool in)
{
	return rule->direction == FILTERMODE_BOTH ||
		   (rule->direction == FILTERMODE_IN) == in;
}

/**
 * Does the kind take a chain to find out?
 */
static bool needs_chain(filtermode_rule_t *rule)
{
	return rule->kind == FILTERMODE_TUNNEL ||
		   rule->kind == FILTERMODE_TRANSPORT;
}

/**
 * Print what a matching packet meets.
 */
static void print_action(filtermode_rule_t *rule, FILE *out)
{
	fprintf(out, "counter %s comment \"rules.%s\"\n",
			filtermode_actions[rule->action], rule->section.name);
}

/**
 * Print which CHILD_SAs the rule is about. The set has those that a packet may
 * pass with: one that it doesn't know yet isn't accepted, and is dropped.
 */
static void print_connection(filtermode_rule_t *rule, bool in, FILE *out)
{
	if (rule->connection)
	{
		fprintf(out, "ipsec %s reqid %s@" FILTERMODE_RULE_SET " ",
				in ? "in" : "out",
				rule->action == FILTERMODE_ACCEPT ? "" : "!= ",
				rule->section.name);
	}
}

/**
 * Print protocol and destination ports.
 */
static void print_ports(filtermode_rule_t *rule, FILE *out)
{
	enumerator_t *enumerator;
	char *port, *separator = "";

	if (rule->protocol)
	{
		fprintf(out, "meta l4proto %u ", protocol_parse(rule->protocol));
	}
	if (rule->ports)
	{
		fprintf(out, "th dport { ");
		enumerator = ports_enumerator(rule);
		while (enumerator->enumerate(enumerator, &port))
		{
			fprintf(out, "%s%s", separator, port);
			separator = ", ";
		}
		enumerator->destroy(enumerator);
		fprintf(out, " } ");
	}
}

/**
 * Print a statement, for one address family or for AF_UNSPEC.
 */
static void print_statement(filtermode_rule_t *rule, bool in, int family,
							FILE *out)
{
	const char *dev = in ? "iifkind" : "oifkind";

	fprintf(out, "\t\t");
	if (rule->kind == FILTERMODE_VTI)
	{
		fprintf(out, "meta %s { \"vti\", \"vti6\" } ", dev);
	}
	else if (rule->kind == FILTERMODE_XFRMI)
	{
		fprintf(out, "meta %s \"xfrm\" ", dev);
	}
	print_connection(rule, in, out);
	if (rule->src)
	{
		filtermode_ranges_print(rule->src, family, "saddr", out);
	}
	if (rule->dst)
	{
		filtermode_ranges_print(rule->dst, family, "daddr", out);
	}
	print_ports(rule, out);
	if (needs_chain(rule))
	{
		fprintf(out, "jump rule-%s-%s\n", rule->section.name,
				in ? "in" : "out");
	}
	else
	{
		print_action(rule, out);
	}
}

/*
 * Described in header
 */
void filtermode_rule_print(filtermode_rule_t *rule, bool in, FILE *out)
{
	if (!rule->src && !rule->dst)
	{
		print_statement(rule, in, AF_UNSPEC, out);
		return;
	}
	if (has_family(rule, AF_INET))
	{
		print_statement(rule, in, AF_INET, out);
	}
	if (has_family(rule, AF_INET6))
	{
		print_statement(rule, in, AF_INET6, out);
	}
}

/*
 * Described in header
 */
void filtermode_rule_print_tunnel(bool in, const char *verdict, FILE *out)
{
	const char *dir = in ? "in" : "out", *addr = in ? "saddr" : "daddr";
	int i;

	for (i = 0; i < STATES_MAX; i++)
	{
		fprintf(out, "\t\tipsec %s spnum %d ip %s 0.0.0.0/0 %s\n", dir, i,
				addr, verdict);
		fprintf(out, "\t\tipsec %s spnum %d ip6 %s ::/0 %s\n", dir, i, addr,
				verdict);
	}
}

/*
 * Described in header
 */
void filtermode_rule_print_chain(filtermode_rule_t *rule, bool in, FILE *out)
{
	char verdict[BUF_LEN];

	if (!needs_chain(rule))
	{
		return;
	}
	fprintf(out, "\tchain rule-%s-%s {\n", rule->section.name,
			in ? "in" : "out");
	if (in)
	{
		fprintf(out, "\t\tmeta iifkind \"xfrm\" return\n");
	}
	if (rule->kind == FILTERMODE_TUNNEL)
	{
		snprintf(verdict, sizeof(verdict), "counter %s comment \"rules.%s\"",
				 filtermode_actions[rule->action], rule->section.name);
		filtermode_rule_print_tunnel(in, verdict, out);
	}
	else
	{
		fprintf(out, "\t\t%s ipsec missing return\n", in ? "meta" : "rt");
		filtermode_rule_print_tunnel(in, "return", out);
		fprintf(out, "\t\t");
		print_action(rule, out);
	}
	fprintf(out, "\t}\n");
}
