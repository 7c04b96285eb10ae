# SPDX-License-Identifier: GPL-2.0-or-later
"""Throughput of one SA with async-crypto over that without it, in one boot.
Run by tests/bench/async-crypto."""

import json
import statistics
import subprocess

import pytest

import esp
from lab import wait_until

pytestmark = pytest.mark.needs("esp", "own-kernel")

SECONDS = 4
ROUNDS = 3
ALGORITHMS = [
    ("AES-GCM-128", "aes128gcm16", "rfc4106(gcm(aes))"),
    ("AES-CBC-128 + SHA-256", "aes128-sha256",
     "authenc(hmac(sha256),cbc(aes))"),
]

_RECEIVER = """
import json, socket, sys
s = socket.create_server((sys.argv[1], 7777))
print("ready", flush=True)
c, _ = s.accept()
total, buf = 0, bytearray(1 << 18)
while (got := c.recv_into(buf)):
    total += got
print(json.dumps(total))
"""

_SENDER = """
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, int(sys.argv[2]))
s.connect((sys.argv[1], 7777))
end = time.monotonic() + float(sys.argv[3])
data = bytes(1 << 16)
while time.monotonic() < end:
    s.send(data)
"""


def busy():
    """Seconds that CPUs were busy, all together."""
    with open("/proc/stat") as f:
        ticks = list(map(int, f.readline().split()[1:]))
    return (sum(ticks[:8]) - ticks[3] - ticks[4]) / 100


def measure(gw, alice, size):
    """Mbit/s from alice to gw with segments of a size, and busy CPUs."""
    receiver = gw.popen("python3", "-c", _RECEIVER, gw.v4,
                        stdout=subprocess.PIPE, text=True)
    assert receiver.stdout.readline() == "ready\n"
    start = busy()
    alice.run("python3", "-c", _SENDER, gw.v4, size, SECONDS)
    total = json.loads(receiver.communicate(timeout=120)[0])
    return total * 8 / SECONDS / 1e6, (busy() - start) / SECONDS


@pytest.mark.parametrize("name,proposal,algorithm", ALGORITHMS)
def test_throughput(gw, alice, name, proposal, algorithm):
    # what udev loads on a machine with AES instructions
    alice.run("modprobe", "aesni_intel")
    child = {"esp_proposals": [proposal]}
    configs = esp.pair(gw.v4, alice.v4, (gw.v4, alice.v4), gw_child=child,
                       client_child=child)
    gateway = gw.charon()
    client = alice.charon(plugins={"async-crypto": {"algorithms": "off"}})
    gateway.load(configs[0])
    client.load(configs[1])
    results = {}
    for _ in range(ROUNDS):
        for mode in "off", algorithm:
            client.reload(plugins={"async-crypto": {"algorithms": mode}})
            there = mode != "off"
            wait_until(lambda: there == (" 17711\n" in alice.run(
                "cat", "/proc/crypto").stdout))
            client.vici.initiate(child="psk")
            for size in 1300, 100:
                results.setdefault((size, there), []).append(
                    measure(gw, alice, size))
            client.vici.terminate(ike="psk")
    print("| algorithm | segment | without | with | ratio | CPUs busy without "
          "| with |\n|---|---|---|---|---|---|---|")
    for size in 1300, 100:
        (plain, plain_cpu), (fast, fast_cpu) = (
            map(statistics.median, zip(*results[size, there]))
            for there in (False, True))
        print(f"| {name} | {size} B | {plain:.1f} Mbit/s | {fast:.1f} Mbit/s "
              f"| {fast / plain:.2f} | {plain_cpu:.2f} | {fast_cpu:.2f} |")
