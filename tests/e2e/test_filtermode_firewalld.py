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

from lab import build, conns, wait_until
from lab.conns import Config
from lab.shell import CommandError, run

# which unpack it once
pytestmark = pytest.mark.xdist_group("firewalld")

_PACKAGES = ["firewalld", "python3-firewall", "python3-nftables"]

_PYTHON = "/usr/bin/python3"

_RUN = """
mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/up /run/work
mount -t overlay overlay \
    -o "lowerdir=$1/etc:/etc,upperdir=/run/up,workdir=/run/work" /etc
mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr
sed -i "$2" /etc/firewalld/firewalld.conf
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
    """Context manager: firewalld in a host; conf is a command of sed for its
    settings."""

    def __init__(self, host, tree, conf=""):
        self._host = host
        self._tree = tree
        self._conf = conf

    def __enter__(self):
        self._proc = self._host.popen("sh", "-ec", _RUN, "sh", self._tree,
                                      self._conf, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
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


def test_sets(gw, alice, tree):
    """A set in the operator's own table keeps who is in it, whatever firewalld
    does, and one in firewalld's is filled again with each of its reloads."""
    gw.run("nft", "-f", "-", stdin="""table inet mine {
        set staff { type ipv4_addr; }
    }""")
    server = gw.charon(libipsec=True, plugins={"control": {}, "filtermode": {
        "sets": {"staff": {"table": "mine", "set": "staff",
                           "ids": "alice@lab"}}}})
    gw.ip("address add 10.9.0.1/32 dev lo")
    server.load(Config(pools={"v4": {"addrs": "10.7.0.0/29"}}))
    pair = conns.psk_ikev2(gw.v4, alice.v4, identity="alice@lab", name="rw",
                           child=(["10.9.0.1/32"], ["dynamic"]),
                           gateway={"pools": ["v4"]},
                           initiator={"vips": ["0.0.0.0"]})
    server.load(pair[0])

    def ours(table="mine"):
        listed = gw.run("nft", "list", "set", "inet", table, "staff",
                        check=False).stdout
        return re.findall(r'([\d.]+) comment "charon filtermode"', listed)

    # 2.1 and later own it, so that nobody else can add to it
    with Firewalld(gw, tree, "s/^NftablesTableOwner=.*/NftablesTableOwner=no/"
                   ) as firewalld:
        # it lets nobody in
        gw.run("nft", "insert", "rule", "inet", "firewalld", "filter_INPUT",
               "accept")
        client = alice.charon(libipsec=True)
        client.load(pair[1])
        client.vici.initiate(child="rw")
        assert ours() == ["10.7.0.1"]
        firewalld.reload()
        assert ours() == ["10.7.0.1"]
        assert not server.control.plugin("filtermode")["warnings"]
        # in its own table, which each reload makes anew
        server.reload(plugins={"control": {}, "filtermode": {"sets": {"staff": {
            "table": "firewalld", "set": "staff", "ids": "alice@lab"}}}})
        assert not ours()
        add = ("add", "set", "inet", "firewalld", "staff",
               "{ type ipv4_addr; }")
        for _ in range(2):
            gw.run("nft", *add)
            wait_until(lambda: ours("firewalld") == ["10.7.0.1"], 1)
            firewalld.reload()
            server.log.expect('sets.staff.set = "staff": there is no such set '
                              "in table inet firewalld")
    server.stop()
