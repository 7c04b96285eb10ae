# SPDX-License-Identifier: GPL-2.0-or-later
"""bypass on the kernel, with real packets.

     10.1.0.0/24, fd01::/64            10.2.0.0/24, fd02::/64
    ----+--------------------- eth0 gw eth1 -----------+----
        |                                              |
      alice                                           bob

gw has any-to-any tunnel policies without an SA, so each packet that they catch
is lost: without the plugin, nothing gets to, from or through gw.
"""

import ipaddress
import json
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import DaemonError, conns, wait_until

MARK = "uid 1652125793"
"""How ip shows BYPASS_POLICY_MARK."""

DIRS = ("in", "out", "fwd")


@pytest.fixture
def lan(lab):
    return lab.segment("10.1.0.0/24", "fd01::/64")


@pytest.fixture
def far(lab):
    return lab.segment("10.2.0.0/24", "fd02::/64")


@pytest.fixture
def gw(lab, lan, far):
    return lab.router("gw", lan, far)


@pytest.fixture
def alice(lab, lan, gw):
    return neighbour(lab.host("alice", lan), gw.on(lan))


@pytest.fixture
def bob(lab, far, gw):
    return neighbour(lab.host("bob", far), gw.on(far))


def neighbour(host, interface):
    host.route("default", interface.v4)
    host.route("default", interface.v6)
    return host


@pytest.fixture
def tunnel(gw):
    """The policies that catch everything."""
    return catch_all(gw)


def catch_all(host):
    for net, end in ("0.0.0.0/0", "192.0.2."), ("::/0", "2001:db8::"):
        host.ip(*(f"xfrm policy add dir {way} src {net} dst {net} "
                  f"priority 300000 tmpl src {end}1 dst {end}2 proto esp "
                  "mode tunnel" for way in DIRS))
    return policies(host)


def policies(host, ours=False):
    """Policies as sorted text, (selector, direction, index): ours or others'.
    The kernel's own and charon's for its sockets are left out."""
    text = host.run("ip", "-s", "xfrm", "policy").stdout
    found = re.findall(r"^(src .*) (uid \d+)\s*\n\tdir (in|out|fwd) action "
                       r"\w+ index (\d+)", text, re.M)
    return sorted((f"{dir} {selector}", int(index))
                  for selector, mark, dir, index in found
                  if (mark == MARK) == ours)


def ours(host):
    """Our policies, without their indices."""
    return [text for text, _ in policies(host, ours=True)]


def bypass(host, rules=None, **settings):
    """Start a daemon that bypasses."""
    settings = {**settings, "rules": rules or {}}
    return host.charon(plugins={"bypass": settings})


def host_with_control(host, **settings):
    """Start a daemon that bypasses and can be asked about it."""
    return host.charon(plugins={"bypass": settings, "control": {}})


def warnings(daemon):
    return daemon.control.plugin("bypass")["warnings"]


def reload(daemon, rules=None, **settings):
    daemon.reload(plugins={"bypass": {**settings, "rules": rules or {}}})


def between(src, dst, dirs=DIRS):
    """The policies for packets from src to dst."""
    return sorted(f"{way} src {src} dst {dst}" for way in dirs)


def both(one, other):
    """The policies for packets in both directions."""
    return sorted(between(one, other) + between(other, one))


def lan_policies(daemon_host):
    """Ours without what IPv6 links need."""
    return [text for text in ours(daemon_host)
            if not re.search(r"fe80|ff02|src ::/0", text)]


def expect_lan(host, *subnets):
    want = sorted(text for net in subnets for text in between(net, net))
    wait_until(lambda: lan_policies(host) == want, 5, lambda: (
        f"{want}, there is {lan_policies(host)}"))


def routes(host):
    """Our routes in charon's table."""
    text = "".join(host.run("ip", family, "route", "show", "table", "220",
                            check=False).stdout for family in ("-4", "-6"))
    return re.findall(r"throw (\S+) .*proto 98", text)


def halves(*networks):
    """What routes are for: IPv4 networks in two halves."""
    return [str(part) for net in map(ipaddress.ip_network, networks)
            for part in (net.subnets() if net.version == 4 else [net])]


# -- local subnets -------------------------------------------------------------

def test_lan(gw, alice, bob, tunnel):
    """Both families, neighbour discovery included, and nothing but the LAN."""
    assert not alice.ping(gw.v4, timeout=0.5)
    assert not alice.ping(gw.v6, timeout=0.5)
    daemon = bypass(gw, lan=True)
    expect_lan(gw, "10.1.0.0/24", "10.2.0.0/24", "fd01::/64", "fd02::/64")
    # what nobody has resolved yet
    gw.ip("neigh flush all")
    alice.ip("neigh flush all")
    for address in (gw.v4, gw.v6):
        assert alice.ping(address)
    for address in (alice.v4, alice.v6, bob.v4, bob.v6):
        assert gw.ping(address)
    assert not alice.ping(bob.v4, timeout=0.5)
    assert not alice.ping(bob.v6, timeout=0.5)
    daemon.stop()
    assert not ours(gw) and not routes(gw)
    assert policies(gw) == tunnel
    assert not alice.ping(gw.v4, timeout=0.5)
    assert not alice.ping(gw.v6, timeout=0.5)


def test_link_local(gw, alice, tunnel):
    address = alice.run("ip", "-j", "address", "show", "dev", "eth0").stdout
    address, = (a["local"] for link in json.loads(address)
                for a in link["addr_info"] if a["scope"] == "link")
    assert not gw.ping(f"{address}%eth0", timeout=0.5)
    bypass(gw, lan=True)
    assert gw.ping(f"{address}%eth0")


@pytest.mark.parametrize("patterns,subnets", [
    ("eth*", ["10.1.0.0/24", "10.2.0.0/24"]),
    ("eth*, !eth1", ["10.1.0.0/24"]),
    ("!eth0", ["10.2.0.0/24"]),
    ("lo, tun*, wlan0", []),
])
def test_lan_interfaces(lab, patterns, subnets):
    gw = lab.host("gw", lab.segment("10.1.0.0/24"), lab.segment("10.2.0.0/24"))
    # point-to-point interfaces never count
    gw.ip("tuntap add mode tun dev tun0", "address add 10.8.0.1/24 dev tun0",
          "link set tun0 up")
    bypass(gw, lan=True, lan_interfaces=patterns)
    expect_lan(gw, *subnets)


def test_lan_events(lab):
    """Each event is followed, without a reload."""
    net = lab.segment("10.1.0.0/24")
    gw, alice = lab.host("gw", net), lab.host("alice", net)
    catch_all(gw)
    bypass(gw, lan=True, lan_interfaces="eth*")
    expect_lan(gw, "10.1.0.0/24")
    alice.ip("address add 10.7.0.2/24 dev eth0")
    gw.ip("address add 10.7.0.1/24 dev eth0")
    expect_lan(gw, "10.1.0.0/24", "10.7.0.0/24")
    assert gw.ping("10.7.0.2")
    gw.ip("address del 10.7.0.1/24 dev eth0")
    expect_lan(gw, "10.1.0.0/24")
    gw.ip("address add fd07::1/64 dev eth0")
    expect_lan(gw, "10.1.0.0/24", "fd07::/64")
    gw.ip("address del fd07::1/64 dev eth0")
    gw.ip("link set eth0 down")
    expect_lan(gw)
    gw.ip("link set eth0 up")
    expect_lan(gw, "10.1.0.0/24")
    gw.ip("link set eth0 down", "link set eth0 name out0", "link set out0 up")
    expect_lan(gw)
    gw.ip("link set out0 down", "link set out0 name eth7", "link set eth7 up")
    expect_lan(gw, "10.1.0.0/24")
    assert gw.ping(alice.v4)
    gw.ip("link del eth7")
    expect_lan(gw)


def test_routed_lan(lab):
    """A network on the link by a route alone is a LAN while the route is."""
    net = lab.segment("10.1.0.0/24")
    gw, alice = lab.host("gw", net), lab.host("alice", net)
    catch_all(gw)
    alice.ip("address add 10.7.0.2/32 dev eth0")
    bypass(gw, lan=True)
    expect_lan(gw, "10.1.0.0/24")
    gw.ip("route add 10.8.0.0/24 via 10.1.0.9",
          "route add 10.9.0.0/24 dev eth0 table 5",
          "route add 10.9.1.1/32 dev eth0", "route add 10.7.0.0/24 dev eth0")
    want = sorted(between("10.1.0.0/24", "10.1.0.0/24") +
                  between("10.7.0.0/24", "10.7.0.0/24") +
                  between(f"{gw.v4}/32", "10.7.0.0/24", ["out"]) +
                  between("10.7.0.0/24", f"{gw.v4}/32", ["in"]))
    wait_until(lambda: lan_policies(gw) == want, 5,
               lambda: f"{want}, there is {lan_policies(gw)}")
    assert gw.ping("10.7.0.2")
    gw.ip("route del 10.7.0.0/24 dev eth0")
    expect_lan(gw, "10.1.0.0/24")


LANS = ("10.1.0.0/24", "fd01::/64")
UPLINKS = ("10.2.0.0/24", "fd02::/64")

# what makes eth1 an uplink: commands, undone with "del" for "add"
DEFAULTS = {
    "ipv4": ["route add default via {bob}"],
    "ipv6": ["route add default via {bob6}"],
    "device": ["route add default dev eth1"],
    "multipath": ["route add default nexthop via {bob} nexthop dev lo"],
    "ipv6 multipath": ["route add default nexthop via {bob6} "
                       "nexthop via fd02::99"],
    "halves": ["route add 0.0.0.0/1 via {bob}",
               "route add 128.0.0.0/1 via {bob}"],
    "ipv6's unicast": ["route add 2000::/3 via {bob6}"],
    "table": ["route add default via {bob} table 1000",
              "rule add from 10.1.0.0/24 lookup 1000"],
    "ipv6 table": ["route add default via {bob6} dev eth1 table 1000",
                   "-6 rule add iif eth0 lookup 1000"],
    "metric": ["route add default via {bob} metric 3000"],
    "nexthop": ["nexthop add id 7 via {bob} dev eth1",
                "route add default nhid 7"],
}


NEXTHOPS = {
    "nexthop": DEFAULTS["nexthop"],
    "group": ["nexthop add id 7 via {bob} dev eth1",
              "nexthop add id 8 via {alice} dev eth0", "link add dmz0 type "
              "bridge", "link set dmz0 up", "nexthop add id 9 dev dmz0",
              "nexthop add id 70 group 7/9", "route add default nhid 70"],
    "ipv6 half": ["nexthop add id 7 via {bob6} dev eth1",
                  "route add 8000::/1 nhid 7"],
}
"""Next hop objects, which are all that routes name without compatibility."""


def names(lab, text):
    """Fill in addresses: {alice}, {bob6}..."""
    hosts = {name: host.v4 for name, host in lab.hosts.items()}
    hosts |= {f"{name}6": host.v6 for name, host in lab.hosts.items()}
    return text.format(**hosts)


def undo(host, commands):
    for command in reversed(commands):
        command = command.replace(" add ", " del ")
        host.run("ip", *re.sub(r"(nexthop del id \d+).*", r"\1",
                               command).split())


def test_uplink_kinds(lab, gw, bob):
    """What a default route leads to is no LAN, whatever kind of default route
    it is, from when it comes until it goes."""
    daemon = bypass(gw, lan=True)
    expect_lan(gw, *LANS, *UPLINKS)
    for kind in DEFAULTS.values():
        commands = [names(lab, command) for command in kind]
        mark = daemon.log.mark()
        for command in commands:
            gw.run("ip", *command.split())
        expect_lan(gw, *LANS)
        daemon.log.expect(
            r"bypass: local subnets excluded: 10\.1\.0\.0/24 \(eth0\), "
            r"fd01::/64 \(eth0\); left out: 10\.2\.0\.0/24 \(a default route "
            r"leads to eth1, which lan_interfaces doesn't name\), fd02::/64 "
            r"\(a default", since=mark)
        undo(gw, commands)
        expect_lan(gw, *LANS, *UPLINKS)
    # no rule leads there; large, but not all; and nowhere
    gw.ip(f"route add default via {bob.v4} table 1000",
          f"route add 10.0.0.0/8 via {bob.v4}",
          "route add unreachable default metric 9",
          "link add dmz0 type bridge", "link set dmz0 up",
          "address add 10.3.0.1/24 dev dmz0")
    expect_lan(gw, *LANS, *UPLINKS, "10.3.0.0/24")
    # replaced by another one, without a word about the old one
    gw.ip(f"route add default via {bob.v4}")
    expect_lan(gw, *LANS, "10.3.0.0/24")
    gw.ip("route replace default via 10.3.0.9")
    expect_lan(gw, *LANS, *UPLINKS)
    # removed with the address that is its source, without a word, too
    gw.ip("route del default", "address add 10.4.0.9/32 dev eth1",
          f"route add default via {bob.v4} src 10.4.0.9")
    expect_lan(gw, *LANS, "10.3.0.0/24")
    gw.ip("address del 10.4.0.9/32 dev eth1")
    expect_lan(gw, *LANS, *UPLINKS, "10.3.0.0/24")


def test_connections_in_a_lan(gw, bob, far):
    """Who has a connection for what lan excludes is told."""
    daemon = host_with_control(gw, lan=True)

    def load(name, local, remote, **more):
        side = conns.psk_ikev2(bob.v4, gw.v4, name=name, child=(remote, local),
                               initiator=more)[1]
        daemon.load(side)

    line = ("bypass: connection '{0}' has a child '{0}' with selectors inside "
            "the local subnet {1}, which lan excludes from IPsec; leave its "
            "interface out with bypass.lan_interfaces")
    # the peer's own address, v4 and v6, a part, and one of several
    load("peer", "dynamic", "dynamic", children={"peer": {"mode": "transport"}})
    load("peer6", "dynamic", "dynamic", remote_addrs=["host.example", bob.v6])
    load("host", "0.0.0.0/0", f"{bob.v4}/32[tcp/443]")
    load("part", "10.2.0.0/25", ["10.3.0.0/24", "10.2.0.128/25"])
    # not all of the peer's side, nothing of this one, and another one's
    load("all", "0.0.0.0/0", "0.0.0.0/0")
    load("larger", "10.2.0.0/24", "10.2.0.0/23")
    load("other", "10.3.0.0/24", "10.2.0.128/25")
    load("lans", "10.1.0.0/24", "10.2.0.0/24")
    load("any", "dynamic", "dynamic", remote_addrs=["%any"])
    v4, v6 = UPLINKS
    for name, net in {"peer": v4, "peer6": v6, "host": v4, "part": v4}.items():
        daemon.log.expect(re.escape(line.format(name, net)))
    warning = ("4 connections have selectors inside a local subnet that lan "
               "excludes from IPsec, see the log")
    wait_until(lambda: warning in warnings(daemon))
    assert daemon.log.count("bypass: connection '") == 4
    # what is in force counts
    gw.ip(f"route add default via {bob.v4}")
    wait_until(lambda: not warnings(daemon))
    gw.ip("route del default")
    wait_until(lambda: warning in warnings(daemon))
    assert daemon.log.count("bypass: connection '") == 8


def test_uplink_by_nexthop(lab, gw, alice, bob):
    """Routes name next hop objects alone where the kernel is told so."""
    gw.sysctl("net/ipv4/nexthop_compat_mode", 0)
    # what is there at the start, then what comes
    first = [names(lab, command) for command in NEXTHOPS["nexthop"]]
    gw.ip(*first)
    bypass(gw, lan=True)
    expect_lan(gw, *LANS)
    undo(gw, first)
    for kind in NEXTHOPS.values():
        expect_lan(gw, *LANS, *UPLINKS)
        commands = [names(lab, command) for command in kind]
        gw.ip(*commands)
        expect_lan(gw, *LANS)
        undo(gw, commands)
    expect_lan(gw, *LANS, *UPLINKS)
    # its way changes, without a word about the route
    gw.ip(*first)
    expect_lan(gw, *LANS)
    gw.ip(f"nexthop replace id 7 via {alice.v4} dev eth0")
    expect_lan(gw, *UPLINKS)


def test_uplink(gw, alice, bob, far, tunnel):
    """The uplink's neighbours aren't let in: two gateways on one segment may
    have a policy for each other. Its router is resolved all the same."""
    gw.ip(f"route add default via {bob.v4}",
          f"route add default via {bob.v6}")
    daemon = bypass(gw, lan=True)
    expect_lan(gw, *LANS)
    gw.ip("neigh flush all")
    bob.ip("neigh flush all")
    for address in (bob.v4, bob.v6):
        assert not gw.ping(address, timeout=0.5)
    for address in (gw.on(far).v4, gw.on(far).v6):
        assert not bob.ping(address, timeout=0.5)
    for address in (alice.v4, alice.v6):
        assert gw.ping(address)
    assert "lladdr" in bob.run("ip", "neigh", "show", gw.on(far).v6).stdout
    # who names it has it; who only takes away others doesn't
    for interfaces, subnets in (("!wlan*", LANS), ("eth*", LANS + UPLINKS),
                                ("eth1", UPLINKS)):
        reload(daemon, lan=True, lan_interfaces=interfaces)
        expect_lan(gw, *subnets)
    assert gw.ping(bob.v4)


def test_subnet_with_uplink(gw, bob):
    """A policy isn't of an interface: a LAN that has the uplink's subnet in it
    would open that."""
    gw.ip(f"route add default via {bob.v4}",
          "link add br0 type bridge", "link set br0 up",
          "address add 10.2.0.77/24 dev br0", "address add 10.2.1.1/23 dev br0",
          "address add 10.2.0.129/25 dev br0")
    daemon = bypass(gw, lan=True)
    expect_lan(gw, *LANS, "10.2.0.128/25")
    daemon.log.expect(r"left out: .*10\.2\.0\.0/23 \(br0, has the subnet of an "
                      r"interface with a default route in it\)")


def test_too_large(gw):
    """A DHCP server may name half of the Internet as on the link."""
    gw.ip("route add 128.0.0.0/1 dev eth1", "address add 100.64.0.9/2 dev eth1",
          "address add 10.9.0.1/32 dev eth1",
          "route add fd00:77::/32 dev eth1")
    half = {"half": {"src": "%eth1", "dst": "10.9.9.0/24"}}
    daemon = bypass(gw, half, lan=True)
    wait_until(lambda: lan_policies(gw))
    assert not re.search(r" 128\.| 64\.|77::/32", str(ours(gw)))
    daemon.log.expect(r"left out: .*64\.0\.0\.0/2 \(eth1, larger than "
                      r"lan_min_prefix = 8 allows\)")
    daemon.log.expect(r"left out: .*fd00:77::/32 \(eth1, larger than "
                      r"lan_min_prefix_ipv6 = 48 allows\)")
    daemon.log.expect(r"rules\.half\.src: 128\.0\.0\.0/1 of interface eth1 "
                      r"skipped, it is larger than lan_min_prefix = 8 allows")
    reload(daemon, lan=True, lan_min_prefix=2, lan_min_prefix_ipv6=32)
    assert re.search(r" 64\.0\.0\.0/2", str(ours(gw)))
    assert re.search(r" fd00:77::/32", str(ours(gw)))
    assert not re.search(r" 128\.", str(ours(gw)))


def test_peer_address(gw, alice):
    """The other end's network is on the link, not the one that this end's
    address would be in."""
    gw.ip("address add 10.7.0.1 peer 10.8.0.0/24 dev eth0")
    bypass(gw, lan=True, lan_interfaces="eth0")
    want = sorted(lan_policies(gw))
    assert set(between("10.8.0.0/24", "10.8.0.0/24")) <= set(want)
    assert set(between("10.7.0.1/32", "10.8.0.0/24", ["out"])) <= set(want)
    assert not any("10.7.0.0/24" in policy for policy in want)


def test_label_is_no_interface(lab):
    """The label of an address may be any text; its subnet isn't one that is
    there by a route alone, which would open it only partly."""
    gw = lab.host("gw", lab.segment("10.1.0.0/24"))
    gw.ip("address add 10.7.0.1/24 dev eth0 label eth0lan",
          "address add 10.8.0.1/24 dev eth0 label eth0:1")
    bypass(gw, lan=True, lan_interfaces="eth0")
    expect_lan(gw, "10.1.0.0/24", "10.7.0.0/24", "10.8.0.0/24")


def test_same_subnet_twice(gw):
    """On two interfaces and in a rule: there as long as one of them is."""
    gw.ip("address add 10.1.0.99/24 dev eth1")
    subnet = "10.1.0.0/24"
    rules = {"same": {"src": subnet, "dst": subnet}}
    daemon = bypass(gw, rules, lan=True)
    expect_lan(gw, subnet, "10.2.0.0/24", "fd01::/64", "fd02::/64")
    before = [p for p in policies(gw, ours=True) if subnet in p[0]]
    gw.ip(f"address del {gw.v4}/24 dev eth0")
    gw.ip("address del 10.1.0.99/24 dev eth1")
    gw.ip("address add 10.9.0.1/24 dev eth0")
    expect_lan(gw, subnet, "10.2.0.0/24", "10.9.0.0/24", "fd01::/64",
               "fd02::/64")
    gw.ip("address add 10.1.0.98/24 dev eth0")
    reload(daemon, lan=True)
    # an index is a policy's for its life
    assert [p for p in policies(gw, ours=True) if subnet in p[0]] == before
    gw.ip("address del 10.1.0.98/24 dev eth0")
    expect_lan(gw, "10.2.0.0/24", "10.9.0.0/24", "fd01::/64", "fd02::/64")


def test_flapping(lab):
    """1,000 addresses that come and go."""
    gw = lab.host("gw", lab.segment("10.1.0.0/24"))
    bypass(gw, lan=True)
    expect_lan(gw, "10.1.0.0/24")
    before = policies(gw, ours=True)
    addresses = [f"10.{100 + n // 250}.{n % 250}.1/24" for n in range(1000)]
    for _ in range(3):
        gw.ip(*(f"address add {a} dev eth0" for a in addresses))
        gw.ip(*(f"address del {a} dev eth0" for a in addresses))
    gw.ip(*(f"address add {a} dev eth0" for a in addresses))
    wait_until(lambda: len(lan_policies(gw)) == 3003, 20)
    assert set(before) <= set(policies(gw, ours=True))
    gw.ip(*(f"address del {a} dev eth0" for a in addresses))
    wait_until(lambda: policies(gw, ours=True) == before, 20)


# -- rules ---------------------------------------------------------------------

_SEND = """
import json, socket, sys
for address, protocol, port, *sport in json.loads(sys.argv[1]):
    s = socket.socket(
        socket.AF_INET6 if ":" in address else socket.AF_INET,
        socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
    s.bind(("", sum(sport)))
    s.setblocking(False)
    s.connect_ex((address, port))
    if protocol == "udp":
        s.send(b"x")
"""


def send(host, packets):
    """Send UDP packets and TCP SYNs, whether they arrive or not."""
    host.run("/usr/bin/python3", "-c", _SEND, json.dumps(packets))


def arrives(sender, receiver, passing, caught):
    """Check that the packets that should pass do, and no other ones.

    These are sent first, so nothing has to be waited for."""
    def line(address, protocol, port, *_):
        text = "UDP" if protocol == "udp" else "Flags"
        return rf"> {re.escape(address)}\.{port}: {text}"

    with receiver.capture("udp or tcp or ip6") as packets:
        send(sender, caught + passing)
        for kind in passing:
            packets.expect(line(*kind))
        for kind in caught:
            assert not packets.count(line(*kind)), kind


# rule, what passes from alice to bob, what is caught
KINDS = {
    "network": ({"src": "10.1.0.0/24", "dst": "10.2.0.0/24"},
                [("{bob}", "udp", 9), ("{bob}", "tcp", 9)],
                [("{bob6}", "udp", 9)]),
    "ipv6": ({"src": "fd01::/64", "dst": "fd02::/64"},
             [("{bob6}", "udp", 9)], [("{bob}", "udp", 9)]),
    "host bits": ({"src": "10.1.0.77/24", "dst": "10.2.0.77/24"},
                  [("{bob}", "udp", 9)], []),
    "address": ({"src": "{alice}", "dst": "{bob}"},
                [("{bob}", "udp", 9)], [("10.2.0.200", "udp", 9)]),
    "range": ({"src": "10.1.0.1-10.1.0.9", "dst": "10.2.0.198-10.2.0.200"},
              [("10.2.0.200", "udp", 9)], [("{bob}", "udp", 9)]),
    "list": ({"src": "{alice}, {alice6}", "dst": "10.2.0.200, {bob6}"},
             [("10.2.0.200", "udp", 9), ("{bob6}", "udp", 9)],
             [("{bob}", "udp", 9)]),
    "interface's": ({"src": "%eth0", "dst": "%eth1"},
                    [("{bob}", "udp", 9), ("{bob6}", "udp", 9)], []),
    "source": ({"src": "10.1.0.200", "dst": "10.2.0.0/24"},
               [], [("{bob}", "udp", 9)]),
    "any": ({"src": "0.0.0.0/0", "dst": "0.0.0.0/0", "allow_any": True},
            [("{bob}", "udp", 9)], [("{bob6}", "udp", 9)]),
    "protocol": ({"src": "%eth0", "dst": "%eth1", "protocol": "udp"},
                 [("{bob}", "udp", 9)], [("{bob}", "tcp", 9)]),
    "dst_port": ({"src": "%eth0", "dst": "%eth1", "protocol": "udp",
                  "dst_port": 4053},
                 [("{bob}", "udp", 4053)],
                 [("{bob}", "udp", 4054), ("{bob}", "tcp", 4053)]),
    "src_port": ({"src": "%eth0", "dst": "%eth1", "protocol": "udp",
                  "src_port": 4353},
                 [("{bob}", "udp", 9, 4353)],
                 [("{bob}", "udp", 10, 4354)]),
    "port range": ({"src": "%eth0", "dst": "%eth1", "protocol": "tcp",
                    "dst_port": "8001-8006"},
                   [("{bob}", "tcp", 8001), ("{bob}", "tcp", 8006)],
                   [("{bob}", "tcp", 8000), ("{bob}", "tcp", 8007)]),
    "out": ({"src": "%eth0", "dst": "%eth1", "direction": "out"},
            [("{bob}", "udp", 9)], []),
    "in": ({"src": "%eth0", "dst": "%eth1", "direction": "in"},
           [], [("{bob}", "udp", 9)]),
    "in, reversed": ({"src": "%eth1", "dst": "%eth0", "direction": "in"},
                     [("{bob}", "udp", 9)], []),
    "interface": ({"src": "10.1.0.0/24", "dst": "10.2.0.0/24",
                   "interface": "eth1"}, [("{bob}", "udp", 9)], []),
    "other interface": ({"src": "10.1.0.0/24", "dst": "10.2.0.0/24",
                         "interface": "eth0"}, [], [("{bob}", "udp", 9)]),
}


def introduce(host, gw, dev):
    """Make two neighbours' IPv6 addresses known: the tunnel's policies also
    catch neighbour discovery."""
    def mac(host, dev):
        return host.run("cat", f"/sys/class/net/{dev}/address").stdout.strip()

    via = next(i for i in gw.interfaces if i.dev == dev)
    gw.ip(f"neigh replace {host.v6} dev {dev} lladdr {mac(host, 'eth0')}")
    host.ip(f"neigh replace {via.v6} dev eth0 lladdr {mac(gw, dev)}")


@pytest.mark.parametrize("kind", KINDS)
def test_rule(lab, gw, alice, bob, tunnel, kind):
    rule, passing, caught = KINDS[kind]
    bob.ip("address add 10.2.0.200/24 dev eth0")
    introduce(alice, gw, "eth0")
    introduce(bob, gw, "eth1")
    rule = {key: names(lab, value) if isinstance(value, str) else value
            for key, value in rule.items()}
    passing, caught = ([(names(lab, address), *rest)
                        for address, *rest in kinds]
                       for kinds in (passing, caught))
    sentinel = ("10.2.0.200", "udp", 7777)
    always = {"sentinel": {"src": alice.v4, "dst": "10.2.0.200",
                           "protocol": "udp", "dst_port": 7777}}
    daemon = bypass(gw, always)
    # without the rule, nothing of it passes
    arrives(alice, bob, [sentinel], passing + caught)
    reload(daemon, {**always, "r": rule})
    arrives(alice, bob, passing + [sentinel], caught)


def test_icmp_type(gw, alice, bob, tunnel):
    """It takes both types for a ping."""
    def rules(*types):
        return {f"t{t}": {"src": "%eth0", "dst": "%eth1", "protocol": "icmp",
                          "icmp_type": t} for t in types}

    daemon = bypass(gw, rules(8))
    with bob.capture("icmp") as packets:
        assert not alice.ping(bob.v4, timeout=0.5)
        packets.expect("echo request")
    # 0 is no wildcard
    reload(daemon, rules(0))
    with bob.capture("icmp") as packets:
        assert not alice.ping(bob.v4, timeout=0.5)
        assert not packets.count("echo request")
    reload(daemon, rules(0, 8))
    assert alice.ping(bob.v4)
    send(alice, [(bob.v4, "udp", 9)])


def test_symmetric(gw, alice, bob, tunnel):
    """A rule lets answers pass, to whichever side began."""
    daemon = bypass(gw, {"r": {"src": "10.1.0.0/24", "dst": "10.2.0.0/24"}})
    assert alice.ping(bob.v4) and bob.ping(alice.v4)
    assert ours(gw) == both("10.1.0.0/24", "10.2.0.0/24")
    for direction, one, other in (("out", "10.1.0.0/24", "10.2.0.0/24"),
                                  ("in", "10.2.0.0/24", "10.1.0.0/24")):
        reload(daemon, {"r": {"src": "10.1.0.0/24", "dst": "10.2.0.0/24",
                              "direction": direction}})
        assert ours(gw) == between(one, other)
        assert not alice.ping(bob.v4, timeout=0.5)


def test_overlapping_rules(gw, alice, bob, tunnel):
    """What one rule leaves, the other one still lets pass."""
    wide = {"src": "10.1.0.0/16", "dst": "10.2.0.0/16"}
    narrow = {"src": "10.1.0.0/24", "dst": "10.2.0.0/24"}
    daemon = bypass(gw, {"a": wide, "b": narrow, "c": narrow})
    assert alice.ping(bob.v4)
    for rules in ({"b": narrow, "c": narrow}, {"c": narrow},
                  {"c": narrow, "a": wide}, {"a": wide}):
        reload(daemon, rules)
        assert alice.ping(bob.v4)
        assert len(ours(gw)) == 6 * len({str(r) for r in rules.values()})
    reload(daemon)
    assert not ours(gw)
    assert not alice.ping(bob.v4, timeout=0.5)


def test_interface_answers(lab, gw, alice, bob, tunnel):
    """Requests and answers pass, forwarded and of the host itself, whoever
    begins; what leaves by another interface doesn't."""
    nets = {"src": "10.1.0.0/24, 10.2.0.0/24, fd01::/64, fd02::/64",
            "dst": "10.2.0.0/24, fd02::/64"}
    introduce(alice, gw, "eth0")
    introduce(bob, gw, "eth1")
    daemon = bypass(gw, {"r": nets | {"interface": "eth1"}})
    via = gw.interfaces[1]
    for one, address in ((alice, bob.v4), (alice, bob.v6), (bob, alice.v4),
                         (bob, alice.v6), (gw, bob.v4), (gw, bob.v6),
                         (bob, via.v4), (bob, via.v6)):
        assert one.ping(address), f"{one.name} to {address}"
    reload(daemon, {"r": nets | {"src": "10.1.0.0/24, fd01::/64",
                                 "interface": "eth0"}})
    for address in (bob.v4, bob.v6):
        assert not alice.ping(address, timeout=0.3)


def test_rule_waits_for_interface(gw):
    rules = {"to": {"src": "10.1.0.0/24", "dst": "10.3.0.0/24",
                    "interface": "dmz0"},
             "of": {"src": "%dmz0", "dst": "10.4.0.0/24"}}
    daemon = bypass(gw, rules)
    daemon.log.expect("bypass: rules.to.interface: there is no interface dmz0, "
                      "waiting for it")
    daemon.log.expect("bypass: rules.of.src: no subnet on interface dmz0, "
                      "waiting for one")
    assert not ours(gw)
    gw.ip("link add dmz0 type bridge", "link set dmz0 up")
    wait_until(lambda: len(ours(gw)) == 5)
    assert [p for p in ours(gw) if "dev dmz0" in p] == [
        "out src 10.1.0.0/24 dst 10.3.0.0/24 dev dmz0"]
    gw.ip("address add 10.3.0.1/24 dev dmz0")
    wait_until(lambda: set(both("10.3.0.0/24", "10.4.0.0/24"))
               <= set(ours(gw)))
    # policies know interfaces by number
    gw.ip("link set dmz0 down", "link set dmz0 name dmz1")
    wait_until(lambda: not ours(gw))
    gw.ip("link set dmz1 name dmz0", "link set dmz0 up")
    wait_until(lambda: len(ours(gw)) == 11)
    gw.ip("link del dmz0")
    wait_until(lambda: not ours(gw))
    # said at the start, and again when it is gone, but not at each event
    assert daemon.log.count("there is no interface dmz0") == 3


def test_interface_makes_too_many(gw):
    """What fits without an interface's subnets may not with them."""
    keep = {"src": "10.1.0.0/24", "dst": "10.2.0.0/24"}
    wide = {"src": "%wan0", "dst": "0.0.0.1-255.255.255.254",
            "protocol": "udp", "src_port": "1-65534", "dst_port": "1-65534"}
    daemon = bypass(gw, {"keep": keep, "wide": wide})
    want = both("10.1.0.0/24", "10.2.0.0/24")
    assert ours(gw) == want
    gw.ip("link add wan0 type bridge", "link set wan0 up",
          "address add 10.3.0.1/24 dev wan0")
    daemon.log.expect("bypass: rules with %interface make more than 250000 "
                      "policies with the subnets there are now; keeping the "
                      "previous policies")
    assert ours(gw) == want


def test_skipped_networks_are_named(gw):
    daemon = bypass(gw, {"mixed": {"src": "10.1.0.0/24, fd01::/64",
                                   "dst": "10.2.0.9/24"}})
    assert ours(gw) == both("10.1.0.0/24", "10.2.0.0/24")
    daemon.log.expect("bypass: rules.mixed.src: fd01::/64 skipped, there is "
                      "nothing of its address family to pair it with")
    daemon.log.expect("bypass: rules.mixed.dst: 10.2.0.9/24 has host bits set,"
                      " taken as 10.2.0.0/24")
    reload(daemon, {"mixed": {"src": "10.1.0.0/24, fd01::/64",
                              "dst": "10.2.0.9/24"}})
    assert daemon.log.count("has host bits set") == 1


# -- beside charon's policies --------------------------------------------------

def child_of(gw, bob, local, remote, mode="tunnel"):
    """gw's side of a connection with a child that is installed as a trap, or
    as a shunt."""
    side = conns.psk_ikev2(bob.v4, gw.v4, name="all", child=(remote, local))[1]
    connection, = side.connections.values()
    connection["children"]["all"] |= {"start_action": "trap", "mode": mode}
    return side


def test_wins_over_trap(gw, alice, bob):
    """A packet that is bypassed doesn't trigger a connection."""
    daemon = bypass(gw)
    daemon.load(child_of(gw, bob, "0.0.0.0/0", "0.0.0.0/0"))
    assert not gw.ping(alice.v4, timeout=0.5)
    daemon.log.expect("creating acquire job for policy")
    mark = daemon.log.mark()
    reload(daemon, lan=True)
    assert gw.ping(alice.v4)
    daemon.log.refute("creating acquire job for policy.* 10.1.0.2",
                      since=mark)


def test_same_selector_as_charons(gw, bob):
    """Charon's policies for the very same traffic and ours are different ones
    for the kernel; neither takes the other one along."""
    rule = {"src": "10.1.0.0/24", "dst": "10.2.0.0/24"}
    daemon = bypass(gw, {"r": rule})
    before = policies(gw, ours=True)
    daemon.load(child_of(gw, bob, rule["src"], rule["dst"]))
    theirs = policies(gw)
    assert [text for text, _ in theirs if text.startswith("out")] == between(
        rule["src"], rule["dst"], ["out"])
    reload(daemon)
    assert policies(gw) == theirs
    reload(daemon, {"r": rule})
    daemon.vici.request("unload-conn", {"name": "all"})
    wait_until(lambda: not policies(gw))
    assert [text for text, _ in policies(gw, ours=True)] == [
        text for text, _ in before]


def test_if_id_is_left_alone(gw):
    """Policies of XFRM interfaces have an ID that ours don't, so they never
    compete; the interface itself has no LAN."""
    gw.ip("xfrm policy add dir out src 10.1.0.0/24 dst 10.1.0.0/24 "
          "priority 300000 if_id 7 tmpl src 192.0.2.1 dst 192.0.2.2 proto esp "
          "mode tunnel",
          "tuntap add mode tun dev xfrm0", "address add 10.8.0.1/24 dev xfrm0",
          "link set xfrm0 up")
    before = gw.run("ip", "-d", "xfrm", "policy").stdout
    assert "if_id 0x7" in before
    daemon = bypass(gw, lan=True)
    expect_lan(gw, "10.1.0.0/24", "10.2.0.0/24", "fd01::/64", "fd02::/64")
    assert "if_id 0x7" in gw.run("ip", "-d", "xfrm", "policy").stdout
    daemon.stop()
    assert gw.run("ip", "-d", "xfrm", "policy").stdout == before


# -- routes --------------------------------------------------------------------

def test_routes(gw, alice, bob):
    """Where charon routes everything to a tunnel, LANs are reached directly."""
    gw.ip("address add 10.99.0.1/32 dev lo")
    daemon = bypass(gw)
    gw.ip(f"route add default via {bob.v4} dev eth1 src 10.99.0.1 table 220")
    where = gw.run("ip", "route", "get", alice.v4).stdout
    assert "dev eth1" in where and "src 10.99.0.1" in where
    # not for sources that aren't ours: our own packets would leave the tunnel
    reload(daemon, {"r": {"src": "10.77.0.0/24", "dst": "10.66.0.0/24"},
                    "p": {"src": "10.1.0.0/24", "dst": "10.67.0.0/24",
                          "protocol": "tcp"},
                    "o": {"src": "10.1.0.0/24", "dst": "10.68.0.0/24"},
                    "all": {"src": "10.1.0.0/24", "dst": "0.0.0.0/0"}})
    assert routes(gw) == halves("10.1.0.0/24", "10.68.0.0/24")
    reload(daemon, lan=True)
    assert routes(gw) == halves("10.1.0.0/24", "10.2.0.0/24", "fd01::/64",
                                 "fd02::/64")
    where = gw.run("ip", "route", "get", alice.v4).stdout
    assert "dev eth0" in where and f"src {gw.v4}" in where
    daemon.stop()
    assert not routes(gw)
    assert "default via" in gw.run("ip", "route", "show", "table",
                                   "220").stdout


def test_routes_of_tunnels(gw, alice, bob):
    """A tunnel to a network like the LAN doesn't take the LAN away; one to a
    part of it has that."""
    daemon = bypass(gw, lan=True)
    expect_lan(gw, *LANS, *UPLINKS)
    for net, family in (("10.1.0.0/24", "-4"), ("fd01::/64", "-6")):
        # as charon makes them
        gw.run("ip", family, "route", "add", net, "dev", "eth1", "table",
               "220", "proto", "static")
    for address in (alice.v4, alice.v6):
        assert "dev eth0" in gw.run("ip", "route", "get", address).stdout
        assert gw.ping(address)
    gw.ip("route add 10.1.0.64/26 dev eth1 table 220 proto static")
    assert "dev eth1" in gw.run("ip", "route", "get", "10.1.0.70").stdout
    reload(daemon)
    assert "dev eth1" in gw.run("ip", "route", "get", alice.v4).stdout


def test_routes_come_back(gw):
    """networkd and others remove routes that aren't theirs."""
    daemon = bypass(gw, lan=True)
    want = halves(*LANS[:1], *UPLINKS[:1], LANS[1], UPLINKS[1])
    wait_until(lambda: routes(gw) == want)
    gw.ip("route flush table 220")
    daemon.log.expect(r"bypass: \d routes had been removed by somebody else, "
                      "added again")
    wait_until(lambda: routes(gw) == want)
    gw.run("ip", "-6", "route", "flush", "table", "220")
    wait_until(lambda: routes(gw) == want)


@pytest.mark.parametrize("table", ["254", "77"])
def test_shared_table(gw, alice, table):
    """Routes that throw packets out of the table that has the LAN's would cut
    that off: there are none, and those of another run go."""
    if table == "77":  # a VRF's
        gw.ip("route add 10.3.0.0/24 dev eth0 proto kernel table 77")
    gw.ip(f"route add throw 10.9.0.0/24 table {table} proto 98 metric 98")
    daemon = gw.charon(plugins={"bypass": {"lan": True}, "control": {}},
                       conf={"routing_table": table})
    line = (f"charon.routing_table = {table} isn't a table of charon's own, so "
            "there are no routes for what is excluded; set one, such as 220")
    daemon.log.expect(f"bypass: {line}")
    status = daemon.control.plugin("bypass")
    assert line in status["warnings"]
    assert "throw" not in gw.run("ip", "route", "show", "table", table).stdout
    assert "throw" not in gw.run("ip", "-6", "route", "show", "table",
                                 table).stdout
    for address in (alice.v4, alice.v6):
        assert gw.ping(address)


def test_no_routes(gw):
    gw.charon(plugins={"bypass": {"lan": True}},
              conf={"install_routes": False})
    expect_lan(gw, "10.1.0.0/24", "10.2.0.0/24", "fd01::/64", "fd02::/64")
    assert not routes(gw)


def test_libipsec(lab, lan, gw, alice):
    """A tunnel for everything that does carry packets: those to the LAN leave
    it. Policies mean nothing to kernel-libipsec, routes do."""
    carol = lab.host("carol", lan)
    pair = conns.psk_ikev2(gw.v4, alice.v4, name="all",
                           child=("0.0.0.0/0", f"{alice.v4}/32"))
    marks = {"socket-default": {"fwmark": "0x42"},
             "kernel-netlink": {"fwmark": "!0x42"}}
    server = gw.charon(libipsec=True, plugins=marks)
    server.load(pair[0])
    client = alice.charon(libipsec=True, plugins={**marks, "bypass": {}})
    client.load(pair[1])
    client.vici.initiate(child="all")
    with alice.capture("icmp or udp port 4500") as packets:
        alice.ping(carol.v4, timeout=0.5)
        packets.expect("UDP-encap: ESP")
        assert not packets.count(f"> {carol.v4}: ICMP")
    client.reload(plugins={**marks, "bypass": {"lan": True,
                                               "lan_interfaces": "eth0"}})
    with alice.capture(f"icmp and host {carol.v4}") as packets:
        assert alice.ping(carol.v4)
        packets.expect(f"{alice.v4} > {carol.v4}: ICMP echo request")


# -- reload, stop, crash -------------------------------------------------------

def test_reload_touches_what_changed(gw):
    rules = {f"r{n}": {"src": "10.1.0.0/24", "dst": f"10.3.{n}.0/24"}
             for n in range(50)}
    daemon = bypass(gw, rules)
    before = dict(policies(gw, ours=True))
    rules["r7"]["dst"] = "10.4.0.0/24"
    reload(daemon, rules)
    after = dict(policies(gw, ours=True))
    assert sorted(set(before) - set(after)) == both("10.1.0.0/24",
                                                    "10.3.7.0/24")
    assert sorted(set(after) - set(before)) == both("10.1.0.0/24",
                                                    "10.4.0.0/24")
    assert all(before[p] == after[p] for p in set(before) & set(after))
    daemon.log.expect("bypass: 300 policies for 50 rules and 0 local subnets, "
                      "6 added, 6 removed")


def test_invalid_reload_changes_nothing(gw):
    rule = {"src": "10.1.0.0/24", "dst": "10.3.0.0/24"}
    daemon = bypass(gw, {"r": rule}, lan=True)
    before = policies(gw, ours=True)
    reload(daemon, {"r": rule | {"src": "10.1.0.0/33"}, "s": rule})
    daemon.log.expect('bypass: rules.r.src = "10.1.0.0/33": expected .*; '
                      "keeping the previous settings")
    assert policies(gw, ours=True) == before


def test_invalid_start(gw):
    """The plugin doesn't load, so IPsec isn't bypassed."""
    daemon = bypass(gw, {"all": {"src": "0.0.0.0/0", "dst": "0.0.0.0/0"}})
    daemon.log.expect("bypass: rules.all: src and dst are any address, which "
                      "turns IPsec off, expected allow_any = yes beside it; "
                      "not loading")
    assert not ours(gw)


def test_refused_by_the_kernel(gw, tunnel):
    """Each kind of request that fails is a line with the reason. It takes a
    charon that doesn't get far without the permission, either."""
    with pytest.raises(DaemonError):
        gw.charon(plugins={"bypass": {"lan": True, "rules": {"r": {
            "src": "10.1.0.0/24", "dst": "10.3.0.0/24"}}}},
                  wrapper=["setpriv", "--bounding-set", "-net_admin",
                           "--inh-caps", "-net_admin"])
    log = gw.lab.daemons["gw"].log
    for what in "policies", "routes":
        line = log.expect(rf"bypass: (\d+) of (\d+) requests to add {what} "
                          "failed: Operation not permitted")
        assert line[1] == line[2]
    log.expect("bypass: 0 policies for 1 rules and 4 local subnets, 0 added")
    assert policies(gw) == tunnel


def test_after_kill(gw, tunnel):
    """What a killed daemon has left is taken over or removed."""
    keep = {"src": "10.1.0.0/24", "dst": "10.3.0.0/24"}
    lost = {"src": "10.1.0.0/24", "dst": "10.4.0.0/24"}
    daemon = bypass(gw, {"keep": keep, "lost": lost})
    kept = [p for p in policies(gw, ours=True) if "10.3" in p[0]]
    assert routes(gw) == halves("10.3.0.0/24", "10.4.0.0/24")
    daemon.kill()
    assert len(ours(gw)) == 12
    gw.charon("next", plugins={"bypass": {"rules": {"keep": keep}}}).log.expect(
        "bypass: found 12 policies and 4 routes of a run that didn't end in "
        "order")
    assert policies(gw, ours=True) == kept
    assert routes(gw) == halves("10.3.0.0/24")
    assert policies(gw) == tunnel


def test_second_daemon(gw, tunnel):
    """Daemons in one network namespace leave each other's policies and routes
    alone, and remove those of a dead one."""
    def start(name, dst, **settings):
        return gw.charon(name, plugins={"bypass": {"rules": {"r": {
            "src": "10.1.0.0/24", "dst": dst}}}}, **settings)

    def marked(number):
        return len(re.findall(rf"uid {1652125793 + number}\b", gw.run(
            "ip", "-s", "xfrm", "policy").stdout))

    same = "10.3.0.0/24"
    one = start("one", same)
    two = start("two", same, conf={"port": 1500, "port_nat_t": 5500})
    two.log.expect(f"bypass: process {one.pid} excludes traffic in this network"
                   " namespace, too, with policies of its own, uid 1652125793")
    assert not two.log.count("didn't end in order")
    assert (marked(0), marked(1)) == (6, 6)
    assert len(routes(gw)) == 4
    two.stop()
    assert (marked(0), marked(1)) == (6, 0)
    assert routes(gw) == halves(same)
    three = start("three", "10.4.0.0/24",
                  conf={"port": 1500, "port_nat_t": 5500})
    one.kill()
    three.reload(plugins={"bypass": {"rules": {"r": {
        "src": "10.1.0.0/24", "dst": "10.5.0.0/24"}}}})
    assert (marked(0), marked(1)) == (6, 6)
    three.kill()
    # both are dead: its own is taken over, the other one's removed
    four = start("four", same)
    four.log.expect("bypass: found 6 policies and 2 routes of a run that")
    four.log.expect("bypass: removing 6 policies and 2 routes of another "
                    "process that didn't end in order")
    assert (marked(0), marked(1)) == (6, 0)
    assert routes(gw) == halves(same)
    assert policies(gw) == tunnel


def test_stop_and_flush_of_others(gw, tunnel):
    """What others have is left alone, also where it looks like ours."""
    gw.ip("xfrm policy add dir out src 10.1.0.0/24 dst 10.1.0.0/24 "
          "priority 1000 action allow",
          "route add throw 10.1.0.0/24 table 220 metric 7")
    before = policies(gw)
    daemon = bypass(gw, lan=True)
    daemon.stop()
    assert policies(gw) == before and not ours(gw)
    assert "throw 10.1.0.0/24 metric 7" in gw.run(
        "ip", "route", "show", "table", "220").stdout


def test_reload_repairs(gw):
    """Whoever flushes all policies takes ours along."""
    rule = {"src": "10.1.0.0/24", "dst": "10.3.0.0/24"}
    daemon = bypass(gw, {"r": rule})
    before = ours(gw)
    gw.ip("xfrm policy flush")
    reload(daemon, {"r": rule})
    daemon.log.expect("bypass: 6 policies had been removed by somebody else, "
                      "added again")
    assert ours(gw) == before


# -- what is shown -------------------------------------------------------------

def test_use_is_logged(gw, alice, bob, tunnel):
    rules = {name: {"src": "10.1.0.0/24", "dst": dst} for name, dst in (
        ("used", "10.2.0.0/24"), ("unused", "10.3.0.0/24"))}
    daemon = bypass(gw, rules)
    assert alice.ping(bob.v4)
    reload(daemon, rules)
    daemon.log.expect(r"bypass: 1 of 2 rules have been used, last rules.used, "
                      r"\d+ seconds ago")


def test_list_pols(gw, bob):
    """Rules and subnets beside charon's own shunts."""
    daemon = bypass(gw, {"dns": {
        "src": "10.1.0.0/24", "dst": "10.2.0.9, 10.2.0.10",
        "protocol": "udp", "dst_port": "5000-5010"}}, lan=True)
    daemon.load(child_of(gw, bob, "10.5.0.0/24", "10.6.0.0/24", "pass"))
    shown = daemon.vici.list_pols()
    assert shown["bypass/dns"]["mode"] == "PASS"
    assert shown["bypass/dns"]["local-ts"] == ["10.1.0.0/24[udp]"]
    assert shown["bypass/dns"]["remote-ts"] == [
        "10.2.0.9/32[udp/5000-5010]", "10.2.0.10/32[udp/5000-5010]"]
    assert {"all/all", "bypass/lan:10.1.0.0/24", "bypass/lan:fd01::/64",
            "bypass/lan:ipv6-link", "bypass/lan:ipv6-nd"} <= set(shown)
    # since 6.0.2 with a reqid, which shunts don't have
    assert re.search(r"bypass/dns, (reqid \(null\), )?PASS",
                     daemon.swanctl("--list-pols"))
    reload(daemon)
    assert set(daemon.vici.list_pols()) == {"all/all"}


# -- sizes ---------------------------------------------------------------------

def flap(gw, rounds):
    """Have addresses come and go, ten a second."""
    for number in range(rounds):
        gw.ip(f"address add 10.7.{number}.1/24 dev eth0",
              f"address del 10.7.{number}.1/24 dev eth0")
        time.sleep(0.1)  # the rate is what is tested


def log_in(daemon):
    """How long an initiate takes, and how many workers are idle then."""
    start = time.monotonic()
    daemon.vici.initiate(ike="psk")
    took = time.monotonic() - start
    idle = int(daemon.vici.stats()["workers"]["idle"])
    daemon.vici.terminate(ike="psk")
    return took, idle


def while_flapping(gw, daemon, rounds=15):
    """The usual time of logins, and the fewest idle workers meanwhile."""
    with ThreadPoolExecutor() as pool:
        flapping = pool.submit(flap, gw, rounds)
        logins = [log_in(daemon)]
        while not flapping.done():
            logins.append(log_in(daemon))
            time.sleep(0.05)
    took, idle = zip(*logins)
    return statistics.median(took), min(idle)


def test_full_table(gw, bob, far):
    """A router's table isn't read again for each address: logins and workers
    are as without the plugin, and what changed is followed at once."""
    gw.ip(*(f"route add {60 + n // 65536}.{n // 256 % 256}.{n % 256}.0/24 "
            f"via {bob.v4}" for n in range(150_000)))
    # an address may be taken for a login, and be gone before it is through
    fixed = {"mobike": False, "local_addrs": [gw.on(far).v4]}
    server, client = conns.psk_ikev2(bob.v4, gw.v4, initiator=fixed)
    bob.charon().load(server)
    alone = gw.charon("alone")
    alone.load(client)
    stock, stock_idle = while_flapping(gw, alone)
    alone.stop()
    daemon = bypass(gw, lan=True)
    daemon.load(client)
    took, idle = while_flapping(gw, daemon)
    assert idle >= stock_idle - 2
    assert took < 2 * stock + 0.1
    gw.ip(f"route add default via {bob.v4}", "route add 10.9.0.0/24 dev eth0")
    wait_until(lambda: "in src 10.9.0.0/24 dst 10.9.0.0/24" in ours(gw) and
               "in src 10.2.0.0/24 dst 10.2.0.0/24" not in ours(gw))


@pytest.mark.unsanitized  # charon's parser takes minutes with ASan
def test_too_many_rules(gw):
    """Refused with the limit. It takes charon seconds to read the file before
    it asks any plugin, but it goes on meanwhile."""
    daemon = bypass(gw, {"r": {"src": "10.1.0.0/24", "dst": "10.3.0.0/24"}})
    before = policies(gw, ours=True)
    rules = {f"r{n:05}": {"src": "10.1.0.0/24", "dst": "10.2.0.0/24"}
             for n in range(10_001)}
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(daemon.reload, timeout=120,
                           plugins={"bypass": {"rules": rules}})
        while not done.done():
            assert daemon.vici.stats()
        done.result()
    daemon.log.expect("bypass: rules: 10001 sections, expected at most 10000; "
                      "keeping the previous settings")
    assert policies(gw, ours=True) == before
