/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "option_value.h"
#include "glob_list.h"
#include "item_list.h"
#include "utf8.h"

#include <collections/linked_list.h>
#include <networking/host.h>
#include <selectors/traffic_selector.h>
#include <utils/identification.h>

#include <ctype.h>

/**
 * Parse the digits at the start of a string.
 *
 * @return		what follows them, NULL if there are none or too many
 */
static const char *parse_digits(const char *str, uint64_t *number)
{
	const char *pos;

	*number = 0;
	for (pos = str; isdigit((u_char)*pos); pos++)
	{
		*number = *number * 10 + *pos - '0';
		if (*number > UINT32_MAX)
		{
			return NULL;
		}
	}
	return pos == str ? NULL : pos;
}

bool option_number_parse(const char *str, uint32_t min, uint32_t max,
						 uint32_t *out)
{
	const char *end;
	uint64_t number;

	end = parse_digits(str, &number);
	if (!end || *end || number < min || number > max)
	{
		return FALSE;
	}
	*out = number;
	return TRUE;
}

/**
 * Parse a number that may have a fraction.
 */
static bool parse_decimal(const char *str, uint32_t min, uint32_t max,
						  double *out)
{
	size_t whole = strspn(str, "0123456789");
	const char *end = str + whole;

	if (*end == '.')
	{
		end++;
		end += strspn(end, "0123456789");
	}
	*out = strtod(str, NULL);
	return whole && !*end && end[-1] != '.' &&
		   *out >= min / 1000.0 && *out <= max / 1000.0;
}

/**
 * Parse a number with an optional unit of time.
 */
static bool parse_time(const char *str, uint32_t min, uint32_t max,
					   uint32_t *out)
{
	static const struct {
		const char *unit;
		u_int seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
	};
	const char *end;
	uint64_t number;
	int i;

	end = parse_digits(str, &number);
	for (i = 0; i < countof(units); i++)
	{
		if (streq(end, units[i].unit))
		{
			number *= units[i].seconds;
			if (number < min || number > max)
			{
				return FALSE;
			}
			*out = number;
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Find a word in a NULL terminated list. As in the host's own parsers, case
 * doesn't matter.
 *
 * @return		its index, -1 if not found
 */
static int find_word(const char *const *words, const char *str)
{
	int i;

	for (i = 0; words[i]; i++)
	{
		if (strcaseeq(words[i], str))
		{
			return i;
		}
	}
	return -1;
}

/**
 * Parse a word for yes or no.
 */
static bool parse_bool(const char *str, bool *out)
{
	static const char *const yes[] = { "yes", "true", "enabled", "1", NULL };
	static const char *const no[] = { "no", "false", "disabled", "0", NULL };

	*out = find_word(yes, str) != -1;
	return *out || find_word(no, str) != -1;
}

/**
 * Parse the name of an enum value.
 */
static bool parse_enum(const char *str, const char *const *names, int *out)
{
	*out = find_word(names, str);
	return *out != -1;
}

/**
 * Check what all kinds of text have in common.
 */
static bool check_text(const char *str, const char **wrong)
{
	if (!*str)
	{
		*wrong = "empty";
		return FALSE;
	}
	if (!utf8_valid(str))
	{
		*wrong = "not valid UTF-8";
		return FALSE;
	}
	return TRUE;
}

/**
 * Parse a string.
 */
static bool parse_string(const char *str, char **out, const char **wrong)
{
	if (!check_text(str, wrong))
	{
		return FALSE;
	}
	*out = strdup(str);
	return TRUE;
}

/**
 * Parse a list of patterns.
 */
static bool parse_globs(const char *str, glob_list_t **out, const char **wrong)
{
	if (!check_text(str, wrong))
	{
		return FALSE;
	}
	*out = glob_list_create(str, wrong);
	return *out != NULL;
}

/**
 * Parse an identity. Any text is one of some type.
 */
static bool parse_id(const char *str, identification_t **out,
					 const char **wrong)
{
	if (!check_text(str, wrong))
	{
		return FALSE;
	}
	*out = identification_create_from_string((char*)str);
	return TRUE;
}

/**
 * Parse an IP address. host_t takes more than that for one, e.g. "%any".
 */
static host_t *parse_address(char *str)
{
	return str[strspn(str, "0123456789abcdefABCDEF.:")]
				? NULL : host_create_from_string(str, 0);
}

/**
 * Parse a network, split at its slash. The host's own parser takes "/x" for
 * "/0" and "/99" for "/32".
 */
static traffic_selector_t *parse_network(char *address, char *prefix)
{
	host_t *host;
	uint32_t bits, max;

	host = parse_address(address);
	if (!host)
	{
		return NULL;
	}
	max = host->get_family(host) == AF_INET ? 32 : 128;
	if (!option_number_parse(prefix, 0, max, &bits))
	{
		host->destroy(host);
		return NULL;
	}
	return traffic_selector_create_from_subnet(host, bits, 0, 0, 65535);
}

/**
 * Create a traffic selector if two addresses make a range.
 */
static traffic_selector_t *create_range(host_t *from, host_t *to)
{
	chunk_t lower = from->get_address(from), upper = to->get_address(to);
	ts_type_t type = TS_IPV4_ADDR_RANGE;

	if (lower.len != upper.len || memcmp(lower.ptr, upper.ptr, lower.len) > 0)
	{
		return NULL;
	}
	if (from->get_family(from) == AF_INET6)
	{
		type = TS_IPV6_ADDR_RANGE;
	}
	return traffic_selector_create_from_bytes(0, type, lower, 0, upper, 65535);
}

/**
 * Parse a range, split at its dash.
 */
static traffic_selector_t *parse_range(char *from, char *to)
{
	traffic_selector_t *ts = NULL;
	host_t *lower, *upper;

	lower = parse_address(from);
	upper = parse_address(to);
	if (lower && upper)
	{
		ts = create_range(lower, upper);
	}
	DESTROY_IF(lower);
	DESTROY_IF(upper);
	return ts;
}

/**
 * Parse a network, a range or an address.
 */
static traffic_selector_t *parse_subnet(char *str)
{
	char copy[BUF_LEN], *second;

	if (snprintf(copy, sizeof(copy), "%s", str) >= sizeof(copy))
	{
		return NULL;
	}
	if ((second = strchr(copy, '/')))
	{
		*second++ = '\0';
		return parse_network(copy, second);
	}
	if ((second = strchr(copy, '-')))
	{
		*second++ = '\0';
		return parse_range(copy, second);
	}
	return parse_range(copy, copy);
}

/**
 * Add an error about a value or a part of it.
 */
static void reject(const option_t *option, const char *value,
				   const char *wrong, option_errors_t *errors, const char *key)
{
	char expected[BUF_LEN];

	option_value_describe(option, expected, sizeof(expected));
	errors->add(errors, key, value, "%s%s%s", wrong ?: "", wrong ? ", " : "",
				expected);
}

/**
 * A list of subnets that is being parsed.
 */
typedef struct {
	const option_t *option;
	linked_list_t *list;
	option_errors_t *errors;
	const char *key;
} subnets_t;

/**
 * Implementation of item_list_cb_t. Each wrong item is an error on its own: a
 * long list wouldn't be shown as a whole.
 */
static void add_subnet(void *data, char *item, const char *where)
{
	subnets_t *this = data;
	traffic_selector_t *ts;

	ts = parse_subnet(item);
	if (ts)
	{
		this->list->insert_last(this->list, ts);
	}
	else
	{
		reject(this->option, item, where, this->errors, this->key);
	}
}

/**
 * Parse a list of subnets.
 */
static void parse_subnets(const option_t *option, const char *str,
						  linked_list_t **out, option_errors_t *errors,
						  const char *key)
{
	subnets_t subnets = {
		.option = option,
		.list = linked_list_create(),
		.errors = errors,
		.key = key,
	};

	item_list_parse(str, errors, key, add_subnet, &subnets);
	*out = subnets.list;
}

void option_value_parse(const option_t *option, const char *value, void *slot,
						option_errors_t *errors, const char *key)
{
	const char *wrong = NULL;
	bool valid = FALSE;

	switch (option->type)
	{
		case OPTION_BOOL:
			valid = parse_bool(value, slot);
			break;
		case OPTION_INT:
			valid = option_number_parse(value, option->min, option->max, slot);
			break;
		case OPTION_DECIMAL:
			valid = parse_decimal(value, option->min, option->max, slot);
			break;
		case OPTION_TIME:
			valid = parse_time(value, option->min, option->max, slot);
			break;
		case OPTION_ENUM:
			valid = parse_enum(value, option->names, slot);
			break;
		case OPTION_STRING:
		case OPTION_SECRET:
			valid = parse_string(value, slot, &wrong);
			break;
		case OPTION_GLOBS:
			valid = parse_globs(value, slot, &wrong);
			break;
		case OPTION_SUBNETS:
			parse_subnets(option, value, slot, errors, key);
			return;
		case OPTION_ID:
			valid = parse_id(value, slot, &wrong);
			break;
		case OPTION_SECTIONS:
			break;
	}
	if (!valid)
	{
		reject(option, option->type == OPTION_SECRET ? NULL : value, wrong,
			   errors, key);
	}
}

void option_value_init(const option_t *option, void *slot)
{
	switch (option->type)
	{
		case OPTION_BOOL:
			*(bool*)slot = FALSE;
			break;
		case OPTION_INT:
		case OPTION_TIME:
			*(uint32_t*)slot = OPTION_UNSET;
			break;
		case OPTION_DECIMAL:
			*(double*)slot = 0;
			break;
		case OPTION_ENUM:
			*(int*)slot = OPTION_UNSET_ENUM;
			break;
		case OPTION_STRING:
		case OPTION_SECRET:
		case OPTION_GLOBS:
		case OPTION_SUBNETS:
		case OPTION_ID:
			*(void**)slot = NULL;
			break;
		case OPTION_SECTIONS:
			*(options_sections_t*)slot = (options_sections_t){};
			break;
	}
}

void option_value_clear(const option_t *option, void *slot)
{
	linked_list_t *subnets;
	glob_list_t *globs;
	identification_t *id;

	switch (option->type)
	{
		case OPTION_STRING:
			free(*(char**)slot);
			break;
		case OPTION_SECRET:
			if (*(char**)slot)
			{
				memwipe(*(char**)slot, strlen(*(char**)slot));
			}
			free(*(char**)slot);
			break;
		case OPTION_GLOBS:
			globs = *(glob_list_t**)slot;
			DESTROY_IF(globs);
			break;
		case OPTION_SUBNETS:
			subnets = *(linked_list_t**)slot;
			DESTROY_OFFSET_IF(subnets,
							  offsetof(traffic_selector_t, destroy));
			break;
		case OPTION_ID:
			id = *(identification_t**)slot;
			DESTROY_IF(id);
			break;
		default:
			break;
	}
	option_value_init(option, slot);
}

/**
 * Append a word to a list of them.
 */
static void append(char *buf, size_t len, const char *first, const char *word)
{
	size_t used = strlen(buf);

	snprintf(buf + used, len - used, "%s%s", used ? ", " : first, word);
}

void option_value_describe(const option_t *option, char *buf, size_t len)
{
	int i;

	switch (option->type)
	{
		case OPTION_BOOL:
			snprintf(buf, len, "expected yes or no");
			break;
		case OPTION_INT:
			snprintf(buf, len, "expected %u-%u", option->min, option->max);
			break;
		case OPTION_DECIMAL:
			snprintf(buf, len, "expected %g-%.10g, such as 1.8",
					 option->min / 1000.0, option->max / 1000.0);
			break;
		case OPTION_TIME:
			snprintf(buf, len, "expected %u-%u seconds (or with s, m, h, d)",
					 option->min, option->max);
			break;
		case OPTION_ENUM:
			*buf = '\0';
			for (i = 0; option->names[i]; i++)
			{
				append(buf, len, "expected one of ", option->names[i]);
			}
			break;
		case OPTION_STRING:
		case OPTION_SECRET:
			snprintf(buf, len, "expected a string in UTF-8");
			break;
		case OPTION_GLOBS:
			snprintf(buf, len, "expected a comma separated list of patterns");
			break;
		case OPTION_SUBNETS:
			snprintf(buf, len, "expected a comma separated list of networks, "
					 "address ranges and addresses");
			break;
		case OPTION_ID:
			snprintf(buf, len, "expected an identity in UTF-8");
			break;
		case OPTION_SECTIONS:
			snprintf(buf, len, "expected only sections %s.<name>",
					 option->key);
			break;
	}
}
