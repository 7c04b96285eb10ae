/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_match.h"
#include "bypass_notices.h"
#include "bypass_policy.h"

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
	bypass_rule_t *rule;
	/** key of errors about the rule */
	const char *whole;
	option_errors_t *errors;
	/** option whose items are parsed */
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
 * Add an error about an option of the rule, or the rule if key is NULL.
 *
 * @param before	what else to say, NULL for nothing
 */
static void reject(report_t *report, const char *key, const char *value,
				   const char *before, const char *message)
{
	report->errors->add(report->errors, key ?: report->whole, value, "%s%s%s",
						before ?: "", before ? ", " : "", message);
}

/**
 * Add a line about a network of a list.
 */
static void note(bypass_rule_t *rule, const char *key, const char *before,
				 const bypass_prefix_t *prefix, const char *after)
{
	traffic_selector_t *ts;

	ts = bypass_prefix_to_ts(prefix, 0, 0, UINT16_MAX);
	bypass_notices_add(rule->notices, "rules.%s.%s: %s%R%s",
					   rule->section.name, key, before, ts, after);
	ts->destroy(ts);
}

/**
 * Implementation of bypass_nets_cb_t.
 */
static void report_item(void *data, const char *item, const char *where,
						const bypass_prefix_t *taken)
{
	report_t *report = data;
	char written[BUF_LEN];

	if (!taken)
	{
		reject(report, report->key, item, where, BYPASS_NETS_EXPECTED);
		return;
	}
	snprintf(written, sizeof(written), "%s%s%s has host bits set, taken as ",
			 where ?: "", where ? ": " : "", item);
	note(report->rule, report->key, written, taken, "");
}

/**
 * Parse src or dst.
 */
static array_t *parse_nets(report_t *report, const char *key, const char *str)
{
	report->key = key;
	if (!str)
	{
		reject(report, key, NULL, "missing", BYPASS_NETS_EXPECTED);
	}
	return bypass_nets_parse(str ?: "", report->errors, key, report_item,
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
		reject(report, key, str, NULL, "expected together with protocol tcp, "
			   "udp, dccp, sctp or udplite only");
	}
	else if (str && !port_range_parse(str, &ports))
	{
		reject(report, key, str, NULL, "expected a port from 1-65535 or a "
			   "range of them");
	}
	return ports;
}

/**
 * Parse protocol, ports and ICMP type.
 */
static void parse_protocol(report_t *report)
{
	bypass_rule_t *rule = report->rule;

	if (rule->protocol)
	{
		rule->proto = protocol_parse(rule->protocol);
		if (!rule->proto)
		{
			reject(report, "protocol", rule->protocol, NULL, "expected the "
				   "name of a protocol or 1-255");
			return;
		}
	}
	rule->src_ports = parse_ports(report, "src_port", rule->src_port,
								  rule->proto);
	rule->dst_ports = parse_ports(report, "dst_port", rule->dst_port,
								  rule->proto);
	if (rule->icmp_type != OPTION_UNSET && rule->proto != IPPROTO_ICMP &&
		rule->proto != IPPROTO_ICMPV6)
	{
		reject(report, "icmp_type", NULL, NULL, "expected together with "
			   "protocol icmp or icmpv6 only");
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
static uint64_t count_pairs(const bypass_rule_t *rule, const summary_t *src,
							const summary_t *dst)
{
	uint64_t pairs = 0;
	int i, last;

	for (get_families(rule->proto, &i, &last); i <= last; i++)
	{
		pairs += (uint64_t)src->count[i] * dst->count[i];
	}
	return pairs;
}

/**
 * Check the pairs that source and destination make.
 */
static void check_pairs(report_t *report, const summary_t *src,
						const summary_t *dst)
{
	bypass_rule_t *rule = report->rule;
	int i;

	if (!array_count(rule->src_nets) || !array_count(rule->dst_nets))
	{	/* which has been reported, save for a list of commas */
		if (rule->src && rule->dst &&
			!report->errors->get_count(report->errors))
		{
			reject(report, NULL, NULL, "src or dst is empty",
				   BYPASS_NETS_EXPECTED);
		}
		return;
	}
	if (!src->interface && !dst->interface && !count_pairs(rule, src, dst))
	{
		reject(report, NULL, NULL, NULL, "no network in src is of the same "
			   "address family as one in dst and the protocol");
	}
	for (i = 0; i < countof(src->share); i++)
	{
		if (src->share[i] > ANY && dst->share[i] > ANY && !rule->allow_any)
		{
			reject(report, NULL, NULL, NULL, "src and dst are any address, "
				   "which turns IPsec off, expected allow_any = yes beside it");
		}
	}
}

/**
 * Note networks of a list that have no partner in the other one.
 */
static void note_single(bypass_rule_t *rule, const char *key, array_t *nets,
						const summary_t *partners)
{
	enumerator_t *enumerator;
	bypass_net_t *net;
	int first, last, family;

	get_families(rule->proto, &first, &last);
	enumerator = array_create_enumerator(nets);
	while (enumerator->enumerate(enumerator, &net))
	{
		family = net->prefix.family == AF_INET6;
		if (!*net->ifname && !partners->interface &&
			(!partners->count[family] || family < first || family > last))
		{
			note(rule, key, "", &net->prefix, " skipped, there is nothing of "
				 "its address family to pair it with");
		}
	}
	enumerator->destroy(enumerator);
}

void bypass_match_parse(bypass_rule_t *rule, const char *whole,
						option_errors_t *errors)
{
	report_t report = {
		.rule = rule,
		.whole = whole,
		.errors = errors,
	};
	summary_t src, dst;

	rule->notices = array_create(0, 0);
	rule->src_ports = rule->dst_ports = (port_range_t){ 0, UINT16_MAX };
	rule->src_nets = parse_nets(&report, "src", rule->src);
	rule->dst_nets = parse_nets(&report, "dst", rule->dst);
	src = summarise(rule->src_nets);
	dst = summarise(rule->dst_nets);
	parse_protocol(&report);
	if (rule->interface && strlen(rule->interface) >= IF_NAMESIZE)
	{
		reject(&report, "interface", rule->interface, NULL, "expected the "
			   "name of an interface");
	}
	check_pairs(&report, &src, &dst);
	note_single(rule, "src", rule->src_nets, &dst);
	note_single(rule, "dst", rule->dst_nets, &src);
}

uint64_t bypass_match_count(const bypass_rule_t *rule)
{
	summary_t src = summarise(rule->src_nets), dst = summarise(rule->dst_nets);
	bypass_port_block_t blocks[BYPASS_PORT_BLOCKS_MAX];

	return count_pairs(rule, &src, &dst) *
		   (rule->direction == BYPASS_BOTH ? 6 : 3) *
		   bypass_ports_split(rule->src_ports, blocks) *
		   bypass_ports_split(rule->dst_ports, blocks);
}

bool bypass_match_pairs(const bypass_rule_t *rule, const bypass_prefix_t *src,
						const bypass_prefix_t *dst)
{
	int first, last, family = src->family == AF_INET6;

	get_families(rule->proto, &first, &last);
	return src->family == dst->family && family >= first && family <= last;
}

void bypass_match_clear(bypass_rule_t *rule)
{
	array_destroy(rule->src_nets);
	array_destroy(rule->dst_nets);
	bypass_notices_destroy(rule->notices);
}
