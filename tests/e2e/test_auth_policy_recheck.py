# SPDX-License-Identifier: GPL-2.0-or-later
"""auth-policy: who is connected leaves when his certificate is revoked.

    10.1.0.0/24
    ----+------+-------+-------+----
        |      |       |       |
       gw    alice    bob     web
        |
        +---- carol: 10.2.0.0/24, far away

gw learns of a CRL while peers are connected; either may have initiated.
"""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import Lab, Pki, ViciError, build, conns, wait_until
from lab.service import Service, http_server
from test_auth_policy import DAY, NOW, dates

pytestmark = pytest.mark.xdist_group("auth-policy-recheck")

PLUGINS = {name: {} for name in ("revocation", "curl", "eap-tls")}
CONF = {"dos_protection": False, "reuse_ikesa": False}


def who(credential):
    return credential.identity.partition("@")[0]


class World:
    def __init__(self, lab, directory):
        self.directory = directory
        net = lab.segment("10.1.0.0/24")
        far = lab.path("10.2.0.0/24", delay=0.3)
        self.far = far
        self.plugins = PLUGINS | {"auth-policy": {}, "control": {}}
        self.gw = lab.host("gw", net, far).charon(plugins=self.plugins,
                                                  conf=CONF)
        self.alice = lab.host("alice", net).charon(plugins=PLUGINS, conf=CONF)
        self.bob = lab.host("bob", net).charon(plugins=PLUGINS, conf=CONF)
        self.carol = lab.host("carol", far).charon(plugins=PLUGINS, conf=CONF)
        self.web = lab.host("web", net)
        self.www = directory / "www"
        self.www.mkdir()
        http_server(self.web, self.www)
        self.gw_cert = self.pki("gw").issue("gw.lab")
        self.number = 0
        self.marks = {}

    def pki(self, name, *args):
        directory = self.directory / name
        directory.mkdir()
        return Pki(directory, f"{name} CA", *args)

    def new_pki(self, *args):
        """One of whose CRLs charon hasn't seen any."""
        self.number += 1
        return self.pki(f"n{self.number}", *args)

    def connect(self, peer, credential, way="cert", initiator=None):
        """Log in."""
        server, client = ((peer, self.gw) if initiator is self.gw
                          else (self.gw, peer))
        own, other = ((credential, self.gw_cert) if server is peer
                      else (self.gw_cert, credential))
        hosts = server.host.v4, client.host.v4
        name = who(credential)
        if way == "eap-tls":
            pair = conns.eap_tls(*hosts, own, other, name=name)
        else:
            pair = conns.cert(*hosts, own, other, name=name,
                              version=1 if way == "cert1" else 2)
        server.load(pair[0])
        client.load(pair[1])
        self.marks[peer] = peer.log.mark()
        client.vici.initiate(ike=name)
        self.gw.vici.expect_sas(1, remote_id=credential.identity, up=True)
        return client

    def load(self, path):
        """Have gw know a CRL, as `swanctl --load-creds` does."""
        self.gw.vici.request("load-cert", {
            "type": "X509_CRL", "flag": "NONE", "data": path.read_text()})

    def clear(self):
        for daemon in (self.gw, self.alice, self.bob, self.carol):
            for sa in daemon.vici.list_sas():
                with contextlib.suppress(ViciError):
                    daemon.vici.terminate(ike_id=sa.uniqueid, force=True)
            for name in daemon.vici.request("get-conns")["conns"]:
                daemon.vici.request("unload-conn", {"name": name})
            daemon.vici.request("clear-creds")
            daemon.vici.request("flush-certs")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab() as lab:
        yield World(lab, tmp_path_factory.mktemp("recheck"))


@pytest.fixture
def world(shared):
    yield shared
    shared.clear()


def expect_closed(world, peer, mark, reason):
    """alice's session is closed with a DELETE, the line says why."""
    world.gw.vici.expect_sas(0, remote_id="alice@lab")
    peer.log.expect("received DELETE for IKE_SA", since=world.marks[peer])
    peer.vici.expect_sas(0)
    world.gw.log.expect(
        r"auth-policy: refused certificate .* of 'alice@lab' at .*: it is "
        rf"revoked since .* \({reason}\), by the CRL of ", since=mark)
    world.gw.log.expect(
        f"auth-policy: closing the session of 'alice@lab' at {peer.host.v4}.* "
        "on connection '.*', as a certificate of it was refused", since=mark)


def stats(world):
    return {key: int(value) for key, value in
            world.gw.control.plugin("auth-policy", "stats").items()
            if isinstance(value, str)}


@pytest.mark.parametrize("way,role", [
    ("cert", "responder"), ("cert", "initiator"), ("eap-tls", "responder"),
    ("cert1", "responder"), ("cert1", "initiator")])
def test_revoked(world, way, role):
    """A CRL that is loaded closes the session of whom it lists, and no other;
    he doesn't get in again, for the same reason."""
    if way == "cert1":
        build.need_ikev1()
    gw = world.gw
    initiator = gw if role == "initiator" else None
    pki = world.new_pki()
    alice, bob = (pki.issue(f"{name}@lab") for name in ("alice", "bob"))
    # charon doesn't tell two of one second apart at a login
    first = pki.crl(*dates(-60, DAY))
    world.load(first)
    client = world.connect(world.alice, alice, way, initiator)
    world.connect(world.bob, bob, way, initiator)
    before = gw.vici.expect_sas(1, remote_id="bob@lab")
    closed = stats(world)["revoked-sessions"]
    mark = gw.log.mark()
    with gw.control.events("revocation") as events:
        world.load(pki.crl("--lastcrl", first, "--reason", "key-compromise",
                           "--cert", alice.path))
        expect_closed(world, world.alice, mark, "key compromise")
        event = events.get(timeout=5)[1]
    assert event["id"] == "alice@lab" and event["result"] == "revoked"
    mark = gw.log.mark()
    # with IKEv1 and EAP, the initiator may take itself for connected
    client.vici.initiate(ike="alice", must=False)
    gw.log.expect("certificate was revoked on .* key compromise", since=mark)
    gw.vici.expect_sas(0, remote_id="alice@lab", up=True)
    after = gw.vici.expect_sas(1, remote_id="bob@lab")
    assert after[0].uniqueid == before[0].uniqueid
    assert stats(world)["revoked-sessions"] == closed + 1


def test_intermediate(world):
    """Who has a certificate of a CA that is revoked leaves, others of its root
    stay."""
    root = world.new_pki()
    below = world.new_pki(root)
    world.connect(world.alice, below.issue("alice@lab"))
    world.connect(world.bob, root.issue("bob@lab"))
    mark = world.gw.log.mark()
    world.load(root.crl("--reason", "ca-compromise", "--cert", below.path))
    expect_closed(world, world.alice, mark, "ca compromise")
    world.gw.vici.expect_sas(1, remote_id="bob@lab", up=True)


def test_hold(world):
    """On hold is out, and in again once a CRL says so; a delta CRL counts."""
    pki = world.new_pki()
    alice = pki.issue("alice@lab")
    base = pki.crl()
    world.load(base)
    world.connect(world.alice, alice)
    mark = world.gw.log.mark()
    hold = pki.crl("--basecrl", base, "--reason", "certificate-hold",
                   "--cert", alice.path)
    world.load(hold)
    expect_closed(world, world.alice, mark, "certificate hold")
    world.clear()
    world.load(pki.crl("--lastcrl", base))
    world.connect(world.alice, alice)
    assert world.gw.control.request("recheck-sessions") == {
        "success": "yes", "judged": "1", "closing": "0"}


def test_forged(world):
    """A CRL of another CA of that name closes nobody."""
    pki = world.new_pki()
    alice = pki.issue("alice@lab")
    directory = world.directory / "forged"
    directory.mkdir()
    forger = Pki(directory, f"n{world.number} CA")
    world.connect(world.alice, alice)
    world.load(forger.crl("--cert", alice.path))
    assert world.gw.control.request("recheck-sessions") == {
        "success": "yes", "judged": "1", "closing": "0"}
    world.gw.vici.expect_sas(1, remote_id="alice@lab", up=True)


def test_rekeying(world):
    """A session that is rekeyed is found as what it has become."""
    pki = world.new_pki()
    alice = pki.issue("alice@lab")
    world.connect(world.alice, alice)
    world.alice.vici.rekey(ike="alice")
    world.gw.log.expect(r"IKE_SA alice\[\d+\] rekeyed between")
    mark = world.gw.log.mark()
    world.load(pki.crl("--reason", "superseded", "--cert", alice.path))
    expect_closed(world, world.alice, mark, "superseded")


@pytest.mark.parametrize("before", [True, False])
def test_reauthentication(world, before):
    """Nor is one that is replaced just then left."""
    world.alice.reload(conf=CONF | {"make_before_break": before})
    pki = world.new_pki()
    alice = pki.issue("alice@lab")
    world.connect(world.alice, alice)
    crl = pki.crl("--cert", alice.path)
    try:
        world.alice.vici.request("rekey", {"ike": "alice", "reauth": True})
        world.load(crl)
        # be it that it is closed, or that it isn't let in again
        world.gw.vici.expect_sas(0)
        world.alice.vici.expect_sas(0, timeout=20, up=True)
    finally:
        world.alice.reload(conf=CONF)


def test_dead_peer(world):
    """It doesn't take the peer's answer."""
    pki = world.new_pki()
    alice = pki.issue("alice@lab")
    world.connect(world.alice, alice)
    world.alice.kill()
    try:
        world.load(pki.crl("--cert", alice.path))
        world.gw.vici.expect_sas(0)
    finally:
        world.alice.start()


def test_many(world):
    """While others log in, just those leave who are revoked."""
    pki = world.new_pki()
    users = [pki.issue(f"user{number}@lab") for number in range(40)]
    for user in users:
        server, client = conns.cert(
            world.gw.host.v4, world.alice.host.v4, world.gw_cert, user,
            name=who(user), gw_name="users")
        world.gw.load(server)
        world.alice.load(client)
    last = pki.crl()
    revoked = users[9::10]
    for user in users:
        world.alice.vici.initiate(ike=who(user))
        if user in revoked:
            last = pki.crl("--lastcrl", last, "--cert", user.path)
            world.load(last)
    world.gw.vici.expect_sas(len(users) - len(revoked), up=True)
    assert {sa.remote_id for sa in world.gw.vici.list_sas()} == {
        user.identity for user in users if user not in revoked}


def test_many_fetched(world):
    """A CRL that is fetched for one login reaches all, however many there are:
    charon's own cache has room for some 30 relations."""
    pki = world.new_pki()
    uri = f"http://{world.web.v4}/many.crl"
    users = [pki.issue(f"user{number}@lab", "--crl", uri)
             for number in range(60)]
    first = pki.crl(*dates(-60, -1))
    served = world.www / "many.crl"
    served.write_bytes(first.read_bytes())
    for user in users:
        server, client = conns.cert(
            world.gw.host.v4, world.alice.host.v4, world.gw_cert, user,
            name=who(user), gw_name="users")
        world.gw.load(server)
        world.alice.load(client)
    for user in users[:-1]:
        world.alice.vici.initiate(ike=who(user))
    world.gw.vici.expect_sas(len(users) - 1, up=True)
    for user in users[:-1:2]:
        first = pki.crl("--lastcrl", first, "--cert", user.path)
    served.write_bytes(first.read_bytes())
    world.alice.vici.initiate(ike=who(users[-1]))
    world.gw.vici.expect_sas(30, timeout=10)
    assert {sa.remote_id for sa in world.gw.vici.list_sas()} == {
        user.identity for user in [*users[1::2]]}


def test_meanwhile(world):
    """Nor does it help to have shown the certificate just before."""
    gw, carol = world.gw, world.carol
    pki = world.new_pki()
    credential = pki.issue("carol@lab")
    server, client = conns.eap_tls(gw.host.on(world.far).v4, carol.host.v4,
                                   world.gw_cert, credential, name="carol")
    gw.load(server)
    carol.load(client)
    crl = pki.crl("--cert", credential.path)
    mark = gw.log.mark()
    carol.vici.request("initiate", {"ike": "carol", "timeout": "-1"})
    gw.log.expect('checking certificate status of "O=lab, CN=carol@lab"',
                  since=mark)
    world.load(crl)
    gw.log.expect(r"IKE_SA carol\[\d+\] established", since=mark)
    gw.log.expect("auth-policy: closing the session of 'carol@lab'",
                  since=mark)
    gw.vici.expect_sas(0)


def test_fetched(world):
    """A CRL that is fetched for somebody's login is looked at for all."""
    pki = world.new_pki()
    uri = f"http://{world.web.v4}/fetched.crl"
    alice, bob = (pki.issue(f"{name}@lab", "--crl", uri)
                  for name in ("alice", "bob"))
    first = pki.crl(*dates(-60, -1))
    served = world.www / "fetched.crl"
    served.write_bytes(first.read_bytes())
    world.connect(world.alice, alice)
    mark = world.gw.log.mark()
    served.write_bytes(pki.crl("--lastcrl", first, "--reason", "key-compromise",
                               "--cert", alice.path).read_bytes())
    world.connect(world.bob, bob)
    expect_closed(world, world.alice, mark, "key compromise")
    world.gw.vici.expect_sas(1, remote_id="bob@lab", up=True)


@pytest.fixture
def refreshing(world):
    """gw fetches CRLs every second."""
    plugins = world.plugins | {"auth-policy": {"recheck_interval": "1s"}}
    world.gw.reload(plugins=plugins)
    yield world
    world.gw.reload(plugins=world.plugins)


def warnings(world):
    return world.gw.control.plugin("auth-policy")["warnings"]


def test_interval(refreshing):
    """CRLs of who is connected are fetched now and then, before they are due;
    one that can't be had is named, and closes nobody."""
    world = refreshing
    gw = world.gw
    uri = f"http://{world.web.v4}/interval.crl"
    served = world.www / "interval.crl"
    pki = world.new_pki()
    alice, bob = (pki.issue(f"{name}@lab", "--crl", uri)
                  for name in ("alice", "bob"))
    first = pki.crl()
    served.write_bytes(first.read_bytes())
    world.connect(world.alice, alice)
    world.connect(world.bob, bob)
    for content, why in ((b"<html>", "isn't one"),
                         (world.pki("forger").crl().read_bytes(),
                          "isn't signed by the CA"),
                         (pki.crl(*dates(-60, -1)).read_bytes(),
                          "isn't valid now"), (None, "can't be fetched")):
        mark = gw.log.mark()
        served.unlink()
        if content:
            served.write_bytes(content)
        gw.log.expect(f"auth-policy: CRL {uri} {why}, so that sessions are "
                      "judged by what is at hand; see recheck_interval",
                      since=mark)
        assert warnings(world) == [f"CRL {uri} {why}, so that sessions are "
                                   "judged by what is at hand"]
    # a URI that fails has one line, for both, however often
    gw.log.refute("auth-policy: CRL .* can't be fetched", since=gw.log.mark(),
                  settle=3)
    gw.vici.expect_sas(2, up=True)
    mark = gw.log.mark()
    served.write_bytes(pki.crl("--lastcrl", first, "--reason", "key-compromise",
                               "--cert", alice.path).read_bytes())
    expect_closed(world, world.alice, mark, "key compromise")
    gw.log.expect(f"auth-policy: CRL {uri} is there again", since=mark)
    assert warnings(world) == []
    gw.vici.expect_sas(1, remote_id="bob@lab", up=True)
    # the next login takes what was fetched
    served.unlink()
    assert not world.alice.vici.initiate(ike="alice", must=False)


class Responder:
    """An OCSP responder of a CA for certificates in files, alice's and bob's
    unless they are given."""

    def __init__(self, world, pki, port, certs=()):
        self.uri = f"http://{world.web.v4}:{port}"
        self._file = world.directory / f"{port}.json"
        self.users = () if certs else [
            pki.issue(f"{name}@lab", "--ocsp", self.uri)
            for name in ("alice", "bob")]
        self._state = {"certs": [str(path) for path in certs or [
                           user.path for user in self.users]],
                       "revoked": [], "unknown": [], "delay": 0, "valid": 1,
                       "broken": False}
        self.set()
        self.service = Service(
            world.web, port, sys.executable, "-u",
            Path(__file__).parent / "lab/ocsp_server.py", port, pki.path,
            pki.key_path, self._file)

    def set(self, **state):
        self._state |= state
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._state))
        new.rename(self._file)


def expect_closed_by_ocsp(world, mark):
    """alice's session, and only that."""
    world.gw.log.expect(
        r"auth-policy: refused certificate .* of 'alice@lab' at .*: it is "
        "revoked, by OCSP; tried", since=mark)
    world.gw.vici.expect_sas(0, remote_id="alice@lab")
    world.alice.vici.expect_sas(0)
    world.gw.vici.expect_sas(1, remote_id="bob@lab", up=True)
    assert not world.alice.vici.initiate(ike="alice", must=False)


@pytest.mark.parametrize("way", ["cert", "cert1", "eap-tls"])
def test_ocsp(refreshing, way):
    """Asked again when an answer has expired; what isn't one closes nobody."""
    if way == "cert1":
        build.need_ikev1()
    world = refreshing
    gw = world.gw
    responder = Responder(world, world.new_pki(), 8100 + len(way))
    alice, bob = responder.users
    world.connect(world.alice, alice, way)
    world.connect(world.bob, bob, way)
    mark = gw.log.mark()
    responder.set(broken=True)
    gw.log.expect(f"auth-policy: OCSP {responder.uri} says nothing, so that "
                  "sessions are judged by what is at hand", since=mark)
    assert warnings(world) == [f"OCSP {responder.uri} says nothing, so that "
                               "sessions are judged by what is at hand"]
    gw.log.refute(f"auth-policy: OCSP {responder.uri} says",
                  since=gw.log.mark(), settle=2)
    gw.vici.expect_sas(2, up=True)
    mark = gw.log.mark()
    responder.set(broken=False)
    gw.log.expect(f"auth-policy: OCSP {responder.uri} is there again",
                  since=mark)
    responder.set(revoked=[str(alice.path)])
    expect_closed_by_ocsp(world, mark)
    assert warnings(world) == []


@pytest.mark.parametrize("first", [0, 1])
def test_ocsp_of_others(refreshing, first):
    """That a responder doesn't know one doesn't keep another in."""
    world = refreshing
    gw = world.gw
    responder = Responder(world, world.new_pki(), 8150 + first)
    users = responder.users
    for daemon, user in zip((world.alice, world.bob), users):
        world.connect(daemon, user)
    mark = gw.log.mark()
    responder.set(unknown=[str(users[first].path)])
    gw.log.expect(f"auth-policy: OCSP {responder.uri} says nothing", since=mark)
    # one line, although there are answers for the other one
    gw.log.refute(f"auth-policy: OCSP {responder.uri} ", since=gw.log.mark(),
                  settle=3)
    responder.set(revoked=[str(users[1 - first].path)])
    gw.vici.expect_sas(0, remote_id=users[1 - first].identity)
    gw.vici.expect_sas(1, remote_id=users[first].identity, up=True)


@pytest.mark.parametrize("signer", [0, 1])
def test_uri_of_two_keys(refreshing, signer):
    """A CA that has a new key has its CRL at the same place, whoever else has a
    certificate by the other key."""
    world = refreshing
    old = world.new_pki()
    directory = world.directory / f"new-key{signer}"
    directory.mkdir()
    pkis = old, Pki(directory, f"n{world.number} CA")
    served = world.www / f"two-keys{signer}.crl"
    uri = f"http://{world.web.v4}/{served.name}"
    users = [pki.issue(f"{name}@lab", "--crl", uri)
             for pki, name in zip(pkis, ("alice", "bob"))]
    first = pkis[signer].crl(*dates(-60, DAY))
    served.write_bytes(first.read_bytes())
    for daemon, user in zip((world.alice, world.bob), users):
        world.connect(daemon, user)
    served.write_bytes(pkis[signer].crl("--lastcrl", first, "--cert",
                                        users[signer].path).read_bytes())
    world.gw.vici.expect_sas(0, remote_id=users[signer].identity)
    world.gw.vici.expect_sas(1, remote_id=users[1 - signer].identity, up=True)


def test_ocsp_by_command_meanwhile(world):
    """Nor for a round that is under way, nor does an answer count that is."""
    responder = Responder(world, world.new_pki(), 8160)
    responder.set(valid=24 * 3600)
    for daemon, user in zip((world.alice, world.bob), responder.users):
        world.connect(daemon, user)
    log = responder.service.log
    mark = log.mark()
    responder.set(delay=2)
    world.gw.control.request("recheck-sessions")
    log.expect("POST", timeout=10, count=2, since=mark)
    responder.set(delay=0, revoked=[str(user.path) for user in responder.users])
    world.gw.control.request("recheck-sessions")
    world.gw.vici.expect_sas(0, timeout=10)


def test_ocsp_by_command(world):
    """An operator doesn't wait until an answer expires."""
    responder = Responder(world, world.new_pki(), 8120)
    responder.set(valid=24 * 3600)
    for daemon, user in zip((world.alice, world.bob), responder.users):
        world.connect(daemon, user)
    mark = world.gw.log.mark()
    responder.set(revoked=[str(responder.users[0].path)])
    world.gw.control.request("recheck-sessions")
    expect_closed_by_ocsp(world, mark)


def test_ocsp_of_authority(refreshing):
    """By a URI that is configured, in place of one in certificates."""
    world = refreshing
    pki = world.new_pki()
    users = [pki.issue(f"{name}@lab") for name in ("alice", "bob")]
    responder = Responder(world, pki, 8130, [user.path for user in users])
    world.gw.vici.request("load-authority", {"lab": {
        "cacert": pki.cert, "ocsp_uris": [responder.uri]}})
    try:
        for daemon, user in zip((world.alice, world.bob), users):
            world.connect(daemon, user)
        mark = world.gw.log.mark()
        responder.set(revoked=[str(users[0].path)])
        expect_closed_by_ocsp(world, mark)
    finally:
        world.gw.vici.request("unload-authority", {"name": "lab"})


def test_ocsp_of_intermediate(refreshing):
    """Who has a certificate of a CA that its root has revoked leaves, who has
    one of the root stays."""
    world = refreshing
    root = world.new_pki()
    uri = f"http://{world.web.v4}:8140"
    directory = world.directory / "between"
    directory.mkdir()
    between = Pki(directory, "between", root, ("--ocsp", uri))
    responder = Responder(world, root, 8140, [between.path])
    world.connect(world.alice, between.issue("alice@lab"))
    world.connect(world.bob, root.issue("bob@lab"))
    mark = world.gw.log.mark()
    responder.set(revoked=[str(between.path)])
    world.gw.log.expect(
        'auth-policy: refused certificate "O=lab, CN=between" .* of '
        "'alice@lab' at .*: it is revoked, by OCSP; tried", since=mark)
    world.gw.vici.expect_sas(0, remote_id="alice@lab")
    world.gw.vici.expect_sas(1, remote_id="bob@lab", up=True)


def test_on_outage(world):
    """Who couldn't log in anymore is closed if that is asked for, by the rule
    that applies, and once grace is over."""
    gw = world.gw
    uri = f"http://{world.web.v4}/outage.crl"
    pki = world.new_pki()
    elapsed = time.time() - NOW
    (world.www / "outage.crl").write_bytes(pki.crl(
        *dates(elapsed - 60, elapsed + 3)).read_bytes())

    def set_policy(on_outage, **terms):
        gw.reload(plugins=world.plugins | {"auth-policy": {
            "recheck_interval": "1s", "on_outage": on_outage,
            "rules": {"alices": {"ids": "alice@lab", "revocation": "strict",
                                 **terms}}}})
        return gw.log.mark()

    world.connect(world.alice, pki.issue("alice@lab", "--crl", uri))
    world.connect(world.bob, pki.issue("bob@lab", "--crl", uri))
    try:
        mark = set_policy("keep")
        gw.log.expect(f"auth-policy: CRL {uri} isn't valid now", since=mark,
                      timeout=20)
        for mark in (mark, set_policy("close", grace="1h")):
            gw.log.refute("auth-policy: closing", since=mark, settle=3)
        mark = set_policy("close")
        gw.log.expect(
            r"auth-policy: refused certificate .* of 'alice@lab' at .*: "
            "revocation is strict and the CRL of .* expired .*; see "
            r"auth-policy\.rules\.alices\.grace", since=mark)
        gw.log.expect("auth-policy: closing the session of 'alice@lab'.*, as a "
                      "certificate of it was refused", since=mark)
        world.alice.vici.expect_sas(0)
        gw.vici.expect_sas(1, remote_id="bob@lab", up=True)
    finally:
        gw.reload(plugins=world.plugins)


@pytest.mark.parametrize("kind", ["crl", "ocsp"])
def test_hung(refreshing, kind):
    """A server that accepts and says nothing holds up neither logins nor
    reloads, and closes nobody."""
    world = refreshing
    listen = ("import socket, time\ns = socket.create_server(('', 81))\n"
              "print(flush=True)\n"
              "while True:\n    kept = s.accept()\n    print(flush=True)\n"
              "    time.sleep(1000)")
    pki = world.new_pki()
    uri = f"http://{world.web.v4}:81/{kind}"
    world.load(pki.crl())
    world.connect(world.alice, pki.issue("alice@lab", f"--{kind}", uri))
    with world.web.popen(sys.executable, "-c", listen,
                         stdout=subprocess.PIPE) as server:
        try:
            server.stdout.readline()
            what = {"crl": "CRL .*:81/crl can't be fetched",
                    "ocsp": "OCSP .*:81/ocsp says nothing"}[kind]
            world.gw.log.expect(f"auth-policy: {what}", timeout=30)
            mark = world.gw.log.mark()
            for _ in range(30):
                world.gw.control.request("recheck-sessions")
            # one waits for the server, another one for that
            workers = world.gw.vici.request("stats")["workers"]
            assert int(workers["total"]) - int(workers["idle"]) < 10
            other = world.new_pki()
            world.load(other.crl())
            world.connect(world.bob, other.issue("bob@lab"))
            world.gw.vici.expect_sas(2, up=True)
            world.gw.log.refute("auth-policy: closing", since=mark)
        finally:
            server.kill()


def test_command(world):
    """An operator can have all judged, and is told what came of it."""
    pki = world.new_pki()
    alice = pki.issue("alice@lab")
    world.connect(world.alice, alice)
    world.connect(world.bob, pki.issue("bob@lab"))
    out = world.gw.swanadv("session", "recheck").stdout
    assert "judged: 2" in out.replace("=", ": ")
    for name in ("bob@lab", "BOB@LAB"):
        assert "judged: 1" in world.gw.swanadv(
            "session", "recheck", name).stdout.replace("=", ": ")
    with pytest.raises(ViciError, match="there is no such session"):
        world.gw.control.request("recheck-sessions", {"name": "carol@lab"})
    closed = stats(world)["revoked-sessions"]
    world.load(pki.crl("--cert", alice.path))
    # it, or what the CRL itself has set off
    assert int(world.gw.control.request("recheck-sessions")["closing"]) <= 1
    world.gw.vici.expect_sas(0, remote_id="alice@lab")
    assert stats(world)["revoked-sessions"] == closed + 1


def test_crls(world):
    """Which CRLs are known, and why one is ignored."""
    def states(issuer):
        return {(crl["delta"], crl["state"], crl["entries"]) for crl in
                world.gw.control.stream("list-crls", "list-crl")
                if crl["issuer"] == f"O=lab, CN={issuer} CA"}

    def known():
        """One whose CA the gateway knows, and its name."""
        pki = world.new_pki()
        world.gw.load(cas=[pki.cert])
        return pki, f"n{world.number}"

    pki, name = known()
    alice = pki.issue("alice@lab")
    world.load(pki.crl("--cert", alice.path))
    assert states(name) == {("no", "valid", "1")}
    pki, name = known()
    world.load(pki.crl(*dates(-60, -1)))
    assert states(name) == {("no", "expired", "0")}
    pki, name = known()
    world.load(pki.crl(*dates(DAY, 2 * DAY)))
    assert states(name) == {("no", "not-yet-valid", "0")}
    pki, name = known()
    base = pki.crl()
    world.load(pki.crl("--basecrl", base))
    assert states(name) == {("yes", "no-base", "0")}
    world.load(base)
    assert states(name) == {("yes", "valid", "0"), ("no", "valid", "0")}
    pki, name = known()
    world.gw.vici.request("load-cert", {"type": "X509_CRL", "flag": "NONE",
                                        "data": pki.bare_crl([alice])})
    assert states(name) == {("no", "no-key-id", "1")}
    pki, name = known()
    directory = world.directory / f"forged-{name}"
    directory.mkdir()
    world.load(Pki(directory, f"{name} CA").crl())
    assert states(name) == {("no", "wrong-signature", "0")}
    name = f"n{world.number + 1}"
    world.load(world.new_pki().crl())
    assert states(name) == {("no", "no-issuer", "0")}
    out = world.gw.swanadv("crl").stdout
    assert f"O=lab, CN={name} CA" in out and "no-issuer" in out
