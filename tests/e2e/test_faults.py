# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine runs out of, and what it loses: all plugins in a gateway say
so once, go on with what they have, and catch up.

        10.1.0.0/24       10.2.0.0/24
    ----+----------+ eth0 gw eth1 ----
        |
       alice
"""

import contextlib
import errno
import os
import signal
import socket

import pytest

from lab import build, conns, wait_until
from lab.everything import State, settings
from lab.faults import NO_ROOM, mounted
from lab.shell import run

NETLINK_ROUTE, NETLINK_XFRM, NETLINK_NETFILTER = 0, 6, 12
# with groups, of bypass and strict-bind
SOCKETS = {(NETLINK_ROUTE, 0x800405d1), (NETLINK_ROUTE, 0x405d1)}
FILES = 400
USER = "p7@lab"


@pytest.fixture
def start(lab, net, gw, alice):
    """Function that starts a gateway with all plugins, some with other
    settings, and a client. Returns both daemons and the State."""
    gw.connect(lab.segment("10.2.0.0/24"))

    def function(changed=None, log=lab.dir / "peer.log", **options):
        server = gw.charon(plugins=settings(log, **(changed or {})),
                           without=["socket-default"], **options)
        client = alice.charon()
        for daemon, half in zip((server, client),
                                conns.psk_ikev2(gw.v4, alice.v4, USER)):
            daemon.load(half)
        return server, client, State(gw, server)
    return function


def files(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/fd"))


@contextlib.contextmanager
def no_files(daemon):
    """Have it run out of file descriptors, all taken by clients of vici."""
    with contextlib.ExitStack() as stack:
        def full():
            if files(daemon) < FILES:
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.connect(str(daemon.vici.path))
            return files(daemon) == FILES

        wait_until(full, 20, lambda: f"{FILES} files, there are "
                   f"{files(daemon)}", interval=0.005)
        yield


def test_no_files(gw, start):
    server, client, state = start(
        wrapper=["prlimit", f"--nofile={FILES}:{FILES}"])
    policies = state.policies()
    with no_files(server):
        mark = server.log.mark()
        gw.ip("address add 10.2.9.1/24 dev eth1")
        client.vici.initiate(ike="psk")
        os.kill(server.pid, signal.SIGHUP)
        lines = (r"bypass: reading interfaces failed: Too many open files; "
                 "keeping the policies, trying again until it works",
                 r"strict-bind: can't list local addresses: Too many open "
                 "files; keeping the sockets, trying again until it works")
        for line in lines:
            server.log.expect(line, since=mark)
        server.log.refute("|".join(lines), since=server.log.mark(), settle=3)
        assert state.policies() == policies
    wait_until(lambda: len(state.policies()) > len(policies))
    server.log.expect(r"strict-bind: bound 10.2.9.1\[500\]")
    assert state.sessions() == state.sas() != set()
    assert state.bindings() == state.sockets()


def flood(gw):
    """More events than the kernel keeps for who doesn't read them: addresses
    that come and go. For nftables' there is room for some 100,000."""
    gw.run("ip", "-batch", "-", stdin="\n".join(
        f"address {verb} 10.3.0.1/32 dev eth1"
        for verb in ("add", "del") * 2000))


def lost(gw):
    """(protocol, groups) of sockets in a host that events were lost for."""
    lines = gw.run("cat", "/proc/net/netlink").stdout.splitlines()[1:]
    return {(int(protocol), int(groups, 16)) for (
        _, protocol, _, groups, _, _, _, _, drops, _) in map(str.split, lines)
        if int(drops)}


def test_lost_events(gw, start):
    """ENOBUFS: what the last events would have told is found out."""
    server, client, state = start()
    table, policies = state.table(), state.policies()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        flood(gw)
        gw.ip("address add 10.2.9.1/24 dev eth1")
        gw.run("nft", "delete", "table", "inet", "charon_filtermode")
        assert lost(gw) >= SOCKETS
    finally:
        os.kill(server.pid, signal.SIGCONT)
    wait_until(lambda: ("10.2.9.1", 500) in state.sockets())
    wait_until(lambda: len(state.policies()) > len(policies))
    wait_until(lambda: "charon_filtermode" in
               gw.run("nft", "list", "tables").stdout)
    assert state.table() == table
    assert state.bindings() == state.sockets()
    client.vici.initiate(ike="psk")


@pytest.mark.parametrize("options,reason", NO_ROOM)
def test_no_room(lab, start, options, reason):
    """A folder that nothing can be written to: what needs one isn't there."""
    folder = lab.dir / "folder"
    server, client, state = start(
        {"control": {"socket": f"unix://{folder}/control"}}, folder / "log",
        wrapper=mounted(folder, options))
    server.log.expect(
        rf"control: socket = \"unix://{folder}/control\": can't listen there")
    server.log.expect(f"peer-log: rules.a.file: can't open {folder}/log: "
                      f"{reason}; the rule is not active")
    client.vici.initiate(ike="psk")
    assert len(state.sas()) == 1
    # as soon as there is room, for what can be done without a restart
    inside = ["nsenter", "-t", server.pid, "-m", "-r"]
    run(*inside, "mount", "-o", "remount,rw,size=1m,nr_inodes=99", folder)
    server.reload()
    server.vici.request("rekey", {"ike": "psk"})
    wait_until(lambda: "rekeyed" in run(*inside, "cat", folder / "log").stdout)


@pytest.mark.unsanitized  # which would have to be preloaded, too
@pytest.mark.parametrize("protocol", [NETLINK_ROUTE, NETLINK_XFRM])
@pytest.mark.parametrize("function,error,reason", [
    ("recv", errno.ENOBUFS, "No buffer space available"),
    ("recv", errno.EAGAIN, "Resource temporarily unavailable"),
    ("send", errno.ENOBUFS, "No buffer space available")])
def test_netlink_fails(lab, start, protocol, function, error, reason):
    """A change that isn't made, or isn't confirmed, is made up for: by itself
    if interfaces couldn't be read, else with the next reload."""
    faults = lab.dir / "faults"
    server, client, state = start(env={
        "LD_PRELOAD": build.watch("netlink-faults"), "NETLINK_FAULTS": faults})
    changed = settings(lab.dir / "peer.log", bypass={
        "rules": {"b": {"src": "10.5.0.0/16", "dst": "10.7.0.1"}}})
    faults.write_text(f"bypass {protocol} {function} {error}")
    server.reload(plugins=changed)
    if protocol == NETLINK_XFRM:
        server.log.expect(
            f"bypass: 6 of 6 requests to add policies failed: {reason}")
    else:
        server.log.expect(f"bypass: reading interfaces failed: {reason}; "
                          "keeping the policies, trying again")
    client.vici.initiate(ike="psk")
    faults.unlink()
    if protocol == NETLINK_XFRM:
        server.reload(plugins=changed)

    def has(address):
        return any(address in selector for selector, _ in state.policies())

    wait_until(lambda: has("10.7.0.1") and not has("10.6.0.1"))
    assert state.bypass() == len(state.policies())


@pytest.mark.unsanitized
def test_nft_events_lost(gw, lab, start):
    """ENOBUFS, for which a test can't make enough of nftables' events: a table
    that was changed meanwhile is put back."""
    faults = lab.dir / "faults"
    server, client, state = start(env={
        "LD_PRELOAD": build.watch("netlink-faults"), "NETLINK_FAULTS": faults})
    table = state.table()
    for verb in ("flush", "delete"):
        faults.write_text(
            f"filtermode {NETLINK_NETFILTER} recv {errno.ENOBUFS} once")
        gw.run("nft", verb, "table", "inet", "charon_filtermode")
        wait_until(lambda: not faults.exists())
        wait_until(lambda: "charon_filtermode" in
                   gw.run("nft", "list", "tables").stdout)
        wait_until(lambda: state.table() == table)
    # nobody knows who it was
    server.log.expect("filtermode: table inet charon_filtermode was changed or "
                      "removed by somebody, installed it again")
    client.vici.initiate(ike="psk")
