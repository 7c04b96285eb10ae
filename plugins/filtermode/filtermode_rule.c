/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_rule.h"

#include <selectors/traffic_selector.h>

#include <arpa/inet.h>

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
	if (rule->connections)
	{
		fprintf(out, "ipsec %s reqid %s@" FILTERMODE_RULE_SET " ",
				in ? "in" : "out",
				rule->action == FILTERMODE_ACCEPT ? "" : "!= ",
				rule->section.name);
	}
}

/**
 * Print a match against those networks that are of a family, of which there is
 * one at least. They may overlap, which nft sorts out.
 *
 * @param networks	of traffic_selector_t*, NULL for any
 * @param field		saddr or daddr
 */
static void print_networks(linked_list_t *networks, int family,
						   const char *field, FILE *out)
{
	const size_t size = family == AF_INET ? 4 : 16;
	char addr[INET6_ADDRSTRLEN], *separator = "";
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	host_t *net;
	uint8_t mask;

	if (!networks)
	{
		return;
	}
	fprintf(out, "%s %s { ", family == AF_INET ? "ip" : "ip6", field);
	enumerator = networks->create_enumerator(networks);
	while (enumerator->enumerate(enumerator, &ts))
	{
		if (ts->get_from_address(ts).len != size)
		{
			continue;
		}
		fprintf(out, "%s%s", separator,
				inet_ntop(family, ts->get_from_address(ts).ptr, addr,
						  sizeof(addr)));
		if (!ts->to_subnet(ts, &net, &mask))
		{
			fprintf(out, "-%s", inet_ntop(family, ts->get_to_address(ts).ptr,
										  addr, sizeof(addr)));
		}
		else if (mask < size * 8)
		{
			fprintf(out, "/%u", mask);
		}
		net->destroy(net);
		separator = ", ";
	}
	enumerator->destroy(enumerator);
	fprintf(out, " } ");
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
	print_networks(rule->src, family, "saddr", out);
	print_networks(rule->dst, family, "daddr", out);
	if (rule->l4proto)
	{
		fprintf(out, "meta l4proto %u ", rule->l4proto);
	}
	if (rule->src_port)
	{
		fprintf(out, "th sport { %s } ", rule->src_port);
	}
	if (rule->dst_port)
	{
		fprintf(out, "th dport { %s } ", rule->dst_port);
	}
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
	bool any = !rule->src && !rule->dst, can[] = { rule->ipv4, rule->ipv6 };
	int i, family;

	for (i = 0; i < (any ? 1 : countof(can)); i++)
	{
		family = any ? AF_UNSPEC : i ? AF_INET6 : AF_INET;
		if (!can[i])
		{
			continue;
		}
		print_statement(rule, place, family, NULL, FALSE, out);
		if (is_in(place) && (rule->kind == FILTERMODE_VTI ||
							 rule->kind == FILTERMODE_XFRMI))
		{
			print_statement(rule, place, family, NULL, TRUE, out);
		}
		if (tun && rule->connections && rule->action != FILTERMODE_ACCEPT)
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
