/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_match.h"
#include "bypass_notices.h"

#include <math.h>
#include <netinet/in.h>

/**
 * Share of all addresses from which on they are considered to be any address,
 * however they are written.
 */
#define ANY 0.99

/**
 * Where to report what is wrong with an option.
 */
typedef struct {
	const bypass_rule_t *rule;
	option_errors_t *errors;
	array_t *notices;
	const char *key;
} report_t;

/**
 * Networks of a list that have something in common.
 */
typedef struct {
	/** by family: IPv4, IPv6 */
	u_int count[2];
	/** how much of all addresses they are, at least if they don't overlap */
	double share[2];
	bool interface;
} summary_t;

/**
 * Write the path of an option of the rule, or of the rule if key is NULL.
 */
static void get_path(report_t *report, const char *key, char path[BUF_LEN])
{
	snprintf(path, BUF_LEN, "rules.%s%s%s", report->rule->section.name,
			 key ? "." : "", key ?: "");
}

/**
 * Add an error about an option of the rule, or the rule if key is NULL.
 */
static void reject(report_t *report, const char *key, const char *value,
				   const char *message)
{
	char path[BUF_LEN];

	get_path(report, key, path);
	report->errors->add(report->errors, path, value, "%s", message);
}

/**
 * Implementation of bypass_nets_cb_t.
 */
static void report_item(void *data, const char *item, const char *where,
						const bypass_prefix_t *taken)
{
	report_t *report = data;
	traffic_selector_t *ts;
	char path[BUF_LEN];

	get_path(report, report->key, path);
	if (!taken)
	{
		report->errors->add(report->errors, path, item,
							"%s%s%s", where ?: "", where ? ", " : "",
							BYPASS_NETS_EXPECTED);
	}
	else
	{
		ts = bypass_prefix_to_ts(taken, 0, 0, UINT16_MAX);
		bypass_notices_add(report->notices, "%s: %s%s%s has host bits set, "
						   "taken as %R", path, where ?: "", where ? ": " : "",
						   item, ts);
		ts->destroy(ts);
	}
}

/**
 * Parse src or dst.
 */
static array_t *parse_nets(report_t *report, const char *key, const char *str)
{
	char path[BUF_LEN];

	report->key = key;
	if (!str)
	{
		reject(report, key, NULL, "missing, " BYPASS_NETS_EXPECTED);
	}
	get_path(report, key, path);
	return bypass_nets_parse(str ?: "", report->errors, path, report_item,
							 report);
}

/**
 * Parse src_port or dst_port.
 */
static port_range_t parse_ports(report_t *report, const char *key,
								  const char *str, uint8_t protocol)
{
	port_range_t ports = { 0, UINT16_MAX };

	if (str && !protocol_has_ports(protocol))
	{
		reject(report, key, str, "expected together with protocol tcp, udp, "
			   "dccp, sctp or udplite only");
	}
	else if (str && !port_range_parse(str, &ports))
	{
		reject(report, key, str, "expected a port from 1-65535 or a range of "
			   "them");
	}
	return ports;
}

/**
 * Parse protocol, ports and ICMP type.
 */
static void parse_protocol(report_t *report, bypass_match_t *match)
{
	const bypass_rule_t *rule = report->rule;

	if (rule->protocol)
	{
		match->protocol = protocol_parse(rule->protocol);
		if (!match->protocol)
		{
			reject(report, "protocol", rule->protocol, "expected the name of "
				   "a protocol or 1-255");
			return;
		}
	}
	match->src_port = parse_ports(report, "src_port", rule->src_port,
								  match->protocol);
	match->dst_port = parse_ports(report, "dst_port", rule->dst_port,
								  match->protocol);
	if (rule->icmp_type != OPTION_UNSET && match->protocol != IPPROTO_ICMP &&
		match->protocol != IPPROTO_ICMPV6)
	{
		reject(report, "icmp_type", NULL, "expected together with protocol "
			   "icmp or icmpv6 only");
	}
}

/**
 * Summarise a list of networks.
 */
static summary_t summarise(array_t *nets)
{
	summary_t summary = {};
	enumerator_t *enumerator;
	bypass_net_t *net;
	int family;

	enumerator = array_create_enumerator(nets);
	while (enumerator->enumerate(enumerator, &net))
	{
		if (*net->ifname)
		{
			summary.interface = TRUE;
		}
		else
		{
			family = net->prefix.family == AF_INET6;
			summary.count[family]++;
			summary.share[family] += ldexp(1, -net->prefix.len);
		}
	}
	enumerator->destroy(enumerator);
	return summary;
}

/**
 * Families that have the protocol, as a range of indices into summary_t.
 */
static void get_families(uint8_t protocol, int *first, int *last)
{
	*first = protocol == IPPROTO_ICMPV6;
	*last = protocol != IPPROTO_ICMP;
}

/**
 * Number of pairs of networks, the interfaces' subnets not counted.
 */
static uint64_t count_pairs(const bypass_match_t *match, const summary_t *src,
							const summary_t *dst)
{
	uint64_t pairs = 0;
	int i, last;

	for (get_families(match->protocol, &i, &last); i <= last; i++)
	{
		pairs += (uint64_t)src->count[i] * dst->count[i];
	}
	return pairs;
}

/**
 * Check the pairs that source and destination make.
 */
static void check_pairs(report_t *report, const bypass_match_t *match,
						const summary_t *src, const summary_t *dst)
{
	int i;

	if (!array_count(match->src) || !array_count(match->dst))
	{	/* which has been reported, save for a list of commas */
		if (report->rule->src && report->rule->dst &&
			!report->errors->get_count(report->errors))
		{
			reject(report, NULL, NULL, "src or dst is empty, "
				   BYPASS_NETS_EXPECTED);
		}
		return;
	}
	if (!src->interface && !dst->interface && !count_pairs(match, src, dst))
	{
		reject(report, NULL, NULL, "no network in src is of the same address "
			   "family as one in dst and the protocol");
	}
	for (i = 0; i < countof(src->share); i++)
	{
		if (src->share[i] > ANY && dst->share[i] > ANY &&
			!report->rule->allow_any)
		{
			reject(report, NULL, NULL, "src and dst are any address, which "
				   "turns IPsec off, expected allow_any = yes beside it");
		}
	}
}

/**
 * Note networks of a list that have no partner in the other one.
 */
static void note_single(const bypass_match_t *match, const char *key,
						array_t *nets, const summary_t *partners)
{
	enumerator_t *enumerator;
	bypass_net_t *net;
	traffic_selector_t *ts;
	int first, last, family;

	get_families(match->protocol, &first, &last);
	enumerator = array_create_enumerator(nets);
	while (enumerator->enumerate(enumerator, &net))
	{
		family = net->prefix.family == AF_INET6;
		if (*net->ifname || partners->interface ||
			(partners->count[family] && family >= first && family <= last))
		{
			continue;
		}
		ts = bypass_prefix_to_ts(&net->prefix, 0, 0, UINT16_MAX);
		bypass_notices_add(match->notices, "rules.%s.%s: %R skipped, there is "
						   "nothing of its address family to pair it with",
						   match->rule->section.name, key, ts);
		ts->destroy(ts);
	}
	enumerator->destroy(enumerator);
}

bypass_match_t *bypass_match_create(const bypass_rule_t *rule,
									option_errors_t *errors)
{
	report_t report = {
		.rule = rule,
		.errors = errors,
		.notices = array_create(0, 0),
	};
	bypass_match_t *match;
	summary_t src, dst;

	INIT(match,
		.rule = rule,
		.src = parse_nets(&report, "src", rule->src),
		.dst = parse_nets(&report, "dst", rule->dst),
		.src_port = { 0, UINT16_MAX },
		.dst_port = { 0, UINT16_MAX },
		.notices = report.notices,
	);
	src = summarise(match->src);
	dst = summarise(match->dst);
	parse_protocol(&report, match);
	if (rule->interface && strlen(rule->interface) >= IF_NAMESIZE)
	{
		reject(&report, "interface", rule->interface, "expected the name of "
			   "an interface");
	}
	check_pairs(&report, match, &src, &dst);
	note_single(match, "src", match->src, &dst);
	note_single(match, "dst", match->dst, &src);
	return match;
}

uint64_t bypass_match_count(const bypass_match_t *match)
{
	summary_t src = summarise(match->src), dst = summarise(match->dst);
	bypass_port_block_t blocks[BYPASS_PORT_BLOCKS_MAX];
	u_int hooks;

	hooks = match->rule->direction == BYPASS_BOTH ? 6 : 3;
	return count_pairs(match, &src, &dst) * hooks *
		   bypass_ports_split(match->src_port, blocks) *
		   bypass_ports_split(match->dst_port, blocks);
}

bool bypass_match_pairs(const bypass_match_t *match,
						const bypass_prefix_t *src,
						const bypass_prefix_t *dst)
{
	int first, last, family = src->family == AF_INET6;

	get_families(match->protocol, &first, &last);
	return src->family == dst->family && family >= first && family <= last;
}

void bypass_match_destroy(bypass_match_t *match)
{
	if (match)
	{
		array_destroy(match->src);
		array_destroy(match->dst);
		bypass_notices_destroy(match->notices);
		free(match);
	}
}
