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

/**
 * Largest number of DNS servers of a tunnel.
 */
#define UNITY_EXT_SERVERS_MAX 8

typedef struct unity_ext_session_t unity_ext_session_t;

struct unity_ext_session_t {
	/** set of types to ask for or asked for, see unity_ext_type_bit() */
	uint32_t asked;
	/** ID of the record that was made of it, 0 if none was */
	uint32_t id;
	/** escaped for a log, or NULL */
	char *banner;
	/** as in a record, but that domains may be there twice */
	char *default_domain;
	char *domains;
	char *dns;
	/** number of addresses in dns */
	u_int servers;
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
 * @param reason		if there is none: why, or NULL if there is nothing to do
 * @return				record without virtual IPs, or NULL
 */
unity_ext_record_t *unity_ext_session_record(unity_ext_session_t *session,
											 unity_ext_settings_t *settings,
											 const char *connection,
											 uint32_t unique_id,
											 const char **reason);

/**
 * Destroy a session.
 *
 * @param session	session or NULL
 */
void unity_ext_session_destroy(unity_ext_session_t *session);

#endif /** UNITY_EXT_SESSION_H_ */
