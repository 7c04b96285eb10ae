/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_settings.h
 * Settings of the plugin: charon.plugins.peer-log in strongswan.conf.
 */

#ifndef PEER_LOG_SETTINGS_H_
#define PEER_LOG_SETTINGS_H_

#include <collections/linked_list.h>
#include <glob_list.h>
#include <log_fields.h>
#include <options.h>
#include <options_store.h>

typedef struct peer_log_terms_t peer_log_terms_t;
typedef struct peer_log_rule_t peer_log_rule_t;
typedef struct peer_log_settings_t peer_log_settings_t;

/**
 * Which lines are written, and where to. At least one of the lists isn't NULL,
 * and exactly one target is set.
 */
struct peer_log_terms_t {
	glob_list_t *ids;
	/** traffic_selector_t* */
	linked_list_t *addresses;
	glob_list_t *connections;
	/** level for subsystems that have none of their own */
	uint32_t level;
	/** by debug_t of PEER_LOG_SUBSYSTEMS, OPTION_UNSET for level */
	uint32_t levels[DBG_MAX];
	/** absolute path, or NULL */
	char *file;
	bool journal;
	/** index of a facility of syslog, or OPTION_UNSET_ENUM */
	int syslog;
	/** seconds from the loading of the rule until it ends, 0 for never */
	uint32_t expire;
};

/**
 * A rule in strongswan.conf.
 */
struct peer_log_rule_t {
	options_section_t section;
	peer_log_terms_t terms;
};

struct peer_log_settings_t {
	options_head_t head;
	/** bytes for lines of peers that aren't known yet */
	uint32_t buffer_size;
	/** of peer_log_rule_t */
	options_sections_t rules;
};

/**
 * Largest number of rules, which has to be that of bits in a set of them: all
 * are looked at for each line.
 */
#define PEER_LOG_RULES_MAX 64

/**
 * Does a subsystem have a level of its own?
 */
bool peer_log_terms_has_level(const peer_log_terms_t *terms, debug_t group);

/**
 * Get the level of a subsystem.
 */
level_t peer_log_terms_level(const peer_log_terms_t *terms, debug_t group);

/**
 * Get the facility of syslog.
 *
 * @return			as for syslog(3)
 */
int peer_log_terms_facility(const peer_log_terms_t *terms);

/**
 * Check the options of a rule against each other.
 *
 * @param terms		options, each valid by itself
 * @param errors	gets what is wrong
 */
void peer_log_terms_check(const peer_log_terms_t *terms,
						  option_errors_t *errors);

/**
 * Subsystems that have an option. Others are the host's own affair: none of
 * their lines is about a peer.
 */
#define PEER_LOG_SUBSYSTEMS(DO, ...) \
	DO("dmn", DBG_DMN, __VA_ARGS__) \
	DO("mgr", DBG_MGR, __VA_ARGS__) \
	DO("ike", DBG_IKE, __VA_ARGS__) \
	DO("chd", DBG_CHD, __VA_ARGS__) \
	DO("job", DBG_JOB, __VA_ARGS__) \
	DO("cfg", DBG_CFG, __VA_ARGS__) \
	DO("knl", DBG_KNL, __VA_ARGS__) \
	DO("net", DBG_NET, __VA_ARGS__) \
	DO("asn", DBG_ASN, __VA_ARGS__) \
	DO("enc", DBG_ENC, __VA_ARGS__) \
	DO("tnc", DBG_TNC, __VA_ARGS__) \
	DO("imc", DBG_IMC, __VA_ARGS__) \
	DO("imv", DBG_IMV, __VA_ARGS__) \
	DO("pts", DBG_PTS, __VA_ARGS__) \
	DO("tls", DBG_TLS, __VA_ARGS__) \
	DO("app", DBG_APP, __VA_ARGS__) \
	DO("esp", DBG_ESP, __VA_ARGS__) \
	DO("lib", DBG_LIB, __VA_ARGS__)

/**
 * Options of a rule that is part of a struct.
 *
 * @param owner		type of the struct
 * @param member	member that is a peer_log_terms_t
 */
#define PEER_LOG_TERMS(owner, member) \
	OPTION_AS("ids", owner, member.ids, GLOBS), \
	OPTION_AS("addresses", owner, member.addresses, SUBNETS), \
	OPTION_AS("connections", owner, member.connections, GLOBS), \
	PEER_LOG_LEVEL("level", owner, member.level, .def = "2"), \
	PEER_LOG_SUBSYSTEMS(PEER_LOG_SUBSYSTEM, owner, member) \
	OPTION_AS("file", owner, member.file, STRING), \
	OPTION_AS("journal", owner, member.journal, BOOL, .def = "no"), \
	OPTION_AS("syslog", owner, member.syslog, ENUM, \
			  .names = log_facilities), \
	OPTION_AS("expire", owner, member.expire, TIME, .max = 604800, .def = "0")

#define PEER_LOG_SUBSYSTEM(name, group, owner, member) \
	PEER_LOG_LEVEL(name, owner, member.levels[group]),

#define PEER_LOG_LEVEL(name, owner, member, ...) \
	OPTION_AS(name, owner, member, INT, .max = LEVEL_PRIVATE, ##__VA_ARGS__)

/**
 * Options of charon.plugins.peer-log.
 */
extern const options_schema_t peer_log_schema;

#endif /** PEER_LOG_SETTINGS_H_ */
