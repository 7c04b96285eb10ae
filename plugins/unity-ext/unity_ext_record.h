/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_record.h
 * What a tunnel does to the machine's resolver.
 *
 * It is written as text, for programs as their environment, and to the disk, so
 * that a daemon that was killed can undo what it did when it is started again.
 */

#ifndef UNITY_EXT_RECORD_H_
#define UNITY_EXT_RECORD_H_

#include <library.h>
#include <networking/tun_device.h>

#include <stdio.h>

typedef struct unity_ext_record_t unity_ext_record_t;
typedef enum unity_ext_method_t unity_ext_method_t;

/**
 * How to deal with the resolver.
 */
enum unity_ext_method_t {
	UNITY_EXT_NONE,
	UNITY_EXT_EXEC,
	UNITY_EXT_RESOLVCONF,
	UNITY_EXT_RESOLVED,
};

/**
 * Names of the methods, as in unity-ext.dns_method.
 */
extern const char *const unity_ext_methods[];

/**
 * Number of strings in a record.
 */
#define UNITY_EXT_TEXTS 7

struct unity_ext_record_t {
	/** an unity_ext_method_t */
	int method;
	/** unique ID of the IKE_SA that brought this */
	uint32_t id;
	/** whether the interface is there for this tunnel only */
	bool own_interface;
	/** strings, never NULL; spaces separate the words of lists */
	union {
		struct {
			/** path of a program, where the method takes one */
			char *program;
			/** interface whose resolver settings these are, may be empty */
			char *interface;
			/** name of the connection */
			char *connection;
			/** virtual IPs */
			char *vips;
			/** addresses of DNS servers */
			char *dns;
			/** domains to resolve with these servers */
			char *domains;
			/** domain to append to names without a dot, may be empty */
			char *default_domain;
		};
		char *texts[UNITY_EXT_TEXTS];
	};
	/* what follows isn't written */

	/** interface that is there for this tunnel only, or NULL; whoever made it
	 * destroys it */
	tun_device_t *link;
	/** file in the journal, NULL and -1 if there is none */
	char *path;
	int fd;
	/** whether it is in force */
	bool in_force;
	/** whether the tunnel is gone */
	bool gone;
	/** why it isn't in force, although it is to be, or NULL */
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
 * Set a string of a record. Control characters in it become question marks.
 *
 * @param text		string, as it was
 * @param value		value, copied
 */
void unity_ext_record_set(char **text, const char *value);

/**
 * Append to a list of a record, or to another one.
 *
 * @param list		list, not NULL
 * @param words		words, separated by spaces
 */
void unity_ext_record_append(char **list, const char *words);

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
