/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_control.h"
#include "unity_ext_settings.h"

#include <control_registry.h>

typedef struct private_unity_ext_control_t private_unity_ext_control_t;

struct private_unity_ext_control_t {
	unity_ext_control_t public;
	options_store_t *store;
	unity_ext_dns_t *dns;
	control_offer_t offer;
};

void unity_ext_tell_banner(ike_sa_t *ike_sa, const char *banner)
{
	control_out_t *out = control_event_begin("banner");
	host_t *host = ike_sa->get_other_host(ike_sa);

	if (out)
	{
		out->value(out, "connection", "%s", ike_sa->get_name(ike_sa));
		out->value(out, "uniqueid", "%u", ike_sa->get_unique_id(ike_sa));
		out->value(out, "id", "%Y", ike_sa->get_other_id(ike_sa));
		out->value(out, "host", "%H", host);
		out->value(out, "port", "%u", host->get_port(host));
		out->value(out, "banner", "%s", banner);
		control_event_end(out);
	}
}

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
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_unity_ext_control_t *this = data;
	unity_ext_settings_t *settings;
	counts_t counts = {};

	this->dns->list(this->dns, count, &counts);
	settings = this->store->get(this->store);
	out->value(out, "groups", "%u", settings->groups.count);
	out->value(out, "dns", "%s", unity_ext_methods[settings->dns]);
	options_unref(settings);
	out->value(out, "tunnels", "%u", counts.in_force);
	out->begin_list(out, "domains");
	this->dns->list(this->dns, write_domains, out);
	out->end_list(out);
	if (counts.others)
	{
		out->begin_list(out, "warnings");
		this->dns->list(this->dns, write_warning, out);
		out->end_list(out);
	}
}

static const char *const events[] = { "banner", NULL };

METHOD(unity_ext_control_t, destroy, void,
	private_unity_ext_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

unity_ext_control_t *unity_ext_control_create(options_store_t *store,
											  unity_ext_dns_t *dns)
{
	private_unity_ext_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.store = store,
		.dns = dns,
		.offer = {
			.plugin = "unity-ext",
			.store = store,
			.events = events,
			.status = status,
		},
	);
	this->offer.data = this;
	control_registry_add(&this->offer);
	return &this->public;
}
