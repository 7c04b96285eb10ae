# SPDX-License-Identifier: GPL-2.0-or-later
"""ikev1-policy against libreswan's pluto, which starts the Quick Modes of all
phase 2 entries at once.

    10.9.1.0/24 gw ----------- alice 10.9.0.1, 10.9.0.2...
                  10.1.0.0/24
"""

import pytest

import esp
import pluto
from lab import conns, wait_until

# pluto takes the paths of its package, which only the guest has
pytestmark = pytest.mark.needs("own-kernel", "esp")

ENTRIES = 20
LOCAL = "10.9.1.1"


def remote(entry):
    return f"10.9.0.{entry}"


@pytest.fixture
def connect(gw, alice):
    """Function that starts charon with ikev1-policy's settings, and pluto, for
    a with statement. Returns both."""
    if pluto.missing():
        pytest.skip(pluto.missing())
    gw.ip(f"address add {LOCAL}/32 dev lo",
          f"route add 10.9.0.0/24 via {alice.v4}")
    alice.ip(*(f"address add {remote(n)}/32 dev lo"
               for n in range(1, ENTRIES + 1)),
             f"route add {LOCAL}/32 via {gw.v4}")
    # all are started before the first one gets its answer
    gw.run("tc", "qdisc", "add", "dev", "eth0", "root", "netem", "delay",
           "300ms")
    pair = conns.psk_ikev1(gw.v4, alice.v4, alice.v4, name="site", gateway={
        "encap": False, "proposals": ["aes256-sha256-modp2048"], "children": {
            f"site-{n}": {"local_ts": [f"{LOCAL}/32"],
                          "remote_ts": [f"{remote(n)}/32"],
                          "esp_proposals": ["aes256-sha256"]}
            for n in range(1, ENTRIES + 1)}})

    def start(settings):
        daemon = gw.charon(plugins={"ikev1-policy": settings})
        daemon.load(pair[0])
        subnets = " ".join(f"{remote(n)}/32" for n in range(1, ENTRIES + 1))
        return daemon, pluto.Pluto(
            alice, conns.SECRET, left=alice.v4, right=gw.v4,
            rightid=f"@{conns.GATEWAY_ID}", leftsubnets=f"{{{subnets}}}",
            rightsubnet=f"{LOCAL}/32", ike="aes256-sha2_256;modp2048",
            esp="aes256-sha2_256", pfs="no",
            # in ms; charon takes a first message again for the third one
            **{"retransmit-interval": 10000})
    return start


def test_small_window_breaks(gw, connect):
    """With the window that charon has without the plugin. The other end
    believes otherwise."""
    daemon, peer = connect({"phase2_exchanges": 3})
    with peer:
        line = daemon.log.expect(
            r"ran (\d+) Quick Modes at once and (\d+) were lost, as the window "
            r"holds 3 exchanges; set ikev1-policy.phase2_exchanges = ", 20)
        assert int(line.group(1)) > 3
        peer.log.expect("IPsec SA established", 20, ENTRIES)
        assert len(daemon.vici.list_children()) < ENTRIES / 2


def test_all_come_up(gw, alice, connect):
    """By default, and packets take each of them."""
    daemon, peer = connect({})
    with peer:
        wait_until(lambda: len(daemon.vici.list_children()) == ENTRIES, 20,
                   lambda: f"all to come up:\n{peer.log.tail()}")
        assert len(esp.states(gw, "esp")) == 2 * ENTRIES
        for n in range(1, ENTRIES + 1):
            assert alice.ping(LOCAL, remote(n))
        used = [child for child in daemon.vici.list_children()
                if int(child["packets-in"])]
        assert len(used) == ENTRIES
    assert not daemon.log.count("Quick Modes at once")
