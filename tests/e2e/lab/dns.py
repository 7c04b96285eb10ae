# SPDX-License-Identifier: GPL-2.0-or-later
"""DNS servers and systemd-resolved in hosts."""

import contextlib
import re
import signal
import subprocess

from lab import debs
from lab.log import Log
from lab.poll import wait_until


class Dnsmasq:
    """Context manager: a server that has an address for all names below some
    domains, given as {domain: address}; "#" is any domain."""

    def __init__(self, host, address, domains):
        self._host = host
        self._address = address
        self._domains = domains
        self.log = Log(host.lab.dir / f"{host.name}-{address}.dnsmasq")
        self._proc = None

    def __enter__(self):
        self._proc = self._host.popen(
            "dnsmasq", "--keep-in-foreground", "--user=root", "--conf-file=",
            "--pid-file=", "--no-resolv", "--no-hosts", "--bind-interfaces",
            f"--listen-address={self._address}", "--log-queries",
            f"--log-facility={self.log.path}",
            *(f"--address=/{domain}/{address}"
              for domain, address in self._domains.items()))
        self.log.expect("started, version")
        return self

    def __exit__(self, *exc):
        self._proc.terminate()
        self._proc.wait(10)

    @contextlib.contextmanager
    def hung(self):
        """Context manager: it answers nothing until it exits."""
        self._proc.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._proc.send_signal(signal.SIGCONT)

    def asked(self, name):
        """Whether it was asked for a name."""
        return self.log.count(rf"query\[A+\] {re.escape(name)} ") > 0


_BUS = """<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""

# systemd-resolved makes /run/systemd/resolve itself, and insists on it. It
# wants a user that its package would add, and D-Bus one that it knows, too.
_RESOLVED = """
mount -t tmpfs tmpfs /run
mkdir /run/systemd
sed '/^systemd-resolve:/d' /etc/passwd > /run/passwd
echo 'systemd-resolve:x:65534:65534::/:/bin/false' >> /run/passwd
sed '/^systemd-resolve:/d' /etc/group > /run/group
echo 'systemd-resolve:x:65534:' >> /run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
exec "$1"/lib/systemd/systemd-resolved
"""


class Resolved:
    """Context manager: systemd-resolved and its D-Bus in a host, with names
    resolved by `server` over eth0 as if DHCP had said so."""

    def __init__(self, host, server):
        self._host = host
        self._server = server
        self._deb = debs.unpacked("systemd-resolved")
        self._base = host.lab.dir / host.name
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._base}.bus"}
        self._bus = None
        self._resolved = None

    def _start(self, name, *cmd):
        with open(f"{self._base}.{name}", "wb") as log:
            return self._host.popen(
                "env", *(f"{k}={v}" for k, v in self.env.items()), *cmd,
                stdout=log, stderr=subprocess.STDOUT)

    def start_bus(self):
        """Start D-Bus."""
        config = self._base.with_suffix(".bus.conf")
        config.write_text(_BUS.format(path=f"{self._base}.bus"))
        self._bus = self._start("dbus-log", "dbus-daemon",
                                f"--config-file={config}", "--nofork",
                                "--nopidfile")
        wait_until(self._base.with_suffix(".bus").exists, 5, "D-Bus")

    def stop_bus(self):
        """Stop it, and take its socket away."""
        self._stop(self._bus)
        self._base.with_suffix(".bus").unlink(missing_ok=True)

    def start(self):
        """Start systemd-resolved."""
        self._resolved = self._start("resolved-log", "sh", "-ec", _RESOLVED,
                                     "sh", self._deb)
        wait_until(lambda: self.ctl("status", check=False).returncode == 0,
                   10, lambda: "systemd-resolved to answer:\n" +
                   self.ctl("status", check=False).stdout +
                   Log(self._base.with_suffix(".resolved-log")).text())
        self.ctl("dns", "eth0", self._server)
        self.ctl("default-route", "eth0", "yes")

    def stop(self):
        """Stop systemd-resolved."""
        self._stop(self._resolved)

    @contextlib.contextmanager
    def hung(self):
        """Context manager: systemd-resolved answers nothing until it exits."""
        self._resolved.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._resolved.send_signal(signal.SIGCONT)

    @staticmethod
    def _stop(proc):
        if proc:
            proc.terminate()
            proc.wait(10)

    def __enter__(self):
        self.start_bus()
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()
        self.stop_bus()

    def ctl(self, *args, check=True):
        """Run resolvectl, which talks to newer ones over a socket in /run."""
        return self._host.run(
            "nsenter", f"--target={self._resolved.pid}", "--mount", "--root",
            "env",
            *(f"{k}={v}" for k, v in self.env.items()),
            self._deb / "usr/bin/resolvectl", "--no-pager", *args, check=check)

    def _list(self, what):
        """Lines about links. resolvectl fails if one goes while it looks."""
        def lines():
            done = self.ctl(what, check=False)
            return None if done.returncode else done.stdout.splitlines()

        return wait_until(lines, 5, "resolvectl to list links")

    def links(self):
        """What each link has: {link: (servers, domains)}, if anything."""
        found = {}
        for index, what in enumerate(("dns", "domain")):
            for line in self._list(what):
                match = re.match(r"Link \d+ \((\S+)\): *(.*)", line)
                if match and match.group(2):
                    entry = found.setdefault(match.group(1), [[], []])
                    entry[index] = match.group(2).split()
        return {link: tuple(entry) for link, entry in found.items()}

    def lookup(self, name):
        """The IPv4 addresses of a name, [] if there are none."""
        done = self.ctl("query", "--cache=no", "-4", "--legend=no", name,
                        check=False)
        return sorted(set(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", done.stdout)))
