# SPDX-License-Identifier: GPL-2.0-or-later
"""peer-log in a real gateway.

        10.1.0.0/24, fd01::/64
    ----+-----------+---------+----
        |           |         |
       gw         alice      bob

Rules are about alice, bob connects as well and must not show up.
"""

import re
import stat

import pytest

from ikev1_peer import Ikev1Peer
from lab import ViciError, conns, wait_until
from lab.logs import own_dev, receiver
from lab.vici import Vici

ALICE = "alice@lab"
BOB = "bob@lab"

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} \d\d"
                  r"\[([A-Z]{3})(\d)\] <(?:([^|>]+)\|)?(\d+)> (.*)")


def gateway(host, rules, *configs, extra=(), **options):
    plugins = {"peer-log": {"rules": rules}, **{name: {} for name in extra}}
    daemon = host.charon(plugins=plugins, **options)
    daemon.load(*configs)
    return daemon


def again(client, server):
    """Disconnect and connect anew."""
    client.vici.terminate(ike="psk")
    client.vici.initiate(ike="psk")
    server.vici.expect_sas(1, up=True, remote_id=ALICE)


def login(host, pair, up=True):
    """Connect with a daemon of its own."""
    daemon = host.charon()
    daemon.load(pair[1])
    assert daemon.vici.initiate(ike=next(iter(pair[1].connections)),
                                must=False) == up
    return daemon


@pytest.fixture
def file(lab):
    """Where rules write to."""
    return lab.dir / "peer.log"


def lines(file):
    """Lines of a file as (subsystem, level, connection, IKE_SA, message)."""
    found = [LINE.fullmatch(line) for line in file.read_text().splitlines()]
    assert all(found)
    return [(m[1], int(m[2]), m[3], int(m[4]), m[5]) for m in found]


def expect(file, text, timeout=5):
    wait_until(lambda: file.exists() and text in file.read_text(), timeout,
               lambda: f"{text} in {file}: "
               f"{file.read_text() if file.exists() else None}")


def ikev2(gw, host, identity, **more):
    return conns.psk_ikev2(gw.v4, host.v4, identity, **more)


def eap(gw, host, identity, **more):
    return conns.eap(gw.v4, host.v4, identity, identity="phone@lab", **more)


def ikev1(gw, host, identity, **more):
    return conns.psk_ikev1(gw.v4, host.v4, identity, **more)


def xauth(gw, host, identity, **more):
    return conns.xauth(gw.v4, host.v4, identity, identity="phone@lab", **more)


@pytest.mark.parametrize("setup", [eap, xauth])
def test_flushed(gw, alice, file, setup):
    """A rule by identity goes on when charon has forgotten the identity, also
    when files are rotated, and with an IKE_SA that takes the place of
    another."""
    pair = setup(gw, alice, ALICE, name="for-alice")
    server = gateway(gw, {"a": {"ids": ALICE, "file": file}}, pair[0],
                     conf={"flush_auth_cfg": True})
    client = login(alice, pair)
    expect(file, "established between")
    last = 1
    file.rename(file.with_suffix(".1"))
    server.reload()
    if setup is eap:
        client.vici.request("rekey", {"ike": "for-alice"})
        last = wait_until(lambda: next(
            (sa.uniqueid for sa in server.vici.list_sas(up=True)
             if sa.uniqueid > 1), None))
        server.vici.expect_sas(1)
    client.vici.terminate(ike="for-alice")
    server.vici.expect_sas(0)
    expect(file, "received DELETE for IKE_SA")
    assert [line for line in lines(file)
            if line[3] == last and "received DELETE" in line[4]]


def test_reload_during_login(gw, alice, file):
    """The lines of the first packets are there nevertheless, but for those
    above the level."""
    rule = {"ids": ALICE, "file": file, "level": 3}
    server = gateway(gw, {"a": rule}, ikev1(gw, alice, ALICE)[0])
    with Ikev1Peer(alice, gw.v4, ALICE, conns.SECRET) as peer:
        begin = peer.begin

        def begin_and_reload():
            sa = begin()
            server.reload(plugins={"peer-log": {"rules": {
                "a": rule | {"level": 2}}}})
            return sa

        peer.begin = begin_and_reload
        peer.main_mode()
    expect(file, "established between")
    found = lines(file)
    assert [line for line in found if "ID_PROT request 0 [ SA" in line[4]]
    assert max(line[1] for line in found) == 2


def test_other_connection(gw, alice, lab):
    """charon tries one connection after the other for alice: a rule about
    the right one has all of her lines."""
    rules = {name: {"connections": name, "file": lab.dir / f"{name}.log"}
             for name in ("first", "second", "third")}
    wrong = ikev2(gw, alice, ALICE, name="first",
                  gateway={"remote": {"auth": "pubkey"}})
    pair = ikev2(gw, alice, ALICE, name="second")
    other = ikev2(gw, alice, ALICE, name="third",
                  gateway={"remote_addrs": ["10.9.9.9"]})
    server = gateway(gw, rules, wrong[0], pair[0], other[0])
    login(alice, pair)
    server.log.expect("switching to peer config 'second'")
    expect(rules["second"]["file"], "established between")
    found = lines(rules["second"]["file"])
    assert found[0][4].startswith(f"received packet: from {alice.v4}")
    assert not rules["third"]["file"].read_text()


@pytest.mark.parametrize("setup", [ikev2, eap, ikev1, xauth])
def test_criteria(gw, alice, bob, lab, setup):
    """Each has all of alice's lines from the first packet on, and none of
    bob's, though alice's identity or connection isn't known at first."""
    rules = {"address": {"addresses": f"{alice.v4}, fd01::/64"},
             "id": {"ids": ALICE.upper()},
             "connection": {"connections": "for-al*"},
             "all": {"ids": "*@lab", "addresses": alice.v4,
                     "connections": "*"}}
    for name, rule in rules.items():
        rule["file"] = lab.dir / f"{name}.log"
    first = setup(gw, alice, ALICE, name="for-alice",
                  gateway={"remote_addrs": [alice.v4]})
    second = setup(gw, bob, BOB, name="for-bob",
                   gateway={"remote_addrs": [bob.v4]})
    server = gateway(gw, rules, first[0], second[0])
    login(bob, second)
    login(alice, first)
    sa = server.vici.list_sas(remote_host=alice.v4)[0]
    for rule in rules.values():
        expect(rule["file"], " established between ")
        found = lines(rule["file"])
        assert found[0][4].startswith("received packet: from " + alice.v4)
        assert {line[3] for line in found} == {sa.uniqueid}
        assert max(line[1] for line in found) == 2
        assert stat.S_IMODE(rule["file"].stat().st_mode) == 0o600
    # what the others write is as it was
    assert not server.log.count("verifying message structure")


def test_levels(gw, alice, file):
    """A level for each subsystem, and never what is above it."""
    pair = ikev2(gw, alice, ALICE)
    server = gateway(gw, {"a": {"ids": ALICE, "level": 0, "ike": 3, "net": 1,
                                "file": file}}, pair[0])
    login(alice, pair)
    expect(file, "established between")
    top = {}
    for group, level, *_ in lines(file):
        top[group] = max(level, top.get(group, 0))
    assert top["NET"] == 1
    assert top["IKE"] == 3
    assert not top.keys() - {"NET", "IKE"}
    assert not server.log.count("shared secrets")


def test_key_material(gw, alice, file):
    pair = ikev2(gw, alice, ALICE)
    server = gateway(gw, {"a": {"ids": ALICE, "ike": 4, "file": file}},
                     pair[0])
    server.log.expect("peer-log: rule 'a' writes private keys and shared "
                      rf"secrets \(level 4\) to {file}")
    login(alice, pair)
    expect(file, "[IKE4]")


def test_failed_login(gw, alice, bob, file):
    """Why alice doesn't get in."""
    pair = ikev2(gw, alice, ALICE)
    wrong = ikev2(gw, alice, ALICE, psk="wrong")
    gateway(gw, {"a": {"ids": ALICE, "file": file}}, pair[0])
    login(alice, wrong, up=False)
    expect(file, "MAC mismatched")
    assert lines(file)[0][4].startswith("received packet: from ")


def test_rotation(gw, alice, file):
    pair = ikev2(gw, alice, ALICE)
    server = gateway(gw, {"a": {"ids": ALICE, "file": file}}, pair[0])
    client = login(alice, pair)
    expect(file, "established between")
    old = file.rename(file.with_suffix(".1"))
    server.reload()
    size = old.stat().st_size
    assert "established between" not in file.read_text()
    client.vici.terminate(ike="psk")
    expect(file, "deleting IKE_SA")
    assert old.stat().st_size == size


def test_expire(gw, alice, file):
    pair = ikev2(gw, alice, ALICE)
    server = gateway(gw, {"a": {"ids": ALICE, "file": file, "expire": "2s"}},
                     pair[0])
    client = login(alice, pair)
    expect(file, "established between")
    server.log.expect(r"peer-log: rule 'a' ended after 2s, \d\d+ lines")
    size = file.stat().st_size
    client.vici.terminate(ike="psk")
    server.vici.expect_sas(0)
    assert file.stat().st_size == size


def test_full_disk(gw, alice):
    """IKE goes on, and a line says what is missing."""
    pair = ikev2(gw, alice, ALICE)
    server = gateway(gw, {"a": {"ids": ALICE, "file": "/dev/full"}}, pair[0])
    login(alice, pair)
    server.log.expect(r"peer-log: rule 'a' lost \d\d+ lines: /dev/full: No "
                      "space left on device", timeout=15)
    assert server.vici.list_sas(up=True)


def test_targets_that_cannot_be_opened(gw, alice, lab, file):
    """The others work."""
    link = lab.dir / "link.log"
    link.symlink_to(file)
    pair = ikev2(gw, alice, ALICE)
    server = gateway(gw, {
        "link": {"ids": ALICE, "file": link},
        "folder": {"ids": ALICE, "file": "/nowhere/peer.log"},
        "journal": {"ids": ALICE, "journal": True},
        "good": {"ids": ALICE, "file": file}}, pair[0])
    server.log.expect(f"peer-log: rules.link.file: can't open {link}: Too "
                      "many levels of symbolic links; the rule is not active")
    server.log.expect("peer-log: rules.folder.file: can't open "
                      "/nowhere/peer.log: No such file or directory; the rule")
    server.log.expect("peer-log: rules.journal.journal: can't open the "
                      "journal's socket: No such file or directory; the rule")
    login(alice, pair)
    expect(file, "established between")


def established(found):
    """The datagram that says so."""
    return wait_until(lambda: next(
        (data for data in found if b"established between" in data), None))


def test_journal(gw, alice, bob):
    pair, other = ikev2(gw, alice, ALICE), ikev2(gw, bob, BOB)
    server = gateway(gw, {}, pair[0])
    # the daemon has a /run of its own
    folder = f"/proc/{server.pid}/root/run/systemd/journal"
    gw.run("mkdir", "-p", folder)
    with receiver(f"{folder}/socket") as found:
        server.reload(plugins={"peer-log": {"rules": {
            "vip": {"ids": ALICE, "journal": True, "level": 1}}}})
        login(bob, other)
        login(alice, pair)
        up = established(found)
    for field in (b"PEER_LOG_RULE\n\3\0\0\0\0\0\0\0vip\n", b"IKE_SA_NAME\n",
                  b"IKE_SA_UNIQUE_ID\n\1\0\0\0\0\0\0\0" + b"2\n",
                  b"GROUP\n\3\0\0\0\0\0\0\0IKE\n"):
        assert field in up
    assert b"received packet: from " + alice.v4.encode() in found[0]


def test_syslog(gw, alice, lab):
    pair = ikev2(gw, alice, ALICE)
    dev = lab.dir / "dev"
    gateway(gw, {"vip": {"ids": ALICE, "syslog": "local3"}}, pair[0],
            wrapper=own_dev(dev))
    with receiver(dev / "log") as found:
        login(alice, pair)
        up = established(found)
    # local3 is 19, info is 6
    assert all(line.startswith(b"<158>") for line in found)
    assert re.search(rb" vip 2\d{3}-.* \d\d\[IKE0\] <psk\|1> ", up)


def test_reload(gw, alice, bob, lab, file):
    """Rules come and go, and stay if the new ones are invalid."""
    pair, other = ikev2(gw, alice, ALICE), ikev2(gw, bob, BOB)
    server = gateway(gw, {}, pair[0])
    rule = {"ids": ALICE, "file": file}
    server.reload(plugins={"peer-log": {"rules": {"a": rule}}})
    client = login(alice, pair)
    expect(file, "established between")
    server.reload(plugins={"peer-log": {"rules": {"b": {
        **rule, "ids": BOB, "level": 5}}}})
    server.log.expect('peer-log: rules.b.level = "5": expected 0-4; keeping '
                      "the previous settings")
    login(bob, other)
    assert bob.v4 not in file.read_text()
    size = file.stat().st_size
    server.reload(plugins={"peer-log": {}})
    again(client, server)
    assert file.stat().st_size == size


def test_invalid_reload(gw, lab, file):
    """Rules stay as they were: ended, removed, or with the time they have
    left. Files are opened again nevertheless."""
    def rule(**more):
        return {"ids": ALICE, "file": file, **more}

    rules = {"ended": rule(expire="1s"), "removed": rule(level=4),
             "stays": rule(expire="9s")}
    server = gateway(gw, rules, extra=["control"])

    def active():
        return {rule["name"]: int(rule.get("expires-in", 0))
                for rule in server.control.stream("list-logs", "list-log")}

    server.control.request("delete-log", {"name": "removed"})
    server.log.expect("peer-log: rule 'ended' ended after 1s")
    wait_until(lambda: active()["stays"] <= 7)
    file.rename(lab.dir / "old.log")
    plugins = {"peer-log": {"rules": {**rules, "bad": rule(level=5)}},
               "control": {}}
    server.reload(plugins=plugins)
    server.log.expect("peer-log: rules.bad.level")
    left = active()
    assert left.keys() == {"stays"} and left["stays"] <= 7
    assert file.exists()
    # a valid one has them all begin anew
    del plugins["peer-log"]["rules"]["bad"]
    server.reload(plugins=plugins)
    assert active().keys() == rules.keys()


def half_open(gw, host, number):
    """Begin main mode on one IKE_SA, and send junk on it."""
    with Ikev1Peer(host, gw.v4, ALICE, conns.SECRET) as peer:
        peer.begin()
        for _ in range(number):
            peer.noise()


def test_flood(gw, alice, bob, lab):
    """Peers that don't say who they are take no more than the buffer, for all
    rules together; who does has all his lines."""
    buffer = 1024 * 1024
    rules = {name: {"ids": ALICE, "level": 3, "file": lab.dir / f"{name}.log"}
             for name in "abcd"}
    pair = ikev2(gw, alice, ALICE)
    server = gw.charon(plugins={
        "peer-log": {"buffer_size": buffer, "rules": rules}, "control": {}},
        conf={"dos_protection": False})
    server.load(pair[0], ikev1(gw, bob, BOB)[0])

    def stats():
        found = server.control.plugin("peer-log")
        return int(found["buffered"]), int(found["dropped-ike-sas"])

    for _ in range(60):
        half_open(gw, bob, 50)
        assert stats()[0] <= buffer
    wait_until(lambda: stats()[1] > 5)
    assert stats()[0] > buffer / 4
    login(alice, pair)
    for rule in rules.values():
        expect(rule["file"], "established between")
        assert lines(rule["file"])[0][4].startswith(
            f"received packet: from {alice.v4}")
    server.log.expect(
        r"peer-log: dropped lines of \d+ IKE_SAs that rules may have applied "
        f"to, as there is room for {buffer} bytes until their peers are known; "
        "see peer-log.buffer_size, and use rules with addresses", timeout=15)


def test_commands(gw, alice, lab, file):
    """add-log, list-logs and delete-log, through control."""
    pair = ikev2(gw, alice, ALICE)
    path = lab.dir / "control"
    plugins = {"peer-log": {"rules": {"conf": {
        "ids": BOB, "file": lab.dir / "conf.log"}}},
        "control": {"socket": f"unix://{path}"}}
    server = gw.charon(plugins=plugins)
    server.load(pair[0])
    control = Vici(path)
    control.request("add-log", {"name": "vip", "ids": [ALICE, "x@lab"],
                                "file": str(file), "ike": 3, "expire": "1h"})
    client = login(alice, pair)
    expect(file, "[IKE3]")
    # a reload keeps what was added, and opens its file again
    file.rename(lab.dir / "old.log")
    server.reload()
    again(client, server)
    expect(file, "deleting IKE_SA")
    rules = {r["name"]: r for r in control.stream("list-logs", "list-log")}
    assert rules.keys() == {"conf", "vip"}
    vip = rules["vip"]
    assert 3500 < int(vip.pop("expires-in")) <= 3600
    assert int(vip.pop("lines")) > 20
    assert vip == {"name": "vip", "origin": "runtime", "level": "2",
                   "levels": {"ike": "3"}, "ids": [ALICE, "x@lab"],
                   "file": str(file)}
    assert rules["conf"]["origin"] == "config"
    control.request("delete-log", {"name": "vip"})
    size = file.stat().st_size
    again(client, server)
    assert file.stat().st_size == size
    for command, arguments, error in (
            ("add-log", {"ids": ALICE, "file": "/x"}, "name: missing"),
            ("add-log", {"name": "v\n", "ids": ALICE, "file": "/x"},
             "expected printable characters"),
            ("add-log", {"name": "v", "file": "/x"}, "ids: missing"),
            ("add-log", {"name": "v", "ids": "a", "file": "x"},
             'file = "x": expected an absolute path'),
            ("add-log", {"name": "v", "ids": "a", "file": "/nowhere/x"},
             "can't be opened: No such file"),
            ("add-log", {"name": "conf", "ids": "a", "file": str(file)},
             'name = "conf": is active already'),
            ("add-log", {"name": "v", "ids": "a", "file": str(file),
                         "level": 9}, 'level = "9": expected 0-4'),
            ("delete-log", {"name": "vip"}, "no such rule"),
            ("delete-log", {}, "name: missing")):
        with pytest.raises(ViciError, match=re.escape(error)):
            control.request(command, arguments)
    # a name with commas is one pattern, as an item of a list and in quotes
    partner = "C=CH, O=Partner, CN=O'Brien*"
    quoted = "'C=CH, O=Partner, CN=O''Brien*'"
    for ids in ([partner, f"!{ALICE}"], f"{quoted}, !{ALICE}"):
        control.request("add-log", {"name": "dn", "ids": ids,
                                    "file": str(file)})
        rule, = (rule for rule in control.stream("list-logs", "list-log")
                 if rule["name"] == "dn")
        assert rule["ids"] == [partner, f"!{ALICE}"]
        # what is told can be given back
        control.request("delete-log", {"name": "dn"})
    with pytest.raises(ViciError, match="without single quotes"):
        control.request("add-log", {"name": "dn", "ids": partner,
                                    "file": str(file)})
    control.request("add-log", {"name": "short", "ids": ALICE,
                                "file": str(file), "expire": "1s"})
    server.log.expect("peer-log: rule 'short' ended after 1s, 0 lines")
    assert len(control.stream("list-logs", "list-log")) == 1
