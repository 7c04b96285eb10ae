# SPDX-License-Identifier: GPL-2.0-or-later
"""filtermode beside the distribution's firewalld.

firewalld is unpacked, not installed, and runs in a host with a D-Bus of its
own: the machine's firewall is none of our business.
"""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from lab import build, wait_until
from lab.shell import CommandError, run

_PACKAGES = ["firewalld", "python3-firewall", "python3-nftables"]

_PYTHON = "/usr/bin/python3"

_RUN = """
mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/up /run/work
mount -t overlay overlay \
    -o "lowerdir=$1/etc:/etc,upperdir=/run/up,workdir=/run/work" /etc
mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr
dbus-daemon --system --nofork --nopidfile &
trap "kill $!" EXIT
while [ ! -S /run/dbus/system_bus_socket ]; do
	kill -0 $!
	sleep 0.05
done
/usr/bin/python3 /usr/sbin/firewalld --nofork --nopid \
    --log-file /run/firewalld.log &
echo $!
wait $!
"""


@pytest.fixture(scope="module")
def tree():
    """Where firewalld is unpacked."""
    if not shutil.which("dbus-daemon") or run(
            _PYTHON, "-c", "import dbus, gi", check=False).returncode:
        pytest.skip("firewalld takes dbus-daemon, python3-dbus and python3-gi")
    tree = build.BUILD / "firewalld"
    if not (tree / "usr/sbin/firewalld").exists():
        tree.mkdir(exist_ok=True)
        try:
            run("sh", "-ec", 'cd "$1"; shift; apt-get -qq download "$@"',
                "sh", tree, *_PACKAGES)
        except CommandError as e:
            pytest.skip(f"can't fetch firewalld: {e}")
        for deb in tree.glob("*.deb"):
            run("dpkg-deb", "-x", deb, tree)
            deb.unlink()
    return tree


class Firewalld:
    """Context manager: firewalld in a host."""

    def __init__(self, host, tree):
        self._host = host
        self._tree = tree

    def __enter__(self):
        self._proc = self._host.popen("sh", "-ec", _RUN, "sh", self._tree,
                                      stdout=subprocess.PIPE, text=True,
                                      stderr=subprocess.DEVNULL)
        self._pid = int(self._proc.stdout.readline())
        wait_until(lambda: self._catches_hangup() and self.handle(), 30,
                   "firewalld to start")
        return self

    def _catches_hangup(self):
        status = Path(f"/proc/{self._pid}/status").read_text()
        caught = re.search(r"^SigCgt:\s*(\w+)", status, re.M)[1]
        return int(caught, 16) & 1 << signal.SIGHUP - 1

    def handle(self):
        """The handle of its table, 0 if there is none."""
        listed = self._host.run("nft", "-a", "list", "table", "inet",
                                "firewalld", check=False).stdout
        match = re.match(r"table inet firewalld \{ # handle (\d+)", listed)
        return int(match[1]) if match else 0

    def reload(self):
        """Do what `systemctl reload firewalld` does, and wait for the new
        table."""
        before = self.handle()
        run("kill", f"-{signal.SIGHUP.value}", self._pid)
        wait_until(lambda: self.handle() not in (0, before), 30,
                   "firewalld to reload")

    def __exit__(self, *exc):
        run("kill", self._pid, check=False)
        self._proc.wait()
        self._proc.stdout.close()


def test_firewalld(gw, tree):
    """Both have their tables, whatever the other one does."""
    def ours():
        return gw.run("nft", "-s", "list", "table", "inet",
                      "charon_filtermode", check=False).stdout

    daemon = gw.charon(plugins={"filtermode": {"mode": "interfaces"}})
    before = ours()
    with Firewalld(gw, tree) as firewalld:
        firewalld.reload()
        wait_until(lambda: ours() == before, 1)
        handle = firewalld.handle()
        daemon.reload(plugins={"filtermode": {"mode": "ipsec"}})
        assert "chain ipsec-in" in ours()
        daemon.stop()
        assert "chain" not in ours()
        assert firewalld.handle() == handle
