# SPDX-License-Identifier: GPL-2.0-or-later
"""pcsc-token between real daemons, with a real pcscd and cards.

    vpcd's two readers
         |
       pcscd      10.1.0.0/24
         |            |
       alice ---------+--------- gw

alice's key is on a PIV card of OpenSC's taste (lab/piv.py), the gateway has
its own in a file, or the other way round.
"""

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

# the card program and SoftHSM's token take it
pytest.importorskip("cryptography")

from lab import (  # noqa: E402
    Pki, ViciError, build, conns, netns, pcsc, wait_until)

READER = "Virtual PCD 00 00"
SECOND = "Virtual PCD 00 01"
HELPER = build.BUILD / "plugins/pcsc-token/pcsc-token-helper"
USER = "alice@lab"
HANDLE = "01"
# connections by card, if the host has IKEv1
BOTH = ["cert", "cert1"] if build.has_ikev1() else ["cert"]

LOADED = r"pcsc-token: tokens\.{}: loaded the key of the card in '{}'"
OUTAGE = "pcsc-token: no pcscd at "
BACK = r"pcsc-token: pcscd is back after \d+ seconds"

pytestmark = pytest.mark.skipif(bool(pcsc.missing()),
                                reason=str(pcsc.missing()))


@pytest.fixture
def net(lab):
    return lab.segment("10.1.0.0/24")


@pytest.fixture
def pcscd(alice):
    with pcsc.Pcscd(alice) as pcscd:
        yield pcscd


@pytest.fixture
def card(alice, pki):
    card = pcsc.PivCard(alice, "alice", pki.issue(USER))
    yield card
    card.remove()


def token(card=None, **options):
    """Settings of a token."""
    return {"module": pcsc.opensc(), "handle": HANDLE,
            "pin": card.pin if card else "123456", **options}


def tokens(card, **options):
    """Settings of the plugin for one card."""
    return {"tokens": {"alice": token(card)}, **options}


def start(host, pcscd, settings, **options):
    """A daemon with our plugin that finds this pcscd."""
    settings = {"helper": HELPER, **settings}
    return host.charon(plugins={"pcsc-token": settings}, env=pcscd.env,
                       **options)


def on_card(pair, side=1):
    """Connections of a pair whose key isn't in a file, but on a card: the
    certificate isn't named, as it comes and goes."""
    config = pair[side]
    for connection in config.connections.values():
        connection["local"] = {key: value for key, value
                               in connection["local"].items()
                               if key != "certs"}
    bare = conns.Config(config.connections, config.secrets, config.pools,
                        cas=config.cas)
    return tuple(bare if config is c else c for c in pair)


def cert(gw, alice, pki, version=2, **more):
    """alice authenticates by card."""
    pair = conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"), pki.issue(USER),
                      version, **more)
    return on_card(pair)


def loaded(daemon, name="alice", reader=READER, since=0):
    daemon.log.expect(LOADED.format(name, reader), 15, since=since)


def gateway(gw, config):
    # failed logins leave half-open IKE_SAs behind
    daemon = gw.charon(conf={"dos_protection": False})
    daemon.load(config)
    return daemon


def both(gw, alice, pki, **more):
    """cert and cert1: alice authenticates by card, IKEv2 and, if the host has
    it, IKEv1."""
    server, client = cert(gw, alice, pki, **more)
    for name in BOTH[1:]:
        pair = cert(gw, alice, pki, 1, name=name, **more)
        server, client = server | pair[0], client | pair[1]
    return server, client


def initiate_both(client):
    for name in BOTH:
        client.vici.initiate(ike=name)


def up(daemon, *names, timeout=5):
    """Wait until exactly these connections are up."""
    def right():
        return sorted(names) == sorted(
            sa.name for sa in daemon.vici.list_sas(up=True))

    wait_until(right, timeout, lambda: (
        f"{names}, there are {daemon.vici.list_sas()}"))


def connected(gw, alice, pki, pcscd, card, **options):
    """alice, whose card is in the reader and has authenticated `cert`."""
    pair = cert(gw, alice, pki)
    gateway(gw, pair[0])
    client = start(alice, pcscd, tokens(card, **options))
    client.load(pair[1])
    card.insert()
    loaded(client)
    client.vici.initiate(ike="cert")
    return client


def lines(daemon, since=0):
    """What the plugin logged."""
    return daemon.log.matches("pcsc-token: .*", since)


@pytest.mark.parametrize("flush", [False, True])
def test_insertion_and_removal(gw, alice, pki, pcscd, card, flush):
    """The way of a card: in, used, out, in again, used again."""
    pair = both(gw, alice, pki)
    server = gateway(gw, pair[0])
    client = start(alice, pcscd, tokens(card, on_removal="terminate"),
                   conf={"flush_auth_cfg": flush})
    client.load(pair[1])
    assert not client.vici.initiate(ike="cert", must=False)
    for _ in range(2):
        mark = client.log.mark()
        card.insert()
        loaded(client, since=mark)
        initiate_both(client)
        card.remove()
        removed = time.monotonic()
        up(server)
        assert time.monotonic() - removed < 1.5
        up(client)
        client.log.expect(f"the card in '{READER}' was removed", since=mark)
        client.log.expect(
            r"closing IKE_SA cert\[\d+\]: the card of tokens.alice was "
            "removed", since=mark)
        assert not client.vici.initiate(ike="cert", must=False)
    assert card.count("sign") == 2 * len(BOTH)
    assert card.count("pin right") == 2


def test_kept_without_terminate(gw, alice, pki, pcscd, card):
    client = connected(gw, alice, pki, pcscd, card)
    card.remove()
    client.log.expect(f"the card in '{READER}' was removed")
    client.log.refute("closing IKE_SA")
    up(client, "cert")


def test_responder(gw, alice, bob, pki, pcscd, card):
    """The card is in the gateway; what a key in a file authenticated, stays
    when it is pulled out."""
    on_file = conns.cert(alice.v4, bob.v4, pki.issue("gw.lab"),
                         pki.issue("bob@lab"), name="file")
    by_card = conns.cert(alice.v4, gw.v4, pki.issue(USER),
                         pki.issue("gw.lab"), name="card",
                         gateway={"remote_addrs": [gw.v4]})
    by_card = on_card(by_card, 0)
    server = start(alice, pcscd, tokens(card, on_removal="terminate"))
    server.load(by_card[0], on_file[0])
    clients = [gw.charon(), bob.charon()]
    card.insert()
    loaded(server)
    for client, pair in zip(clients, (by_card, on_file)):
        client.load(pair[1])
        client.vici.initiate(ike=next(iter(pair[1].connections)))
    up(server, "card", "file")
    card.remove()
    up(clients[0])
    up(server, "file")


def test_outages(gw, alice, pki, pcscd, card):
    """An outage is no removal, needs no reload, and isn't talked about."""
    pairs = [cert(gw, alice, pki, name=name) for name in ("cert", "probe")]
    gateway(gw, pairs[0][0] | pairs[1][0])
    client = start(alice, pcscd, tokens(card, on_removal="terminate",
                                        poll_interval=1),
                   conf={"reuse_ikesa": False})
    client.load(pairs[0][1] | pairs[1][1])
    card.insert()
    loaded(client)
    client.vici.initiate(ike="cert")

    def outage(begin, end):
        mark = client.log.mark()
        begin()
        client.log.expect(OUTAGE, 15, since=mark)
        assert not client.vici.initiate(ike="probe", must=False)
        end()
        client.log.expect(BACK, 15, since=mark)
        wait_until(lambda: client.vici.initiate(ike="probe", must=False), 20,
                   "the key to be usable", interval=0.2)
        up(client, "cert", "probe")
        client.vici.terminate(ike="probe")
        told = [line.string for line in lines(client, mark)]
        assert len(told) <= 3, told

    def restart():
        pcscd.start()
        card.remove()
        card.insert()

    outage(pcscd.kill, restart)
    outage(pcscd.stop, restart)
    outage(pcscd.hang, pcscd.resume)


def test_removal_during_outage(gw, alice, pki, pcscd, card):
    client = connected(gw, alice, pki, pcscd, card, on_removal="terminate",
                       poll_interval=1)
    pcscd.kill()
    client.log.expect(OUTAGE)
    card.remove()
    up(client, "cert")
    pcscd.start()
    client.log.expect(BACK)
    up(client, timeout=10)


def test_another_card_after_outage(gw, alice, pki, pcscd, card):
    """Of the same kind, so that pcscd can't tell it."""
    client = connected(gw, alice, pki, pcscd, card, on_removal="terminate",
                       poll_interval=1)
    pcscd.kill()
    client.log.expect(OUTAGE)
    card.remove()
    card.set_credential(pki.issue("mallory@lab"))
    pcscd.start()
    card.insert()
    client.log.expect("isn't the one that was there before", 20)
    # it may be in another reader, until all are there
    up(client, timeout=15)


def test_copies(gw, alice, pki, pcscd, card):
    """One key in several places, be it two cards or readers whose names
    changed in an outage: its IKE_SAs go with the last of them, and stay while
    the others are being looked for."""
    client = connected(gw, alice, pki, pcscd, card, on_removal="terminate",
                       poll_interval=1)
    twin = pcsc.PivCard(alice, "twin", card.credential)
    other = pcsc.PivCard(alice, "other", pki.issue("other@lab"))
    twin.insert(1)
    loaded(client, reader=SECOND)

    def restart(*places):
        """pcscd restarts, and readers are called as it likes."""
        mark = client.log.mark()
        pcscd.kill()
        client.log.expect(OUTAGE, since=mark)
        for a_card in (twin, other):
            a_card.remove()
        pcscd.start()
        for reader, a_card in enumerate(places):
            a_card.insert(reader)
        return mark

    def stays(mark, pattern, **expected):
        """It does, also once removals have been seen."""
        client.log.expect(pattern, 20, since=mark, **expected)
        client.log.refute("closing IKE_SA", mark, 0.5)
        up(client, "cert")

    mark = client.log.mark()
    card.remove()
    stays(mark, f"the card in '{READER}' was removed")
    # the reader was 00 01, and is 00 00
    mark = restart(twin)
    loaded(client, since=mark)
    stays(mark, f"the card in '{SECOND}' was removed")
    mark = client.log.mark()
    other.insert(1)
    loaded(client, reader=SECOND, since=mark)
    mark = restart(other, twin)
    stays(mark, "isn't the one that was there before", count=2)
    loaded(client, since=mark)
    loaded(client, reader=SECOND, since=mark)
    client.vici.terminate(ike="cert")
    client.vici.initiate(ike="cert")
    twin.remove()
    client.log.expect(r"closing IKE_SA cert\[\d+\]")
    up(client)


def initiate_in_vain(client):
    with contextlib.suppress(ViciError, OSError):
        client.vici.initiate(ike="cert")


@pytest.mark.parametrize("busy", [False, True])
def test_stop_while_hung(gw, alice, pki, pcscd, card, busy):
    """charon stops within 5 seconds, also if it waits for a signature."""
    pair = cert(gw, alice, pki)
    gateway(gw, pair[0])
    client = start(alice, pcscd, tokens(card))
    client.load(pair[1])
    card.insert()
    loaded(client)
    pcscd.hang()
    if busy:
        threading.Thread(target=initiate_in_vain, args=[client]).start()
        client.log.expect("received cert request for")
    begin = time.monotonic()
    client.stop()
    assert time.monotonic() - begin < 5


def refused(daemon, pattern, since=0, timeout=15):
    """Wait for the line that says why a card isn't used."""
    return daemon.log.expect(rf"tokens\.\w+: not using the card in "
                             rf"'{READER}': {pattern}", timeout, since=since)


def test_wrong_pin(alice, pcscd, card):
    """Tried once per insertion, never again by itself, and never if it would
    be the last try; it isn't logged."""
    wrong = {"module": pcsc.opensc(), "handle": HANDLE, "pin": "999999"}
    # a second token for the same card must not cost another try
    settings = {"poll_interval": 1, "tokens": {
        "alice": wrong, "other": {**wrong, "handle": "0001"}}}
    client = start(alice, pcscd, settings)
    card.insert()
    refused(client, "it refused the PIN; set the right pin ")
    assert card.tries == 2

    mark = client.log.mark()
    client.reload()
    refused(client, "it refused a PIN already", since=mark)
    pcscd.hang()
    client.log.expect(OUTAGE, 15)
    pcscd.resume()
    mark = client.log.mark()
    client.log.expect(BACK, 15)
    refused(client, "it refused a PIN already", since=mark)
    assert card.tries == 2

    mark = client.log.mark()
    settings["tokens"]["alice"] = token(card)
    client.reload(plugins={"pcsc-token": {"helper": HELPER, **settings}})
    loaded(client, since=mark)
    assert card.tries == pcsc.MAX_TRIES
    assert card.count("pin wrong") == 1

    mark = client.log.mark()
    card.remove()
    client.log.expect("was removed", since=mark)
    settings["tokens"]["alice"] = wrong
    client.reload(plugins={"pcsc-token": {"helper": HELPER, **settings}})
    for left in (2, 1, 1):
        mark = client.log.mark()
        card.insert()
        refused(client, "it refused the PIN|its PIN is blocked or would be",
                since=mark)
        assert card.tries == left
        card.remove()
        client.log.expect("was removed", since=mark)
    assert card.count("pin wrong") == 3
    assert "999999" not in client.log.text()


def test_several(gw, alice, pki, pcscd, card):
    """Two readers, two tokens with the same handle, one of them by a PIN in a
    file, a third that gets nothing, and a fourth without a reader."""
    second = pcsc.PivCard(alice, "second", pki.issue("second@lab"), "654321")
    pin_file = alice.lab.dir / "pin"
    pin_file.write_text("654321\n")
    pin_file.chmod(0o600)
    common = {"module": pcsc.opensc(), "handle": HANDLE}
    client = start(alice, pcscd, {"on_removal": "terminate", "tokens": {
        "alice": token(card, readers="*00 00"),
        "second": {**common, "readers": SECOND, "pin_file": pin_file},
        "third": {**common, "readers": "Virtual*", "on_removal": "none"},
        "absent": {**common, "readers": "Yubico*"}}})
    pairs = [cert(gw, alice, pki),
             on_card(conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"),
                                pki.issue("second@lab"), name="second"))]
    gateway(gw, pairs[0][0] | pairs[1][0])
    client.load(pairs[0][1] | pairs[1][1])
    card.insert()
    second.insert(1)
    loaded(client)
    loaded(client, "second", SECOND)
    client.log.expect("tokens.third: not using the card in '.*': the key "
                      "belongs to tokens.", count=2, timeout=15)
    client.vici.initiate(ike="cert")
    client.vici.initiate(ike="second")
    up(client, "cert", "second")
    second.remove()
    up(client, "cert")
    client.log.expect(
        r"tokens\.absent\.readers match no reader, waiting for one; there "
        f"are: '{READER}', '{SECOND}'", 10)
    assert client.log.count("match no reader") == 1


def copies(daemon, pin):
    """How often a PIN is in a daemon's writable memory."""
    found = 0
    with open(f"/proc/{daemon.pid}/maps") as maps, \
            open(f"/proc/{daemon.pid}/mem", "rb") as memory:
        for line in maps:
            where, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in where.split("-"))
            if rights.startswith("rw"):
                memory.seek(begin)
                with contextlib.suppress(OSError):
                    found += memory.read(end - begin).count(pin.encode())
    return found


@pytest.mark.unsanitized  # what is freed isn't reused with ASan
def test_pin_in_memory(alice, pki, pcscd):
    """A PIN from a file isn't kept. One in strongswan.conf is, but not by
    us."""
    pin = "47190263"
    card = pcsc.PivCard(alice, "alice", pki.issue(USER), pin)
    pin_file = alice.lab.dir / "pin"
    pin_file.write_text(f"{pin}\n")
    pin_file.chmod(0o600)
    settings = {"tokens": {"alice": {
        "module": pcsc.opensc(), "handle": HANDLE, "pin_file": pin_file}}}
    client = start(alice, pcscd, settings)
    card.insert()
    loaded(client)
    assert copies(client, pin) == 0
    for what, count in ("pin", 2), ("pin_file", 3):
        settings["tokens"]["alice"] = {
            "module": pcsc.opensc(), "handle": HANDLE,
            what: pin if what == "pin" else pin_file}
        old = set(helpers(client))
        client.reload(plugins={"pcsc-token": {"helper": HELPER, **settings}})
        wait_until(lambda: card.count("pin right") == count, 10,
                   "another login")
        # charon has heard of it once it has killed the other helper
        wait_until(lambda: old - set(helpers(client)), 10, "another helper")
        if what == "pin":
            kept = copies(client, pin)
    # what is left isn't ours, and charon may have used the memory again
    assert copies(client, pin) <= kept


def zombies(daemon):
    """Its children that nobody has waited for."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = open(path).read().rpartition(")")[2].split()
            if fields[0] == "Z" and int(fields[1]) == daemon:
                found.append(path)
    return found


def test_process_one(alice, pcscd):
    """In a container, what start_command leaves behind is charon's."""
    pcscd.stop()
    client = start(
        alice, pcscd, {"poll_interval": 1, "start_timeout": 1,
                       "start_command": "sh -c 'exit 1' & sleep 0.3; false"},
        wrapper=["unshare", "--pid", "--fork", "--kill-child"])
    client.log.expect(OUTAGE)
    child, = (int(pid) for pid in open(
        f"/proc/{client.pid}/task/{client.pid}/children").read().split())
    wait_until(lambda: not zombies(child), 5, lambda: (
        f"zombies to go: {zombies(child)}"))
    client.kill()


@pytest.mark.parametrize("owner", ["root", "nobody"])
def test_pin_file_of_user(alice, pcscd, card, owner):
    """charon isn't root when it needs the PIN."""
    pin_file = alice.lab.dir / "pin"
    pin_file.write_text("999999\n")
    pin_file.chmod(0o600)
    shutil.chown(pin_file, owner)
    pcscd.socket.chmod(0o666)
    settings = {"poll_interval": 1, "tokens": {"alice": {
        "module": pcsc.opensc(), "handle": HANDLE, "pin_file": pin_file}}}
    client = start(alice, pcscd, settings,
                   conf={"user": "nobody", "group": "nogroup"})
    # what is written to it later on counts
    pin_file.write_text(card.pin)
    card.insert()
    loaded(client)
    assert card.count("pin wrong") == 0
    mark = client.log.mark()
    client.reload()
    wait_until(lambda: card.count("pin right") == 2, 10, "another login")
    client.log.refute("pin_file", mark, 0)
    other = pin_file.with_suffix(".new")
    other.write_text(card.pin)
    other.chmod(0o600)
    shutil.chown(other, owner)
    other.rename(pin_file)
    mark = client.log.mark()
    client.reload()
    if owner == "root":
        client.log.expect("tokens.alice.pin_file = .* was replaced since "
                          "charon gave up being root", since=mark)
    else:
        wait_until(lambda: card.count("pin right") == 3, 10, "a third login")


def test_swapped_readers(alice, pki, pcscd, card):
    """Readers have each other's name after a restart of pcscd: no card is
    tried with the other's PIN, and both are used."""
    second = pcsc.PivCard(alice, "second", pki.issue("second@lab"), "654321")
    client = start(alice, pcscd, {"poll_interval": 1, "tokens": {
        "alice": token(card, readers="*00 00"),
        "second": token(second, readers="*00 01")}})
    card.insert()
    second.insert(1)
    loaded(client)
    loaded(client, "second", SECOND)
    mark = client.log.mark()
    pcscd.kill()
    client.log.expect(OUTAGE, since=mark)
    card.remove()
    second.remove()
    pcscd.start()
    card.insert(1)
    second.insert(0)
    client.log.expect("isn't the one that was there before", 15, 2, mark)
    wait_until(lambda: card.count("pin right") == 2 and
               second.count("pin right") == 2, 15, client.log.tail)
    for a_card in (card, second):
        assert a_card.count("pin wrong") == 0


def test_exclusive(alice, pcscd, card):
    """Another program has the card for itself, as scdaemon does, and it isn't
    even looked for; then that lets it go."""
    card.insert()
    pcscd.expect_card()
    holder = pcsc.hold(pcscd, READER)
    client = start(alice, pcscd, {"poll_interval": 1, **tokens(card)})
    client.log.expect(f"the card in '{READER}' is held exclusively by another "
                      "program, as scdaemon does; waiting for its release")
    client.log.refute("not using the card")
    assert not [args for pid, args in helpers(client).items()
                if args.endswith(" token") and pid in netns.pids(alice.ns)]
    holder.communicate()
    loaded(client)
    assert client.log.count("is held exclusively") == 1


def test_unused_card(alice, pcscd, card):
    client = start(alice, pcscd, {"tokens": {
        "other": token(readers="Yubico*")}})
    card.insert()
    client.log.expect(f"the card in '{READER}' is not used, no "
                      "tokens.<name>.readers match", 10)
    assert card.count("pin right") + card.count("pin wrong") == 0


def test_initiate(gw, alice, pki, pcscd, card):
    """A card that is there when charon starts, before its connections are
    loaded; then one that comes back within removal_delay, and too late."""
    pair = both(gw, alice, pki)
    gateway(gw, pair[0])
    card.insert()
    delay = 8
    settings = tokens(card, on_removal="terminate", removal_delay=delay)
    settings["tokens"]["alice"]["initiate_connections"] = ", ".join(BOTH)
    client = start(alice, pcscd, settings)
    loaded(client)
    client.log.expect("tokens.alice.initiate_connections: no such connection "
                      "is loaded, waiting for it")
    client.load(pair[1])
    up(client, *BOTH, timeout=10)

    mark = client.log.mark()
    card.remove()
    client.log.expect("was removed", since=mark)
    due = time.monotonic() + delay
    card.insert()
    loaded(client, since=mark)
    client.log.refute("closing IKE_SA|initiating '", mark,
                      due - time.monotonic() + 1)
    up(client, *BOTH)

    settings["removal_delay"] = 1
    client.reload(plugins={"pcsc-token": {"helper": HELPER, **settings}})
    card.remove()
    up(client, timeout=10)
    card.insert()
    up(client, *BOTH, timeout=15)


def test_slow_card(gw, alice, pki, pcscd, card):
    """A card that is back within removal_delay, but answers late."""
    pair = cert(gw, alice, pki)
    gateway(gw, pair[0])
    client = alice.charon(env=pcscd.env, plugins={
        "control": {}, "pcsc-token": tokens(
            card, helper=HELPER, on_removal="terminate", removal_delay=4)})
    client.load(pair[1])
    card.insert()
    loaded(client)
    client.vici.initiate(ike="cert")
    mark = client.log.mark()
    with client.control.events("token") as events:
        card.remove()
        client.log.expect("was removed", since=mark)
        due = time.monotonic() + 4
        card.insert()
        while events.get(timeout=10)[1]["type"] != "inserted":
            pass
    card.hang()
    client.log.refute("closing IKE_SA|loaded the key", mark,
                      due - time.monotonic() + 1)
    card.resume()
    loaded(client, since=mark)
    client.log.refute("closing IKE_SA", mark, 0.5)
    up(client, "cert")


def test_load_cert_no(gw, alice, tmp_path, pcscd, card):
    """The certificate comes from a file, and RSA is as good as ECDSA."""
    # IKEv1 wants keys of one kind on both sides
    pki = Pki(tmp_path, key=("rsa", 2048))
    credential, other = pki.issue(USER), pki.issue("gw.lab")
    card.set_credential(credential)
    pairs = [conns.cert(gw.v4, alice.v4, other, credential, version, name=name)
             for version, name in zip((2, 1), BOTH)]
    server, bare = conns.Config(), conns.Config()
    for pair in pairs:
        server |= pair[0]
        bare |= on_card(pair)[1]
    gateway(gw, server)
    settings = tokens(card)
    settings["tokens"]["alice"]["load_cert"] = False
    client = start(alice, pcscd, settings)
    card.insert()
    loaded(client)
    client.load(bare, certs=[credential.cert])
    initiate_both(client)
    up(client, *BOTH)
    assert card.count("sign") == len(BOTH)


def test_absent_at_start(gw, alice, pki, pcscd, card):
    """One line, then quiet, and no reload is needed once it is there."""
    pcscd.stop()
    pair = cert(gw, alice, pki)
    gateway(gw, pair[0])
    client = start(alice, pcscd, tokens(card, poll_interval=1))
    client.load(pair[1])
    line = client.log.expect(OUTAGE).string
    assert str(pcscd.socket) in line and "pcscd.socket" in line
    client.log.refute("pcsc-token: .*", since=client.log.mark(), settle=3)
    pcscd.start()
    card.insert()
    loaded(client)
    client.vici.initiate(ike="cert")


def test_start_command(alice, pcscd, card):
    """pcscd is there before other plugins are constructed."""
    pcscd.stop()
    settings = tokens(card, start_command=pcscd.command())
    client = start(alice, pcscd, settings)
    card.insert()
    loaded(client)
    assert not client.log.count(OUTAGE)


def helpers(client):
    """Processes of helpers: {pid: arguments}."""
    listed = client.host.run("ps", "-eo", "pid=,ppid=,args=").stdout
    found = {}
    for line in listed.splitlines():
        pid, _, args = line.split(None, 2)
        if args.startswith(str(HELPER)):
            found[int(pid)] = args
    return found


def test_helpers(gw, alice, pki, pcscd, card):
    """A helper that crashes is replaced; none outlives charon."""
    client = connected(gw, alice, pki, pcscd, card, poll_interval=1)
    mine = {pid: args for pid, args in helpers(client).items()
            if pid in netns.pids(alice.ns)}
    assert len(mine) == 2
    logins = card.count("pin right")
    for pid, args in mine.items():
        if args.endswith(" token"):
            os.kill(pid, signal.SIGKILL)
    client.log.expect("the helper for the card in .* ended, starting another",
                      10)
    wait_until(lambda: card.count("pin right") > logins, 15, "another login")
    client.vici.terminate(ike="cert")
    wait_until(lambda: client.vici.initiate(ike="cert", must=False), 10,
               "the key to be usable")
    client.kill()
    wait_until(lambda: not set(helpers(client)) & set(netns.pids(alice.ns)),
               10, "helpers to end")


BAD = [
    ({"poll_interval": 0}, 'poll_interval = "0": expected 1-10'),
    ({"cards": 1}, 'cards = "1": unknown option'),
    ({"tokens": {"a": {"module": "/nonexistent/x.so", "handle": "01"}}},
     'tokens.a.module = "/nonexistent/x.so": there is no such file'),
    ({"tokens": {"a": {"module": "/bin/true", "handle": "01"}}},
     'tokens.a.module = "/bin/true": isn\'t a PKCS#11 module'),
    ({"tokens": {"a": {"module": "M", "handle": "yz"}}},
     'tokens.a.handle = "yz": expected an even number of hex digits'),
    ({"tokens": {"a": {"module": "M", "handle": "01",
                       "pin_file": "/nonexistent"}}},
     'tokens.a.pin_file = "/nonexistent": there is no such file'),
    ({"tokens": {"a": {"module": "M", "handle": "01", "pin_file": "O"}}},
     "others have access to it, expected mode 0600 or 0400"),
]


def with_paths(settings, open_file):
    """Settings with the letters of BAD replaced."""
    if isinstance(settings, dict):
        return {k: with_paths(v, open_file) for k, v in settings.items()}
    return {"M": pcsc.opensc(), "O": open_file}.get(settings, settings)


def test_bad_settings(alice, pcscd, card):
    """One line each, and the old settings stay."""
    open_file = alice.lab.dir / "open"
    open_file.write_text("123456")
    open_file.chmod(0o644)
    client = start(alice, pcscd, tokens(card))
    for settings, error in BAD:
        mark = client.log.mark()
        client.reload(plugins={"pcsc-token": with_paths(settings, open_file)})
        told = [line.string for line in lines(client, mark)]
        assert len(told) == 1 and error in told[0], told
        assert told[0].endswith("; keeping the previous settings")
    card.insert()
    loaded(client)


def test_bad_settings_at_start(alice, pcscd):
    daemon = start(alice, pcscd, {"poll_interval": 0})
    assert "plugin 'pcsc-token': failed to load" in daemon.log.text()
    assert 'pcsc-token: poll_interval = "0": expected 1-10' in daemon.log.text()


def test_module_that_fails(alice, pcscd, card):
    """It looks like a module, but can't be loaded."""
    module = alice.lab.dir / "module.so"
    module.write_bytes(b"\x7fELF C_GetFunctionList\0")
    client = start(alice, pcscd, {"tokens": {
        "alice": {"module": module, "handle": HANDLE}}})
    card.insert()
    refused(client, f"{module}: ")


def test_wrong_handle(alice, pcscd, card):
    client = start(alice, pcscd, {"tokens": {
        "alice": token(card, handle="07")}})
    card.insert()
    refused(client, "there is no certificate with this handle")
    assert card.count("pin right") == 0


def stock(host, pcscd, module=None, **options):
    """A daemon with the stock pkcs11 plugin alone."""
    plugins = {"pkcs11": {"modules": {"m": {
        "path": module or pcsc.opensc()}}}}
    return host.charon(plugins=plugins, env=pcscd.env, **options)


def load_token(client, card):
    client.vici.request("load-token", {"handle": HANDLE, "pin": card.pin})


@pytest.mark.stock
def test_stock_keeps_sas_and_stale_keys(gw, alice, pki, pcscd, card):
    """Control: what removal and insertion come to without us."""
    card.insert()
    pcscd.expect_card()
    pair = cert(gw, alice, pki)
    gateway(gw, pair[0])
    client = stock(alice, pcscd)
    client.load(pair[1])
    load_token(client, card)
    client.vici.initiate(ike="cert")
    card.remove()
    client.log.expect("token removed from slot")
    client.log.refute("deleting IKE_SA", settle=1.5)
    up(client, "cert")
    client.vici.terminate(ike="cert")
    mark = client.log.mark()
    card.insert()
    client.log.expect("found token in slot", 10, since=mark)
    assert not client.vici.initiate(ike="cert", must=False)
    load_token(client, card)
    client.vici.initiate(ike="cert")
    # it would crash if pcscd ended before it
    client.kill()


@pytest.mark.stock
def test_stock_floods_the_log(alice, pcscd):
    """Control: an outage without us."""
    client = stock(alice, pcscd)
    mark = client.log.mark()
    pcscd.kill()
    client.log.expect("C_WaitForSlotEvent", 10, count=500, since=mark)
    client.kill()


@pytest.mark.stock
def test_stock_does_not_stop(alice, pcscd):
    """Control: charon's stop while pcscd hangs, without us."""
    client = stock(alice, pcscd)
    pcscd.hang()
    client.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        client.wait_exit(5)
    client.kill()


@pytest.mark.unsanitized  # OpenSC in charon waits for itself with ASan
def test_start_before_pkcs11(alice, pcscd):
    """Modules of the stock plugin find pcscd running, and don't flood."""
    pcscd.stop()
    client = alice.charon(env=pcscd.env, start_timeout=30, plugins={
        "pcsc-token": {"load": 20, "helper": HELPER, "start_timeout": 20,
                       "start_command": pcscd.command()},
        "pkcs11": {"modules": {"m": {"path": pcsc.opensc()}}}})
    assert not client.log.count(OUTAGE)
    client.log.refute("error in C_WaitForSlotEvent", settle=1)


@pytest.mark.skipif(not pcsc.softhsm(), reason="softhsm2 is not installed")
def test_softhsm(gw, alice, pki, pcscd):
    """A token without a reader is the stock plugin's, and we don't mind."""
    pcscd.stop()
    credential = pki.issue(USER)
    env = pcsc.softhsm_token(alice.lab.dir, credential, HANDLE, "1234")
    pair = conns.cert(gw.v4, alice.v4, pki.issue("gw.lab"), credential)
    gateway(gw, pair[0])
    client = alice.charon(env={**pcscd.env, **env}, plugins={
        "pcsc-token": {"load": 20, "helper": HELPER},
        "pkcs11": {"modules": {"soft": {"path": pcsc.softhsm()}}}})
    client.load(on_card(pair)[1], certs=[credential.cert])
    client.vici.request("load-token", {"handle": HANDLE, "pin": "1234"})
    client.vici.initiate(ike="cert")
    assert len(lines(client)) == 1 and client.log.count(OUTAGE) == 1
