# SPDX-License-Identifier: GPL-2.0-or-later
"""auth-policy: who guesses passwords is locked out, and nobody else.

    10.1.0.0/24, fd01::/64
    ----+--------+----
        |        |
       gw     guesser, with many addresses; raw

gw counts failed logins. All clients are at guesser: what is told apart by an
address has one of its own.
"""

import contextlib
import itertools

import pytest

from ikev1_peer import (XAUTH_PASSWORD, XAUTH_USER, Ikev1Error, Ikev1Peer,
                        open_socket)
from ikev2_peer import (AUTH, EAP, IDI, Ikev2Peer, Init, eap_response,
                        identity, md5_response, mschapv2_response)
from lab import Lab, Pki, ViciError, build, conns, wait_until
from lab.radius import Radius

pytestmark = pytest.mark.xdist_group("auth-policy-lockout")

WAYS = ("eap-md5", "eap-mschapv2", "eap-radius", "psk", "xauth",
        "xauth-radius")
USER, OTHER = "user@lab", "other@lab"
RIGHT, WRONG = "lab-password", "guess"
CLIENTS = {"reuse_ikesa": False, "retransmit_tries": 2,
           "retransmit_timeout": 1,
           "i_dont_care_about_security_and_use_aggressive_mode_psk": True}
GATEWAY = CLIENTS | {"dos_protection": False}
FAILURES = 3


def rule(by="both", **more):
    return {"failures": FAILURES, "within": "1h", "for": "1h", "by": by,
            **more}


class World:
    def __init__(self, lab):
        self.net = lab.segment("10.1.0.0/24", "fd01::/64")
        gw = lab.host("gw", self.net)
        self.radius = Radius(gw, {USER: (RIGHT, ""), OTHER: (RIGHT, "")})
        self.plugins = {"eap-md5": {}, "eap-tls": {}, "control": {},
                        "eap-radius": self.radius.plugin(), "auth-policy": {}}
        self.gw = gw.charon(plugins=self.plugins, conf=GATEWAY)
        self.host = lab.host("guesser", self.net)
        self.client = self.host.charon(plugins=["eap-md5", "eap-tls"],
                                       conf=CLIENTS | {
                                           "threads": 32,
                                           "make_before_break": True})
        # no daemon has its ports
        self.raw = lab.host("raw", self.net)
        self.names = itertools.count()

    def set(self, **rules):
        """Have these rules of lockout, and none that was counted before."""
        self.reload()
        self.reload(**rules)

    def reload(self, **rules):
        self.gw.reload(plugins=self.plugins | {"auth-policy":
                                               {"lockouts": rules}})

    def pair(self, way, user, password, address, gw_name=None, **more):
        """What gw has for all who log in like that, and a client's; gw has it
        by a name of its own for who is to stay, as some versions of charon
        close the IKE_SAs of what is loaded anew."""
        gw_name = gw_name or way
        hosts = self.gw.host.v4, address or self.host.v4
        if ":" in hosts[1]:
            hosts = self.gw.host.v6, hosts[1]
        name = f"c{next(self.names)}"
        if way.startswith("eap-"):
            method = way[4:]
            right, config = conns.eap(
                *hosts, user, RIGHT, method=method, name=name, gw_name=gw_name,
                **more)
            if method == "radius":
                local = config.connections[name]["local"]
                local["auth"] = "eap-md5"
        elif way.startswith("xauth"):
            right, config = conns.xauth(*hosts, user, RIGHT, name=name,
                                        gw_name=gw_name, **more)
            if way == "xauth-radius":
                right.connections[gw_name]["remote-xauth"]["auth"] = way
        else:
            setup = conns.psk_ikev2 if way == "psk" else conns.psk_ikev1
            more |= {"aggressive": True} if way == "aggressive" else {}
            more = {"identity": user} | more
            right, config = setup(*hosts, psk=RIGHT, name=name, gw_name=gw_name,
                                  **more)
        for secret in config.secrets:
            if secret["data"] == RIGHT:
                secret["data"] = password
        return right, config, name

    def login(self, way, user=USER, password=WRONG, address=None, **more):
        """Log in once, and tell whether that worked."""
        # what both have must not be changed for both
        right, _, _ = self.pair(way, user, RIGHT, address, **more)
        _, config, name = self.pair(way, user, password, address, **more)
        self.gw.load(right)
        self.client.vici.request("clear-creds")
        self.client.load(config)
        up = self.client.vici.initiate(ike=name, timeout=8, must=False)
        if up:
            self.client.vici.terminate(ike=name)
        self.client.vici.request("unload-conn", {"name": name})
        return up

    def guess(self, way, times=FAILURES, **more):
        for _ in range(times):
            assert not self.login(way, **more)

    def failed(self):
        return int(self.gw.control.plugin("auth-policy",
                                          "stats")["failed-logins"])

    def blocks(self):
        return list(self.gw.control.stream("list-blocks", "list-block"))

    def clear(self):
        for daemon in (self.client, self.gw):
            for sa in daemon.vici.list_sas():
                with contextlib.suppress(ViciError):
                    daemon.vici.terminate(ike_id=sa.uniqueid, force=True)
        for name in self.gw.vici.request("get-conns")["conns"]:
            self.gw.vici.request("unload-conn", {"name": name})
        self.gw.vici.request("clear-creds")
        self.client.vici.request("clear-creds")
        self.reload()


@pytest.fixture(scope="module")
def shared():
    with Lab() as lab:
        yield World(lab)


@pytest.fixture
def world(shared):
    yield shared
    shared.clear()


@pytest.fixture
def address(shared):
    """One that nobody had before."""
    return shared.host.add_address().v4


def list_of(block):
    """What a lockout is about."""
    return {key: block.get(key) for key in ("pattern", "address")}


@pytest.mark.parametrize("way", WAYS)
def test_guesser(world, address, way):
    """Each way to log in with a password: the right one doesn't help once
    there were too many wrong ones, and it does when that is over."""
    mark = world.gw.log.mark()
    world.set(g=rule())
    failed = world.failed()
    world.guess(way, address=address)
    assert world.failed() == failed + FAILURES
    user = USER
    world.gw.log.expect(
        rf"auth-policy: locked out by lockouts\.g, the last failed login is of "
        rf"'.*' at {address}\[\d+\] on connection '.*': id={user} "
        rf"address={address} since=\S+ until=\S+ by=lockout "
        rf'note="3 failed logins within 3600s"; '
        rf"swanadv block delete 'id={user}' 'address={address}' ends it$",
        since=mark, count=1)
    assert not world.login(way, password=RIGHT, address=address)
    world.gw.log.expect(
        rf"auth-policy: refused '.*' at {address}\[\d+\] on connection '.*', "
        rf"which is blocked: id={user} address={address} .* by=lockout",
        since=mark)
    # refused, not failed
    assert world.failed() == failed + FAILURES
    world.gw.swanadv("block", "delete", f"id={user}", f"address={address}")
    assert not world.blocks()
    assert world.login(way, password=RIGHT, address=address)


@pytest.mark.parametrize("way", ("eap-md5", "xauth"))
@pytest.mark.parametrize("by", ("identity", "address", "both"))
def test_by(world, way, by):
    """Who is locked out, and who isn't: the same user elsewhere, his
    neighbour behind the same NAT, and what he has already, which is rekeyed
    meanwhile."""
    here, there, third = (host.v4 for host in world.host.add_addresses(3))
    never = {"gateway": {"unique": "never"}}
    world.set(g=rule(by))
    # as initiator of IKEv1, charon begins one after the other
    right, config, name = world.pair(
        way, USER, RIGHT, here if way == "eap-md5" else third, "kept", **never)
    world.gw.load(right)
    world.client.load(config)
    world.client.vici.initiate(ike=name)
    world.guess(way, address=here, **never)
    about = {"pattern": USER if by != "address" else None,
             "address": here if by != "identity" else None}
    assert [list_of(block) for block in world.blocks()] == [about]
    for user, address, locked in (
            (USER, here, True), (USER, there, by == "identity"),
            (OTHER, here, by == "address"), (OTHER, there, False)):
        assert world.login(way, user, RIGHT, address,
                           **never) == (not locked), (user, address)
    sa, = world.client.vici.list_sas(name=name)
    assert sa.up
    if way == "eap-md5":
        world.client.vici.rekey(ike=name)
        wait_until(lambda: [sa.up for sa in world.client.vici.list_sas(
            name=name)] == [True])


def test_many_addresses(world):
    """Who has many addresses is caught by the name alone."""
    world.set(pair=rule(), name=rule("identity"))
    for address in world.host.add_addresses(FAILURES):
        world.guess("eap-md5", 1, address=address.v4)
    assert [list_of(block) for block in world.blocks()] == [
        {"pattern": USER, "address": None}]
    assert not world.login("eap-md5", password=RIGHT)


def test_many_names(world, address):
    """Who tries one password with many names is caught by his address, and
    what comes from there dropped."""
    mark = world.gw.log.mark()
    world.set(pair=rule(), address=rule("address"))
    for number in range(FAILURES):
        world.guess("eap-md5", 1, user=f"user{number}", address=address)
    assert [list_of(block) for block in world.blocks()] == [
        {"pattern": None, "address": address}]
    assert not world.login("eap-md5", password=RIGHT, address=address)
    world.gw.log.expect(rf"auth-policy: dropped a packet from {address}, which "
                        "is blocked; see swanadv block list", since=mark)
    stats = world.gw.control.plugin("auth-policy", "stats")
    assert int(stats["locked-out-packets"]) > 0
    status = world.gw.control.plugin("auth-policy")
    assert status["lockouts"] == "1"
    assert status["locked-out"][0].startswith(f"address={address} ")


def test_ipv6(world):
    """All of a /64 counts as one address."""
    world.set(g=rule("address"))
    first, second = (f"fd01::77:{n}" for n in (1, 2))
    for address in (first, second):
        world.host.run("ip", "addr", "add", f"{address}/64", "dev",
                       world.host.on(world.net).dev, "nodad")
    world.guess("eap-md5", FAILURES - 1, address=first)
    world.guess("eap-md5", 1, address=second)
    assert [block["address"] for block in world.blocks()] == ["fd01::/64"]
    assert not world.login("eap-md5", password=RIGHT, address=first)
    # which is another
    assert world.login("eap-md5", password=RIGHT)
    world.gw.swanadv("block", "delete", "address=fd01::/64")
    assert world.login("eap-md5", password=RIGHT, address=first)


def test_end(world, address):
    """It ends by itself, and all failures count anew."""
    mark = world.gw.log.mark()
    world.set(g=rule(**{"for": "2s"}))
    world.guess("eap-md5", address=address)
    assert len(world.blocks()) == 1
    world.gw.log.expect(rf"auth-policy: block is over: id={USER} "
                        rf"address={address} ", since=mark)
    world.guess("eap-md5", FAILURES - 1, address=address)
    assert world.login("eap-md5", password=RIGHT, address=address)


def test_success(world, address):
    """Who knows it after all begins anew, but not an address with others."""
    world.set(pair=rule(), name=rule("identity"))
    for _ in range(2):
        world.guess("eap-md5", FAILURES - 1, address=address)
        assert world.login("eap-md5", password=RIGHT, address=address)
    assert not world.blocks()
    # who has the key of a group may be anybody
    world.guess("eap-md5", FAILURES - 1, address=address)
    assert world.login("psk", password=RIGHT, address=address)
    world.gw.vici.request("unload-conn", {"name": "psk"})
    world.gw.vici.request("clear-creds")
    world.guess("eap-md5", 1, address=address)
    assert len(world.blocks()) == 2
    world.set(g=rule("address"))
    world.guess("eap-md5", FAILURES - 1, address=address)
    assert world.login("eap-md5", password=RIGHT, address=address)
    world.guess("eap-md5", 1, address=address)
    assert len(world.blocks()) == 1


def test_odd_names(world, address):
    """A name is no pattern and no command, and one however it is spelt."""
    mark = world.gw.log.mark()
    world.set(g=rule("identity"))
    for name in ("*", "us?r*", "a'b $(reboot)"):
        world.guess("eap-md5", user=f"@{name}", address=address)
    assert [block["pattern"] for block in world.blocks()] == [
        "%any", "us?r*", "a'b $(reboot)"]
    world.gw.log.expect(r"swanadv block delete 'id=a'\\''b \$\(reboot\)' ends",
                        since=mark)
    assert world.login("eap-md5", password=RIGHT, address=address)
    world.gw.swanadv("block", "delete", "id=%any")
    world.gw.swanadv("block", "delete", "id=us?r*")
    world.gw.swanadv("block", "delete", "id=A'B $(reboot)")
    assert not world.blocks()
    for name in ("USER@lab", "@keyid:user@lab", "@{1}:User@LAB"):
        world.guess("eap-md5", 1, user=name, address=address)
    assert [block["pattern"].lower() for block in world.blocks()] == [USER]


def test_long_name(world, address):
    """The rest of a long name is no other one."""
    world.set(g=rule("identity"))
    for end in "abc":
        world.guess("psk", 1, identity="u" * 300 + end, address=address)
    block, = world.blocks()
    assert block["pattern"] == "u" * 255
    world.gw.swanadv("block", "delete", "id=" + "u" * 255)
    assert not world.blocks()


def test_unproven(world):
    """What may have a forged source doesn't count, nor do logins that aren't
    finished."""
    address = world.raw.v4
    world.set(g=rule("address", failures=1))
    failed = world.failed()
    # what gw is to take them by
    world.gw.load(world.pair("psk", USER, RIGHT, address)[0])
    mark = world.gw.log.mark()
    with contextlib.closing(open_socket(world.raw, address, 500)) as sock:
        for _ in range(1000):
            sock.sendto(Init().message, (world.gw.host.v4, 500))
            sock.recv(65535)
    world.gw.log.expect(f"{address} is initiating an IKE_SA", since=mark,
                        count=1000)
    # a client that gives up, as it has no password
    _, config, name = world.pair("eap-md5", USER, RIGHT, None)
    right, _, _ = world.pair("eap-md5", USER, RIGHT, None)
    config.secrets[:] = [secret for secret in config.secrets
                         if secret["type"] == "IKE"]
    world.gw.load(right)
    world.client.load(config)
    assert not world.client.vici.initiate(ike=name, timeout=8, must=False)
    assert world.failed() == failed and not world.blocks()


def test_main_mode(world):
    """Pre-shared keys of main mode: each that is tried, and once each."""
    build.need_ikev1()
    address = world.raw.v4
    mark = world.gw.log.mark()
    world.set(g=rule("address"), both=rule())
    world.gw.load(conns.psk_ikev1(world.gw.host.v4, address, USER, RIGHT)[0])
    failed = world.failed()

    def login(psk):
        return Ikev1Peer(world.raw, world.gw.host.v4, USER, psk)

    with login(WRONG) as unfinished:
        unfinished.begin()
    assert world.failed() == failed
    with login(WRONG) as guesser:
        with pytest.raises(Ikev1Error):
            guesser.main_mode()
        # the peer is told before it is counted
        wait_until(lambda: world.failed() == failed + 1)
        # the same once more
        guesser.again()
        world.gw.log.expect("PAYLOAD_MAL|parsing failed|could not decrypt",
                            since=mark, count=2)
        assert world.failed() == failed + 1
    for _ in range(FAILURES - 1):
        with login(WRONG) as guesser, pytest.raises(Ikev1Error):
            guesser.main_mode()
    wait_until(lambda: world.failed() == failed + FAILURES)
    assert [list_of(block) for block in world.blocks()] == [
        {"pattern": None, "address": address}]
    with login(RIGHT) as user, pytest.raises(Ikev1Error):
        user.main_mode()
    world.gw.swanadv("block", "delete", f"address={address}")
    with login(RIGHT) as user:
        user.main_mode()


def peer(world):
    return Ikev2Peer(world.raw, world.gw.host.v4)


def test_retries(world):
    """EAP-MSCHAPv2 asks for another password within an IKE_SA: each counts,
    by the name beside it as well, which needs not be that of EAP."""
    world.set(g=rule("identity", failures=2))
    world.gw.load(world.pair("eap-mschapv2", USER, RIGHT, None)[0])
    failed = world.failed()
    with peer(world) as guesser:
        request = guesser.eap("a@lab", "alias1")
        for number in range(2):
            request = guesser.auth((EAP, mschapv2_response(
                request[1], request[6], USER)))[EAP]
            assert world.failed() == failed + number + 1
        assert {block["pattern"] for block in world.blocks()} == {"alias1",
                                                                  USER}
        # it isn't asked for again
        answer = guesser.auth((EAP, mschapv2_response(request[1], request[6],
                                                      USER)))
        assert answer[EAP][0] == 4
    with peer(world) as guesser:
        request = guesser.eap("a@lab", "alias2")
        answer = guesser.auth((EAP, mschapv2_response(request[1], request[6],
                                                      USER.upper())))
        assert answer[EAP][0] == 4
    assert world.failed() == failed + 2


def test_half_way(world):
    """Who has got half way when it begins doesn't get further, though he
    knows the password."""
    world.set(g=rule())
    world.gw.load(world.pair("eap-md5", USER, RIGHT, None)[0])
    address = world.raw.v4
    with peer(world) as early:
        request = early.eap("a@lab", USER)
        for _ in range(FAILURES):
            with peer(world) as guesser:
                again = guesser.eap("a@lab", USER)
                answer = guesser.auth((EAP, md5_response(again, WRONG)))
                assert answer[EAP][0] == 4
        assert [list_of(block) for block in world.blocks()] == [
            {"pattern": USER, "address": address}]
        assert early.auth((EAP, md5_response(request, RIGHT)))[EAP][0] == 4
    world.gw.swanadv("block", "delete", f"id={USER}", f"address={address}")
    # who is half way then, does
    with peer(world) as user:
        request = user.eap("a@lab", USER)
        assert user.auth((EAP, md5_response(request, RIGHT)))[EAP][0] == 3


def test_two_means(world):
    """What is beside a password doesn't hide it."""
    world.set(g=rule("address", failures=100))
    failed = world.failed()
    auth = b"\2\0\0\0" + bytes(32)
    world.gw.load(world.pair("psk", USER, RIGHT, None)[0])
    for more in ((), ((EAP, eap_response(0, 1, b"nobody")),),
                 ((EAP, eap_response(0, 3, b"\4")),)):
        with peer(world) as guesser:
            guesser.auth((IDI, identity(USER)), (AUTH, auth), *more)
        failed += 1
        assert world.failed() == failed
    world.gw.vici.request("unload-conn", {"name": "psk"})
    world.gw.load(world.pair("eap-md5", USER, RIGHT, None)[0])
    for method in (1, 2):
        with peer(world) as guesser:
            request = guesser.eap("a@lab", USER)
            guesser.auth((AUTH, bytes([method]) + auth[1:]),
                         (EAP, md5_response(request, WRONG)))
        failed += 1
        assert world.failed() == failed
    # a made up answer, to a method that nobody asked for
    with peer(world) as guesser:
        guesser.eap("a@lab", USER)
        guesser.auth((EAP, eap_response(7, 43, b"x")))
    assert world.failed() == failed + 1
    assert not world.blocks()


def test_xauth_answers(world):
    """An answer of XAuth counts whatever it says it is, and for each name."""
    build.need_ikev1()
    world.set(g=rule("identity"))
    world.gw.load(world.pair("xauth", USER, RIGHT, None)[0])
    failed = world.failed()

    def login(kind, password, *users):
        with Ikev1Peer(world.raw, world.gw.host.v4, "client@lab", conns.SECRET,
                       xauth=True) as guesser:
            guesser.main_mode()
            return guesser.xauth(kind, *(
                (XAUTH_USER, user.encode()) for user in users),
                (XAUTH_PASSWORD, password.encode()))

    reply, request = 2, 1
    assert login(reply, RIGHT, USER)
    for kind, users in ((reply, (USER,)), (request, (USER,)),
                        (3, (USER, "nobody"))):
        assert not login(kind, WRONG, *users)
    assert world.failed() == failed + FAILURES
    assert [block["pattern"] for block in world.blocks()] == [USER]
    for kind in (reply, request, 3, 4):
        assert not login(kind, RIGHT, USER)
        assert not login(kind, RIGHT, "nobody", USER)
    assert world.failed() == failed + FAILURES
    world.gw.swanadv("block", "delete", f"id={USER}")
    assert login(4, RIGHT, USER)


def test_moved(world, address):
    """What counts is where the IKE_SA began, as the source of what follows may
    be forged."""
    victim = world.host.add_address().v4
    world.set(g=rule("address"))
    world.host.run("nft", "-f", "-", stdin=(
        "table ip nat {\n"
        "  chain post {\n"
        "    type nat hook postrouting priority srcnat\n"
        f"    ip saddr {address} udp sport 4500 snat to {victim}\n"
        "  }\n"
        "}\n"))
    try:
        mark = world.gw.log.mark()
        world.guess("psk", address=address)
        world.gw.log.expect(rf"received packet: from {victim}\[", since=mark)
    finally:
        world.host.run("nft", "delete", "table", "ip", "nat")
    assert [block["address"] for block in world.blocks()] == [address]
    assert world.login("psk", password=RIGHT, address=victim)


def test_own(world, address):
    """What gw itself doesn't know isn't a guess of its peer's."""
    world.set(g=rule(failures=1), address=rule("address", failures=1))
    failed = world.failed()
    for way, kind in (("psk", None), ("eap-md5", "EAP"), ("eap-md5", "IKE")):
        right, _, _ = world.pair(way, USER, RIGHT, None)
        _, config, name = world.pair(way, USER, WRONG, None)
        if kind == "IKE":
            # the peer's own is wrong then, which gw finds
            for secret in config.secrets:
                secret["data"] = RIGHT if secret["type"] == "EAP" else WRONG
        hosts = world.gw.host.v4, world.host.v4
        right.connections[way]["local_addrs"] = [hosts[1]]
        config.connections[name] |= {"local_addrs": [hosts[0]],
                                     "remote_addrs": [hosts[1]]}
        world.client.load(right)
        world.gw.load(config)
        assert not world.gw.vici.initiate(ike=name, timeout=8, must=False)
        world.client.vici.request("unload-conn", {"name": way})
    assert world.failed() == failed and not world.blocks()


def test_towards(world):
    """gw may connect to who is locked out, and is answered also if it has to
    begin again."""
    address = world.host.v4
    world.set(g=rule("address", failures=1))
    world.guess("eap-md5", 1)
    assert [block["address"] for block in world.blocks()] == [address]
    right, config = conns.psk_ikev2(address, world.gw.host.v4, name="out")
    config.connections["out"]["proposals"] = ["aes128-sha256-modp2048-ecp256"]
    world.client.load(right)
    world.gw.load(config)
    world.gw.vici.initiate(ike="out")
    world.gw.log.expect("peer didn't accept DH group|INVAL_KE")
    assert world.blocks()
    world.client.vici.request("unload-conn", {"name": "out"})


@pytest.mark.parametrize("version", (1, 2))
def test_first_packets(world, version):
    """What begins an IKE_SA is dropped, however it looks."""
    address = world.raw.v4
    world.set(g=rule("address", failures=1))
    world.gw.load(conns.psk_ikev1(world.gw.host.v4, address, USER, RIGHT)[0])
    with Ikev1Peer(world.raw, world.gw.host.v4, USER, WRONG) as peer:
        with pytest.raises(Ikev1Error):
            peer.main_mode()
    wait_until(lambda: [block["address"] for block in world.blocks()] == [
        address])
    world.gw.load(world.pair("psk", USER, RIGHT, address)[0])
    mark = world.gw.log.mark()

    def dropped():
        stats = world.gw.control.plugin("auth-policy", "stats")
        return int(stats["locked-out-packets"])

    before = dropped()
    message = Init().message
    if version == 1:
        message = message[:17] + b"\x10\x02\0" + message[20:]
    messages = [message, bytes(4) + message[4:], bytes(8) + message[8:]]
    for port, marker in ((500, b""), (4500, bytes(4))):
        with contextlib.closing(open_socket(world.raw, address,
                                            port)) as sock:
            for message in messages:
                sock.sendto(marker + message, (world.gw.host.v4, port))
    wait_until(lambda: dropped() == before + 2 * len(messages))
    # it says that it is an answer, to nothing
    with contextlib.closing(open_socket(world.raw, address, 500)) as sock:
        message = Init().message
        sock.sendto(message[:19] + b"\x28" + message[20:],
                    (world.gw.host.v4, 500))
    world.gw.log.refute(f"{address} is initiating", since=mark)
    world.gw.swanadv("block", "delete", f"address={address}")


@pytest.mark.parametrize("setup", (conns.cert, conns.eap_tls))
def test_certificates(world, address, tmp_path, setup):
    """They aren't guessed: none counts, and none is refused for a name that
    is locked out."""
    world.set(name=rule("identity", failures=1),
              address=rule("address", failures=2))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    pki, other = (Pki(tmp_path / name) for name in ("a", "b"))
    hosts = world.gw.host.v4, address
    gateway = pki.issue("gw.lab")
    failed = world.failed()
    for issuer in (other, other, pki):
        right, config = setup(*hosts, gateway, pki.issue(USER), name="cert")
        _, wrong = setup(*hosts, gateway, issuer.issue(USER), name="cert")
        world.gw.load(right)
        world.client.vici.request("clear-creds")
        if issuer is pki:
            world.guess("psk", 1, address=address)
            assert [block.get("pattern") for block in world.blocks()] == [USER]
            world.gw.vici.request("unload-conn", {"name": "psk"})
            world.client.vici.request("clear-creds")
        world.client.load(config if issuer is pki else wrong)
        assert world.client.vici.initiate(ike="cert", timeout=8,
                                          must=False) == (issuer is pki)
    assert world.failed() == failed + 1


@pytest.mark.parametrize("way", ("eap-md5", "psk", "xauth"))
def test_refused(world, way):
    """Who is refused though the password is right hasn't guessed."""
    world.set(g=rule(failures=1), address=rule("address", failures=1))
    failed = world.failed()
    here, there = (host.v4 for host in world.host.add_addresses(2))
    keep = {"gateway": {"unique": "keep"}}
    right, config, name = world.pair(way, USER, RIGHT, there, "kept", **keep)
    world.gw.load(right)
    world.client.load(config)
    world.client.vici.initiate(ike=name)
    assert not world.login(way, password=RIGHT, address=here, **keep)
    world.client.vici.terminate(ike=name)
    world.gw.swanadv("block", "add", f"id={USER}")
    assert not world.login(way, password=RIGHT, address=here)
    world.gw.swanadv("block", "delete", f"id={USER}")
    assert world.failed() == failed and not world.blocks()


def test_ppk(world, address):
    """The answer without a post-quantum key, which is in another payload."""
    world.set(g=rule())
    world.guess("psk", address=address)
    right, config, name = world.pair(
        "psk", USER, RIGHT, address,
        initiator={"ppk_id": "ppk@lab", "ppk_required": "no"})
    world.gw.load(right)
    # one of somebody else, so that it says it knows about them
    world.gw.load(secrets=[conns.secret("ppk", WRONG, "other@lab")])
    world.client.vici.request("clear-creds")
    world.client.load(config)
    world.client.load(secrets=[conns.secret("ppk", RIGHT, "ppk@lab")])
    mark = world.gw.log.mark()
    assert not world.client.vici.initiate(ike=name, timeout=8, must=False)
    world.gw.log.expect("using NO_PPK_AUTH notify", since=mark)
    world.gw.swanadv("block", "delete", f"id={USER}", f"address={address}")
    world.client.vici.initiate(ike=name)


def test_radius_down(world, address):
    """It isn't for a password that a server doesn't answer."""
    more = world.radius.plugin(retransmit_tries=1, retransmit_timeout=0.2)
    world.plugins = world.plugins | {"eap-radius": more}
    world.set(g=rule("address", failures=1))
    failed = world.failed()
    world.radius.pause()
    try:
        for way in ("eap-radius", "xauth-radius"):
            assert not world.login(way, password=RIGHT, address=address)
    finally:
        world.radius.resume()
    assert world.failed() == failed and not world.blocks()


def test_crowd(world):
    """Those who are about to log in when it begins are refused, too."""
    addresses = [world.host.add_address().v4] * 12
    world.set(g=rule("address"))
    pairs = [world.pair("psk", f"u{n}", WRONG, address)
             for n, address in enumerate(addresses)]
    world.gw.load(world.pair("psk", USER, RIGHT, addresses[0])[0])
    world.client.vici.request("clear-creds")
    for _, config, _ in pairs:
        world.client.load(config)
    names = [name for _, _, name in pairs]
    assert not any(world.client.vici.initiate_many(names).values())
    for name in names:
        world.client.vici.request("unload-conn", {"name": name})
    assert len(world.blocks()) == 1
    assert not world.login("psk", password=RIGHT, address=addresses[0])


def test_events(world, address):
    """Clients of control are told of each lockout."""
    world.set(g=rule())
    with world.gw.control.events("block") as events:
        world.guess("eap-md5", address=address)
        world.guess("eap-md5", 1, address=address)
        world.gw.swanadv("block", "delete", f"id={USER}", f"address={address}")
        found = [events.get(timeout=5)[1] for _ in range(3)]
    assert [message["type"] for message in found] == ["added", "refused",
                                                      "deleted"]
    assert {message["by"] for message in found} == {"lockout"}
    assert {message["pattern"] for message in found} == {USER}


def test_operator(world, address):
    """A lockout and an operator's block about the same are two, and go
    together."""
    world.set(g=rule("identity"))
    world.guess("eap-md5", address=address)
    world.gw.swanadv("block", "add", f"id={USER}", "note=mine")
    assert [block.get("note") for block in world.blocks()] == [
        "mine", "3 failed logins within 3600s"]
    assert "by=lockout" in str(world.gw.swanadv("explain", USER))
    world.gw.swanadv("block", "delete", f"id={USER}")
    assert not world.blocks()
    assert world.login("eap-md5", password=RIGHT, address=address)


def test_reload(world, address):
    """What other settings do to what was counted and to lockouts."""
    world.set(g=rule())
    world.guess("eap-md5", FAILURES - 1, address=address)
    # the same
    world.reload(g=rule(**{"for": "2h"}), other=rule("address", failures=100))
    world.guess("eap-md5", 1, address=address)
    block, = world.blocks()
    assert int(block["expires-in"]) > 3600
    # locked stays locked
    world.reload(g=rule(failures=2))
    assert not world.login("eap-md5", password=RIGHT, address=address)
    # an error leaves all as it was
    mark = world.gw.log.mark()
    world.reload(g=rule("nobody"))
    world.gw.log.expect(r"lockouts\.g\.by = .*keeping the previous settings",
                        since=mark)
    assert len(world.blocks()) == 1
    for more in ({"g": rule("identity")}, {"g": rule(failures=0)}, {}):
        world.set(g=rule())
        world.guess("eap-md5", address=address)
        assert len(world.blocks()) == 1
        world.reload(**more)
        assert not world.blocks()
        assert world.login("eap-md5", password=RIGHT, address=address)
    # nobody counts
    failed = world.failed()
    world.guess("eap-md5", address=address)
    assert world.failed() == failed and not world.blocks()


@pytest.mark.parametrize("end", ("restart", "kill"))
def test_restart(world, address, end):
    """Lockouts end with charon, however."""
    world.set(g=rule())
    world.guess("eap-md5", address=address)
    assert len(world.blocks()) == 1
    if end == "kill":
        world.gw.kill()
        world.gw.start()
    else:
        world.gw.restart()
    assert not world.blocks()
    assert world.login("eap-md5", password=RIGHT, address=address)
