/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check_ikev1.h"
#include "check_core.h"
#include "check_options.h"

#include <host_check.h>
#include <ikev1_needs.h>

/**
 * Say that an option has no effect.
 *
 * @param conf			check_conf_t
 */
static void check_option(void *conf, const option_t *option,
						 const char *plugin, const char *path,
						 const char *key, const char *value)
{
	check_conf_t *this = conf;

	if (option->ikev1)
	{
		report_add(this->report, FINDING_WARNING,
				   this->lines->find(this->lines, path), plugin,
				   "%s = \"%s\": has no effect, as this charon has no IKEv1",
				   key, value);
	}
}

void check_ikev1(check_conf_t *conf)
{
	const check_core_t *core = &check_core_sections[0];
	const char *daemon = conf->daemons[0], *value;
	char path[BUF_LEN];
	u_int i;

	if (HOST_IKEV1)
	{
		return;
	}
	check_options(conf, check_option, conf);
	for (i = 0; i < core->count; i++)
	{
		value = check_conf_get(conf, daemon, core->options[i].key);
		if (value)
		{
			check_option(conf, &core->options[i], daemon,
						 check_conf_join(path, daemon, core->options[i].key),
						 core->options[i].key, value);
		}
	}
	if (check_conf_loads(conf, daemon, "ikev1-policy"))
	{
		snprintf(path, sizeof(path), "%s.plugins.ikev1-policy", daemon);
		report_add(conf->report, FINDING_WARNING,
				   conf->lines->find(conf->lines, path), "ikev1-policy",
				   "there is no such plugin, as this charon has no IKEv1");
	}
}

/**
 * Say that a connection is for IKEv1.
 *
 * @param where			file and line
 * @param about			what its file is for
 * @param what			what says that it is
 */
static void report(report_t *to, const char *where, const char *about,
				   const char *what, const ikev1_traits_t *traits)
{
	char needs[IKEV1_NEEDS_LEN];

	report_add(to, HOST_IKEV1 ? FINDING_WARNING : FINDING_ERROR, where, about,
			   "%s: IKEv1, which %s, expected for IKEv2: %s", what,
			   HOST_IKEV1 ? "strongSwan is to lose" : "this charon hasn't",
			   ikev1_needs_write(traits, needs));
}

/**
 * Look at a side's rounds of authentication.
 *
 * @param side			local or remote
 * @param path			gets that of XAuth, if it is used
 */
static void add_rounds(check_conf_t *swanctl, const char *connection,
					   const char *side, ikev1_traits_t *traits,
					   char path[BUF_LEN])
{
	enumerator_t *enumerator;
	char section[BUF_LEN], *name;
	const char *auth;

	enumerator = check_conf_sections(swanctl, connection);
	while (enumerator->enumerate(enumerator, &name))
	{
		check_conf_join(section, connection, name);
		auth = check_conf_get(swanctl, section, "auth");
		if (strcasepfx(name, side) && auth)
		{
			ikev1_traits_add(traits, streq(side, "local"), auth);
			if (strcasepfx(auth, "xauth"))
			{
				check_conf_join(path, section, "auth");
			}
		}
	}
	enumerator->destroy(enumerator);
}

void check_ikev1_swanctl(check_conf_t *swanctl, const char *section)
{
	const char *version = check_conf_get(swanctl, section, "version") ?: "0";
	char path[BUF_LEN] = "", what[BUF_LEN];
	ikev1_traits_t traits = {
		.aggressive = check_conf_is(swanctl, section, "aggressive", FALSE),
		.push = !check_conf_is(swanctl, section, "pull", TRUE),
	};

	add_rounds(swanctl, section, "local", &traits, path);
	add_rounds(swanctl, section, "remote", &traits, path);
	if (streq(version, "1"))
	{
		check_conf_join(path, section, "version");
	}
	else if (!streq(version, "0"))
	{
		return;
	}
	else if (traits.aggressive || traits.push)
	{	/* it takes both, and says what IKEv2 hasn't */
		check_conf_join(path, section, traits.aggressive ? "aggressive"
														 : "pull");
	}
	if (*path)
	{
		snprintf(what, sizeof(what), "%s = \"%s\"", path,
				 check_conf_get(swanctl, "", path));
		report(swanctl->report, swanctl->lines->find(swanctl->lines, path),
			   "swanctl", what, &traits);
	}
}

void check_ikev1_ipsec(ipsec_conf_t *ipsec, const char *conn,
					   report_t *to)
{
	static const struct {
		const char *key;
		bool local;
	} rounds[] = {
		{ "leftauth", TRUE }, { "leftauth2", TRUE },
		{ "rightauth", FALSE }, { "rightauth2", FALSE },
	};
	const char *key = "keyexchange", *value, *by;
	char what[BUF_LEN], where[BUF_LEN];
	ikev1_traits_t traits = {};
	u_int line = 0;
	int i;

	value = ipsec_conf_get(ipsec, conn, "aggressive", NULL);
	traits.aggressive = value && streq(value, "yes");
	value = ipsec_conf_get(ipsec, conn, "modeconfig", NULL);
	traits.push = value && streq(value, "push");
	by = ipsec_conf_get(ipsec, conn, "authby", NULL) ?: "";
	if (strpfx(by, "xauth"))
	{
		value = ipsec_conf_get(ipsec, conn, "xauth", NULL);
		ikev1_traits_add(&traits, !value || !streq(value, "server"), "xauth");
	}
	traits.psk = streq(by, "psk") || streq(by, "secret") ||
				 streq(by, "xauthpsk");
	for (i = 0; i < countof(rounds); i++)
	{
		value = ipsec_conf_get(ipsec, conn, rounds[i].key, NULL);
		if (value)
		{
			ikev1_traits_add(&traits, rounds[i].local, value);
		}
	}
	value = ipsec_conf_get(ipsec, conn, key, &line) ?: "ike";
	if (streq(value, "ike") && (traits.aggressive || traits.push))
	{
		key = traits.aggressive ? "aggressive" : "modeconfig";
		value = ipsec_conf_get(ipsec, conn, key, &line);
	}
	else if (!streq(value, "ikev1") &&
			 !(streq(value, "ike") && (traits.xauth || traits.own_xauth)))
	{
		return;
	}
	snprintf(what, sizeof(what), "conn %s: %s = \"%s\"", conn, key, value);
	snprintf(where, sizeof(where), line ? "%s:%u" : "%s", ipsec->file, line);
	report(to, where, "stroke", what, &traits);
}
