/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * unique-policy's listener on the bus, between IKE_SAs in this process. All
 * clients are "init" at the helper's one address, behind a NAT: the port, which
 * is the test's choice, tells one client from another.
 */

#include <check.h>

#include <exchange_test_helper.h>
#include <encoding/payloads/notify_payload.h>

#include <unique_policy_listener.h>
#include <unique_policy_settings.h>

static const char *plugins = "random nonce hmac sha1 sha2 openssl kdf";

static options_store_t *store;
static unique_policy_listener_t *unique_policy;

/** an IKE_SA's two ends, about to exchange IKE_AUTH */
typedef struct {
	ike_sa_t *init;
	ike_sa_t *resp;
	message_t *request;
} login_t;

static void set(char *key, char *value)
{
	char path[BUF_LEN];

	snprintf(path, sizeof(path), "%s.plugins.unique-policy.%s", lib->ns, key);
	lib->settings->set_str(lib->settings, path, value);
}

static void setup()
{
	library_init("", "exchange");
	libcharon_init();
	lib->plugins->add_path(lib->plugins, PLUGINS_DIR);
	exchange_test_helper_init((char*)plugins);
}

/**
 * Load the settings made so far.
 */
static void start()
{
	store = options_store_create(&unique_policy_schema);
	ck_assert(store);
	unique_policy = unique_policy_listener_create(store);
	charon->bus->add_listener(charon->bus, &unique_policy->listener);
}

static void teardown()
{
	charon->bus->remove_listener(charon->bus, &unique_policy->listener);
	exchange_test_helper_deinit();
	unique_policy->destroy(unique_policy);
	store->destroy(store);
	libcharon_deinit();
	library_deinit();
}

static status_t process(ike_sa_t *ike_sa, message_t *message)
{
	return exchange_test_helper->process_message(exchange_test_helper, ike_sa,
												 message);
}

/**
 * Take the message that is under way, and have it come from a port.
 */
static message_t *take_from(uint16_t port)
{
	message_t *message;

	message = exchange_test_helper->sender->dequeue(
												exchange_test_helper->sender);
	message->set_source(message, host_create_from_string("127.0.0.1", port));
	return message;
}

/**
 * Go on until the IKE_AUTH request is under way from the given port.
 */
static login_t begin(uint16_t port)
{
	child_cfg_t *child_cfg;
	ike_sa_id_t *id_i, *id_r;
	login_t login;

	child_cfg = exchange_test_helper->create_sa(exchange_test_helper,
											&login.init, &login.resp, NULL);
	id_i = login.init->get_id(login.init);
	id_r = login.resp->get_id(login.resp);
	call_ikesa(login.init, initiate, child_cfg, NULL);
	id_r->set_initiator_spi(id_r, id_i->get_initiator_spi(id_i));
	process(login.resp, take_from(port));
	id_i->set_responder_spi(id_i, id_r->get_responder_spi(id_r));
	process(login.init, NULL);
	login.request = take_from(port);
	return login;
}

/**
 * Process the IKE_AUTH request, and its response.
 *
 * @return		whether both ends are established
 */
static bool finish(login_t *login)
{
	process(login->resp, login->request);
	login->request = NULL;
	process(login->init, NULL);
	return login->resp->get_state(login->resp) == IKE_ESTABLISHED &&
		   login->init->get_state(login->init) == IKE_ESTABLISHED;
}

/**
 * Destroy both ends.
 */
static void end(login_t *login)
{
	call_ikesa(login->init, destroy);
	call_ikesa(login->resp, destroy);
}

/**
 * Deliver the next message to the IKE_SA it is for, which is checked in.
 *
 * @return		FALSE if none is under way
 */
static bool deliver()
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	message_t *message;
	ike_sa_t *ike_sa;

	message = exchange_test_helper->sender->dequeue(
												exchange_test_helper->sender);
	if (!message)
	{
		return FALSE;
	}
	ike_sa = manager->checkout_by_message(manager, message);
	ck_assert(ike_sa);
	if (process(ike_sa, message) == DESTROY_ME)
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	else
	{
		manager->checkin(manager, ike_sa);
	}
	return TRUE;
}

/**
 * Check out the one IKE_SA of the server that is checked in.
 */
static ike_sa_t *checkout_server()
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	enumerator_t *enumerator;
	identification_t *server;
	ike_sa_id_t *id = NULL;
	ike_sa_t *ike_sa;

	server = identification_create_from_string("resp");
	enumerator = manager->create_enumerator(manager, TRUE);
	while (enumerator->enumerate(enumerator, &ike_sa))
	{
		if (server->equals(server, ike_sa->get_my_id(ike_sa)))
		{
			ck_assert(!id);
			id = ike_sa->get_id(ike_sa);
			id = id->clone(id);
		}
	}
	enumerator->destroy(enumerator);
	server->destroy(server);
	ck_assert(id);
	ike_sa = manager->checkout(manager, id);
	id->destroy(id);
	ck_assert(ike_sa);
	return ike_sa;
}

/**
 * Number of jobs queued to close IKE_SAs.
 */
static u_int closing()
{
	return lib->processor->get_job_load(lib->processor, JOB_PRIO_MEDIUM);
}

/** what the listener below refuses and saw */
static bool refuse;
static u_int refused;

static bool refuse_final(listener_t *this, ike_sa_t *ike_sa, bool final,
						 bool *success)
{
	if (final && refuse && !ike_sa->has_condition(ike_sa,
												  COND_ORIGINAL_INITIATOR))
	{
		*success = FALSE;
		refused++;
	}
	return TRUE;
}

static listener_t refuser = { .authorize = refuse_final };

static unique_policy_t unique_no(peer_cfg_t *this)
{
	return UNIQUE_NO;
}

static bool relax(listener_t *this, ike_sa_t *ike_sa, bool final, bool *success)
{
	peer_cfg_t *cfg = ike_sa->get_peer_cfg(ike_sa);

	cfg->get_unique_policy = unique_no;
	return TRUE;
}

/**
 * Gives connections swanctl's default for unique. With the helper's "replace",
 * core would close checked in IKE_SAs itself, before the last authorize hook.
 */
static listener_t relaxer = { .authorize = relax };

START_TEST(test_race)
{
	login_t logins[2];
	bool first = _i, second = !_i;

	/* both are under way, the last place goes to who is authorized first */
	set("mode", "keep");
	start();
	logins[0] = begin(1001);
	logins[1] = begin(1002);
	ck_assert(finish(&logins[first]));
	ck_assert(!finish(&logins[second]));
	ck_assert(logins[first].resp->get_state(logins[first].resp) ==
			  IKE_ESTABLISHED);
	/* the place is free once it goes */
	end(&logins[first]);
	end(&logins[second]);
	logins[0] = begin(1003);
	ck_assert(finish(&logins[0]));
	end(&logins[0]);
}
END_TEST

START_TEST(test_dies_after_reservation)
{
	login_t a, b;

	set("mode", "keep");
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &refuser);
	a = begin(1001);
	b = begin(1002);
	refuse = TRUE;
	ck_assert(!finish(&a));
	refuse = FALSE;
	ck_assert_uint_eq(refused, 1);
	/* until it is destroyed, it might still hold the place */
	end(&a);
	ck_assert(finish(&b));
	end(&b);
}
END_TEST

START_TEST(test_failure_replaces_nobody)
{
	login_t a, b;
	ike_sa_t *old;

	set("mode", "replace");
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &relaxer);
	exchange_test_helper->add_listener(exchange_test_helper, &refuser);
	a = begin(1001);
	ck_assert(finish(&a));
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, a.resp);

	refuse = TRUE;
	b = begin(1002);
	ck_assert(!finish(&b));
	refuse = FALSE;
	end(&b);
	old = checkout_server();
	ck_assert(old->get_state(old) == IKE_ESTABLISHED);
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, old);

	b = begin(1002);
	process(b.resp, b.request);
	ck_assert(b.resp->get_state(b.resp) == IKE_ESTABLISHED);
	old = checkout_server();
	ck_assert(old->get_state(old) == IKE_DELETING);
	charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, old);
	call_ikesa(a.init, destroy);
	end(&b);
}
END_TEST

/** INITIAL_CONTACT as sent, and as what comes after us sees it */
static u_int sent, seen;

static bool look_for_contact(listener_t *this, ike_sa_t *ike_sa,
							 message_t *message, bool incoming, bool plain)
{
	if (plain && message->get_notify(message, INITIAL_CONTACT))
	{
		sent += !incoming;
		seen += incoming;
	}
	return TRUE;
}

static listener_t onlooker = { .message = look_for_contact };

static char *contact_modes[] = { "never", "keep", "replace", "no" };

START_TEST(test_initial_contact)
{
	login_t a;

	set("mode", contact_modes[_i]);
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &onlooker);
	a = begin(1001);
	ck_assert(finish(&a));
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(seen, 0);
	ck_assert(!a.resp->has_condition(a.resp, COND_INIT_CONTACT_SEEN));
	end(&a);
}
END_TEST

START_TEST(test_old_survives_initial_contact)
{
	login_t a, b;
	ike_sa_t *old;

	set("mode", contact_modes[_i]);
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &relaxer);
	exchange_test_helper->add_listener(exchange_test_helper, &onlooker);
	a = begin(1001);
	ck_assert(finish(&a));
	/* where core looks for those to destroy */
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, a.resp);
	b = begin(1002);
	ck_assert(finish(&b) == streq(contact_modes[_i], "never"));
	ck_assert_uint_eq(sent, 2);
	old = checkout_server();
	ck_assert(old == a.resp);
	ck_assert(old->get_state(old) == IKE_ESTABLISHED);
	charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, old);
	call_ikesa(a.init, destroy);
	end(&b);
}
END_TEST

/**
 * Have both ends finish their rekeying, which has to leave one session: that
 * of the server's new IKE_SA.
 */
static void check_rekeyed(uint32_t old_id)
{
	ike_sa_t *new;
	login_t b;

	/* includes the deletes of the old and, in a collision, redundant IKE_SAs */
	while (deliver());
	ck_assert_uint_eq(charon->ike_sa_manager->get_count(
												charon->ike_sa_manager), 2);
	b = begin(1002);
	ck_assert(!finish(&b));
	end(&b);

	new = checkout_server();
	ck_assert_uint_ne(new->get_unique_id(new), old_id);
	ck_assert(new->get_state(new) == IKE_ESTABLISHED);
	charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, new);
	b = begin(1002);
	ck_assert(finish(&b));
	end(&b);
}

/**
 * Log in, with both ends checked in.
 */
static login_t log_in()
{
	login_t a;

	set("mode", "keep");
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &relaxer);
	a = begin(1001);
	ck_assert(finish(&a));
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, a.init);
	charon->ike_sa_manager->checkin(charon->ike_sa_manager, a.resp);
	return a;
}

START_TEST(test_rekey)
{
	login_t a;
	ike_sa_t *ike_sa;
	uint32_t old_id;

	/* by the client, and by the server */
	a = log_in();
	old_id = a.resp->get_unique_id(a.resp);
	ike_sa = _i ? a.resp : a.init;
	call_ikesa(ike_sa, rekey);
	check_rekeyed(old_id);
}
END_TEST

START_TEST(test_rekey_collision)
{
	login_t a;
	uint32_t old_id;
	int i;

	/* whose IKE_SA stays depends on which of the four nonces is the lowest */
	a = log_in();
	old_id = a.resp->get_unique_id(a.resp);
	for (i = 0; i < 4; i++)
	{
		exchange_test_helper->nonce_first_byte = i == _i ? 0x00 : 0xFF;
		switch (i)
		{
			case 0:
				call_ikesa(a.init, rekey);
				break;
			case 1:
				call_ikesa(a.resp, rekey);
				break;
			default:
				ck_assert(deliver());
				break;
		}
	}
	check_rekeyed(old_id);
}
END_TEST

START_TEST(test_rekey_collision_unnoticed)
{
	login_t a;
	message_t *late;
	uint32_t old_id;
	int i;

	/* the server's request is under way while the client rekeys and deletes
	 * the old IKE_SA: the server's session goes on with the client's new one */
	a = log_in();
	old_id = a.resp->get_unique_id(a.resp);
	call_ikesa(a.resp, rekey);
	late = take_from(1001);
	call_ikesa(a.init, rekey);
	for (i = 0; i < 3; i++)
	{
		ck_assert(deliver());
	}
	late->destroy(late);
	check_rekeyed(old_id);
}
END_TEST

static bool redirect(redirect_provider_t *this, ike_sa_t *ike_sa,
					 identification_t **gateway)
{
	*gateway = identification_create_from_string("192.0.2.1");
	return TRUE;
}

static redirect_provider_t redirector = {
	.redirect_on_init = (void*)return_false,
	.redirect_on_auth = redirect,
};

static char *redirect_modes[] = { "replace", "no", "keep" };

START_TEST(test_redirected)
{
	bool keep = streq(redirect_modes[_i], "keep");
	message_t *response;
	login_t a, b;
	ike_sa_t *old;

	/* whoever is sent elsewhere (RFC 5685) takes no place, of nobody */
	set("mode", redirect_modes[_i]);
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &relaxer);
	if (!keep)
	{
		a = begin(1001);
		ck_assert(finish(&a));
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, a.resp);
	}
	charon->redirect->add_provider(charon->redirect, &redirector);
	b = begin(1002);
	process(b.resp, b.request);
	charon->redirect->remove_provider(charon->redirect, &redirector);
	ck_assert(b.resp->get_state(b.resp) == IKE_ESTABLISHED);
	ck_assert(b.resp->has_condition(b.resp, COND_REDIRECTED));
	ck_assert_uint_eq(closing(), 0);
	/* the client isn't told */
	response = take_from(1002);
	response->destroy(response);
	if (keep)
	{
		a = begin(1001);
		ck_assert(finish(&a));
		call_ikesa(a.resp, destroy);
	}
	else
	{
		old = checkout_server();
		ck_assert(old->get_state(old) == IKE_ESTABLISHED);
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													old);
	}
	call_ikesa(a.init, destroy);
	end(&b);
}
END_TEST

START_TEST(test_retransmit)
{
	login_t a;
	message_t *again;

	/* a second copy of the request is answered, but not a second login */
	set("mode", "keep");
	start();
	a = begin(1001);
	again = message_create_from_packet(a.request->get_packet(a.request));
	ck_assert(again->parse_header(again) == SUCCESS);
	ck_assert(finish(&a));
	ck_assert(process(a.resp, again) == SUCCESS);
	process(a.init, NULL);
	ck_assert(a.resp->get_state(a.resp) == IKE_ESTABLISHED);
	ck_assert_uint_eq(closing(), 0);
	end(&a);
	a = begin(1002);
	ck_assert(finish(&a));
	end(&a);
}
END_TEST

static char *group;

static bool add_group(listener_t *this, ike_sa_t *ike_sa, bool final,
					  bool *success)
{
	auth_cfg_t *auth;

	if (!final && group)
	{
		auth = ike_sa->get_auth_cfg(ike_sa, FALSE);
		auth->add(auth, AUTH_RULE_GROUP,
				  identification_create_from_string(group));
	}
	return TRUE;
}

static listener_t grouper = { .authorize = add_group };

START_TEST(test_groups)
{
	login_t a, b;

	/* a group as a RADIUS server assigns it, after authentication */
	set("mode", "never");
	set("rules.one.groups", "staff-*");
	set("rules.one.mode", "keep");
	start();
	exchange_test_helper->add_listener(exchange_test_helper, &grouper);
	group = "guests";
	a = begin(1001);
	ck_assert(finish(&a));
	b = begin(1002);
	ck_assert(finish(&b));
	end(&b);
	group = "staff-it";
	b = begin(1002);
	ck_assert(!finish(&b));
	end(&a);
	end(&b);
}
END_TEST

int main()
{
	Suite *s = suite_create("unique-policy exchanges");
	TCase *tc = tcase_create("IKEv2");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_race, 0, 2);
	tcase_add_test(tc, test_dies_after_reservation);
	tcase_add_test(tc, test_failure_replaces_nobody);
	tcase_add_loop_test(tc, test_initial_contact, 0, countof(contact_modes));
	tcase_add_loop_test(tc, test_old_survives_initial_contact, 0, 2);
	tcase_add_loop_test(tc, test_rekey, 0, 2);
	tcase_add_loop_test(tc, test_rekey_collision, 0, 4);
	tcase_add_test(tc, test_rekey_collision_unnoticed);
	tcase_add_loop_test(tc, test_redirected, 0, countof(redirect_modes));
	tcase_add_test(tc, test_retransmit);
	tcase_add_test(tc, test_groups);
	suite_add_tcase(s, tc);

	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
