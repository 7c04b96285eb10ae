# SPDX-License-Identifier: GPL-2.0-or-later
"""strict-bind where the kernel has ESP, and VRFs.

    gw ------------- nat ------------- carol
       10.1.0.0/24       10.3.0.0/24
"""

import pytest

import esp
from lab import conns, wait_until


@pytest.mark.needs("esp", "nft")
@pytest.mark.parametrize("socket", ["strict-bind", "socket-default"])
def test_nat_traversal(lab, net, gw, socket):
    """The kernel takes ESP off the sockets of either plugin, and both send
    IKE beside it."""
    inside = lab.segment("10.3.0.0/24")
    nat = lab.router("nat", net, inside, masquerade=net)
    carol = lab.host("carol", inside)
    carol.route("default", nat.on(inside).v4)
    plugins = {}
    if socket == "strict-bind":
        plugins = {"strict-bind": {"addresses": gw.v4}}
    server = gw.charon(plugins=plugins, without=["socket-default"]
                       if plugins else [])
    client = carol.charon()
    for daemon, config in zip((server, client), esp.pair(
            gw.v4, carol.v4, (gw.v4, carol.v4))):
        daemon.load(config)
    client.vici.initiate(child="psk")
    for host in (gw, carol):
        states = esp.states(host, "esp")
        assert len(states) == 2
        assert all("encap type espinudp" in state for state in states)
    with gw.capture("udp port 4500") as capture:
        assert carol.ping(gw.v4)
        capture.expect(r"10\.1\.0\.\d+\.\d+ > 10\.1\.0\.1\.4500: "
                       r"UDP-encap: ESP")
        capture.expect(r"10\.1\.0\.1\.4500 > .* UDP-encap: ESP")
        # with the tunnel up, IKE still comes to the daemon
        client.vici.request("rekey", {"child": "psk"})
        server.log.expect("CHILD_SA psk\\{2\\}", timeout=10)
        assert carol.ping(gw.v4)


def _bound(daemon):
    """Addresses at which a daemon has its sockets, with %device."""
    lines = daemon.host.run("ss", "-Hlunp").stdout.splitlines()
    return {line.split()[3].rpartition(":")[0] for line in lines
            if f"pid={daemon.pid}," in line}


def _expect_bound(daemon, *addresses):
    wait_until(lambda: _bound(daemon) == set(addresses), 10,
               lambda: f"{addresses} to be bound, not {_bound(daemon)}")


@pytest.mark.needs("vrf")
def test_vrf(lab, net):
    """An address in a VRF can be bound with its device only, and is, without
    an option; it follows its interface in and out, and IKE works."""
    other = lab.segment("10.2.0.0/24")
    gw, alice = (lab.host(name, net, other) for name in ("gw", "alice"))
    here, there = gw.on(other).v4, alice.on(other).v4
    server = gw.charon(plugins={"strict-bind": {
        "interfaces": "eth*, vrf*", "use_ipv6": False}},
        without=["socket-default"])
    client = alice.charon()
    _expect_bound(server, gw.v4, here)
    gw.ip("link add vrf0 type vrf table 77", "link set vrf0 up",
          "address add 10.7.0.1/32 dev vrf0", "link set eth1 master vrf0")
    _expect_bound(server, gw.v4, f"{here}%vrf0", "10.7.0.1%vrf0")
    for daemon, config in zip((server, client), conns.psk_ikev2(here, there)):
        daemon.load(config)
    client.vici.initiate(ike="psk")
    client.vici.request("rekey", {"ike": "psk"})
    client.vici.expect_sas(1, uniqueid=2, up=True)
    gw.ip("link set eth1 nomaster", "link del vrf0")
    _expect_bound(server, gw.v4, here)
    # from a socket that isn't the VRF's any more
    client.vici.terminate(ike="psk")
    server.vici.expect_sas(0)
