/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_explain.h"

#include <connections.h>
#include <explain.h>
#include <peer_identity.h>

#include <stdio.h>

/**
 * Most connections to look at, and to name in a line.
 */
#define CONNECTIONS_MAX 100
#define NAMED_MAX 5

/**
 * An answer being made.
 */
typedef struct {
	/** who is asked about; its connection changes */
	explain_peer_t peer;
	/** of peer_cfg_t*, connections that are for him */
	array_t *cfgs;
	control_out_t *out;
} answer_t;

/**
 * Is an identity one that a round of authentication may end with?
 */
static bool accepts(auth_cfg_t *auth, identification_t *id)
{
	identification_t *pattern = NULL;

	switch ((uintptr_t)auth->get(auth, AUTH_RULE_AUTH_CLASS))
	{
		case AUTH_CLASS_EAP:
			pattern = auth->get(auth, AUTH_RULE_EAP_IDENTITY);
			break;
		case AUTH_CLASS_XAUTH:
			pattern = auth->get(auth, AUTH_RULE_XAUTH_IDENTITY);
			break;
	}
	pattern = pattern ?: auth->get(auth, AUTH_RULE_IDENTITY);
	return !pattern || id->matches(id, pattern);
}

/**
 * Is a connection for somebody?
 */
static bool is_for(peer_cfg_t *cfg, const explain_peer_t *peer)
{
	ike_cfg_t *ike_cfg = cfg->get_ike_cfg(cfg);
	enumerator_t *enumerator;
	auth_cfg_t *auth;
	bool found = FALSE;

	if (peer->host)
	{
		return ike_cfg->match_other(ike_cfg, peer->host);
	}
	enumerator = cfg->create_auth_cfg_enumerator(cfg, FALSE);
	while (!found && enumerator->enumerate(enumerator, &auth))
	{
		found = accepts(auth, peer->id);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Find the connections, and write their names.
 */
static void find_connections(answer_t *this)
{
	enumerator_t *enumerator;
	array_t *all;
	peer_cfg_t *cfg;

	/* names of hosts may have to be resolved, while the enumerator has charon
	 * wait */
	all = array_create(0, 0);
	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		array_insert(all, ARRAY_TAIL, cfg->get_ref(cfg));
	}
	enumerator->destroy(enumerator);
	this->out->begin_list(this->out, "connections");
	while (array_remove(all, ARRAY_HEAD, &cfg))
	{
		if (array_count(this->cfgs) < CONNECTIONS_MAX &&
			is_for(cfg, &this->peer))
		{
			this->out->item(this->out, "%s", cfg->get_name(cfg));
			array_insert(this->cfgs, ARRAY_TAIL, cfg);
		}
		else
		{
			cfg->destroy(cfg);
		}
	}
	array_destroy(all);
	this->out->end_list(this->out);
}

/**
 * Have a plugin say what it has to for one connection.
 *
 * @return			of char*
 */
static array_t *ask(answer_t *this, const offer_t *offer, void *config, int i)
{
	array_t *lines = array_create(0, 0);

	this->peer.cfg = NULL;
	array_get(this->cfgs, i, &this->peer.cfg);
	this->peer.facts.connection = this->peer.cfg ?
						this->peer.cfg->get_name(this->peer.cfg) : "";
	offer->explain(offer->data, config, &this->peer, lines);
	return lines;
}

/**
 * Take a line from what was said for a connection.
 */
static bool take(array_t *lines, const char *line)
{
	char *other;
	int i;

	for (i = 0; array_get(lines, i, &other); i++)
	{
		if (streq(line, other))
		{
			array_remove(lines, i, NULL);
			free(other);
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Write a line once for all connections that it was said for.
 *
 * @param said		for each connection, from first on
 * @param line		one that was said for first
 */
static void write_line(answer_t *this, array_t *said[], int count, int first,
					   const char *line)
{
	char *names = NULL;
	peer_cfg_t *cfg;
	size_t len;
	FILE *out;
	int i, found = 0;

	out = open_memstream(&names, &len);
	for (i = first; i < count; i++)
	{
		if ((i == first || take(said[i], line)) && found++ <= NAMED_MAX &&
			array_get(this->cfgs, i, &cfg))
		{
			fprintf(out, "%s%s", i == first ? "" : ", ",
					found > NAMED_MAX ? "..." : cfg->get_name(cfg));
		}
	}
	fclose(out);
	if (found == count)
	{
		this->out->item(this->out, "%s", line);
	}
	else
	{
		this->out->item(this->out, "on %s: %s", names, line);
	}
	free(names);
}

/**
 * Write what a plugin says, callback of offer_find().
 */
static bool write_plugin(void *data, const offer_t *offer)
{
	answer_t *this = data;
	int count = max(1, array_count(this->cfgs)), i;
	array_t *said[count];
	void *config;
	char *line;

	if (!offer->explain)
	{
		return FALSE;
	}
	config = offer->store ? offer->store->get(offer->store) : NULL;
	for (i = 0; i < count; i++)
	{
		said[i] = ask(this, offer, config, i);
	}
	options_unref(config);
	this->out->begin_section(this->out, offer->plugin);
	this->out->begin_list(this->out, "answers");
	for (i = 0; i < count; i++)
	{
		while (array_remove(said[i], ARRAY_HEAD, &line))
		{
			write_line(this, said, count, i, line);
			free(line);
		}
		array_destroy(said[i]);
		said[i] = NULL;
	}
	this->out->end_list(this->out);
	this->out->end_section(this->out);
	return FALSE;
}

void control_explain(void *data, settings_t *request, control_out_t *out,
					 option_errors_t *errors)
{
	answer_t this = { .out = out };
	char *name;

	name = request->get_str(request, CONTROL_REQUEST ".name", NULL);
	if (!name || !*name)
	{
		errors->add(errors, "name", NULL, "missing, expected an identity or "
					"an address");
		return;
	}
	this.peer.host = host_create_from_string(name, 0);
	if (this.peer.host && this.peer.host->is_anyaddr(this.peer.host))
	{
		errors->add(errors, "name", name, "expected an identity or an address "
					"of somebody");
		this.peer.host->destroy(this.peer.host);
		return;
	}
	this.cfgs = array_create(0, 0);
	this.peer.id = identification_create_from_string(name);
	this.peer.facts.id = peer_identity_print(this.peer.id);
	find_connections(&this);
	out->begin_section(out, "plugins");
	offer_find(write_plugin, &this);
	out->end_section(out);
	array_destroy_offset(this.cfgs, offsetof(peer_cfg_t, destroy));
	free(this.peer.facts.id);
	DESTROY_IF(this.peer.host);
	this.peer.id->destroy(this.peer.id);
}
