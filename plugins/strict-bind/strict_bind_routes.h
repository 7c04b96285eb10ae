/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_routes.h
 * Which interfaces lead to a peer.
 */

#ifndef STRICT_BIND_ROUTES_H_
#define STRICT_BIND_ROUTES_H_

#include <collections/array.h>
#include <networking/host.h>

#include <linux/netlink.h>

/**
 * Find the interfaces that a peer is reached over, all of them if there are
 * several next hops. Charon's own look-up knows none in that case, and reads
 * whole tables.
 *
 * @param peer			address
 * @param mark			mark of the packets, 0 for none
 * @param own			charon's own routing table, whose routes aren't for IKE
 * @param interfaces	u_int, indices are appended, each once
 * @return				FALSE if it is reached by a default route, or by none
 */
bool strict_bind_routes_to(host_t *peer, uint32_t mark, uint32_t own,
						   array_t *interfaces);

/**
 * Find the interfaces of all default routes: of both families, whatever their
 * metric, in each routing table that a rule leads to.
 *
 * @param own			charon's own routing table, which doesn't count
 * @param interfaces	u_int, indices are appended, each once
 */
void strict_bind_routes_default(uint32_t own, array_t *interfaces);

/**
 * Find the interface that a packet leaves over.
 *
 * @param dst			where it is sent to
 * @param src			where from
 * @param mark			its mark, 0 for none
 * @return				index, 0 if there is no route
 */
u_int strict_bind_routes_out(host_t *dst, host_t *src, uint32_t mark);

/**
 * Does an event matter? Those of routes do for default routes only: a router
 * may see others change all the time.
 *
 * @param hdr			message about an interface, address, route or rule, NULL
 *						if some were lost
 */
bool strict_bind_routes_matter(void *unused, struct nlmsghdr *hdr);

#endif /** STRICT_BIND_ROUTES_H_ */
