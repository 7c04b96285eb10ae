/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_local.h
 * The addresses that this machine has right now.
 */

#ifndef STRICT_BIND_LOCAL_H_
#define STRICT_BIND_LOCAL_H_

#include "strict_bind_wanted.h"

/**
 * List the addresses of this machine.
 *
 * Asks the kernel, as charon's own list may lag behind and has no interfaces.
 * Left out are virtual IPs that charon itself installed, and interfaces that
 * charon.interfaces_use or interfaces_ignore exclude, from which it would drop
 * everything.
 *
 * @return			array of strict_bind_local_t*, to be destroyed with
 *					strict_bind_local_destroy(), NULL if the kernel didn't say
 */
array_t *strict_bind_local_list(void);

/**
 * Destroy a list.
 *
 * @param locals	as returned by strict_bind_local_list(), or NULL
 */
void strict_bind_local_destroy(array_t *locals);

#endif /** STRICT_BIND_LOCAL_H_ */
