# SPDX-License-Identifier: GPL-2.0-or-later
"""control and swanadv against a real daemon.

        10.1.0.0/24, fd01::/64
    ----+-----------+---------+----
        |           |         |
       gw         alice      bob

gw runs the plugins; the clients of its socket are the vici package of the
strongSwan tree, swanadv, which is libvici, and bytes that no client sends.
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from collections import Counter

import pytest

from lab import ViciError, build, conns, wait_until
from lab.poll import patience
from lab.vici import Vici, _Connection, _protocol

USER = "user@lab"
ALL = {"control": {}, "unique-policy": {}, "bypass": {},
       "strict-bind": {"interfaces": "eth0"}}
REQUEST, REGISTER = 0, 3
DOC = (build.REPOSITORY / "doc/control.md").read_text()


def names(message):
    """The keys of a message, but for the names of plugins."""
    for key, value in message.items():
        if key not in ALL:
            yield key
        if isinstance(value, dict):
            yield from names(value)


@pytest.fixture(autouse=True)
def documented(monkeypatch):
    """Have each answer compared with doc/control.md."""
    command = _Connection.command

    def check(name, message):
        section = re.search(rf"^### {name}\n(.*?)^##", DOC, re.M | re.S)[1]
        known = set(re.findall(r"`([\w-]+)`", section))
        assert set(names(message)) - known <= {"success", "errmsg", "errors"}

    def checked(self, name, message=None, on_event=None):
        if not self._socket.getpeername().endswith(".control"):
            return command(self, name, message, on_event)

        def event(item):
            check(name, item)
            on_event(item)
        answer = command(self, name, message, event)
        check(name, answer)
        return answer

    monkeypatch.setattr(_Connection, "command", checked)


def gateway(host, **settings):
    plugins = {"control": {}} | {
        name.replace("_", "-"): value for name, value in settings.items()}
    return host.charon(plugins=plugins)


def packet(operation, name, message=b""):
    """A packet with its length."""
    body = bytes([operation, len(name)]) + name.encode() + message
    return struct.pack("!I", len(body)) + body


def connect(daemon, timeout=5):
    """A bare connection."""
    sock = socket.socket(socket.AF_UNIX)
    # with a timeout it would fail at once while the backlog is full
    sock.connect(str(daemon.control.path))
    sock.settimeout(timeout)
    return sock


def ended(sock):
    """Whether the daemon closes a connection."""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def registrations(daemon):
    """How many registrations for events there are."""
    return int(daemon.control.plugin("control")["registrations"])


def refused(daemon, command, message=None):
    """What a command that must fail says."""
    with pytest.raises(ViciError) as error:
        daemon.control.request(command, message)
    return str(error.value)


@pytest.mark.parametrize("order", [{"load": 1000}, {"load": -1000}])
def test_load_order(gw, order):
    """Plugins and control find each other, whoever is there first."""
    plugins = ALL | {"control": order}
    daemon = gw.charon(plugins=plugins, without=["socket-default"])
    version = daemon.control.request("version")
    assert version["daemon"] == "charon"
    assert version["interface-version"] == "1"
    assert version["loaded"] == sorted(ALL)
    for command in ("status", "stats"):
        answer = daemon.control.request(command)
        assert set(answer) - {"unreadable", "not-loaded", "restart-needed"} \
            == {"success", "plugins"}
        assert set(answer["plugins"]) == set(ALL) - (
            {"strict-bind"} if command == "stats" else set())
    assert daemon.control.plugin("unique-policy")["events"] == ["session"]


def test_without_control(gw):
    daemon = gw.charon(plugins={name: ALL[name] for name in ALL
                                if name != "control"},
                       without=["socket-default"])
    assert daemon.vici.request("version")


def test_third_party_client(gw):
    """The vici package as it comes, with no change."""
    _protocol()  # finds it
    import vici

    daemon = gateway(gw, bypass={"rules": {"a": {"src": "10.9.0.0/24",
                                                 "dst": "10.8.0.0/24"}}})
    session = vici.Session(connect(daemon))
    assert session.version()["daemon"] == b"charon"
    assert session.stats()["plugins"]["bypass"]["policies-added"] == b"6"
    rules = list(session.streamed_request("list-bypasses", "list-bypass"))
    assert [rule["name"] for rule in rules] == [b"a"]
    assert session.request("list-bypasses") == {"success": b"yes"}
    with pytest.raises(vici.exception.CommandException, match="no rule"):
        session.request("delete-bypass", {"name": "x"})
    with pytest.raises(vici.exception.SessionException):
        session.request("no-such-command")
    with pytest.raises(vici.exception.EventUnknownException):
        next(session.listen(["no-such-event"]))
    events = vici.Session(connect(daemon)).listen(["bypass"])
    first = []
    thread = threading.Thread(target=lambda: first.append(next(events)))
    thread.start()
    wait_until(lambda: registrations(daemon) == 1)
    session.request("add-bypass", {
        "name": "b", "src": ["10.9.0.1", "10.9.0.2"], "dst": "10.8.0.1"})
    thread.join(5)
    name, event = first[0]
    assert name == b"bypass" and event["added"] == [b"b"]


def test_socket_permissions(gw):
    """As charon's own socket: owner, group and mode, but for execution, which
    older ones allow and which says nothing."""
    daemon = gateway(gw)
    ours, core = (os.stat(path) for path in
                  (daemon.control.path, daemon.vici.path))
    assert (ours.st_mode, ours.st_uid, ours.st_gid) == (
        core.st_mode & ~0o111, core.st_uid, core.st_gid)


def test_socket_without_chown(gw):
    """A group that can't be given the socket is told about; root connects."""
    daemon = gw.charon(plugins={"control": {}}, conf={"group": "nogroup"},
                       wrapper=["setpriv", "--bounding-set=-chown"])
    assert daemon.control.request("version")
    daemon.log.expect(r"control: can't give \S+\.control to group 65534, which "
                      "so can't connect: Operation not permitted")


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_sessions(gw, alice, bob, setup):
    daemon = gateway(gw, unique_policy={
        "mode": "keep", "rules": {"open": {"connections": "o*",
                                           "mode": "never"}}})
    pairs = [setup(gw.v4, host.v4, USER) for host in (alice, bob)]
    daemon.load(pairs[0][0])
    with daemon.control.events("session") as events:
        first = alice.charon()
        first.load(pairs[0][1])
        first.vici.initiate(ike=next(iter(pairs[0][1].connections)))
        name, event = events.get(timeout=5)
        assert (name, event["type"]) == ("session", "accepted")
        assert (event["id"], event["host"]) == (USER, alice.v4)
        connection = event["connection"]

        second = bob.charon()
        second.load(pairs[1][1])
        assert not second.vici.initiate(
            ike=next(iter(pairs[1][1].connections)), must=False)
        event = events.get(timeout=5)[1]
        assert (event["type"], event["reason"], event["limit"]) == (
            "rejected", "limit", "1")
        assert (event["id"], event["host"]) == (USER, bob.v4)
        assert event["connection"] == connection
        held, = event["held-by"]
        assert re.fullmatch(rf"1 at {alice.v4}\[\d+\]", held)

        session, = daemon.control.stream("list-sessions", "list-session")
        assert (session["id"], session["connection"], session["host"]) == (
            USER, connection, alice.v4)
        assert session["state"] == "up" and "rule" not in session
        assert int(session["age"]) < 60 and int(session["idle"]) < 60

        daemon.reload(plugins={"control": {}, "unique-policy": {
            "mode": "replace", "rules": {"all": {"ids": "*"}}}})
        second.vici.initiate(ike=next(iter(pairs[1][1].connections)))
        # in which order depends on who needs room for an address
        both = (events.get(timeout=5)[1] for _ in range(2))
        event, replaced = sorted(both, key=lambda event: event["type"])
        assert (event["type"], event["rule"]) == ("accepted", "all")
        assert replaced["type"] == "replaced"
        assert replaced["reason"] in ("limit", "initial-contact")
        assert replaced["replaced-by"] == event["uniqueid"]
    daemon.vici.expect_sas(1, up=True)
    session, = daemon.control.stream("list-sessions", "list-session")
    assert (session["host"], session["rule"]) == (bob.v4, "all")
    text = daemon.swanadv("session").stdout.splitlines()
    assert text[0].split()[:3] == ["uniqueid", "id", "connection"]
    assert USER in text[1] and bob.v4 in text[1]


def test_terminate_numbers(gw, alice):
    """Where identities are numbers, a unique ID is marked as such."""
    daemon = gw.charon(plugins={"control": {}, "unique-policy": {
        "mode": "no"}})
    client = alice.charon(conf={"reuse_ikesa": False})
    pairs = {name: conns.psk_ikev2(gw.v4, alice.v4, name, name=f"c{name}",
                                   gw_name="c") for name in ("2", "3", "x")}
    daemon.load(pairs["x"][0])
    for name, pair in pairs.items():
        client.load(pair[1])
        client.vici.initiate(ike=f"c{name}")
    # the client may be done before the gateway
    wait_until(lambda: len(daemon.control.stream(
        "list-sessions", "list-session")) == 3, 5, "3 sessions")

    def terminate(what, code=0):
        done = daemon.swanadv("session", "terminate", what, check=False)
        assert done.returncode == code, done.stdout
        return done.stdout

    assert terminate("uniqueid=2") == "terminated: 2\n"
    assert "no such session" in terminate("uniqueid=2", 1)
    assert 'uniqueid = "x": expected 1-' in terminate("uniqueid=x", 1)
    assert terminate("2") == "terminated: 1\n"


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_expired(gw, alice, setup):
    """Who doesn't reauthenticate in time: one with IKEv1 isn't told to, one
    that makes before it breaks doesn't without a CHILD_SA."""
    daemon = gw.charon(plugins={"control": {}, "unique-policy": {}})
    client = alice.charon(conf={"make_before_break": True})
    both = setup(gw.v4, alice.v4, name="c", initiator={"vips": ["0.0.0.0"]},
                 gateway={"pools": ["pool"], "rekey_time": "0s",
                          "reauth_time": "1s", "over_time": "1s",
                          "rand_time": "0s"})
    daemon.load(both[0], pools={"pool": {"addrs": "10.8.0.0/24"}})
    client.load(both[1])
    with daemon.control.events("session") as events:
        client.vici.initiate(ike="c")
        assert events.get(timeout=5)[1]["type"] == "accepted"
        event = events.get(timeout=patience(5))[1]
        assert (event["type"], event["reason"]) == ("left", "expired")


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_left(gw, alice, bob, setup):
    """Who leaves, and why: by himself, as he was told to, as he doesn't
    answer, and with charon. What he had is in the list before."""
    conf = {"retransmit_tries": 1, "retransmit_timeout": 0.2}
    daemon = gw.charon(conf=conf, plugins={"control": {}, "unique-policy": {}},
                       libipsec=True)
    gw.ip("address add 10.9.0.1/32 dev lo")
    more = {"child": ("10.9.0.1/32", "dynamic"), "gateway": {
                "pools": ["pool"], "dpd_delay": "1s", "dpd_timeout": "2s",
                # no lifetime, which core takes for one that is over
                "rekey_time": "0s", "reauth_time": "0s"},
            "initiator": {"vips": ["0.0.0.0"]}, "name": "c"}
    pairs = {host: setup(gw.v4, host.v4, f"{host.name}@lab", **more)
             for host in (alice, bob)}
    daemon.load(pairs[alice][0], pools={"pool": {"addrs": "10.8.0.0/24"}})
    clients = {}
    for host, pair in pairs.items():
        clients[host] = host.charon(libipsec=True)
        clients[host].load(pair[1])

    def login(host):
        """Connect, and get the session."""
        clients[host].vici.initiate(child="c")
        assert events.get(timeout=5)[1]["type"] == "accepted"
        return next(s for s in daemon.control.stream(
            "list-sessions", "list-session") if s["host"] == host.v4)

    def left(timeout=5):
        """The uniqueid and reason of the next one."""
        event = events.get(timeout=timeout)[1]
        assert event["type"] == "left", event
        return event["uniqueid"], event["reason"]

    with daemon.control.events("session") as events:
        session = login(alice)
        address, = session["virtual-ips"]
        assert address.startswith("10.8.0.")
        assert session["bytes-in"] == session["bytes-out"] == "0"
        assert alice.ping("10.9.0.1")
        sessions = daemon.control.stream("list-sessions", "list-session")
        assert {int(s["bytes-in"]) > 0 for s in sessions} == {True}
        clients[alice].vici.terminate(ike="c")
        assert left() == (session["uniqueid"], "peer")

        # by name, by address and by number
        for get in ("id", "host", "uniqueid"):
            session, other = login(alice), login(bob)
            done = daemon.swanadv("session", "terminate", session[get])
            assert done.stdout == f"terminated: {session['uniqueid']}\n"
            assert left() == (session["uniqueid"], "local")
            clients[alice].vici.expect_sas(0)
            clients[bob].vici.terminate(ike="c")
            assert left() == (other["uniqueid"], "peer")
        with pytest.raises(ViciError, match="there is no such session"):
            daemon.control.request("terminate-session", {"name": "x@lab"})
        for more in ({"name": "x@lab", "uniqueid": "1"}, {}):
            with pytest.raises(ViciError, match="expected either "):
                daemon.control.request("terminate-session", more)

        session = login(bob)
        clients[bob].kill()
        assert left(20) == (session["uniqueid"], "unreachable")
        session = login(alice)
        daemon.stop()
        assert left() == (session["uniqueid"], "shutdown")


def marked(host):
    """Number of bypass's policies in the kernel."""
    return host.run("ip", "-s", "xfrm", "policy").stdout.count("1652125793")


def test_bypass(gw):
    conf = {"rules": {"a": {"src": "10.9.0.0/24", "dst": "10.8.0.0/24"}}}
    daemon = gateway(gw, bypass=conf)
    control = daemon.control
    assert marked(gw) == 6
    with control.events("bypass") as events:
        control.request("add-bypass", {"name": "b", "src": "10.9.1.0/24",
                                       "dst": "10.8.1.1", "protocol": "tcp",
                                       "dst_port": 443, "direction": "out"})
        event = events.get(timeout=5)[1]
        assert (event["added"], event["removed"]) == (["b"], [])
        assert event["policies-added"] == "3"
    assert marked(gw) == 9
    a, b = control.stream("list-bypasses", "list-bypass")
    assert (a["name"], a["origin"], a["policies"]) == ("a", "config", "6")
    assert (b["name"], b["origin"], b["direction"]) == ("b", "runtime", "out")
    assert b["dst"] == ["10.8.1.1/32[tcp/https]"]
    assert "bypass/b" in daemon.swanctl("--list-pols")

    # the same validation, word for word, as in the file
    wrong = {"src": "10.9.1.0/33", "dst": "10.8.1.1", "dst_port": 443}
    errors = refused(daemon, "add-bypass", {"name": "c"} | wrong)
    assert 'src = "10.9.1.0/33": expected a comma' in errors
    assert 'dst_port = "443": expected together' in errors
    mark = daemon.log.mark()
    daemon.reload(plugins={"control": {}, "bypass": {"rules": {"c": wrong}}})
    for line in errors.removeprefix("add-bypass: ").split("; "):
        assert f"bypass: rules.c.{line}; keeping" in daemon.log.text(mark)
    assert "unknown option" in refused(daemon, "add-bypass", {
        "name": "c", "src": "10.9.1.0/24", "dest": "10.8.1.1"})
    assert "allow_any" in refused(daemon, "add-bypass", {
        "name": "c", "src": "0.0.0.0/0", "dst": "0.0.0.0/0"})
    for name in ("a", "b"):
        assert "of this name already" in refused(daemon, "add-bypass", {
            "name": name, "src": "10.9.1.0/24", "dst": "10.8.1.1"})
    for name in (None, "", "x" * 200):
        assert "name" in refused(daemon, "add-bypass", {
            "name": name, "src": "10.9.1.0/24", "dst": "10.8.1.1"})
    assert marked(gw) == 9

    # a rule that was added survives a reload, one of the file can't be deleted
    daemon.reload(plugins={"control": {}, "bypass": {}})
    b, = control.stream("list-bypasses", "list-bypass")
    assert b["name"] == "b" and marked(gw) == 3
    daemon.reload(plugins={"control": {}, "bypass": conf})
    assert "is in the configuration" in refused(daemon, "delete-bypass",
                                                {"name": "a"})
    control.request("delete-bypass", {"name": "b"})
    assert "no rule of this name" in refused(daemon, "delete-bypass",
                                             {"name": "b"})
    assert marked(gw) == 6
    daemon.log.expect("bypass: added rule b at run time")
    daemon.log.expect("bypass: deleted rule b at run time")


def test_bypass_last_used(gw, alice):
    daemon = gateway(gw, bypass={"rules": {"ping": {
        "src": gw.v4, "dst": alice.v4}}})
    assert "last-used" not in daemon.control.stream(
        "list-bypasses", "list-bypass")[0]
    assert gw.ping(alice.v4)
    rule, = daemon.control.stream("list-bypasses", "list-bypass")
    assert int(rule["last-used"]) < 60


def test_bindings(gw):
    daemon = gw.charon(plugins={"control": {},
                                "strict-bind": {"interfaces": "eth0, ppp0"}},
                       without=["socket-default"])
    def bindings():
        return {(b["address"], b["port"], b["nat-t"], b["state"])
                for b in daemon.control.stream("list-bindings",
                                               "list-binding")}
    assert {(gw.v4, "500", "no", "bound"),
            (gw.v4, "4500", "yes", "bound")} <= bindings()
    status = daemon.control.plugin("strict-bind")
    assert status["warnings"] == ["waiting for interface ppp0"]
    with daemon.control.events("binding") as events:
        address = gw.add_address()
        event = events.get(timeout=5)[1]
        assert event["type"] == "bound" and event["interface"] == "eth0"
        wait_until(lambda: (address.v4, "500", "no", "bound") in bindings())
        gw.ip(f"address del {address.v4}/24 dev eth0")
        wait_until(lambda: events.get(timeout=5)[1]["type"] == "released")


def test_reload(gw):
    """Each plugin's errors are in the answer, and stay in the status."""
    daemon = gateway(gw, unique_policy={"mode": "keep"}, bypass={})
    answer = daemon.control.request("reload")
    assert answer["plugins"]["bypass"] == {"reloaded": "yes"}
    daemon._plugins = {"control": {},
                       "unique-policy": {"limit": "abc", "mode": "x"},
                       "bypass": {"lan": True}}
    daemon._configure()
    line = 'limit = "abc": expected 1-65535'
    mode = 'mode = "x": expected one of never, no, replace, keep'
    lines = [line, mode]
    assert refused(daemon, "reload") == "reload: " + "; ".join(
        f"unique-policy: {line}" for line in lines)
    status = daemon.control.request("status")["plugins"]
    assert status["unique-policy"]["invalid-settings"] == lines
    assert status["unique-policy"]["mode"] == "keep"
    assert status["bypass"]["lan"] == "yes"

    done = daemon.swanadv("reload", check=False)
    assert done.returncode == 1
    # a line for each plugin, and for each error
    assert sorted(done.stdout.splitlines()) == [
        "bypass: reloaded", "control: reloaded",
        *(f"swanadv: unique-policy: {line}" for line in sorted(lines)),
        "unique-policy: keeps the previous settings"]
    assert f"NOT IN FORCE unique-policy: {line}" in \
        daemon.swanadv("status", check=False).stdout

    daemon._file("conf").write_text("charon { plugins { \n } } }")
    assert "can't be read" in refused(daemon, "reload")


def test_moved_socket(gw):
    """The path may change, but nothing else is replaced by a socket."""
    daemon = gateway(gw)
    old = daemon.control.path
    new = old.with_suffix(".new")
    new.write_text("precious")
    daemon._plugins = {"control": {"socket": f"unix://{new}"}}
    daemon._configure()
    assert refused(daemon, "reload") == (
        f'reload: control: socket = "unix://{new}": something else is or '
        "listens at this path")
    assert new.read_text() == "precious"
    daemon.log.expect("control: socket = .*: something else is or listens "
                      "at this path; keeping the previous settings")
    assert daemon.control.plugin("control") | {"clients": "1"} == {
        "clients": "1", "registrations": "0", "socket": f"unix://{old}",
        "invalid-settings": [f'socket = "unix://{new}": something else is or '
                             "listens at this path"],
        "commands": [], "events": []}
    daemon.reload(plugins={"control": {"socket": f"unix://{daemon.vici.path}"}})
    assert daemon.vici.request("version")
    new.unlink()
    daemon.reload(plugins={"control": {"socket": f"unix://{new}"}})
    daemon.control.path = new
    assert daemon.control.request("version")
    assert not old.exists()
    daemon.reload(plugins={"control": {"socket": "unix:///no/such/folder/x"}})
    daemon.log.expect("control: socket = .*: can't listen there: No such file "
                      "or directory; keeping the previous settings")
    # as often as somebody removes it
    new.unlink()
    daemon.reload(plugins={"control": {"socket": f"unix://{new}"}})
    assert "invalid-settings" not in \
        daemon.control.plugin("control")
    daemon.stop()
    assert not new.exists()


def test_taken_at_start(gw, alice):
    """A living daemon's socket is left alone. Who comes second, or before the
    folder is there, has the path as soon as that works."""
    first = gateway(gw)
    path = first.control.path
    late = path.with_suffix(".late") / "socket"
    inode = path.stat().st_ino
    second, third = (alice.charon(name, plugins={
        "control": {"socket": f"unix://{where}"}})
        for name, where in (("second", path), ("third", late)))
    second.log.expect(f'control: socket = "unix://{path}": something else is '
                      "or listens at this path; trying again until it works")
    third.log.expect(f'control: socket = "unix://{late}": can\'t listen there: '
                     "No such file or directory; trying again until it works")
    assert path.stat().st_ino == inode
    stats = first.control.plugin("control", "stats")
    assert stats["connects"] == "1"
    late.parent.mkdir()
    first.kill()
    for daemon, where in ((second, path), (third, late)):
        daemon.log.expect(f"control: listening on unix://{where}")
        assert Vici(where).request("version")
        assert daemon.log.text().count("trying again") == 1
        daemon.stop()
        assert not where.exists()


def test_reloads_at_once(gw):
    """Changes of the path by SIGHUP, vici and swanadv's request, all at once
    and with clients that come and go: no hang, no crash, no file left over,
    and the last settings are in force."""
    daemon = gateway(gw)
    paths = [daemon.control.path.with_suffix(f".c{n}") for n in range(3)]
    conf = daemon._file("conf")
    deadline = time.monotonic() + 60
    done = Counter()

    def configure(path):
        daemon._plugins = {"control": {"socket": f"unix://{path}"}}
        daemon._configure()

    def write(path):
        """What the daemon reads is never half a file."""
        text = conf.read_text()
        half = conf.with_suffix(".half")
        half.write_text(re.sub(r"unix://\S+\.c\d", f"unix://{path}", text))
        half.rename(conf)

    def repeat(what, name, until):
        while (daemon.alive and done["changes"] < until and
               time.monotonic() < deadline):
            try:
                what()
                done[name] += 1
            except (OSError, ViciError, struct.error):
                pass  # it moved meanwhile

    def change():
        write(paths[done["changes"] % len(paths)])
        daemon.vici.reload_settings(timeout=30)

    def sighup():
        os.kill(daemon.pid, signal.SIGHUP)
        time.sleep(0.002)

    def request():
        Vici(paths[done["requests"] % len(paths)]).request("reload")

    def visit():
        Vici(paths[done["visits"] % len(paths)]).request("version")

    configure(paths[0])
    daemon.vici.reload_settings()
    threads = [threading.Thread(target=repeat, args=(*args, 400))
               for args in ((change, "changes"), (sighup, "sighups"),
                            (request, "requests"), (visit, "visits"),
                            (visit, "visits"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert daemon.alive
    assert done["changes"] == 400, done
    assert done["requests"] and done["visits"] and done["sighups"]

    last = daemon.control.path.with_suffix(".c9")
    configure(last)
    daemon.vici.reload_settings()
    daemon.control.path = last
    status = daemon.control.plugin("control")
    assert status["socket"] == f"unix://{last}" and "warnings" not in status
    assert [path for path in paths if path.exists()] == []
    daemon.stop()
    assert not last.exists()


def test_invalid_settings(gw):
    daemon = gateway(gw, control={"socket": "tcp://127.0.0.1:4502"})
    daemon.log.expect('control: socket = "tcp://127.0.0.1:4502": expected '
                      'unix:// and an absolute path of at most 107 '
                      'characters; not loading')


def served(daemon):
    """Whether one more client gets an answer."""
    try:
        return daemon.control.request("version")
    except OSError:
        return None


def test_hostile_clients(gw, alice):
    """IKE goes on, others are served, and it is over when they are gone."""
    daemon = gateway(gw, unique_policy={"mode": "never"})
    server, config = conns.psk_ikev2(gw.v4, alice.v4, USER)
    daemon.load(server)
    client = alice.charon()
    client.load(config)
    name = next(iter(config.connections))
    # half a length, half a request, one of 4 GiB, and one that nobody reads
    held = []
    for data in [b"\0\0", packet(REQUEST, "version")[:9],
                 packet(REQUEST, "status") * 500]:
        held.append(connect(daemon))
        held[-1].sendall(data)
    huge = connect(daemon)
    huge.sendall(b"\xff\xff\xff\xff")
    assert ended(huge)
    daemon.log.expect(r"control: disconnected a client \(pid \d+, uid 0\) "
                      r"that announced a request of 4294967295 bytes, at "
                      r"most 524288 are accepted$")
    # 1,000 connections in about a second, while there are logins
    stop = threading.Event()
    connects = []

    def flood():
        while not stop.is_set():
            with socket.socket(socket.AF_UNIX) as sock:
                try:
                    sock.connect(str(daemon.control.path))
                    connects.append(1)
                except OSError:
                    pass

    threads = [threading.Thread(target=flood) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(connects) > 100)
        for _ in range(5):
            assert client.vici.initiate(ike=name, timeout=5)
            client.vici.terminate(ike=name)
        wait_until(lambda: len(connects) > 1000, timeout=20)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    wait_until(lambda: served(daemon))
    stats = daemon.control.plugin("control", "stats")
    assert int(stats["connects"]) > 1000
    for sock in held:
        sock.close()
    wait_until(lambda: daemon.control.plugin("control")["clients"] == "1")
    # nothing is left of them but what the next client removes
    wait_until(lambda: served(daemon) and
               len(os.listdir(f"/proc/{daemon.pid}/task")) < 25)


def test_too_many_clients(gw):
    """Those that do nothing give way, those that wait for events don't."""
    daemon = gateway(gw, bypass={})
    watcher = connect(daemon)
    watcher.sendall(packet(REGISTER, "bypass"))
    assert watcher.recv(5) == b"\0\0\0\1\5"
    idle = []
    for _ in range(63):
        idle.append(connect(daemon))
    # some second later they are idle
    wait_until(lambda: served(daemon))
    assert sum(ended(sock) for sock in idle[:1]) == 1
    daemon.control.request("add-bypass", {"name": "a", "src": "10.9.0.1",
                                          "dst": "10.8.0.1"})
    assert watcher.recv(4096)
    # a line about one that was disconnected hides none about others
    with connect(daemon) as sock:
        sock.sendall(b"\xff\xff\xff\xff")
        assert ended(sock)
    daemon.log.expect("control: disconnected a client .* announced a request")
    # and if all wait for events
    for _ in range(200):
        sock = connect(daemon)
        idle.append(sock)
        try:
            sock.sendall(packet(REGISTER, "bypass"))
            if not sock.recv(5):
                break
        except (BrokenPipeError, ConnectionResetError):
            break
    else:
        pytest.fail("there is no end to clients")
    daemon.log.expect("control: refused a client, as there are 64")
    stats = watcher
    stats.sendall(packet(REQUEST, "stats"))
    assert b"refused" in stats.recv(4096)
    for sock in idle:
        sock.close()
    wait_until(lambda: served(daemon))


def test_patience(gw):
    """Who doesn't go on with a request, or doesn't read an answer, is out;
    who doesn't read events is not, and is told what it missed."""
    daemon = gateway(gw, bypass={"rules": {
        f"rule{i}": {"src": f"10.9.{i}.0/24", "dst": "10.8.0.0/24"}
        for i in range(200)}})
    half = connect(daemon, timeout=60)
    half.sendall(packet(REQUEST, "version")[:7])
    deaf = connect(daemon, timeout=60)
    deaf.sendall(packet(REGISTER, "list-bypass") +
                 packet(REQUEST, "list-bypasses") * 50)
    watcher, begun, stuck = (connect(daemon, timeout=60) for _ in range(3))
    for sock in (watcher, begun, stuck):
        sock.sendall(packet(REGISTER, "bypass"))
        assert sock.recv(5) == b"\0\0\0\1\5"
    # events are no excuse, read or not
    for sock in (begun, stuck):
        sock.sendall(packet(REQUEST, "version")[:7])
    start = time.monotonic()
    seen = []

    def read():
        """What comes until the connection ends, and when that is."""
        while begun.recv(65536):
            seen.append(time.monotonic() - start)

    reader = threading.Thread(target=read)
    reader.start()
    rule = {"name": "x" * 100, "src": "10.9.0.1", "dst": "10.8.250.1"}
    while reader.is_alive() and time.monotonic() < start + 60:
        daemon.control.request("add-bypass", rule)
        daemon.control.request("delete-bypass", {"name": rule["name"]})
    reader.join(1)
    assert not reader.is_alive() and 9 < seen[-1] < 20
    assert ended(half)
    wait_until(lambda: daemon.control.plugin(
        "control", "stats")["disconnected"] == "4", timeout=60)
    daemon.log.expect("doesn't send the rest of its request|"
                      "doesn't read its answer")
    wait_until(lambda: daemon.control.plugin("control")["clients"] == "2")
    assert watcher.recv(4)


def test_killed_and_stopped_clients(gw):
    """kill -9 and SIGSTOP of clients, and a reload, while lists are sent."""
    rules = {f"rule{i}": {"src": f"10.9.{i}.0/24", "dst": "10.8.0.0/24"}
             for i in range(200)}
    daemon = gateway(gw, bypass={"rules": rules})

    def swanadv(*args):
        return subprocess.Popen(
            [build.swanadv(), "--socket", daemon.control.path, *args],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    monitors = [swanadv("monitor") for _ in range(3)]
    wait_until(lambda: registrations(daemon) == 3)
    monitors[0].send_signal(signal.SIGSTOP)
    listers = [swanadv("--json", "bypass") for _ in range(5)]
    monitors[1].kill()
    listers[0].kill()
    daemon.reload(plugins={"control": {}, "bypass": {"rules": dict(
        list(rules.items())[:100])}})
    for lister in listers[1:]:
        output = lister.communicate(timeout=20)[0]
        assert len(json.loads(output)["items"]) in (100, 200)
    for i in range(50):
        name = {"name": f"added{i}"}
        daemon.control.request("add-bypass", name | {
            "src": "10.9.0.1", "dst": f"10.8.1.{i}"})
    monitors[0].send_signal(signal.SIGCONT)
    monitors[0].send_signal(signal.SIGTERM)
    line = monitors[2].stdout.readline().decode()
    assert " bypass: " in line and "removed rule" in line
    for process in monitors + listers:
        process.kill()
        process.communicate()
    wait_until(lambda: daemon.control.plugin("control")["clients"] == "1")


def test_stop_with_clients(gw):
    """charon's end doesn't wait for clients, and they are told."""
    daemon = gateway(gw, bypass={})
    sock = connect(daemon)
    sock.sendall(packet(REGISTER, "bypass") + b"\0")
    monitor = subprocess.Popen(
        [build.swanadv(), "--socket", daemon.control.path, "monitor"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_until(lambda: registrations(daemon) == 2)
    start = time.monotonic()
    daemon.stop()
    assert time.monotonic() - start < 5
    output = monitor.communicate(timeout=10)[0].decode()
    assert monitor.returncode == 1
    assert output.endswith("has ended\n")
