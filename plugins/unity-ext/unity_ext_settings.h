/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_settings.h
 * Settings of the plugin: charon.plugins.unity-ext in strongswan.conf.
 */

#ifndef UNITY_EXT_SETTINGS_H_
#define UNITY_EXT_SETTINGS_H_

#include <options.h>
#include <glob_list.h>

typedef struct unity_ext_settings_t unity_ext_settings_t;
typedef struct unity_ext_group_t unity_ext_group_t;

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
 * Names of the methods, as in UNITY_EXT_METHOD.
 */
extern const char *const unity_ext_methods[];

/**
 * What some of the clients are sent. At least one of the lists isn't NULL.
 * What is NULL isn't sent.
 */
struct unity_ext_group_t {
	options_section_t section;
	glob_list_t *connections;
	glob_list_t *ids;
	glob_list_t *groups;
	/** text, also if it came from banner_file */
	char *banner;
	char *banner_file;
	char *default_domain;
	/** domain names, see unity_ext_domains_parse() */
	char *split_dns;
	/** lists of traffic_selector_t, IPv4 networks */
	linked_list_t *split_include;
	linked_list_t *split_exclude;
	/** addresses and host names, separated by commas */
	char *backup_servers;
	/** 0, 1, or OPTION_UNSET_ENUM */
	int save_password;
	int pfs;
	/** addresses, separated by commas */
	char *dns;
	char *nbns;
};

struct unity_ext_settings_t {
	options_head_t head;
	/** an unity_ext_method_t, what to do with DNS servers as a client */
	int dns;
	/** program of the method, or NULL */
	char *dns_program;
	/** interface to have settings on, NULL for one of our own each time */
	char *dns_interface;
	/** absolute paths of what dns_program changes, separated by commas, or
	 * NULL */
	char *dns_files;
	/** domains to take from a gateway, NULL for all of them */
	glob_list_t *dns_domains;
	/** for programs, in seconds */
	uint32_t dns_timeout;
	/** where the records are of what is to be undone */
	char *state_dir;
	/** of unity_ext_group_t, the first one that matches applies */
	options_sections_t groups;
};

/**
 * Largest number of groups: all of them may be looked at for a login.
 */
#define UNITY_EXT_GROUPS_MAX 10000

/**
 * Longest banner in bytes. Cisco's gateways send up to 500 characters.
 */
#define UNITY_EXT_BANNER_MAX 4096

/**
 * Options of charon.plugins.unity-ext.
 */
extern const options_schema_t unity_ext_schema;

#endif /** UNITY_EXT_SETTINGS_H_ */
