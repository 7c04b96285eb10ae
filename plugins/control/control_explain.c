/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_explain.h"

#include <connections.h>
#include <explain.h>
#include <peer_identity.h>

#include <collections/hashtable.h>

#include <stdio.h>

/**
 * Most connections to name, and lines of a plugin, as an answer is one message;
 * and connections to name in a line.
 */
#define ITEMS_MAX 500
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
 * A line.
 */
typedef struct {
	char *text;
	/** connections that it was said for: the first of them, and how many */
	const char *connections[NAMED_MAX];
	u_int count;
	/** number of the last one */
	u_int last;
} line_t;

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
		if (is_for(cfg, &this->peer))
		{
			if (array_count(this->cfgs) < ITEMS_MAX)
			{
				this->out->item(this->out, "%s", cfg->get_name(cfg));
			}
			array_insert(this->cfgs, ARRAY_TAIL, cfg);
		}
		else
		{
			cfg->destroy(cfg);
		}
	}
	array_destroy(all);
	this->out->end_list(this->out);
	if (array_count(this->cfgs) > ITEMS_MAX)
	{
		this->out->number(this->out, "more",
						  array_count(this->cfgs) - ITEMS_MAX);
	}
}

/**
 * Take down a line.
 *
 * @param said		by their text, line_t
 * @param text		of the line, adopted
 * @param number	of the connection that it is said for, beginning with 1
 */
static void take(array_t *lines, hashtable_t *said, char *text, u_int number,
				 const char *connection)
{
	line_t *line = said->get(said, text);

	if (line)
	{
		free(text);
	}
	else
	{
		INIT(line,
			.text = text,
		);
		said->put(said, text, line);
		array_insert(lines, ARRAY_TAIL, line);
	}
	if (line->last != number)
	{
		if (line->count < NAMED_MAX)
		{
			line->connections[line->count] = connection;
		}
		line->count++;
		line->last = number;
	}
}

/**
 * Have a plugin say what it has to for each connection.
 *
 * @return			line_t*, each once
 */
static array_t *ask(answer_t *this, const offer_t *offer)
{
	void *config = offer->store ? offer->store->get(offer->store) : NULL;
	array_t *lines = array_create(0, 0), *texts = array_create(0, 0);
	hashtable_t *said;
	char *text;
	u_int i = 0;

	said = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	do
	{
		this->peer.cfg = NULL;
		array_get(this->cfgs, i, &this->peer.cfg);
		this->peer.facts.connection = this->peer.cfg ?
						this->peer.cfg->get_name(this->peer.cfg) : "";
		offer->explain(offer->data, config, &this->peer, texts);
		i++;
		while (array_remove(texts, ARRAY_HEAD, &text))
		{
			take(lines, said, text, i, this->peer.facts.connection);
		}
	}
	while (i < array_count(this->cfgs));
	said->destroy(said);
	array_destroy(texts);
	options_unref(config);
	return lines;
}

/**
 * Write a line, for the connections that it was said for.
 */
static void write_line(answer_t *this, line_t *line)
{
	char *names = NULL;
	size_t len;
	FILE *out;
	int i;

	if (line->count >= array_count(this->cfgs))
	{
		this->out->item(this->out, "%s", line->text);
		return;
	}
	out = open_memstream(&names, &len);
	for (i = 0; i < min(line->count, NAMED_MAX); i++)
	{
		fprintf(out, "%s%s", i ? ", " : "", line->connections[i]);
	}
	fclose(out);
	this->out->item(this->out, "on %s%s: %s", names,
					line->count > NAMED_MAX ? ", ..." : "", line->text);
	free(names);
}

/**
 * Write what a plugin says, callback of offer_find().
 */
static bool write_plugin(void *data, const offer_t *offer)
{
	answer_t *this = data;
	array_t *lines;
	line_t *line;
	u_int count = 0;

	if (!offer->explain)
	{
		return FALSE;
	}
	lines = ask(this, offer);
	this->out->begin_section(this->out, offer->plugin);
	this->out->begin_list(this->out, "answers");
	while (array_remove(lines, ARRAY_HEAD, &line))
	{
		if (++count <= ITEMS_MAX)
		{
			write_line(this, line);
		}
		free(line->text);
		free(line);
	}
	if (count > ITEMS_MAX)
	{
		this->out->item(this->out, "... and %u lines more", count - ITEMS_MAX);
	}
	this->out->end_list(this->out);
	this->out->end_section(this->out);
	array_destroy(lines);
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
