# SPDX-License-Identifier: GPL-2.0-or-later
"""accounting: what sessions may use.

        10.1.0.0/24
    ----+-----------+---------+----
        |           |         |
       gw         alice      bob

gw has limits; CHILD_SAs are counted by kernel-libipsec.
"""

import pytest

from lab import conns, wait_until
from test_accounting import (ECHO, USER, client, echoes, expect_children,
                             gateway, networks, pair, records)

__all__ = ["networks", "records"]


def limited(gw, records, *configs, **rule):
    """A gateway with a rule for the user."""
    return gateway(gw, records, *configs, libipsec=True, settings={
        "rules": {"day": {"ids": USER, **rule}}})


def expect_limit(records, option, number=1):
    """Wait for the end of a session by a limit."""
    end = records.expect("end", number, timeout=30)
    end = end[-1] if number > 1 else end
    assert (end["reason"], end["closed-by"], end["limit"]) == (
        "limit", "accounting", f"rules.day.{option}")
    return end


@pytest.mark.parametrize("setup", [conns.psk_ikev2, conns.psk_ikev1])
def test_time(gw, alice, bob, records, networks, setup):
    """Closed with a DELETE, and a line; who closes it himself and connects
    again at once has what is left; it begins anew for who was closed by the
    limit; who isn't in the rule stays."""
    both = pair(gw, alice, setup)
    server = limited(gw, records, both[0], conns.psk_ikev2(
        gw.v4, bob.v4, "bob@lab")[0], time_max="16s")
    client(bob, conns.psk_ikev2(gw.v4, bob.v4, "bob@lab")[1])
    daemon = client(alice, both[1], "net")
    wait_until(lambda: daemon.vici.list_sas()[0].established >= 12, 20)
    daemon.vici.terminate(ike="net")
    daemon.vici.initiate(child="net")
    records.expect("end")
    first = expect_limit(records, "time_max", 2)
    assert first["id"] == USER and first["duration"] < 16
    assert first["previous"]
    server.log.expect(r"accounting: closing IKE_SA net\[\d+\] of "
                      f"'{USER}': it has reached rules.day.time_max")
    daemon.vici.expect_sas(0)
    daemon.vici.initiate(child="net")
    second = expect_limit(records, "time_max", 3)
    assert second["previous"] == first["session"]
    assert second["duration"] >= 16
    assert [sa.user for sa in server.vici.list_sas()] == ["bob@lab"]
    assert server.control.plugin("accounting", "stats")[
        "sessions-limited"] == "2"


def test_bytes(gw, alice, records, networks):
    """Over rekeying of both kinds, and reauthentication by either side."""
    both = pair(gw, alice)
    server = limited(gw, records, both[0], bytes_max=12 * 2 * ECHO)
    daemon = client(alice, both[1], "net")
    echoes(alice, 3)
    daemon.vici.rekey(child="net")
    expect_children(server, 1)
    echoes(alice, 3)
    server.vici.rekey(ike="net")
    server.vici.expect_sas(1, up=True)
    echoes(alice, 3)
    server.vici.request("rekey", {"ike": "net", "reauth": True})
    records.expect("end")
    server.vici.expect_sas(1, up=True)
    expect_children(server, 1)
    wait_until(lambda: alice.ping("10.9.0.1", "10.9.0.2"))
    assert not server.log.count("has reached")
    echoes(alice, 3)
    end = expect_limit(records, "bytes_max", 2)
    assert end["bytes-in"] < 6 * ECHO


def test_idle(gw, alice, records, networks):
    """Traffic either way keeps a session; and one without a CHILD_SA is idle,
    whoever initiated it."""
    both = pair(gw, alice)
    server = limited(gw, records, both[0], idle_timeout="12s")
    client(alice, both[1], "net")
    start = records.expect("start")["start"]
    alice.run("ping", "-n", "-c", 20, "-W", 5, "-I", "10.9.0.2", "10.9.0.1")
    assert not records.all("end")
    end = expect_limit(records, "idle_timeout")
    assert end["end"] - start >= 30
    assert server.vici.list_sas() == []


def test_reload(gw, alice, records, networks):
    """New limits apply to sessions that there are; invalid ones don't."""
    both = conns.psk_ikev2(alice.v4, gw.v4, USER)
    peer = alice.charon()
    peer.load(both[0])
    server = gateway(gw, records, both[1])
    server.vici.initiate(ike="psk")
    rules = {"day": {"connections": "psk", "time_max": "1s"}}
    server.reload(plugins={"control": {}, "accounting": {
        "file": records.path, "rules": {"day": {"time_max": "1s"}}}})
    server.log.expect("accounting: rules.day.*keeping the previous settings")
    # it is looked at each 5 s
    wait_until(lambda: server.vici.list_sas()[0].established >= 7, 15)
    server.reload(plugins={"control": {}, "accounting": {
        "file": records.path, "rules": rules}})
    assert expect_limit(records, "time_max")["initiator"]
    peer.vici.expect_sas(0)
