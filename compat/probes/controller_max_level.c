/* SPDX-License-Identifier: GPL-2.0-or-later */

/* 5.9.11 and later: initiate() takes another level */

#include <control/controller.h>

void probe(controller_t *controller)
{
#ifdef PROBE
	controller->initiate(controller, NULL, NULL, NULL, NULL, 0, 0, FALSE);
#else
	controller->initiate(controller, NULL, NULL, NULL, NULL, 0, FALSE);
#endif
}
