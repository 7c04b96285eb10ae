# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon's vici socket, on the vici package of the strongSwan tree.

Each command uses a connection of its own: a connection handles one command at
a time, so this makes every method safe to call from any thread.
"""

import contextlib
import queue
import socket
import struct
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from lab.build import VICI_PYTHON
from lab.conf import scalar
from lab.poll import patience, slowly, wait_until

_CONNECT_TIMEOUT = 10
_SLACK = 5
"""Seconds a command may take beyond the time the daemon itself is given."""


class ViciError(RuntimeError):
    """The daemon refused a command or failed to carry it out."""


@dataclass(frozen=True)
class Sa:
    """An IKE_SA as list-sas shows it; raw has the rest."""
    name: str
    uniqueid: int
    version: int
    state: str
    initiator: bool
    local_host: str
    local_id: str
    remote_host: str
    remote_id: str
    remote_eap_id: str
    remote_xauth_id: str
    established: int
    children: dict = field(repr=False)
    raw: dict = field(repr=False)

    @classmethod
    def parse(cls, name, raw):
        """From a list-sa event."""
        return cls(
            name, int(raw["uniqueid"]), int(raw["version"]), raw["state"],
            raw.get("initiator") == "yes",
            raw["local-host"], raw.get("local-id"),
            raw["remote-host"], raw.get("remote-id"),
            raw.get("remote-eap-id"), raw.get("remote-xauth-id"),
            int(raw.get("established", 0)), raw["child-sas"], raw)

    @property
    def up(self):
        """Whether it is established."""
        return self.state == "ESTABLISHED"

    @property
    def user(self):
        """Who the peer is: its EAP or XAuth identity before its IKE one."""
        return self.remote_eap_id or self.remote_xauth_id or self.remote_id


def _protocol():
    if str(VICI_PYTHON) not in sys.path:
        sys.path.append(str(VICI_PYTHON))
    from vici import protocol
    return protocol


def _encode(value):
    if isinstance(value, dict):
        return {k: _encode(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_encode(item) for item in value]
    return value if isinstance(value, bytes) else scalar(value)


def _decode(value):
    if isinstance(value, dict):
        return {k: _decode(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_decode(item) for item in value]
    return value.decode(errors="replace")


class _Connection:
    def __init__(self, path, timeout):
        self._proto = _protocol()
        self._socket = socket.socket(socket.AF_UNIX)
        # settimeout() makes connect() fail at once while the daemon's short
        # backlog is full; this has it wait its turn
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                                struct.pack("ll", _CONNECT_TIMEOUT, 0))
        try:
            self._socket.connect(str(path))
            self._socket.settimeout(timeout and patience(timeout))
        except OSError:
            self._socket.close()
            raise
        self._transport = self._proto.Transport(self._socket)

    def close(self):
        self._socket.close()

    def shutdown(self):
        """End a receive() that another thread is in."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def receive(self):
        packet = self._proto.Packet.parse(self._transport.receive())
        if packet.response_type == self._proto.Packet.EVENT:
            event = packet.event_type.decode()
        else:
            event = None
        return packet.response_type, event, packet.payload

    def register(self, event, on_event=None):
        """Register for an event; on_event gets the name and the message of
        each that another registration has come before the answer."""
        packet = self._proto.Packet
        self._transport.send(packet.register_event(event))
        kind, name, payload = self.receive()
        while kind == packet.EVENT:
            on_event(name, self.decode(payload))
            kind, name, payload = self.receive()
        if kind != packet.EVENT_CONFIRM:
            raise ViciError(f"unknown event {event}")

    def decode(self, payload):
        return _decode(self._proto.Message.deserialize(payload))

    def command(self, name, message=None, on_event=None):
        packet = self._proto.Packet
        data = self._proto.Message.serialize(_encode(message or {}))
        self._transport.send(packet.request(name, data))
        while True:
            kind, event, payload = self.receive()
            if event:
                on_event(self.decode(payload))
            elif kind == packet.CMD_RESPONSE:
                break
            else:
                raise ViciError(f"unknown command {name}")
        answer = self.decode(payload)
        if answer.get("success", "yes") != "yes":
            raise ViciError(f"{name}: {answer.get('errmsg')}")
        return answer


class Vici:
    """Commands to the daemon at a socket path."""

    def __init__(self, path):
        self.path = path

    @contextlib.contextmanager
    def _connect(self, timeout):
        connection = _Connection(self.path, timeout)
        try:
            yield connection
        finally:
            connection.close()

    def request(self, command, message=None, event=None, on_event=None,
                timeout=10):
        """Send a command, and return the answer.

        Raises ViciError if it says success = no. event is a stream that the
        command emits; on_event gets each message of it.
        """
        with self._connect(timeout) as connection:
            if event:
                connection.register(event)
            return connection.command(command, message, on_event)

    def request_all(self, commands, timeout=10):
        """Send (command, message) pairs one after the other."""
        with self._connect(timeout) as connection:
            for command, message in commands:
                connection.command(command, message)

    def plugin(self, name, command="status"):
        """What control's status or stats say of a plugin."""
        return self.request(command)["plugins"][name]

    def stream(self, command, event, message=None):
        """Send a command, and return the list of events it emitted."""
        events = []
        self.request(command, message, event, events.append)
        return events

    def initiate(self, ike=None, child=None, timeout=None, must=True):
        """Bring up an IKE_SA alone or a CHILD_SA, and wait for the outcome,
        with a timeout only if it may not come.

        Returns whether it is up; with must, raises ViciError with the
        daemon's log of the attempt if not.
        """
        log = []
        limit = slowly(timeout) if timeout else patience(10)
        message = {"ike": ike, "child": child, "loglevel": 1,
                   "timeout": int(limit * 1000)}
        try:
            self.request("initiate", message, "control-log",
                         lambda event: log.append(event["msg"]),
                         limit + _SLACK)
        except ViciError as e:
            if must:
                raise ViciError(f"{e}\n" + "\n".join(log)) from None
            return False
        return True

    def initiate_many(self, names, timeout=30):
        """Initiate many IKE_SAs at once: {name: whether it came up}.

        A blocking initiate holds one of the daemon's threads, so the daemon
        needs more `threads` than there are names.
        """
        names = list(names)
        idle = int(self.stats()["workers"]["idle"])
        if idle <= len(names):
            raise ValueError(f"{len(names)} initiations, {idle} idle threads:"
                             " raise charon.threads")
        with ThreadPoolExecutor(len(names)) as pool:
            up = pool.map(lambda name: self.initiate(
                ike=name, timeout=timeout, must=False), names)
            return dict(zip(names, up))

    def terminate(self, ike=None, ike_id=None, child=None, force=False,
                  timeout=10):
        """Close SAs by name or unique id, and wait until they are gone; with
        force, without waiting for the peer's answer."""
        self.request("terminate", {
            "ike": ike, "ike-id": ike_id, "child": child, "force": force,
            "timeout": None if force else int(patience(timeout) * 1000)},
            timeout=timeout + _SLACK)

    def rekey(self, **what):
        """Have SAs rekeyed, by name, once no IKE_SA is being replaced:
        meanwhile charon may find none to rekey, or put it off."""
        def settled():
            sas = self.list_sas()
            return sas and all(sa.up for sa in sas)

        wait_until(settled, 10, lambda: f"IKE_SAs to rekey: {self.list_sas()}")
        self.request("rekey", what)

    def list_sas(self, **only):
        """IKE_SAs as Sa, oldest first; only those whose attributes are equal
        to the given ones."""
        sas = [Sa.parse(name, raw)
               for event in self.stream("list-sas", "list-sa")
               for name, raw in event.items()]
        return sorted((sa for sa in sas if all(
            getattr(sa, key) == value for key, value in only.items())),
            key=lambda sa: sa.uniqueid)

    def list_children(self):
        """CHILD_SAs that are installed, of all IKE_SAs."""
        return [child for sa in self.list_sas()
                for child in sa.children.values()
                if child["state"] == "INSTALLED"]

    def expect_sas(self, count, timeout=5, **only):
        """Wait until list_sas(**only) has exactly count, and return them."""
        found = None

        def right():
            nonlocal found
            found = self.list_sas(**only)
            return len(found) == count

        wait_until(right, timeout, lambda: (
            f"{count} IKE_SAs with {only}, there are {found}"))
        return found

    def list_pols(self):
        """Policies: {name: details}."""
        policies = {}
        self.request("list-policies",
                     {"trap": True, "drop": True, "pass": True},
                     "list-policy", policies.update)
        return policies

    def stats(self):
        """Uptime, workers, queues, IKE_SA counts."""
        return self.request("stats")

    def major(self):
        """strongSwan's major version, as the daemon says."""
        return int(self.request("version")["version"].partition(".")[0])

    def reload_settings(self, timeout=10):
        """Have the daemon read strongswan.conf again."""
        self.request("reload-settings", timeout=timeout)

    @contextlib.contextmanager
    def events(self, *names):
        """Context manager: a Queue that gets (event name, message)."""
        received = queue.Queue()
        with self._connect(None) as connection:
            for name in names:
                connection.register(name, lambda *event: received.put(event))

            def listen():
                with contextlib.suppress(OSError):
                    while True:
                        _, event, payload = connection.receive()
                        received.put((event, connection.decode(payload)))

            thread = threading.Thread(target=listen, daemon=True)
            thread.start()
            try:
                yield received
            finally:
                connection.shutdown()
                thread.join()
