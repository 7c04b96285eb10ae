# SPDX-License-Identifier: GPL-2.0-or-later
"""strict-bind between real daemons.

        10.1.0.0/24, fd01::/64          10.2.0.0/24
    ----+-------------------+---- gw ----+-----
        |                   |            |
      alice                gw           bob

The gateway runs the plugin; `ss` says what it has bound.
"""

import pytest

from lab import conns, wait_until


@pytest.fixture
def net(lab):
    return lab.segment("10.1.0.0/24", "fd01::/64")


@pytest.fixture
def other(lab):
    return lab.segment("10.2.0.0/24", "fd02::/64")


@pytest.fixture
def gw(lab, net, other):
    return lab.host("gw", net, other)


@pytest.fixture
def alice(lab, net):
    return lab.host("alice", net)


def bound(daemon):
    """The UDP sockets of a daemon: {"address:port"}."""
    lines = daemon.host.run("ss", "-Hlunp").stdout.splitlines()
    return {line.split()[3] for line in lines if f"pid={daemon.pid}," in line}


def sockets(*addresses, ports=(500, 4500)):
    """What ss shows for these addresses."""
    return {f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            for address in addresses for port in ports}


def expect_bound(daemon, *addresses, timeout=5, ports=(500, 4500)):
    """Wait until exactly these are bound."""
    wanted = sockets(*addresses, ports=ports)
    wait_until(lambda: bound(daemon) == wanted, timeout,
               lambda: f"{wanted} to be bound, not {bound(daemon)}")


def strict(host, settings, **options):
    """A daemon with the plugin."""
    return host.charon(plugins={"strict-bind": settings},
                       without=["socket-default"], **options)


def test_addresses(gw, alice):
    server = strict(gw, {"addresses": [gw.v4]})
    expect_bound(server, gw.v4)
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server.load(pair[0])
    client = alice.charon()
    client.load(pair[1])
    client.vici.initiate(ike="psk")
    server.vici.expect_sas(1, up=True)
