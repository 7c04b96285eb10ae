# SPDX-License-Identifier: GPL-2.0-or-later
"""bypass over the tunnels of the kernel's ESP.

    10.8.0.1, 10.8.0.2 gw ----------- alice 10.9.0.1
                        10.1.0.0/24

Each set-up has a tunnel for all of 10.8.0.0/24 and a rule that excludes
10.8.0.2, on both sides. Without the rule both addresses are in the tunnel.
"""

import re

import pytest

import esp
from lab import wait_until

pytestmark = pytest.mark.needs("esp", "nft")

_INSIDE, _OUTSIDE = "10.8.0.1", "10.8.0.2"

# what goes out by alice's wire
_COUNTERS = """
table netdev wire {
	counter wrapped { }
	counter plain { }
	chain out {
		type filter hook egress device eth0 priority filter
		meta l4proto esp counter name wrapped
		meta l4proto icmp counter name plain
	}
}
"""

_WAYS = {"wrapped": "esp", "plain": "clear"}


@pytest.fixture(autouse=True)
def networks(gw, alice):
    """Addresses behind both, and the counters."""
    gw.ip(f"address add {_INSIDE}/32 dev lo",
          f"address add {_OUTSIDE}/32 dev lo",
          f"route add 10.9.0.0/24 via {alice.v4}")
    alice.ip("address add 10.9.0.1/32 dev lo")
    alice.run("nft", "-f", "-", stdin=_COUNTERS)


def way(alice, address):
    """How an echo request went: "esp" or "clear", "unanswered" if nothing came
    back, or None if it didn't leave."""
    alice.run("nft", "reset", "counters", "table", "netdev", "wire")
    # the first one may only have triggered a trap
    answered = alice.run("ping", "-n", "-c", 2, "-i", 0.2, "-W", 1,
                         "-I", "10.9.0.1", address, check=False)
    counted = dict(re.findall(
        r"counter (\w+) \{\s+packets (\d+)",
        alice.run("nft", "list", "counters", "table", "netdev",
                  "wire").stdout))
    used = {_WAYS[name] for name, packets in counted.items() if int(packets)}
    if " 0 received" in answered.stdout:
        return "unanswered" if used else None
    return "+".join(sorted(used))


def rule(**more):
    """The plugin's settings."""
    return {"bypass": {"rules": {"outside": {
        "src": "10.9.0.0/24", "dst": _OUTSIDE, **more}}}}


def start(gw, alice, *, child=None, route=True):
    """Daemons that exclude nothing yet, the client's CHILD_SA with more
    settings."""
    if route:
        alice.ip(f"route add 10.8.0.0/24 via {gw.v4}")
    pair = esp.pair(gw.v4, alice.v4, ("10.8.0.0/24", "10.9.0.0/24"),
                    client_child=child)
    # with the main table's routes alone, it is plain who decides
    options = {"plugins": {"bypass": {}}, "conf": {"install_routes": False}}
    daemons = gw.charon(**options), alice.charon(**options)
    for daemon, config in zip(daemons, pair):
        daemon.load(config)
    return daemons


def exclude(daemons, **more):
    """Reload both with the rule."""
    daemons[0].reload(plugins={"bypass": {"rules": {"outside": {
        "src": _OUTSIDE, "dst": "10.9.0.0/24"}}}})
    daemons[1].reload(plugins=rule(**more))


def include(daemons):
    """Reload the client without the rule."""
    daemons[1].reload(plugins={"bypass": {}})


def test_policy_based(gw, alice):
    daemons = start(gw, alice)
    daemons[1].vici.initiate(child="psk")
    assert way(alice, _INSIDE) == way(alice, _OUTSIDE) == "esp"
    exclude(daemons)
    assert way(alice, _OUTSIDE) == "clear"
    assert way(alice, _INSIDE) == "esp"
    # a rekeying installs the tunnel's policies anew
    daemons[1].vici.request("rekey", {"child": "psk"})
    wait_until(lambda: len(esp.states(alice, "esp")) == 2)
    assert way(alice, _OUTSIDE) == "clear"
    assert way(alice, _INSIDE) == "esp"
    include(daemons)
    assert way(alice, _OUTSIDE) != "clear"


def test_trap(gw, alice):
    """What is excluded triggers nothing; the rest does."""
    daemons = start(gw, alice, child={"start_action": "trap"})
    exclude(daemons)
    assert way(alice, _OUTSIDE) == "clear"
    assert not daemons[1].vici.list_sas()
    assert way(alice, _INSIDE) in ("esp", None)
    daemons[1].vici.expect_sas(1, up=True)
    assert way(alice, _INSIDE) == "esp"
    assert way(alice, _OUTSIDE) == "clear"


def test_trap_alone(gw, alice):
    """The same echo without the rule."""
    daemons = start(gw, alice, child={"start_action": "trap"})
    assert way(alice, _OUTSIDE) != "clear"
    daemons[1].vici.expect_sas(1, up=True)


def follow_route(gw, alice, daemons, device):
    """With 10.8.0.2 routed past the device, its packets are excluded."""
    assert way(alice, _INSIDE) == "esp"
    alice.ip(f"route add {_OUTSIDE} via {gw.v4}")
    assert way(alice, _OUTSIDE) == "clear"
    alice.ip(f"route del {_OUTSIDE}")


@pytest.mark.needs("xfrm-interface")
def test_xfrm_interface(gw, alice):
    """Policies of an interface are apart: what is routed to it is in the
    tunnel, rule or not."""
    alice.ip("link add x0 type xfrm dev eth0 if_id 7", "link set x0 up",
             "route add 10.8.0.0/24 dev x0")
    daemons = start(gw, alice, child={"if_id_in": "7", "if_id_out": "7"},
                    route=False)
    daemons[1].vici.initiate(child="psk")
    assert way(alice, _INSIDE) == way(alice, _OUTSIDE) == "esp"
    daemons[1].reload(plugins=rule())
    assert way(alice, _OUTSIDE) == "esp"
    exclude(daemons)
    follow_route(gw, alice, daemons, "x0")


@pytest.mark.needs("vti")
def test_vti(gw, alice):
    """A VTI finds the rule's policy and drops the packet. A rule for another
    interface lets it out, but the answer finds the policy for answers, which
    can't be for an interface."""
    alice.ip(f"link add v0 type vti local {alice.v4} remote {gw.v4} key 42",
             "link set v0 up", "route add 10.8.0.0/24 dev v0")
    alice.sysctl("net/ipv4/conf/v0/disable_policy", 1)
    daemons = start(gw, alice, child={"mark_in": "42", "mark_out": "42"},
                    route=False)
    daemons[1].vici.initiate(child="psk")
    assert way(alice, _INSIDE) == way(alice, _OUTSIDE) == "esp"
    daemons[1].reload(plugins=rule(interface="eth0"))
    assert way(alice, _INSIDE) == "esp"
    assert way(alice, _OUTSIDE) == "unanswered"
    daemons[1].reload(plugins=rule())
    assert way(alice, _OUTSIDE) is None
    exclude(daemons)
    follow_route(gw, alice, daemons, "v0")
