/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_record.h
 * What a tunnel does to the machine's resolver, as text.
 *
 * The same text goes to programs, as their environment, and to the disk, so
 * that a daemon that was killed can undo what it did when it is started again.
 */

#ifndef UNITY_EXT_RECORD_H_
#define UNITY_EXT_RECORD_H_

#include <library.h>
#include <networking/tun_device.h>

#include <stdio.h>

typedef struct unity_ext_record_t unity_ext_record_t;
typedef enum unity_ext_field_t unity_ext_field_t;

/**
 * Fields of a record. None holds a line break; lists are separated by spaces.
 */
enum unity_ext_field_t {
	/** none, exec, resolvconf or resolved, as in unity-ext.dns */
	UNITY_EXT_METHOD,
	/** path of a program, where the method takes one */
	UNITY_EXT_PROGRAM,
	/** interface whose resolver settings these are, may be empty */
	UNITY_EXT_INTERFACE,
	/** "yes" if the interface is there for this tunnel only */
	UNITY_EXT_OWN_INTERFACE,
	/** name of the connection */
	UNITY_EXT_CONNECTION,
	/** unique ID of the IKE_SA that brought this */
	UNITY_EXT_ID,
	/** virtual IPs */
	UNITY_EXT_VIRTUAL_IPS,
	/** addresses of DNS servers */
	UNITY_EXT_DNS,
	/** domains to resolve with these servers */
	UNITY_EXT_DOMAINS,
	/** domain to append to names without a dot, may be empty */
	UNITY_EXT_DEFAULT_DOMAIN,
	UNITY_EXT_FIELDS,
};

struct unity_ext_record_t {
	/** strings, never NULL */
	char *fields[UNITY_EXT_FIELDS];
	/* what follows isn't written */

	/** interface that is there for this tunnel only, or NULL; whoever made it
	 * destroys it */
	tun_device_t *link;
	/** file in the journal, NULL and -1 if there is none */
	char *path;
	int fd;
	/** whether it is in force */
	bool in_force;
	/** why it isn't, although it is to be, or NULL */
	char *reason;
	/** what others may change, as it was when we changed it last */
	uint32_t seen;
	/** whether others changed it since it was put in force */
	bool undone;
	/** when it may be put in force once more */
	time_t due;
};

/**
 * Create a record with empty fields.
 */
unity_ext_record_t *unity_ext_record_create(void);

/**
 * Set a field. Control characters in the value become question marks.
 *
 * @param record	record
 * @param field		field
 * @param value		value, copied
 */
void unity_ext_record_set(unity_ext_record_t *record, unity_ext_field_t field,
						  const char *value);

/**
 * Is this an interface that is there for the record's tunnel only?
 */
bool unity_ext_record_owns_interface(const unity_ext_record_t *record);

/**
 * Append to a list.
 *
 * @param record	record
 * @param field		field that is a list
 * @param value		value, copied
 */
void unity_ext_record_append(unity_ext_record_t *record,
							 unity_ext_field_t field, const char *value);

/**
 * Get the environment for a program: UNITY_ACTION and a variable UNITY_<FIELD>
 * for each field, and a PATH.
 *
 * @param record	record
 * @param action	"up" or "down"
 * @return			NULL terminated, release with unity_ext_record_freeenv()
 */
char **unity_ext_record_env(unity_ext_record_t *record, const char *action);

/**
 * Free an environment.
 */
void unity_ext_record_freeenv(char **env);

/**
 * Write a record.
 *
 * @param record	record
 * @param out		where to write it to, a line for each field
 * @return			FALSE if that failed
 */
bool unity_ext_record_write(unity_ext_record_t *record, FILE *out);

/**
 * Read a record.
 *
 * @param in		where to read it from
 * @return			record, NULL if it isn't one that was written as a whole
 */
unity_ext_record_t *unity_ext_record_read(FILE *in);

/**
 * Destroy a record.
 *
 * @param record	record or NULL
 */
void unity_ext_record_destroy(unity_ext_record_t *record);

#endif /** UNITY_EXT_RECORD_H_ */
