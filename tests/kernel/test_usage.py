# SPDX-License-Identifier: GPL-2.0-or-later
"""accounting: what records say went through is what the firewall saw.

        10.1.0.0/24
    ----+-----------+----
        |           |
       gw         alice
"""

import json

import pytest

import esp
from lab import wait_until

pytestmark = pytest.mark.needs("esp", "nft")

LOGINS = 100

TABLE = """
    table inet seen {
        counter in { }
        counter out { }
        chain in {
            type filter hook prerouting priority -300;
            meta secpath exists counter name in
        }
        chain out {
            type filter hook output priority 300;
            rt ipsec exists counter name out
        }
    }
"""


def seen(gw):
    """Packets and bytes within IPsec, in and out."""
    out = gw.run("nft", "-j", "list", "counters", "table", "inet", "seen")
    found = {item["counter"]["name"]: item["counter"]
             for item in json.loads(out.stdout)["nftables"]
             if "counter" in item}
    return tuple(found[way][key] for way in ("in", "out")
                 for key in ("packets", "bytes"))


def recorded(path):
    """The same by the last record of each session."""
    last = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        last[record["session"]] = record
    return tuple(sum(record[f"{key}-{way}"] for record in last.values())
                 for way in ("in", "out") for key in ("packets", "bytes"))


def test_sums(lab, gw, alice):
    """Over rekeyings of both kinds, and a crash."""
    path = lab.dir / "accounting.json"
    server = gw.charon(plugins={"accounting": {
        "file": path, "update_interval": "1s"}})
    gw.run("nft", "-f", "-", stdin=TABLE)
    pair = esp.pair(gw.v4, alice.v4, (gw.v4, alice.v4))
    server.load(pair[0])
    daemon = alice.charon()
    daemon.load(pair[1])

    def send(number):
        alice.run("ping", "-n", "-c", 1 + number % 5, "-i", 0.01, "-W", 10,
                  "-s", 37 * number % 1300, gw.v4)

    for number in range(LOGINS):
        daemon.vici.initiate(child="psk")
        send(number)
        if number % 3 == 0:
            (daemon if number % 2 else server).vici.rekey(child="psk")
            send(number)
        if number % 5 == 0:
            (server if number % 2 else daemon).vici.rekey(ike="psk")
            send(number)
        # not one that is just being replaced
        daemon.vici.expect_sas(1, up=True)
        daemon.vici.terminate(ike="psk")
        server.vici.expect_sas(0)
    assert seen(gw)[0] == seen(gw)[2] > 2 * LOGINS
    wait_until(lambda: recorded(path) == seen(gw), 10,
               lambda: f"{recorded(path)}, not {seen(gw)}")
    daemon.vici.initiate(child="psk")
    send(7)
    wait_until(lambda: recorded(path) == seen(gw), 10)
    server.kill()
    server.start()
    wait_until(lambda: '"reason":"crash"' in path.read_text(), 10)
    assert recorded(path) == seen(gw)
    kinds = [json.loads(line)["type"]
             for line in path.read_text().splitlines()]
    assert kinds.count("start") == kinds.count("end") == LOGINS + 1
