# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets whose addresses gw translates, on their way into or out of IPsec of
each kind; on top of the topology in kinds.py.

What gets into IPsec only because its source is translated comes from `spare`,
an address of gw's, or from another one of bob's; what does so because its
destination is translated is sent to `alias`.
"""

import json
from dataclasses import dataclass

from kinds import IPCOMP, KINDS, TRANSPORT, TUNNEL, VTI, XFRMI, Flow

NAT_KINDS = (TUNNEL, IPCOMP, VTI, XFRMI, TRANSPORT)

WAYS = {
    # name: from, to, direction
    "own-snat": ("gw", "alice", "out"),
    "own-masquerade": ("gw", "alice", "out"),
    "own-dnat": ("gw", "alice", "out"),
    "forwarded-snat": ("bob", "alice", "out"),
    "forwarded-masquerade": ("bob", "alice", "out"),
    "forwarded-dnat": ("bob", "alice", "out"),
    "dnat-to-own": ("alice", "gw", "in"),
    "dnat-to-bob": ("alice", "bob", "in"),
    "answer-of-dnat": ("bob", "alice", "out"),
    "snat-to-bob": ("alice", "bob", "in"),
}

_NUMBERS = {way: number for number, way in enumerate(WAYS, 1)}

ANSWER = "answer-of-dnat"
REQUEST = "dnat-to-bob"


@dataclass(frozen=True)
class Translated:
    """Packets of a kind and a way."""
    kind: str
    way: str
    family: int

    @property
    def direction(self):
        """"in" or "out" of IPsec."""
        return WAYS[self.way][2]

    def address(self, name):
        """An address that plays a part."""
        n = KINDS.index(self.kind) + 1
        four = self.family == 4
        if name in ("home", "near"):
            source, target = Flow(self.kind, "in", self.family).addresses
            return target if name == "home" else source
        if name == "far":
            return Flow(self.kind, "forward-in", self.family).addresses[1]
        return {"spare": f"10.11.{n}.1" if four else f"fd11::{n}",
                "alias": f"10.21.{n}.1" if four else f"fd21::{n}",
                "other": f"10.2.0.{200 + n}" if four else f"fd02::2:{n}",
                "gw": "10.2.0.1" if four else "fd02::1"}[name]

    def port(self, base):
        """The port that it is sent to."""
        return base + _NUMBERS[self.way]

    @property
    def sent(self):
        """Source and destination as it is sent."""
        if self.kind == TRANSPORT and self.way == "dnat-to-own":
            target = "home"
        else:
            target = {"own-dnat": "alias", "forwarded-dnat": "alias",
                      "dnat-to-own": "far", "snat-to-bob": "far",
                      REQUEST: "home"}.get(self.way, "near")
        source = {"own-snat": "spare", "own-masquerade": "spare",
                  "own-dnat": "home", "forwarded-dnat": "far",
                  "forwarded-snat": "other", "forwarded-masquerade": "other",
                  ANSWER: "other"}.get(self.way, "near")
        return self.address(source), self.address(target)

    @property
    def arrives_at(self):
        """Destination as it arrives."""
        return self.address({"dnat-to-own": "spare", REQUEST: "other",
                             "snat-to-bob": "far"}.get(self.way, "near"))

    def source_port(self, base):
        """Of packets that belong to one connection, else 0 for any."""
        answer = base + _NUMBERS[ANSWER]
        return {REQUEST: answer,
                ANSWER: base + _NUMBERS[REQUEST]}.get(self.way, 0)

    def rule(self, base):
        """Chain of gw's that translates it, and the rule there."""
        ip = "ip" if self.family == 4 else "ip6"
        match = f"{ip} daddr {self.sent[1]} udp dport {self.port(base)}"
        if self.way.endswith("-snat"):
            return "postrouting", f"{match} snat {ip} to {self.address('home')}"
        if self.way.endswith("-masquerade"):
            return "postrouting", f"{match} masquerade"
        if self.way == "snat-to-bob":
            return "postrouting", f"{match} snat {ip} to {self.address('gw')}"
        if self.way == ANSWER:
            return None
        chain = "output" if self.way == "own-dnat" else "prerouting"
        return chain, f"{match} dnat {ip} to {self.arrives_at}"


TRANSLATED = [
    Translated(kind, way, family) for family in (4, 6) for kind in NAT_KINDS
    for way in WAYS
    # the ends of transport mode are those of the packets
    if not (kind == TRANSPORT and way in ("forwarded-dnat", "snat-to-bob"))]


class Nat:
    """Translation on gw, and counters of what arrives."""

    def __init__(self, kinds, bases):
        self._kinds = kinds
        self._bases = bases
        self._commands = {host: [] for host in kinds.hosts.values()}
        for flow in TRANSLATED:
            if flow.way == "own-snat":
                self._addresses(flow)
        for host, commands in self._commands.items():
            if commands:
                host.ip(*commands)
        self._translate()
        kinds.gw.sysctl("net/netfilter/nf_conntrack_udp_timeout", 3600)
        self._count()
        self._send([f for f in TRANSLATED if f.way == REQUEST], 1)
        self.settled()

    def _addresses(self, flow):
        bits = 32 if flow.family == 4 else 128
        gw, alice, bob = (self._kinds.hosts[name]
                          for name in ("gw", "alice", "bob"))
        self._commands[gw].append(
            f"address add {flow.address('spare')}/{bits} dev lo")
        via = alice.v4 if flow.family == 4 else alice.v6
        self._commands[gw].append(
            f"route add {flow.address('alias')} via {via}")
        self._commands[bob].append(
            f"address add {flow.address('other')}/"
            f"{24 if flow.family == 4 else 64} dev eth0")

    def _translate(self):
        chains = {"prerouting": [], "output": [], "postrouting": []}
        for flow in TRANSLATED:
            for base in self._bases:
                rule = flow.rule(base)
                if rule:
                    chains[rule[0]].append(rule[1])
        self._kinds.gw.run("nft", "-f", "-", stdin="\n".join([
            "table inet translation {",
            *(line for name, rules in chains.items() for line in [
                f"chain {name} {{ type nat hook {name} priority "
                f"{100 if name == 'postrouting' else -100};", *rules, "}"]),
            "}", ""]))

    @staticmethod
    def _counter(flow, base):
        return f"{flow.kind}-{flow.way}-{flow.family}-{base}"

    def _count(self):
        for name, host in self._kinds.hosts.items():
            counters, rules = [], []
            for flow in TRANSLATED:
                if WAYS[flow.way][1] != name:
                    continue
                ip = "ip" if flow.family == 4 else "ip6"
                for base in self._bases:
                    counter = self._counter(flow, base)
                    counters.append(f"counter {counter} {{ }}")
                    rules.append(f"{ip} daddr {flow.arrives_at} udp dport "
                                 f"{flow.port(base)} "
                                 f"counter name {counter} drop")
            host.run("nft", "-f", "-", stdin="\n".join([
                "table inet translated {", *counters,
                "chain input { type filter hook input priority 200;",
                *rules, "}", "}", ""]))

    def _send(self, flows, count):
        for name, host in self._kinds.hosts.items():
            batch = [(*flow.sent, flow.port(base), count, 16, 0,
                      flow.source_port(base))
                     for flow in flows if WAYS[flow.way][0] == name
                     for base in self._bases]
            if batch:
                self._kinds.run_sender(host, batch)

    def send(self, count):
        """Send packets of each flow, {(flow, base): number that arrived}."""
        self._arrived()
        self._send(TRANSLATED, count)
        return self.settled()

    def settled(self):
        """Arrivals once no more come."""
        return self._kinds.settle(self._arrived)

    def _arrived(self):
        found = {}
        for host in self._kinds.hosts.values():
            out = host.run("nft", "-j", "reset", "counters", "table", "inet",
                           "translated").stdout
            for item in json.loads(out)["nftables"]:
                if "counter" in item:
                    found[item["counter"]["name"]] = item["counter"]["packets"]
        return {(flow, base): found[self._counter(flow, base)]
                for flow in TRANSLATED for base in self._bases}
