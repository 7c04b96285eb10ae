/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_peers.h"

#include <collections/array.h>
#include <item_list.h>
#include <option_value.h>
#include <peer_match.h>
#include <selectors/traffic_selector.h>

typedef struct private_ikev1_policy_peers_t private_ikev1_policy_peers_t;

struct private_ikev1_policy_peers_t {
	ikev1_policy_peers_t public;
	/** traffic_selector_t */
	linked_list_t *networks;
	/** array of identification_t */
	array_t *ids;
};

METHOD(ikev1_policy_peers_t, includes, bool,
	private_ikev1_policy_peers_t *this, host_t *host, identification_t *id)
{
	enumerator_t *enumerator;
	identification_t *pattern;
	bool found = host && peer_match_address(this->networks, host);

	enumerator = array_create_enumerator(this->ids);
	while (id && !found && enumerator->enumerate(enumerator, &pattern))
	{
		found = id->matches(id, pattern);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Add an address, network or range. Returns FALSE if it is none.
 */
static bool add_network(linked_list_t *networks, const char *item)
{
	const option_t option = { .type = OPTION_SUBNETS };
	option_errors_t *errors = option_errors_create();
	linked_list_t *list = NULL;
	traffic_selector_t *ts;
	bool valid;

	option_value_parse(&option, item, &list, errors, "");
	valid = !errors->get_count(errors);
	while (valid && list->remove_first(list, (void**)&ts) == SUCCESS)
	{
		networks->insert_last(networks, ts);
	}
	option_value_clear(&option, &list);
	errors->destroy(errors);
	return valid;
}

/**
 * Is this meant to be an address or network, though it is none? As an identity
 * it would match nothing.
 */
static bool looks_numeric(const char *item)
{
	return item[strspn(item, "0123456789./-")] == '\0' ||
		   (strpbrk(item, ":/") &&
			item[strspn(item, "0123456789abcdefABCDEF:./-")] == '\0');
}

/**
 * A list that is being parsed.
 */
typedef struct {
	private_ikev1_policy_peers_t *peers;
	option_errors_t *errors;
	const char *key;
} parser_t;

/**
 * Implementation of item_list_cb_t.
 */
static void add(void *data, char *item, const char *where)
{
	parser_t *this = data;

	if (add_network(this->peers->networks, item))
	{
		return;
	}
	if (looks_numeric(item))
	{
		this->errors->add(this->errors, this->key, item, "%s%sexpected an "
						  "address, network, range of addresses or identity",
						  where ?: "", where ? ", " : "");
	}
	else
	{
		array_insert(this->peers->ids, ARRAY_TAIL,
					 identification_create_from_string(item));
	}
}

METHOD(ikev1_policy_peers_t, destroy, void,
	private_ikev1_policy_peers_t *this)
{
	this->networks->destroy_offset(this->networks,
								   offsetof(traffic_selector_t, destroy));
	array_destroy_offset(this->ids, offsetof(identification_t, destroy));
	free(this);
}

ikev1_policy_peers_t *ikev1_policy_peers_create(glob_list_t *items,
												option_errors_t *errors,
												const char *key)
{
	private_ikev1_policy_peers_t *this;
	enumerator_t *enumerator;
	parser_t parser;
	bool negated;
	char *item;

	INIT(this,
		.public = {
			.includes = _includes,
			.destroy = _destroy,
		},
		.networks = linked_list_create(),
		.ids = array_create(0, 0),
	);
	parser = (parser_t){ this, errors, key };
	enumerator = items->create_enumerator(items);
	while (enumerator->enumerate(enumerator, &item, &negated))
	{
		if (negated)
		{
			errors->add(errors, key, item, "is negated, expected only peers "
						"that may");
		}
		else if (strpfx(item, ITEM_LIST_FILE))
		{
			item_list_parse(item, errors, key, add, &parser);
		}
		else
		{	/* which may have commas, if it is quoted */
			add(&parser, item, NULL);
		}
	}
	enumerator->destroy(enumerator);
	return &this->public;
}
