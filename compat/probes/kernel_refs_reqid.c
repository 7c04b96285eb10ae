/* SPDX-License-Identifier: GPL-2.0-or-later */

/* 5.9.12 and later: reqids have references, and no more is needed to release */

#include <kernel/kernel_interface.h>

void probe(kernel_interface_t *kernel)
{
#ifdef PROBE
	kernel->release_reqid(kernel, 1);
#else
	mark_t mark = {};

	kernel->release_reqid(kernel, 1, mark, mark, 0, 0, NULL);
#endif
}
