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
import threading
import time

import pytest

from lab import ViciError, build, conns, pcsc, wait_until

READER = "Virtual PCD 00 00"
SECOND = "Virtual PCD 00 01"
HELPER = build.BUILD / "plugins/pcsc-token/pcsc-token-helper"
USER = "alice@lab"
HANDLE = "01"

LOADED = r"pcsc-token: tokens\.{}: loaded the key of the card in '{}'"
OUTAGE = "pcsc-token: no pcscd at "
BACK = r"pcsc-token: pcscd is back after \d+ seconds"

pytestmark = pytest.mark.skipif(bool(pcsc.missing()), reason=str(pcsc.missing()))


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
    """cert and cert1: alice authenticates by card, IKEv2 and IKEv1."""
    pairs = [cert(gw, alice, pki, **more),
             cert(gw, alice, pki, 1, name="cert1", **more)]
    return pairs[0][0] | pairs[1][0], pairs[0][1] | pairs[1][1]


def initiate_both(client):
    client.vici.initiate(ike="cert")
    client.vici.initiate(ike="cert1")


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
    assert card.count("sign") == 4
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
    client = start(alice, pcscd, tokens(card, on_removal="terminate", poll=1),
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
                       poll=1)
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
                       poll=1)
    pcscd.kill()
    client.log.expect(OUTAGE)
    card.remove()
    card.set_credential(pki.issue("mallory@lab"))
    pcscd.start()
    card.insert()
    client.log.expect("isn't the one that was there before", 20)
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
