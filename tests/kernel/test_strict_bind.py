# SPDX-License-Identifier: GPL-2.0-or-later
"""strict-bind with the kernel's ESP in UDP, through a NAT.

    gw ------------- nat ------------- carol
       10.1.0.0/24       10.3.0.0/24
"""

import pytest

import esp

pytestmark = pytest.mark.needs("esp", "nft")


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
