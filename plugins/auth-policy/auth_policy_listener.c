/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_listener.h"

#include <daemon.h>

typedef struct private_auth_policy_listener_t private_auth_policy_listener_t;

struct private_auth_policy_listener_t {
	auth_policy_listener_t public;
	auth_policy_evidence_t *evidence;
	auth_policy_enforcer_t *enforcer;
};

METHOD(listener_t, authorize, bool,
	private_auth_policy_listener_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	if (!this->enforcer->authorize(this->enforcer, ike_sa, final))
	{
		*success = FALSE;
	}
	return TRUE;
}

METHOD(listener_t, alert, bool,
	private_auth_policy_listener_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	certificate_t *cert;

	if (ike_sa && alert == ALERT_CERT_REVOKED)
	{
		cert = va_arg(args, certificate_t*);
		this->enforcer->revoked(this->enforcer, ike_sa, cert);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_auth_policy_listener_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		this->evidence->forget(this->evidence, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(auth_policy_listener_t, destroy, void,
	private_auth_policy_listener_t *this)
{
	free(this);
}

auth_policy_listener_t *auth_policy_listener_create(
										auth_policy_evidence_t *evidence,
										auth_policy_enforcer_t *enforcer)
{
	private_auth_policy_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.authorize = _authorize,
				.alert = _alert,
				.ike_state_change = _ike_state_change,
			},
			.destroy = _destroy,
		},
		.evidence = evidence,
		.enforcer = enforcer,
	);
	return &this->public;
}
