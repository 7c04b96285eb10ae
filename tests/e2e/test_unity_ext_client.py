# SPDX-License-Identifier: GPL-2.0-or-later
"""unity-ext on both ends.

        10.1.0.0/24
    ----+---------+----
        |         |
       gw       alice          gw has 10.77.{1,2,9}.1

The CHILD_SAs are kernel-libipsec's, so the client has an interface ipsec0.
"""

import os
import re
import shutil
import signal
import time

import pytest

from lab import build, conns, debs, wait_until
from lab.conf import merge
from lab.dns import Dnsmasq, Resolved
from lab.faults import NO_ROOM, mounted
from lab.poll import slowly
from lab.shell import run

USER = "alice"
NETS = ["10.77.1.0/24", "10.77.2.0/24"]
STAFF = {
    "connections": "road*", "banner": "Wel\x1b[31mcome\n$(reboot)",
    "default_domain": "corp.lab", "split_dns": "corp.lab, example.org",
    # those that IKEv1 has, and one that it has not
    "split_include": ", ".join([*NETS, "fd77::/64"]),
    "split_exclude": "192.168.7.0/24",
    "dns": "10.77.1.1",
}
# what a client's program is told by such a gateway
TOLD = {
    "UNITY_METHOD": "exec", "UNITY_CONNECTION": "road", "UNITY_ID": "1",
    "UNITY_VIRTUAL_IPS": "10.99.0.1", "UNITY_DNS": "10.77.1.1",
    "UNITY_DOMAINS": "corp.lab example.org",
    "UNITY_DEFAULT_DOMAIN": "corp.lab",
}


def ikev1(gw, client):
    return conns.xauth(gw.v4, client, USER, name="road",
                       child=(NETS, "dynamic"), **OPTIONS)


def ikev2(gw, client):
    return conns.psk_ikev2(gw.v4, client, USER, name="road",
                           child=(NETS, "dynamic"), **OPTIONS)


OPTIONS = {
    "gateway": {"pools": ["pool"]},
    "initiator": {"vips": ["0.0.0.0"], "children": {"road": {
        "remote_ts": ["10.77.0.0/16"]}}},
}


def gateway(gw, config, rules=None, plugins=None):
    for net in (*NETS, "10.77.9.0/24"):
        gw.ip(f"address replace {net.replace('.0/24', '.1/32')} dev lo")
    daemon = gw.charon(
        libipsec=True, conf={"cisco_unity": True}, plugins=merge(
            {"unity-ext": {"rules": rules or {}}}, plugins or {}))
    daemon.load(config, pools={"pool": {"addrs": "10.99.0.0/24"}})
    return daemon


def client(host, config, settings, conf=None, **options):
    state = host.lab.dir / f"{host.name}.state"
    daemon = host.charon(
        libipsec=True, conf={"cisco_unity": True} | (conf or {}),
        plugins={"unity": {}, "control": {},
                 "unity-ext": {"state_dir": state} | settings},
        **options)
    daemon.load(config)
    return daemon


@pytest.fixture
def program(lab):
    """A program that writes its environment to <lab.dir>/<action>."""
    path = lab.dir / "program"
    path.write_text(f"#!/bin/sh\nenv -0 > {lab.dir}/env.new\n"
                    f"mv {lab.dir}/env.new {lab.dir}/env.$1\n")
    path.chmod(0o755)
    return path


def told(lab, action):
    """What the program was told, once it was called."""
    path = lab.dir / f"env.{action}"
    wait_until(path.exists, 10, f"the program to be called with {action}")
    text = path.read_bytes().decode()
    path.unlink()
    return dict(entry.split("=", 1) for entry in text.split("\0")[:-1])


@pytest.mark.parametrize("setup", [ikev1, ikev2])
def test_exec(lab, gw, alice, program, setup):
    config = setup(gw, alice.v4)
    server = gateway(gw, config[0], {"staff": STAFF})
    daemon = client(alice, config[1], {"dns_method": "exec",
                                       "dns_program": program})
    with daemon.control.events("banner") as banners:
        daemon.vici.initiate(child="road")
        if setup is ikev1:
            banner = banners.get(timeout=5)[1]
            assert (banner["id"], banner["host"], banner["connection"]) == (
                "gw.lab", gw.v4, "road")
            assert banner["banner"] == r"Wel\x1b[31mcome\x0a$(reboot)"
    environment = told(lab, "up")

    def shows(tunnels, domains):
        found = daemon.control.plugin("unity-ext")
        return (found["dns-method"], found["tunnels"], found["domains"]) == (
            "exec", tunnels, domains)

    wait_until(lambda: shows("1", ["corp.lab", "example.org"]))
    # RFC 8598 knows no default domain, it is one of the others
    expected = TOLD if setup is ikev1 else TOLD | {"UNITY_DEFAULT_DOMAIN": ""}
    assert {name: environment[name] for name in TOLD} == expected
    assert environment["UNITY_ACTION"] == "up"
    assert set(environment) - set(TOLD) <= {
        "UNITY_ACTION", "UNITY_PROGRAM", "UNITY_INTERFACE", "PATH", "PWD",
        "UNITY_OWN_INTERFACE", "_", "SHLVL", "OLDPWD"}
    assert alice.ping("10.77.1.1")
    if setup is ikev2:
        daemon.log.expect(r"CPRP\(ADDR DNS SUBNET SUBNET SUBNET6 DOMAIN ")
    if setup is ikev1:
        daemon.log.expect(r"unity-ext: banner of gateway 'gw.lab' at [\d.]+: "
                          r"Wel\\x1b\[31mcome\\x0a\$\(reboot\)$")
        sa, = daemon.vici.list_sas(up=True)
        assert sa.raw["child-sas"]
    server.vici.terminate(ike="road")
    environment = told(lab, "down")
    assert {name: environment[name] for name in TOLD} == expected
    daemon.log.expect(r"unity-ext: removed DNS servers '10.77.1.1' of 'road'")
    assert shows("0", [])


def test_long_answer(lab, gw, alice):
    """What is more than a client takes is told; up to that, it connects."""
    def networks(count):
        path = lab.dir / f"{count}.networks"
        path.write_text("".join(f"10.{128 + n // 256}.{n % 256}.0/24\n"
                                for n in range(count)))
        return f"@{path}"

    config = ikev2(gw, alice.v4)
    plugins = {"control": {}}
    server = gateway(gw, config[0], {
        "fits": {"ids": USER, "split_include": networks(666)},
        "long": {"ids": "*", "split_include": networks(667)}}, plugins)
    line = (r"rules\.long sends 8004 bytes, so clients with strongSwan can't "
            r"connect unless their charon\.max_packet is larger than its "
            "default; have split_include or split_dns shorter")
    server.log.expect(f"unity-ext: {line}$")
    warning, = server.control.plugin("unity-ext")["warnings"]
    assert re.fullmatch(line, warning)
    daemon = client(alice, config[1], {})
    daemon.vici.initiate(child="road")
    assert daemon.log.text().count(
        "handling INTERNAL_IP4_SUBNET attribute failed") == 666


PUBLIC = "198.51.100.1"


def need(*packages):
    """Skip the test if packages can't be had that mustn't be installed."""
    if not shutil.which("dnsmasq"):
        pytest.skip("dnsmasq isn't installed")
    for package in packages:
        try:
            debs.unpacked(package)
        except build.BuildError as e:
            pytest.skip(str(e))


def need_resolved():
    """Skip the test without systemd-resolved, or a plugin that knows it."""
    need("systemd-resolved")
    if "libsystemd" not in run("ldd", build.plugins()["unity-ext"]).stdout:
        pytest.skip("unity-ext was built without libsystemd")


@pytest.fixture
def resolver(lab, net, gw, alice):
    """alice's resolver, the server on the segment that knows every name, and
    the one behind gw that knows names in corp.lab."""
    need_resolved()
    inet = lab.host("inet", net)
    gw.ip("address replace 10.77.1.1/32 dev lo")
    with Dnsmasq(inet, inet.v4, {"#": PUBLIC}) as public, \
            Dnsmasq(gw, "10.77.1.1", {"corp.lab": "10.77.1.7",
                                      "example.org": "10.77.1.8"}) as inner, \
            Resolved(alice, inet.v4) as resolved:
        yield resolved, public, inner


@pytest.mark.parametrize("setup", [ikev1, ikev2])
def test_resolved(gw, alice, resolver, setup):
    resolved, public, inner = resolver
    config = setup(gw, alice.v4)
    gateway(gw, config[0], {"staff": STAFF})
    daemon = client(alice, config[1],
                    {"dns_method": "resolved", "dns_interface": "ipsec0"},
                    env=resolved.env)
    before = resolved.links()
    assert resolved.lookup("www.corp.lab") == [PUBLIC]
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: set DNS servers '10.77.1.1' of 'road'")
    assert resolved.lookup("vpn.corp.lab") == ["10.77.1.7"]
    assert resolved.lookup("vpn.example.org") == ["10.77.1.8"]
    assert resolved.lookup("www.public.test") == [PUBLIC]
    assert not public.asked("vpn.corp.lab")
    assert not public.asked("vpn.example.org")
    assert not inner.asked("www.public.test")
    links = resolved.links()
    assert links.pop("ipsec0")[0] == ["10.77.1.1"]
    assert links == before
    daemon.vici.terminate(ike="road")
    daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1' of 'road'")
    assert resolved.links() == before
    assert resolved.lookup("www.corp.lab") == [PUBLIC]


# kernel-libipsec takes packets by their route, where real policies take them
# by address: a query that leaves by an interface of ours is routed again
REROUTE = """
table ip reroute {
  chain output {
    type route hook output priority mangle
    oifname "unity*" meta mark set 1
  }
}
"""


def tunnel(gw, alice, name, net, domains, vip):
    """A gateway, its DNS server's address and the client's configuration."""
    config = conns.psk_ikev2(
        gw.v4, alice.v4, f"{name}@lab", name=name, child=(net, "dynamic"),
        **OPTIONS | {"initiator": {"vips": ["0.0.0.0"]}})
    server = net.replace(".0/24", ".1")
    gw.ip(f"address replace {server}/32 dev lo")
    daemon = gw.charon(libipsec=True, plugins={"unity-ext": {"rules": {
        "all": {"connections": "*", "split_dns": domains, "dns": server}}}})
    daemon.load(config[0], pools={"pool": {"addrs": vip}})
    return server, config[1]


def test_two_tunnels(lab, net, gw, alice):
    """Two gateways at once, with domains of which some overlap, and a client
    that is killed."""
    need_resolved()
    inet, other = lab.host("inet", net), lab.host("other", net)
    near = tunnel(gw, alice, "near", "10.77.1.0/24", "corp.lab, near.lab",
                  "10.98.0.1")
    far = tunnel(other, alice, "far", "10.77.2.0/24",
                 "eu.corp.lab, corp.lab.far", "10.98.0.2")
    alice.run("nft", "-f", "-", stdin=REROUTE)
    with Dnsmasq(inet, inet.v4, {"#": PUBLIC}) as public, \
            Dnsmasq(gw, near[0], {"#": "10.77.1.7"}), \
            Dnsmasq(other, far[0], {"#": "10.77.2.7"}), \
            Resolved(alice, inet.v4) as resolved:
        daemon = client(alice, near[1] | far[1], {"dns_method": "resolved"},
                        env=resolved.env)
        before = resolved.links()
        daemon.vici.initiate(child="near")
        daemon.vici.initiate(child="far")
        daemon.log.expect("unity-ext: set DNS servers", count=2)
        assert set(resolved.links()) == set(before) | {"unity1", "unity2"}
        for name, address in {
                "a.corp.lab": "10.77.1.7", "b.near.lab": "10.77.1.7",
                "c.eu.corp.lab": "10.77.2.7", "d.corp.lab.far": "10.77.2.7",
                "e.public.test": PUBLIC, "near": PUBLIC}.items():
            if "." in name:
                assert resolved.lookup(name) == [address], name
        for name in "a.corp.lab", "b.near.lab", "c.eu.corp.lab":
            assert not public.asked(name)
        # a route with a destination would be a LAN for bypass-lan, which must
        # not exclude a DNS server from the tunnel
        routes = alice.run("ip", "-4", "route", "show", "table", "all").stdout
        assert [line.split()[0] for line in routes.splitlines()
                if "unity" in line and "table local" not in line] == [
            "default", "default"]

        daemon.vici.terminate(ike="far")
        wait_until(lambda: "unity2" not in resolved.links(), 5,
                   "the link to go")
        assert resolved.lookup("f.eu.corp.lab") == ["10.77.1.7"]
        assert resolved.lookup("g.corp.lab.far") == [PUBLIC]

        daemon.kill()
        assert "unity1" in alice.run("ip", "rule").stdout
        daemon.start()
        daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1' of "
                          r"'near' \[1\], which an earlier process left")
        assert resolved.links() == before
        for what in ("link", "rule", "-6 rule"):
            assert "unity" not in alice.run("ip", *what.split()).stdout


def warnings(daemon):
    """What its status warns about."""
    return daemon.control.plugin("unity-ext").get("warnings", [])


def test_others_restart(lab, net, gw, alice):
    """systemd-resolved and D-Bus restart, or aren't there when a tunnel comes
    up; networkd removes rules that aren't its own, and somebody our link."""
    need_resolved()
    inet, other = lab.host("inet", net), lab.host("other", net)
    near = tunnel(gw, alice, "near", "10.77.1.0/24", "near.lab", "10.98.0.1")
    far = tunnel(other, alice, "far", "10.77.2.0/24", "far.lab", "10.98.0.2")
    with Dnsmasq(inet, inet.v4, {"#": PUBLIC}), \
            Resolved(alice, inet.v4) as resolved:
        daemon = client(alice, near[1] | far[1], {"dns_method": "resolved"},
                        env=resolved.env)
        daemon.vici.initiate(child="near")
        daemon.log.expect("unity-ext: set DNS servers")
        links = resolved.links()
        assert links["unity1"] == (["10.77.1.1"], ["~near.lab"])

        def is_back():
            return resolved.links() == links

        resolved.stop()
        resolved.start()
        wait_until(is_back, 5, "what was set to be back")
        daemon.log.expect("unity-ext: systemd-resolved or D-Bus was started, "
                          r"telling it of 'near' \[1\]", count=1)

        mark = daemon.log.mark()
        resolved.stop()
        resolved.stop_bus()
        daemon.vici.initiate(child="far")
        daemon.log.expect("unity-ext: can't set DNS servers '10.77.2.1' of "
                          r"'far' \[2\] with resolved: can't connect to D-Bus",
                          since=mark)
        wait_until(lambda: len(warnings(daemon)) == 1)
        assert warnings(daemon)[0].startswith(
            "DNS servers of 'far' [2] aren't set: can't connect to D-Bus")
        resolved.start_bus()
        resolved.start()
        links["unity2"] = (["10.77.2.1"], ["~far.lab"])
        wait_until(is_back, 15, lambda: f"it to be told: {resolved.links()}")
        assert not warnings(daemon)

        def rules():
            return sorted(line for family in ("-4", "-6") for line in alice.run(
                "ip", family, "rule").stdout.splitlines())

        before = rules()
        for family in "-4", "-6":
            alice.run("ip", family, *"rule delete table 221 oif unity1".split())
        wait_until(lambda: rules() == before, 5, lambda: f"rules: {rules()}")

        # networkd flushes addresses and routes of what it takes for its own
        def settings():
            return sorted(line for command in (
                "-4 -br address show dev unity1", "-4 route show table 221")
                for line in alice.run("ip", *command.split()
                                      ).stdout.splitlines())

        there = settings()
        for undo in ("link set unity1 down", "address flush dev unity1",
                     "route flush table 221"):
            # may all be back by the time that ip ends
            alice.ip(undo)
            wait_until(lambda: settings() == there, 5,
                       lambda: f"{undo}: {settings()}")
        alice.ip("link delete unity2")
        wait_until(is_back, 15, lambda: f"another link: {resolved.links()}")
        assert "unity2" in alice.run("ip", "-6", "rule").stdout
        daemon.stop()
        assert set(resolved.links()) == {"eth0"}
        assert "unity" not in alice.run("ip", "rule").stdout


def test_undone_late(lab, net, gw, alice):
    """systemd-resolved hangs while what a tunnel shares is to be undone, and
    forgets nothing."""
    need_resolved()
    inet = lab.host("inet", net)
    near = tunnel(gw, alice, "near", "10.77.1.0/24", "near.lab", "10.98.0.1")
    with Dnsmasq(inet, inet.v4, {"#": PUBLIC}), \
            Resolved(alice, inet.v4) as resolved:
        daemon = client(alice, near[1], {
            "dns_method": "resolved", "dns_interface": "ipsec0"},
            env=resolved.env)
        before = resolved.links()
        daemon.vici.initiate(child="near")
        daemon.log.expect("unity-ext: set DNS servers")
        with resolved.hung():
            daemon.vici.terminate(ike="near")
            daemon.log.expect("unity-ext: can't remove DNS servers", 10)
        daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1' of "
                          r"'near' \[1\], at last", 15)
        assert resolved.links() == before
        assert daemon.log.count("can't remove") == 1
        # nor does charon's stop wait for it
        daemon.vici.initiate(child="near")
        daemon.log.expect("unity-ext: set DNS servers", count=2)
        with resolved.hung():
            begin = time.monotonic()
            daemon.stop()
            # an answer may take 5 s else
            assert time.monotonic() - begin < slowly(4)
        daemon.log.expect("unity-ext: can't remove DNS servers", count=2)
        daemon.start()
        daemon.log.expect("unity-ext: removed .*, which an earlier process")
        assert resolved.links() == before


def test_hostile_gateway(lab, gw, alice, program):
    """What stock attr can be made to send by a gateway that means harm."""
    config = ikev1(gw, alice.v4)
    gw.ip("address replace 10.77.1.1/32 dev lo")
    daemon = gw.charon(
        libipsec=True, conf={"cisco_unity": True}, plugins={"attr": {
            "28672": "\x1b]0;x\x07$(touch x)`reboot`" + "A" * 5000,
            "28674": "corp.lab;reboot",
            "28675": "a.lab $(reboot) " + 300 * "b" + " c.lab ../../etc",
            "28676": "truncated",
            "28678": "0.0.0.0/0",
            "28682": "unasked", "28681": "unasked",
            "3": "127.0.0.1, 10.77.1.1"}})
    daemon.load(config[0], pools={"pool": {"addrs": "10.99.0.0/24"}})
    daemon = client(alice, config[1], {"dns_method": "exec",
                                       "dns_program": program})
    daemon.vici.initiate(child="road")
    environment = told(lab, "up")
    assert environment["UNITY_DOMAINS"] == "a.lab c.lab"
    assert environment["UNITY_DEFAULT_DOMAIN"] == ""
    assert environment["UNITY_DNS"] == "10.77.1.1"
    for refused in (
            "UNITY_BANNER of the gateway: it is cut after 4096 bytes",
            'UNITY_DEF_DOMAIN of the gateway: not a domain name: "corp.lab;re',
            r'UNITY_SPLITDNS_NAME of the gateway: not a domain name: "\$\(reb',
            "UNITY_SPLIT_INCLUDE of the gateway: an entry is truncated",
            "UNITY_LOCAL_LAN of the gateway: a network is larger than /8",
            "UNITY_(DDNS_HOSTNAME|BACKUP_SERVERS) of the gateway: it wasn't",
            "INTERNAL_IP4_DNS of the gateway: not the address of a server"):
        assert daemon.log.count(f"unity-ext: refused {refused}") == 1
    assert daemon.log.count("unity-ext: refused") == 7
    banner = daemon.log.expect(r"banner of gateway 'gw.lab' at [\d.]+: (.*)")
    assert banner.group(1).startswith(r"\x1b]0;x\x07$(touch")
    assert not daemon.log.count("bypass policy")


@pytest.mark.parametrize("setup,command", [
    (ikev1, {"ike": "road", "reauth": "yes"}),
    (ikev2, {"ike": "road"}), (ikev2, {"ike": "road", "reauth": "yes"})])
def test_rekey(gw, alice, resolver, setup, command):
    """Names resolve before, while and after the IKE_SA is replaced, although
    another daemon has an interface by the name that ours would have."""
    resolved, public, _ = resolver
    alice.ip("tuntap add unity1 mode tun")
    config = setup(gw, alice.v4)
    server = gateway(gw, config[0], {"staff": STAFF})
    daemon = client(alice, config[1], {"dns_method": "resolved"},
                    env=resolved.env)
    alice.run("nft", "-f", "-", stdin=REROUTE)
    before = resolved.links()
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: set DNS servers '10.77.1.1' of 'road'")
    first, = daemon.vici.expect_sas(1, up=True)
    assert "unity2" in resolved.links()
    daemon.vici.request("rekey", command)

    def renewed():
        return [sa for sa in daemon.vici.list_sas(up=True)
                if sa.uniqueid != first.uniqueid]

    wait_until(renewed, 10, "another IKE_SA")
    if setup is ikev1:
        # charon waits before it deletes the old one; don't
        daemon.vici.terminate(ike_id=first.uniqueid)
    wait_until(lambda: len(daemon.vici.list_sas()) == 1, 10,
               "the old IKE_SA to go")
    if "reauth" in command:
        daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1' of "
                          rf"'road' \[{first.uniqueid}\]")
    assert resolved.lookup("later.corp.lab") == ["10.77.1.7"]
    assert not public.asked("later.corp.lab")
    server.vici.terminate(ike="road")
    daemon.log.expect("unity-ext: removed DNS servers", count=(
        2 if "reauth" in command else 1))
    assert resolved.links() == before


def test_failures(lab, gw, alice, program):
    """A program that fails, one that hangs, which are undone as they may have
    done half of it; a daemon that is killed; one whose state_dir changes, one
    whose children's end is ignored."""
    config = ikev2(gw, alice.v4)
    server = gateway(gw, config[0], {"staff": STAFF})
    failing = lab.dir / "failing"
    failing.write_text(program.read_text() + '[ "$1" = down ] || exit 7\n')
    failing.chmod(0o755)
    state = lab.dir / "alice.state"
    settings = {"dns_method": "exec", "dns_program": failing, "dns_timeout": 1,
                "state_dir": state}
    daemon = client(alice, config[1], settings,
                    wrapper=["env", "--ignore-signal=CHLD"])
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: can't set DNS servers '10.77.1.1' of 'road'"
                      r" \[1\] with exec: exit status 7; see "
                      "unity-ext.dns_method")
    assert told(lab, "up")["UNITY_ID"] == told(lab, "down")["UNITY_ID"] == "1"
    daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1' of 'road' "
                      r"\[1\], as setting them failed")
    failing.write_text(program.read_text() + '[ $1 = down ] || sleep 60\n')
    daemon.vici.terminate(ike="road")
    # charon's pool reads freed memory if a client is back before it is gone
    server.log.expect("went offline")
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: can't set .*: killed after 1 seconds")
    assert told(lab, "up")["UNITY_ID"] == told(lab, "down")["UNITY_ID"] == "2"
    daemon.vici.terminate(ike="road")
    server.log.expect("went offline", count=2)
    failing.write_text(program.read_text())
    daemon.vici.initiate(child="road")
    assert told(lab, "up")["UNITY_ID"] == "3"
    wait_until(lambda: daemon.log.count("unity-ext: set DNS servers"))
    assert not list(lab.dir.glob("env.*"))

    other = lab.dir / "other.state"
    daemon.reload(plugins={"unity-ext": settings | {"state_dir": other}})
    wait_until(lambda: other.exists() and list(other.iterdir()) and
               not list(state.iterdir()), 5, "the record to move")
    daemon.kill()
    daemon.start()
    assert told(lab, "down")["UNITY_ID"] == "3"
    daemon.log.expect(r"'road' \[3\], which an earlier process left")
    wait_until(lambda: not list(other.iterdir()))


def test_killed_meanwhile(lab, gw, alice, program):
    """A program that runs when charon is killed ends, with all of it, and the
    next charon undoes it."""
    config = ikev2(gw, alice.v4)
    gateway(gw, config[0], {"staff": STAFF})
    text = program.read_text()
    child = lab.dir / "child"
    program.write_text(text + f"echo $$ > {child}.new\nmv {child}.new {child}\n"
                       "sleep 60 & exec sleep 60\n")
    daemon = client(alice, config[1], {"dns_method": "exec",
                                       "dns_program": program})
    daemon.vici.initiate(child="road")
    assert told(lab, "up")["UNITY_ID"] == "1"
    wait_until(child.exists)
    pgid = os.getpgid(int(child.read_text()))
    program.write_text(text)
    daemon.kill()
    daemon.start()
    assert told(lab, "down")["UNITY_ID"] == "1"
    # what is dead and nobody's child doesn't stay
    wait_until(lambda: not run("pgrep", "-g", pgid, check=False).stdout, 5,
               "the program to end")


def test_shared_state(lab, gw, alice, bob, program):
    """Two daemons have one state_dir: neither undoes what the other did while
    that runs, nor loses track of its own."""
    configs = {host: ikev2(gw, host.v4) for host in (alice, bob)}
    gateway(gw, configs[alice][0] | configs[bob][0], {"staff": STAFF})
    state = lab.dir / "state"
    settings = {"dns_method": "exec", "dns_program": program,
                "state_dir": state}
    first = client(alice, configs[alice][1], settings)
    first.vici.initiate(child="road")
    assert told(lab, "up")["UNITY_ID"] == "1"
    second = client(bob, configs[bob][1], settings)
    second.vici.initiate(child="road")
    assert told(lab, "up")["UNITY_ID"] == "1"
    second.log.expect("unity-ext: set DNS servers")
    second.log.refute("which an earlier process left", settle=0)
    assert len(list(state.iterdir())) == 2
    second.vici.terminate(ike="road")
    told(lab, "down")
    second.log.expect("unity-ext: removed DNS servers")
    wait_until(lambda: len(list(state.iterdir())) == 1)
    first.kill()
    second.restart()
    second.log.expect(r"'road' \[1\], which an earlier process left")
    told(lab, "down")
    wait_until(lambda: not list(state.iterdir()))


@pytest.fixture
def tunnels(gw, alice):
    """The names of two, and what both ends need for them."""
    names = ["one", "two"]
    configs = [conns.psk_ikev2(gw.v4, alice.v4, f"{name}@lab", name=name,
                               child=(NETS, "dynamic"), **OPTIONS)
               for name in names]
    server, config = (a | b for a, b in zip(*configs))
    gateway(gw, server, {"staff": STAFF | {"connections": "*"}})
    return names, config


def hang(program, lab, action):
    """Have a program hang when it is called with an action. Returns a function
    that waits until it does so, and returns its process."""
    file = lab.dir / "hung"
    text = program.read_text()
    program.write_text(f"{text}[ $1 = {action} ] || exit 0\n"
                       f"echo $$ > {file}.new; mv {file}.new {file}\n"
                       "exec sleep 60\n")

    def hung():
        wait_until(file.exists, 10, "the program to hang")
        pid = int(file.read_text())
        file.unlink()
        return pid

    return hung


def test_stop(lab, gw, alice, program, tunnels):
    """charon's stop doesn't wait for a program that hangs or is slow, which
    goes on, also with what comes after it; the next start waits for it and does
    all of it once more."""
    names, config = tunnels
    state = lab.dir / "alice.state"
    daemon = client(alice, config, {
        "dns_method": "exec", "dns_program": program, "dns_timeout": 40})
    for name in names:
        daemon.vici.initiate(ike=name)
    daemon.log.expect("unity-ext: set DNS servers", count=2)
    text = program.read_text()
    hung = hang(program, lab, "down")
    begin = time.monotonic()
    daemon.stop()
    # far from its time, and what charon needs by itself
    assert time.monotonic() - begin < slowly(4)
    for name in names:
        daemon.log.expect(f"unity-ext: {program} goes on without charon, .* of "
                          rf"'{name}' \[\d\]; the next start calls it again")
    assert daemon.log.count("removed DNS servers") == 0
    pid = hung()
    # as systemd does with all that is left of a service
    os.kill(pid, signal.SIGTERM)
    os.kill(os.getpgid(pid), signal.SIGTERM)
    assert {str(pid), str(os.getpgid(pid))} == set(
        run("pgrep", "-g", os.getpgid(pid)).stdout.split())
    assert len(list(state.iterdir())) == 2
    assert told(lab, "down")["UNITY_CONNECTION"] == names[0]

    program.write_text(text)
    daemon.start()
    daemon.log.expect("unity-ext: waiting for programs of an earlier process")
    assert not list(lab.dir.glob("env.down"))
    os.kill(pid, signal.SIGKILL)
    daemon.log.expect("which an earlier process left", count=2)
    assert told(lab, "down")["UNITY_CONNECTION"] in names
    wait_until(lambda: not list(state.iterdir()))


@pytest.mark.parametrize("action", ["up", "down"])
def test_stop_meanwhile(lab, gw, alice, program, tunnels, action):
    """charon stops while a program hangs: it is killed, and servers are
    removed."""
    _, config = tunnels
    hung = hang(program, lab, action)
    daemon = client(alice, config, {
        "dns_method": "exec", "dns_program": program, "dns_timeout": 40})
    daemon.vici.initiate(ike="one")
    if action == "down":
        daemon.log.expect("unity-ext: set DNS servers")
        daemon.vici.terminate(ike="one")
    pid = hung()
    told(lab, action)
    begin = time.monotonic()
    daemon.stop()
    assert time.monotonic() - begin < slowly(4)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 5,
               "the program to end")
    assert told(lab, "down")["UNITY_CONNECTION"] == "one"
    if action == "down":
        assert hung() != pid
        daemon.log.expect(f"unity-ext: {program} goes on without charon")
    else:
        daemon.log.expect("unity-ext: can't set .*: killed at the stop")


def test_files(lab, gw, alice, program):
    """Others change a file that the program had changed."""
    config = ikev2(gw, alice.v4)
    gateway(gw, config[0], {"staff": STAFF})
    conf = lab.dir / "resolv.conf"
    conf.write_text("nameserver 192.0.2.1\n")
    program.write_text(program.read_text() +
                       f'echo "$1 $UNITY_DNS" > {conf}\n')
    daemon = client(alice, config[1], {
        "dns_method": "exec", "dns_program": program,
        "dns_files": f"{conf}, {lab.dir}/absent"})
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: set DNS servers")
    conf.write_text("nameserver 192.0.2.1\n")
    daemon.log.expect(r"unity-ext: others changed what was set for 'road' "
                      r"\[1\] with exec, setting it again", 20)
    wait_until(lambda: conf.read_text() == "up 10.77.1.1\n")
    daemon.vici.terminate(ike="road")
    wait_until(lambda: conf.read_text() == "down 10.77.1.1\n")
    assert daemon.log.count("others changed") == 1


@pytest.mark.parametrize("options,reason", NO_ROOM)
def test_no_record(lab, gw, alice, program, options, reason):
    """What couldn't be undone after a crash isn't done, the tunnel works."""
    config = ikev2(gw, alice.v4)
    gateway(gw, config[0], {"staff": STAFF})
    folder = lab.dir / "folder"
    daemon = client(alice, config[1], {
        "dns_method": "exec", "dns_program": program,
        "state_dir": folder / "state"},
        wrapper=mounted(folder, options))
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: can't record DNS servers '10.77.1.1' of "
                      rf"'road' \[1\] in '{folder}/state': {reason}; see "
                      "unity-ext.state_dir")
    assert alice.ping("10.77.1.1")
    assert not list(lab.dir.glob("env.*"))


# a resolvconf that isn't installed, with a configuration and a state of ours
RESOLVCONF = """#!/bin/sh
exec unshare --mount sh -ec '
mount -t overlay overlay -o "lowerdir=$1/lib:/usr/lib" /usr/lib
mount -t overlay overlay -o "lowerdir=$2/etc:$1/etc:/etc" /etc
mkdir -p /run/resolvconf
mount --bind "$2/run" /run/resolvconf
deb=$1
shift 2
exec "$deb/sbin/resolvconf" "$@"
' sh {deb} {base} "$@"
"""


def resolvconf(lab, package):
    """Settings and options for a client with a resolvconf, and its folder."""
    need(package)
    base = lab.dir / "resolvconf"
    (base / "etc").mkdir(parents=True)
    (base / "run/interface").mkdir(parents=True)
    (base / "run/enable-updates").touch()
    (base / "etc/resolvconf.conf").write_text(
        f"resolv_conf={base}/resolv.conf\n"
        f"dnsmasq_conf={base}/dnsmasq.conf\n"
        f"dnsmasq_resolv={base}/dnsmasq.resolv\n")
    script = lab.dir / "resolvconf.sh"
    script.write_text(RESOLVCONF.format(deb=debs.unpacked(package),
                                        base=base))
    script.chmod(0o755)
    wrapper = ["sh", "-ec", 'mkdir /run/resolvconf; mount --bind "$1" '
               '/run/resolvconf; shift; exec "$@"', "sh", base / "run"]
    return ({"dns_method": "resolvconf", "dns_program": script},
            {"wrapper": wrapper}, base)


def records(base):
    """Where a resolvconf has what it was told: openresolv's has another name
    since its version 3.14."""
    return next(path for name in ("keys", "interfaces", "interface")
                if (path := base / "run" / name).is_dir())


@pytest.mark.parametrize("package", ["openresolv", "resolvconf"])
def test_resolvconf(lab, gw, alice, package):
    """openresolv limits servers to domains, Debian's resolvconf can't."""
    settings, options, base = resolvconf(lab, package)
    config = ikev1(gw, alice.v4)
    gateway(gw, config[0], {"staff": STAFF})
    daemon = client(alice, config[1], settings, **options)
    daemon.vici.initiate(child="road")
    daemon.log.expect("unity-ext: set DNS servers '10.77.1.1' of 'road'")
    record = records(base) / "unity1.unity-ext"
    if package == "openresolv":
        split = (base / "dnsmasq.conf").read_text().splitlines()
        assert "server=/corp.lab/10.77.1.1" in split
        assert "server=/example.org/10.77.1.1" in split
        assert "10.77.1.1" not in (base / "resolv.conf").read_text()
    else:
        daemon.log.expect("can't limit DNS servers to domains .-p: exit "
                          r"status \d+., using them for all names")
    assert record.read_text().splitlines() == [
        "nameserver 10.77.1.1", "search corp.lab example.org"]
    text = record.read_text()
    record.unlink()
    daemon.log.expect(r"others changed what was set for 'road' \[1\] with "
                      "resolvconf, setting it again", 20)
    wait_until(lambda: record.exists() and record.read_text() == text)
    daemon.vici.terminate(ike="road")
    daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1' of 'road'")
    assert not record.exists()
    if package == "openresolv":
        assert "10.77.1.1" not in (base / "dnsmasq.conf").read_text()


@pytest.mark.parametrize("package", ["openresolv", "resolvconf"])
def test_shared_interface(lab, net, gw, alice, package):
    """Two tunnels share an interface, and one of them reauthenticates."""
    settings, options, base = resolvconf(lab, package)
    other = lab.host("other", net)
    near = tunnel(gw, alice, "near", "10.77.1.0/24", "near.lab",
                  "10.98.1.0/24")
    far = tunnel(other, alice, "far", "10.77.2.0/24", "far.lab",
                 "10.98.2.0/24")
    daemon = client(alice, near[1] | far[1], {
        **settings, "dns_interface": "ipsec0"}, {"make_before_break": True},
        **options)
    def lines():
        return sorted(line for path in records(base).iterdir()
                      for line in path.read_text().splitlines())

    both = ["nameserver 10.77.1.1", "nameserver 10.77.2.1", "search far.lab",
            "search near.lab"]
    daemon.vici.initiate(child="near")
    daemon.vici.initiate(child="far")
    daemon.log.expect("unity-ext: set DNS servers", count=2)
    assert lines() == both
    daemon.vici.request("rekey", {"ike": "near", "reauth": "yes"})
    daemon.log.expect(r"unity-ext: removed DNS servers '10.77.1.1' of 'near' "
                      r"\[1\]", 10)
    assert daemon.log.count("unity-ext: set DNS servers") == 3
    assert lines() == both
    daemon.vici.terminate(ike="near")
    daemon.log.expect("unity-ext: removed DNS servers '10.77.1.1'", count=2)
    assert lines() == both[1:3]
    daemon.vici.terminate(ike="far")
    daemon.log.expect("unity-ext: removed DNS servers '10.77.2.1'")
    assert not lines()
