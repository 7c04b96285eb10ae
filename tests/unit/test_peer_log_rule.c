/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <peer_log_rule.h>

/**
 * Facts with fixed identities.
 */
typedef struct {
	peer_log_facts_t facts;
	const char *ids[2];
	u_int asked;
} fixed_facts_t;

static void get_ids(fixed_facts_t *this, const char *ids[2])
{
	this->asked++;
	ids[0] = this->ids[0];
	ids[1] = this->ids[1];
}

static peer_log_settings_t *load(char *rule)
{
	option_errors_t *errors = option_errors_create();
	peer_log_settings_t *config;
	settings_t *settings;
	char conf[256];

	snprintf(conf, sizeof(conf), "pl { rules { r { %s\n file = /tmp/x } } }",
			 rule);
	settings = settings_create_string(conf);
	ck_assert(settings);
	config = options_load(&peer_log_schema, settings, "pl", errors);
	ck_assert_msg(config != NULL, "%s", conf);
	settings->destroy(settings);
	errors->destroy(errors);
	return config;
}

/** rule; address, connection, IKE and EAP identity; verdict while the IKE_SA is
 * being established, and afterwards */
static struct {
	char *rule;
	char *host;
	char *connection;
	char *ids[2];
	peer_log_verdict_t early;
	peer_log_verdict_t late;
} cases[] = {
	{ "addresses = 10.1.0.0/24", NULL, NULL, {}, PEER_LOG_OPEN, PEER_LOG_NO },
	{ "addresses = 10.1.0.0/24", "10.1.0.7", NULL, {},
	  PEER_LOG_YES, PEER_LOG_YES },
	{ "addresses = 10.1.0.0/24", "10.2.0.7", NULL, {},
	  PEER_LOG_NO, PEER_LOG_NO },
	{ "addresses = fd01::/64", "10.1.0.7", NULL, {}, PEER_LOG_NO, PEER_LOG_NO },
	{ "connections = rw*", "10.1.0.7", NULL, {}, PEER_LOG_OPEN, PEER_LOG_NO },
	{ "connections = rw*", "10.1.0.7", "rw-1", {}, PEER_LOG_YES, PEER_LOG_YES },
	{ "connections = rw*", "10.1.0.7", "site", {}, PEER_LOG_OPEN, PEER_LOG_NO },
	{ "ids = *@lab", "10.1.0.7", "rw", {}, PEER_LOG_OPEN, PEER_LOG_NO },
	{ "ids = *@lab", "10.1.0.7", "rw", { "a@lab" },
	  PEER_LOG_YES, PEER_LOG_YES },
	/* another identity may follow */
	{ "ids = *@lab", "10.1.0.7", "rw", { "phone" },
	  PEER_LOG_OPEN, PEER_LOG_NO },
	{ "ids = *@lab", "10.1.0.7", "rw", { "phone", "a@lab" },
	  PEER_LOG_YES, PEER_LOG_YES },
	{ "ids = *@lab", "10.1.0.7", "rw", { "phone", "a@bal" },
	  PEER_LOG_OPEN, PEER_LOG_NO },
	/* all lists have to match */
	{ "ids = *@lab\n addresses = 10.1.0.7", "10.1.0.7", NULL, {},
	  PEER_LOG_OPEN, PEER_LOG_NO },
	{ "ids = *@lab\n addresses = 10.1.0.7", "10.1.0.7", NULL, { "a@lab" },
	  PEER_LOG_YES, PEER_LOG_YES },
	{ "ids = *@lab\n addresses = 10.1.0.7", "10.1.0.8", NULL, { "a@lab" },
	  PEER_LOG_NO, PEER_LOG_NO },
	{ "ids = *@lab\n connections = rw", "10.1.0.8", "site", { "a@lab" },
	  PEER_LOG_OPEN, PEER_LOG_NO },
};

START_TEST(test_match)
{
	peer_log_settings_t *config = load(cases[_i].rule);
	peer_log_rule_t *rule = config->rules.items[0];
	fixed_facts_t facts = {
		.facts = {
			.connection = cases[_i].connection,
			.trying = TRUE,
			.get_ids = (void*)get_ids,
		},
		.ids = { cases[_i].ids[0], cases[_i].ids[1] },
	};
	bool matched = FALSE;

	if (cases[_i].host)
	{
		facts.facts.host = host_create_from_string(cases[_i].host, 500);
	}
	ck_assert_int_eq(peer_log_rule_match(&rule->terms, &facts.facts, &matched),
					 cases[_i].early);
	/* an initiator knows which connection it is */
	facts.facts.trying = FALSE;
	if (cases[_i].connection && rule->terms.connections)
	{
		ck_assert_int_eq(peer_log_rule_match(&rule->terms, &facts.facts,
											 &matched), cases[_i].late);
	}
	facts.facts.trying = TRUE;
	facts.facts.complete = TRUE;
	ck_assert_int_eq(peer_log_rule_match(&rule->terms, &facts.facts, &matched),
					 cases[_i].late);
	/* identities may be forgotten, that one has matched isn't */
	if (rule->terms.ids && cases[_i].late == PEER_LOG_YES)
	{
		ck_assert(matched);
		facts.ids[0] = facts.ids[1] = NULL;
		facts.asked = 0;
		ck_assert_int_eq(peer_log_rule_match(&rule->terms, &facts.facts,
											 &matched), PEER_LOG_YES);
		ck_assert_uint_eq(facts.asked, 0);
	}
	DESTROY_IF(facts.facts.host);
	options_unref(config);
}
END_TEST

START_TEST(test_identities_come_last)
{
	peer_log_settings_t *config = load("ids = *@lab\n addresses = 10.1.0.7");
	peer_log_rule_t *rule = config->rules.items[0];
	fixed_facts_t facts = {
		.facts = {
			.host = host_create_from_string("10.1.0.8", 500),
			.get_ids = (void*)get_ids,
		},
	};
	bool matched = FALSE;

	/* printing them takes time that lines of others shouldn't cost */
	ck_assert_int_eq(peer_log_rule_match(&rule->terms, &facts.facts, &matched),
					 PEER_LOG_NO);
	ck_assert_uint_eq(facts.asked, 0);
	facts.facts.host->destroy(facts.facts.host);
	options_unref(config);
}
END_TEST

static struct {
	char *a;
	char *b;
	bool same;
} ids[] = {
	{ "ids = a, !b", "ids = a, !b\n connections = rw", TRUE },
	{ "addresses = ::1", "addresses = ::2", TRUE },
	{ "ids = a, !b", "ids = a, b", FALSE },
	{ "ids = a, b", "ids = a, c", FALSE },
	{ "ids = a, b", "ids = a", FALSE },
	{ "ids = a", "ids = a, b", FALSE },
	{ "ids = a", "addresses = ::1", FALSE },
};

START_TEST(test_same_ids)
{
	peer_log_settings_t *a = load(ids[_i].a), *b = load(ids[_i].b);
	peer_log_rule_t *first = a->rules.items[0], *second = b->rules.items[0];

	ck_assert(peer_log_rule_same_ids(&first->terms,
									 &second->terms) == ids[_i].same);
	options_unref(a);
	options_unref(b);
}
END_TEST

SUITE(peer_log_rule)
{
	Suite *s = suite_create("peer_log_rule");
	TCase *tc;

	tc = tcase_create("match");
	tcase_add_loop_test(tc, test_match, 0, countof(cases));
	tcase_add_test(tc, test_identities_come_last);
	suite_add_tcase(s, tc);

	tc = tcase_create("same ids");
	tcase_add_loop_test(tc, test_same_ids, 0, countof(ids));
	suite_add_tcase(s, tc);
	return s;
}
