# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections whose CHILD_SAs the kernel carries."""

import re

from lab import conns
from lab.conf import merge


def pair(gw, client, child, *, gw_child=None, client_child=None, **more):
    """As conns.psk_ikev2, without UDP encapsulation, which the lab's own
    tunnels take for kernel-libipsec. gw_child and client_child are laid over
    the CHILD_SA of each side."""
    def side(key, options):
        more[key] = merge({"encap": False, "children": {name: options or {}}},
                          more.get(key) or {})

    name = more.setdefault("name", "psk")
    side("gateway", gw_child)
    side("initiator", client_child)
    return conns.psk_ikev2(gw, client, child=child, **more)


def connect(gw, client, configs, name="psk", **options):
    """Start a daemon on both hosts, load the pair, have the client initiate.
    Options are the client's daemon's. Returns both daemons."""
    gateway, initiator = gw.charon(), client.charon(**options)
    gateway.load(configs[0])
    initiator.load(configs[1])
    initiator.vici.initiate(child=name)
    return gateway, initiator


def states(host, proto):
    """The kernel's SAs of a protocol ("esp", "comp"), each as text, without
    SPIs that are reserved only."""
    listed = host.run("ip", "-d", "xfrm", "state").stdout
    return [state for state in listed.split("\nsrc ")
            if f"proto {proto} " in state and
            re.search(r"\n\t(comp|enc|aead) ", state)]
