/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_reqid.h"

#include <compat.h>
#include <daemon.h>

/**
 * Begin a use of a reqid.
 *
 * @return			FALSE if charon doesn't know it
 */
static bool use(filtermode_reqid_t *this)
{
	uint32_t reqid = this->reqid;
	linked_list_t *none;
	status_t status;

	none = linked_list_create();
	status = COMPAT_REF_REQID(charon->kernel, this, none, &reqid);
	none->destroy(none);
	if (status == SUCCESS && reqid != this->reqid)
	{
		COMPAT_RELEASE_REQID(charon->kernel, this, reqid);
		return FALSE;
	}
	return status == SUCCESS;
}

filtermode_reqid_t *filtermode_reqid_create(child_sa_t *child_sa)
{
	child_cfg_t *config = child_sa->get_config(child_sa);
	filtermode_reqid_t *this;

	if (config->get_reqid(config))
	{
		return NULL;
	}
	INIT(this,
		.ref = 1,
		.reqid = child_sa->get_reqid(child_sa),
		.mark_in = child_sa->get_mark(child_sa, TRUE),
		.mark_out = child_sa->get_mark(child_sa, FALSE),
		.if_id_in = child_sa->get_if_id(child_sa, TRUE),
		.if_id_out = child_sa->get_if_id(child_sa, FALSE),
	);
	if (!use(this))
	{
		free(this);
		return NULL;
	}
	return this;
}

filtermode_reqid_t *filtermode_reqid_ref(filtermode_reqid_t *this)
{
	if (this)
	{
		ref_get(&this->ref);
	}
	return this;
}

void filtermode_reqid_unref(filtermode_reqid_t *this)
{
	if (this && ref_put(&this->ref))
	{
		COMPAT_RELEASE_REQID(charon->kernel, this, this->reqid);
		free(this);
	}
}
