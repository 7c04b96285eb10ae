# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios of charon-advanced(7), from the text of the page.

        192.0.2.0/24                    10.1.0.0/16
    ----+---------+---- ... ---- gateway ----------
     clients    sites
"""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from lab import build, pcsc, wait_until
from lab.dns import Dnsmasq, Resolved
from lab.manual import (
    LOCAL, PAGE, Section, branch_office, check, headings, pattern)
from lab.shell import run

OUTSIDE, INSIDE = "192.0.2.0/24", "10.1.0.0/16"
PUBLIC = "198.51.100.1"
# what a scenario has in files, and where it is here
PIN, MODULE = ("/etc/swanctl/alice.pin",
               "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
CARDS = pcsc.opensc() or MODULE
HELPER = build.BUILD / "plugins/pcsc-token/pcsc-token-helper"


@pytest.fixture
def outside(lab):
    return lab.segment(OUTSIDE)


@pytest.fixture
def gateway(lab, outside):
    """The first address on both sides is its."""
    return lab.host("gateway", outside, lab.segment(INSIDE))


@pytest.fixture
def files(pki):
    """{path below /etc/swanctl: text} for a machine whose certificate has a
    name, or without one."""
    def files(name=None, identity=None):
        found = {"x509ca/ca.crt": pki.root}
        if name:
            credential = pki.issue(identity)
            found |= {f"x509/{name}.crt": credential.cert,
                      f"private/{name}.key": credential.key}
        return found

    return files


def test_certificates(tmp_path):
    """Those that the page makes are what its scenarios take."""
    text, = re.findall(r"^\.EX\n\n(pki .*?)\n\n\.EE$", PAGE.read_text(),
                       re.M | re.S)
    text = text.replace("\\-", "-").replace("\\e", "\\")
    run("sh", "-ec", f"cd {tmp_path}\n{text}\n"
        "pki --verify --in gateway.crt --cacert ca.crt")
    printed = run("pki", "--print", "--in", tmp_path / "gateway.crt").stdout
    assert "gw.example.org" in printed


@pytest.mark.parametrize("heading", headings("SCENARIOS"))
def test_nothing_is_wrong(heading, tmp_path):
    """That swanadv check would find."""
    page = Section(heading)
    pin = tmp_path / "alice.pin"
    pin.write_text("123456\n")
    pin.chmod(0o600)
    for machine in {machine for machine, path in page.files}:
        local = page.text(machine, True, {PIN: pin, MODULE: CARDS})
        if "cisco_unity" in local:
            build.need_ikev1()
        printed = check(tmp_path, local, page.text(machine, False))
        assert re.fullmatch(".*/strongswan.conf: valid .*\n", printed), (
            f"{machine}:\n{printed}")


def client(section, host, files, **options):
    """A client that is connected."""
    daemon = section.charon("Client", host, files, libipsec=True, **options)
    daemon.vici.initiate(child="net")
    return daemon


def test_road_warriors(lab, outside, gateway, files):
    page = Section("Road warriors with one session each")
    server = page.charon("Gateway", gateway, libipsec=True,
                         files=files("gateway", "gw.example.org"))
    root = {"alice@example.org": "root@admin.example.org",
            "correct horse": "battery staple"}
    hosts = [lab.host(f"client{n}", outside) for n in range(4)]
    clients = [client(page, host, files(), replace=replace)
               for host, replace in zip(hosts, ({}, root, root))]
    assert all(host.ping("10.1.0.1") for host in hosts[:3])
    page.expect("swanadv session", server)
    clients.append(client(page, hosts[3], files()))
    server.vici.expect_sas(3)
    clients[0].vici.expect_sas(0)
    assert hosts[3].ping("10.1.0.1")
    for command in page.commands:
        if command.startswith("journalctl"):
            page.expect(command, server)


def test_branch_office(lab, outside):
    """Traps without ESP: either end's packet makes an IKE_SA, through the
    NAT. In tests/kernel the packets arrive."""
    page = Section("Branch office behind NAT, both ends may initiate")
    ends = branch_office(lab, outside)
    daemons = [page.charon("Headquarters", ends.hq),
               page.charon("Branch", ends.branch)]
    if daemons[0].vici.major() >= 6:
        pytest.skip("this charon keeps no IKE_SA without its CHILD_SA here")
    # what is excluded was used then
    assert ends.pc.ping("10.2.0.1") and ends.pc.ping("ff02::1%eth0")
    for command in page.commands:
        page.expect(command, daemons[1])
    for first, (sender, target, source) in enumerate(ends.pings):
        sender.ping(target, source, 0.1)
        for end, daemon in enumerate(daemons):
            sa, = daemon.vici.expect_sas(1, up=True)
            assert (sa.raw.get("initiator") == "yes") is (end != first)
            assert sa.raw.get("nat-any") == "yes"
        daemons[0].vici.terminate(ike="branch-ulm")
        daemons[1].vici.expect_sas(0)


@pytest.fixture
def resolvers(lab, outside, gateway):
    """A client's resolver, with a server that knows every name; the gateway's
    knows the company's."""
    host = lab.host("client", outside)
    inet = lab.host("inet", outside)
    with Dnsmasq(inet, inet.v4, {"#": PUBLIC}) as public, \
            Dnsmasq(gateway, "10.1.0.1", {"corp.example.org": "10.1.0.7"}), \
            Resolved(host, inet.v4) as resolved:
        yield host, resolved, public


def test_split_dns(gateway, resolvers, files):
    host, resolved, public = resolvers
    page = Section("Mobile clients with split DNS")
    page.charon("Gateway", gateway, libipsec=True,
                files=files("gateway", "gw.example.org"))
    # as there is no ESP
    daemon = client(page, host, files("alice", "alice@example.org"),
                    env=resolved.env,
                    plugins={"unity-ext": {"dns_interface": "ipsec0"}})
    for command in page.commands:
        page.expect(command, daemon)
    assert resolved.lookup("www.corp.example.org") == ["10.1.0.7"]
    assert resolved.lookup("www.example.org") == [PUBLIC]
    assert not public.asked("www.corp.example.org")


def test_three_uplinks(lab):
    page = Section("Router with three uplinks, bound strictly")
    uplinks = [lab.segment(f"{prefix}.0/24")
               for prefix in ("192.0.2", "198.51.100", "203.0.113")]
    router = lab.host("router", *uplinks, lab.segment(INSIDE))
    for number, uplink in enumerate(uplinks):
        router.ip(f"route add default via {uplink.v4[254]} dev eth{number} "
                  f"metric {number + 1}")
    daemon = page.charon("Router", router, libipsec=True)
    page.expect("swanadv binding", daemon)
    listening = router.run("ss", "-Hlun").stdout
    assert "10.1.0.1:" not in listening and "0.0.0.0:500" not in listening
    for number, uplink in enumerate(uplinks):
        site = lab.host(f"site{number}", uplink)
        site.ip("address add 10.2.0.1/16 dev lo")
        peer = page.charon("Site", site, libipsec=True, replace={
            "192.0.2.1": uplink.v4[1], "a.sites": f"{number}.sites"})
        peer.vici.expect_sas(1, up=True)
        sa, = daemon.vici.expect_sas(1, up=True)
        assert sa.raw["local-host"] == str(uplink.v4[1])
        wait_until(lambda: site.ping("10.1.0.1", "10.2.0.1"), 5,
                   "the tunnel to carry packets")
        peer.stop()
        daemon.vici.expect_sas(0)


@pytest.mark.skipif(bool(pcsc.missing()), reason=str(pcsc.missing()))
def test_smart_card(lab, outside, gateway, files, pki):
    page = Section("Smart card client")
    server = page.charon("Gateway", gateway, libipsec=True,
                         plugins={"revocation": {}},
                         files=files("gateway", "gw.example.org"))
    host = lab.host("client", outside)
    pin = lab.dir / "alice.pin"
    pin.write_text("123456\n")
    pin.chmod(0o600)
    card = pcsc.PivCard(host, "alice", pki.issue("alice@example.org"))
    with pcsc.Pcscd(host) as pcscd:
        daemon = page.charon(
            "Client", host, files(), libipsec=True, env=pcscd.env,
            plugins={"pcsc-token": {"helper": HELPER}},
            replace={PIN: pin, MODULE: CARDS})
        card.insert()
        page.expect("swanadv token", daemon)
        server.vici.expect_sas(1, up=True)
        wait_until(lambda: host.ping("10.1.0.1"), 5,
                   "the tunnel to carry packets")
        card.remove()
        server.vici.expect_sas(0)


# --- trouble -----------------------------------------------------------------

def test_no_effect_and_not_let_in(lab, outside, gateway, files, tmp_path):
    """A second client isn't let in, and a setting has a typing error."""
    road = Section("Road warriors with one session each")
    keep, wrong = ({"mode = replace": f"mode = {mode}"}
                   for mode in ("keep", "kepp"))
    server = road.charon("Gateway", gateway, libipsec=True, replace=keep,
                         files=files("gateway", "gw.example.org"))
    clients = [road.charon("Client", lab.host(f"client{n}", outside), files(),
                           libipsec=True) for n in range(2)]
    clients[0].vici.initiate(child="net")
    assert not clients[1].vici.initiate(child="net", must=False, timeout=5)
    page = Section("A user isn't let in, or is thrown out")
    for command in page.commands:
        page.expect(command, server)

    page = Section("A setting has no effect")
    local = road.text("Gateway", True, wrong)
    server.reload(conf=local)
    page.expect("swanadv status", server)
    assert check(tmp_path, local).splitlines() == \
        page.commands["swanadv check"]


HOLDER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.1", 500))
print("ready", flush=True)
s.recv(1)
"""


def test_no_answer(lab):
    """Another program has the port."""
    router = lab.host("router", *(lab.segment(f"{prefix}.0/24") for prefix in (
        "192.0.2", "198.51.100", "203.0.113")))
    holder = router.popen("python3", "-c", HOLDER, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"ready\n"
    daemon = Section("Router with three uplinks, bound strictly").charon(
        "Router", router)
    page = Section("Peers get no answer")
    for command in page.commands:
        page.expect(command, daemon)
    holder.kill()
    holder.communicate()


def test_refused_and_unresolved(lab, outside, gateway, files):
    """A client without D-Bus, whose certificate is let in by one gateway, and
    not by another one, as there is no CRL."""
    mobile = Section("Mobile clients with split DNS")
    own = files("gateway", "gw.example.org")
    server = mobile.charon("Gateway", gateway, own, libipsec=True)
    daemon = client(mobile, lab.host("client", outside),
                    files("alice", "alice@example.org"),
                    plugins={"unity-ext": {"dns_interface": "ipsec0"}},
                    env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={lab.dir}/no"})
    if "libsystemd" in run("ldd", build.plugins()["unity-ext"]).stdout:
        page = Section("The company's names aren't known")
        for command in page.commands:
            page.expect(command, daemon)
    server.stop()

    strict = Section("Smart card client").charon(
        "Gateway", gateway, own, name="strict", libipsec=True,
        plugins={"revocation": {}}, replace={"ifuri": "strict"})
    assert not daemon.vici.initiate(child="net", must=False, timeout=5)
    page = Section("A certificate is refused")
    for command in page.commands:
        page.expect(command, strict)


@pytest.mark.skipif(bool(pcsc.missing()), reason=str(pcsc.missing()))
def test_card_is_not_used(lab, outside, files, pki):
    """Another program has one, another one isn't in the right reader, and in
    the end there is no pcscd."""
    page = Section("A card isn't used")
    host = lab.host("client", outside)
    pin = lab.dir / "alice.pin"
    pin.write_text("123456\n")
    pin.chmod(0o600)
    cards = [pcsc.PivCard(host, name, pki.issue(f"{name}@example.org"))
             for name in ("alice", "bob")]
    with pcsc.Pcscd(host) as pcscd:
        cards[0].insert(0)
        # whichever is there first
        pcscd.expect_card()
        holder = pcsc.hold(pcscd, "Virtual PCD 00 00")
        cards[1].insert(1)
        daemon = Section("Smart card client").charon(
            "Client", host, files(), env=pcscd.env,
            plugins={"pcsc-token": {"helper": HELPER}},
            replace={PIN: pin, MODULE: CARDS, "handle = 01":
                     'handle = 01\nreaders = "Virtual PCD 00 00"'})
        commands = list(page.commands)
        for command in commands[:2]:
            page.expect(command, daemon)
        holder.communicate()
        pcscd.stop()
        page.expect(commands[2], daemon,
                    {"/run/pcscd/pcscd.comm": pcscd.socket})


def test_dropped_and_watched(lab, gateway, files):
    daemon = Section("Road warriors with one session each").charon(
        "Gateway", gateway, files("gateway", "gw.example.org"), plugins={
            "peer-log": {"load": True},
            "filtermode": {
                "load": True, "mode": "ipsec", "default": "drop",
                "rules": {"web": {"protocol": "tcp", "dst_port": 443,
                                  "direction": "in", "action": "accept"}}}})
    for heading in ("A tunnel is up, and nothing passes",
                    "One peer is to be looked at closely"):
        page = Section(heading)
        for command in page.commands:
            page.expect(command, daemon, {"/var/log": lab.dir})
    assert not daemon.control.stream("list-logs", "list-log")


def test_readme(lab, gateway, outside, files):
    """Its first lines of configuration do what it says below them."""
    text = (build.REPOSITORY / "README.md").read_text()
    local, line = re.findall(r"(?:^    .*\n)+", text, re.M)[:2]
    road = Section("Road warriors with one session each")
    road.files["Gateway", LOCAL] = textwrap.dedent(local)
    server = road.charon("Gateway", gateway, libipsec=True,
                         files=files("gateway", "gw.example.org"))
    clients = [road.charon("Client", lab.host(f"client{n}", outside), files(),
                           libipsec=True) for n in range(3)]
    assert [client.vici.initiate(child="net", must=False, timeout=5)
            for client in clients] == [True, True, False]
    server.log.expect(pattern(re.sub(r"\d+(\.\d+){3}", "...", line.strip())))


def test_each_is_tested():
    """What the page has runs above."""
    text = Path(__file__).read_text()
    for heading in [*headings("SCENARIOS"), *headings("TROUBLESHOOTING")]:
        if Section(heading).commands:
            assert f'"{heading}"' in text
