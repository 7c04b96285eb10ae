# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode and packets of every kind; see kinds.py for the topology.

`pytest -rP` shows the matrix.
"""

import json

import pytest

from kinds import (FLOWS, IPCOMP, KINDS, OTHER, PLAIN, POLICIES, PORTS, TUNNEL,
                   Kinds)
from lab import Lab

pytestmark = pytest.mark.needs("esp", "ipcomp", "vti", "xfrm-interface", "nft")

COUNT = 3

RULE = {"web": {"protocol": "udp", "ports": PORTS[0], "action": "accept"}}

ALLOW = "tunnel*, ipcomp*"

MODES = {
    "off": {"mode": "off"},
    "ipsec accept": {"mode": "ipsec"},
    "ipsec drop": {"mode": "ipsec", "default": "drop"},
    "ipsec rule": {"mode": "ipsec", "default": "drop", "rules": RULE},
    "interfaces": {"mode": "interfaces"},
    "interfaces allow": {"mode": "interfaces", "allow": ALLOW},
}


@pytest.fixture(scope="module")
def kinds():
    with Lab() as lab:
        yield Kinds(lab, mode="off")


def reload(kinds, settings):
    kinds.daemon.reload(plugins={"filtermode": settings})


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
    out = kinds.gw.run("nft", "-j", "list", "table", "inet",
                       "charon_filtermode").stdout
    for item in json.loads(out)["nftables"]:
        rule = item.get("rule")
        if rule and rule["chain"] in found:
            found[rule["chain"]] += sum(
                part["counter"]["packets"] for part in rule["expr"]
                if "counter" in part)
    return found


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
        results[mode] = kinds.send(count=COUNT)
    print(table(results))
    wrong = [f"{mode}: {flow.name} port {port}: {number} arrived"
             for mode, arrived in results.items()
             for (flow, port), number in arrived.items()
             if number != (COUNT if passes(mode, flow.kind, port) else 0)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", [16, 1000])
def test_once(kinds, size):
    """Each IPsec packet passes a chain once, in mode ipsec: also one that
    IPComp leaves as it is, or doesn't."""
    flows = [flow for flow in FLOWS if flow.kind != PLAIN]
    for family in (4, 6):
        for kind in KINDS[:-1]:
            reload(kinds, {"mode": "ipsec"})
            part = [flow for flow in flows if
                    (flow.kind, flow.family) == (kind, family)]
            arrived = kinds.send(part, count=COUNT, size=size,
                                 ports=PORTS[:1])
            assert sum(arrived.values()) == len(part) * COUNT, (kind, family)
            inward = sum(flow.way.endswith("in") for flow in part) * COUNT
            assert seen(kinds) == {
                "ipsec-in": inward,
                "ipsec-out": len(part) * COUNT - inward}, (kind, family)
