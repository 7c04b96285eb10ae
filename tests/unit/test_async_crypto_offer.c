/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "control_text.h"

#include <async_crypto_offer.h>
#include <async_crypto_settings.h>

static options_store_t *store;
static async_crypto_result_t result;
static bool possible, elsewhere;

static bool list(async_crypto_manager_t *this, async_crypto_list_t cb,
				 void *data)
{
	if (possible)
	{
		cb(data, "a", ASYNC_CRYPTO_MADE);
		cb(data, "b", result);
	}
	return possible;
}

static bool is_elsewhere(async_crypto_manager_t *this, pid_t *holder)
{
	*holder = 7;
	return elsewhere;
}

static async_crypto_manager_t manager = {
	.list = list,
	.is_elsewhere = is_elsewhere,
};

static void setup()
{
	store = options_store_create(&async_crypto_schema);
	control_text_offer("async-crypto", &async_crypto_offer, store, &manager);
	possible = TRUE;
	elsewhere = FALSE;
}

static void teardown()
{
	control_text_withdraw();
	store->destroy(store);
}

/** what came of an algorithm beside one that is parallel */
static const struct {
	async_crypto_result_t result;
	char *text;
} results[] = {
	{ ASYNC_CRYPTO_MADE, "parallel: 'a' 'b' ; warnings: ; " },
	{ ASYNC_CRYPTO_FOREIGN, "parallel: 'a' 'b' ; warnings: ; " },
	{ ASYNC_CRYPTO_UNKNOWN, "parallel: 'a' ; warnings: 'the kernel has no "
	  "algorithm b' ; " },
	{ ASYNC_CRYPTO_NO_PCRYPT, "parallel: 'a' ; warnings: 'the kernel has no "
	  "pcrypt (CONFIG_CRYPTO_PCRYPT)' ; " },
	{ ASYNC_CRYPTO_FAILED, "parallel: 'a' ; warnings: 'making b parallel "
	  "failed, the log says why' ; " },
};

START_TEST(test_status)
{
	char expected[256];

	result = results[_i].result;
	snprintf(expected, sizeof(expected), "algorithms=auto %s",
			 results[_i].text);
	ck_assert_str_eq(control_text_status("async-crypto"), expected);
}
END_TEST

START_TEST(test_no_interface)
{
	possible = FALSE;
	ck_assert_str_eq(control_text_status("async-crypto"),
					 "algorithms=auto parallel: ; warnings: 'the kernel has no "
					 "crypto user interface (CONFIG_CRYPTO_USER)' ; ");
}
END_TEST

START_TEST(test_elsewhere)
{
	possible = FALSE;
	elsewhere = TRUE;
	ck_assert_str_eq(control_text_status("async-crypto"),
					 "algorithms=auto parallel: ; warnings: 'left to process "
					 "7, which makes algorithms parallel for all' ; ");
}
END_TEST

SUITE(async_crypto_offer)
{
	Suite *s = suite_create("async_crypto: offer");
	TCase *tc;

	tc = tcase_create("offer");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_status, 0, countof(results));
	tcase_add_test(tc, test_no_interface);
	tcase_add_test(tc, test_elsewhere);
	suite_add_tcase(s, tc);

	return s;
}
