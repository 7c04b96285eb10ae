/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_session.h
 * What a gateway told a client in one exchange.
 */

#ifndef UNITY_EXT_SESSION_H_
#define UNITY_EXT_SESSION_H_

#include "unity_ext_record.h"
#include "unity_ext_settings.h"

#include <collections/array.h>

typedef struct unity_ext_session_t unity_ext_session_t;

struct unity_ext_session_t {
	/** set of types to ask for or asked for, see unity_ext_type_bit() */
	uint32_t asked;
	/** UNITY_EXT_ID of the record that was made of it, "" if none was */
	char id[16];
	/** escaped for a log, or NULL */
	char *banner;
	/** as unity_ext_domain_parse() has it, or NULL */
	char *default_domain;
	/** array of char* */
	array_t *domains;
	/** array of char*, addresses */
	array_t *servers;
};

/**
 * Create a session in which nothing was told yet.
 */
unity_ext_session_t *unity_ext_session_create(void);

/**
 * Forget what was told, but not what was asked for.
 *
 * @param session	session
 */
void unity_ext_session_reset(unity_ext_session_t *session);

/**
 * Take what the attributes say.
 *
 * @param session	session
 * @param attrs		array of unity_ext_attr_t, as unity_ext_inbound() has them
 */
void unity_ext_session_add(unity_ext_session_t *session, array_t *attrs);

/**
 * Make a record of what this means for the resolver.
 *
 * @param session		session
 * @param settings		settings in force
 * @param connection	name of the connection
 * @param unique_id		unique ID of the IKE_SA
 * @param vips			virtual IPs, separated by spaces
 * @param reason		if there is none: why, or NULL if there is nothing to do
 * @return				record, or NULL
 */
unity_ext_record_t *unity_ext_session_record(unity_ext_session_t *session,
											 unity_ext_settings_t *settings,
											 const char *connection,
											 uint32_t unique_id,
											 const char *vips,
											 const char **reason);

/**
 * Destroy a session.
 *
 * @param session	session or NULL
 */
void unity_ext_session_destroy(unity_ext_session_t *session);

#endif /** UNITY_EXT_SESSION_H_ */
