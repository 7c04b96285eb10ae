# SPDX-License-Identifier: GPL-2.0-or-later
"""Who makes a gateway's life hard, each in a thread of its own.

An actor's act() does one thing; what is wrong with the gateway raises.
"""

import contextlib
import socket
import struct
import threading
import time

from lab import conns
from lab.vici import ViciError


class Actors(contextlib.AbstractContextManager):
    """Has actors act until the block is left, then raises what they met."""

    def __init__(self, actors):
        self.acts = {type(actor).__name__: 0 for actor in actors}
        self._stop = threading.Event()
        self._errors = []
        self._threads = [threading.Thread(target=self._run, args=(actor,))
                         for actor in actors]
        for thread in self._threads:
            thread.start()

    def _run(self, actor):
        try:
            while not self._stop.wait(actor.PAUSE):
                actor.act()
                self.acts[type(actor).__name__] += 1
        except Exception as e:  # pylint: disable=broad-except
            self._errors.append(e)
            self._stop.set()

    def wait(self, seconds):
        """Let them act for so long, unless one of them fails."""
        self._stop.wait(seconds)

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]


class Peers:
    """A daemon with several clients, which log in, rekey, reauthenticate, log
    out, move to another address, and die all at once."""

    PAUSE = 0.02

    def __init__(self, host, gw, setup, users, rng):
        self._host, self._rng = host, rng
        self._config = conns.Config()
        for user in users:
            self._config |= setup(gw, "%any", f"{user}@lab", name=user,
                                  gw_name="all")[1]
        self._users = users
        # the second one is what it has while the first is away
        host.sysctl("net/ipv4/conf/eth0/promote_secondaries", 1)
        self._addresses = [host.v4, host.add_address().v4]
        self._daemon = host.charon(conf={
            **conns.MANY_CLIENTS, "threads": 32, "retransmit_tries": 2})
        self._daemon.load(self._config)

    def act(self):
        """One of these, those that cost more less often."""
        act, = self._rng.choices(
            [self._log_in, self._log_out, self._rekey, self._move, self._die],
            [60, 20, 20, 1, 0.3])
        act(self._rng.choice(self._users))

    def _request(self, command, message):
        # that there is no such IKE_SA, or one that goes meanwhile, is fine
        with contextlib.suppress(ViciError):
            self._daemon.vici.request(command, message, timeout=30)

    def _log_in(self, user):
        self._request("initiate", {"ike": user, "timeout": 5000})

    def _log_out(self, user):
        self._request("terminate", {"ike": user, "timeout": 2000})

    def _rekey(self, user):
        self._request("rekey", {"ike": user,
                                "reauth": self._rng.random() < 0.3})

    def _move(self, _):
        here = self._addresses[0]
        self._host.ip(f"address del {here}/24 dev eth0")
        self._addresses.reverse()
        time.sleep(0.1)
        self._host.ip(f"address add {here}/24 dev eth0")

    def _die(self, _):
        self._daemon.kill()
        self._daemon.start()
        self._daemon.load(self._config)

    def leave(self):
        """Log everybody out."""
        self._daemon.restart()
        self._daemon.load(self._config)


class Flapper:
    """Addresses that come and go."""

    PAUSE = 0.05

    def __init__(self, host, rng):
        self._host, self._rng = host, rng

    def act(self):
        number = self._rng.randrange(1, 200)
        self._host.ip(f"address add 10.77.{number}.1/24 dev eth1")
        time.sleep(self._rng.random() / 20)
        self._host.ip(f"address del 10.77.{number}.1/24 dev eth1")


class Operator:
    """Reloads good settings and bad ones, and changes rules at run time."""

    PAUSE = 0.3

    def __init__(self, daemon, variants, rng):
        self._daemon, self._rng = daemon, rng
        self._variants = variants

    def act(self):
        plugins, error = self._rng.choice(self._variants)
        self._daemon.reload(plugins=plugins, timeout=30)
        try:
            self._daemon.control.request("reload", timeout=30)
            assert not error
        except ViciError:
            assert error
        name = f"r{self._rng.randrange(1000)}"
        for command, more in (
                ("add-bypass", {"src": "10.78.0.0/24", "dst": "10.79.0.0/24"}),
                ("delete-bypass", {}),
                ("add-log", {"ids": f"{name}@lab", "syslog": "local0"}),
                ("delete-log", {})):
            self._daemon.control.request(command, {"name": name, **more},
                                         timeout=30)


class Clients:
    """Clients of control: those that ask, those that listen and go, those
    that send half a frame or nonsense."""

    PAUSE = 0.05

    def __init__(self, daemon, rng):
        self._control, self._rng = daemon.control, rng

    def act(self):
        kind = self._rng.randrange(3)
        if kind == 0:
            for command, stream in (("status", None), ("stats", None),
                                    ("list-sessions", "list-session"),
                                    ("list-bypasses", "list-bypass"),
                                    ("list-bindings", "list-binding")):
                self._control.request(command, event=stream,
                                      on_event=lambda event: None, timeout=30)
        elif kind == 1:
            with self._control.events("session", "bypass", "binding"):
                time.sleep(self._rng.random() / 10)
        else:
            with socket.socket(socket.AF_UNIX) as raw:
                raw.settimeout(10)
                raw.connect(str(self._control.path))
                raw.send(self._rng.choice([
                    b"\0", b"\xff" * 4, struct.pack(">I", 3) + b"\x63\1a",
                    struct.pack(">I", 100) + b"\0\x07stats"]))


class Tokens:
    """pcscd that is restarted, or killed."""

    PAUSE = 1

    def __init__(self, pcscd, rng):
        self._pcscd, self._rng = pcscd, rng

    def act(self):
        self._rng.choice([self._pcscd.stop, self._pcscd.kill])()
        time.sleep(self._rng.random())
        self._pcscd.start(30)
