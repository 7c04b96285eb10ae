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

/**
 * Have those who opened the connection come out of IPsec, if they passed it?
 */
static bool opened_in(filtermode_place_t place, filtermode_by_t by)
{
	return is_in(place) == (by != FILTERMODE_BY_ANSWER);
}

bool filtermode_rule_applies(filtermode_rule_t *rule, filtermode_place_t place,
							 filtermode_by_t by)
{
	return rule->direction == FILTERMODE_BOTH ||
		   (rule->direction == FILTERMODE_IN) == opened_in(place, by);
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
 * and where it can, nothing else is decided. Errors of what is rejected pass:
 * they are how it is rejected.
 *
 * @param error		whether it is for ICMP errors of connections only
 */
static void print_action(filtermode_rule_t *rule, filtermode_place_t place,
						 bool error, FILE *out)
{
	int action = rule->action;

	if (error && action == FILTERMODE_REJECT)
	{
		fprintf(out, "accept\n");
		return;
	}
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
 * Name of the chain that logs what meets a rule, as a format for the rule's.
 */
#define RULE_LOG "log-%s"

void filtermode_rule_print_log(filtermode_rule_t *rule, int action, FILE *out)
{
	const char *prefix = "default", *name = "";

	fprintf(out, "\tchain ");
	if (rule)
	{
		name = rule->section.name;
		prefix = "rules.";
		fprintf(out, RULE_LOG, name);
	}
	else
	{
		fprintf(out, FILTERMODE_LOG_DEFAULT);
	}
	fprintf(out, " {\n%s\t\tlimit rate 10/second burst 20 packets "
			"log prefix \"filtermode %s%s %s: \"\n\t}\n",
			action == FILTERMODE_ACCEPT
				? "\t\tct state established,related return\n" : "",
			prefix, name, filtermode_actions[action]);
}

/**
 * Print which CHILD_SAs the rule is about. The set has those that a packet may
 * pass with: one that it doesn't know yet isn't accepted, and is dropped.
 */
static void print_peers(filtermode_rule_t *rule, bool in, FILE *out)
{
	if (filtermode_names_peers(&rule->peers))
	{
		fprintf(out, "ipsec %s reqid %s@" FILTERMODE_RULE_SET " ",
				in ? "in" : "out",
				rule->action == FILTERMODE_ACCEPT ? "" : "!= ",
				rule->section.name);
	}
}

/**
 * What nft calls an end of a packet, or of its connection.
 */
typedef struct {
	const char *tuple;
	bool source;
} end_t;

/**
 * Get who opened a connection, or who was meant. What passes IPsec is what
 * counts: ends are those after NAT, but for the source of what came out, which
 * isn't translated yet when its packets meet rules. In an answer's tuple they
 * are exchanged.
 */
static end_t get_end(filtermode_place_t place, filtermode_by_t by, bool source)
{
	if (by == FILTERMODE_BY_PACKET)
	{
		return (end_t){ "", source };
	}
	if (source && opened_in(place, by))
	{
		return (end_t){ "ct original ", TRUE };
	}
	return (end_t){ "ct reply ", !source };
}

/**
 * Print a match against those networks that are of a family, of which there is
 * one at least. They may overlap, which nft sorts out.
 *
 * @param networks	of traffic_selector_t*, NULL for any
 * @param source	whether it is about the source
 */
static void print_networks(linked_list_t *networks, int family,
						   filtermode_place_t place, filtermode_by_t by,
						   bool source, FILE *out)
{
	const size_t size = family == AF_INET ? 4 : 16;
	const end_t end = get_end(place, by, source);
	char addr[INET6_ADDRSTRLEN], *separator = "";
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	host_t *net;
	uint8_t mask;

	if (!networks)
	{
		return;
	}
	fprintf(out, "%s%s %s { ", end.tuple, family == AF_INET ? "ip" : "ip6",
			end.source ? "saddr" : "daddr");
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
 * Print the name of a set of ports.
 */
static void print_ports_name(filtermode_rule_t *rule, bool source, FILE *out)
{
	fprintf(out, "ports-%s-%s", rule->section.name, source ? "src" : "dst");
}

/**
 * Print a match against ports.
 *
 * @param ports		NULL for any
 * @param source	whether it is about the source
 */
static void print_ports(filtermode_rule_t *rule, const char *ports,
						filtermode_place_t place, filtermode_by_t by,
						bool source, FILE *out)
{
	const end_t end = get_end(place, by, source);

	if (!ports)
	{
		return;
	}
	if (by == FILTERMODE_BY_PACKET)
	{
		fprintf(out, "th %s { %s } ", source ? "sport" : "dport", ports);
		return;
	}
	/* nft can't list these ports in a set without a name */
	fprintf(out, "%sproto-%s @", end.tuple, end.source ? "src" : "dst");
	print_ports_name(rule, source, out);
	fprintf(out, " ");
}

void filtermode_rule_print_ports(filtermode_rule_t *rule, FILE *out)
{
	const char *ports[] = { rule->dst_port, rule->src_port };
	int i;

	for (i = 0; i < countof(ports); i++)
	{
		if (!ports[i])
		{
			continue;
		}
		fprintf(out, "\tset ");
		print_ports_name(rule, i, out);
		/* constant, as its elements aren't part of what is watched */
		fprintf(out, " {\n\t\ttype inet_service\n"
				"\t\tflags constant, interval\n\t\tauto-merge\n"
				"\t\telements = { %s }\n\t}\n", ports[i]);
	}
}

/**
 * Print a match against protocol and ports. Ports of the connection that an
 * ICMP error is about can't be looked at, as nft has them as those of a packet
 * of its protocol only.
 *
 * @param error		whether it is for ICMP errors of connections only
 */
static void print_protocol(filtermode_rule_t *rule, filtermode_place_t place,
						   filtermode_by_t by, bool error, FILE *out)
{
	bool ports = rule->src_port || rule->dst_port;

	if (error)
	{
		fprintf(out, FILTERMODE_ERRORS " ");
	}
	if (rule->l4proto)
	{
		fprintf(out, "%s %u ", by == FILTERMODE_BY_PACKET || (ports && !error)
				? "meta l4proto" : "ct protocol", rule->l4proto);
	}
	if (!error)
	{
		print_ports(rule, rule->src_port, place, by, TRUE, out);
		print_ports(rule, rule->dst_port, place, by, FALSE, out);
	}
}

/**
 * Print a statement, for one address family or for AF_UNSPEC.
 *
 * @param log		whether it is to log only
 * @param error		whether it is for ICMP errors of connections only
 * @param tun		device that packets have to use, instead of being of the
 *					rule's peers; NULL for any
 * @param vrf		whether it is for an interface of the rule's kind in a VRF,
 *					which is the one that the packet seems to come from then
 */
static void print_statement(filtermode_rule_t *rule, filtermode_place_t place,
							filtermode_by_t by, bool log, bool error,
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
		print_peers(rule, in, out);
	}
	print_networks(rule->src, family, place, by, TRUE, out);
	print_networks(rule->dst, family, place, by, FALSE, out);
	print_protocol(rule, place, by, error, out);
	if (log)
	{
		fprintf(out, "jump " RULE_LOG "\n", rule->section.name);
	}
	else if (needs_chain(rule) &&
			 !(error && rule->action == FILTERMODE_REJECT))
	{
		fprintf(out, "jump ");
		print_chain_name(rule, place, out);
		fprintf(out, "\n");
	}
	else
	{
		print_action(rule, place, error, out);
	}
}

/**
 * Is what matches to be logged at a place? Nothing is decided but to reject
 * where that has to be.
 */
static bool is_logged(filtermode_rule_t *rule, filtermode_place_t place)
{
	return rule->log && (place != FILTERMODE_REJECT_OUT ||
						 rule->action == FILTERMODE_REJECT);
}

/**
 * Print a statement, after one that logs if there has to be one.
 */
static void print_logged(filtermode_rule_t *rule, filtermode_place_t place,
						 filtermode_by_t by, bool error, int family,
						 const char *tun, bool vrf, FILE *out)
{
	/* where it takes a chain to find out, that does it */
	if (is_logged(rule, place) && !error && !needs_chain(rule))
	{
		print_statement(rule, place, by, TRUE, error, family, tun, vrf, out);
	}
	print_statement(rule, place, by, FALSE, error, family, tun, vrf, out);
}

/**
 * Print statements for one address family or for AF_UNSPEC.
 *
 * @param error		whether they are for ICMP errors of connections only
 */
static void print_family(filtermode_rule_t *rule, filtermode_place_t place,
						 filtermode_by_t by, bool error, int family,
						 const char *tun, FILE *out)
{
	print_logged(rule, place, by, error, family, NULL, FALSE, out);
	if (is_in(place) && (rule->kind == FILTERMODE_VTI ||
						 rule->kind == FILTERMODE_XFRMI))
	{
		print_logged(rule, place, by, error, family, NULL, TRUE, out);
	}
	if (tun && filtermode_names_peers(&rule->peers) &&
		rule->action != FILTERMODE_ACCEPT)
	{	/* these might be theirs */
		print_logged(rule, place, by, error, family, tun, FALSE, out);
	}
}

/**
 * Do ICMP errors take statements of their own? A rule that drops those to some
 * ports has to leave errors alone, as these may be about others.
 */
static bool has_errors(filtermode_rule_t *rule, filtermode_by_t by)
{
	bool ports = rule->src_port || rule->dst_port;

	switch (rule->action)
	{
		case FILTERMODE_REJECT:
			return TRUE;
		case FILTERMODE_DROP:
			return by == FILTERMODE_BY_ERROR && !ports;
		default:
			return by == FILTERMODE_BY_ERROR || ports;
	}
}

void filtermode_rule_print(filtermode_rule_t *rule, filtermode_place_t place,
						   filtermode_by_t by, const char *tun, FILE *out)
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
		if (by != FILTERMODE_BY_PACKET && has_errors(rule, by))
		{
			print_family(rule, place, by, TRUE, family, tun, out);
		}
		if (by != FILTERMODE_BY_ERROR)
		{
			print_family(rule, place, by, FALSE, family, tun, out);
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
	char *action, log[BUF_LEN];
	size_t len;
	FILE *mem;

	if (!needs_chain(rule))
	{
		return;
	}
	mem = open_memstream(&action, &len);
	print_action(rule, place, FALSE, mem);
	fclose(mem);
	snprintf(log, sizeof(log), "jump " RULE_LOG "\n", rule->section.name);
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
		if (is_logged(rule, place))
		{
			filtermode_rule_print_tunnel(in, log, out);
		}
		filtermode_rule_print_tunnel(in, action, out);
		if (tun && is_logged(rule, place))
		{
			fprintf(out, "\t\tmeta %s \"%s\" %s", in ? "iif" : "oif", tun,
					log);
		}
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
		if (is_logged(rule, place))
		{
			fprintf(out, "\t\t%s", log);
		}
		fprintf(out, "\t\t%s", action);
	}
	fprintf(out, "\t}\n");
	free(action);
}
