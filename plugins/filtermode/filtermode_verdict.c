/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_verdict.h"

/*
 * Described in header
 */
filtermode_verdict_t filtermode_verdict(filtermode_settings_t *settings,
										const filtermode_child_t *child)
{
	if (settings->mode != FILTERMODE_INTERFACES || child->transport ||
		child->if_id)
	{
		return FILTERMODE_PASSES;
	}
	if (settings->allow &&
		settings->allow->matches(settings->allow, child->connection))
	{
		return FILTERMODE_PASSES;
	}
	return child->mark ? FILTERMODE_BLOCKED_UNLESS_VTI : FILTERMODE_BLOCKED;
}
