# SPDX-License-Identifier: GPL-2.0-or-later
"""All plugins in one daemon, beside those of upstream that touch the same."""

import contextlib
import os
import signal
import struct
import threading
import time
from collections import Counter

import pytest

from lab import ViciError, build, conns, everything, wait_until
from lab.vici import Vici

# as far as the distribution has them
UPSTREAM = [name for name in ("attr", "bypass-lan", "connmark", "counters",
                              "duplicheck", "unity", "updown")
            if build.is_stock(name) and
            (name != "bypass-lan" or build.has_bypass_lan())]
USER = "mobile@lab"
BAD = "failed to load|not loading|not started|keeping the previous"


def start(gw, **more):
    settings = {name: {} for name in [*UPSTREAM, *build.plugins()]}
    settings |= {"strict-bind": {"interfaces": "eth0"},
                 "unique-policy": {"mode": "replace"},
                 "bypass": {"lan": True}, **more}
    return gw.charon(plugins=settings, without=["socket-default"])


@pytest.fixture
def server(gw):
    return start(gw)


def test_all_load(server):
    loaded = set(server.vici.stats()["plugins"])
    assert loaded >= {*UPSTREAM, *build.plugins()}
    assert not server.log.count(BAD)
    server.reload()
    assert not server.log.count(BAD)


def test_reloads_at_once(lab):
    """Settings that open and close things, by SIGHUP, vici and swanadv's
    request at once: no hang, no crash, and the last ones are in force, whole,
    as after a reload alone."""
    gw = lab.host("gw", lab.segment("10.1.0.0/24"),
                  lab.segment("10.3.0.0/24"))
    first = everything.settings(lab.dir / "first")
    second = everything.settings(
        lab.dir / "second",
        bypass={"lan": False, "rules": {"b": {"src": "10.5.0.0/16",
                                              "dst": "10.6.0.2"}}},
        filtermode={"table": "another"}, strict_bind={"interfaces": "eth0"},
        ikev1_policy={"phase2_exchanges": 9}, unity_ext={"rules": {}},
        unique_policy={"mode": "never"}, pcsc_token={"poll_interval": 3})
    server = gw.charon(plugins=first, without=["socket-default"])
    first["control"] = {"socket": f"unix://{server.control.path}"}
    second["control"] = {"socket": f"unix://{server.control.path}.2"}
    state = everything.State(gw, server)
    texts, conf = [], server._file("conf")
    for plugins in (second, first):
        server._plugins = plugins
        server._configure()
        texts.append(conf.read_text())

    def found():
        """What there is, but for what counts."""
        status = server.control.request("status")["plugins"]
        for name, key in (("control", "clients"), ("peer-log", "lines")):
            status[name].pop(key)
        return (status, state.policies(), state.bindings(), state.sockets(),
                state.table())

    server.reload()
    wait_until(lambda: state.bindings() == state.sockets())
    expected = found()
    written = Counter()
    deadline = time.monotonic() + 60

    def write():
        half = conf.with_suffix(".half")
        half.write_text(texts[written["changes"] % 2])
        half.rename(conf)
        written["changes"] += 1
        server.vici.reload_settings(timeout=30)

    def sighup():
        os.kill(server.pid, signal.SIGHUP)
        time.sleep(0.01)

    def request():
        Vici(f"{server.control.path}{written['requests'] % 2 * '.2'}").request(
            "reload", timeout=30)
        written["requests"] += 1

    def repeat(what):
        while (server.alive and written["changes"] < 60 and
               time.monotonic() < deadline):
            with contextlib.suppress(OSError, ViciError, struct.error):
                what()

    threads = [threading.Thread(target=repeat, args=(what,))
               for what in (write, sighup, request, request)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.alive and written["changes"] == 60 and written["requests"]
    # the last one wins, whoever is still at work
    half = conf.with_suffix(".half")
    half.write_text(texts[1])
    half.rename(conf)
    server.vici.reload_settings(timeout=30)
    wait_until(lambda: found() == expected, 10, lambda: (
        f"{expected}, there is {found()}"))
    assert gw.run("nft", "list", "tables").stdout.split() == [
        "table", "inet", "charon_filtermode"]


def test_stop_while_reloading(server):
    """charon ends while clients have it reload: no plugin is asked to that is
    gone already."""
    for _ in range(3):
        stopped, done = threading.Event(), Counter()

        def reload():
            while not stopped.is_set():
                with contextlib.suppress(OSError, ViciError):
                    server.control.request("reload")
                    done["reloads"] += 1

        threads = [threading.Thread(target=reload) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: done["reloads"] > 4)
            # raises if it crashes or hangs
            server.stop()
        finally:
            stopped.set()
            for thread in threads:
                thread.join()
        server.start()


@pytest.mark.skipif("bypass-lan" not in UPSTREAM, reason="no bypass-lan")
def test_bypass_lan_is_named(gw, server):
    """Once at the start and once for a reload, and only if both do it."""
    line = (r"bypass: plugin bypass-lan excludes local subnets, too, .*; set "
            r"charon\.plugins\.bypass-lan\.load = no$")
    server.log.expect(line)
    assert server.log.count(line) == 1
    mark = server.log.mark()
    server.reload(plugins={"strict-bind": {"interfaces": "eth0"},
                           "bypass": {"lan": False}})
    server.log.expect("bypass: 0 policies for ", since=mark)
    assert server.log.count(line) == 1


def test_duplicates_are_handled_once(gw, alice, bob, server):
    """The old session goes once, the new one stays."""
    pairs = {host: conns.psk_ikev2(gw.v4, host.v4, USER)
             for host in (alice, bob)}
    # the gateway's half is the same for both
    server.load(pairs[alice][0])
    for host, pair in pairs.items():
        daemon = host.charon()
        daemon.load(pair[1])
        daemon.vici.initiate(ike=next(iter(pair[1].connections)))
    server.log.expect(r"unique-policy: IKE_SA \[2\] replaces \[1\]")
    assert server.log.count("unique-policy: IKE_SA .* replaces") == 1
    server.vici.expect_sas(1)
