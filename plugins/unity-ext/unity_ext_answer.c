/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_answer.h"
#include "unity_ext_attr.h"
#include "unity_ext_subnet.h"

/**
 * Is an attribute of this type of use to the client? One that asks for any
 * Unity attribute gets no others. One that asks for none, as those do that
 * wait for the gateway to push them, gets all of them.
 */
static bool is_wanted(const unity_ext_peer_t *client,
					  configuration_attribute_type_t type)
{
	uint32_t bit = unity_ext_type_bit(type);

	/* not about Unity, or Apple's clients, which don't all ask for it */
	if (!bit || client->ikev2)
	{
		return TRUE;
	}
	if (!client->unity)
	{
		return FALSE;
	}
	if (type == INTERNAL_DNS_DOMAIN)
	{
		bit |= unity_ext_type_bit(UNITY_SPLITDNS_NAME);
	}
	return !(client->asked & UNITY_EXT_TYPES_UNITY) || client->asked & bit;
}

/**
 * Find an attribute by its type, and its value if given.
 */
static unity_ext_attr_t *find(array_t *attrs,
							  configuration_attribute_type_t type,
							  chunk_t *value)
{
	unity_ext_attr_t *attr;
	enumerator_t *enumerator;
	bool found = FALSE;

	enumerator = array_create_enumerator(attrs);
	while (!found && enumerator->enumerate(enumerator, &attr))
	{
		found = attr->type == type &&
				(!value || chunk_equals(attr->value, *value));
	}
	enumerator->destroy(enumerator);
	return found ? attr : NULL;
}

/**
 * Has the rule a value for attributes of this type? DNS servers are one, of
 * either family, and so are IKEv2's networks.
 */
static bool is_ours(array_t *ours, configuration_attribute_type_t type)
{
	switch (type)
	{
		case INTERNAL_IP4_DNS:
		case INTERNAL_IP6_DNS:
			return find(ours, INTERNAL_IP4_DNS, NULL) ||
				   find(ours, INTERNAL_IP6_DNS, NULL);
		case INTERNAL_IP4_SUBNET:
		case INTERNAL_IP6_SUBNET:
			return find(ours, INTERNAL_IP4_SUBNET, NULL) ||
				   find(ours, INTERNAL_IP6_SUBNET, NULL);
		default:
			return find(ours, type, NULL) != NULL;
	}
}

/**
 * Add an attribute of another source that the rule has no say in. Returns
 * why it isn't, or NULL.
 */
static const char *add_other(array_t *answer, unity_ext_attr_t *other,
							 bool ikev2)
{
	unity_ext_attr_t *first;
	chunk_t both, networks;
	uint32_t bit = unity_ext_type_bit(other->type);
	bool subnets, once;

	subnets = other->type == UNITY_SPLIT_INCLUDE ||
			  other->type == UNITY_LOCAL_LAN;
	/* INTERNAL_DNS_DOMAIN is one for each domain in IKEv2 only */
	once = ikev2 ? bit & UNITY_EXT_TYPES_UNITY : bit;
	first = find(answer, other->type, once ? NULL : &other->value);
	if (first && !subnets)
	{
		return "another source has it";
	}
	if (subnets)
	{
		/* also if it is the only one: vpnc takes no short entries */
		both = chunk_cat("cc", first ? first->value : chunk_empty,
						 other->value);
		if (!unity_ext_subnets_normalize(both, &networks))
		{
			if (first)
			{
				chunk_free(&first->value);
				first->value = networks;
			}
			else
			{
				unity_ext_attrs_add(answer, other->type, networks);
				chunk_free(&networks);
			}
			chunk_free(&both);
			return first ? "its networks are merged with another source's" :
						   NULL;
		}
		chunk_free(&both);
		if (first)
		{
			return "another source has it, and both can't be merged";
		}
	}
	array_insert(answer, ARRAY_TAIL, other);
	other->value = chunk_empty;
	return NULL;
}

array_t *unity_ext_answer(unity_ext_rule_t *rule,
						  const unity_ext_peer_t *client, array_t *others,
						  u_int *ours)
{
	array_t *answer = unity_ext_attrs_create(), *all = NULL;
	unity_ext_attr_t *attr, copy;
	enumerator_t *enumerator;
	const char *reason;

	*ours = 0;
	if (rule)
	{
		all = client->ikev2 ? rule->ikev2 : rule->unity;
	}
	enumerator = array_create_enumerator(others);
	while (enumerator->enumerate(enumerator, &attr))
	{
		reason = is_ours(all, attr->type) ? "the rule has it" :
								add_other(answer, attr, client->ikev2);
		if (reason)
		{
			DBG2(DBG_CFG, "unity-ext: %N of another source isn't sent: %s",
				 configuration_attribute_type_names, attr->type, reason);
		}
	}
	enumerator->destroy(enumerator);

	enumerator = array_create_enumerator(all);
	while (enumerator->enumerate(enumerator, &attr))
	{
		if (is_wanted(client, attr->type))
		{
			copy = *attr;
			copy.value = chunk_clone(attr->value);
			array_insert(answer, ARRAY_TAIL, &copy);
			(*ours)++;
		}
		else
		{
			DBG2(DBG_CFG, "unity-ext: %N isn't sent: %s",
				 configuration_attribute_type_names, attr->type,
				 client->unity ? "the client asked for others" :
								 "the client sent no Unity vendor ID");
		}
	}
	enumerator->destroy(enumerator);
	return answer;
}
