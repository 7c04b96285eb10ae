# SPDX-License-Identifier: GPL-2.0-or-later
"""Reauthentication under traffic, with make_before_break and without.

    10.8.0.1 gw ----------- alice 10.9.0.1
             10.1.0.0/24

What reaches 10.8.0.1 in clear is dropped, so a request without a tunnel is
lost. As responder strongSwan sends through a new CHILD_SA from the moment that
it answers IKE_AUTH, so a reply can overtake the answer and reach a client that
hasn't the SA yet. On machines of usual speed that is less than one echo; in an
emulated one it's some, which the kernel counts.
"""

import contextlib
import re
import subprocess
from dataclasses import dataclass

import pytest

import esp
from lab import wait_until

pytestmark = pytest.mark.needs("esp", "nft")

_RULES = """
table inet test {
	counter requests { }
	chain in {
		type filter hook input priority filter
		ip daddr 10.8.0.1 meta secpath missing drop
		ip daddr 10.8.0.1 counter name requests
	}
}
"""


_SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.8.0.1", 7))
print("ready", flush=True)
while True:
    s.sendto(*s.recvfrom(64))
"""

# One request each 10 ms until stdin ends, then waits for what is on its way:
# ping doesn't, and takes a reply that is late for a lost one.
_CLIENT = """
import select, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.9.0.1", 0))
s.connect(("10.8.0.1", 7))
sent, got, end, due = 0, set(), None, time.monotonic()
while not end or len(got) < sent and time.monotonic() < end:
    if not end and time.monotonic() >= due:
        due = time.monotonic() + 0.01
        try:
            s.send(b"%d" % sent)
        except OSError:
            pass
        sent += 1
    ready = select.select([s] if end else [s, sys.stdin], [], [], 0.01)[0]
    if s in ready:
        try:
            got.add(s.recv(64))
        except OSError:
            continue
        if len(got) == 1:
            print("first", flush=True)
    elif ready:
        end = time.monotonic() + 5
print(sent, len(got))
"""


@dataclass
class Lost:
    """What a reauthentication took: requests, replies, and how many packets
    the client got before their SA."""
    requests: int
    replies: int
    early: int


def requests(gw):
    """How many came out of the tunnel."""
    return int(re.search(r"packets (\d+)", gw.run(
        "nft", "list", "counters", "table", "inet", "test").stdout)[1])


def early(host):
    """Packets for an SPI that was only reserved so far, or was found reserved
    just when the SA took its place."""
    stat = host.run("cat", "/proc/net/xfrm_stat").stdout
    return sum(int(re.search(rf"{name}\s+(\d+)", stat)[1])
               for name in ("XfrmAcquireError", "XfrmInStateInvalid"))


@contextlib.contextmanager
def echoes(gw, alice):
    """Send requests every 10 ms; yields a list that gets the numbers of those
    sent and answered. The block begins with the first answer."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    server = gw.popen("python3", "-c", _SERVER, **pipes)
    counts = []
    try:
        assert server.stdout.readline() == "ready\n"
        client = alice.popen("python3", "-c", _CLIENT, **pipes)
        try:
            assert client.stdout.readline() == "first\n"
            yield counts
        finally:
            out = client.communicate()[0]
    finally:
        server.kill()
        server.communicate()
    counts += map(int, out.split())


@pytest.fixture
def reauthenticate(gw, alice):
    """Function that does it once, and returns what got Lost."""
    gw.ip("address add 10.8.0.1/32 dev lo",
          f"route add 10.9.0.1 via {alice.v4}")
    alice.ip("address add 10.9.0.1/32 dev lo",
             f"route add 10.8.0.1 via {gw.v4}")
    gw.run("nft", "-f", "-", stdin=_RULES)
    configs = esp.pair(gw.v4, alice.v4, ("10.8.0.1", "10.9.0.1"))

    def run(make_before_break, plugins=()):
        gateway = gw.charon(plugins=plugins)
        client = alice.charon(conf={"make_before_break": make_before_break})
        gateway.load(configs[0])
        client.load(configs[1])
        client.vici.initiate(child="psk")
        old, = client.vici.list_sas()

        def replaced():
            sas = client.vici.list_sas()
            return (len(sas) == 1 and sas[0].uniqueid != old.uniqueid and
                    any(child["state"] == "INSTALLED"
                        for child in sas[0].children.values()))

        with echoes(gw, alice) as counts:
            client.vici.request("rekey", {"ike": "psk", "reauth": True})
            wait_until(replaced, 10)
        sa, = gateway.vici.expect_sas(1)
        assert len(sa.children) == 1
        sent, received = counts
        arrived = requests(gw)
        return Lost(sent - arrived, arrived - received, early(alice))

    return run


def assert_seamless(lost):
    assert lost.requests == 0, lost
    assert lost.replies == lost.early, lost


def test_on(reauthenticate):
    assert_seamless(reauthenticate(True))


def test_off(reauthenticate):
    assert reauthenticate(False).requests > 0


@pytest.mark.parametrize("mode", ["never", "no", "replace", "keep"])
def test_unique_policy(reauthenticate, mode):
    """The successor takes the place of its predecessor, which goes by
    itself, whatever the policy for duplicates is."""
    assert_seamless(reauthenticate(True, {"unique-policy": {"mode": mode}}))
