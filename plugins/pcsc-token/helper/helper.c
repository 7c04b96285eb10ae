/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	/* it gets to know PINs, which belong in no core dump */
	prctl(PR_SET_DUMPABLE, 0);
	if (argc == 3 && !strcmp(argv[1], "watch") && atoi(argv[2]) > 0)
	{
		return helper_watch(atoi(argv[2]));
	}
	if (argc == 2 && !strcmp(argv[1], "token"))
	{
		return helper_token();
	}
	fprintf(stderr, "%s is run by charon's plugin pcsc-token\n", argv[0]);
	return 2;
}
