# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode and connections of every kind; see kinds.py for the topology."""

import os

import pytest

from kinds import FLOWS, PLAIN, TUNNEL, XFRMI, Flow, Kinds
from lab import Lab, wait_until
from talk import ask, hold, serve

pytestmark = pytest.mark.needs("esp", "ipcomp", "vti", "xfrm-interface", "nft")

PORT, OTHER_PORT = 3000, 3001
PROTOS = ("tcp", "udp")


def rules(direction, action="accept", prefix="a", **more):
    """A rule for PORT with either protocol."""
    return {f"{prefix}-{proto}": {"direction": direction, "protocol": proto,
                                  "dst_port": PORT, "action": action} | more
            for proto in PROTOS}


@pytest.fixture(scope="module")
def kinds():
    with Lab() as lab:
        found = Kinds(lab, mode="ipsec")
        servers = []
        for name, host in found.hosts.items():
            ends = {(flow.addresses[1], port) for flow in FLOWS
                    if flow.ends[1] == name for port in (PORT, OTHER_PORT)}
            servers.append(serve(host, sorted(ends)))
        yield found
        for server in servers:
            server.kill()
            server.wait()


def reload(kinds, **settings):
    kinds.daemon.reload(plugins=kinds.plugins(
        **{"mode": "ipsec", "default": "drop"} | settings))


def talk(kinds, flows, ports=(PORT, OTHER_PORT)):
    """{(flow, protocol, port): what came back}"""
    found = {}
    for name, host in kinds.hosts.items():
        asked = [(flow, proto, port) for flow in flows
                 if flow.ends[0] == name for proto in PROTOS for port in ports]
        if asked:
            came = ask(host, [(proto, *flow.addresses, port, 0)
                              for flow, proto, port in asked])
            found |= dict(zip(asked, came))
    return found


@pytest.mark.parametrize("way,settings", [
    ("in", {"rules": rules("in")}),
    ("out", {"rules": rules("out")}),
    ("", {"rules": rules("both"), "stateful": False}),
    # what others may not do has no part in the answers
    ("in", {"default": "accept", "rules": rules("in") | {
        "b": {"action": "drop"}}}),
], ids=["in", "out", "stateless", "rest dropped"])
def test_answers(kinds, way, settings):
    """Connections pass in the direction in which they may be opened, with all
    their packets, and no others do."""
    reload(kinds, **settings)
    wrong = [f"{flow.name} {proto} {port}: {came}"
             for (flow, proto, port), came in talk(kinds, FLOWS).items()
             if (came == "ask") != (flow.kind == PLAIN or
                                    port == PORT and bool(way) and
                                    flow.way.endswith(way))]
    assert not wrong, "\n".join(wrong)


def test_unasked(kinds):
    """What looks like an answer is none."""
    reload(kinds, rules=rules("in"))
    flows = [flow for flow in FLOWS if flow.way.endswith("out") and
             flow.kind != PLAIN]
    for name in ("gw", "bob"):
        came = ask(kinds.hosts[name], [
            ("udp", *flow.addresses, OTHER_PORT, 3500) for flow in flows
            if flow.ends[0] == name])
        assert "ask" not in came


def counted(kinds, name):
    """Packets of rules of a name that control shows, in and out."""
    return sum(int(rule["packets-in"]) + int(rule["packets-out"])
               for rule in kinds.daemon.control.stream(
                   "list-filters", "list-filter") if rule["name"] == name)


def lines(process):
    """Function that tells how many more lines a process has printed."""
    os.set_blocking(process.stdout.fileno(), False)

    def read():
        return (process.stdout.read() or b"").count(b"more")
    return read


def test_reload(kinds):
    """Connections live on with rules that allow them, also if only the one
    who answers has something to say, and end with those that don't."""
    reload(kinds, rules=rules("in"))
    flows = [Flow(kind, way, 4) for kind in (TUNNEL, XFRMI)
             for way in ("in", "forward-in")]
    held = [hold(kinds.alice, proto, *flow.addresses, PORT)
            for flow in flows for proto in PROTOS]
    reads = [lines(process) for process in held]
    try:
        reload(kinds, rules={"first": {
            "protocol": "sctp", "action": "drop"}} | rules("in", prefix="new"))
        for read in reads:
            read()
        for read in reads:
            wait_until(lambda: read() > 0, 10, "more after a reload")
        reload(kinds, rules=rules("out") | rules("in", "drop", "b"))
        for read in reads:
            read()
        # all that are pushed to have met the rules
        wait_until(lambda: counted(kinds, "rules.b-udp") > 100 and
                   counted(kinds, "rules.b-tcp") > 5, 20)
        assert not any(read() for read in reads)
        assert all(process.poll() is None for process in held)
    finally:
        for process in held:
            process.kill()
            process.wait()


def test_errors(kinds):
    """Who asks in vain is told so, by who was asked, and by us; errors about
    nothing that is allowed don't pass."""
    closed = 3900
    flows = [flow for flow in FLOWS if flow.way.endswith("in") and
             flow.kind != PLAIN]
    reload(kinds, rules={"a": {"direction": "in", "protocol": "udp",
                               "dst_port": closed, "action": "accept"}})
    for action in ("accept", "reject"):
        reload(kinds, rules={"a": {"direction": "in", "protocol": "udp",
                                   "dst_port": closed, "action": action}})
        wrong = [f"{flow.name} {proto}, {action}: {came}"
                 for (flow, proto, _), came in talk(
                     kinds, flows, [closed]).items()
                 if came != ("ECONNREFUSED" if proto == "udp" else None)]
        assert not wrong, "\n".join(wrong)


def test_errors_of_clients(kinds):
    """An error from who opened the connection: its port has been closed."""
    reload(kinds, rules=rules("in"))
    kinds.gw.run("nft", "-f", "-", stdin="""
        table inet errors {
            chain forward {
                type filter hook forward priority 50;
                ct direction original ct state related meta secpath exists \\
                    counter comment "passed"
            }
        }
        """)
    process = hold(kinds.alice, "udp",
                   *Flow(TUNNEL, "forward-in", 4).addresses, PORT)
    process.kill()
    process.wait()

    def passed():
        out = kinds.gw.run("nft", "list", "table", "inet", "errors").stdout
        return int(out.split("packets ")[1].split()[0])
    try:
        wait_until(passed, 10, "an error to pass")
        reload(kinds, rules=rules("out"))
        before, dropped = passed(), counted(kinds, "default")
        # the other end goes on
        wait_until(lambda: counted(kinds, "default") > dropped + 10, 10)
        assert passed() == before
    finally:
        kinds.gw.run("nft", "delete", "table", "inet", "errors")


def test_translated(kinds):
    """Rules are about addresses within IPsec, of answers too: those of bob's
    port and not of the one that was asked, and those of gw and not of bob."""
    flow = Flow(TUNNEL, "forward-in", 4)
    near, far = flow.addresses
    home = Flow(TUNNEL, "in", 4).addresses[1]
    kinds.gw.run("nft", "-f", "-", stdin=f"""
        table inet shift {{
            chain pre {{
                type nat hook prerouting priority -100;
                ip daddr {home} meta l4proto {{ tcp, udp }} th dport 4000 \\
                    dnat ip to {far}:{PORT}
                ip daddr 10.99.0.1 meta l4proto {{ tcp, udp }} \\
                    dnat ip to {near}:{PORT}
            }}
            chain post {{
                type nat hook postrouting priority 100;
                ip saddr 10.2.0.99 meta l4proto {{ tcp, udp }} \\
                    snat ip to {home}:5000-5100
            }}
        }}
        """)
    kinds.bob.ip("address add 10.2.0.99/32 dev lo")
    kinds.gw.ip(f"route add 10.99.0.1 via {kinds.alice.v4}")
    cases = [
        # from, source, target, port, and rules that allow it, and that don't
        (kinds.alice, near, home, 4000,
         [{"dst": far, "dst_port": PORT}, {"src": near}],
         [{"dst": home}, {"dst_port": 4000}]),
        (kinds.bob, "10.2.0.99", "10.99.0.1", 4001,
         [{"src": home, "dst": near, "src_port": "5000-5100",
           "dst_port": PORT}],
         [{"dst": "10.99.0.1"}, {"src": "10.2.0.99"}, {"dst_port": 4001}]),
    ]
    try:
        for host, source, target, port, allowing, others in cases:
            for more in allowing + others:
                direction = "in" if host is kinds.alice else "out"
                reload(kinds, rules={proto: {
                    "direction": direction, "protocol": proto,
                    "action": "accept"} | more for proto in PROTOS})
                came = ask(host, [(proto, source, target, port, 0)
                                  for proto in PROTOS], 1)
                assert came == (["ask"] * 2 if more in allowing
                                else [None] * 2), more
    finally:
        kinds.gw.run("nft", "delete", "table", "inet", "shift")


_INVALID = """
import socket, struct, sys
source, target = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
s.bind((source, 0))
for number in range(3):
    # neither opens anything nor belongs to it
    s.sendto(struct.pack("!HHIIBBHHH", 5555, 3000, 1, 1, 0x50, 0x06, 100, 0, 0),
             (target, 0))
"""


def test_invalid(kinds):
    """What conntrack calls invalid doesn't pass, unless nothing looks."""
    for stateful in (True, False):
        reload(kinds, stateful=stateful, rules={"a": {
            "protocol": "tcp", "src_port": 5555, "action": "accept"}})
        kinds.alice.run("python3", "-c", _INVALID,
                        *Flow(TUNNEL, "forward-in", 4).addresses)
        wait_until(lambda: counted(
            kinds, "invalid" if stateful else "rules.a") >= 3, 5)
        assert stateful == (counted(kinds, "rules.a") == 0)
