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


# upstream's scenarios: what the client asks for, and whether the router in
# between translates addresses
_MOBIKE = {
    "mobike": ({}, False),
    "mobike-virtual-ip": ({"vips": ["0.0.0.0"]}, False),
    "mobike-virtual-ip-nat": ({"vips": ["0.0.0.0"]}, True),
}


@pytest.mark.needs("esp", "nft")
@pytest.mark.parametrize("scenario", _MOBIKE)
@pytest.mark.parametrize("socket", ["strict-bind", "socket-default"])
def test_mobike(lab, socket, scenario):
    """
        bob --- sun --------+---------- eth1 alice
                            |                eth0
                            +--- moon --------+

    The client's direct way goes, and comes back. With auto at both ends.
    """
    extra, nat = _MOBIKE[scenario]
    outside, inside, behind = (lab.segment(f"10.{n}.0.0/24") for n in (4, 5, 2))
    sun = lab.router("sun", outside, behind)
    alice, bob = lab.host("alice", inside, outside), lab.host("bob", behind)
    moon = lab.router("moon", inside, outside,
                      masquerade=outside if nat else None)
    alice.route("default", moon.on(inside).v4)
    bob.route("default", sun.on(behind).v4)
    if not nat:
        sun.route("10.5.0.0/24", moon.on(outside).v4)
    options = {}
    if socket == "strict-bind":
        options = {"plugins": {"strict-bind": {"auto": True}},
                   "without": ["socket-default"]}
    server = sun.charon(**options)
    client = alice.charon(conf={"prefer_best_path": nat}, **options)
    here = alice.on(outside).v4
    pair = esp.pair(sun.v4, "%any", ("10.2.0.0/24", "dynamic"), name="net",
                    gateway={"pools": ["p"] if extra else []},
                    initiator={"local_addrs": [here], **extra})
    server.load(pair[0], pools={"p": {"addrs": "10.6.0.0/24"}})
    client.load(pair[1])
    if socket == "strict-bind":
        _expect_bound(server, sun.v4)
    client.vici.initiate(child="net")

    def expect_path(local, remote):
        wait_until(lambda: [sa.local_host for sa in client.vici.list_sas()] ==
                   [local], 15, f"the client to use {local}")
        wait_until(lambda: [sa.remote_host for sa in server.vici.list_sas()] ==
                   [remote], 15, f"the server to see {remote}")
        assert alice.ping(bob.v4)
        assert socket != "strict-bind" or local in _bound(client)

    expect_path(here, here)
    alice.ip(f"address del {here}/24 dev eth1", "link set eth1 down")
    expect_path(alice.v4, moon.on(outside).v4 if nat else alice.v4)
    if nat:
        alice.ip("link set eth1 up", f"address add {here}/24 dev eth1")
        expect_path(here, here)


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
