/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_events.h"

#include <offer.h>

#include <daemon.h>

void filtermode_tell_table(const char *type, filtermode_settings_t *settings,
						   const char *who, const char *reason)
{
	control_out_t *out = control_event_begin("filter");

	if (out)
	{
		out->value(out, "type", "%s", type);
		out->value(out, "mode", "%s", filtermode_modes[settings->mode]);
		out->value(out, "table", "%s", settings->table);
		if (who)
		{
			out->value(out, "by", "%s", who);
		}
		if (reason)
		{
			out->value(out, "error", "%s", reason);
		}
		control_event_end(out);
	}
}

void filtermode_tell_child(const char *type, ike_sa_t *ike_sa,
						   child_sa_t *child_sa)
{
	control_out_t *out = control_event_begin("filter");
	host_t *host = ike_sa->get_other_host(ike_sa);

	if (out)
	{
		out->value(out, "type", "%s", type);
		out->value(out, "connection", "%s", ike_sa->get_name(ike_sa));
		out->value(out, "child", "%s", child_sa->get_name(child_sa));
		out->number(out, "uniqueid", child_sa->get_unique_id(child_sa));
		out->value(out, "id", "%Y", ike_sa->get_other_id(ike_sa));
		out->value(out, "host", "%H", host);
		out->number(out, "port", host->get_port(host));
		control_event_end(out);
	}
}

/**
 * Log what is in force now.
 */
static void log_mode(filtermode_settings_t *settings)
{
	switch (settings->mode)
	{
		case FILTERMODE_IPSEC:
			DBG1(DBG_CFG, "filtermode: mode ipsec, %u rules%s, default %s, in "
				 "table inet %s", settings->rules.count,
				 settings->rules_file ? " and rules_file" : "",
				 filtermode_actions[settings->def], settings->table);
			break;
		case FILTERMODE_INTERFACES:
			DBG1(DBG_CFG, "filtermode: mode interfaces, %s, in table inet %s",
				 filtermode_names_peers(&settings->allow) ?
				 "policy-based tunnels of those allowed are exempt" :
				 "policy-based tunnels are blocked",
				 settings->table);
			break;
		default:
			DBG1(DBG_CFG, "filtermode: mode off");
			break;
	}
}

const char *filtermode_events_userspace(filtermode_settings_t *settings)
{
	filtermode_rule_t *rule;
	u_int i;

	if (settings->mode == FILTERMODE_INTERFACES &&
		filtermode_names_peers(&settings->allow))
	{
		return "filtermode.allow_* exempts nothing";
	}
	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if (settings->mode == FILTERMODE_IPSEC &&
			filtermode_names_peers(&rule->peers))
		{
			return "rules with connections, ids or groups accept none of "
				   "them, and drop or reject those of others, too";
		}
	}
	return NULL;
}

const char *filtermode_events_kept(filtermode_settings_t *settings)
{
	const char *notice = NULL;
	FILE *file;

	file = fopen("/proc/sys/net/core/xfrm_larval_drop", "r");
	if (!file)
	{
		return NULL;
	}
	/* they get there by postrouting alone, where they are like what an
	 * interface for IPsec has taken */
	if (settings->mode != FILTERMODE_OFF && fgetc(file) == '0')
	{
		notice = "packets that wait for a CHILD_SA get into it unfiltered, as "
				 "net.core.xfrm_larval_drop is 0; set it to 1";
	}
	fclose(file);
	return notice;
}

void filtermode_events_applied(filtermode_settings_t *settings, const char *tun,
							   bool before)
{
	bool now = settings->mode != FILTERMODE_OFF;
	const char *limit = filtermode_events_userspace(settings);
	const char *kept = filtermode_events_kept(settings);

	log_mode(settings);
	if (kept)
	{
		DBG1(DBG_CFG, "filtermode: %s", kept);
	}
	if (tun && limit)
	{
		DBG1(DBG_CFG, "filtermode: kernel-libipsec's packets all use %s, which "
			 "doesn't show whose they are: %s", tun, limit);
	}
	if (before || now)
	{
		filtermode_tell_table(!now ? "removed" : before ? "changed"
														: "installed",
							  settings, NULL, NULL);
	}
}

/**
 * Log that the table was installed again, or that this failed.
 *
 * @param reason	why it failed, NULL if it didn't
 */
static void log_repair(filtermode_settings_t *settings, log_limiter_t *limiter,
					   const char *who, const char *reason)
{
	char more[LOG_LIMITER_MORE];

	if (log_limiter_pass(limiter, more, "times", "%s", reason ?: ""))
	{
		DBG1(DBG_CFG, "filtermode: table inet %s was changed or removed by %s, "
			 "%s%s%s%s", settings->table, who ?: "somebody",
			 reason ? "installing it again failed: " : "installed it again",
			 reason ?: "", reason ? "; trying again" : "", more);
	}
}

void filtermode_events_repaired(filtermode_settings_t *settings,
								log_limiter_t *limiter, const char *who)
{
	log_repair(settings, limiter, who, NULL);
	filtermode_tell_table("reinstalled", settings, who, NULL);
}

void filtermode_events_lost(filtermode_settings_t *settings,
							log_limiter_t *limiter, const char *who,
							const char *reason, bool first)
{
	log_repair(settings, limiter, who, reason);
	if (first)
	{
		filtermode_tell_table("lost", settings, who, reason);
	}
}
