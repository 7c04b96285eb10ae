/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_rules.h
 * Which routing tables the kernel's rules lead to.
 */

#ifndef BYPASS_RULES_H_
#define BYPASS_RULES_H_

#include "bypass_set.h"

#include <linux/netlink.h>

typedef struct bypass_rules_t bypass_rules_t;

/**
 * Routing tables.
 */
struct bypass_rules_t {
	/** set of uint32_t, sealed */
	bypass_set_t *tables;
	/** whether there is a rule for those of VRFs */
	bool vrf;
};

/**
 * Read the rules of both families.
 *
 * @param rules		gets them, also if that fails
 * @return			0 or errno
 */
int bypass_rules_read(bypass_rules_t *rules);

/**
 * Is there a rule that leads to a table? A VRF's may be any.
 */
bool bypass_rules_lead_to(bypass_rules_t *rules, uint32_t table);

/**
 * Take over a rule.
 *
 * @param hdr		message of a dump
 */
void bypass_rules_add(bypass_rules_t *rules, struct nlmsghdr *hdr);

/**
 * Create empty rules.
 */
bypass_rules_t bypass_rules_create(void);

/**
 * Release what rules have.
 */
void bypass_rules_clear(bypass_rules_t *rules);

#endif /** BYPASS_RULES_H_ */
