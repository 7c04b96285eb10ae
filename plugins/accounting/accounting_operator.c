/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_operator.h"

#include <compat.h>
#include <daemon.h>
#include <ike_sa_why.h>

/**
 * Charon's methods have no data of ours: as it was.
 */
static typeof(((controller_t*)NULL)->terminate_ike) stock;

/**
 * Implementation of controller_t.terminate_ike.
 */
static status_t terminate_ike(controller_t *controller, uint32_t unique_id,
							  bool force, controller_cb_t callback, void *param,
							  COMPAT_TERMINATE_PARAMS)
{
	ike_sa_why_say(unique_id, IKE_SA_WHY_OPERATOR);
	return stock(controller, unique_id, force, callback, param,
				 COMPAT_TERMINATE_ARGS);
}

void accounting_operator_enter(void)
{
	stock = charon->controller->terminate_ike;
	charon->controller->terminate_ike = terminate_ike;
}

void accounting_operator_leave(void)
{
	charon->controller->terminate_ike = stock;
}
