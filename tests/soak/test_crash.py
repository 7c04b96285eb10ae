# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway that is killed again and again, at any moment of its life.

    /usr/bin/python3 -m pytest tests/soak/test_crash.py --crashes 100
"""

import contextlib
import random
import threading
import time

import actors
from lab import conns, wait_until
from lab.daemon import DaemonError
from lab.everything import State, settings

KEPT = {"mode": "ipsec", "on_stop": "keep",
        "rules": {"a": {"protocol": "icmp", "action": "accept"}}}


def fingerprint(state):
    """What the kernel has for the plugins."""
    return {"policies": state.policies(), "table": state.table(),
            "sockets": state.sockets()}


def die(daemon, rng, act, longest):
    """Do something, and kill the daemon while it is at it."""
    timer = threading.Timer(rng.uniform(0, longest), daemon.kill)
    timer.start()
    # it died, or hung up, or it did all of it before
    with contextlib.suppress(DaemonError, OSError):
        act()
    timer.join()


def test_crash(lab, request, tmp_path):
    rng = random.Random(request.config.getoption("seed"))
    net = lab.segment("10.1.0.0/24")
    gw = lab.host("gw", net, lab.segment("10.2.0.0/24"))
    log = tmp_path / "p7.log"
    variants = [settings(log, filtermode=KEPT),
                settings(log, filtermode={**KEPT, "default": "drop"},
                         bypass={"rules": {"b": {"src": "10.7.0.0/16",
                                                 "dst": "10.2.0.0/24"}}})]
    server = gw.charon(plugins=variants[1], without=["socket-default"],
                       conf=conns.MANY_PEERS | {"retransmit_tries": 2,
                                                "retransmit_timeout": 1})
    state = State(gw, server)
    implied = [None, fingerprint(state)]
    server.reload(plugins=variants[0])
    implied[0] = fingerprint(state)
    assert implied[0]["policies"] != implied[1]["policies"]
    assert implied[0]["table"] != implied[1]["table"]
    peers = actors.Peers(lab.host("a", net), gw.v4, conns.psk_ikev2,
                         [f"p{n}" for n in range(10)], rng)
    tables = [each["table"] for each in implied]

    def live():
        """Until it is killed: peers, addresses, and another configuration."""
        server.load(conns.psk_ikev2(gw.v4, "%any", name="all")[0])
        with actors.Actors([actors.Flapper(gw, rng)]):
            time.sleep(rng.random() / 2)
            server.reload(plugins=variants[now])
            wait_until(lambda: not server.alive, 5)

    with actors.Actors([peers]) as cast:
        for _ in range(request.config.getoption("crashes")):
            now = rng.randrange(2)
            die(server, rng, live, 1.5)
            # what filters is the one or the other, and never gone
            assert state.table() in tables
            if rng.random() < 0.3:
                die(server, rng, server.start, 0.3)
                assert state.table() in tables
            server.start()
            wait_until(lambda: fingerprint(state) == implied[now], 5,
                       lambda: f"{fingerprint(state)}, not {implied[now]}")
            assert state.bypass() == len(state.policies())
            assert state.bindings() == state.sockets()
            assert not state.sessions()
    assert server.log.count("established between")
    print(cast.acts)
    server.stop()
    assert not state.policies()
    assert state.table() == implied[now]["table"]
