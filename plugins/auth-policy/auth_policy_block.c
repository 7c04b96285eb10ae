/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_block.h"

#include <collections/linked_list.h>
#include <credentials/certificates/x509.h>
#include <option_value.h>
#include <peer_identity.h>
#include <utf8.h>

#include <ctype.h>
#include <time.h>

/**
 * Longest time: ten years, beyond which it is for good.
 */
#define EXPIRE_MAX (3650 * 24 * 3600)

/**
 * How times are written.
 */
#define TIME_FORMAT "%Y-%m-%dT%H:%M:%SZ"

/**
 * Section that a line is put into to be read.
 */
#define SECTION "block"

static const option_t options[] = {
	OPTION(auth_policy_block_t, id, STRING),
	OPTION(auth_policy_block_t, address, STRING),
	OPTION(auth_policy_block_t, serial, STRING),
	OPTION(auth_policy_block_t, issuer, STRING),
	OPTION(auth_policy_block_t, fingerprint, STRING),
	OPTION(auth_policy_block_t, until, STRING),
	OPTION(auth_policy_block_t, expire, TIME, .min = 1, .max = EXPIRE_MAX),
	OPTION(auth_policy_block_t, since, STRING),
	OPTION(auth_policy_block_t, by, STRING),
	OPTION(auth_policy_block_t, note, STRING),
};

/**
 * Options of type STRING, in the order of a line; the first that are set say
 * whom it is about.
 */
static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{ "id", offsetof(auth_policy_block_t, id) },
	{ "address", offsetof(auth_policy_block_t, address) },
	{ "serial", offsetof(auth_policy_block_t, serial) },
	{ "issuer", offsetof(auth_policy_block_t, issuer) },
	{ "fingerprint", offsetof(auth_policy_block_t, fingerprint) },
	{ "until", offsetof(auth_policy_block_t, until) },
	{ "since", offsetof(auth_policy_block_t, since) },
	{ "by", offsetof(auth_policy_block_t, by) },
	{ "note", offsetof(auth_policy_block_t, note) },
};
#define WHOM 5

static char *get_text(const auth_policy_block_t *this, int i)
{
	return *(char**)((char*)this + texts[i].offset);
}

/**
 * Check a pattern, which isn't a list.
 */
static glob_list_t *parse_pattern(char *text, const char *key,
								  option_errors_t *errors)
{
	glob_list_t *list = NULL;
	const char *bad = "expected a pattern without ! before it";
	char *quoted;

	if (*text != '!')
	{
		quoted = glob_list_quote(text);
		list = glob_list_create(quoted, &bad);
		free(quoted);
	}
	if (!list)
	{
		errors->add(errors, key, text, "%s", bad);
	}
	return list;
}

/**
 * Check an identity.
 */
static void check_id(auth_policy_block_t *this, option_errors_t *errors)
{
	if (!this->id[strspn(this->id, "*?")])
	{
		errors->add(errors, "id", this->id, "is everybody, expected a pattern "
					"with a name");
		return;
	}
	this->pattern = parse_pattern(this->id, "id", errors);
}

/**
 * Check an address or network.
 */
static void check_address(auth_policy_block_t *this, option_errors_t *errors)
{
	static const option_t option = { .type = OPTION_SUBNETS };
	linked_list_t *list = NULL;
	host_t *from, *to;
	chunk_t a, b;

	if (strpbrk(this->address, "@,"))
	{
		errors->add(errors, "address", this->address, "expected one address, "
					"network or range");
		return;
	}
	option_value_parse(&option, this->address, &list, errors, "address");
	if (list)
	{
		list->remove_first(list, (void**)&this->network);
		list->destroy_offset(list, offsetof(traffic_selector_t, destroy));
	}
	if (this->network)
	{
		a = this->network->get_from_address(this->network);
		b = this->network->get_to_address(this->network);
		from = host_create_from_chunk(a.len == 4 ? AF_INET : AF_INET6, a, 0);
		to = host_create_from_chunk(b.len == 4 ? AF_INET : AF_INET6, b, 0);
		if (from && to && from->is_anyaddr(from) && *b.ptr == 0xff)
		{
			errors->add(errors, "address", this->address, "is everybody, "
						"expected a network");
		}
		DESTROY_IF(from);
		DESTROY_IF(to);
	}
}

/**
 * Read bytes in hex, with or without colons.
 */
static bool parse_hex(const char *text, chunk_t *bytes)
{
	char *digits = strdup(text), *out = digits;
	bool valid = TRUE;

	for (; *text && valid; text++)
	{
		valid = isxdigit((u_char)*text) || *text == ':';
		if (*text != ':')
		{
			*out++ = *text;
		}
	}
	*out = '\0';
	valid = valid && *digits;
	if (valid)
	{
		*bytes = chunk_from_hex(chunk_from_str(digits), NULL);
	}
	free(digits);
	return valid;
}

/**
 * Check the number of a certificate and its issuer.
 */
static void check_serial(auth_policy_block_t *this, option_errors_t *errors)
{
	chunk_t bytes;

	if (!this->serial || !this->issuer)
	{
		errors->add(errors, this->serial ? "issuer" : "serial", NULL,
					"missing, as serial and issuer are one certificate");
		return;
	}
	if (!parse_hex(this->serial, &bytes))
	{
		errors->add(errors, "serial", this->serial, "expected hex digits");
		return;
	}
	this->bytes = chunk_clone(chunk_skip_zero(bytes));
	chunk_free(&bytes);
	this->pattern = parse_pattern(this->issuer, "issuer", errors);
}

/**
 * Check a fingerprint.
 */
static void check_fingerprint(auth_policy_block_t *this,
							  option_errors_t *errors)
{
	hasher_t *hasher;

	if (!parse_hex(this->fingerprint, &this->bytes) ||
		(this->bytes.len != HASH_SIZE_SHA1 &&
		 this->bytes.len != HASH_SIZE_SHA256))
	{
		errors->add(errors, "fingerprint", this->fingerprint, "expected 40 "
					"(SHA-1) or 64 (SHA-256) hex digits");
		return;
	}
	hasher = lib->crypto->create_hasher(lib->crypto,
						this->bytes.len == HASH_SIZE_SHA1 ? HASH_SHA1
														  : HASH_SHA256);
	if (!hasher)
	{
		errors->add(errors, "fingerprint", this->fingerprint, "no plugin that "
					"is loaded has this hash");
	}
	DESTROY_IF(hasher);
}

/**
 * Read a time or date.
 *
 * @return				0 if there is none
 */
static time_t parse_time(const char *text, const char *key,
						 option_errors_t *errors)
{
	static const char *const formats[] = {
		TIME_FORMAT, "%Y-%m-%dT%H:%MZ", "%Y-%m-%d",
	};
	struct tm tm;
	char *end;
	int i;

	if (!text)
	{
		return 0;
	}
	for (i = 0; i < countof(formats); i++)
	{
		tm = (struct tm){};
		end = strptime(text, formats[i], &tm);
		if (end && !*end)
		{
			return timegm(&tm);
		}
	}
	errors->add(errors, key, text, "expected a time in UTC as "
				"2026-12-24T18:00:00Z, or a date");
	return 0;
}

/**
 * Check that a text may be part of a line.
 */
static void check_printable(const auth_policy_block_t *this, int i,
							option_errors_t *errors)
{
	const char *pos = get_text(this, i);
	size_t len;

	for (; pos && *pos; pos += len)
	{
		len = utf8_length(pos);
		if (!utf8_printable(pos, len))
		{
			errors->add(errors, texts[i].key, get_text(this, i), "expected "
						"printable characters");
			break;
		}
	}
}

/**
 * Implementation of options_schema_t.check.
 */
static void check(void *config, option_errors_t *errors)
{
	auth_policy_block_t *this = config;
	int i;

	for (i = 0; i < countof(texts); i++)
	{
		check_printable(this, i, errors);
	}
	if (!!this->id + !!this->address + !!this->fingerprint +
		(this->serial || this->issuer) != 1)
	{
		errors->add(errors, NULL, NULL, "expected one of id, address, serial "
					"with issuer, fingerprint");
	}
	else if (this->id)
	{
		check_id(this, errors);
	}
	else if (this->address)
	{
		check_address(this, errors);
	}
	else if (this->fingerprint)
	{
		check_fingerprint(this, errors);
	}
	else
	{
		check_serial(this, errors);
	}
	this->ends = parse_time(this->until, "until", errors);
	this->set = parse_time(this->since, "since", errors);
	if (this->until && this->expire != OPTION_UNSET)
	{
		errors->add(errors, "expire", NULL, "expected either that or until");
	}
}

/**
 * Implementation of options_schema_t.clear.
 */
static void clear(void *config)
{
	auth_policy_block_t *this = config;

	DESTROY_IF(this->pattern);
	DESTROY_IF(this->network);
	chunk_free(&this->bytes);
}

const options_schema_t auth_policy_block_schema = {
	.name = SECTION,
	.size = sizeof(auth_policy_block_t),
	.options = options,
	.count = countof(options),
	.check = check,
	.clear = clear,
};

/**
 * Implementation of options_schema_t.check for lockouts, whose name is none of
 * an operator's: it may well be a pattern of everybody.
 */
static void check_lockout(void *config, option_errors_t *errors)
{
	auth_policy_block_t *this = config;

	if (this->address)
	{
		check_address(this, errors);
	}
}

static const options_schema_t lockout_schema = {
	.name = SECTION,
	.size = sizeof(auth_policy_block_t),
	.options = options,
	.count = countof(options),
	.check = check_lockout,
	.clear = clear,
};

auth_policy_block_t *auth_policy_block_create_lockout(const char *id,
													  const char *address,
													  const char *note)
{
	option_errors_t *errors = option_errors_create();
	settings_t *settings = settings_create(NULL);
	auth_policy_block_t *block;

	if (id)
	{
		settings->set_str(settings, SECTION ".id", (char*)id);
	}
	if (address)
	{
		settings->set_str(settings, SECTION ".address", (char*)address);
	}
	settings->set_str(settings, SECTION ".by", "lockout");
	settings->set_str(settings, SECTION ".note", (char*)note);
	block = options_load(&lockout_schema, settings, SECTION, errors);
	settings->destroy(settings);
	errors->destroy(errors);
	return block;
}

/**
 * Take the next word off a line: what stands in double quotes is part of it.
 *
 * @param line			moved on
 * @return				word, NULL if there is none
 */
static char *take_word(char **line)
{
	char *in = *line, *out, *word;
	bool quoted = FALSE;

	while (isspace((u_char)*in))
	{
		in++;
	}
	if (!*in || *in == '#')
	{
		return NULL;
	}
	for (word = out = in; *in && (quoted || !isspace((u_char)*in)); in++)
	{
		if (*in != '"' || (quoted && in[1] == '"' && in++))
		{
			*out++ = *in;
		}
		else
		{
			quoted = !quoted;
		}
	}
	*line = *in ? in + 1 : in;
	*out = '\0';
	return quoted ? NULL : word;
}

/**
 * Is a key one of those that say whom a line is about?
 */
static bool is_whom(const char *key)
{
	int i;

	for (i = 0; i < WHOM; i++)
	{
		if (streq(texts[i].key, key))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Is a key that of an option? Others might mean something to settings_t.
 */
static bool is_option(const char *key)
{
	int i;

	for (i = 0; i < countof(options); i++)
	{
		if (streq(options[i].key, key))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Read a line into settings.
 *
 * @param all			gets all options
 * @param whom			gets those that say whom it is about
 * @return				FALSE if there are none
 */
static bool read_line(char *line, settings_t *all, settings_t *whom,
					  option_errors_t *errors)
{
	char *word, *value, *rest = line;
	bool found = FALSE;

	while ((word = take_word(&line)))
	{
		found = TRUE;
		rest = line;
		value = strchr(word, '=');
		if (!value)
		{
			errors->add(errors, NULL, NULL, "\"%s\": expected KEY=VALUE", word);
			continue;
		}
		*value++ = '\0';
		if (!is_option(word) || streq(word, "expire"))
		{
			errors->add(errors, word, value, "unknown, expected id, address, "
						"serial, issuer, fingerprint, until, since, by or "
						"note");
			continue;
		}
		if (all->get_str(all, SECTION ".%s", NULL, word))
		{
			errors->add(errors, word, value, "is there twice");
			continue;
		}
		all->set_str(all, SECTION ".%s", value, word);
		if (is_whom(word))
		{
			whom->set_str(whom, SECTION ".%s", value, word);
		}
	}
	rest += strspn(rest, " \t\r\n");
	if (*rest && *rest != '#')
	{
		errors->add(errors, NULL, NULL, "a \" is missing");
		found = TRUE;
	}
	return found;
}

auth_policy_block_t *auth_policy_block_parse(char *line,
											 option_errors_t *errors)
{
	settings_t *all = settings_create(NULL), *whom = settings_create(NULL);
	auth_policy_block_t *block = NULL;
	option_errors_t *again;
	u_int before = errors->get_count(errors);

	if (read_line(line, all, whom, errors))
	{
		block = options_load(&auth_policy_block_schema, all, SECTION, errors);
		if (block && errors->get_count(errors) > before)
		{	/* what isn't clear may have been an end */
			options_unref(block);
			block = NULL;
		}
		if (!block)
		{
			again = option_errors_create();
			block = options_load(&auth_policy_block_schema, whom, SECTION,
								 again);
			again->destroy(again);
		}
	}
	all->destroy(all);
	whom->destroy(whom);
	return block;
}

/**
 * Write an option, in quotes if need be.
 */
static void print_text(FILE *out, const char *key, const char *text)
{
	bool quotes = text[strcspn(text, " \t\"#")];

	fprintf(out, "%s%s=%s", ftell(out) > 0 ? " " : "", key,
			quotes ? "\"" : "");
	for (; *text; text++)
	{
		fprintf(out, "%s%c", *text == '"' ? "\"" : "", *text);
	}
	fprintf(out, "%s", quotes ? "\"" : "");
}

static void print_time(FILE *out, const char *key, time_t time)
{
	char text[64];
	struct tm tm;

	if (time && gmtime_r(&time, &tm) &&
		strftime(text, sizeof(text), TIME_FORMAT, &tm))
	{
		print_text(out, key, text);
	}
}

char *auth_policy_block_print(const auth_policy_block_t *this)
{
	char *line = NULL;
	size_t len;
	FILE *out;
	int i;

	out = open_memstream(&line, &len);
	for (i = 0; i < WHOM; i++)
	{
		if (get_text(this, i))
		{
			print_text(out, texts[i].key, get_text(this, i));
		}
	}
	print_time(out, "since", this->set);
	print_time(out, "until", this->ends);
	if (this->by)
	{
		print_text(out, "by", this->by);
	}
	if (this->note)
	{
		print_text(out, "note", this->note);
	}
	fclose(out);
	return line;
}

/**
 * Are two texts the same but for case, or both missing?
 */
static bool same(const char *a, const char *b)
{
	return a && b ? strcaseeq(a, b) : !a && !b;
}

bool auth_policy_block_equals(const auth_policy_block_t *a,
							  const auth_policy_block_t *b)
{
	if (a->network || b->network)
	{
		return a->network && b->network &&
			   a->network->equals(a->network, b->network);
	}
	return same(a->id, b->id) && same(a->issuer, b->issuer) &&
		   !a->fingerprint == !b->fingerprint &&
		   a->bytes.len == b->bytes.len &&
		   (!a->bytes.len || chunk_equals(a->bytes, b->bytes));
}

bool auth_policy_block_among(const auth_policy_block_t *this, array_t *list)
{
	auth_policy_block_t *other;
	int i;

	for (i = 0; array_get(list, i, &other); i++)
	{
		if (auth_policy_block_equals(this, other))
		{
			return TRUE;
		}
	}
	return FALSE;
}

bool auth_policy_block_over(const auth_policy_block_t *this, time_t now)
{
	return this->ends && this->ends <= now;
}

/**
 * May a name stand for others that a pattern matches? With a pre-shared key or
 * a password, charon takes one with a * in front for any that ends so, and * in
 * a DN for any value.
 */
static bool may_stand_for(const char *name, const char *pattern)
{
	const char *end, *suffix;

	if (*name != '*')
	{
		return strstr(name, "=*") && strpbrk(pattern, "=*");
	}
	if (strchr(pattern, '['))
	{
		return TRUE;
	}
	end = pattern + strlen(pattern);
	for (suffix = name + strlen(name); suffix > name + 1;)
	{
		if (end == pattern)
		{
			return FALSE;
		}
		end--;
		suffix--;
		if (*end == '*')
		{
			break;
		}
		if (*end != '?' && tolower(*end) != tolower(*suffix))
		{
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Is a name among others?
 */
static bool is_named(array_t *names, const char *id)
{
	char *name;
	int i;

	for (i = 0; array_get(names, i, &name); i++)
	{
		if (strcaseeq(name, id))
		{
			return TRUE;
		}
	}
	return FALSE;
}

static bool matches_id(const auth_policy_block_t *this,
					   const auth_policy_person_t *person)
{
	char *name;
	int i;

	if (!this->pattern)
	{
		return is_named(person->names, this->id);
	}
	if (this->pattern->matches_any(this->pattern, person->names))
	{
		return TRUE;
	}
	for (i = 0; array_get(person->said, i, &name); i++)
	{
		if (may_stand_for(name, this->id))
		{
			return TRUE;
		}
	}
	return FALSE;
}

static bool has_serial(const auth_policy_block_t *this, certificate_t *cert)
{
	x509_t *x509 = (x509_t*)cert;
	char *issuer;
	bool matches;

	if (!chunk_equals(this->bytes, chunk_skip_zero(x509->get_serial(x509))))
	{
		return FALSE;
	}
	issuer = peer_identity_print(cert->get_issuer(cert));
	matches = this->pattern->matches(this->pattern, issuer);
	free(issuer);
	return matches;
}

bool auth_policy_block_matches(const auth_policy_block_t *this,
							   const auth_policy_person_t *person)
{
	auth_policy_shown_t *shown;
	int i;

	if (this->network &&
		(!person->host ||
		 !this->network->includes(this->network, person->host)))
	{
		return FALSE;
	}
	if (this->network && !this->id)
	{
		return TRUE;
	}
	if (this->id)
	{
		return matches_id(this, person);
	}
	for (i = 0; array_get(person->certs, i, &shown); i++)
	{
		if (this->fingerprint ? auth_policy_shown_is(shown, this->bytes)
							  : has_serial(this, shown->cert))
		{
			return TRUE;
		}
	}
	return FALSE;
}
