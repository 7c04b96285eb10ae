# SPDX-License-Identifier: GPL-2.0-or-later
"""control.readonly_socket: clients that see what there is, and change
nothing."""

import grp
import os
import re
import socket
import stat

import pytest

from lab import ViciError, build, conns, everything, wait_until
from lab.poll import patience
from lab.vici import Vici

DOC = (build.REPOSITORY / "doc/control.md").read_text()
COMMANDS = re.findall(r"^### (\S+)", DOC.split("\n## Commands")[1].split(
    "\n## Events")[0], re.M)
EVENTS = re.findall(r"^### (\S+)", DOC.split("\n## Events")[1], re.M)
READING = {"version", "status", "stats", "explain"} | {
    name for name in COMMANDS if name.startswith(("list-", "find-"))}
NOT_ALLOWED = "not allowed on readonly_socket, which is for reading only"


@pytest.fixture
def path(lab):
    return lab.dir / "readonly"


def gateway(gw, path, plugins=None, **settings):
    """A daemon with such a socket, and a client of it."""
    daemon = gw.charon(plugins={"control": {
        "readonly_socket": f"unix://{path}", **settings}, **(plugins or {})})
    return daemon, Vici(path)


def reload(daemon, **settings):
    daemon.reload(plugins={"control": settings})


def test_commands(lab, gw, path):
    """Of all plugins: what reads is run, and what changes something is
    refused, with what it takes and without."""
    found = everything.settings(lab.dir / "log")
    found["control"] = {"readonly_socket": f"unix://{path}"}
    daemon = gw.charon(plugins=found, without=["socket-default"])
    reader = Vici(path)
    rule = {"name": "x", "src": "10.9.0.1", "dst": "10.8.0.1"}
    arguments = {"add-bypass": rule, "delete-bypass": {"name": "x"},
                 "add-log": {"name": "x", "ids": "a", "syslog": "daemon"},
                 "delete-log": {"name": "x"}, "add-block": {"id": "x"},
                 "delete-block": {"id": "x"}, "explain": {"name": "x"},
                 "terminate-session": {"name": "x"},
                 "find-filter-peers": {"name": "10.9.0.1"}}
    daemon.control.request("add-bypass", rule | {"name": "kept"})
    before = daemon.control.stream("list-bypasses", "list-bypass")
    for command in COMMANDS:
        if "ikev1" in command and not build.has_ikev1():
            continue
        if command in READING:
            reader.request(command, arguments.get(command))
            continue
        for message in (None, arguments.get(command), {"unknown": "x"}):
            with pytest.raises(ViciError, match=NOT_ALLOWED):
                reader.request(command, message)
    assert len(READING) >= 12 and len(COMMANDS) - len(READING) >= 8
    assert daemon.control.stream("list-bypasses", "list-bypass") == before
    # the same as on the other one
    assert reader.stream("list-bypasses", "list-bypass") == before
    assert reader.plugin("bypass") == daemon.control.plugin("bypass")
    status = daemon.control.plugin("control")
    assert status["readonly-socket"] == f"unix://{path}"
    assert int(daemon.control.plugin("control", "stats")[
        "readonly-requests"]) > len(COMMANDS)


def test_swanadv(gw, alice, path):
    """It works as on the other one, but for what changes something."""
    daemon, _ = gateway(gw, path, plugins={"unique-policy": {}})
    daemon.load(conns.psk_ikev2(gw.v4, alice.v4)[0])
    client = alice.charon()
    client.load(conns.psk_ikev2(gw.v4, alice.v4)[1])
    client.vici.initiate(ike="psk")

    def swanadv(*args, **more):
        return gw.run(build.swanadv(), "--socket", path, *args, **more)

    assert "charon_advanced_up 1" in swanadv("metrics").stdout
    assert alice.v4 in swanadv("session").stdout
    done = swanadv("session", "terminate", alice.v4, check=False)
    assert done.returncode == 1 and NOT_ALLOWED in done.stdout
    assert NOT_ALLOWED in swanadv("reload", check=False).stdout
    assert swanadv("monitor", "session", check=False).returncode == 1
    assert len(daemon.vici.list_sas()) == 1


def test_events(gw, path):
    """Streams of commands are known, events aren't."""
    gateway(gw, path, plugins={"bypass": {}, "unique-policy": {}})

    def register(name):
        """The operation that answers."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(path))
            body = bytes([3, len(name)]) + name.encode()
            sock.sendall(len(body).to_bytes(4, "big") + body)
            return sock.recv(5, socket.MSG_WAITALL)[4]

    assert register("list-bypass") == 5
    assert {register(name) for name in EVENTS} == {6}


def test_group(lab, gw, path):
    """Who is in the group connects to this one only, and nobody else does."""
    lab.dir.chmod(0o755)
    daemon, _ = gateway(gw, path, readonly_group="adm")
    adm = grp.getgrnam("adm").gr_gid

    def connects(to, *groups):
        return gw.run("setpriv", "--reuid=nobody", "--regid=nogroup", *groups,
                      build.swanadv(), "-s", to, "version",
                      check=False).returncode == 0

    def mode():
        st = os.stat(path)
        return st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)

    assert mode() == (0, adm, 0o660)
    main = daemon.control.path
    assert connects(path, "--groups=adm")
    assert not connects(main, "--groups=adm")
    assert not connects(path, "--clear-groups")
    assert os.stat(main).st_gid == 0
    # the group stays if other settings change, and takes a restart itself
    moved = lab.dir / "moved"
    reload(daemon, readonly_socket=f"unix://{path}", readonly_group="adm",
           socket=f"unix://{moved}")
    wait_until(moved.exists)
    assert mode() == (0, adm, 0o660)
    other = lab.dir / "other"
    for to, group, key, reason in (
            (path, 65534, f'socket = "unix://{path}"',
             "can't give it to another group: Operation not permitted"),
            (other, 65534, f'socket = "unix://{other}"', "can't listen there, "
             "or give it to its group: Operation not permitted"),
            (path, "nobody's", 'group = "nobody\'s"',
             "there is no such group")):
        reload(daemon, readonly_socket=f"unix://{to}", readonly_group=group)
        daemon.log.expect(f"control: readonly_{key}: {reason}; keeping the "
                          "previous settings")
    assert mode() == (0, adm, 0o660) and not other.exists()
    assert connects(path, "--groups=adm")
    # without one, those who were in it can't any more, nor are they still
    with socket.socket(socket.AF_UNIX) as reader:
        reader.settimeout(patience(10))
        reader.connect(str(path))
        wait_until(lambda: Vici(moved).plugin("control")[
            "readonly-clients"] == "1")
        reload(daemon, readonly_socket=f"unix://{path}")
        assert not connects(path, "--groups=adm")
        assert mode() == (0, 0, 0o660)
        assert reader.recv(1) == b""


@pytest.mark.parametrize("group", [65534, "nogroup"])
def test_group_at_start(lab, gw, path, group):
    """By its number or its name."""
    gateway(gw, path, readonly_group=group)
    assert os.stat(path).st_gid == 65534


def test_reload(lab, gw, path):
    """It comes, moves and goes; nothing of what is invalid is in force."""
    daemon = gw.charon(plugins={"control": {}})
    other = lab.dir / "other"
    assert "readonly-socket" not in daemon.control.plugin("control")
    reload(daemon, readonly_socket=f"unix://{path}")
    assert Vici(path).request("version")
    reload(daemon, readonly_socket=f"unix://{other}")
    assert Vici(other).request("version")
    assert not path.exists()
    taken = lab.dir / "taken"
    taken.touch()
    # neither if this one is taken, nor if the other one is
    reload(daemon, readonly_socket=f"unix://{taken}")
    daemon.log.expect(f'control: readonly_socket = "unix://{taken}": something '
                      "else is or listens at this path; keeping")
    assert Vici(other).request("version")
    moved = Vici(lab.dir / "moved")
    reload(daemon, readonly_socket=f"unix://{moved.path}",
           socket=f"unix://{taken}")
    daemon.log.expect(f'control: socket = "unix://{taken}": something else')
    assert Vici(other).request("version")
    assert not moved.path.exists() and taken.exists()
    assert daemon.control.plugin("control")[
        "readonly-socket"] == f"unix://{other}"
    reload(daemon)
    assert not other.exists()
    assert "readonly-socket" not in daemon.control.plugin("control")
    reload(daemon, readonly_socket=f"unix://{other}")
    daemon.stop()
    assert not other.exists()


def test_taken_at_start(gw, path):
    """It is there as soon as the path is free, and the other one at once."""
    path.touch()
    daemon, reader = gateway(gw, path)
    daemon.log.expect(f'control: readonly_socket = "unix://{path}": something '
                      "else is or listens at this path; trying again")
    assert daemon.control.request("version")
    path.unlink()
    wait_until(path.exists)
    assert reader.request("version")


def test_many_readers(gw, path):
    """They don't take the place of those who are in control."""
    daemon, _ = gateway(gw, path, plugins={"bypass": {}})

    def connect(to):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(to))
        sock.settimeout(patience(5))
        return sock

    def version(sock):
        sock.sendall(b"\0\0\0\x09\0\x07version")
        head = sock.recv(4, socket.MSG_WAITALL)
        return b"charon" in sock.recv(int.from_bytes(head, "big"),
                                      socket.MSG_WAITALL)

    operator = connect(daemon.control.path)
    assert version(operator)
    readers = [connect(path) for _ in range(200)]
    wait_until(lambda: int(daemon.control.plugin("control", "stats")[
        "readonly-connects"]) == 200, 20)
    assert version(operator)
    wait_until(lambda: daemon.control.plugin("control")["clients"] == "2")
    for sock in readers:
        sock.close()
    wait_until(lambda: Vici(path).request("version"))
