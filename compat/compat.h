/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file compat.h
 * What differs between the host versions that are supported.
 */

#ifndef COMPAT_H_
#define COMPAT_H_

#include <plugins/plugin.h>

#include "host_check.h"

/* from 6.0.3 on, the loader also demands a symbol with the host's version */
#ifndef PLUGIN_DEFINE
#define PLUGIN_DEFINE(name) \
	plugin_t *name##_plugin_create(void)
#endif

/**
 * Define a plugin's entry point; the constructor's body follows.
 *
 * @param name		name of the plugin as it is part of C names
 * @param plugin	name of the plugin as in strongswan.conf, a string
 */
#define COMPAT_PLUGIN_DEFINE(name, plugin) \
	static plugin_t *name##_create(void); \
	__attribute__((visibility("default"))) \
	extern const char *name##_plugin_version; \
	__attribute__((visibility("default"))) \
	plugin_t *name##_plugin_create(void); \
	PLUGIN_DEFINE(name) \
	{ \
		return host_check(plugin) ? name##_create() : NULL; \
	} \
	static plugin_t *name##_create(void)

/**
 * Initiate a CHILD_SA, or an IKE_SA alone, without waiting for it.
 *
 * @param peer_cfg		connection, adopted
 * @param child_cfg		CHILD_SA, adopted, or NULL
 */
#ifdef HOST_CONTROLLER_MAX_LEVEL
#define COMPAT_INITIATE(peer_cfg, child_cfg) \
	charon->controller->initiate(charon->controller, peer_cfg, child_cfg, \
								 NULL, NULL, 0, 0, FALSE)
/**
 * Parameters of the controller's terminate_ike() after the callback's, and how
 * they are passed on.
 */
#define COMPAT_TERMINATE_PARAMS level_t level, u_int timeout
#define COMPAT_TERMINATE_ARGS level, timeout
#else
#define COMPAT_TERMINATE_PARAMS u_int timeout
#define COMPAT_TERMINATE_ARGS timeout
#define COMPAT_INITIATE(peer_cfg, child_cfg) \
	charon->controller->initiate(charon->controller, peer_cfg, child_cfg, \
								 NULL, NULL, 0, FALSE)
#endif

/**
 * Get the traffic selectors of a CHILD_SA's configuration as they are, dynamic
 * ones unchanged.
 *
 * @return				linked_list_t of traffic_selector_t, to be destroyed
 */
#ifdef HOST_CHILD_CFG_SELECTS_BY_ITSELF
#define COMPAT_GET_TRAFFIC_SELECTORS(child_cfg, local) \
	(child_cfg)->get_traffic_selectors(child_cfg, local, NULL)
#else
#define COMPAT_GET_TRAFFIC_SELECTORS(child_cfg, local) \
	(child_cfg)->get_traffic_selectors(child_cfg, local, NULL, NULL, FALSE)
#endif

/**
 * Use a reqid that is in use once more, and end a use.
 *
 * @param kernel		kernel_interface_t
 * @param sa			what it was allocated for, has mark_in, mark_out,
 *						if_id_in and if_id_out
 * @param none			empty linked_list_t
 * @param reqid			pointer to it; gets another one if it isn't in use
 * @return				SUCCESS if one was used
 */
#ifdef HOST_KERNEL_REFS_REQID
#define COMPAT_REF_REQID(kernel, sa, none, reqid) \
	(kernel)->ref_reqid(kernel, *(reqid))
#define COMPAT_RELEASE_REQID(kernel, sa, reqid) \
	(kernel)->release_reqid(kernel, reqid)
#else
#define COMPAT_REF_REQID(kernel, sa, none, reqid) \
	(kernel)->alloc_reqid(kernel, none, none, (sa)->mark_in, (sa)->mark_out, \
						  (sa)->if_id_in, (sa)->if_id_out, NULL, reqid)
#define COMPAT_RELEASE_REQID(kernel, sa, reqid) \
	(kernel)->release_reqid(kernel, reqid, (sa)->mark_in, (sa)->mark_out, \
							(sa)->if_id_in, (sa)->if_id_out, NULL)
#endif

/**
 * Does a connection of IKEv1 use aggressive mode, or push mode?
 */
#ifdef HOST_PEER_CFG_HAS_OPTIONS
#define COMPAT_USE_AGGRESSIVE(cfg) \
	(cfg)->has_option(cfg, OPT_IKEV1_AGGRESSIVE)
#define COMPAT_USE_PUSH(cfg) \
	(cfg)->has_option(cfg, OPT_IKEV1_PUSH_MODE)
#else
#define COMPAT_USE_AGGRESSIVE(cfg) \
	(cfg)->use_aggressive(cfg)
#define COMPAT_USE_PUSH(cfg) \
	!(cfg)->use_pull_mode(cfg)
#endif

#endif /** COMPAT_H_ */
