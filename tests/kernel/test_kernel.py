# SPDX-License-Identifier: GPL-2.0-or-later
"""ESP as the kernel does it, between the distribution's daemons.

        10.1.0.0/24, fd01::/64
    ----+-----------+----
        |           |
       gw         alice
"""

import pytest

from lab import conns

pytestmark = pytest.mark.needs("esp")


def connect(gw, alice, pair):
    gateway, client = gw.charon(), alice.charon()
    gateway.load(pair[0])
    client.load(pair[1])
    client.vici.initiate(child="psk")
    return gateway, client


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_transport_mode(gw, alice, family):
    ours, theirs = getattr(gw, family), getattr(alice, family)
    connect(gw, alice, conns.psk_ikev2(ours, theirs, child=(ours, theirs)))
    with alice.capture("udp port 4500 or esp") as capture:
        assert alice.ping(ours)
        capture.expect("ESP")
