# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode and packets of every kind; see kinds.py for the topology.

`pytest -rP` shows the matrix.
"""

import json

import pytest

import esp
from kinds import (FLOWS, IPCOMP, KINDS, OTHER, PLAIN, POLICIES, PORTS, TUNNEL,
                   VTI, Flow, Kinds, connection, outer)
from lab import Lab, wait_until
from nat import NAT_KINDS, TRANSLATED, WAYS, Nat

pytestmark = pytest.mark.needs("esp", "ipcomp", "vti", "xfrm-interface", "nft")

COUNT = 3

RULE = {"web": {"protocol": "udp", "action": "accept",
                # of a translated flow it is one next to PORTS[0]
                "src_port": f"{PORTS[0]}-65535",
                "dst_port": f"{PORTS[0]}-{PORTS[0] + 99}"}}

ALLOW = "tunnel*, ipcomp*"

MODES = {
    "off": {"mode": "off"},
    "ipsec accept": {"mode": "ipsec"},
    "ipsec drop": {"mode": "ipsec", "default": "drop"},
    "ipsec rule": {"mode": "ipsec", "default": "drop", "rules": RULE},
    "interfaces": {"mode": "interfaces"},
    "interfaces allow": {"mode": "interfaces", "allow_connections": ALLOW},
}


@pytest.mark.needs("own-kernel")
def test_missing_module(gw):
    """Fails closed, and says what the kernel lacks."""
    settings = {"plugins": {"filtermode": {"mode": "interfaces"}}}
    lacking = (r'filtermode: the kernel lacks nft\'s expression "ipsec" '
               r"\(nft_xfrm\): .*No such file or directory; ")
    # loads whatever else daemons take
    daemon = gw.charon("off", plugins={"filtermode": {"mode": "off"}})
    gw.run("nft", "-f", "-", stdin="table inet load { chain c { "
           "ct state invalid; }; }\ndelete table inet load")
    gw.run("rmmod", "nft_xfrm", check=False)
    helper = gw.run("cat", "/proc/sys/kernel/modprobe").stdout.strip()
    gw.sysctl("kernel/modprobe", "/bin/false")
    try:
        daemon.reload(**settings)
        daemon.log.expect(f"{lacking}keeping the previous settings")
        other = gw.charon("other", **settings)
        other.log.expect(f"{lacking}not loading")
        loaded = other.log.expect("loaded plugins:.*").string
        assert "filtermode" not in loaded
    finally:
        gw.sysctl("kernel/modprobe", helper)
    daemon.reload(**settings)
    daemon.log.expect("filtermode: mode interfaces")


@pytest.mark.needs("vrf")
def test_vrf(gw, alice):
    """What comes out of an interface in a VRF seems to come from the VRF."""
    ends = {"x": ("10.8.0.1", "10.8.0.2", gw.v4, alice.v4),
            "v": ("10.8.1.1", "10.8.1.2", gw.add_address().v4,
                  alice.add_address().v4)}
    gw.ip("link add vrf0 type vrf table 77", "link set vrf0 up")
    for host, near in ((gw, 0), (alice, 1)):
        host.ip("link add x type xfrm dev eth0 if_id 9",
                f"link add v type vti local {ends['v'][2 + near]} "
                f"remote {ends['v'][3 - near]} key 9")
        host.sysctl("net/ipv4/conf/v/disable_policy", 1)
        for dev, addresses in ends.items():
            if host is gw:
                host.ip(f"link set {dev} master vrf0")
            host.ip(f"link set {dev} up",
                    f"address add {addresses[near]} dev {dev} "
                    f"peer {addresses[1 - near]}")
    daemons = [host.charon(host.name, conf={"install_routes": False}, **more)
               for host, more in ((gw, {"plugins": Kinds.plugins()}),
                                  (alice, {}))]
    for name, child in (("x", {"if_id_in": 9, "if_id_out": 9}),
                        ("v", {"mark_in": 9, "mark_out": 9})):
        pair = esp.pair(*ends[name][2:], ("0.0.0.0/0", "0.0.0.0/0"), name=name,
                        identity=f"{name}@lab", gw_child=child,
                        client_child=child)
        for daemon, config in zip(daemons, pair):
            daemon.load(config)
        daemons[1].vici.initiate(child=name, timeout=30)
    for expected, settings in (
            ("xv", {"mode": "interfaces"}),
            ("", {"mode": "ipsec", "default": "drop"}),
            *((name, {"mode": "ipsec", "default": "drop", "rules": {"a": {
                "kind": kind, "direction": "in", "action": "accept"},
                "b": {"direction": "out", "action": "accept"}}})
              for name, kind in (("x", "xfrmi"), ("v", "vti"),
                                 ("", "tunnel")))):
        daemons[0].reload(plugins=Kinds.plugins(**settings))
        answered = [name for name, addresses in ends.items()
                    if alice.ping(addresses[0], timeout=2)]
        assert "".join(answered) == expected, settings


@pytest.fixture(scope="module")
def kinds():
    with Lab() as lab:
        yield Kinds(lab, mode="interfaces")


def test_warnings(kinds):
    """The tunnels that are blocked are named, and no others."""
    for family in (4, 6):
        for kind in KINDS[:-1]:
            name = connection(kind, family)
            lines = [match[1] for match in kinds.daemon.log.matches(
                rf"filtermode: CHILD_SA {name}\{{\d+\}} of connection '{name}' "
                r"is blocked(.*): mode = interfaces, and it has no interface")]
            assert lines == ([""] if kind in POLICIES else
                             [" unless a VTI has its marks"] if kind == VTI
                             else []), name
    status = kinds.daemon.control.plugin("filtermode")
    assert (status["child-sas"], status["allowed"], status["blocked"]) == (
        str(2 * len(KINDS[:-1])), "0", str(2 * len(POLICIES)))


def reload(kinds, settings):
    kinds.daemon.reload(plugins=kinds.plugins(**settings))


def passes(mode, kind, port):
    """Whether packets of a kind get through in a mode."""
    if kind == PLAIN:
        return True
    if mode == "ipsec drop":
        return False
    if mode == "ipsec rule":
        return port == PORTS[0]
    if mode == "interfaces":
        return kind not in POLICIES
    if mode == "interfaces allow":
        return kind != OTHER
    return True


def seen(kinds):
    """Packets that our chains of mode ipsec counted, {chain: number}."""
    found = {"ipsec-in": 0, "ipsec-out": 0}
    places = {f"{chain}-{way}": f"ipsec-{way}" for way in ("in", "out")
              for chain in ("ipsec", "rules", "answers", "errors")}
    out = kinds.gw.run("nft", "-j", "list", "table", "inet",
                       "charon_filtermode").stdout
    for item in json.loads(out)["nftables"]:
        rule = item.get("rule")
        if rule and rule["chain"] in places:
            found[places[rule["chain"]]] += sum(
                part["counter"]["packets"] for part in rule["expr"]
                if "counter" in part)
    return found


def check_once(kinds, flows):
    """Each packet passed one chain, and once."""
    number = COUNT * len(PORTS)
    assert seen(kinds) == {
        "ipsec-in": sum(f.way.endswith("in") for f in flows) * number,
        "ipsec-out": sum(f.way.endswith("out") for f in flows) * number}


def check_counters(kinds):
    """control shows what the rule accepted and the default dropped: packets to
    either port."""
    counters = {rule["name"]: rule for rule in kinds.daemon.control.stream(
        "list-filters", "list-filter")}
    assert {name: counter["action"] for name, counter in counters.items()} == {
        "rules.web": "accept", "default": "drop", "invalid": "drop"}
    assert counters.pop("invalid")["packets-out"] == "0"
    for way in ("in", "out"):
        number = COUNT * sum(flow.way.endswith(way) for flow in FLOWS
                             if flow.kind != PLAIN)
        for counter in counters.values():
            assert counter[f"packets-{way}"] == str(number), counters
            assert int(counter[f"bytes-{way}"]) > 28 * number


def row(kind, family, cells):
    return f"| {kind:10} IPv{family} | " + " | ".join(
        f"{cell:>5}" for cell in cells) + " |"


def table(results):
    """Markdown: packets of PORTS that arrived of those sent, in, out and
    forwarded both ways."""
    ways = ["in", "out", "forward-in", "forward-out"]
    lines = []
    for mode, arrived in results.items():
        lines += ["", f"mode {mode}: packets to port "
                  f"{' / '.join(map(str, PORTS))} of {COUNT} each", "",
                  "| kind            | in | out | forwarded in | out |",
                  "|---|---|---|---|---|"]
        for family in (4, 6):
            for kind in KINDS:
                cells = []
                for way in ways:
                    flow = next((f for f in FLOWS if (f.kind, f.way, f.family)
                                 == (kind, way, family)), None)
                    cells.append(" / ".join(
                        str(arrived[flow, port]) for port in PORTS)
                        if flow else "-")
                lines.append(row(kind, family, cells))
    return "\n".join(lines)


def test_matrix(kinds):
    """Each kind, way, family and mode."""
    results = {}
    for mode, settings in MODES.items():
        reload(kinds, settings)
        # so small that IPComp leaves it as it is
        results[mode] = kinds.send(count=COUNT, size=16)
        if mode == "ipsec accept":
            check_once(kinds, [f for f in FLOWS if f.kind != PLAIN])
        if mode == "ipsec rule":
            check_counters(kinds)
    print(table(results))
    wrong = [f"{mode}: {flow.name} port {port}: {number} arrived"
             for mode, arrived in results.items()
             for (flow, port), number in arrived.items()
             if number != (COUNT if passes(mode, flow.kind, port) else 0)]
    assert not wrong, "\n".join(wrong)


def nat_table(results):
    """Markdown: packets that arrived, of each way, kind and family."""
    lines = []
    for mode, arrived in results.items():
        lines += ["", f"mode {mode}: packets to port {PORTS[0]} / {PORTS[1]} "
                  f"of {COUNT} each, IPv4 and IPv6", "",
                  f"| translated | {' | '.join(NAT_KINDS)} |",
                  "|---" * (len(NAT_KINDS) + 1) + "|"]
        for way in WAYS:
            cells = []
            for kind in NAT_KINDS:
                flows = [f for f in TRANSLATED
                         if (f.way, f.kind) == (way, kind)]
                cells.append(", ".join(
                    " / ".join(str(arrived[flow, port]) for port in PORTS)
                    for flow in flows) or "-")
            lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_translated(kinds):
    """What NAT puts into a tunnel, or takes out of one, is filtered as all the
    rest, and once."""
    nat = Nat(kinds, PORTS)
    results = {}
    for mode in ("off", "ipsec accept", "ipsec rule", "interfaces"):
        reload(kinds, MODES[mode])
        results[mode] = nat.send(COUNT)
        if mode.startswith("ipsec"):
            counted = seen(kinds)
            number = COUNT * len(PORTS)
            expected = {
                f"ipsec-{way}": number * sum(flow.direction == way
                                             for flow in TRANSLATED)
                for way in ("in", "out")}
            print(mode, counted, expected)
            assert counted == expected
    print(nat_table(results))
    wrong = [f"{mode}: {flow} port {port}: {number} arrived"
             for mode, arrived in results.items()
             for (flow, port), number in arrived.items()
             if number != (COUNT if passes(mode, flow.kind, port) else 0)]
    assert not wrong, "\n".join(wrong)


def test_compressed(kinds):
    """As test_matrix, with packets that IPComp doesn't leave as they are."""
    reload(kinds, MODES["ipsec accept"])
    flows = [flow for flow in FLOWS if flow.kind == IPCOMP]
    arrived = kinds.send(flows, count=COUNT, size=1000)
    check_once(kinds, flows)
    reload(kinds, MODES["interfaces"])
    blocked = kinds.send(flows, count=COUNT, size=1000)
    for flow in flows:
        for port in PORTS:
            assert arrived[flow, port] == COUNT, flow
            assert blocked[flow, port] == 0, flow


def test_reload_under_traffic(kinds):
    """Nothing that both modes block gets through between them."""
    number = 10000
    reload(kinds, MODES["interfaces"])
    kinds.gw.run("nft", "-f", "-", stdin="""
        table inet decrypted {
            counter total { }
            chain prerouting {
                type filter hook prerouting priority -300;
                meta secpath exists udp dport %d counter name total
            }
        }
        """ % PORTS[0])
    kinds.settled()
    streams = [kinds.stream(Flow(TUNNEL, way, family), number // 4, 0.001)
               for way in ("in", "forward-in") for family in (4, 6)]
    reloads = 0
    while any(stream.poll() is None for stream in streams):
        reload(kinds, MODES["ipsec drop" if reloads % 2 else "interfaces"])
        reloads += 1
    arrived = kinds.settled()
    out = kinds.gw.run("nft", "-j", "list", "counters", "table", "inet",
                       "decrypted").stdout
    decrypted, = (item["counter"]["packets"]
                  for item in json.loads(out)["nftables"]
                  if "counter" in item)
    kinds.gw.run("nft", "delete", "table", "inet", "decrypted")
    print(f"{decrypted} packets, {reloads} reloads")
    # a busy machine loses some on the way to the gateway
    assert decrypted > number * 0.9
    assert reloads > 4
    assert not any(arrived.values())


def test_rekey_under_traffic(kinds):
    """What is allowed stays so, and no packet is lost."""
    reload(kinds, MODES["interfaces allow"])
    number, rekeyings = 400, 3
    flows = [Flow(TUNNEL, way, 4) for way in ("forward-in", "forward-out")]
    kinds.settled()
    streams = [kinds.stream(flow, number, 0.01) for flow in flows]
    for _ in range(rekeyings):
        for daemon in (kinds.client, kinds.daemon):
            mark = daemon.log.mark()
            daemon.vici.rekey(child=connection(TUNNEL, 4))
            daemon.log.expect("outbound CHILD_SA .* established", 30,
                              since=mark)
    running = [stream.poll() is None for stream in streams]
    for stream in streams:
        stream.wait()
    arrived = kinds.settled()
    assert all(running), "the packets ended before the rekeyings"
    assert [arrived[flow, PORTS[0]] for flow in flows] == [number, number]


def test_reject_tunnel_for_transport(kinds):
    """Configured for transport mode, but the peer makes it a tunnel."""
    pair = esp.pair(outer(PLAIN, 4, "gw"), outer(PLAIN, 4, "alice"),
                    (outer(PLAIN, 4, "gw"), outer(PLAIN, 4, "alice")),
                    name="fallback", identity="fallback@lab",
                    gw_child={"mode": "transport"})
    kinds.daemon.load(pair[0])
    kinds.client.load(pair[1])
    reload(kinds, {"mode": "interfaces", "refuse_blocked": True})
    kinds.client.vici.initiate(child="fallback", timeout=30)
    kinds.daemon.log.expect(r"CHILD_SA fallback\{\d+\} of .* is blocked", 10)
    wait_until(lambda: not any(
        sa.children for sa in kinds.client.vici.list_sas(name="fallback")), 20)
    kinds.client.vici.terminate(ike="fallback")


def test_kill_under_traffic(kinds):
    """Last, as SAs are left without a daemon: nothing passes from one daemon
    to the next."""
    reload(kinds, MODES["interfaces"])
    kinds.settled()
    flow = Flow(TUNNEL, "forward-in", 4)
    stream = kinds.stream(flow, 3000, 0.001)
    kinds.daemon.kill()
    kinds.daemon.start()
    assert stream.poll() is None
    stream.wait()
    assert not any(kinds.settled().values())
    reload(kinds, MODES["off"])
    assert kinds.send([flow], count=COUNT)[flow, PORTS[0]] == COUNT
