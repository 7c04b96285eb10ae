# SPDX-License-Identifier: GPL-2.0-or-later
"""auth-policy: who is blocked doesn't get in, and doesn't stay.

    10.1.0.0/24
    ----+--------+----
        |        |
       gw      peer

gw has blocks, peer hasn't; either may initiate.
"""

import contextlib
import hashlib
import re
import ssl

import pytest
from cryptography import x509

from lab import Lab, Pki, ViciError, build, conns, wait_until

pytestmark = pytest.mark.xdist_group("auth-policy-blocks")

PLUGINS = {name: {} for name in ("revocation", "eap-tls")}
CONF = {"dos_protection": False, "reuse_ikesa": False,
        "i_dont_care_about_security_and_use_aggressive_mode_psk": True}
USER, PEER = "user@lab", "peer@lab"


class World:
    def __init__(self, lab, directory):
        self.net = lab.segment("10.1.0.0/24")
        self.path = directory / "state" / "blocks"
        self.plugins = PLUGINS | {
            "auth-policy": {"blocks_file": str(self.path)}, "control": {}}
        self.gw = lab.host("gw", self.net).charon(plugins=self.plugins,
                                                  conf=CONF)
        self.peer = lab.host("peer", self.net).charon(
            plugins=PLUGINS, conf=CONF | {"make_before_break": True})
        self.pki = Pki(directory, key=("rsa", 2048))
        # what it authenticates as isn't all of its names
        self.cert = self.pki.issue(PEER, "--san", "other.lab")
        self.gw_cert = self.pki.issue("gw.lab")

    def setup(self, way, initiator):
        """Load a connection that the other end than `initiator` accepts."""
        server = self.peer if initiator is self.gw else self.gw
        hosts = server.host.v4, initiator.host.v4
        own, other = ((self.gw_cert, self.cert) if server is self.gw
                      else (self.cert, self.gw_cert))
        name = "gw.lab" if initiator is self.gw else PEER
        remote = PEER if initiator is self.gw else "gw.lab"
        if way in ("psk", "main", "aggressive"):
            setup = conns.psk_ikev2 if way == "psk" else conns.psk_ikev1
            more = {"aggressive": True} if way == "aggressive" else {}
            pair = setup(*hosts, name, name="c", **more)
            pair[0].connections["c"]["local"]["id"] = remote
            pair[1].connections["c"]["remote"]["id"] = remote
        elif way == "xauth":
            pair = conns.xauth(*hosts, USER, name="c")
        elif way == "eap":
            pair = conns.eap(*hosts, USER, gw_credential=own, name="c")
        elif way == "eap-tls":
            pair = conns.eap_tls(*hosts, own, other, name="c")
        else:
            pair = conns.cert(*hosts, own, other, name="c",
                              version=1 if way == "cert1" else 2)
        server.load(pair[0])
        initiator.load(pair[1])
        return server

    def add(self, **block):
        return self.gw.control.request("add-block", block)

    def delete(self, **block):
        return self.gw.control.request("delete-block", block)

    def blocks(self):
        return [block["block"] for block in
                self.gw.control.stream("list-blocks", "list-block")]

    @staticmethod
    def end_all(daemon):
        """Close what is left; the other end may be quicker."""
        for sa in daemon.vici.list_sas():
            with contextlib.suppress(ViciError):
                daemon.vici.terminate(ike_id=sa.uniqueid, force=True)

    def clear(self):
        for block in self.gw.control.stream("list-blocks", "list-block"):
            keys = {"pattern": "id"}
            self.delete(**{keys.get(key, key): block[key] for key in
                           ("pattern", "address", "serial", "issuer",
                            "fingerprint") if key in block})
        for daemon in (self.gw, self.peer):
            self.end_all(daemon)
            for name in ("c", "d"):
                if daemon.vici.request("get-conns")["conns"].count(name):
                    daemon.vici.request("unload-conn", {"name": name})
            daemon.vici.request("clear-creds")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab() as lab:
        yield World(lab, tmp_path_factory.mktemp("blocks"))


@pytest.fixture
def world(shared):
    yield shared
    shared.clear()


def serial(pem):
    return f"{x509.load_pem_x509_certificate(pem.encode()).serial_number:x}"


def fingerprint(pem, algorithm):
    digest = hashlib.new(algorithm, ssl.PEM_cert_to_DER_cert(pem))
    return ":".join(re.findall("..", digest.hexdigest()))


def criteria(world, way):
    """What may be said of peer to block it, by the way it logs in."""
    cert = way in ("cert", "cert1", "eap-tls")
    if way in ("xauth", "eap"):
        yield {"id": "*ser@LAB"}
    else:
        yield {"id": PEER}
    if cert:
        # not the name that it authenticates as
        yield {"id": "other.lab"}
        yield {"id": "o=LAB, cn=peer@*"}
        yield {"serial": "00" + serial(world.cert.cert),
               "issuer": "O=lab, CN=CA"}
        yield {"fingerprint": fingerprint(world.cert.cert, "sha256")}
        yield {"fingerprint": fingerprint(world.cert.cert, "sha1").upper()}
        # its CA
        yield {"fingerprint": fingerprint(world.pki.cert, "sha256")}
    yield {"address": f"{world.peer.host.v4}/32"}


WAYS = {"psk": 2, "cert": 2, "eap": 2, "eap-tls": 2, "main": 1,
        "aggressive": 1, "xauth": 1, "cert1": 1}
# who has no user name as a server
BOTH = ["psk", "cert", "main", "aggressive", "cert1"]


@pytest.mark.parametrize("way,role", [
    *((way, "responder") for way in WAYS), *((way, "initiator")
                                             for way in BOTH)])
def test_closed(world, way, role):
    """Each kind of block closes a session with a DELETE and one line, and
    refuses the next; once it is taken back, logins work as before."""
    if WAYS[way] == 1:
        build.need_ikev1()
    initiator = world.gw if role == "initiator" else world.peer
    world.setup(way, initiator)
    for block in criteria(world, way):
        initiator.vici.initiate(ike="c")
        world.gw.vici.expect_sas(1, up=True)
        mark, peer_mark = world.gw.log.mark(), world.peer.log.mark()
        assert world.add(**block)["closing"] == "1", block
        world.gw.vici.expect_sas(0)
        world.peer.log.expect("received DELETE for IKE_SA", since=peer_mark)
        world.peer.vici.expect_sas(0)
        world.gw.log.expect("auth-policy: closing the session of '.*' at "
                            f"{world.peer.host.v4}.* on connection 'c', which "
                            "is blocked: ", since=mark)
        mark = world.gw.log.mark()
        refused = stats(world)["blocked-logins"]
        if "address" not in block:
            up = initiator.vici.initiate(ike="c", must=False)
            # the initiator thinks it is once it has sent the last message
            assert not up or way in ("aggressive", "main", "cert1"), block
            wait_until(lambda: stats(world)["blocked-logins"] > refused)
            world.gw.vici.expect_sas(0)
            world.peer.vici.expect_sas(0, up=True)
        elif initiator is world.gw:
            assert not initiator.vici.initiate(ike="c", must=False)
            world.gw.vici.expect_sas(0)
            world.gw.log.expect("closing the session of '.*address=",
                                since=mark)
        else:
            before = stats(world)["blocked-packets"]
            assert not initiator.vici.initiate(ike="c", must=False,
                                               timeout=0.2)
            wait_until(lambda: stats(world)["blocked-packets"] > before)
            assert not world.gw.vici.list_sas()
            # charon hasn't even looked at it
            world.gw.log.refute("received packet: from "
                                f"{world.peer.host.v4}.*(SA|ID_PROT)",
                                since=mark, settle=0)
        world.delete(**block)
        world.end_all(world.peer)
    initiator.vici.initiate(ike="c")
    world.gw.vici.expect_sas(1, up=True)


def stats(world):
    return {key: int(value) for key, value in
            world.gw.control.plugin("auth-policy", "stats").items()
            if isinstance(value, str)}


def test_names(world):
    """No spelling of a name gets around a block of it: not with a pre-shared
    key, whose owners charon compares with patterns, not in EAP."""
    gw, peer = world.gw, world.peer
    names = ["email:user@lab", "keyid:USER@lab", "@@user@lab", "*@lab",
             "@#75736572406c6162", "fqdn:*ser@lab"]
    # else one would take the place of another
    never = {"gateway": {"unique": "never"}, "initiator": {"unique": "never"}}
    sides = []
    for number, name in enumerate(names):
        pair = conns.psk_ikev2(gw.host.v4, peer.host.v4, name,
                               name=f"n{number}", gw_name="c", **never)
        sides.append(pair[1])
    gw.load(pair[0])
    peer.load(*sides)
    for name in ("{1}:user@lab", "{9}:user@lab", "keyid:User@lab"):
        # what the gateway makes of it is its matter
        pair = conns.eap(gw.host.v4, peer.host.v4, f"keyid:{name}",
                         method="md5", name=f"n{len(sides)}", gw_name="d",
                         **never)
        sides.append(pair[1])
        gw.load(pair[0], secrets=[conns.secret("EAP", "lab-password")])
        peer.load(pair[1])
    for side in sides:
        name, = side.connections
        peer.vici.initiate(ike=name)
    assert world.add(id="user@lab")["closing"] == str(len(sides))
    for side in sides:
        name, = side.connections
        assert not peer.vici.initiate(ike=name, must=False), side
        gw.vici.expect_sas(0)
        peer.vici.request("unload-conn", {"name": name})


def test_file(world):
    """The file is read and written, by charon and by an operator; what is
    wrong with it is named, and lets nobody in."""
    gw, peer = world.gw, world.peer
    world.setup("psk", peer)
    world.add(id="other@lab", expire="1h", note="a \"b\" c", by="me")
    assert re.fullmatch(
        r'id=other@lab since=20\S+Z until=20\S+Z by=me note="a ""b"" c"\n',
        world.path.read_text())
    assert world.path.stat().st_mode & 0o7777 == 0o600
    # one that an operator adds closes sessions at the next reload
    peer.vici.initiate(ike="c")
    with open(world.path, "a", encoding="utf-8") as file:
        file.write(f"# laptop\n\nid={PEER} until=never\nnonsense\n")
    mark = gw.log.mark()
    gw.reload()
    gw.vici.expect_sas(0)
    wrong = [f'{world.path}:4: until = "never": expected a time in UTC as '
             "2026-12-24T18:00:00Z, or a date, so it is for good",
             f'{world.path}:5: "nonsense": expected KEY=VALUE',
             f"{world.path}:5: expected one of id, address, serial with "
             "issuer, fingerprint"]
    for text in wrong:
        gw.log.expect(re.escape(
            f"auth-policy: {text}; blocks that were in force stay so until "
            "this is mended"), since=mark)
    assert gw.control.plugin("auth-policy")["warnings"] == wrong
    assert not peer.vici.initiate(ike="c", must=False)
    # it can't be undone by breaking the file, nor by removing it
    world.path.write_text("nonsense\n")
    gw.reload()
    assert not peer.vici.initiate(ike="c", must=False)
    world.add(id="third@lab")
    assert world.path.read_text().startswith("nonsense\nid=third@lab ")
    world.path.unlink()
    gw.reload()
    assert gw.control.plugin("auth-policy")["warnings"] == [
        f'blocks_file = "{world.path}": is gone, an empty one is expected if '
        "there are to be no blocks"]
    assert not peer.vici.initiate(ike="c", must=False)
    # an empty one is what takes blocks back
    world.path.touch()
    gw.reload()
    assert not world.blocks()
    assert gw.control.plugin("auth-policy")["warnings"] == []
    peer.vici.initiate(ike="c")


def test_restart(world):
    """Blocks are there when charon is killed and starts anew."""
    world.add(address="10.9.0.0/16")
    world.add(id=PEER)
    before = world.blocks()
    world.gw.kill()
    world.gw.start()
    assert world.blocks() == before
    world.setup("psk", world.peer)
    assert not world.peer.vici.initiate(ike="c", must=False)


def test_expiry(world):
    """A block with a time ends by itself, and is gone from the file."""
    world.setup("psk", world.peer)
    with world.gw.control.events("block") as events:
        world.add(id=PEER, expire="1s", note="short")
        world.gw.log.expect("auth-policy: block is over: id=peer@lab .*"
                            "note=short", timeout=10)
        types = [events.get(timeout=5)[1]["type"] for _ in range(2)]
    assert types == ["added", "expired"]
    wait_until(lambda: world.path.read_text() == "")
    assert not world.blocks()
    world.peer.vici.initiate(ike="c")


def test_not_kept(world):
    """If the file can't be written, a block is in force all the same, and
    status says so; it isn't taken back without the file."""
    new = world.path.with_name("blocks.new")
    world.add(id="first@lab")
    (new / "x").mkdir(parents=True)
    try:
        world.setup("psk", world.peer)
        assert world.add(id=PEER)["kept"] == "no"
        assert not world.peer.vici.initiate(ike="c", must=False)
        warning, = world.gw.control.plugin("auth-policy")["warnings"]
        assert re.fullmatch(rf'blocks_file = "{world.path}": .*, so that not '
                            "all blocks are kept there", warning)
        with pytest.raises(ViciError, match="which can't be changed"):
            world.delete(id="first@lab")
    finally:
        (new / "x").rmdir()
        new.rmdir()
    world.gw.reload()
    assert [line.split(" ")[0] for line in
            world.path.read_text().splitlines()] == ["id=first@lab",
                                                     f"id={PEER}"]


def test_mobike(world):
    """Nobody moves to a blocked address, and moves are seen."""
    gw, peer = world.gw, world.peer
    pair = conns.psk_ikev2(gw.host.v4, "%any", PEER, name="c")
    gw.load(pair[0])
    peer.load(pair[1])
    peer.vici.initiate(ike="c")
    old, new = peer.host.v4, peer.host.add_address().v4
    peer.host.sysctl("net/ipv4/conf/all/promote_secondaries", 1)
    peer.host.ip(f"address del {old}/24 dev eth0")
    try:
        wait_until(lambda: [sa.remote_host for sa in gw.vici.list_sas()]
                   == [new], 15)
        # the old one doesn't matter anymore
        assert world.add(address=old)["closing"] == "0"
        assert world.add(address=new)["closing"] == "1"
        gw.vici.expect_sas(0)
        world.delete(address=new)
        peer.vici.expect_sas(0)
        peer.vici.initiate(ike="c")
        # back to where it is blocked
        peer.host.ip(f"address add {old}/24 dev eth0",
                     f"address del {new}/24 dev eth0")
        before = stats(world)["blocked-packets"]
        wait_until(lambda: stats(world)["blocked-packets"] > before, 15)
        assert [sa.remote_host for sa in gw.vici.list_sas()] == [new]
    finally:
        peer.host.ip(f"address replace {old}/24 dev eth0")


def test_rekeying(world):
    """A session that is being rekeyed or reauthenticated while a block comes
    is closed, whichever of its IKE_SAs it has by then."""
    gw, peer = world.gw, world.peer
    world.setup("psk", peer)
    for reauth in (False, True, False, True, False, True):
        peer.vici.initiate(ike="c")
        peer.vici.request("rekey", {"ike": "c", "reauth": reauth})
        world.add(id=PEER)
        gw.vici.expect_sas(0)
        peer.vici.expect_sas(0)
        world.delete(id=PEER)


def test_several(world):
    """Of many sessions those that match are closed, others stay."""
    gw, peer = world.gw, world.peer
    pair = [conns.psk_ikev2(gw.host.v4, peer.host.v4, f"u{number}@lab",
                            name=f"n{number}", gw_name="c")
            for number in range(12)]
    gw.load(pair[0][0])
    peer.load(*(side for _, side in pair))
    for number in range(12):
        peer.vici.initiate(ike=f"n{number}")
    assert world.add(id="u1*@lab")["closing"] == "3"
    left = gw.vici.expect_sas(9, up=True)
    assert {sa.remote_id for sa in left} == {
        f"u{number}@lab" for number in (0, *range(2, 10))}
    assert peer.vici.expect_sas(9, up=True)
    for number in range(12):
        peer.vici.request("unload-conn", {"name": f"n{number}"})


def test_commands(world):
    """swanadv adds, lists and deletes; what makes no sense is refused; explain
    says who is blocked."""
    def swanadv(*args):
        return world.gw.swanadv(*args).stdout

    assert "closing: 0" in swanadv("block", "add", "id=x@lab", "expire=1d",
                                   "note=left the company")
    found, = world.gw.control.stream("list-blocks", "list-block")
    assert found["pattern"] == "x@lab" and found["kept"] == "yes"
    assert found["note"] == "left the company" and found["by"]
    assert 86000 < int(found["expires-in"]) <= 86400
    assert "left the company" in swanadv("block")
    assert "blocked: id=x@lab" in swanadv("explain", "x@lab")
    # one about the same takes its place
    swanadv("block", "add", "id=X@lab", "by=me")
    assert len(world.blocks()) == 1
    swanadv("block", "delete", "id=x@LAB")
    assert not world.blocks()
    for args, error in ((("id=x@lab",), "there is no such block"),
                        (("id=*",), "is everybody"),
                        (("address=0.0.0.0/0",), "is everybody")):
        action = "delete" if "no such" in error else "add"
        done = world.gw.swanadv("block", action, *args, check=False)
        assert done.returncode == 1 and error in done.stdout
    with pytest.raises(ViciError, match='until = "2001-01-01": is over'):
        world.add(id="x@lab", until="2001-01-01")
    assert not world.blocks()


def test_unreadable(world):
    """If the file can't be read at the start, the plugin isn't loaded, which
    keeps charon from starting if it is critical."""
    gw = world.gw
    gw.stop()
    world.path.parent.mkdir(exist_ok=True)
    before = world.path.read_text() if world.path.exists() else ""
    world.path.unlink(missing_ok=True)
    world.path.mkdir()
    try:
        gw.start()
        wrong = f'blocks_file = "{world.path}": Is a directory'
        gw.log.expect(f"auth-policy: {wrong}; not loading")
        assert wrong in str(gw.control.request("status")["not-loaded"])
        gw.stop()
    finally:
        world.path.rmdir()
        world.path.write_text(before)
        gw.start()
