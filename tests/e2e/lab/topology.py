# SPDX-License-Identifier: GPL-2.0-or-later
"""Lab, its segments and its hosts."""

import contextlib
import ipaddress
import itertools
import signal
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass

from lab import build, netns, path
from lab.capture import Capture
from lab.daemon import Daemon, DaemonError
from lab.shell import CommandError, run


@dataclass(frozen=True)
class Address:
    """An IPv4 and an IPv6 address; None where the segment has none."""
    v4: str
    v6: str


class Segment:
    """A switch, in a namespace of its own, and the networks on it."""

    def __init__(self, ns, v4, v6):
        self.ns = ns
        self.v4 = v4 and ipaddress.ip_network(v4)
        self.v6 = v6 and ipaddress.ip_network(v6)
        self._ports = itertools.count()
        self._numbers = itertools.count(1)
        run("ip", "netns", "add", ns)
        # without a querier, snooping may withhold neighbour solicitations
        netns.ip(ns, "link add br0 type bridge mcast_snooping 0",
                 "link set br0 up")

    def allocate(self):
        """The next unused Address."""
        number = next(self._numbers)
        return Address(*(net and str(net[number])
                         for net in (self.v4, self.v6)))

    def plug(self, ns, dev):
        """Connect a namespace's new interface dev to a port."""
        port = f"port{next(self._ports)}"
        netns.ip(self.ns,
                 f"link add {port} type veth peer name {dev} netns {ns}",
                 f"link set {port} master br0 up")


class Path(Segment):
    """A cable between two hosts on which each frame takes a time, in seconds,
    with the networks on it."""

    def __init__(self, ns, v4, v6, delay):
        super().__init__(ns, v4, v6)
        self._delay = delay
        self._ends = []
        self._proc = None

    def plug(self, ns, dev):
        end = f"end{len(self._ends)}"
        self._ends.append(end)
        netns.ip(self.ns,
                 f"link add {end} type veth peer name {dev} netns {ns}",
                 f"link set {end} up")
        if len(self._ends) == 2:
            self._proc = subprocess.Popen(
                ["ip", "netns", "exec", self.ns, sys.executable, path.__file__,
                 *self._ends, str(self._delay)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                start_new_session=True)
            if not self._proc.stdout.readline():
                raise CommandError(f"no path in {self.ns}")

    @contextlib.contextmanager
    def held(self):
        """Context manager: frames wait until it exits, and then arrive
        after the delay."""
        self._proc.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._proc.send_signal(signal.SIGCONT)


@dataclass(frozen=True)
class Interface:
    """A host's interface on a segment, with its first address."""
    dev: str
    segment: Segment
    v4: str
    v6: str


class Host:
    """A network namespace with interfaces eth0, eth1... on segments."""

    def __init__(self, lab, name, segments):
        self.lab = lab
        self.name = name
        self.ns = f"{lab.name}.{name}"
        self.interfaces = []
        run("ip", "netns", "add", self.ns)
        netns.ip(self.ns, "link set lo up")
        # else neighbour discovery waits two seconds for link-local DAD
        self.sysctl("net/ipv6/conf/default/accept_dad", 0)
        for segment in segments:
            self.connect(segment)

    @property
    def v4(self):
        """First IPv4 address."""
        return self.interfaces[0].v4

    @property
    def v6(self):
        """First IPv6 address."""
        return self.interfaces[0].v6

    def connect(self, segment):
        """Add an interface on a segment."""
        dev = f"eth{len(self.interfaces)}"
        segment.plug(self.ns, dev)
        netns.ip(self.ns, f"link set {dev} up")
        address, = self._assign(dev, segment, 1)
        interface = Interface(dev, segment, address.v4, address.v6)
        self.interfaces.append(interface)
        return interface

    def on(self, segment):
        """The interface on a segment."""
        return next(i for i in self.interfaces if i.segment is segment)

    def add_addresses(self, count, segment=None):
        """Give an interface, the first by default, more addresses."""
        interface = self.on(segment) if segment else self.interfaces[0]
        return self._assign(interface.dev, interface.segment, count)

    def add_address(self, segment=None):
        """As add_addresses, for a single Address."""
        return self.add_addresses(1, segment)[0]

    def _assign(self, dev, segment, count):
        addresses = [segment.allocate() for _ in range(count)]
        lines = []
        for address in addresses:
            if address.v4:
                lines.append(f"address add dev {dev} "
                             f"{address.v4}/{segment.v4.prefixlen}")
            if address.v6:
                lines.append(f"address add dev {dev} "
                             f"{address.v6}/{segment.v6.prefixlen}")
        netns.ip(self.ns, *lines)
        return addresses

    def ip(self, *commands):
        """Run ip commands, each one string, in this host."""
        netns.ip(self.ns, *commands)

    def sysctl(self, key, value):
        """Set a value under /proc/sys; the key is a path."""
        self.run("tee", f"/proc/sys/{key}", stdin=f"{value}\n")

    def route(self, destination, via):
        """Add a route."""
        family = "-6" if ":" in via else "-4"
        run("ip", family, "-n", self.ns, "route", "add", destination,
            "via", via)

    def run(self, *cmd, **kwargs):
        """Run a command in this host; see shell.run."""
        return run("ip", "netns", "exec", self.ns, *cmd, **kwargs)

    def popen(self, *cmd, **kwargs):
        """Start a command in this host. `ip netns exec` becomes it without a
        fork, so the pid is the command's own. In a session of its own, so
        that a ^C reaches us alone and we take it down in order."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self.ns, *map(str, cmd)],
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL} | kwargs)

    def ping(self, address, source=None, timeout=2):
        """Whether an echo comes back in time."""
        options = ["-I", source] if source else []
        return self.run("ping", "-n", "-c", 1, "-W", timeout, *options,
                        address, check=False).returncode == 0

    def capture(self, expression="", dev="eth0"):
        """Context manager: packets on an interface; see Capture."""
        path = self.lab.dir / f"{self.name}-{next(self.lab.serial)}.pcap"
        return Capture(self, path, dev, expression)

    def charon(self, name=None, **options):
        """Start a daemon; see Daemon for the options. Its name is the host's
        unless given."""
        daemon = Daemon(self, name or self.name, **options)
        self.lab.adopt(daemon)
        daemon.start()
        return daemon


class Lab:
    """Context manager for one topology and the daemons in it.

    Everything is gone when it exits, also after an exception, ^C, SIGTERM or
    SIGHUP. What a run left that was killed with SIGKILL goes when the next
    one starts. Exiting raises DaemonError if a daemon crashed, exited with an
    error or did not stop, unless another exception is on its way already.
    """

    live = weakref.WeakSet()
    """All labs in use, for reports on failure."""

    def __init__(self):
        self.name = netns.run_name()
        self.dir = netns.work_dir(self.name)
        self.plugin_dir = self.dir / "plugins"
        self.hosts = {}
        self.daemons = {}
        self.serial = itertools.count()
        self._segments = itertools.count()
        self._signals = {}

    def __enter__(self):
        netns.reap()
        self._catch_signals()
        self.plugin_dir.mkdir(parents=True)
        for path in build.plugins().values():
            (self.plugin_dir / path.name).symlink_to(path)
        Lab.live.add(self)
        return self

    def __exit__(self, exc_type, exc, tb):
        with self._signals_ignored():
            try:
                errors = self._stop_daemons()
            finally:
                netns.destroy(self.name)
                Lab.live.discard(self)
        if errors and exc is None:
            raise DaemonError("\n".join(errors))

    def segment(self, v4=None, v6=None):
        """A switch with an IPv4 and/or IPv6 network."""
        ns = f"{self.name}.segment{next(self._segments)}"
        return Segment(ns, v4, v6)

    def path(self, v4=None, v6=None, delay=0.02):
        """A Path: what a segment is for two hosts, with a delay each way."""
        ns = f"{self.name}.segment{next(self._segments)}"
        return Path(ns, v4, v6, delay)

    def host(self, name, *segments):
        """A host with an interface and addresses on each segment."""
        host = self.hosts[name] = Host(self, name, segments)
        return host

    def router(self, name, *segments, masquerade=None):
        """A forwarding host; masquerades what it sends to the segment given
        as masquerade."""
        host = self.host(name, *segments)
        host.sysctl("net/ipv4/ip_forward", 1)
        host.sysctl("net/ipv6/conf/all/forwarding", 1)
        if masquerade:
            dev = host.on(masquerade).dev
            host.run("nft", "-f", "-", stdin=(
                "table inet nat {\n"
                "  chain post {\n"
                "    type nat hook postrouting priority srcnat\n"
                f"    oifname {dev} masquerade\n"
                "  }\n"
                "}\n"))
        return host

    def adopt(self, daemon):
        """Have a daemon stopped at the end."""
        if daemon.name in self.daemons:
            raise ValueError(f"there is a daemon {daemon.name} already")
        self.daemons[daemon.name] = daemon

    def _stop_daemons(self):
        errors = []
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.stop()
            except DaemonError as e:
                errors.append(str(e))
        return errors

    def _catch_signals(self):
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                self._signals[number] = signal.signal(
                    number, signal.default_int_handler)

    @contextlib.contextmanager
    def _signals_ignored(self):
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        saved = {number: signal.signal(number, signal.SIG_IGN) for number in
                 (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in (saved | self._signals).items():
                signal.signal(number, handler)
