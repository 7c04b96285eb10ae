# SPDX-License-Identifier: GPL-2.0-or-later
"""ikev1-policy in a real gateway, whose peers are programs of our own: charon
as initiator runs one Quick Mode at a time and never sends the end of main mode
in clear.

        10.1.0.0/24
    ----+-----------+---------+----
        |           |         |
       gw         alice      bob
"""

import pytest

from ikev1_peer import Ikev1Error, Ikev1Peer
from lab import DaemonError, build, conns, wait_until
from lab.vici import Vici

ALICE = "alice@lab"
BOB = "bob@lab"


@pytest.fixture(autouse=True)
def ikev1():
    build.need_ikev1()


def connection(gw, entries, name="site", peer="%any"):
    """A connection with that many phase 2 entries."""
    pair = conns.psk_ikev1(gw.v4, "%any", name=name, gateway={
        "encap": True, "remote": {"id": peer}, "children": {
            f"{name}-{n}": {"local_ts": [f"10.9.1.{n}/32"],
                            "remote_ts": [f"10.9.0.{n}/32"],
                            "esp_proposals": ["aes128-sha256"]}
            for n in range(1, entries + 1)}})
    return pair[0]


def gateway(host, settings, *configs, **options):
    # kernel-libipsec takes a policy only if it finds an address for its route
    host.ip(*(f"address replace 10.9.1.{n}/32 dev lo" for n in range(1, 65)))
    daemon = host.charon(plugins={"ikev1-policy": settings}, libipsec=True,
                         **options)
    daemon.load(*configs)
    return daemon


def peer_at(host, gw, identity=ALICE):
    return Ikev1Peer(host, gw.v4, identity, conns.SECRET)


def start(peer, count, first=1):
    """Start that many Quick Modes, none of which gets its last message."""
    modes = [peer.quick_mode(f"10.9.0.{n}", f"10.9.1.{n}")
             for n in range(first, first + count)]
    for mode in modes:
        mode.start()
    return modes


def finish(modes):
    for mode in modes:
        mode.finish()


def children(daemon):
    return len(daemon.vici.list_children())


def expect_children(daemon, count):
    wait_until(lambda: children(daemon) == count, 10,
               lambda: f"{count} CHILD_SAs, there are {children(daemon)}")


OVERFLOW = (r"ikev1-policy: '(\S+)' at (\S+) on connection '(\S+)' ran (\d+) "
            r"Quick Modes at once and (\d+) were lost, as the window holds "
            r"(\d+) exchanges; set ikev1-policy.phase2_exchanges = (\d+)")


def test_small_window_breaks_and_is_reported(gw, alice):
    """What happens without the plugin, but for the line."""
    server = gateway(gw, {"phase2_exchanges": 3}, connection(gw, 20))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        finish(start(peer, 20))
        line = server.log.expect(OVERFLOW)
        assert line.group(1, 2, 3, 4, 6, 7) == (ALICE, alice.v4, "site", "20",
                                                "3", "83")
        assert 17 <= int(line.group(5)) <= 20
        assert children(server) < 3
        # it was only reported
        assert len(server.vici.list_sas(up=True)) == 1


@pytest.mark.parametrize("settings", [{}, {"phase2_exchanges": 83}])
def test_all_come_up(gw, alice, settings):
    """Automatically, and with what the line above recommends."""
    server = gateway(gw, settings, connection(gw, 20))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        finish(start(peer, 20))
        expect_children(server, 20)
    server.log.refute(OVERFLOW, settle=1.5)


@pytest.mark.parametrize("settings,up", [({"phase2_exchanges": 20}, False),
                                         ({}, True)])
def test_dpd_takes_places(gw, alice, settings, up):
    """A window for just as many Quick Modes as there are entries is too small
    as soon as the peer sends anything else, hence auto's larger one."""
    server = gateway(gw, settings, connection(gw, 20))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        modes = start(peer, 20)
        mark = server.log.mark()
        peer.dpd(1)
        server.log.expect("N\\(DPD_ACK\\)", since=mark)
        finish(modes)
        if up:
            expect_children(server, 20)
        else:
            line = server.log.expect(OVERFLOW)
            assert line.group(4, 6, 7) == ("20", "20", "83")
            assert children(server) < 20


@pytest.mark.parametrize("settings,up", [({"phase2_exchanges": 43}, False),
                                         ({}, True)])
def test_retransmissions_take_places(gw, alice, settings, up):
    """As of a peer that starts many at once, and doesn't wait until a busy
    gateway has answered all of them: libreswan waits half a second."""
    server = gateway(gw, settings, connection(gw, 20))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        modes = start(peer, 20)
        # that of the message it received last, charon would recognize
        for count, mode in enumerate(modes[:-1] * 2, 1):
            mode.retransmit()
            server.log.expect("QUICK_MODE request .* processing failed",
                              count=count)
        finish(modes)
        if up:
            expect_children(server, 20)
        else:
            server.log.expect(OVERFLOW)
            assert children(server) < 20


def test_64_rekeyed_at_once(gw, alice):
    """With each old CHILD_SA deleted before the next Quick Mode completes."""
    server = gateway(gw, {}, connection(gw, 64))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        old = start(peer, 64)
        finish(old)
        expect_children(server, 64)
        for mode, replaced in zip(start(peer, 64), old):
            mode.finish()
            peer.delete(replaced)
        new = wait_until(lambda: installed_once(server, 64, old), 15,
                         lambda: f"64 CHILD_SAs, there are {children(server)}")
        assert len(new) == 64
    server.log.refute(OVERFLOW, settle=1.5)


def installed_once(server, count, old):
    """The children, if there are that many and none of the old ones."""
    sa, = server.vici.list_sas()
    spis = {child["spi-out"] for child in sa.children.values()
            if child["state"] == "INSTALLED"}
    replaced = {mode.spi.hex() for mode in old}
    return spis if len(spis) == count and not spis & replaced else None


def test_auto_follows_connections(gw, alice, bob):
    """As soon as a vici command is answered, the next IKE_SA has the window;
    those that exist keep theirs."""
    server = gateway(gw, {}, connection(gw, 2, "early", BOB))
    with peer_at(bob, gw, BOB) as early:
        early.main_mode()
        for entries, window in ((20, 83), (3, 15), (30, 123), (4, 19)):
            server.load(connection(gw, entries))
            with peer_at(alice, gw) as peer:
                peer.main_mode()
                server.log.expect(
                    f"ikev1-policy: window for new IKE_SAs set to {window} "
                    f"exchanges, as connection 'site' has {entries} phase 2")
                finish(start(peer, entries))
                expect_children(server, entries)
                server.vici.terminate(ike="site", force=True)
            server.vici.request("unload-conn", {"name": "site"})
        for _ in range(6):
            start(early, 2)
        line = server.log.expect(OVERFLOW)
        assert line.group(1, 4, 6) == (BOB, "12", "11")


def test_auto_is_for_all_ikev1_connections(gw, alice):
    """The largest counts, whoever connects; IKEv2 ones don't."""
    ikev2 = conns.psk_ikev2(gw.v4, "%any", name="v2", gateway={"children": {
        f"v2-{n}": {"local_ts": [f"10.8.1.{n}/32"]} for n in range(1, 51)}})
    server = gateway(gw, {}, connection(gw, 2), connection(gw, 9, "large"),
                     ikev2[0])
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        server.log.expect("set to 39 exchanges, as connection 'large' has 9 ")
    for name in ("large", "site"):
        server.vici.request("unload-conn", {"name": name})
    with peer_at(alice, gw) as peer:
        with pytest.raises(Ikev1Error):
            peer.main_mode()
        server.log.expect("set to 3 exchanges, as no connection for IKEv1 has "
                          "a phase 2 entry")
    # what core's settings have without one is no matter for the next one
    server.reload()
    server.load(connection(gw, 9))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        finish(start(peer, 9))
        expect_children(server, 9)


def test_cap(gw, alice):
    server = gateway(gw, {"phase2_max": 10}, connection(gw, 20))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        server.log.expect(
            "ikev1-policy: connection 'site' has 20 phase 2 entries, more "
            "than a window of 10 exchanges is for; raise "
            "ikev1-policy.phase2_max to 83")
        finish(start(peer, 20))
        assert server.log.expect(OVERFLOW).group(6) == "10"


def test_overflow_deletes(gw, alice):
    server = gateway(gw, {"phase2_exchanges": 5, "on_overflow": "terminate"},
                     connection(gw, 20))
    with peer_at(alice, gw) as peer:
        peer.main_mode()
        # what anybody can send doesn't do it
        start(peer, 5)
        for _ in range(6):
            peer.noise()
        line = server.log.expect(OVERFLOW)
        assert line.group(4, 6) == ("5", "5")
        assert len(server.vici.list_sas(up=True)) == 1
        start(peer, 15, 6)
        server.vici.expect_sas(0)


def test_overflow_line(gw, alice):
    """Says what is deleted, and comes once in ten seconds for a peer."""
    server = gateway(gw, {"phase2_exchanges": 3, "on_overflow": "terminate"},
                     connection(gw, 20))
    for _ in range(2):
        with peer_at(alice, gw) as peer:
            peer.main_mode()
            sa, = server.vici.expect_sas(1, up=True)
            start(peer, 6)
            server.vici.expect_sas(0)
            if sa.uniqueid == 1:
                server.log.expect(
                    OVERFLOW + r"; deleting IKE_SA \[1\], as "
                    "ikev1-policy.on_overflow is terminate")
    assert server.log.count(OVERFLOW) == 1


CLEAR = "unencrypted_main_mode"
LISTS = "unencrypted_main_mode_peers"

# settings, whether the peer sends in clear, and is accepted, end of the line
MAIN_MODES = [
    ({}, False, True, None),
    ({}, True, False, f"{CLEAR} is no"),
    ({CLEAR: True}, False, True, None),
    ({CLEAR: True}, True, True, f"{CLEAR} allows"),
    ({CLEAR: True, LISTS: "10.1.0.2"}, True, True, f"{CLEAR} allows"),
    ({CLEAR: True, LISTS: "10.9.0.0/16, 10.1.0.0/30"}, True, True,
     f"{CLEAR} allows"),
    ({CLEAR: True, LISTS: ALICE}, True, True, f"{CLEAR} allows"),
    ({CLEAR: True, LISTS: "*@lab"}, True, True, f"{CLEAR} allows"),
    ({CLEAR: True, LISTS: f"10.1.0.3, {BOB}"}, False, True, None),
]


def test_main_mode(gw, alice):
    server = gateway(gw, {}, connection(gw, 1))
    assert alice.v4 == "10.1.0.2"
    for settings, clear, accepted, line in MAIN_MODES:
        server.reload(plugins={"ikev1-policy": settings})
        mark = server.log.mark()
        with peer_at(alice, gw) as peer:
            if accepted:
                peer.main_mode(clear)
                finish(start(peer, 1))
                expect_children(server, 1)
                server.vici.terminate(ike="site", force=True)
            else:
                with pytest.raises(Ikev1Error):
                    peer.main_mode(clear)
                server.vici.expect_sas(0, up=True)
                assert not server.log.count("established between", mark)
        if line:
            server.log.expect(f"ikev1-policy: .*{alice.v4}.* in main mode "
                              f"unencrypted.* ikev1-policy.{line}", since=mark)
        else:
            assert not server.log.count("unencrypted", mark)
    # what we set ourselves isn't taken for an operator's setting
    assert not server.log.count("has no effect")


def test_main_mode_of_others(gw, alice):
    """Not in the list: refused before the IKE_SA is established."""
    server = gateway(gw, {CLEAR: True, LISTS: f"10.1.0.3, {BOB}"},
                     connection(gw, 1))
    with peer_at(alice, gw) as peer:
        with pytest.raises(Ikev1Error):
            peer.main_mode(clear=True)
    server.log.expect(f"ikev1-policy: refused '{ALICE}' at {alice.v4}: it "
                      "sent its identity in main mode unencrypted and is not "
                      f"in ikev1-policy.{LISTS}")
    server.vici.expect_sas(0)
    assert not server.log.count("established between")


def test_main_mode_reload(gw, alice, bob):
    """A list that changes, and one that is invalid: the old one stays."""
    server = gateway(gw, {CLEAR: True, LISTS: alice.v4}, connection(gw, 1))

    def tries(host, identity):
        with peer_at(host, gw, identity) as peer:
            try:
                peer.main_mode(clear=True)
            except Ikev1Error:
                return False
            return True

    assert tries(alice, ALICE)
    assert not tries(bob, BOB)
    server.reload(plugins={"ikev1-policy": {CLEAR: True, LISTS: BOB}})
    assert not tries(alice, ALICE)
    assert tries(bob, BOB)
    server.reload(plugins={"ikev1-policy": {CLEAR: True, LISTS: "10.1.0"}})
    server.log.expect(rf'ikev1-policy: {LISTS} = "10.1.0": expected an '
                      "address, network, range of addresses or identity; "
                      "keeping the previous settings")
    assert not tries(alice, ALICE)
    assert tries(bob, BOB)
    # without the switch the list has no effect, and the rest is in force
    server.reload(plugins={"ikev1-policy": {LISTS: BOB}})
    server.log.expect(f"ikev1-policy: {LISTS} has no effect, as "
                      "ikev1-policy.unencrypted_main_mode is no")
    assert not tries(bob, BOB)


def test_refusals_are_rate_limited(gw, alice, bob):
    server = gateway(gw, {}, connection(gw, 1))
    for host, identity in ((alice, ALICE), (alice, ALICE), (bob, BOB)):
        with peer_at(host, gw, identity) as peer:
            with pytest.raises(Ikev1Error):
                peer.main_mode(clear=True)
    assert server.log.count(f"ikev1-policy: refused {alice.v4}") == 1
    assert server.log.count(f"ikev1-policy: refused {bob.v4}") == 1
    # but not by a line that says something else
    server.reload(plugins={"ikev1-policy": {CLEAR: True, LISTS: BOB}})
    with peer_at(alice, gw) as peer:
        with pytest.raises(Ikev1Error):
            peer.main_mode(clear=True)
    server.log.expect(f"ikev1-policy: refused '{ALICE}' at {alice.v4}: it")


def test_lines_at_start(gw, alice):
    """The security note, and core's settings that we take the place of; they
    are also overridden after a reload."""
    own = {"max_ikev1_exchanges": 5,
           "accept_unencrypted_mainmode_messages": "yes"}
    server = gateway(gw, {}, connection(gw, 20), conf=own)
    lines = [
        r"ikev1-policy: charon.max_ikev1_exchanges = 5 has no effect, as "
        "ikev1-policy.phase2_exchanges is auto",
        r"ikev1-policy: charon.accept_unencrypted_mainmode_messages = yes has "
        f"no effect, as ikev1-policy.{CLEAR} is no"]
    for _ in range(2):
        for line in lines:
            server.log.expect(line)
        with peer_at(alice, gw) as peer:
            with pytest.raises(Ikev1Error):
                peer.main_mode(clear=True)
        with peer_at(alice, gw) as peer:
            peer.main_mode()
            finish(start(peer, 20))
            wait_until(lambda: children(server) % 20 == 0, 10)
        mark = server.log.mark()
        server.reload()
        for line in lines:
            server.log.expect(line, since=mark)
    assert not server.log.count(OVERFLOW)
    note = (f"ikev1-policy: {CLEAR} lets {{}} send their identity and "
            "authentication hash in clear: whoever reads along learns who "
            "they are and can attack the pre-shared key offline")
    server.reload(plugins={"ikev1-policy": {CLEAR: True}})
    server.log.expect(note.format("all peers"))
    server.reload(plugins={"ikev1-policy": {CLEAR: True, LISTS: ALICE}})
    server.log.expect(note.format("the peers listed"))


def test_invalid_settings_at_start(gw):
    """Critical: charon doesn't start, rather than accept too much."""
    critical = {"plugins": {"ikev1-policy!": {"load": True}}}
    settings = {"load": False, "phase2_exchanges": 2}
    with pytest.raises(DaemonError, match=(
            'ikev1-policy: phase2_exchanges = "2": expected auto or 3-1024')):
        gw.charon(plugins={"ikev1-policy": settings}, conf=critical)


def test_control(gw, alice, lab):
    """Status and counters, through control."""
    path = lab.dir / "control"
    server = gw.charon(plugins={"ikev1-policy": {CLEAR: True, LISTS: BOB},
                                "control": {"socket": f"unix://{path}"}})
    server.load(connection(gw, 3))
    with peer_at(alice, gw) as peer:
        with pytest.raises(Ikev1Error):
            peer.main_mode(clear=True)
    status = Vici(path).plugin("ikev1-policy", "stats")
    assert status == {"overflows": "0", "quick-modes-lost": "0",
                      "unencrypted-accepted": "0", "unencrypted-refused": "1"}


def test_who_is_left(gw, alice, bob):
    """Connections and peers that use IKEv1, and what they need without."""
    pairs = {
        alice: conns.xauth(gw.v4, alice.v4, ALICE, identity="a@lab",
                           gateway={"remote": {"id": "a@lab"}}),
        bob: conns.psk_ikev1(gw.v4, bob.v4, BOB, name="any", aggressive=True,
                             gateway={"version": 0, "remote": {"id": BOB}}),
    }
    unused = conns.psk_ikev1(gw.v4, alice.v4, name="unused", gateway={
        "remote": {"id": "nobody@lab"}})[0]
    other = conns.psk_ikev2(gw.v4, bob.v4, name="new", gateway={
        "remote": {"id": "new@lab"}})[0]
    server = gw.charon(plugins={"ikev1-policy": {}, "control": {},
                                "unique-policy": {}})
    server.load(pairs[alice][0] | pairs[bob][0] | unused | other)

    def left():
        found = server.control.stream("list-ikev1-peers", "list-ikev1-peer")
        return {(item["connection"], item.get("id")): item for item in found}

    assert set(left()) == {("xauth", None), ("unused", None)}
    for host, pair in pairs.items():
        daemon = host.charon()
        daemon.load(pair[1])
        daemon.vici.initiate(ike=next(iter(pair[1].connections)))
    # IKEv2 on a connection that isn't for IKEv1 is of no interest
    config = conns.psk_ikev2(gw.v4, bob.v4, "new@lab", name="new")[1]
    daemon.load(config)
    daemon.vici.initiate(ike="new")
    wait_until(lambda: len(left()) == 3)
    found = left()
    assert set(found) == {("xauth", ALICE), ("any", BOB), ("unused", None)}
    assert found["xauth", ALICE]["host"] == alice.v4
    assert int(found["any", BOB]["last-use"]) < 60
    assert found["xauth", ALICE]["needs"] == (
        "version = 2, remote.auth = eap-mschapv2 in place of remote-xauth, "
        "local.auth = pubkey and a certificate, which clients ask for with EAP")
    assert found["any", BOB]["needs"] == "version = 2, no aggressive"
    text = server.swanadv("status", check=False).stdout
    for line in ("connection 'any' is used with IKEv1, which strongSwan is to "
                 "lose, by 1 peers, the last one ",
                 "connection 'unused' is for IKEv1, which strongSwan is to "
                 "lose, and wasn't used; for IKEv2 it needs version = 2"):
        assert line in text
    assert "'new'" not in text
    assert BOB in server.swanadv("ikev1-peer").stdout
    assert {(s["id"], s["ike-version"]) for s in server.control.stream(
        "list-sessions", "list-session")} == {
            (ALICE, "1"), (BOB, "1"), ("new@lab", "2")}
    # who can't use it any more isn't left
    pairs[bob][0].connections["any"]["version"] = "2"
    server.load(pairs[bob][0])
    assert set(left()) == {("xauth", ALICE), ("unused", None)}
    text = server.swanadv("status", check=False).stdout
    assert "'unused'" in text and "'any'" not in text
