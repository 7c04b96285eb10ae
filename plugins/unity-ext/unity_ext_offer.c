/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_offer.h"
#include "unity_ext_rule.h"
#include "unity_ext_settings.h"

#include <explain.h>

/**
 * Numbers of tunnels.
 */
typedef struct {
	u_int in_force;
	u_int others;
} counts_t;

/**
 * Count a tunnel, callback of unity_ext_dns_t.list().
 */
static void count(void *data, const unity_ext_record_t *record)
{
	counts_t *counts = data;

	if (record->reason)
	{
		counts->others++;
	}
	else
	{
		counts->in_force++;
	}
}

/**
 * Write why a tunnel's servers aren't in force, callback of
 * unity_ext_dns_t.list().
 */
static void write_warning(void *data, const unity_ext_record_t *record)
{
	control_out_t *out = data;

	if (record->reason)
	{
		out->item(out, "DNS servers of '%s' [%u] aren't set: %s",
				  record->connection, record->id, record->reason);
	}
}

/**
 * Write the domains of a tunnel, callback of unity_ext_dns_t.list().
 */
static void write_domains(void *data, const unity_ext_record_t *record)
{
	control_out_t *out = data;
	enumerator_t *enumerator;
	char *domain;

	if (record->reason)
	{
		return;
	}
	enumerator = enumerator_create_token(record->domains, " ", "");
	while (enumerator->enumerate(enumerator, &domain))
	{
		out->item(out, "%s", domain);
	}
	enumerator->destroy(enumerator);
}

/**
 * Are there rules that send more than some clients take? Name them if there is
 * something to write to.
 */
static bool write_long(unity_ext_settings_t *settings, control_out_t *out)
{
	unity_ext_rule_t *rule;
	bool found = FALSE;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (rule->too_long)
		{
			found = TRUE;
			if (out)
			{
				out->item(out, UNITY_EXT_RULE_LONG, rule->section.name,
						  rule->too_long);
			}
		}
	}
	return found;
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	unity_ext_t *this = data;
	unity_ext_settings_t *settings = config;
	counts_t counts = {};

	this->dns->list(this->dns, count, &counts);
	out->number(out, "rules", settings->rules.count);
	out->value(out, "dns-method", "%s", unity_ext_methods[settings->dns]);
	out->number(out, "tunnels", counts.in_force);
	out->begin_list(out, "domains");
	this->dns->list(this->dns, write_domains, out);
	out->end_list(out);
	if (counts.others || settings->head.no_ikev1 || write_long(settings, NULL))
	{
		out->begin_list(out, "warnings");
		if (settings->head.no_ikev1)
		{
			out->item(out, "%s and all else that is for IKEv1 has no effect: "
					  "this charon has no IKEv1", settings->head.no_ikev1);
		}
		write_long(settings, out);
		this->dns->list(this->dns, write_warning, out);
		out->end_list(out);
	}
}

/**
 * Say what a rule sends, implementation of explain_rule_cb_t.
 */
static void explain_sent(array_t *lines, void *config, void *found,
						 const char *when)
{
	unity_ext_rule_t *rule = found;
	char *text;

	text = explain_rule(rule ? rule->section.name : NULL,
						rule ? &rule->match : NULL, "groups");
	if (rule)
	{
		explain_add(lines, "%s%s: he is sent %d attributes with IKEv2, %d with "
					"IKEv1 and Unity", text, when, array_count(rule->ikev2),
					array_count(rule->unity));
	}
	else
	{
		explain_add(lines, "%s%s: he is sent nothing", text, when);
	}
	free(text);
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	unity_ext_settings_t *settings = config;

	explain_rules(lines, settings, &settings->rules,
				  offsetof(unity_ext_rule_t, match),
				  unity_ext_rule_find(&settings->rules, &peer->facts),
				  &peer->facts, " if a group of his matches",
				  explain_sent);
}

static const char *const events[] = { "banner", NULL };

const offer_t unity_ext_offer = {
	.events = events,
	.status = status,
	.explain = explain,
};
