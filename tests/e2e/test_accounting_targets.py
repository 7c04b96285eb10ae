# SPDX-License-Identifier: GPL-2.0-or-later
"""accounting: records in the journal and in syslog.

        10.1.0.0/24, fd01::/64
    ----+-----------+----
        |           |
       gw         alice
"""

import json
import re
import socket
from datetime import datetime

import pytest

from lab import conns, logs, wait_until
from lab.shell import run

USER = "user@lab"


def gateway(gw, settings, **options):
    """A gateway that writes records."""
    server = gw.charon(plugins={"control": {}, "accounting": settings},
                       **options)
    server.load(conns.psk_ikev2(gw.v4, "%any")[0])
    return server


def login(gw, alice, identity=USER):
    """A client that has logged in, and is gone again."""
    daemon = alice.charon()
    daemon.load(conns.psk_ikev2(gw.v4, alice.v4, identity)[1])
    again(daemon, 1)
    return daemon


def fail(gw, alice, daemon, identity):
    """Log in with a wrong key."""
    daemon.vici.request("clear-creds")
    daemon.load(conns.psk_ikev2(gw.v4, alice.v4, identity, psk="wrong")[1])
    assert not daemon.vici.initiate(ike="psk", must=False)


def again(daemon, count):
    """Log in and out."""
    for _ in range(count):
        daemon.vici.initiate(ike="psk")
        daemon.vici.terminate(ike="psk")


def stats(server):
    """Its counters."""
    return {key: int(value) for key, value in
            server.control.plugin("accounting", "stats").items()}


def warnings(server):
    """What status warns of."""
    return server.control.plugin("accounting").get("warnings", [])


@logs.needs_journald
def test_journal(gw, alice):
    """With journald and journalctl: somebody's sessions and refused logins are
    found by fields."""
    server = gateway(gw, {"journal": True}, wrapper=logs.WITH_JOURNAL)
    assert not warnings(server)
    fail(gw, alice, login(gw, alice), "other@lab")

    def find(*matches):
        return wait_until(lambda: logs.journal(server, *matches), 15)

    end, = find(f"ACCOUNTING_ID={USER}", "ACCOUNTING_TYPE=end")
    start, = find(f"ACCOUNTING_ID={USER}", "ACCOUNTING_TYPE=start")
    refused, = find("ACCOUNTING_TYPE=refused")
    assert start["ACCOUNTING_SESSION"] == end["ACCOUNTING_SESSION"]
    assert start["MESSAGE"] == f"{USER} from {alice.v4} is connected"
    assert (end["ACCOUNTING_REASON"], end["ACCOUNTING_HOST"],
            end["IKE_SA_NAME"], end["PRIORITY"]) == ("peer", alice.v4, "psk",
                                                     "6")
    assert (refused["ACCOUNTING_ID"], refused["ACCOUNTING_STEP"],
            refused["ACCOUNTING_REASON"]) == ("other@lab", "authentication",
                                              "failed")
    for entry in (start, end, refused):
        record = json.loads(entry["ACCOUNTING_RECORD"])
        assert record["id"] == entry["ACCOUNTING_ID"]
        assert record["type"] == entry["ACCOUNTING_TYPE"]
    assert len(find(f"ACCOUNTING_HOST={alice.v4}")) == 3


def test_syslog(gw, alice, lab):
    """Facility, tag, and the record, beside that in the file."""
    dev, file = lab.dir / "dev", lab.dir / "records"
    gateway(gw, {"syslog": "local3", "file": file}, wrapper=logs.own_dev(dev))
    with logs.receiver(dev / "log") as found:
        fail(gw, alice, login(gw, alice), USER)
        wait_until(lambda: len(found) == 3, 15)
    wait_until(lambda: len(file.read_text().splitlines()) == 3)
    # local3 is 19, info is 6, notice is 5
    for line, priority, record in zip(found, (158, 158, 157),
                                      file.read_text().splitlines()):
        head, date, text = re.fullmatch(
            r"<(\d+)>(\w{3} [\d ]\d \d\d:\d\d:\d\d) charon\[\d+\]: @cee: (.*)",
            line.decode()).groups()
        assert int(head) == priority
        datetime.strptime(date, "%b %d %H:%M:%S")
        assert text == record


def test_hostile(gw, alice):
    """Fields are the plugin's, whatever a peer is called."""
    server = gateway(gw, {})
    folder = f"/proc/{server.pid}/root/run/systemd/journal"
    gw.run("mkdir", "-p", folder)
    with logs.receiver(f"{folder}/socket") as found:
        server.reload(plugins={"control": {}, "accounting": {"journal": True}})
        login(gw, alice, "fqdn:#" + b"a\nACCOUNTING_ID=root\x1b".hex())
        wait_until(lambda: len(found) == 2, 15)
    for data in found:
        assert data.count(b"\nACCOUNTING_ID\n") == 1
        assert b"\nACCOUNTING_ID\n\x15\0\0\0\0\0\0\0a?ACCOUNTING_ID=root?" \
            in data
        assert b"\x1b" not in data


def test_missing(gw, alice):
    """Nothing is there: nobody is kept from logging in, one line says so, and
    so does status; and when it is there, it goes on."""
    server = gateway(gw, {"journal": True})
    daemon = login(gw, alice)
    server.log.expect("accounting: journal: lost a record, as it can't be "
                      "written to: No such file or directory")
    wait_until(lambda: stats(server)["journal-dropped"] == 2)
    warning, = warnings(server)
    assert warning == ("accounting.journal isn't in force: No such file or "
                       "directory; 2 records are lost")
    folder = f"/proc/{server.pid}/root/run/systemd/journal"
    gw.run("mkdir", "-p", folder)
    with logs.receiver(f"{folder}/socket") as found:
        again(daemon, 1)
        wait_until(lambda: len(found) == 2, 15)
    assert not warnings(server)


@pytest.mark.parametrize("target", ["journal", "syslog"])
def test_stuck(gw, alice, lab, target):
    """It doesn't read: nobody is kept from logging in, the file and the other
    target have all, and what is lost is counted. When it reads, it goes on."""
    dev, file = lab.dir / "dev", lab.dir / "records"
    server = gateway(gw, {"file": file}, wrapper=logs.own_dev(dev))
    folder = f"/proc/{server.pid}/root/run/systemd/journal"
    gw.run("mkdir", "-p", folder)
    paths = {"journal": f"{folder}/socket", "syslog": str(dev / "log")}
    stuck, other = paths.pop(target), *paths.values()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, \
            logs.receiver(other) as found:
        sock.bind(stuck)
        server.reload(plugins={"control": {}, "accounting": {
            "file": file, "journal": True, "syslog": "daemon"}})
        daemon = login(gw, alice)
        count = 1

        def lost():
            return stats(server)[f"{target}-dropped"]

        def lose():
            """Log in until a record is lost; return how often."""
            before = lost()
            for number in range(5, 2000, 5):
                again(daemon, 5)
                if lost() > before:
                    return number
            raise AssertionError("nothing is lost")

        count += lose()
        server.log.expect(f"accounting: {target}: lost a record, as it can't "
                          "be written to: Resource temporarily unavailable")
        assert any(f"accounting.{target} isn't in force" in line
                   for line in warnings(server))
        wait_until(lambda: len(found) == 2 * count, 15)
        wait_until(lambda: len(file.read_text().splitlines()) == 2 * count)
        wait_until(lambda: lost() + stats(server)[f"{target}-written"]
                   == 2 * count, 15)
        # what it didn't read yet
        taken = stats(server)[f"{target}-written"]
        for _ in range(taken):
            sock.recv(65536)
        again(daemon, 1)
        wait_until(lambda: stats(server)[f"{target}-written"] == taken + 2, 15)
        assert not warnings(server)
        # it doesn't hold up the end either
        lose()
        server.stop()


# a file system in a file, for a daemon alone
FROZEN = """
mkdir $1 && truncate -s 16M $1.img && mkfs.ext4 -q $1.img
mount -o loop $1.img $1
shift; exec "$@"
"""


def test_hung_file(gw, alice, lab):
    """A file that neither takes a record nor fails, as on a disk that is gone:
    nobody is kept from logging in, the targets have all, and so has the file
    once it goes on."""
    if run("sh", "-c", "losetup -f && which mkfs.ext4 fsfreeze",
           check=False).returncode:
        pytest.skip("no loop devices, or nothing to freeze one with")
    folder = lab.dir / "folder"
    server = gateway(gw, {"file": folder / "log"},
                     wrapper=["sh", "-ec", FROZEN, "sh", folder])
    inside = ["nsenter", "-t", server.pid, "-m", "-r"]
    sockets = f"/proc/{server.pid}/root/run/systemd/journal"
    gw.run("mkdir", "-p", sockets)
    with logs.receiver(f"{sockets}/socket") as found:
        server.reload(plugins={"control": {}, "accounting": {
            "file": folder / "log", "journal": True}})
        daemon = login(gw, alice)
        wait_until(lambda: stats(server)["records-written"] == 2, 15)
        run(*inside, "fsfreeze", "-f", folder)
        try:
            again(daemon, 3)
            wait_until(lambda: len(found) == 8, 15)
            again(daemon, 1)
            wait_until(lambda: len(found) == 10, 15)
            assert stats(server)["records-written"] == 2
        finally:
            run(*inside, "fsfreeze", "-u", folder)
    wait_until(lambda: stats(server)["records-written"] == 10, 15)
    assert len(run(*inside, "cat", folder / "log").stdout.splitlines()) == 10


def test_reload(gw, alice, lab):
    """Targets come and go; one that is refused changes none of them."""
    dev, file = lab.dir / "dev", lab.dir / "records"
    server = gateway(gw, {}, wrapper=logs.own_dev(dev))

    def reload(**settings):
        server.reload(plugins={"control": {}, "accounting": settings})

    assert "nothing is recorded" in str(warnings(server))
    with logs.receiver(dev / "log") as found:
        daemon = login(gw, alice)
        reload(syslog="auth")
        assert not warnings(server)
        again(daemon, 1)
        wait_until(lambda: len(found) == 2, 15)
        reload(syslog="local0", file="/nowhere/file")
        server.log.expect('accounting: file = "/nowhere/file": can\'t open it')
        again(daemon, 1)
        wait_until(lambda: len(found) == 4, 15)
        reload(syslog="local0", file=file)
        again(daemon, 1)
        wait_until(lambda: len(found) == 6, 15)
        # what waits is sent before it goes
        again(daemon, 1)
        reload(file=file)
        wait_until(lambda: len(found) == 8, 15)
        again(daemon, 1)
        wait_until(lambda: len(file.read_text().splitlines()) == 6, 15)
        server.stop()
    # auth is 4, local0 is 16, info is 6
    assert [line[:5] for line in found] == [b"<38>" + line[4:5] for line in
                                            found[:4]] + [b"<134>"] * 4
