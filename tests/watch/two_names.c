/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A client that tells the gateway another name than its RADIUS server, as those
 * do that have an "anonymous identity": in place of eap-identity, it answers
 * with charon.plugins.two-names.outer, and within a tunneled method with who
 * the peer is.
 */

#include <compat.h>

#include <daemon.h>
#include <sa/eap/eap_method.h>

typedef struct two_names_t two_names_t;

struct two_names_t {
	eap_method_t public;
	identification_t *peer;
	uint8_t identifier;
};

METHOD(eap_method_t, initiate, status_t,
	two_names_t *this, eap_payload_t **out)
{
	return FAILED;
}

METHOD(eap_method_t, process, status_t,
	two_names_t *this, eap_payload_t *in, eap_payload_t **out)
{
	char *outer = lib->settings->get_str(lib->settings,
										 "%s.plugins.two-names.outer", "",
										 lib->ns);
	/* nobody asks for the inner one */
	chunk_t name = in ? chunk_from_str(outer)
					  : this->peer->get_encoding(this->peer);
	uint16_t len = htons(5 + name.len);
	uint8_t head[] = {
		EAP_RESPONSE, in ? in->get_identifier(in) : this->identifier,
		len & 0xff, len >> 8, EAP_IDENTITY,
	};

	*out = eap_payload_create_data(chunk_cata("cc", chunk_from_thing(head),
											  name));
	return SUCCESS;
}

METHOD(eap_method_t, get_type, eap_type_t,
	two_names_t *this, pen_t *vendor)
{
	*vendor = 0;
	return EAP_IDENTITY;
}

METHOD(eap_method_t, get_msk, status_t,
	two_names_t *this, chunk_t *msk)
{
	return FAILED;
}

METHOD(eap_method_t, is_mutual, bool,
	two_names_t *this)
{
	return FALSE;
}

METHOD(eap_method_t, get_identifier, uint8_t,
	two_names_t *this)
{
	return this->identifier;
}

METHOD(eap_method_t, set_identifier, void,
	two_names_t *this, uint8_t identifier)
{
	this->identifier = identifier;
}

METHOD(eap_method_t, method_destroy, void,
	two_names_t *this)
{
	this->peer->destroy(this->peer);
	free(this);
}

static eap_method_t *method_create(identification_t *server,
								   identification_t *peer)
{
	two_names_t *this;

	INIT(this,
		.public = {
			.initiate = _initiate,
			.process = _process,
			.get_type = _get_type,
			.is_mutual = _is_mutual,
			.get_msk = _get_msk,
			.get_identifier = _get_identifier,
			.set_identifier = _set_identifier,
			.destroy = _method_destroy,
		},
		.peer = peer->clone(peer),
	);
	return &this->public;
}

METHOD(plugin_t, get_name, char*,
	plugin_t *this)
{
	return "two-names";
}

METHOD(plugin_t, get_features, int,
	plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK(eap_method_register, method_create),
			PLUGIN_PROVIDE(EAP_PEER, EAP_IDENTITY),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	plugin_t *this)
{
	free(this);
}

COMPAT_PLUGIN_DEFINE(two_names, "two-names")
{
	plugin_t *this;

	INIT(this,
		.get_name = _get_name,
		.get_features = _get_features,
		.destroy = _destroy,
	);
	return this;
}
