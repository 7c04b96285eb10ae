# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv last, lastb and usage: records of accounting, as an operator reads
them. But for the first test, files are written here."""

import json
import os
import re
import resource
import subprocess

import pytest

from lab import build, conns, wait_until

USER = "user@lab"


def last(*args, command="last", status=0, stderr="", **more):
    """What it prints; stderr is a pattern of what it says."""
    done = subprocess.run(
        [build.swanadv(), command, *map(str, args)], text=True,
        capture_output=True, **more)
    assert done.returncode == status, done.stderr
    assert re.fullmatch(stderr, done.stderr.strip(), re.S), done.stderr
    return done.stdout


def rows(*args, **more):
    """The lines below the header, in words."""
    return [line.split() for line in last(*args, **more).splitlines()[1:]]


def items(*args, **more):
    """The records."""
    return json.loads(last("--json", *args, **more))["items"]


def record(kind, session, **more):
    """A line."""
    fields = {"type": kind, "session": session, "time": 1000, "id": "alice",
              "ike-id": "alice@lab", "connection": "net", "host": "192.0.2.7",
              "virtual-ips": [], "start": 1000, "duration": 0, "bytes-in": 0,
              "bytes-out": 0} | more
    return json.dumps(fields, separators=(",", ":")) + "\n"


def end(session, **more):
    """That of an end."""
    return record("end", session, **{"reason": "peer"} | more)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "records"


def write(path, *lines):
    """Write a file, and return its path."""
    path.write_bytes("".join(lines).encode("utf8", "surrogateescape"))
    return path


@pytest.fixture
def conf(tmp_path, file):
    """Environment with a strongswan.conf that has the file."""
    path = tmp_path / "strongswan.conf"
    path.write_text("charon {\nplugins {\naccounting {\n"
                    f"file = {file}\n}}\n}}\n}}\n")
    return os.environ | {"STRONGSWAN_CONF": str(path)}


def test_daemons(lab, gw, alice, bob, file, conf):
    """Of daemons: one that was there, one that is, and one that was refused;
    how much the session has that is up."""
    local, remote = "10.9.0.1", "10.9.0.2"
    gw.ip(f"address add {local}/32 dev lo")
    alice.ip(f"address add {remote}/32 dev lo")
    both = conns.psk_ikev2(gw.v4, alice.v4, USER, name="net",
                           child=(f"{local}/32", f"{remote}/32"))
    other = conns.psk_ikev2(gw.v4, bob.v4, "bob@lab")
    server = gw.charon(plugins={"control": {}, "accounting": {"file": file}},
                       libipsec=True)
    server.load(both[0], other[0])
    daemon, second = alice.charon(libipsec=True), bob.charon()
    daemon.load(both[1])
    second.load(other[1])
    second.vici.initiate(ike="psk")
    second.vici.terminate(ike="psk")
    wait_until(lambda: rows("bob@lab", env=conf))
    daemon.vici.initiate(child="net")
    alice.run("ping", "-n", "-c", 3, "-i", 0.01, "-W", 5, "-I", remote, local)
    daemon.vici.rekey(child="net")
    wait_until(lambda: alice.ping(local, remote))
    usage = json.loads(server.swanadv("--json", "usage").stdout)["items"]
    assert len(usage) == 1
    assert (usage[0]["id"], usage[0]["host"]) == (USER, alice.v4)
    assert usage[0]["packets-in"] == usage[0]["packets-out"] >= 4
    assert usage[0]["bytes-in"] == 84 * usage[0]["packets-in"]
    second.vici.request("clear-creds")
    second.load(conns.psk_ikev2(gw.v4, bob.v4, "bob@lab", psk="wrong")[1])
    second.vici.initiate(ike="psk", must=False)
    wait_until(lambda: rows(command="lastb", env=conf))
    refused, = rows(command="lastb", env=conf)
    assert refused[:2] + refused[5:] == ["bob@lab", bob.v4, "authentication",
                                         "failed"]
    wait_until(lambda: len(rows(env=conf)) == 2)
    up, gone = rows(env=conf)
    assert up[:3] + up[-1:] == [USER, alice.v4, "net", "open"]
    assert gone[:2] + gone[-1:] == ["bob@lab", bob.v4, "peer"]
    assert usage[0]["session"] == items(USER, env=conf)[0]["session"]
    daemon.vici.terminate(ike="net")
    wait_until(lambda: rows(USER, env=conf)[0][-1] == "peer")
    ended, = items(USER, env=conf)
    assert ended["bytes-in"] >= usage[0]["bytes-in"]


def test_columns(file):
    """Who, from where, since when, how long, how much, why it ended."""
    write(file, record("start", "a"), end(
        "a", duration=90061, **{"bytes-in": 1536, "bytes-out": 1023}))
    header, line = last("-f", file, env=os.environ | {
        "TZ": "UTC-1"}).splitlines()
    assert header.split() == ["id", "host", "connection", "start", "duration",
                              "in", "out", "reason"]
    assert line.split() == ["alice", "192.0.2.7", "net", "1970-01-01", "01:16",
                            "1+01:01:01", "1.5K", "1023", "peer"]
    assert {line.index(word) - header.index(name) for word, name in (
        ("192", "host"), ("1.5K", "in"), ("peer", "reason"))} == {0}


def test_order(file):
    """Those that began last come first, with what was written last about
    them."""
    write(file, record("start", "a"), record("start", "b"), end("a"),
          record("start", "c"), record("update", "b", duration=5), end("c"),
          record("start", "d"))
    assert [(r["session"], r["type"]) for r in items("-f", file)] == [
        ("d", "start"), ("c", "end"), ("b", "update"), ("a", "end")]
    assert [row[-1] for row in rows("-f", file)] == [
        "open", "peer", "open", "peer"]
    assert len(rows("-f", file, "-n", 2)) == 2
    assert last("--raw", "-n", 1, "-f", file) == record("start", "d")


def test_rotated(tmp_path, file, conf):
    """A session that goes on in another file is there once; the first that
    isn't there ends it, as does --file."""
    write(tmp_path / "records.4", record("start", "never"), end("never"))
    write(tmp_path / "records.2", record("start", "a"), record("start", "b"),
          record("start", "lost"), record("continued", "a"))
    write(tmp_path / "records.1", record("start", "a"), record("start", "c"),
          record("start", "x"), record("start", "y"), record("update", "a"),
          record("continued", "c"), end("x"), record("continued", "a"),
          end("y"))
    write(file, record("start", "a"), record("start", "c"),
          record("start", "d"), end("c"), end("elsewhere"))
    found = items(env=conf)
    assert [(r["session"], r["type"]) for r in found] == [
        ("d", "start"), ("y", "end"), ("x", "end"), ("c", "end"),
        ("lost", "start"), ("b", "start"), ("a", "start"),
        ("elsewhere", "end")]
    assert [row[-1] for row in rows(env=conf)] == [
        "open", "peer", "peer", "peer", "unknown", "unknown", "open", "peer"]
    assert [row[-1] for row in rows("-f", tmp_path / "records.2")] == [
        "open", "open", "continued"]


@pytest.mark.parametrize("who,found", [
    ("alice", "a"), ("ALICE", "a"), ("fqdn:alice", "a"), ("alice@lab", "abc"),
    ("carol", "b"), ("C=CH, CN=Dave", "c"), ("c=CH,cn=dave", "c"),
    ("192.0.2.7", "ac"), ("198.51.100.1", "b"), ("198.51.100.2", "b"),
    ("10.8.0.1", "c"), ("fd00::1", "c"), ("fd00:0::1", "c"),
    ("al", ""), ("alice*", ""), ("192.0.2", ""), ("%any", ""), ("net", ""),
])
def test_who(file, who, found):
    """By each of its identities, however that is written, or by an address it
    had."""
    moved = {"places": [{"host": "198.51.100.1"}, {"host": "198.51.100.2"}],
             "host": "198.51.100.2", "eap-id": "carol", "id": "carol"}
    write(file, record("start", "a"), record("start", "b", **moved),
          record("start", "c", **{"id": "C=CH, CN=Dave",
                                  "virtual-ips": ["10.8.0.1", "fd00::1"]}))
    assert "".join(r["session"] for r in reversed(
        items("-f", file, who))) == found


@pytest.mark.parametrize("line", [
    "", "x", "{}", "[]", "null", '{"type":"end"}', "\0", "\0" + end("z"),
    '{"type":"end","session":"z"', '{"type":"end","session":"z}',
    '{"type":"end","session":"z",}', '{"type":"start","session":"z"} {}',
    '{"type":"start","session":"z","id":"\x1b[2J"}',
    '{"type":"start","session":"z","id":"\x7f"}',
    '{"type":"start","session":"z","id":"\x9b2J"}',
    '{"type":"start","session":"z","id":"\udcff"}',
    '{"type":"start","session":"z","start":99999999999999999999}',
    '{"type":"start","session":"z","id":"' + "x" * 1048576 + '"}',
], ids=lambda line: line[:40])
def test_other_lines(file, line):
    """What is no record is left out, and counted, but for a line that is too
    long; the last line without its end may be being written."""
    write(file, record("start", "a"), line.rstrip("\n"), "\n", end("a"),
          end("a")[:-9])
    said = ("" if len(line) > 1000000 else
            "swanadv: lines that are no records, and were left out: 1")
    assert rows("-f", file, stderr=said)[0][0] == "alice"
    found = items("-f", file, stderr=".*")
    assert [r["session"] for r in found] == ["a"]


@pytest.mark.parametrize("fields", [
    {"id": None}, {"id": 5}, {"id": ["x"], "host": {}, "start": "x"},
    {"start": 2 ** 63 - 1, "duration": 2 ** 63 - 1, "bytes-in": 2 ** 63 - 1},
    {"start": -1, "duration": -1, "bytes-in": -1}, {"places": "x"},
    {"places": [None, "x", {}]}, {"virtual-ips": [None, "x", ""]},
    {"id": "x" * 70000}, {"id": "\u202e\x1b[31m\n"}, {"host": "x"},
], ids=lambda fields: repr(fields)[:40])
def test_odd_values(file, fields):
    """Each is a line, and no byte of it is one that a terminal acts on."""
    write(file, record("start", "a", **fields))
    for text in (last("-f", file), last("--json", "-f", file),
                 last("-f", file, "192.0.2.7")):
        assert all(char.isprintable() or char in "\n\u202e" for char in text)
    assert len(last("-f", file).splitlines()) == 2


def test_nothing(tmp_path, file, conf):
    """Files that aren't there, or none at all."""
    none = os.environ | {"STRONGSWAN_CONF": "/dev/null"}
    last(status=1, env=none, stderr="swanadv: charon.plugins.accounting.file "
         "isn't set: expected a file of records, or --file")
    last(status=1, env=conf, stderr=f"swanadv: can't read {file}: No such.*")
    last("-f", tmp_path, status=1, stderr=".*not a regular file")
    last("-f", "/dev/tty", status=1, stderr="swanadv: can't read /dev/tty: .*")
    os.mkfifo(file)
    last(status=1, env=conf, stderr=".*not a regular file")
    file.unlink()
    write(file)
    assert not rows(env=conf) and not items(env=conf)
    write(file, "x" * 200000)
    assert not rows(env=conf)


def test_systemd(tmp_path, file, conf):
    """The file of charon-systemd, if it is there."""
    path = tmp_path / "strongswan.conf"
    path.write_text(path.read_text() + "charon-systemd {\nplugins {\n"
                    f"accounting {{\nfile = {tmp_path / 'other'}\n}}\n}}\n}}\n")
    write(file, record("start", "a"))
    assert items(env=conf)[0]["session"] == "a"
    write(tmp_path / "other", record("start", "b"))
    assert items(env=conf)[0]["session"] == "b"


@pytest.mark.unsanitized  # it limits memory, of which ASan takes terabytes
def test_many(file):
    """What is kept doesn't grow with the file, nor does it take long to see
    the end of it."""
    with open(file, "w", encoding="utf8") as out:
        for number in range(100000):
            out.write(record("start", f"s{number}"))
            if number >= 10:
                out.write(end(f"s{number - 10}"))
    limit = 64 << 20
    assert file.stat().st_size > limit / 2

    def few():
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    found = last("-f", file, preexec_fn=few).splitlines()
    assert len(found) == 100001
    assert sum(line.endswith("open") for line in found) == 10
