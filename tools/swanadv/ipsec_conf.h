/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ipsec_conf.h
 * An ipsec.conf, as starter reads it.
 */

#ifndef IPSEC_CONF_H_
#define IPSEC_CONF_H_

#include <collections/array.h>
#include <collections/hashtable.h>

typedef struct ipsec_conf_t ipsec_conf_t;

struct ipsec_conf_t {
	/** path of the file */
	const char *file;
	/** char*, names of connections */
	array_t *conns;
	/** whether others may be in files that it includes, which aren't read */
	bool more;
	/** what is in it, by connection */
	hashtable_t *sections;
};

/**
 * Read a file.
 *
 * @return				NULL if it isn't a regular file that can be read
 */
ipsec_conf_t *ipsec_conf_create(const char *file);

/**
 * Get a value: a connection's own, or that of those it refers to, or the
 * default of all.
 *
 * @param conn			connection, NULL for config setup
 * @param line			gets where it is, unless NULL
 * @return				NULL if it isn't set
 */
const char *ipsec_conf_get(ipsec_conf_t *this, const char *conn,
						   const char *key, u_int *line);

/**
 * Destroy what was read.
 */
void ipsec_conf_destroy(ipsec_conf_t *this);

#endif /** IPSEC_CONF_H_ */
