# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab itself, on the distribution's strongSwan without our plugins.

        10.1.0.0/24, fd01::/64                 10.2.0.0/24
    ----+-----------+-------------- eth0 nat eth1 ----+----
        |           |             (masquerade)        |
       gw         alice                              bob
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import (BuildError, DaemonError, Lab, Timeout, ViciError, build,
                 conns, netns, wait_until)
from lab.shell import run

pytestmark = pytest.mark.stock


def start_pair(gw, alice, pair, **options):
    """A daemon on both hosts, with the two sides of a conns pair."""
    daemons = gw.charon(**options), alice.charon(**options)
    for daemon, side in zip(daemons, pair):
        daemon.load(side)
    return daemons


def test_every_authentication(gw, alice, pki):
    gw_cert, alice_cert = pki.issue("gw.lab"), pki.issue("alice@lab")
    cases = {
        "v4": (conns.psk_ikev2(gw.v4, alice.v4, name="v4"),
               (2, "client@lab", "client@lab")),
        "v6": (conns.psk_ikev2(gw.v6, alice.v6, name="v6"),
               (2, "client@lab", "client@lab")),
        "mschapv2": (conns.eap(gw.v4, alice.v4, "dave", name="mschapv2",
                               gw_credential=gw_cert),
                     (2, "client@lab", "dave")),
        "md5": (conns.eap(gw.v4, alice.v4, "erin", method="md5", name="md5"),
                (2, "client@lab", "erin")),
        "cert": (conns.cert(gw.v4, alice.v4, gw_cert, alice_cert),
                 (2, "alice@lab", "alice@lab")),
    }
    if build.has_ikev1():
        cases |= {
            "main": (conns.psk_ikev1(gw.v4, alice.v4, name="main"),
                     (1, "client@lab", "client@lab")),
            "aggressive": (conns.psk_ikev1(gw.v4, alice.v4, name="aggressive",
                                           aggressive=True),
                           (1, "client@lab", "client@lab")),
            "xauth": (conns.xauth(gw.v4, alice.v4, "carol", name="xauth"),
                      (1, "client@lab", "carol")),
            "cert1": (conns.cert(gw.v4, alice.v4, gw_cert, alice_cert,
                                 version=1, name="cert1"),
                      (1, "alice@lab", "alice@lab")),
        }
    gateway, client = gw.charon(), alice.charon()
    for name, (pair, expected) in cases.items():
        # alone on both sides, as the gateway takes the first that fits
        for daemon, side in zip((gateway, client), pair):
            daemon.vici.request("clear-creds")
            daemon.load(side)
        client.vici.initiate(ike=name)
        sa, = gateway.vici.expect_sas(1, up=True)
        assert (sa.version, sa.remote_id, sa.user) == expected, name
        assert not sa.initiator and not sa.children
        client.vici.terminate(ike=name)
        gateway.vici.expect_sas(0)
        gateway.vici.request("unload-conn", {"name": name})


def test_failure_says_why(gw, alice):
    _, client = start_pair(gw, alice, (
        conns.psk_ikev2(gw.v4, alice.v4)[0],
        conns.psk_ikev2(gw.v4, alice.v4, psk="wrong")[1]))
    with pytest.raises(ViciError, match="AUTHENTICATION_FAILED"):
        client.vici.initiate(ike="psk")
    assert not client.vici.initiate(ike="psk", must=False)
    with pytest.raises(ViciError, match="no-such"):
        client.vici.initiate(ike="no-such")


def test_nat_router(lab, net, gw):
    inside = lab.segment("10.2.0.0/24")
    nat = lab.router("nat", net, inside, masquerade=net)
    bob = lab.host("bob", inside)
    bob.route("default", nat.on(inside).v4)
    gateway, client = start_pair(gw, bob, conns.psk_ikev2(gw.v4, bob.v4))
    with gw.capture("udp") as packets:
        client.vici.initiate(ike="psk")
        sa, = gateway.vici.expect_sas(1, up=True)
        packets.expect(rf"{nat.v4}\.\d+ > {gw.v4}\.4500")
        assert not packets.count(re.escape(bob.v4))
    assert sa.remote_host == nat.v4
    assert sa.raw["nat-remote"] == "yes"


def test_path_with_delay(lab):
    """Each way takes its time, with either family; what is held arrives once
    it is let go."""
    path = lab.path("10.3.0.0/24", "fd03::/64", delay=0.1)
    gw, alice = (lab.host(name, path) for name in ("gw", "alice"))
    v4 = conns.psk_ikev2(gw.v4, alice.v4, name="v4")
    v6 = conns.psk_ikev2(gw.v6, alice.v6, name="v6")
    _, client = start_pair(gw, alice, (v4[0] | v6[0], v4[1] | v6[1]))
    for address in (gw.v4, gw.v6):
        echo = alice.run("ping", "-n", "-c", 1, address).stdout
        assert float(re.search(r"time=([\d.]+) ms", echo)[1]) >= 200
    client.vici.initiate(ike="v6")
    with path.held():
        assert not client.vici.initiate(ike="v4", timeout=1, must=False)
    client.vici.expect_sas(2, up=True)


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_traffic_through_libipsec(gw, alice, setup):
    gw.ip("address add 10.9.0.1/32 dev lo")
    alice.ip("address add 10.9.0.2/32 dev lo")
    gateway, client = start_pair(
        gw, alice, setup(gw.v4, alice.v4, name="net",
                         child=("10.9.0.1/32", "10.9.0.2/32")), libipsec=True)
    assert not alice.ping("10.9.0.1", source="10.9.0.2", timeout=0.2)
    client.vici.initiate(child="net")
    with gw.capture("udp port 4500") as packets:
        assert alice.ping("10.9.0.1", source="10.9.0.2")
        packets.expect("UDP-encap: ESP")
    sa, = gateway.vici.expect_sas(1)
    child, = sa.children.values()
    assert child["state"] == "INSTALLED" and int(child["packets-in"]) >= 1


def test_charon_systemd(gw, alice):
    gateway, client = start_pair(gw, alice,
                                 conns.psk_ikev2(gw.v4, alice.v4),
                                 kind="charon-systemd")
    client.vici.initiate(ike="psk")
    assert "psk: #1, ESTABLISHED, IKEv2" in gateway.swanctl("--list-sas")
    assert "charon-systemd" in Path(f"/proc/{gateway.pid}/exe").readlink().name


def test_kill_and_restart(gw, alice):
    pair = conns.psk_ikev2(gw.v4, alice.v4)
    gateway, client = start_pair(gw, alice, pair)
    client.vici.initiate(ike="psk")
    gateway.kill()
    assert not gateway.alive
    assert client.vici.list_sas(up=True)
    gateway.start()
    assert not gateway.vici.list_sas()
    gateway.load(pair[0])
    with gateway.vici.events("ike-updown") as events:
        client.vici.terminate(ike="psk", force=True)
        client.vici.initiate(ike="psk")
        assert events.get(timeout=5)[1]["up"] == "yes"


def test_reload_changes_log_level(gw):
    daemon = gw.charon(plugins={"lookip": {}}, without=["eap-md5"])
    plugins = daemon.log.expect("loaded plugins: (.*)")[1].split()
    assert "lookip" in plugins and "eap-md5" not in plugins
    daemon.vici.stats()
    with pytest.raises(Timeout, match="vici client"):
        daemon.log.expect("vici client .* requests", timeout=0.1)
    daemon.reload(conf={"filelog": {"lab": {"cfg": 2}}})
    mark = daemon.log.mark()
    daemon.vici.stats()
    daemon.log.expect("vici client .* requests: stats", since=mark)
    with pytest.raises(AssertionError, match="unexpected log line"):
        daemon.log.refute("requests: stats", since=mark)


def test_built_plugin_goes_before_the_stock_one(tmp_path, monkeypatch):
    ours = tmp_path / "libstrongswan-lookip.so"
    shutil.copy(build.plugin_dir() / ours.name, ours)
    monkeypatch.setattr(build, "plugins", lambda: {"lookip": ours})
    with Lab() as lab:
        gw = lab.host("gw", lab.segment("10.1.0.0/24"))
        daemon = gw.charon(plugins=["lookip"], env={"LAB_MARK": "1"})
        assert str(ours) in Path(f"/proc/{daemon.pid}/maps").read_text()
        assert "LAB_MARK=1" in Path(f"/proc/{daemon.pid}/environ").read_text()


def test_bad_start_raises_with_log(lab, gw, monkeypatch):
    with pytest.raises(DaemonError, match="invalid config file"):
        gw.charon(conf="charon {\n")
    with pytest.raises(DaemonError, match="no-such-wrapper"):
        gw.charon("preloaded", wrapper=["/no-such-wrapper"])
    # where it isn't just another strongSwan that hasn't it
    monkeypatch.setattr(build, "PREFIX", None)
    with pytest.raises(BuildError, match="no-such-plugin"):
        gw.charon("other", plugins=["no-such-plugin"])
    assert not any(daemon.alive for daemon in lab.daemons.values())


def test_crash_fails_the_lab():
    with pytest.raises(DaemonError, match="killed by SIGABRT"):
        with Lab() as lab:
            gw = lab.host("gw", lab.segment("10.1.0.0/24")).charon()
            os.kill(gw.pid, signal.SIGABRT)
    assert not netns.names(lab.name)


def test_leak_is_found_and_named(lab, gw, tmp_path):
    # the sanitizer has no names to look for, as in scripts/check
    source, library = tmp_path / "leak.c", tmp_path / "leak.so"
    source.write_text("#include <stdlib.h>\nvoid *volatile kept;\n"
                      "static void lose_it(void)\n{\n\tkept = malloc(77);\n}\n"
                      "__attribute__((constructor)) static void start(void)\n"
                      "{\n\tfor (int i = 0; i < 9; i++)\n\t{\n"
                      "\t\tlose_it();\n\t}\n}\n")
    run("cc", "-g", "-O0", "-fPIC", "-shared", "-o", library, source)
    asan = run("cc", "-print-file-name=libasan.so").stdout.strip()
    known = build.REPOSITORY / "tests/lsan.supp"
    daemon = gw.charon(env={
        "LD_PRELOAD": f"{asan}:{library}",
        "ASAN_OPTIONS": "check_printf=0:symbolize=0",
        "LSAN_OPTIONS": f"suppressions={known}:print_suppressions=0"})
    with pytest.raises(DaemonError, match=r"so\+\S+\) lose_it at leak.c:5"):
        daemon.stop()


def test_200_clients_in_one_daemon(gw, alice):
    gateway = gw.charon(conf=conns.MANY_PEERS)
    client = alice.charon(conf=conns.MANY_CLIENTS)
    sides = (conns.Config(), conns.Config())
    for number, address in enumerate(alice.add_addresses(200)):
        pair = conns.psk_ikev2(gw.v4, address.v4, f"user{number}@lab",
                               name=f"c{number}", gw_name="all")
        sides = tuple(a | b for a, b in zip(sides, pair))
    gateway.load(sides[0])
    client.load(sides[1])
    outcome = client.vici.initiate_many(sides[1].connections)
    assert all(outcome.values())
    sas = gateway.vici.expect_sas(200, up=True)
    assert len({(sa.remote_host, sa.user) for sa in sas}) == 200


_CHILD = """
import signal, sys, time
sys.path.insert(0, {folder!r})
# a shell's background jobs ignore it, and so would we
signal.signal(signal.SIGINT, signal.default_int_handler)
from lab import Lab
with Lab() as lab:
    gw = lab.host("gw", lab.segment("10.1.0.0/24")).charon()
    print(lab.name, gw.pid, flush=True)
    while True:
        time.sleep(0.1)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGKILL])
def test_nothing_is_left_behind(number):
    script = _CHILD.format(folder=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", script], text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as proc:
        name, pid = proc.stdout.readline().split()
        assert len(netns.names(name)) == 2 and netns.work_dir(name).is_dir()
        proc.send_signal(number)
        proc.wait(20)
    if number == signal.SIGKILL:
        netns.reap()
    assert not netns.names(name)
    assert not netns.work_dir(name).exists()
    wait_until(lambda: not Path("/proc", pid).exists(), 2, "charon to end")
