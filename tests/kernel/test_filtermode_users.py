# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode and users: alice passes, bob doesn't.

        gw ------------------- alice, bob
    10.9.0.1, fd09::1       10.8.0.2, .3, fd08::2, ::3    within tunnels
"""

import json
import re
from ipaddress import ip_address as address
from pathlib import Path

import pytest

import esp
from kinds import Kinds
from lab import wait_until
from talk import ask, serve

pytestmark = pytest.mark.needs("esp", "nft")

PORT, OTHER_PORT = 3000, 3001
NEAR = ("10.9.0.1", "fd09::1")
ALICE, BOB = ("10.8.0.2", "fd08::2"), ("10.8.0.3", "fd08::3")
ALL = ("10.8.0.0/24", "fd08::/64")
PROTOS = ("tcp", "udp")

RULES = {
    "staff": {"kind": "tunnel", "ids": "alice@*", "direction": "in",
              "action": "accept"},
    "notify": {"kind": "tunnel", "ids": "alice@*", "direction": "out",
               "action": "accept"}}


@pytest.fixture
def server(gw, alice, bob):
    """The gateway's daemon, with both as its clients; what they may have is up
    to them, so that either may have what is the other's."""
    for host, addresses in ((gw, NEAR), (alice, ALICE + BOB),
                            (bob, ALICE + BOB)):
        host.ip(*(f"address add {address} dev lo" for address in addresses))
    gw.ip(f"route add {ALL[0]} via {alice.v4}",
          f"route add {ALL[1]} via {alice.v6}")
    for host in (alice, bob):
        host.ip(f"route add {NEAR[0]} via {gw.v4} src {ALICE[0]}",
                f"route add {NEAR[1]} via {gw.v6} src {ALICE[1]}")
    settings = {"mode": "ipsec", "default": "drop", "rules": RULES}
    daemon = gw.charon(conf={"install_routes": False},
                       plugins=Kinds.plugins(**settings))
    servers = [serve(gw, [(address, port) for address in NEAR
                          for port in (PORT, OTHER_PORT)]),
               serve(alice, [(address, PORT) for address in ALICE]),
               serve(bob, [(address, PORT) for address in BOB])]
    yield daemon
    for process in servers:
        process.kill()
        process.wait()


def connect(server, gw, host, ts, loaded):
    """Have a host log in with networks of its own."""
    if host not in loaded:
        pair = esp.pair(gw.v4, host.v4, (NEAR, ALL), name="rw",
                        identity=f"{host.name}@lab",
                        initiator={"children": {"rw": {
                            "remote_ts": list(NEAR)}}})
        if not loaded:
            server.load(pair[0])
        loaded[host] = host.charon(conf={"install_routes": False}), pair[1]
    daemon, config = loaded[host]
    config.connections["rw"]["children"]["rw"]["local_ts"] = list(ts)
    daemon.load(config)
    daemon.vici.initiate(child="rw", timeout=30)


def own(addresses):
    """Networks of addresses."""
    return [f"{address}/{128 if ':' in address else 32}"
            for address in addresses]


def answered(host, sources, targets=NEAR):
    """Whether a host is answered, by source and protocol; all or none."""
    came = ask(host, [(proto, source, target, PORT, 0) for proto in PROTOS
                      for source, target in zip(sources, targets)])
    assert set(came) <= {"ask"} or "ask" not in came, came
    return came[0] == "ask"


def elements(gw, name):
    out = gw.run("nft", "-j", "list", "set", "inet", "charon_filtermode",
                 name).stdout
    return [item["set"].get("elem", []) for item in json.loads(out)["nftables"]
            if "set" in item][0]


def expect_elements(gw, count, name="rule-staff"):
    wait_until(lambda: len(elements(gw, name)) == count, 10)


def test_alice_and_not_bob(server, gw, alice, bob):
    """Each way, with own addresses and with those of the other."""
    loaded = {}
    connect(server, gw, alice, own(ALICE), loaded)
    expect_elements(gw, 1)
    connect(server, gw, bob, own(BOB), loaded)
    assert answered(alice, ALICE) and not answered(bob, BOB)
    assert answered(gw, NEAR, ALICE) and not answered(gw, NEAR, BOB)
    # what she did not ask for comes by his tunnel
    assert not answered(bob, ALICE)
    loaded[bob][0].vici.terminate(ike="rw")
    connect(server, gw, bob, ALL, loaded)
    assert not answered(bob, ALICE) and not answered(bob, BOB)
    # with rekeyings in both of hers
    for what in ({"ike": "rw"}, {"child": "rw"}):
        loaded[alice][0].vici.rekey(**what)
    assert answered(alice, ALICE)
    # who has the same networks has the same reqid, which shows nobody
    loaded[bob][0].vici.terminate(ike="rw")
    connect(server, gw, bob, own(ALICE), loaded)
    expect_elements(gw, 0)
    assert not answered(bob, ALICE)


def test_log(server, gw, alice, bob):
    """The kernel logs what meets a rule or the default, with its name."""
    loaded, sysctl = {}, Path("/proc/sys/net/netfilter/nf_log_all_netns")
    before = sysctl.read_text()
    sysctl.write_text("1")
    try:
        rules = {name: rule | {"log": True} for name, rule in RULES.items()}
        server.reload(plugins=Kinds.plugins(
            mode="ipsec", default="drop", log_default=True, rules=rules))
        connect(server, gw, alice, own(ALICE), loaded)
        connect(server, gw, bob, own(BOB), loaded)
        expect_elements(gw, 1)
        assert answered(alice, ALICE) and not answered(bob, BOB)
        log = gw.run("dmesg").stdout
    finally:
        sysctl.write_text(before)
    lines = re.findall(r"(filtermode .*: )IN=.*SRC=(\S+) DST=(\S+) .*"
                       r"PROTO=(TCP|UDP)", log)
    accept = "filtermode rules.staff accept: "
    drop = "filtermode default drop: "
    for source in ALICE:
        # connections, not packets
        assert len([line for line in lines if line[0] == accept and
                    address(line[1]) == address(source)]) == len(PROTOS), log
    for source in BOB:
        assert [line for line in lines if line[0] == drop and
                address(line[1]) == address(source)], log
    assert {address(line[1]) for line in lines if line[0] == accept} == set(
        map(address, ALICE))


def test_address_changes_hands(server, gw, alice, bob):
    """None of bob's packets passes as he gets what alice has just had."""
    gw.run("nft", "-f", "-", stdin="""
        table inet arrivals {
            counter alices { }
            counter bobs { }
            chain decrypted {
                type filter hook prerouting priority -300;
                meta secpath exists udp dport %d counter comment "sent"
            }
            chain input {
                type filter hook input priority 200;
                meta secpath exists udp dport %d counter name alices
                meta secpath exists udp dport %d counter name bobs
            }
        }
        """ % (OTHER_PORT, PORT, OTHER_PORT))

    def arrived():
        out = gw.run("nft", "-j", "list", "table", "inet", "arrivals").stdout
        found = json.loads(out)["nftables"]
        named = {item["counter"]["name"]: item["counter"]["packets"]
                 for item in found if "counter" in item}
        sent, = (part["counter"]["packets"] for item in found
                 if "rule" in item for part in item["rule"]["expr"]
                 if isinstance(part.get("counter"), dict))
        return named["alices"], named["bobs"], sent

    loaded = {}
    streams = [Kinds.start_sender(host, [
        (ALICE[0], NEAR[0], port, 1000000, 16, 0.001, 0)])
        for host, port in ((alice, PORT), (bob, OTHER_PORT))]
    try:
        for _ in range(4):
            alices, _, sent = arrived()
            connect(server, gw, alice, own(ALICE), loaded)
            wait_until(lambda: arrived()[0] > alices, 10, "alice's packets")
            loaded[alice][0].vici.terminate(ike="rw")
            connect(server, gw, bob, own(ALICE), loaded)
            wait_until(lambda: arrived()[2] > sent + 100, 10, "bob's packets")
            loaded[bob][0].vici.terminate(ike="rw")
        found = arrived()
    finally:
        for stream in streams:
            stream.kill()
            stream.wait()
    print(f"{found[2]} packets of bob's, {found[1]} passed")
    assert found[1] == 0
    expect_elements(gw, 0)
