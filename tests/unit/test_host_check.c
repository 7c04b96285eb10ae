/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <host_check.h>

/** read-only data of programs, as charon and charon-systemd have it */
static const struct {
	char *image;
	size_t len;
	bool found;
} images[] = {
#define IMAGE(str, found) { str, sizeof(str), found }
	IMAGE("x\0Starting IKE charon daemon (strongSwan 5.9.8, %s)", TRUE),
	IMAGE("usage\0" "5.9.8\0charon", TRUE),
	IMAGE("5.9.8", TRUE),
	IMAGE("Linux strongSwan 5.9.8\n", TRUE),
	/* other versions, also those that begin or end alike */
	IMAGE("(strongSwan 5.9.80, %s)", FALSE),
	IMAGE("(strongSwan 5.9.8dr1, %s)", FALSE),
	IMAGE("(strongSwan 15.9.8, %s)", FALSE),
	IMAGE("(strongSwan 6.0.1, %s)\0" "15.9.8\0" "5.9.81", FALSE),
	IMAGE("5.9.81\0" "5.9.8", TRUE),
	IMAGE("5.9.", FALSE),
	IMAGE("", FALSE),
	/* the image ends within */
	{ "5.9.8", 5, FALSE },
	{ NULL, 0, FALSE },
};

START_TEST(test_image)
{
	ck_assert(host_check_image(
				chunk_create((u_char*)images[_i].image, images[_i].len),
				"5.9.8") == images[_i].found);
}
END_TEST

SUITE(host_check)
{
	Suite *s = suite_create("host_check");
	TCase *tc = tcase_create("image");

	tcase_add_loop_test(tc, test_image, 0, countof(images));
	suite_add_tcase(s, tc);
	return s;
}
