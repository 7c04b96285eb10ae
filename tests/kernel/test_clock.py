# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway with all plugins whose clock is set, as by NTP after a start with
an empty battery, or by an operator's mistake."""

import time

import pytest

import esp
from lab.everything import settings

# the clock is the machine's
pytestmark = pytest.mark.needs("own-kernel", "esp", "nft")

DAYS = 24 * 60 * 60


@pytest.fixture
def jump():
    """Function that sets the clock by a number of days. It is right again
    afterwards."""
    offset = time.time() - time.monotonic()

    def set_clock(days):
        time.clock_settime(time.CLOCK_REALTIME, time.time() + days * DAYS)

    yield set_clock
    time.clock_settime(time.CLOCK_REALTIME, offset + time.monotonic())


@pytest.mark.parametrize("days", [400, -400])
def test_jump(lab, gw, alice, bob, jump, days):
    """Nothing ends, nothing is old, and who comes is let in."""
    gw.connect(lab.segment("10.2.0.0/24"))
    outside = alice.add_address().v4
    rule = {"src": gw.v4, "dst": outside}
    server = gw.charon(
        plugins=settings(lab.dir / "peer.log",
                         bypass={"rules": {"ping": rule}},
                         unique_policy={"mode": "keep", "keep_timeout": "10s"}),
        without=["socket-default"])
    configs = esp.pair(gw.v4, "%any", (gw.v4, "dynamic"))
    server.load(configs[0])

    def login(host):
        daemon = host.charon()
        daemon.load(esp.pair(gw.v4, host.v4, (gw.v4, "dynamic"),
                             identity=f"{host.name}@lab")[1])
        daemon.vici.initiate(child="psk")
        return daemon

    def rules():
        return {rule["name"]: rule for rule in server.control.stream(
            "list-bypasses", "list-bypass")}

    def pings():
        """Through the tunnel, and by the rule."""
        return alice.ping(gw.v4, alice.v4) and alice.ping(gw.v4, outside)

    client = login(alice)
    assert pings()
    jump(days)
    # the kernel's times are of the clock that was
    past = max(days, 0) * DAYS
    assert past <= int(rules()["ping"]["last-used"]) < past + 60
    client.vici.rekey(ike="psk")
    client.vici.expect_sas(1, uniqueid=2, up=True)
    client.vici.rekey(child="psk")
    login(bob)
    sessions = list(server.control.stream("list-sessions", "list-session"))
    assert {session["id"] for session in sessions} == {"alice@lab", "bob@lab"}
    assert all(int(session[key]) < 60 for session in sessions
               for key in ("age", "idle"))
    assert pings()
    assert int(rules()["ping"]["last-used"]) < 60
    # but a CHILD_SA that was replaced, if its deletion takes longer than the
    # kernel's timer
    assert not server.log.count("timed out|(?<!closing )expired|lost")
