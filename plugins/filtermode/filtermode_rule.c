/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_rule.h"
#include "filtermode_ranges.h"

#include <protocol.h>

/**
 * Number of states a packet can have gone through, XFRM_MAX_DEPTH in the
 * kernel.
 */
#define STATES_MAX 6

const char *const filtermode_places[] = {
	[FILTERMODE_IPSEC_IN] = "ipsec-in",
	[FILTERMODE_IPSEC_OUT] = "ipsec-out",
	[FILTERMODE_REJECT_OUT] = "reject-out",
};

/**
 * Are packets there that came out of IPsec?
 */
static bool is_in(filtermode_place_t place)
{
	return place == FILTERMODE_IPSEC_IN;
}

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

bool filtermode_rule_applies(filtermode_rule_t *rule, filtermode_place_t place)
{
	return rule->direction == FILTERMODE_BOTH ||
		   (rule->direction == FILTERMODE_IN) == is_in(place);
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
 * Print the name of the chain that finds out.
 */
static void print_chain_name(filtermode_rule_t *rule, filtermode_place_t place,
							 FILE *out)
{
	fprintf(out, "%s-%s-%s",
			place == FILTERMODE_REJECT_OUT ? "reject" : "rule",
			rule->section.name, is_in(place) ? "in" : "out");
}

/**
 * Print what a matching packet meets: where it can't be rejected it is dropped,
 * and where it can, nothing else is decided.
 */
static void print_action(filtermode_rule_t *rule, filtermode_place_t place,
						 FILE *out)
{
	int action = rule->action;

	if (place == FILTERMODE_REJECT_OUT && action != FILTERMODE_REJECT)
	{
		fprintf(out, "accept\n");
		return;
	}
	if (place == FILTERMODE_IPSEC_OUT && action == FILTERMODE_REJECT)
	{
		action = FILTERMODE_DROP;
	}
	fprintf(out, "counter %s comment \"rules.%s\"\n",
			filtermode_actions[action], rule->section.name);
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
 *
 * @param tun		device that packets have to use, instead of being of the
 *					rule's connection; NULL for any
 * @param vrf		whether it is for an interface of the rule's kind in a VRF,
 *					which is the one that the packet seems to come from then
 */
static void print_statement(filtermode_rule_t *rule, filtermode_place_t place,
							int family, const char *tun, bool vrf, FILE *out)
{
	bool in = is_in(place);
	const char *dev = in ? "iifkind" : "oifkind";

	fprintf(out, "\t\t");
	if (vrf)
	{
		fprintf(out, "meta sdif @%s ", rule->kind == FILTERMODE_VTI
				? FILTERMODE_VTIS : FILTERMODE_XFRMIS);
	}
	else if (rule->kind == FILTERMODE_VTI)
	{
		fprintf(out, "meta %s { \"vti\", \"vti6\" } ", dev);
	}
	else if (rule->kind == FILTERMODE_XFRMI)
	{
		fprintf(out, "meta %s \"xfrm\" ", dev);
	}
	if (tun)
	{
		fprintf(out, "meta %s \"%s\" ", in ? "iif" : "oif", tun);
	}
	else
	{
		print_connection(rule, in, out);
	}
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
		fprintf(out, "jump ");
		print_chain_name(rule, place, out);
		fprintf(out, "\n");
	}
	else
	{
		print_action(rule, place, out);
	}
}

void filtermode_rule_print(filtermode_rule_t *rule, filtermode_place_t place,
						   const char *tun, FILE *out)
{
	static const int families[] = { AF_INET, AF_INET6 };
	bool any = !rule->src && !rule->dst;
	int i, family;

	for (i = 0; i < (any ? 1 : countof(families)); i++)
	{
		family = any ? AF_UNSPEC : families[i];
		if (!any && !has_family(rule, family))
		{
			continue;
		}
		print_statement(rule, place, family, NULL, FALSE, out);
		if (is_in(place) && (rule->kind == FILTERMODE_VTI ||
							 rule->kind == FILTERMODE_XFRMI))
		{
			print_statement(rule, place, family, NULL, TRUE, out);
		}
		if (tun && rule->connection && rule->action != FILTERMODE_ACCEPT)
		{	/* these might be the connection's */
			print_statement(rule, place, family, tun, FALSE, out);
		}
	}
}

void filtermode_rule_print_tunnel(bool in, const char *verdict, FILE *out)
{
	const char *dir = in ? "in" : "out", *addr = in ? "saddr" : "daddr";
	int i;

	for (i = 0; i < STATES_MAX; i++)
	{
		fprintf(out, "\t\tipsec %s spnum %d ip %s 0.0.0.0/0 %s", dir, i, addr,
				verdict);
		fprintf(out, "\t\tipsec %s spnum %d ip6 %s ::/0 %s", dir, i, addr,
				verdict);
	}
}

void filtermode_rule_print_chain(filtermode_rule_t *rule,
								 filtermode_place_t place, const char *tun,
								 FILE *out)
{
	bool in = is_in(place);
	char *action;
	size_t len;
	FILE *mem;

	if (!needs_chain(rule))
	{
		return;
	}
	mem = open_memstream(&action, &len);
	print_action(rule, place, mem);
	fclose(mem);
	fprintf(out, "\tchain ");
	print_chain_name(rule, place, out);
	fprintf(out, " {\n");
	if (in)
	{
		fprintf(out, "\t\tmeta iifkind \"xfrm\" return\n"
				"\t\tmeta sdif @" FILTERMODE_XFRMIS " return\n");
	}
	if (rule->kind == FILTERMODE_TUNNEL)
	{
		filtermode_rule_print_tunnel(in, action, out);
		if (tun)
		{
			fprintf(out, "\t\tmeta %s \"%s\" %s", in ? "iif" : "oif", tun,
					action);
		}
	}
	else
	{
		fprintf(out, "\t\t%s ipsec missing return\n", in ? "meta" : "rt");
		filtermode_rule_print_tunnel(in, "return\n", out);
		fprintf(out, "\t\t%s", action);
	}
	fprintf(out, "\t}\n");
	free(action);
}
