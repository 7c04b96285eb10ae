/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * All suites, in the order in which they run: a SUITE(object) for each
 * test_<object>.c. Those of a plugin go within the condition under which
 * Makefile.am compiles them.
 */

SUITE(host_check)
SUITE(utf8)
SUITE(glob_list)
SUITE(identity)
SUITE(item_list)
SUITE(link_monitor)
SUITE(log_limiter)
SUITE(netlink)
SUITE(option_errors)
SUITE(option_value)
SUITE(options)
SUITE(options_store)
SUITE(owner)
SUITE(control_registry)
SUITE(opt_file)
SUITE(protocol)

#ifdef WITH_ASYNC_CRYPTO
SUITE(async_crypto_control)
SUITE(async_crypto_cpus)
SUITE(async_crypto_names)
SUITE(async_crypto_settings)
#endif

#ifdef WITH_AUTH_POLICY
SUITE(auth_policy_control)
SUITE(auth_policy_evidence)
SUITE(auth_policy_settings)
SUITE(auth_policy_verdict)
#endif

#ifdef WITH_BYPASS
SUITE(bypass_prefix)
SUITE(bypass_set)
SUITE(bypass_settings)
SUITE(bypass_runtime)
SUITE(bypass_route)
SUITE(bypass_plan)
#endif

#ifdef WITH_CONTROL
SUITE(control_frame)
SUITE(control_listener)
SUITE(control_request)
SUITE(control_client)
SUITE(control_settings)
#endif

#ifdef WITH_FILTERMODE
SUITE(filtermode_settings)
SUITE(filtermode_ruleset)
SUITE(filtermode_listing)
SUITE(filtermode_children)
SUITE(filtermode_control)
SUITE(filtermode_counters)
SUITE(filtermode_networks)
#endif

#ifdef WITH_IKEV1_POLICY
SUITE(ikev1_policy_exchanges)
SUITE(ikev1_policy_peers)
SUITE(ikev1_policy_settings)
#endif

#ifdef WITH_PCSC_TOKEN
SUITE(pcsc_token_control)
SUITE(pcsc_token_key)
SUITE(pcsc_token_message)
SUITE(pcsc_token_pin)
SUITE(pcsc_token_readers)
SUITE(pcsc_token_settings)
#endif

#ifdef WITH_PEER_LOG
SUITE(peer_log_line)
SUITE(peer_log_pending)
SUITE(peer_log_rule)
SUITE(peer_log_settings)
#endif

#ifdef WITH_STRICT_BIND
SUITE(strict_bind_log)
SUITE(strict_bind_receiver)
SUITE(strict_bind_settings)
SUITE(strict_bind_users)
SUITE(strict_bind_wanted)
#endif

#ifdef WITH_UNIQUE_POLICY
SUITE(unique_policy_rules)
SUITE(unique_policy_sessions)
SUITE(unique_policy_settings)
#endif

#ifdef WITH_UNITY_EXT
SUITE(unity_ext_control)
SUITE(unity_ext_domain)
SUITE(unity_ext_subnet)
SUITE(unity_ext_settings)
SUITE(unity_ext_answer)
SUITE(unity_ext_inbound)
SUITE(unity_ext_record)
#endif

SUITE(fuzz)
