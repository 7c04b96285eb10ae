/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_pace.h"

bool accounting_pace_pass(accounting_pace_t *this, time_t now)
{
	if (now >= this->since + ACCOUNTING_PACE_TIME)
	{
		this->since = now;
		this->count = 0;
	}
	if (this->count == ACCOUNTING_PACE_MAX)
	{
		return FALSE;
	}
	this->count++;
	return TRUE;
}
