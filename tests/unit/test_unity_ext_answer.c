/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unity_ext_answer.h>
#include <unity_ext_attr.h>
#include <unity_ext_settings.h>

static char staff[] =
	"ux { rules { staff {\n"
	"	ids = *\n"
	"	banner = Hi\n"
	"	default_domain = Corp.LAB.\n"
	"	split_dns = \"corp.lab, example.org\"\n"
	"	split_include = \"10.77.1.0/24, 10.77.2.0/24\"\n"
	"	split_exclude = 192.168.7.0/24\n"
	"	backup_servers = \"192.0.2.1, GW2.corp.lab\"\n"
	"	save_password = yes\n"
	"	pfs = no\n"
	"	dns = \"10.77.1.1, fd00::1\"\n"
	"	nbns = 10.77.1.3\n"
	"} } }\n";

/** what vpnc 0.5.3 dumps of these (--debug 3), save for split_exclude and
 * backup_servers, which it doesn't ask for */
#define HEX_BANNER	"28672=4869"
#define HEX_SAVE	"28673#0001"
#define HEX_DOMAIN	"28674=636f72702e6c6162"
#define HEX_NAMES	"636f72702e6c61622c6578616d706c652e6f7267"
#define HEX_INCLUDE	"28676=0a4d0100ffffff00000000000000" \
					"0a4d0200ffffff00000000000000"
#define HEX_EXCLUDE	"28678=c0a80700ffffff00000000000000"
#define HEX_PFS		"28679#0000"
#define HEX_BACKUP	"28681=3139322e302e322e312c6777322e636f72702e6c6162"
#define HEX_DNS		"3=0a4d0101 10=fd000000000000000000000000000001 4=0a4d0103"
#define HEX_IKEV2	HEX_DNS " 13=0a4d0100ffffff00 13=0a4d0200ffffff00" \
	" 25=636f72702e6c6162 25=6578616d706c652e6f7267"

#define BIT(type) (2 << ((type) - UNITY_BANNER))

static unity_ext_settings_t *settings;

static void setup()
{
	option_errors_t *errors = option_errors_create();
	settings_t *conf = settings_create_string(staff);

	settings = options_load(&unity_ext_schema, conf, "ux", errors);
	ck_assert(settings != NULL);
	conf->destroy(conf);
	errors->destroy(errors);
}

static void teardown()
{
	options_unref(settings);
}

/**
 * Write attributes as "type=hex ...", basic ones with a #.
 */
static char *dump(array_t *attrs)
{
	static char buf[4096];
	unity_ext_attr_t attr;
	char hex[1024];
	size_t used = 0;
	int i;

	*buf = '\0';
	for (i = 0; array_get(attrs, i, &attr); i++)
	{
		*hex = '\0';
		if (attr.value.len)
		{
			chunk_to_hex(attr.value, hex, FALSE);
		}
		used += snprintf(buf + used, sizeof(buf) - used, "%s%d%c%s",
						 i ? " " : "", attr.type, attr.basic ? '#' : '=', hex);
	}
	return buf;
}

/**
 * Parse what dump() writes.
 */
static array_t *parse(const char *text)
{
	array_t *attrs = unity_ext_attrs_create();
	enumerator_t *enumerator;
	char *token, *hex;
	chunk_t value;

	enumerator = enumerator_create_token(text, " ", "");
	while (enumerator->enumerate(enumerator, &token))
	{
		hex = strchr(token, '=') + 1;
		value = *hex ? chunk_from_hex(chunk_from_str(hex), NULL) : chunk_empty;
		unity_ext_attrs_add(attrs, atoi(token), value);
		chunk_free(&value);
	}
	enumerator->destroy(enumerator);
	return attrs;
}

/** clients, what others have for them, and the answer */
static const struct {
	bool ikev2;
	bool unity;
	uint32_t asked;
	bool matches;
	const char *others;
	const char *answer;
} clients[] = {
	/* one that waits for what comes gets everything */
	{ FALSE, TRUE, 0, TRUE, "1=0a630001",
	  "1=0a630001 " HEX_DNS " " HEX_BANNER " " HEX_SAVE " " HEX_DOMAIN " "
	  HEX_INCLUDE " " HEX_EXCLUDE " " HEX_PFS " " HEX_BACKUP
	  " 28675=" HEX_NAMES " 25=" HEX_NAMES },
	/* what vpnc asks for: no exclude, no backup servers */
	{ FALSE, TRUE, BIT(UNITY_DEF_DOMAIN) | BIT(UNITY_FW_TYPE) |
	  BIT(UNITY_PFS) | BIT(UNITY_BANNER) | BIT(UNITY_SAVE_PASSWD) |
	  BIT(UNITY_SPLIT_INCLUDE) | BIT(UNITY_SPLITDNS_NAME) |
	  BIT(UNITY_DDNS_HOSTNAME), TRUE, "1=0a630001",
	  "1=0a630001 " HEX_DNS " " HEX_BANNER " " HEX_SAVE " " HEX_DOMAIN " "
	  HEX_INCLUDE " " HEX_PFS " 28675=" HEX_NAMES " 25=" HEX_NAMES },
	/* what Android's racoon asks for */
	{ FALSE, TRUE, BIT(UNITY_BANNER) | BIT(UNITY_DEF_DOMAIN) |
	  BIT(UNITY_SPLITDNS_NAME) | BIT(UNITY_SPLIT_INCLUDE) |
	  BIT(UNITY_LOCAL_LAN), TRUE, "",
	  HEX_DNS " " HEX_BANNER " " HEX_DOMAIN " " HEX_INCLUDE " " HEX_EXCLUDE
	  " 28675=" HEX_NAMES " 25=" HEX_NAMES },
	/* what stock strongSwan asks for */
	{ FALSE, TRUE, BIT(UNITY_SPLIT_INCLUDE) | BIT(UNITY_LOCAL_LAN), TRUE, "",
	  HEX_DNS " " HEX_INCLUDE " " HEX_EXCLUDE },
	/* asking for the domains of RFC 8598 is no Unity */
	{ FALSE, TRUE, 1 | BIT(UNITY_BANNER), TRUE, "",
	  HEX_DNS " " HEX_BANNER " 25=" HEX_NAMES },
	/* no Unity vendor ID */
	{ FALSE, FALSE, 0, TRUE, "1=0a630001", "1=0a630001 " HEX_DNS },
	{ FALSE, FALSE, BIT(UNITY_BANNER), TRUE, "", HEX_DNS },
	/* IKEv2: a network and a domain each */
	{ TRUE, FALSE, 0, TRUE, "1=0a630001",
	  "1=0a630001 " HEX_IKEV2 },
	{ TRUE, FALSE, 1, TRUE, "25=6f74686572",
	  HEX_IKEV2 },
	/* the rule wins over others, DNS servers of either family at once */
	{ FALSE, TRUE, BIT(UNITY_BANNER), TRUE,
	  "28672=6f74686572 28676=0a000000ff000000 3=01010101 3=02020202 "
	  "28680=6f74686572 25=6f74686572", "28680=6f74686572 " HEX_DNS " "
	  HEX_BANNER },
	/* so are its networks with IKEv2, of which it has those of IPv4 only */
	{ TRUE, FALSE, 0, TRUE, "13=0a010000ffff0000 "
	  "15=fd00000000000000000000000000000020 25=61", HEX_IKEV2 },
	/* nothing to say: others go as they are */
	{ FALSE, TRUE, BIT(UNITY_BANNER), FALSE,
	  "1=0a630001 3=01010101 3=02020202 28672=6f74686572",
	  "1=0a630001 3=01010101 3=02020202 28672=6f74686572" },
	{ TRUE, FALSE, 0, FALSE, "25=61 25=62 28672=61", "25=61 25=62 28672=61" },
	/* but never twice */
	{ FALSE, TRUE, 0, FALSE, "3=01010101 28672=61 3=01010101 28672=62",
	  "3=01010101 28672=61" },
	{ FALSE, TRUE, 0, FALSE, "25=61 25=62", "25=61" },
	{ TRUE, FALSE, 0, FALSE, "25=61 25=62 25=61", "25=61 25=62" },
	/* networks are merged, and entries get the length that vpnc takes */
	{ FALSE, TRUE, 0, FALSE,
	  "28676=0a010000ffff0000 28676=0a020000ffff0000000000000000 "
	  "28676=0a010000ffff0000 28678=0a030000ffff0000",
	  "28676=0a010000ffff00000000000000000a020000ffff0000000000000000 "
	  "28678=0a030000ffff0000000000000000" },
	/* what can't be parsed isn't merged */
	{ FALSE, TRUE, 0, FALSE, "28676=0a010000ffff0000 28676=0a",
	  "28676=0a010000ffff0000000000000000" },
	{ FALSE, TRUE, 0, FALSE, "28676=0a", "28676=0a" },
	{ FALSE, TRUE, 0, FALSE, "28676=", "28676=" },
};

START_TEST(test_answer)
{
	array_t *others = parse(clients[_i].others), *answer;
	unity_ext_peer_t client = {
		.ikev2 = clients[_i].ikev2,
		.unity = clients[_i].unity,
		.asked = clients[_i].asked,
	};
	u_int ours;

	answer = unity_ext_answer(clients[_i].matches ?
							  settings->rules.items[0] : NULL, &client, others,
							  &ours);
	ck_assert_str_eq(dump(answer), clients[_i].answer);
	ck_assert_int_le(ours, array_count(answer));
	ck_assert_int_eq(ours > 0, clients[_i].matches);
	unity_ext_attrs_destroy(answer);
	unity_ext_attrs_destroy(others);
}
END_TEST

START_TEST(test_type_bit)
{
	uint32_t all = 0;
	int type;

	for (type = 0; type < 0x8000; type++)
	{
		ck_assert(!(all & unity_ext_type_bit(type)));
		all |= unity_ext_type_bit(type);
	}
	ck_assert_uint_eq(all, UNITY_EXT_TYPES_UNITY | 1);
	ck_assert_uint_eq(unity_ext_type_bit(UNITY_BANNER), BIT(UNITY_BANNER));
	ck_assert(unity_ext_type_bit(UNITY_DDNS_HOSTNAME));
	ck_assert(!unity_ext_type_bit(INTERNAL_IP4_DNS));
	ck_assert(!unity_ext_type_bit(XAUTH_TYPE));
}
END_TEST

SUITE(unity_ext_answer)
{
	Suite *s = suite_create("unity_ext_answer");
	TCase *tc;

	tc = tcase_create("answer");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_answer, 0, countof(clients));
	suite_add_tcase(s, tc);

	tc = tcase_create("types");
	tcase_add_test(tc, test_type_bit);
	suite_add_tcase(s, tc);
	return s;
}
