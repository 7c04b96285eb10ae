/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_rules.h"

#include <host_check.h>

typedef struct rule_t rule_t;

/**
 * A setting that has no effect unless another one of its section has a value.
 */
struct rule_t {
	const char *plugin;
	/** option or section */
	const char *key;
	/** option that decides, its default, and the value that it has to have */
	const char *decides;
	const char *def;
	const char *value;
};

static const rule_t rules[] = {
	{ "filtermode", "rules", "mode", "off", "ipsec" },
	{ "filtermode", "rules_file", "mode", "off", "ipsec" },
	{ "filtermode", "default", "mode", "off", "ipsec" },
	{ "filtermode", "log_default", "mode", "off", "ipsec" },
	{ "filtermode", "stateful", "mode", "off", "ipsec" },
	{ "filtermode", "allow_connections", "mode", "off", "interfaces" },
	{ "filtermode", "allow_ids", "mode", "off", "interfaces" },
	{ "filtermode", "allow_groups", "mode", "off", "interfaces" },
	{ "filtermode", "refuse_blocked", "mode", "off", "interfaces" },
	{ "ikev1-policy", "unencrypted_main_mode_peers", "unencrypted_main_mode",
	  "no", "yes" },
	{ "bypass", "lan_interfaces", "lan", "no", "yes" },
	{ "strict-bind", "auto_any", "auto", "no", "yes" },
};

/**
 * Where a plugin's option is said.
 *
 * @param key			option, "" for the plugin itself
 */
static const char *find(check_conf_t *conf, const char *plugin,
						const char *key)
{
	char section[BUF_LEN], path[BUF_LEN];

	snprintf(section, sizeof(section), "%s.plugins.%s", conf->daemons[0],
			 plugin);
	return conf->lines->find(conf->lines, check_conf_join(path, section, key));
}

/**
 * Does the likely daemon load a plugin?
 */
static bool loads(check_conf_t *conf, const char *plugin)
{
	return check_conf_loads(conf, conf->daemons[0], plugin);
}

/**
 * Get the value of a plugin's option.
 */
static const char *get(check_conf_t *conf, const char *plugin, const char *key,
					   const char *def)
{
	char section[BUF_LEN];

	return check_conf_plugin(conf, conf->daemons[0], plugin, section)
				? check_conf_get(conf, section, key) ?: def : def;
}

/**
 * Is a boolean option of a plugin set?
 */
static bool is(check_conf_t *conf, const char *plugin, const char *key,
			   bool def)
{
	return settings_value_as_bool((char*)get(conf, plugin, key, NULL), def);
}

/**
 * Does a plugin's section have a section with others in it?
 */
static bool has_sections(check_conf_t *conf, const char *plugin,
						 const char *key)
{
	enumerator_t *enumerator;
	char section[BUF_LEN], path[BUF_LEN], *name;
	bool found;

	check_conf_plugin(conf, conf->daemons[0], plugin, section);
	enumerator = check_conf_sections(conf, check_conf_join(path, section, key));
	found = enumerator->enumerate(enumerator, &name);
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check what has no effect without another setting.
 */
static void check_effects(check_conf_t *conf)
{
	const rule_t *rule;
	const char *value;
	int i;

	for (i = 0; i < countof(rules); i++)
	{
		rule = &rules[i];
		if (!loads(conf, rule->plugin) ||
			(!get(conf, rule->plugin, rule->key, NULL) &&
			 !has_sections(conf, rule->plugin, rule->key)))
		{
			continue;
		}
		value = get(conf, rule->plugin, rule->decides, rule->def);
		if (!strcaseeq(value, rule->value) &&
			!(streq(rule->value, "yes") &&
			  settings_value_as_bool((char*)value, FALSE)))
		{
			report_add(conf->report, FINDING_WARNING,
					   find(conf, rule->plugin, rule->key), rule->plugin,
					   "%s: has no effect with %s %s, expected %s = %s",
					   rule->key, rule->decides, value, rule->decides,
					   rule->value);
		}
	}
}

/**
 * Say that what opens charon's sockets isn't loaded beside strict-bind.
 */
static void report_rival(check_conf_t *conf, const char *rival)
{
	static const char reason[] = "as strict-bind is loaded in its place, which "
								 "doesn't start beside it";
	const char *value = get(conf, rival, "load", NULL);
	char path[BUF_LEN];

	if (value)
	{
		report_add(conf->report, FINDING_ERROR, find(conf, rival, "load"),
				   rival, "load = \"%s\": expected no, %s", value, reason);
		return;
	}
	check_conf_join(path, conf->daemons[0], "load");
	report_add(conf->report, FINDING_ERROR,
			   conf->lines->find(conf->lines, path), conf->daemons[0],
			   "load: expected without %s, %s", rival, reason);
}

/**
 * Check who opens charon's sockets.
 */
static void check_sockets(check_conf_t *conf)
{
	static const char *const rivals[] = { "socket-default", "socket-dynamic" };
	const char *value;
	bool strict = loads(conf, "strict-bind"), others = FALSE;
	int i;

	for (i = 0; i < countof(rivals); i++)
	{
		if (strict && loads(conf, rivals[i]))
		{
			report_rival(conf, rivals[i]);
		}
		others |= loads(conf, rivals[i]);
	}
	value = get(conf, rivals[0], "load", NULL);
	if (value && !strict && !others &&
		check_conf_is(conf, conf->daemons[0], "load_modular", FALSE))
	{
		report_add(conf->report, FINDING_ERROR, find(conf, rivals[0], "load"),
				   rivals[0], "load = \"%s\": expected yes, as no other plugin "
				   "that is loaded opens charon's sockets", value);
	}
}

/**
 * Get a port, 0 if it isn't valid.
 */
static u_int get_port(check_conf_t *conf, const char *key, u_int def)
{
	return settings_value_as_int((char*)check_conf_get(conf, conf->daemons[0],
													   key), def);
}

/**
 * Check charon's ports.
 */
static void check_ports(check_conf_t *conf)
{
	u_int port = get_port(conf, "port", 500);
	char path[BUF_LEN];
	const char *key;

	if (port && port == get_port(conf, "port_nat_t", 4500))
	{
		key = check_conf_get(conf, conf->daemons[0], "port_nat_t")
								? "port_nat_t" : "port";
		check_conf_join(path, conf->daemons[0], key);
		report_add(conf->report, FINDING_ERROR,
				   conf->lines->find(conf->lines, path), conf->daemons[0],
				   "%s = \"%u\": expected another one than %s, or charon takes "
				   "any for port_nat_t", key, port,
				   streq(key, "port") ? "port_nat_t" : "port");
	}
}

/**
 * Check what plugins need of others.
 */
static void check_needs(check_conf_t *conf)
{
	const char *key = "rules";

	if (loads(conf, "bypass") && is(conf, "bypass", "lan", FALSE) &&
		loads(conf, "bypass-lan"))
	{
		report_add(conf->report, FINDING_WARNING,
				   find(conf, "bypass-lan", "load"), "bypass-lan",
				   "load = \"%s\": expected no, as it excludes local subnets, "
				   "too, whatever bypass.lan_interfaces says",
				   get(conf, "bypass-lan", "load", ""));
	}
	if (HOST_IKEV1 && loads(conf, "unity-ext") &&
		has_sections(conf, "unity-ext", key) &&
		!check_conf_is(conf, conf->daemons[0], "cisco_unity", FALSE))
	{
		report_add(conf->report, FINDING_WARNING,
				   find(conf, "unity-ext", key), "unity-ext",
				   "%s: Cisco's clients don't ask for what is there, expected "
				   "%s.cisco_unity = yes", key, conf->daemons[0]);
	}
	if (loads(conf, "auth-policy") && !loads(conf, "revocation") &&
		check_conf_is(conf, conf->daemons[0], "load_modular", FALSE) &&
		!strcaseeq(get(conf, "auth-policy", "revocation", "relaxed"),
				   "relaxed"))
	{
		report_add(conf->report, FINDING_ERROR,
				   find(conf, "auth-policy", "revocation"), "auth-policy",
				   "revocation = \"%s\": refuses all certificates, expected "
				   "%s.plugins.revocation.load = yes",
				   get(conf, "auth-policy", "revocation", ""),
				   conf->daemons[0]);
	}
}

/**
 * Check settings of charon's that a plugin takes the place of.
 */
static void check_overridden(check_conf_t *conf)
{
	static const struct {
		const char *key;
		const char *plugin;
		const char *option;
	} overridden[] = {
		{ "max_ikev1_exchanges", "ikev1-policy", "phase2_exchanges" },
		{ "accept_unencrypted_mainmode_messages", "ikev1-policy",
		  "unencrypted_main_mode" },
	};
	const char *value;
	char path[BUF_LEN];
	int i;

	for (i = 0; i < countof(overridden); i++)
	{
		value = check_conf_get(conf, conf->daemons[0], overridden[i].key);
		if (value && loads(conf, overridden[i].plugin))
		{
			check_conf_join(path, conf->daemons[0], overridden[i].key);
			report_add(conf->report, FINDING_WARNING,
					   conf->lines->find(conf->lines, path), conf->daemons[0],
					   "%s = \"%s\": has no effect with %s, expected %s.%s",
					   overridden[i].key, value, overridden[i].plugin,
					   overridden[i].plugin, overridden[i].option);
		}
	}
}

void check_rules(check_conf_t *conf)
{
	check_sockets(conf);
	check_ports(conf);
	check_needs(conf);
	if (HOST_IKEV1)
	{
		check_overridden(conf);
	}
	check_effects(conf);
}
