/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file host_check.h
 * Refuse to run in a daemon that this plugin wasn't built for.
 */

#ifndef HOST_CHECK_H_
#define HOST_CHECK_H_

#include <library.h>

/**
 * Does the daemon that this is built for speak IKEv1?
 */
#ifdef USE_IKEV1
#define HOST_IKEV1 TRUE
#else
#define HOST_IKEV1 FALSE
#endif

/**
 * Is the running daemon of the version and configuration that the plugin was
 * built for? If not, one line is logged that says what differs.
 *
 * strongSwan checks this itself only from 6.0.3 on; before, a plugin with
 * another layout of libcharon's objects crashes the daemon at its first call.
 *
 * @param plugin	name of the plugin
 * @return			TRUE if it is safe to go on
 */
bool host_check(const char *plugin);

/**
 * Does a program contain a version string, bounded as charon's is: on its own
 * or within "strongSwan 5.9.8, ..."?
 *
 * @param image		read-only data of the program
 * @param version	version to look for
 * @return			TRUE if found
 */
bool host_check_image(chunk_t image, const char *version);

#endif /** HOST_CHECK_H_ */
