# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of IPsec at once, with a way to see which packets get through.

      10.1.0.0/24, fd01::/64       10.2.0.0/24, fd02::/64
    alice ------------------- gw ------------------- bob
    10.20.N.1               10.10.N.1              10.2.0.N
    fd20::N                 fd10::N                fd02::N

alice has an SA of each kind N and family with gw, between outer addresses of
its own, for its inner address and gw's and bob's. With transport mode and
without IPsec, outer addresses are used on both ends.
"""

import json
from dataclasses import dataclass

import esp
from lab import wait_until

TUNNEL, OTHER, IPCOMP, VTI, XFRMI, TRANSPORT, PLAIN = KINDS = (
    "tunnel", "other", "ipcomp", "vti", "xfrmi", "transport", "plain")
"""other is a tunnel as well, of another connection."""

POLICIES = (TUNNEL, OTHER, IPCOMP)
"""What is in tunnel mode without an interface."""

PORTS = (1000, 2000)

_SEND = """
import errno, json, socket, sys, time
for source, target, port, count, size, pause, own in json.loads(sys.argv[1]):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.bind((source, own))
        for _ in range(count):
            time.sleep(pause)
            try:
                s.sendto(bytes(size), (target, port))
            except OSError as error:
                # how a drop on the way out, and an SA that goes meanwhile, show
                if error.errno not in (errno.EPERM, errno.EINVAL):
                    raise
"""


def connection(kind, family):
    """Name of a kind's connection and CHILD_SA."""
    return f"{kind}{family}"


@dataclass(frozen=True)
class Flow:
    """Packets of a kind: "in" for gw, "out" from it, and forwarded, from and
    to where the SA's other end is."""
    kind: str
    way: str
    family: int

    @property
    def _number(self):
        return KINDS.index(self.kind) + 1

    def _end(self, name):
        n = self._number
        if name == "bob":
            return f"10.2.0.{100 + n}" if self.family == 4 else f"fd02::1:{n}"
        if self.kind in (TRANSPORT, PLAIN):
            return outer(self.kind, self.family, name)
        net = 10 if name == "gw" else 20
        return f"10.{net}.{n}.1" if self.family == 4 else f"fd{net}::{n}"

    @property
    def ends(self):
        """Names of the hosts it is from and to."""
        return {"in": ("alice", "gw"), "out": ("gw", "alice"),
                "forward-in": ("alice", "bob"),
                "forward-out": ("bob", "alice")}[self.way]

    @property
    def addresses(self):
        """Source and destination."""
        return tuple(map(self._end, self.ends))

    @property
    def name(self):
        """Of its counters, with the port appended."""
        return f"{self.kind}-{self.way}-{self.family}"


def outer(kind, family, name):
    """An outer address of alice or gw. gw's in transport mode is its first
    one, which it masquerades with."""
    if (kind, name) == (TRANSPORT, "gw"):
        return "10.1.0.1" if family == 4 else "fd01::1"
    n = KINDS.index(kind) + 1 + (20 if name == "gw" else 40)
    return f"10.1.0.{n}" if family == 4 else f"fd01::{n}"


FLOWS = [Flow(kind, way, family) for family in (4, 6) for kind in KINDS
         for way in ("in", "out", "forward-in", "forward-out")
         # the ends of transport mode are those of the packets
         if not (kind == TRANSPORT and way.startswith("forward"))]


class Kinds:
    """The topology; gw runs the daemon under test."""

    def __init__(self, lab, **settings):
        lan = lab.segment("10.1.0.0/24", "fd01::/64")
        far = lab.segment("10.2.0.0/24", "fd02::/64")
        self.gw = lab.router("gw", lan, far)
        self.alice = lab.host("alice", lan)
        self.bob = lab.host("bob", far)
        self.hosts = {"alice": self.alice, "gw": self.gw, "bob": self.bob}
        # starting programs is what takes time on emulated machines
        self._commands = {host: [] for host in self.hosts.values()}
        for host, via in ((self.alice, self.gw.on(lan)),
                          (self.bob, self.gw.on(far))):
            self._commands[host] += [f"route add default via {via.v4}",
                                     f"route add default via {via.v6}"]
        for family in (4, 6):
            for kind in KINDS:
                self._address(kind, family)
            for host, peer in ((self.gw, self.alice), (self.alice, self.gw)):
                self._interfaces(host, peer, family)
        for host, commands in self._commands.items():
            host.ip(*commands)
            if host is not self.bob:
                host.sysctl("net/ipv4/conf/vti4/disable_policy", 1)
        self._count()
        daemon = {"conf": {"install_routes": False}}
        self.daemon = self.gw.charon(plugins=self.plugins(**settings),
                                     **daemon)
        self.client = self.alice.charon(**daemon)
        for family in (4, 6):
            for kind in KINDS[:-1]:
                self._connect(kind, family)

    @staticmethod
    def plugins(**settings):
        """Plugins of gw's daemon: filtermode with settings, and control."""
        return {"control": {}, "filtermode": settings}

    def _address(self, kind, family):
        bits = 32 if family == 4 else 128
        inward = Flow(kind, "in", family).addresses
        far = Flow(kind, "forward-in", family).addresses[1]
        for host, inner in zip((self.alice, self.gw), inward):
            address = outer(kind, family, host.name)
            if address not in (host.v4, host.v6):
                # gw is to masquerade with its first one
                self._commands[host].append(
                    f"address add {address}/{bits} dev eth0" +
                    " preferred_lft 0" * (family == 6 and host is self.gw))
            if inner != address:
                self._commands[host].append(
                    f"address add {inner}/{bits} dev lo")
        self._commands[self.bob].append(
            f"address add {far}/{24 if family == 4 else 64} dev eth0")
        # policies are looked up for routes
        if inward[0] != outer(kind, family, "alice"):
            via = self.alice.v4 if family == 4 else self.alice.v6
            self._commands[self.gw].append(f"route add {inward[0]} via {via}")

    def _interfaces(self, host, peer, family):
        local, remote = (outer(VTI, family, end.name) for end in (host, peer))
        vti, xfrm = f"vti{family}", f"xfrm{family}"
        commands = self._commands[host]
        commands += [
            f"link add {vti} type {'vti' if family == 4 else 'vti6'} "
            f"local {local} remote {remote} key 4{family}",
            f"link add {xfrm} type xfrm dev eth0 if_id 5{family}",
            f"link set {vti} up", f"link set {xfrm} up"]
        for kind, dev in ((VTI, vti), (XFRMI, xfrm)):
            targets = {Flow(kind, way, family).addresses[host is self.alice]
                       for way in ("in", "forward-in")}
            commands += [f"route replace {target} dev {dev}"
                         for target in targets]

    def _connect(self, kind, family):
        name = connection(kind, family)
        near, home = Flow(kind, "in", family).addresses
        child = {
            TRANSPORT: {"mode": "transport"}, IPCOMP: {"ipcomp": True},
            VTI: {"mark_in": f"4{family}", "mark_out": f"4{family}"},
            XFRMI: {"if_id_in": f"5{family}", "if_id_out": f"5{family}"},
        }.get(kind, {})
        everything = "0.0.0.0/0" if family == 4 else "::/0"
        far = Flow(kind, "forward-in", family).addresses[1]
        ts = {VTI: (everything, everything),
              XFRMI: (everything, everything),
              TRANSPORT: (home, near)}.get(
                  kind, ([home, far, self.gw.v4 if family == 4 else self.gw.v6],
                         near))
        pair = esp.pair(
            outer(kind, family, "gw"), outer(kind, family, "alice"), ts,
            name=name, identity=f"{name}@lab",
            # addresses are added later, too
            gateway={"mobike": False}, initiator={"mobike": False},
            gw_child=child, client_child=child)
        self.daemon.load(pair[0])
        self.client.load(pair[1])
        self.client.vici.initiate(child=name, timeout=30)

    def _count(self):
        """Count what arrives, after all other chains, and end it there: an
        answer by ICMP would be another packet."""
        for host in self.hosts.values():
            counters, rules = [], []
            for flow in FLOWS:
                if flow.ends[1] != host.name:
                    continue
                source, target = flow.addresses
                ip = "ip" if flow.family == 4 else "ip6"
                for port in PORTS:
                    name = f"{flow.name}-{port}"
                    counters.append(f"counter {name} {{ }}")
                    rules.append(
                        f"{ip} saddr {source} {ip} daddr {target} udp dport "
                        f"{port} counter name {name} drop")
            host.run("nft", "-f", "-", stdin="\n".join([
                "table inet arrivals {", *counters,
                "chain input { type filter hook input priority 200;",
                *rules, "}", "}", ""]))

    def arrived(self):
        """{(flow, port): number of packets} since the last call."""
        found = {}
        for host in self.hosts.values():
            out = host.run("nft", "-j", "reset", "counters", "table", "inet",
                           "arrivals").stdout
            for item in json.loads(out)["nftables"]:
                if "counter" in item:
                    counter = item["counter"]
                    found[counter["name"]] = counter["packets"]
        return {(flow, port): found[f"{flow.name}-{port}"]
                for flow in FLOWS for port in PORTS}

    def send(self, flows=FLOWS, count=3, size=64, ports=PORTS):
        """Send packets of each flow, and return those that arrived."""
        self.arrived()
        for name, host in self.hosts.items():
            batch = [(*flow.addresses, port, count, size, 0, 0)
                     for flow in flows if flow.ends[0] == name
                     for port in ports]
            if batch:
                self.run_sender(host, batch)
        return self.settled()

    @staticmethod
    def run_sender(host, batch):
        """Have a host send: source, destination, port, number and size of
        packets, pause before each, and own port, 0 for any."""
        host.run("python3", "-c", _SEND, json.dumps(batch))

    @staticmethod
    def start_sender(host, batch):
        """As run_sender, without waiting for it; returns the process."""
        return host.popen("python3", "-c", _SEND, json.dumps(batch))

    def stream(self, flow, count, pause):
        """Start to send packets of a flow to PORTS[0], with a pause in seconds
        before each; returns the process."""
        batch = [(*flow.addresses, PORTS[0], count, 16, pause, 0)]
        return self.start_sender(self.hosts[flow.ends[0]], batch)

    def settled(self):
        """Arrivals once no more come."""
        return self.settle(self.arrived)

    @staticmethod
    def settle(arrived):
        """What a function that counts since its last call has counted once
        no more comes."""
        total = arrived()

        def quiet():
            more = arrived()
            for key, number in more.items():
                total[key] += number
            return not any(more.values())

        wait_until(quiet, 10, "packets to end", interval=0.1)
        return total
