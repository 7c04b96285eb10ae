# SPDX-License-Identifier: GPL-2.0-or-later
"""accounting: what sessions may use.

        10.1.0.0/24
    ----+-----------+---------+----
        |           |         |
       gw         alice      bob

gw has limits; CHILD_SAs are counted by kernel-libipsec.
"""

import time

import pytest

from lab import conns, wait_until
from lab.poll import patience
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


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.mark.parametrize("setup", [
    conns.psk_ikev2, conns.psk_ikev1, conns.eap, conns.xauth])
def test_hours(gw, alice, bob, records, setup):
    """Nobody whom a rule matches logs in outside of its hours; and who is
    connected as they end is closed, others aren't."""
    both = setup(gw.v4, alice.v4, USER)
    name = next(iter(both[1].connections))
    bobs = conns.psk_ikev2(gw.v4, bob.v4, "bob@lab", name="bobs")
    server = gateway(gw, records, both[0], bobs[0])
    client(bob, bobs[1])
    records.expect("start")
    today = time.localtime().tm_wday
    # it may become tomorrow meanwhile
    closed = DAYS[(today + 3) % 7]
    opened = f"{DAYS[today - 1]}-{DAYS[(today + 1) % 7]} 00:00-24:00"

    def set_hours(hours):
        server.reload(plugins={"control": {}, "accounting": {
            "file": records.path, "rules": {
                "work": {"ids": USER, "hours": hours}}}})

    set_hours(closed)
    daemon = alice.charon()
    daemon.load(both[1])
    with server.control.events("limit") as events:
        assert not daemon.vici.initiate(ike=name, must=False)
        event = events.get(timeout=patience(10))[1]
        assert (event["type"], event["option"]) == ("refused",
                                                    "rules.work.hours")
    refused = records.expect("refused", timeout=30)
    assert (refused["step"], refused["reason"]) == ("authorization", "limit")
    server.log.expect(rf"accounting: refused '{USER}' at {alice.v4}\[\d+\] on "
                      rf"connection '{name}' by rules\.work\.hours")
    set_hours(opened)
    daemon.vici.initiate(ike=name)
    records.expect("start", 2)
    with server.control.events("limit") as events:
        set_hours(closed)
        event = events.get(timeout=patience(10))[1]
        assert (event["type"], event["option"]) == ("closed",
                                                    "rules.work.hours")
    end = records.expect("end", timeout=30)
    assert (end["reason"], end["limit"]) == ("limit", "rules.work.hours")
    daemon.vici.expect_sas(0)
    assert [sa.user for sa in server.vici.list_sas()] == ["bob@lab"]


def expect_refused(server, records, daemon, option):
    """Who has used up a day doesn't get in again."""
    name = next(iter(daemon.vici.request("get-conns")["conns"]))
    assert not daemon.vici.initiate(ike=name, must=False)
    refused = records.expect("refused", timeout=30)
    assert (refused["step"], refused["reason"]) == ("authorization", "limit")
    server.log.expect(rf"accounting: refused '{USER}' at .* by "
                      rf"rules\.day\.{option}")


def test_time_of_day(gw, alice, bob, records):
    """Of all sessions of a user, wherever they are from."""
    server = limited(gw, records, conns.psk_ikev2(gw.v4, "%any", USER)[0],
                     time_max_day="16s")
    first = client(alice, conns.psk_ikev2(gw.v4, alice.v4, USER)[1])
    wait_until(lambda: first.vici.list_sas()[0].established >= 12, 20)
    first.vici.terminate(ike="psk")
    assert records.expect("end")["reason"] == "peer"
    client(bob, conns.psk_ikev2(gw.v4, bob.v4, USER)[1])
    assert expect_limit(records, "time_max_day", 2)["duration"] < 16
    expect_refused(server, records, first, "time_max_day")


def test_bytes_of_day(gw, alice, records, networks):
    """Likewise."""
    both = pair(gw, alice)
    server = limited(gw, records, both[0], bytes_max_day=12 * 2 * ECHO)
    daemon = client(alice, both[1], "net")
    echoes(alice, 6)
    daemon.vici.terminate(ike="net")
    records.expect("end")
    daemon.vici.initiate(child="net")
    expect_children(server, 1)
    echoes(alice, 6)
    expect_limit(records, "bytes_max_day", 2)
    expect_refused(server, records, daemon, "bytes_max_day")


def test_warning(gw, alice, records):
    """Once, before the end; and not if it isn't asked for."""
    both = conns.psk_ikev2(gw.v4, alice.v4, USER)
    server = gateway(gw, records, both[0], settings={
        "limit_warning": 0, "rules": {
            "day": {"ids": USER, "time_max": "1h"}}})
    client(alice, both[1])
    wait_until(lambda: server.vici.list_sas()[0].established >= 7, 20)
    with server.control.events("limit") as events:
        server.reload(plugins={"control": {}, "accounting": {
            "file": records.path, "limit_warning": "1h", "rules": {
                "day": {"ids": USER, "time_max": "1h"}}}})
        event = events.get(timeout=patience(10))[1]
    assert {key: event[key] for key in ("type", "id", "option", "connection")
            } == {"type": "warning", "id": USER, "connection": "psk",
                  "option": "rules.day.time_max"}
    assert 3000 < int(event["left"]) < 3600 - 6
    line = (rf"accounting: the session of '{USER}', IKE_SA psk\[\d+\], ends in "
            r"\d+ s by rules\.day\.time_max")
    server.log.expect(line)
    server.log.refute(line, since=server.log.mark(), settle=7)
    assert server.log.count(line) == 1
