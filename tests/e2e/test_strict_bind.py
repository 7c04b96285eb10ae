# SPDX-License-Identifier: GPL-2.0-or-later
"""strict-bind between real daemons.

        10.1.0.0/24, fd01::/64            10.2.0.0/24, fd02::/64
    ----+-------------------+---- eth0 gw eth1 ----+----
        |                   |                      |
      alice               nat eth1 ---- carol     bob
                                 10.3.0.0/24

The gateway runs the plugin; `ss` says what it has bound.
"""

import re
import subprocess
import sys
import time

import pytest

from lab import DaemonError, build, conns, wait_until
from lab.daemon import STOCK_PLUGINS

IKE, NATT = 500, 4500


@pytest.fixture
def net(lab):
    return lab.segment("10.1.0.0/24", "fd01::/64")


@pytest.fixture
def other(lab):
    return lab.segment("10.2.0.0/24", "fd02::/64")


@pytest.fixture
def gw(lab, net, other):
    return lab.host("gw", net, other)


@pytest.fixture
def alice(lab, net):
    return lab.host("alice", net)


@pytest.fixture
def bob(lab, other):
    return lab.host("bob", other)


def bound(daemon):
    """The UDP sockets of a daemon: {"address:port"}, with %device."""
    lines = daemon.host.run("ss", "-Hlunp").stdout.splitlines()
    return {line.split()[3] for line in lines if f"pid={daemon.pid}," in line}


def sockets(*addresses, ports=(IKE, NATT)):
    """What ss shows for these addresses."""
    def shown(address):
        address, percent, device = address.partition("%")
        if ":" in address:
            address = f"[{address}]"
        return address + percent + device

    return {f"{shown(address)}:{port}"
            for address in addresses for port in ports}


def expect_bound(daemon, *addresses, timeout=5, ports=(IKE, NATT)):
    """Wait until exactly these are bound."""
    wanted = sockets(*addresses, ports=ports)
    wait_until(lambda: bound(daemon) == wanted, timeout,
               lambda: f"{wanted} to be bound, not {bound(daemon)}")


def strict(host, settings, *, plugins=None, **options):
    """A daemon with the plugin."""
    options.setdefault("without", ["socket-default"])
    return host.charon(plugins={"strict-bind": settings, **(plugins or {})},
                       **options)


def reload(daemon, settings):
    daemon.reload(plugins={"strict-bind": settings})


def link_local(host, dev="eth0"):
    out = host.run("ip", "-6", "-o", "address", "show", "dev", dev, "scope",
                   "link").stdout
    return re.search(r"inet6 ([^/]+)/", out)[1]


def rekey(server, client, name="psk"):
    """Rekey the IKE_SA, and wait until the old one is gone on both sides: a
    stock 5.9.8 that is stopped in between may hang."""
    client.vici.request("rekey", {"ike": name})
    server.log.expect(rf"IKE_SA {name}\[2\]", timeout=10)
    for daemon in (server, client):
        daemon.vici.expect_sas(1, uniqueid=2, up=True)
        daemon.vici.expect_sas(1)


def connect(server, client, pair, name="psk"):
    """Bring a connection up between two daemons."""
    server.load(pair[0])
    client.load(pair[1])
    client.vici.initiate(ike=name)
    return server.vici.expect_sas(1, up=True)[0]


_SEND = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
sock = socket.socket(family, socket.SOCK_DGRAM)
sock.connect((sys.argv[1], int(sys.argv[2])))
sock.settimeout(2)
try:
    for size in sys.argv[3:]:
        sock.send(b"\\xff" * int(size))
    sock.recv(65536)
except OSError as e:
    print(type(e).__name__)
"""


def send(host, address, port, *sizes):
    """Send datagrams; returns how the wait for an answer ended."""
    return host.run(sys.executable, "-c", _SEND, address, port,
                    *sizes).stdout.strip()


# settings, and what is bound with them; {} has the addresses of both ends
SELECTIONS = {
    "address": ({"addresses": "{v4}"}, ["{v4}"]),
    "both families": ({"addresses": "{v4}, {v6}"}, ["{v4}", "{v6}"]),
    "network": ({"addresses": "10.2.0.0/16, fd00::/8"},
                ["{other4}", "{v6}", "{other6}"]),
    "range": ({"addresses": "10.2.0.1-10.2.0.99"}, ["{other4}"]),
    "interface": ({"interfaces": "eth1"},
                  ["{other4}", "{other6}", "{otherll}%eth1"]),
    "without IPv6": ({"interfaces": "eth1", "use_ipv6": False}, ["{other4}"]),
    "without IPv4": ({"interfaces": "eth1", "use_ipv4": False},
                     ["{other6}", "{otherll}%eth1"]),
    "exclusion": ({"interfaces": "eth*, !eth0", "use_ipv6": False},
                  ["{other4}"]),
    "overlap": ({"interfaces": "eth*, eth1", "use_ipv6": False,
                 "addresses": "{v4}, 10.0.0.0/8"}, ["{v4}", "{other4}"]),
    "device": ({"interfaces": "eth1", "bind_device": True, "use_ipv6": False},
               ["{other4}%eth1"]),
}


@pytest.mark.parametrize("case", SELECTIONS)
def test_selection(gw, net, other, case):
    """Exactly what is asked for is bound, each once."""
    names = {"v4": gw.on(net).v4, "v6": gw.on(net).v6,
             "other4": gw.on(other).v4, "other6": gw.on(other).v6,
             "otherll": link_local(gw, "eth1")}
    settings, expected = SELECTIONS[case]
    settings = {key: value.format(**names) if isinstance(value, str) else value
                for key, value in settings.items()}
    server = strict(gw, settings)
    expect_bound(server, *(address.format(**names) for address in expected))


def test_other_addresses_are_unreachable(gw, alice, bob, other):
    """For others the kernel answers, as nobody listens."""
    strict(gw, {"addresses": gw.v4})
    for port in (IKE, NATT):
        assert send(alice, gw.v4, port, 1) == "TimeoutError"
        assert send(bob, gw.on(other).v4, port, 1) == "ConnectionRefusedError"
        assert send(bob, gw.on(other).v6, port, 1) == "ConnectionRefusedError"


def test_bind_device(gw, alice, bob, net, other):
    """Packets that arrive on another interface aren't for us."""
    gw.sysctl("net/ipv4/ip_forward", 1)
    bob.route("10.1.0.0/24", gw.on(other).v4)
    server = strict(gw, {"addresses": gw.v4})
    assert send(bob, gw.v4, IKE, 1) == "TimeoutError"
    reload(server, {"addresses": gw.v4, "bind_device": True})
    expect_bound(server, f"{gw.v4}%eth0")
    assert send(bob, gw.v4, IKE, 1) == "ConnectionRefusedError"
    assert send(alice, gw.v4, IKE, 1) == "TimeoutError"
    connect(server, alice.charon(), conns.psk_ikev2(gw.v4, alice.v4))


# the same on either socket

SOCKETS = ["strict-bind", "socket-default"]


def with_socket(host, which, settings=None, **options):
    """A daemon with the one socket or the other, and the same settings."""
    settings = settings or {}
    if which == "strict-bind":
        return strict(host, {"interfaces": "eth*", **settings}, **options)
    return host.charon(plugins={"socket-default": settings}, **options)


def libipsec(version, gw4, alice4, **more):
    setup = conns.psk_ikev2 if version == 2 else conns.psk_ikev1
    return setup(gw4, alice4, name="net", child=("10.9.0.1/32", "10.9.0.2/32"),
                 **more)


@pytest.fixture
def inner(gw, alice):
    gw.ip("address add 10.9.0.1/32 dev lo")
    alice.ip("address add 10.9.0.2/32 dev lo")


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("which", SOCKETS)
def test_same_traffic(gw, alice, inner, which, version):
    """ESP in UDP both ways, keepalives and closing, on either end."""
    pair = libipsec(version, gw.v4, alice.v4)
    server, client = (with_socket(host, which, libipsec=True,
                                  conf={"keep_alive": 1})
                      for host in (gw, alice))
    server.load(pair[0])
    client.load(pair[1])
    with gw.capture("udp") as packets:
        client.vici.initiate(child="net")
        for _ in range(3):
            assert alice.ping("10.9.0.1", source="10.9.0.2")
        assert gw.ping("10.9.0.2", source="10.9.0.1")
        packets.expect(rf"{gw.v4}\.4500 > {alice.v4}\.4500: UDP-encap: ESP")
        packets.expect(rf"{alice.v4}\.4500 > {gw.v4}\.4500: UDP-encap: ESP")
    server.vici.terminate(ike="net")
    client.vici.expect_sas(0)


@pytest.mark.parametrize("family", ["v4", "v6"])
@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
@pytest.mark.parametrize("which", SOCKETS)
def test_same_ike(gw, alice, which, setup, family):
    address, peer = getattr(gw, family), getattr(alice, family)
    server, client = (with_socket(host, which) for host in (gw, alice))
    name = "psk" if setup is conns.psk_ikev2 else "psk1"
    sa = connect(server, client, setup(address, peer), name)
    assert (sa.local_host, sa.remote_host) == (address, peer)


@pytest.mark.parametrize("which", SOCKETS)
def test_same_fragmentation(gw, alice, pki, which):
    """Certificates don't fit a packet of 600 bytes."""
    server, client = (with_socket(host, which, conf={"fragment_size": 600})
                      for host in (gw, alice))
    pair = conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"),
                      pki.issue("user@lab"))
    connect(server, client, pair, next(iter(pair[1].connections)))
    assert server.log.count("received fragment #")
    assert client.log.count("received fragment #")


@pytest.mark.parametrize("family", ["v4", "v6"])
@pytest.mark.parametrize("which", SOCKETS)
def test_same_dscp(gw, alice, which, family):
    address, peer = getattr(gw, family), getattr(alice, family)
    server, client = (with_socket(host, which) for host in (gw, alice))
    dscp = {"dscp": "101110"}
    pair = conns.psk_ikev2(address, peer, gateway=dscp, initiator=dscp)
    field = "ip[1]" if family == "v4" else "(ip6[0:2] >> 4) & 0xff"
    with gw.capture(f"udp and {field} == 0xb8") as packets:
        connect(server, client, pair)
        # not IKE_SA_INIT's response, which comes before the config is known
        packets.expect(rf"{address}\.4500 > {peer}\.4500")
        packets.expect(rf"{peer}\.500 > {address}\.500")


@pytest.mark.parametrize("which", SOCKETS)
def test_same_source_address(gw, alice, which):
    """Answers come from the address that was asked, not from the first."""
    second = gw.add_address().v4
    server, client = (with_socket(host, which) for host in (gw, alice))
    with alice.capture("udp") as packets:
        connect(server, client, conns.psk_ikev2(second, alice.v4))
        packets.expect(rf"{re.escape(second)}\.500 > ")
        assert not packets.count(rf"{gw.v4}\.500 > ")


@pytest.mark.parametrize("which", SOCKETS)
def test_same_fwmark(gw, alice, which):
    gw.run("nft", "-f", "-", stdin=(
        "table inet t {\n"
        "  counter marked { }\n"
        "  chain o {\n"
        "    type filter hook output priority 0\n"
        "    meta mark 0x2a udp dport { 500, 4500 } counter name marked\n"
        "  }\n"
        "}\n"))
    server = with_socket(gw, which, {"fwmark": "0x2a"})
    connect(server, alice.charon(), conns.psk_ikev2(gw.v4, alice.v4))
    out = gw.run("nft", "list", "counters").stdout
    assert int(re.search(r"packets (\d+)", out)[1]) >= 2


@pytest.fixture
def carol(lab, net):
    """A host behind a NAT."""
    inside = lab.segment("10.3.0.0/24")
    nat = lab.router("nat", net, inside, masquerade=net)
    host = lab.host("carol", inside)
    host.route("default", nat.on(inside).v4)
    return host


@pytest.mark.parametrize("which", SOCKETS)
def test_same_nat(lab, gw, carol, which):
    carol.ip("address add 10.9.0.2/32 dev lo")
    gw.ip("address add 10.9.0.1/32 dev lo")
    server, client = (with_socket(host, which, libipsec=True,
                                  conf={"keep_alive": 1})
                      for host in (gw, carol))
    pair = libipsec(2, gw.v4, carol.v4)
    server.load(pair[0])
    client.load(pair[1])
    with gw.capture("udp port 4500") as packets:
        client.vici.initiate(child="net")
        assert carol.ping("10.9.0.1", source="10.9.0.2")
        # NAT-T keepalives, RFC 3948 section 4
        packets.expect(rf"{lab.hosts['nat'].v4}\.\d+ > {gw.v4}\.4500: "
                       "isakmp-nat-keep-alive")


def test_link_local(gw, alice):
    """Connections can't name a scope; there it is nonetheless."""
    here, there = link_local(gw), link_local(alice)
    server, client = (strict(host, {"interfaces": "eth0"})
                      for host in (gw, alice))
    sa = connect(server, client, conns.psk_ikev2(here, there))
    assert sa.remote_host.partition("%")[0] == there
    rekey(server, client)
    server.vici.terminate(ike="psk")
    client.vici.expect_sas(0)


# ports

@pytest.mark.parametrize("nat", [False, True])
@pytest.mark.parametrize("which", SOCKETS)
def test_same_custom_ports(gw, alice, carol, which, nat):
    """Other ports on both ends. With remote_port there is UDP encapsulation
    from the first packet on, and so no second port."""
    host = carol if nat else alice
    server = with_socket(gw, which, conf={"port": 5000, "port_nat_t": 5001})
    client = with_socket(host, which, conf={"port": 6000, "port_nat_t": 6001})
    pair = conns.psk_ikev2(gw.v4, host.v4, initiator={"remote_port": 5001,
                                                      "local_port": 6001})
    sa = connect(server, client, pair)
    assert sa.raw["local-port"] == "5001"
    if not nat:
        assert sa.raw["remote-port"] == "6001"
    if which == "strict-bind":
        assert sockets(gw.v4, ports=(5000, 5001)) <= bound(server)


def test_random_ports(gw, alice, other):
    """The same two on all addresses, also on those that come later."""
    server = strict(gw, {"interfaces": "eth*", "use_ipv6": False},
                    conf={"port": 0, "port_nat_t": 0})
    ports = {int(item.rpartition(":")[2]) for item in bound(server)}
    assert len(ports) == 2 and not ports & {IKE, NATT, 0}
    expect_bound(server, gw.v4, gw.on(other).v4, ports=ports)
    later = gw.add_address().v4
    expect_bound(server, gw.v4, later, gw.on(other).v4, ports=ports)
    # and they work: as initiator
    client = alice.charon()
    pair = conns.psk_ikev2(alice.v4, later)
    connect(client, server, pair)


# what comes, goes and moves

def timed(daemon, *addresses):
    """Wait until these are bound; it mustn't take long."""
    start = time.monotonic()
    expect_bound(daemon, *addresses)
    return time.monotonic() - start


def test_addresses_come_and_go(gw):
    server = strict(gw, {"interfaces": "eth0", "use_ipv6": False})
    expect_bound(server, gw.v4)
    gw.ip("address add 10.1.0.77/24 dev eth0")
    expect_bound(server, gw.v4, "10.1.0.77")
    server.log.expect(r"strict-bind: bound 10\.1\.0\.77\[\d+\] \(eth0\), "
                      r"10\.1\.0\.77\[\d+\] \(eth0\)")
    gw.ip("address del 10.1.0.77/24 dev eth0")
    expect_bound(server, gw.v4)
    server.log.expect(r"strict-bind: released 10\.1\.0\.77\[\d+\] \(eth0\)")


def test_late_interface(gw, alice):
    """One line, and no more until it is there."""
    server = strict(gw, {"interfaces": "ppp*", "addresses": "10.8.0.1"})
    server.log.expect("strict-bind: waiting for interface ppp*, address "
                      r"10\.8\.0\.1/32".replace("*", r"\*"))
    server.log.expect("strict-bind: nothing is bound, charon can't be reached")
    assert bound(server) == set()
    mark = server.log.mark()
    gw.ip("address add 10.2.0.99/24 dev eth1")
    server.log.refute("strict-bind", since=mark, settle=1)
    gw.ip("link add ppp0 type bridge", "address add 10.8.0.1/24 dev ppp0",
          "link set ppp0 up")
    wait_until(lambda: sockets("10.8.0.1") <= bound(server), 5)


def test_rename(gw, net):
    server = strict(gw, {"interfaces": "wan*", "use_ipv6": False})
    assert bound(server) == set()
    gw.ip("link set eth0 down", "link set eth0 name wan0", "link set wan0 up")
    expect_bound(server, gw.v4)
    gw.ip("link set wan0 down", "link set wan0 name eth0", "link set eth0 up")
    expect_bound(server)


@pytest.mark.parametrize("device", [False, True])
def test_move_to_another_interface(gw, other, device):
    """As VRRP and PPPoE do."""
    server = strict(gw, {"addresses": "10.7.0.1", "bind_device": device})
    for dev, old in (("eth0", None), ("eth1", "eth0"), ("eth0", "eth1")):
        if old:
            gw.ip(f"address del 10.7.0.1/32 dev {old}")
        gw.ip(f"address add 10.7.0.1/32 dev {dev}")
        expect_bound(server, f"10.7.0.1%{dev}" if device else "10.7.0.1")


def test_names_are_followed(gw, other):
    """list-bindings says where an address is now; its socket stays."""
    server = strict(gw, {"addresses": [gw.v4, "10.7.0.1"]},
                    plugins={"control": {}})

    def names():
        return sorted({(b["address"], b["interface"]) for b in
                       server.control.stream("list-bindings", "list-binding")})

    gw.ip("address add 10.7.0.1/32 dev eth0")
    expect_bound(server, gw.v4, "10.7.0.1")
    assert names() == [(gw.v4, "eth0"), ("10.7.0.1", "eth0")]
    mark = server.log.mark()
    gw.ip("link set eth0 down", "link set eth0 name wan0", "link set wan0 up",
          "address add 10.7.0.1/32 dev eth1",
          "address del 10.7.0.1/32 dev wan0")
    expected = [(gw.v4, "wan0"), ("10.7.0.1", "eth1")]
    wait_until(lambda: names() == expected, 5, lambda: (
        f"{expected}, there is {names()}"))
    assert not server.log.count("strict-bind: released", since=mark)


def test_port_bypass(gw, alice):
    """One policy for a port, however many sockets it has: no failure."""
    server = strict(gw, {"interfaces": "eth*"}, plugins={
        "kernel-netlink": {"port_bypass": True}})
    later = gw.add_address().v4
    wait_until(lambda: sockets(later) <= bound(server), 5)
    for line in ("bypass policy", "XFRM(?! interface)"):
        assert not server.log.count(line)
    listed = gw.run("ip", "xfrm", "policy").stdout
    for port in (IKE, NATT):
        assert listed.count(f"proto udp dport {port}") == 2
    connect(server, alice.charon(), conns.psk_ikev2(later, alice.v4))


def test_interface_recreated_with_device(gw):
    """The same name and address, but another interface."""
    server = strict(gw, {"interfaces": "vpn0", "bind_device": True,
                         "use_ipv6": False})
    for _ in range(2):
        gw.ip("link add vpn0 type bridge", "link set vpn0 up",
              "address add 10.8.0.1/24 dev vpn0")
        expect_bound(server, "10.8.0.1%vpn0")
        gw.ip("link del vpn0")
        expect_bound(server)


def test_label_is_no_interface(gw):
    """The label of an address may be any text: its interface is told by the
    index."""
    gw.ip("address add 10.1.0.77/24 dev eth0 label eth0vip",
          "address add 10.1.0.78/24 dev eth0 label eth0:1")
    server = strict(gw, {"interfaces": "eth0", "use_ipv6": False})
    expect_bound(server, gw.v4, "10.1.0.77", "10.1.0.78")
    reload(server, {"addresses": "10.1.0.77", "bind_device": True})
    expect_bound(server, "10.1.0.77%eth0")


def test_address_on_two_interfaces(gw, alice, bob):
    """Each has a socket: packets go out where the route leads, and back to
    where the peer's came from, as networks may overlap."""
    anycast, overlapping = "10.7.0.1", "10.1.0.200"
    gw.ip(f"address add {anycast}/32 dev eth0",
          f"address add {anycast}/32 dev eth1")
    server = strict(gw, {"addresses": anycast, "bind_device": True})
    expect_bound(server, f"{anycast}%eth0", f"{anycast}%eth1")
    clients = []
    for host in alice, bob:
        host.ip(f"route add {anycast}/32 dev eth0")
        client = host.charon()
        pair = conns.psk_ikev2(host.v4, anycast, name=host.name)
        client.load(pair[0])
        server.load(pair[1])
        server.vici.initiate(ike=host.name, timeout=3)
        clients.append(client)
    bob.ip(f"address add {overlapping}/32 dev eth0")
    pair = conns.psk_ikev2(anycast, overlapping, name="in")
    server.load(pair[0])
    clients[1].load(pair[1])
    clients[1].vici.initiate(ike="in", timeout=3)
    # another way to alice, which nothing came by yet
    route = f"route replace {{}}/32 via {bob.v4} dev eth{{}}"
    gw.ip(route.format(alice.v4, 1))
    bob.sysctl("net/ipv4/ip_forward", 1)
    bob.connect(alice.interfaces[0].segment)
    bob.ip(route.format(anycast, 0).replace(bob.v4, gw.interfaces[1].v4))
    alice.ip(f"route replace {anycast}/32 via {bob.interfaces[1].v4}")
    gw.ip("link set eth0 down")
    server.vici.request("rekey", {"ike": "alice"})
    server.vici.expect_sas(1, name="alice", up=True, uniqueid=4, timeout=10)
    # the one that is left takes over
    gw.ip(f"address del {anycast}/32 dev eth0")
    expect_bound(server, f"{anycast}%eth1")
    server.vici.request("rekey", {"ike": "in"})
    server.vici.expect_sas(1, name="in", up=True, uniqueid=5)


def test_link_flap_keeps_sockets(gw, alice):
    server = strict(gw, {"addresses": gw.v4})
    client = alice.charon()
    connect(server, client, conns.psk_ikev2(gw.v4, alice.v4))
    mark = server.log.mark()
    for _ in range(3):
        gw.ip("link set eth0 down", "link set eth0 up")
    server.log.refute("strict-bind", since=mark, settle=0.5)
    rekey(server, client)


@pytest.mark.parametrize("which", SOCKETS)
def test_same_mobike(lab, which):
    """A lease change on the client: the IKE_SA goes on from the new one."""
    # without IPv6, which is a way out, too, and may win
    net = lab.segment("10.4.0.0/24")
    gw, alice = (lab.host(name, net) for name in ("gw", "alice"))
    server, client = (with_socket(host, which) for host in (gw, alice))
    connect(server, client, conns.psk_ikev2(
        gw.v4, "%any", initiator={"local_addrs": ["%any"]}))
    old = alice.v4
    alice.sysctl("net/ipv4/conf/all/promote_secondaries", 1)
    new = alice.add_address().v4
    alice.ip(f"address del {old}/24 dev eth0")
    wait_until(lambda: [sa.remote_host for sa in server.vici.list_sas()]
               == [new], 15, "the server to see the client move")
    rekey(server, client)


# auto on both ends: what is set, and where the client's tunnel may start
MOBIKE = {
    # upstream's ikev2/mobike, and ikev2/mobike-virtual-ip
    "explicit": ({}, "{direct}"),
    "virtual ip": ({"vips": ["0.0.0.0"]}, "{direct}"),
    "wildcard": ({}, "%any"),
}


@pytest.fixture
def two_ways(lab):
    """A gateway, and a client that reaches it directly on eth1, and over a
    router on eth0."""
    direct, inside = lab.segment("10.4.0.0/24"), lab.segment("10.5.0.0/24")
    gw = lab.host("gw", direct)
    alice = lab.host("alice", inside, direct)
    moon = lab.router("moon", inside, direct)
    alice.route("default", moon.on(inside).v4)
    gw.route("10.5.0.0/24", moon.on(direct).v4)
    return gw, alice, direct


def auto(host, which, **options):
    """As with_socket, with what the connections need."""
    if which == "strict-bind":
        return strict(host, {"auto": True}, **options)
    return host.charon(**options)


def expect_peer(daemon, address):
    wait_until(lambda: [sa.remote_host for sa in daemon.vici.list_sas(up=True)]
               == [address], 15, f"the peer to be at {address}")


@pytest.mark.parametrize("case", MOBIKE)
@pytest.mark.parametrize("which", SOCKETS)
def test_same_mobike_interface_goes(two_ways, which, case):
    """The client goes on from its other interface, whose address no
    connection names, and back as soon as that is better; nothing is left
    bound that isn't needed."""
    extra, local = MOBIKE[case]
    gw, alice, direct = two_ways
    here, there = alice.on(direct).v4, alice.v4
    server = auto(gw, which)
    client = auto(alice, which, conf={"prefer_best_path": True})
    pair = conns.psk_ikev2(gw.v4, "%any", name="net", gateway={
        "pools": ["p"] if "vips" in extra else [],
    }, initiator={"local_addrs": [local.format(direct=here)], **extra})
    server.load(pair[0], pools={"p": {"addrs": "10.6.0.0/24"}})
    client.load(pair[1])
    if which == "strict-bind":
        expect_bound(server, gw.v4)
    client.vici.initiate(ike="net")
    expect_peer(server, here)
    alice.ip(f"address del {here}/24 dev eth1", "link set eth1 down")
    expect_peer(server, there)
    rekey(server, client, name="net")
    if which == "strict-bind" and case != "wildcard":
        expect_bound(client, there)
    alice.ip("link set eth1 up", f"address add {here}/24 dev eth1")
    expect_peer(server, here)
    client.vici.request("rekey", {"ike": "net"})
    server.vici.expect_sas(1, uniqueid=3, up=True)
    server.vici.expect_sas(1)
    if which == "strict-bind" and case != "wildcard":
        expect_bound(client, here)
    server.vici.terminate(ike="net")
    client.vici.expect_sas(0)


def test_unbound_is_neither_offered_nor_chosen(two_ways):
    """Addresses that the settings leave out: the peer doesn't hear of them,
    and the IKE_SA waits, with a line, until its own is back."""
    gw, alice, direct = two_ways
    here = alice.on(direct).v4
    gw.ip("link add br0 type bridge", "link set br0 up",
          "address add 192.0.0.8/32 dev br0")
    server = strict(gw, {"addresses": gw.v4}, log_levels={"ike": 2})
    client = strict(alice, {"interfaces": "eth1"}, log_levels={"ike": 2})
    connect(server, client, conns.psk_ikev2(gw.v4, "%any", initiator={
        "local_addrs": ["%any"], "dpd_delay": 1}))
    gw.ip("address add 192.0.0.9/32 dev br0")
    client.log.expect("parsed INFORMATIONAL request .*NO_ADD_ADDR")
    for daemon in (server, client):
        assert not daemon.log.count("got additional MOBIKE peer address")
    alice.ip(f"address del {here}/24 dev eth1")
    client.log.expect("strict-bind: connection 'psk' has no path left, and "
                      rf"can't go on from {alice.v4}, which isn't bound; add "
                      "it to strict-bind.addresses, or see strict-bind.auto")
    assert not client.log.count("checking path")
    mark = client.log.mark()
    alice.ip(f"address add {here}/24 dev eth1")
    client.log.expect("parsed INFORMATIONAL response", since=mark, timeout=15)
    expect_peer(server, here)


def test_another_bound_address_is_chosen(two_ways):
    """Charon would take eth1's, which is nearer, but eth0's is bound."""
    gw, alice, _ = two_ways
    server = gw.charon()
    client = strict(alice, {"interfaces": "eth0"})
    connect(server, client, conns.psk_ikev2(gw.v4, "%any", initiator={
        "local_addrs": ["%any"]}))
    expect_peer(server, alice.v4)


@pytest.mark.parametrize("which", SOCKETS)
def test_same_address_away_for_a_while(gw, alice, which):
    """An address that is lost and comes back, as with VRRP: DPD goes on."""
    server, client = (with_socket(host, which) for host in (gw, alice))
    nomobike = {"mobike": False}
    connect(server, client, conns.psk_ikev2(
        gw.v4, alice.v4, gateway=nomobike,
        initiator={"dpd_delay": 1, **nomobike}))
    gw.ip(f"address del {gw.v4}/24 dev eth0")
    client.log.expect("retransmit 1 of request", timeout=15)
    gw.ip(f"address add {gw.v4}/24 dev eth0")
    mark = client.log.mark()
    client.log.expect("parsed INFORMATIONAL response", timeout=20, since=mark)
    assert client.vici.list_sas(up=True) and server.vici.list_sas(up=True)


# auto

def test_auto(gw, alice, other):
    server = strict(gw, {"auto": True})
    assert bound(server) == set()
    client = alice.charon()
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server.load(pair[0])
    expect_bound(server, gw.v4)
    assert not server.log.count("nothing is bound")
    connect(server, client, pair)
    # as initiator there is no need to wait
    six = conns.psk_ikev2(alice.v6, gw.v6, name="six")
    client.load(six[0])
    server.load(six[1])
    server.vici.initiate(ike="six", timeout=3)
    expect_bound(server, gw.v4, gw.v6)
    for name in ("psk", "six"):
        server.vici.terminate(ike=name)
        server.vici.request("unload-conn", {"name": name})
    expect_bound(server)


@pytest.mark.parametrize("which", SOCKETS)
def test_same_unloaded_while_up(gw, alice, which):
    """An IKE_SA keeps its socket until its end, which the peer hears of."""
    server, client = auto(gw, which), alice.charon()
    if server.vici.major() >= 6:
        pytest.skip("this charon closes the IKE_SAs of what is unloaded")
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    server.load(pair[0])
    if which == "strict-bind":
        expect_bound(server, gw.v4)
    connect(server, client, pair)
    server.vici.request("unload-conn", {"name": "psk"})
    server.log.refute("strict-bind: released", settle=1.2)
    rekey(server, client)
    server.vici.terminate(ike="psk")
    client.vici.expect_sas(0)
    if which == "strict-bind":
        expect_bound(server)


@pytest.mark.parametrize("auto_any", ["routes", "refuse"])
def test_auto_host_name(lab, gw, bob, other, auto_any):
    """A peer with a name, behind an uplink that no default route leads to: what
    charon picks once it is resolved gets bound, unless that is refused."""
    hosts = lab.dir / "hosts"
    hosts.write_text(f"{bob.v4} peer.lab\n")
    server = strict(gw, {"auto": True, "use_ipv6": False,
                         "auto_any": auto_any}, wrapper=[
        "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"])
    client = bob.charon()
    pair = conns.psk_ikev2(bob.v4, "%any", initiator={
        "local_addrs": ["%any"], "remote_addrs": ["peer.lab"]})
    client.load(pair[0])
    server.load(pair[1])
    if auto_any == "refuse":
        assert not server.vici.initiate(ike="psk", must=False, timeout=1)
        server.log.expect(rf"sends from {gw.on(other).v4}\[500\] .* isn't "
                          "bound")
        expect_bound(server)
        return
    server.vici.initiate(ike="psk")
    rekey(client, server)
    expect_bound(server, gw.on(other).v4)
    server.vici.terminate(ike="psk")
    expect_bound(server)


def test_auto_missing_address(gw):
    server = strict(gw, {"auto": True})
    server.load(conns.psk_ikev2("10.1.0.200", "10.1.0.2")[0])
    server.log.expect(r"strict-bind: waiting for address 10\.1\.0\.200/32 of "
                      "connection 'psk'")


# auto_any, remote_addrs, what the line says, what is bound
WILDCARDS = {
    "peer": ("routes", "10.2.0.9", r"those .*: eth1;", ["{other4}"]),
    "default": ("routes", "%any", r"those .*: eth0;", ["{v4}"]),
    "refuse": ("refuse", "%any", "none;", []),
    "all": ("all", "%any", "all of this machine;",
            ["{v4}", "{other4}", "127.0.0.1"]),
}


@pytest.mark.parametrize("case", WILDCARDS)
def test_auto_wildcard(gw, alice, other, case):
    auto_any, remote, line, expected = WILDCARDS[case]
    gw.route("default", alice.v4)
    server = strict(gw, {"auto": True, "auto_any": auto_any,
                         "use_ipv6": False})
    pair = conns.psk_ikev2("%any", "%any", gateway={"remote_addrs": [remote]})
    server.load(pair[0])
    server.log.expect("strict-bind: connection 'psk' names no local address "
                      f"and gets {line} set its local_addrs, or see "
                      "strict-bind.auto_any")
    expect_bound(server, *(address.format(v4=gw.v4, other4=gw.on(other).v4)
                           for address in expected))
    server.log.refute("names no local address", since=server.log.mark(),
                      settle=1.2)


def test_auto_wildcard_of_a_family(gw, alice):
    """What charon can't use for a connection isn't bound for it."""
    gw.route("default", alice.v4)
    server = strict(gw, {"auto": True})
    server.load(conns.psk_ikev2("%any6", "%any")[0])
    expect_bound(server, gw.v6, link_local(gw) + "%eth0")
    server.load(conns.psk_ikev2("0.0.0.0/0", "%any")[0])
    expect_bound(server, gw.v4)


# routes ({a} and {b} are routers on eth0 and eth1, {v4} and {other4} addresses
# of ours) and remote_addrs: over eth0 and eth1, each time
MULTIHOMED = {
    "multipath": (["route add default nexthop via {a} nexthop via {b}"],
                  "%any"),
    "metrics": (["route add default via {a} metric 100",
                 "route add default via {b} metric 200"], "%any"),
    "tables": (["route add default via {a} table 1001",
                "route add default via {b} table 102",
                "rule add from {v4} lookup 1001",
                "rule add from {other4} lookup 102"], "%any"),
    "v6 multipath": (["route add ::/0 nexthop via fd01::99 dev eth0 "
                      "nexthop via fd02::99 dev eth1"], "%any"),
    "v6 metrics": (["route add ::/0 via fd01::99 metric 100",
                    "route add ::/0 via fd02::99 metric 200"], "%any"),
    "peer": (["route add default nexthop via {a} nexthop via {b}"],
             "192.0.2.9"),
    "peer, multipath": (["route add 192.0.2.0/24 nexthop via {a} "
                         "nexthop via {b}"], "192.0.2.9"),
    "peers": (["route add 192.0.2.0/24 via {a}",
               "route add 198.51.100.0/24 via {b}"],
              "192.0.2.9, 198.51.100.0/24"),
}


@pytest.mark.parametrize("case", MULTIHOMED)
def test_auto_multihomed(gw, net, other, case):
    """Each uplink that leads to the peers is bound."""
    routes, remote = MULTIHOMED[case]
    gw.ip("link add br0 type bridge", "link set br0 up",
          "address add 10.7.0.1/24 dev br0")
    gw.ip(*(route.format(a="10.1.0.99", b="10.2.0.99", v4=gw.v4,
                         other4=gw.on(other).v4) for route in routes))
    server = strict(gw, {"auto": True, "use_ipv6": False})
    server.load(conns.psk_ikev2("%any", "%any", gateway={
        "remote_addrs": remote.split(", ")})[0])
    expect_bound(server, gw.v4, gw.on(other).v4)
    server.log.expect("gets those of the interfaces .*: eth[01], eth[01];")


def test_auto_routes_change(gw, other):
    """A default route that becomes another or is away for a while releases
    nothing that is in use, and a new uplink is bound at once."""
    one = "10.1.0.99"
    two = "nexthop via 10.1.0.99 nexthop via 10.2.0.99"
    gw.ip(f"route add default via {one}")
    server = strict(gw, {"auto": True, "use_ipv6": False})
    server.load(conns.psk_ikev2("%any", "%any")[0])
    expect_bound(server, gw.v4)
    mark = server.log.mark()
    gw.ip(f"route replace default {two}")
    expect_bound(server, gw.v4, gw.on(other).v4, timeout=2)
    gw.ip("route del default")
    server.log.refute("released", since=mark, settle=0.5)
    gw.ip("route add default via 10.2.0.99")
    expect_bound(server, gw.on(other).v4, timeout=2)


def test_virtual_ip_is_not_bound(gw, alice):
    """Nobody is to reach us at an address that a peer gave us."""
    pair = conns.psk_ikev2(gw.v4, alice.v4, name="net",
                           child=("10.9.0.1/32", "dynamic"),
                           gateway={"pools": ["p"]},
                           initiator={"vips": ["0.0.0.0"]})
    gw.ip("address add 10.9.0.1/32 dev lo")
    server = gw.charon(libipsec=True)
    server.load(pair[0], pools={"p": {"addrs": "10.9.1.0/24"}})
    client = strict(alice, {"interfaces": "*, !lo", "use_ipv6": False},
                    libipsec=True)
    client.load(pair[1])
    client.vici.initiate(child="net")
    assert "10.9.1.1/" in alice.run("ip", "address").stdout
    # time for the event: a second address is bound after it
    later = alice.add_address().v4
    expect_bound(client, alice.v4, later)


# reload

def test_reload(gw, alice, other):
    """Sockets that stay are the same ones."""
    server = strict(gw, {"addresses": gw.v4})
    client = alice.charon()
    connect(server, client, conns.psk_ikev2(gw.v4, alice.v4))

    def inodes():
        out = gw.run("ss", "-Hlune", "src", gw.v4).stdout
        return sorted(re.findall(r"ino:(\d+)", out))

    before = inodes()
    assert len(before) == 2
    reload(server, {"addresses": [gw.v4, gw.on(other).v4], "fwmark": "7",
                    "receive_buffer_size": 500000})
    expect_bound(server, gw.v4, gw.on(other).v4)
    assert inodes() == before
    memory = gw.run("ss", "-Hlunm", "src", gw.v4).stdout
    assert memory.count("rb1000000") == 2
    reload(server, {"addresses": gw.v4})
    expect_bound(server, gw.v4)
    assert inodes() == before
    assert "rb1000000" not in gw.run("ss", "-Hlunm", "src", gw.v4).stdout
    rekey(server, client)


def test_nothing_is_lost_while_others_flap(gw, alice):
    """Requests of one size, and all of them get in."""
    server = strict(gw, {"interfaces": "eth0"}, log_levels={"net": 2})
    for round_ in range(20):
        gw.ip("address add 10.1.0.77/24 dev eth0")
        send(alice, gw.v4, IKE, *[20] * 20) if round_ == 19 else alice.run(
            sys.executable, "-c", _SEND.replace("settimeout(2)",
                                                "settimeout(0.01)"),
            gw.v4, IKE, *[20] * 20)
        gw.ip("address del 10.1.0.77/24 dev eth0")
    server.log.expect(rf"received packet: from {alice.v4}", count=400)


def test_bad_reload_keeps_the_old(gw, other):
    server = strict(gw, {"addresses": gw.v4})
    reload(server, {"addresses": "0.0.0.0/0"})
    server.log.expect("strict-bind: addresses = \"0.0.0.0/0\": expected "
                      "addresses and networks of this machine; .*; keeping the "
                      "previous settings")
    expect_bound(server, gw.v4)
    reload(server, {"addresses": gw.on(other).v4})
    expect_bound(server, gw.on(other).v4)


def test_ports_stay_until_restart(gw):
    server = strict(gw, {"addresses": gw.v4})
    server.reload(conf={"port": 5000})
    server.log.expect("strict-bind: charon.port and port_nat_t stay 500 and "
                      "4500 until the next start")
    expect_bound(server, gw.v4)


# what goes wrong

@pytest.mark.parametrize("rival", ["socket-default", "socket-dynamic"])
def test_rival(gw, rival):
    if not build.is_stock(rival):
        pytest.skip(f"this strongSwan has no {rival}")
    server = gw.charon(plugins={"strict-bind": {"addresses": gw.v4},
                                rival: {}},
                       without=["socket-default"])
    server.log.expect(f"strict-bind: not started, as {rival} is loaded, too, "
                      f"which binds any address; set charon.plugins.{rival}"
                      r"\.load = no")
    assert not sockets(gw.v4) & bound(server)


def test_rival_of_a_critical_plugin(gw):
    """Then charon doesn't start at all."""
    plugins = " ".join(STOCK_PLUGINS)
    with pytest.raises(DaemonError, match="strict-bind: not started, as "
                       "socket-default is loaded, too"):
        gw.charon(plugins={"strict-bind": {"addresses": gw.v4}}, conf={
            "load_modular": False, "load": f"{plugins} strict-bind!"})


# settings, charon's own settings, and the line
FATAL = {
    "nothing": ({}, {}, "interfaces: nothing says what to bind"),
    "any": ({"addresses": "0.0.0.0"}, {}, "addresses = \"0.0.0.0/32\""),
    "port": ({"auto": True}, {"port": "99999"},
             "charon.port = \"99999\": expected 0-65535"),
    "same": ({"auto": True}, {"port": 4500},
             "charon.port_nat_t = \"4500\": expected another port than"),
}


@pytest.mark.parametrize("case", FATAL)
def test_bad_start(gw, case):
    """Without a socket charon doesn't start; never on any address."""
    settings, conf, line = FATAL[case]
    with pytest.raises(DaemonError, match=re.escape(f"strict-bind: {line}")):
        strict(gw, settings, conf=conf)


def test_port_in_use(gw, alice):
    """It is said who has it, and bound once it is free."""
    script = ("import socket, time; s = socket.socket(socket.AF_INET, "
              f"socket.SOCK_DGRAM); s.bind(('{gw.v4}', 500)); "
              "print(flush=True); time.sleep(60)")
    with gw.popen(sys.executable, "-c", script,
                  stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        server = strict(gw, {"addresses": gw.v4})
        server.log.expect(rf"strict-bind: can't bind {gw.v4}\[500\] \(eth0\): "
                          r"Address already in use by 'python3[^']*' "
                          rf"\(pid {holder.pid}\); trying again")
        expect_bound(server, gw.v4, ports=[NATT])
        mark = server.log.mark()
        server.log.refute("can't bind", since=mark, settle=1.5)
        holder.kill()
        expect_bound(server, gw.v4)


def test_second_daemon(gw, other):
    """Two in one network namespace: the second one says who has the ports, in
    its list, too, uses what is free, and takes over when the first ends."""
    first = strict(gw, {"addresses": gw.v4})
    second = strict(gw, {"addresses": [gw.v4, gw.on(other).v4]},
                    name="second", plugins={"control": {}})
    holder = f"'charon' (pid {first.pid})"
    second.log.expect(rf"strict-bind: can't bind {gw.v4}\[500\] \(eth0\): "
                      f"Address already in use by {re.escape(holder)}; trying")
    failed = [b for b in
              second.control.stream("list-bindings", "list-binding")
              if b["state"] == "failed"]
    assert [b["holder"] for b in failed] == [holder, holder]
    assert {b["address"] for b in failed} == {gw.v4}
    assert bound(first) == sockets(gw.v4)
    assert bound(second) == sockets(gw.on(other).v4)
    first.stop()
    expect_bound(second, gw.v4, gw.on(other).v4)


def test_unbound_source(gw, alice, other):
    """A connection whose address isn't bound is named, not too often."""
    server = strict(gw, {"addresses": gw.on(other).v4})
    server.load(conns.psk_ikev2(alice.v4, gw.v4, name="wrong")[1])
    for _ in range(3):
        assert not server.vici.initiate(ike="wrong", must=False, timeout=1)
        server.vici.terminate(ike="wrong", force=True)
    line = server.log.expect(r"strict-bind: connection 'wrong' sends from "
                             rf"{gw.v4}\[500\] to {alice.v4}\[500\], but that "
                             "address isn't bound")
    assert server.log.count("isn't bound") == 1
    assert "more packets" not in line.string
    assert "strict-bind.addresses" in line.string
    expect_bound(server, gw.on(other).v4)


@pytest.mark.parametrize("sizes", [[0], [1], [3], [20], [5000], [65000],
                                   [0, 1, 65000, 2, 0]])
def test_odd_datagrams(gw, alice, sizes):
    server = strict(gw, {"addresses": gw.v4})
    send(alice, gw.v4, IKE, *sizes)
    send(alice, gw.v4, NATT, *sizes)
    if 65000 in sizes:
        server.log.expect("strict-bind: dropped a datagram of more than 10000 "
                          rf"bytes from {alice.v4}\[\d+\] to {gw.v4}\[500\].*"
                          "see charon.max_packet")
        assert server.log.count("dropped a datagram") == 1
    connect(server, alice.charon(), conns.psk_ikev2(gw.v4, alice.v4))


def cpu(daemon):
    """Seconds of CPU time a daemon used."""
    with open(f"/proc/{daemon.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_icmp_errors(gw, alice):
    """Peers that answer with port unreachable do no harm."""
    server = strict(gw, {"addresses": gw.v4})
    server.load(conns.psk_ikev2(alice.v4, gw.v4, name="dead")[1])
    assert not server.vici.initiate(ike="dead", must=False, timeout=1)
    server.vici.terminate(ike="dead", force=True)
    connect(server, alice.charon(), conns.psk_ikev2(gw.v4, alice.v4))


def test_sending_fails(gw, alice):
    """The kernel's reason is in a line."""
    gw.run("nft", "add table ip t")
    gw.run("nft", "add chain ip t o { type filter hook output priority 0 ; }")
    gw.run("nft", "add rule ip t o udp dport 500 drop")
    server = strict(gw, {"addresses": gw.v4})
    server.load(conns.psk_ikev2(alice.v4, gw.v4, name="x")[1])
    assert not server.vici.initiate(ike="x", must=False, timeout=1)
    server.log.expect(rf"strict-bind: error sending from {gw.v4}\[500\] to "
                      rf"{alice.v4}\[500\]: Operation not permitted")


def test_no_sockets_no_spinning(gw):
    """Nothing to wait for, and it does wait; and it stops at once."""
    server = strict(gw, {"interfaces": "none0"})
    before = cpu(server)
    server.log.refute("receiving from socket failed", settle=2)
    assert cpu(server) - before < 0.5
    start = time.monotonic()
    server.stop()
    assert time.monotonic() - start < 5


def test_too_few_files(gw):
    addresses = ["10.1.0.%d" % n for n in range(10, 60)]
    gw.ip(*(f"address add {a}/24 dev eth0" for a in addresses))
    server = strict(gw, {"interfaces": "eth0", "use_ipv6": False},
                    wrapper=["prlimit", "--nofile=320:320"])
    server.log.expect("strict-bind: 19 addresses are left out, as no more than "
                      "320 files may be open; raise LimitNOFILE to 358")
    assert len(bound(server)) == 64
    server.vici.stats()


def test_many_addresses(gw):
    """The limit of files is raised as far as that goes."""
    gw.ip(*(f"address add 10.20.{n // 250}.{n % 250}/16 dev eth0"
            for n in range(1, 1000)))
    server = strict(gw, {"interfaces": "eth0", "use_ipv6": False},
                    wrapper=["prlimit", "--nofile=1024:8192"])
    assert len(bound(server)) == 2000
    server.log.expect(r"strict-bind: bound .*, \.\.\. \(2000 in all\)")


def test_dropped_privileges(lab, gw, alice):
    """Port 500 on an address that comes after they were dropped."""
    lab.dir.chmod(0o777)
    server = strict(gw, {"interfaces": "eth0", "use_ipv6": False},
                    conf={"user": "nobody", "group": "nogroup"})
    status = gw.run("cat", f"/proc/{server.pid}/status").stdout
    if re.search(r"^Uid:\s+0", status, re.M):
        pytest.skip("this charon doesn't drop privileges")
    later = gw.add_address().v4
    expect_bound(server, gw.v4, later)
    connect(server, alice.charon(), conns.psk_ikev2(later, alice.v4))


def test_without_capability(gw):
    """Port 500 isn't ours to bind: said at start."""
    with pytest.raises(DaemonError, match="strict-bind: not started, as "
                       "charon.port = 500 and port_nat_t = 4500 take the "
                       "capability CAP_NET_BIND_SERVICE"):
        strict(gw, {"addresses": gw.v4},
               wrapper=["setpriv", "--bounding-set=-net_bind_service",
                        "--inh-caps=-net_bind_service"])
