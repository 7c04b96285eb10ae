# SPDX-License-Identifier: GPL-2.0-or-later
"""accounting: who was connected, how long, how much.

        10.1.0.0/24, fd01::/64
    ----+-----------+---------+----
        |           |         |
       gw         alice      bob

gw writes records, and its CHILD_SAs, as those of all, are counted by
kernel-libipsec: each echo is a packet each way.
"""

import json
import os
import signal
import stat

import pytest

from lab import conns, wait_until
from lab.faults import NO_ROOM, mounted
from lab.shell import run

USER = "user@lab"
LOCAL, REMOTE = "10.9.0.1", "10.9.0.2"
# of an echo with 56 bytes of data
ECHO = 84


class Records:
    """A file of records."""

    def __init__(self, path):
        self.path = path

    def all(self, kind=None):
        """The records, of one type or all."""
        if not self.path.exists():
            return []
        text = self.path.read_text()
        found = [json.loads(line) for line in text.splitlines()]
        return [record for record in found if kind in (None, record["type"])]

    def expect(self, kind, count=1, timeout=15):
        """Wait for so many records of a type, and return them; with a count
        of 1, the one."""
        def enough():
            found = self.all(kind)
            return found if len(found) >= count else None

        found = wait_until(enough, timeout,
                           lambda: f"{count} {kind}: {self.all()}")
        assert len(found) == count, found
        return found[0] if count == 1 else found


@pytest.fixture
def records(lab):
    """Those of the gateway."""
    return Records(lab.dir / "accounting.json")


@pytest.fixture
def networks(gw, alice):
    """What a CHILD_SA is for."""
    gw.ip(f"address add {LOCAL}/32 dev lo")
    alice.ip(f"address add {REMOTE}/32 dev lo")


def gateway(gw, records, *configs, plugins=None, settings=None, **options):
    """A gateway that writes records."""
    server = gw.charon(plugins={
        "control": {},
        "accounting": {"file": records.path, **(settings or {})},
        **(plugins or {})}, **options)
    server.load(*configs)
    return server


def pair(gw, client, setup=conns.psk_ikev2, **more):
    """Connections with a CHILD_SA."""
    return setup(gw.v4, client.v4, USER, name="net",
                 child=(f"{LOCAL}/32", f"{REMOTE}/32"), **more)


def client(host, config, child=None, **options):
    """A daemon that has connected."""
    daemon = host.charon(libipsec=child is not None, **options)
    daemon.load(config)
    name = next(iter(config.connections))
    daemon.vici.initiate(**{"child" if child else "ike": name})
    return daemon


def echoes(host, count):
    """Send echoes through the CHILD_SA, all of which are answered."""
    host.run("ping", "-n", "-c", count, "-i", 0.01, "-W", 5, "-I", REMOTE,
             LOCAL)


def sums(*records):
    """What went through, of records together."""
    return {key: sum(record[key] for record in records) for key in (
        "bytes-in", "bytes-out", "packets-in", "packets-out")}


def counted(echoed):
    """What went through for a number of echoes."""
    return {"bytes-in": ECHO * echoed, "bytes-out": ECHO * echoed,
            "packets-in": echoed, "packets-out": echoed}


def expect_children(daemon, count):
    """Wait until there are so many, and none that is about to go."""
    wait_until(lambda: len(daemon.vici.list_children()) == count, 15,
               lambda: str(daemon.vici.list_children()))


def test_session(gw, alice, records, networks):
    """One record at the start and one at the end, which adds up what went
    through before and after rekeying, whoever did that."""
    both = pair(gw, alice)
    server = gateway(gw, records, both[0], libipsec=True,
                     conf={"delete_rekeyed_delay": 0})
    daemon = client(alice, both[1], "net", conf={"delete_rekeyed_delay": 0})
    start = records.expect("start")
    echoed = 0
    for number, rekey in enumerate([
            None, (daemon, "child"), (server, "child"), (daemon, "ike"),
            (server, "ike"), (daemon, "child")]):
        if rekey:
            rekey[0].vici.rekey(**{rekey[1]: "net"})
            expect_children(server, 1)
        echoes(alice, number + 2)
        echoed += number + 2
    daemon.vici.terminate(ike="net")
    end = records.expect("end")
    assert sums(end) == counted(echoed)
    same = {"session": start["session"], "id": USER, "ike-id": USER,
            "connection": "net", "ike-version": 2, "initiator": False,
            "local-host": gw.v4, "host": alice.v4, "groups": [],
            "virtual-ips": [], "start": start["start"]}
    for record in (start, end):
        assert {key: record[key] for key in same} == same
        assert not {"eap-id", "cert-subject", "moves", "previous"} & \
            set(record)
    assert (start["uniqueid"], end["uniqueid"]) == (1, 3)
    assert end["reason"] == "peer"
    # of two clocks
    assert abs(end["end"] - end["start"] - end["duration"]) <= 1
    assert stat.S_IMODE(records.path.stat().st_mode) == 0o600
    assert [r["type"] for r in records.all()] == ["start", "end"]
    status = server.control.plugin("accounting")
    assert status["file"] == str(records.path)
    assert not status.get("warnings")


def test_ikev1(gw, alice, records, networks):
    """IKEv1, rekeying of a CHILD_SA, and reauthentication, which takes it
    along: both records together have it all."""
    both = pair(gw, alice, conns.psk_ikev1)
    server = gateway(gw, records, both[0], libipsec=True)
    daemon = client(alice, both[1], "net")
    echoes(alice, 3)
    daemon.vici.rekey(child="net")
    server.log.expect(r"CHILD_SA net\{2\} established")
    daemon.log.expect(r"CHILD_SA net\{2\} established")
    echoes(alice, 4)
    daemon.vici.request("rekey", {"ike": "net", "reauth": True})
    server.log.expect("adopting [1-9] children")
    wait_until(lambda: server.vici.list_sas(uniqueid=2)[0].children)
    echoes(alice, 5)
    # the old IKE_SA goes after 10 s
    first = records.expect("end", timeout=20)
    daemon.vici.terminate(ike="net")
    ends = records.expect("end", 2)
    assert sums(*ends) == counted(12)
    assert ends[1]["previous"] == first["session"]
    assert (ends[0]["ike-version"], ends[1]["ike-version"]) == (1, 1)


@pytest.mark.parametrize("make_before_break", [False, True])
def test_reauthentication(gw, alice, records, networks, make_before_break):
    """By either side: another session that names the one before it."""
    both = pair(gw, alice)
    conf = {"make_before_break": make_before_break}
    server = gateway(gw, records, both[0], libipsec=True, conf=conf)
    daemon = client(alice, both[1], "net", conf=conf)
    echoes(alice, 2)
    for number, side in ((2, daemon), (3, server)):
        side.vici.request("rekey", {"ike": "net", "reauth": True})
        server.log.expect(rf"IKE_SA net\[{number}\] established")
        records.expect("end", number - 1)
        server.vici.expect_sas(1, up=True)
        wait_until(lambda: alice.ping(LOCAL, REMOTE))
        expect_children(server, 1)
    daemon.vici.terminate(ike="net")
    ends = records.expect("end", 3)
    ids = [end["session"] for end in ends]
    assert [end.get("previous") for end in ends] == [None, *ids[:2]]
    assert [end["initiator"] for end in ends] == [False, False, True]
    total = sums(*ends)
    assert total["packets-in"] == total["packets-out"] >= 4
    assert ends[0]["packets-in"] == 2


def test_mobike(lab, records):
    """Where the client was, and from when on; what went through before and
    after."""
    net = lab.segment("10.3.0.0/24")
    gw, alice = (lab.host(name, net) for name in ("gw", "alice"))
    gw.ip(f"address add {LOCAL}/32 dev lo")
    alice.ip(f"address add {REMOTE}/32 dev lo")
    both = conns.psk_ikev2(gw.v4, "%any", USER, name="net",
                           child=(f"{LOCAL}/32", f"{REMOTE}/32"))
    server = gateway(gw, records, both[0], libipsec=True)
    daemon = client(alice, both[1], "net")
    echoes(alice, 2)
    old = alice.v4
    alice.sysctl("net/ipv4/conf/all/promote_secondaries", 1)
    new = alice.add_address().v4
    alice.ip(f"address del {old}/24 dev eth0")
    wait_until(lambda: server.vici.list_sas()[0].remote_host == new, 15)
    wait_until(lambda: alice.ping(LOCAL, REMOTE), 15)
    daemon.vici.terminate(ike="net")
    end = records.expect("end")
    assert [place["host"] for place in end["places"]][::len(
        end["places"]) - 1] == [old, new]
    assert end["host"] == new
    assert end["moves"] == len(end["places"]) - 1
    assert end["places"][-1]["since"] >= end["start"]
    assert end["packets-in"] == end["packets-out"] >= 3


def test_who(gw, alice, bob, records, pki):
    """EAP identities, virtual IPs, groups' list and certificates."""
    credential = pki.issue("alice.lab")
    cert = conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"), credential,
                      initiator={"vips": ["0.0.0.0"]},
                      gateway={"pools": ["pool"]})
    eap = conns.eap(gw.v4, bob.v4, "bob", identity="phone@lab",
                    gateway={"remote": {"groups": []}})
    server = gateway(gw, records, cert[0] | eap[0],
                     conf={"flush_auth_cfg": True})
    server.load(cert[0], eap[0], pools={"pool": {"addrs": "10.8.0.0/24"}})
    client(alice, cert[1])
    client(bob, eap[1])
    starts = records.expect("start", 2)
    by_name, by_eap = sorted(starts, key=lambda r: "eap-id" in r)
    assert "alice.lab" in by_name["cert-subject"]
    assert by_name["cert-issuer"] and by_name["cert-serial"]
    assert by_name["virtual-ips"] == ["10.8.0.1"]
    assert (by_eap["id"], by_eap["eap-id"], by_eap["ike-id"]) == (
        "bob", "bob", "phone@lab")


def test_reasons(gw, alice, bob, records):
    """Why it ended: who closed it, who didn't answer, and that charon ended."""
    server = gateway(gw, records, conns.psk_ikev2(gw.v4, "%any", USER)[0],
                     conf={"retransmit_tries": 1, "retransmit_timeout": 0.5})
    daemon = client(alice, conns.psk_ikev2(gw.v4, alice.v4, USER)[1])
    server.vici.terminate(ike="psk")
    end = records.expect("end")
    assert end["reason"] == "operator" and "closed-by" not in end
    daemon.vici.initiate(ike="psk")
    daemon.kill()
    server.vici.request("rekey", {"ike": "psk"})
    assert records.expect("end", 2)[1]["reason"] == "unreachable"
    client(bob, conns.psk_ikev2(gw.v4, bob.v4, "bob@lab")[1])
    server.stop()
    last = records.expect("end", 3)[2]
    assert (last["reason"], last["id"]) == ("shutdown", "bob@lab")


def test_closed_here(gw, alice, bob, records):
    """Which plugin closed it, or that charon did; not what an operator who
    wanted it to be rekeyed, or closed another one, had to do with it."""
    server = gateway(
        gw, records, conns.psk_ikev2(gw.v4, "%any")[0],
        plugins={"unique-policy": {"mode": "replace"}, "auth-policy": {}})
    client(alice, conns.psk_ikev2(gw.v4, alice.v4, USER)[1])
    daemon = client(bob, conns.psk_ikev2(gw.v4, bob.v4, USER)[1])
    end = records.expect("end")
    assert (end["reason"], end["closed-by"]) == ("limit", "unique-policy")
    assert end["host"] == alice.v4
    # the one that it becomes
    server.vici.rekey(ike="psk")
    server.vici.expect_sas(1, up=True)
    server.swanadv("block", "add", f"id={USER}")
    end = records.expect("end", 2)[1]
    assert (end["reason"], end["closed-by"]) == ("block", "auth-policy")
    server.swanadv("block", "delete", f"id={USER}")
    daemon.vici.initiate(ike="psk")
    daemon.vici.terminate(ike="psk")
    end = records.expect("end", 3)[2]
    assert end["reason"] == "peer" and "closed-by" not in end


def test_replaced(gw, alice, bob, records):
    """By charon's own policy, without INITIAL_CONTACT."""
    quiet = {"initiator": {"unique": "never"}}
    gateway(gw, records, conns.psk_ikev2(
        gw.v4, "%any", gateway={"unique": "replace"})[0])
    client(alice, conns.psk_ikev2(gw.v4, alice.v4, USER, **quiet)[1])
    client(bob, conns.psk_ikev2(gw.v4, bob.v4, USER, **quiet)[1])
    assert records.expect("end")["reason"] == "replaced"


def test_refused(gw, alice, bob, records):
    """Logins that are refused, at their steps."""
    psk = conns.psk_ikev2(gw.v4, alice.v4, USER)
    eap = conns.eap(gw.v4, alice.v4, "bob", identity="phone@lab")
    server = gateway(gw, records, psk[0], eap[0],
                     plugins={"unique-policy": {"mode": "keep"}})
    refused = [
        (conns.psk_ikev2(gw.v4, alice.v4, USER, psk="wrong")[1],
         {"step": "authentication", "reason": "failed", "id": USER}),
        (conns.psk_ikev2(gw.v4, alice.v4, USER, initiator={
            "proposals": ["aes256-sha512-modp2048"]})[1],
         {"step": "proposal", "reason": "mismatch"}),
    ]
    client(bob, conns.psk_ikev2(gw.v4, bob.v4, USER)[1])
    refused.append((psk[1], {"step": "authorization", "id": USER,
                             "connection": "psk"}))
    daemon = alice.charon()
    for number, (config, expected) in enumerate(refused, 1):
        daemon.vici.request("clear-creds")
        daemon.load(config)
        assert not daemon.vici.initiate(ike="psk", must=False)
        found = records.expect("refused", number)
        found = found[-1] if number > 1 else found
        assert {key: found[key] for key in expected} == expected
        assert found["host"] == alice.v4
    assert len(records.all("start")) == 1
    assert server.control.plugin("accounting", "stats")[
        "refusals-unrecorded"] == "0"


@pytest.mark.parametrize("setup", [conns.eap, conns.xauth])
def test_wrong_password(gw, alice, records, setup):
    """Of which charon tells nobody: the client may try another one."""
    both = setup(gw.v4, alice.v4, "bob")
    server = gateway(gw, records, both[0], conf={"half_open_timeout": 5})
    daemon = alice.charon()
    daemon.load(setup(gw.v4, alice.v4, "bob", password="wrong")[1])
    name = next(iter(both[1].connections))
    assert not daemon.vici.initiate(ike=name, must=False)
    refused = records.expect("refused", timeout=30)
    # 6.1 tells
    assert refused["reason"] in ("unfinished", "failed")
    expected = {"step": "authentication", "ike-id": conns.CLIENT_ID,
                "host": alice.v4}
    assert {key: refused[key] for key in expected} == expected
    # and with the right one there is none
    daemon.vici.request("clear-creds")
    daemon.load(both[1])
    daemon.vici.initiate(ike=name)
    # a client has its SA before the gateway has got the last message
    records.expect("start")
    daemon.vici.terminate(ike=name)
    records.expect("end")
    server.stop()
    assert len(records.all("refused")) == 1


def test_half_open(gw, alice, records):
    """Who doesn't say who it is has no record, nor has what charon itself
    began, or was busy with as it ended."""
    both = conns.psk_ikev2(gw.v4, alice.v4, USER)
    server = gateway(gw, records, *both, conf={
        "half_open_timeout": 1, "retransmit_tries": 0,
        "retransmit_timeout": 0.5})
    config = conns.psk_ikev2(alice.v4, gw.v4, USER)[1]
    server.load(config)
    assert not server.vici.initiate(ike="psk", must=False)
    daemon = alice.charon()
    daemon.load(conns.psk_ikev2(gw.v4, alice.v4, USER, initiator={
        "proposals": ["aes256-sha512-modp2048"]})[1])
    assert not daemon.vici.initiate(ike="psk", must=False)
    assert records.expect("refused")["step"] == "proposal"
    server.stop()
    assert len(records.all()) == 1


def test_rotated_while_writing(lab, gw, alice, records):
    """Each file has one end, or "continued", for each start, and nothing of
    what has no start there."""
    server = gateway(gw, records, conns.psk_ikev2(gw.v4, "%any")[0])
    daemon = alice.charon()
    daemon.load(conns.psk_ikev2(gw.v4, alice.v4, USER)[1])
    files = []
    logins = 8 * 15
    for number in range(logins):
        daemon.vici.initiate(ike="psk")
        if number % 15 == 7:
            wait_until(records.path.exists)
            files.append(lab.dir / f"rotated.{number}")
            records.path.rename(files[-1])
            server.reload()
        daemon.vici.terminate(ike="psk")
    server.stop()
    ended = []
    for path in [*files, records.path]:
        found = [r for r in Records(path).all() if r["type"] != "update"]
        by_session = {}
        for record in found:
            by_session.setdefault(record["session"], []).append(record["type"])
        assert all(types in (["start", "end"], ["start", "continued"])
                   for types in by_session.values()), by_session
        ended += [r["session"] for r in found if r["type"] == "end"]
    assert len(ended) == len(set(ended)) == logins


@pytest.mark.parametrize("first,second", [
    ("accounting", "async-crypto"), ("async-crypto", "accounting")])
def test_beside_async_crypto(gw, alice, records, networks, first, second):
    """Both stand before the kernel interface, and step aside in order."""
    both = pair(gw, alice)
    server = gateway(gw, records, both[0], libipsec=True, plugins={
        first: {"load": 20}, second: {"load": 10}} | {
            "accounting": {"file": records.path, "load":
                           20 if first == "accounting" else 10}})
    client(alice, both[1], "net")
    echoes(alice, 2)
    server.stop()
    assert sums(records.expect("end")) == counted(2)


HOSTILE = [
    "fqdn:#" + b'a"b\\c\nd\x01\xff'.hex(),
    "keyid:#" + b'{"type":"end"}\n{"type":"end","session":"'.hex(),
    "@" + "x" * 500,
    'fqdn:","session":"x',
]


def test_hostile_identities(gw, alice, records):
    """Each is in one record, which is JSON, and is no other one's."""
    server = gateway(gw, records, conns.psk_ikev2(gw.v4, "%any")[0])
    daemon = alice.charon()
    for number, identity in enumerate(HOSTILE):
        daemon.load(conns.psk_ikev2(gw.v4, alice.v4, identity,
                                    name=f"c{number}")[1])
        daemon.vici.initiate(ike=f"c{number}")
        daemon.vici.terminate(ike=f"c{number}")
    ends = records.expect("end", len(HOSTILE))
    assert len(records.path.read_bytes().splitlines()) == 2 * len(HOSTILE)
    assert all(chr(i) not in end["id"] for end in ends for i in range(32))
    assert ends[0]["id"] == 'a"b\\c?d??'
    assert ends[2]["id"] == "x" * 500
    assert ends[3]["id"] == '","session":"x'
    server.stop()


@pytest.mark.parametrize("options,reason", NO_ROOM)
def test_no_room(lab, gw, alice, options, reason):
    """Nobody is kept from logging in; one line says so, and status does; and
    when there is room, it goes on."""
    folder = lab.dir / "folder"
    records = Records(folder / "log")
    server = gateway(gw, records, conns.psk_ikev2(gw.v4, "%any")[0],
                     wrapper=mounted(folder, options))
    server.log.expect(f"accounting: file: can't open {folder}/log: {reason}; "
                      "records are lost until it can be")
    daemon = client(alice, conns.psk_ikev2(gw.v4, alice.v4)[1])
    server.log.expect(r"accounting: file: lost a record, as .*/log can't be "
                      "written to")
    warning, = server.control.plugin("accounting")["warnings"]
    assert "accounting.file isn't in force" in warning and reason in warning
    assert server.control.plugin("accounting", "stats")[
        "records-dropped"] == "1"
    inside = ["nsenter", "-t", server.pid, "-m", "-r"]
    run(*inside, "mount", "-o", "remount,rw,size=1m,nr_inodes=99", folder)
    server.reload()
    wait_until(lambda: not server.control.plugin("accounting").get("warnings"))
    daemon.vici.terminate(ike="psk")

    def both():
        found = [json.loads(line)["type"] for line in run(
            *inside, "cat", folder / "log").stdout.splitlines()]
        return found == ["start", "end"]

    wait_until(both)


def test_full(lab, gw, alice):
    """A disk that gets full: no half of a record is there, and what comes
    when there is room again is whole."""
    folder = lab.dir / "folder"
    server = gateway(gw, Records(folder / "log"),
                     conns.psk_ikev2(gw.v4, "%any")[0],
                     wrapper=mounted(folder, "size=8k"))
    daemon = alice.charon()
    daemon.load(conns.psk_ikev2(gw.v4, alice.v4)[1])
    inside = ["nsenter", "-t", server.pid, "-m", "-r"]

    def stats():
        return {key: int(value) for key, value in
                server.control.plugin("accounting", "stats").items()}

    while not stats()["records-dropped"]:
        daemon.vici.initiate(ike="psk")
        daemon.vici.terminate(ike="psk")
    server.log.expect(r"accounting: file: lost a record, as .*: No space left")
    run(*inside, "mount", "-o", "remount,size=1m", folder)
    written = stats()["records-written"]
    daemon.vici.initiate(ike="psk")
    daemon.vici.terminate(ike="psk")

    def records():
        return [json.loads(line) for line in run(
            *inside, "cat", folder / "log").stdout.splitlines()]

    wait_until(lambda: stats()["records-written"] >= written + 2)
    # the end of one before may come late
    wait_until(lambda: [record["type"] for record in records()
                        if record["session"] == records()[-1]["session"]
                        ] == ["start", "end"])


def test_crash(gw, alice, bob, records, networks):
    """The next start ends what was open with what was known last; half a line
    that was left isn't in the way."""
    both = pair(gw, alice)
    server = gateway(gw, records, both[0],
                     conns.psk_ikev2(gw.v4, bob.v4, "bob@lab")[0],
                     libipsec=True, settings={"update_interval": "1s"})
    client(alice, both[1], "net")
    gone = client(bob, conns.psk_ikev2(gw.v4, bob.v4, "bob@lab")[1])
    gone.vici.terminate(ike="psk")
    echoes(alice, 3)
    wait_until(lambda: records.all("update") and
               records.all("update")[-1]["packets-in"] == 3)
    ended = records.expect("end")
    server.kill()
    with open(records.path, "a", encoding="utf8") as file:
        file.write('{"type":"start","session":"half')
    server.start()
    server.log.expect("accounting: 1 sessions were open when charon ended")
    lines = records.path.read_text().splitlines()
    assert lines[-2] == '{"type":"start","session":"half'
    last = json.loads(lines[-1])
    assert (last["type"], last["reason"], last["id"]) == ("end", "crash", USER)
    assert sums(last) == counted(3)
    assert last["session"] != ended["session"]
    assert last["end"] >= last["start"]
    # once
    server.restart()
    server.stop()
    assert len(records.path.read_text().splitlines()) == len(lines)


def test_files(lab, gw, alice, records):
    """A file that is renamed, another one, and some that are refused."""
    server = gateway(gw, records, conns.psk_ikev2(gw.v4, "%any")[0])
    daemon = client(alice, conns.psk_ikev2(gw.v4, alice.v4, USER)[1])
    start = records.expect("start")
    # as logrotate does
    rotated = Records(records.path.with_suffix(".1"))
    records.path.rename(rotated.path)
    os.kill(server.pid, signal.SIGHUP)
    again = records.expect("start")
    assert again["session"] == start["session"]
    assert rotated.expect("continued")["session"] == start["session"]
    # the same one again
    server.reload()
    # another one
    other = Records(lab.dir / "other.json")
    server.reload(plugins={"control": {}, "accounting": {"file": other.path}})
    assert other.expect("start")["session"] == start["session"]
    records.expect("continued")
    link = lab.dir / "link"
    link.symlink_to(other.path)
    held = Records(lab.dir / "held.json")
    second = alice.charon("second", plugins={"accounting": {
        "file": held.path}}, conf={"port": 0, "port_nat_t": 0})
    for path, reason in ((link, "Too many levels of symbolic links"),
                         (lab.dir, "Is a directory"),
                         ("/dev/null", "not a regular file"),
                         (held.path, "another daemon writes to it"),
                         (lab.dir / "none/file", "No such file")):
        server.reload(plugins={"control": {}, "accounting": {"file": path}})
        server.log.expect(rf'accounting: file = "{path}": can\'t open it: '
                          f"{reason}.*; keeping the previous settings")
    second.stop()
    daemon.vici.terminate(ike="psk")
    assert other.expect("end")["session"] == start["session"]
    # and none
    server.reload(plugins={"control": {}, "accounting": {}})
    assert "file isn't set" in str(
        server.control.plugin("accounting")["warnings"])
    daemon.vici.initiate(ike="psk")
    daemon.vici.terminate(ike="psk")
    server.stop()
    assert len(other.all("end")) == 1
