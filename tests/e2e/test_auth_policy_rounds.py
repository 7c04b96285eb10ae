# SPDX-License-Identifier: GPL-2.0-or-later
"""auth-policy: when a peer is refused, what it has learned by then, and that no
name of its own choice gets it around that.

    10.1.0.0/24
    ----+----------+---------+--------+---------+----
        |          |         |        |         |
     gateway    strict    careful   stock     user
    (gateways)           (clients)

strict and careful have auth-policy with revocation = strict, stock has
connections with revocation = strict; no certificate has a CRL or an URI.
"""

from dataclasses import replace

import pytest

from lab import Lab, Pki, build, conns

pytestmark = pytest.mark.xdist_group("auth-policy-rounds")

PLUGINS = {name: {} for name in ("revocation", "eap-tls")} | {
    "eap-ttls": {"phase2_method": "mschapv2"}}
STRICT = PLUGINS | {"auth-policy": {"revocation": "strict"}, "control": {}}
# peers that fail in EAP leave half-open IKE_SAs behind
CONF = {"dos_protection": False, "reuse_ikesa": False}
USER, PASSWORD = "user@lab", "lab-password"

# who shows or demands what: the gateway's rounds, then the client's
CERT, PSK, XAUTH = "pubkey", "psk", "xauth"
TLS, TTLS, MSCHAP = "eap-tls", "eap-ttls", "eap-mschapv2"
WAYS = {
    "IKEv2 PSK": (2, [PSK], [PSK]),
    "IKEv2 cert": (2, [CERT], [CERT]),
    "IKEv1 cert": (1, [CERT], [CERT]),
    "EAP-TLS": (2, [CERT], [TLS]),
    "EAP-TLS alone": (2, [TLS], [TLS]),
    "EAP-MSCHAPv2": (2, [CERT], [MSCHAP]),
    "EAP-TTLS": (2, [CERT], [TTLS]),
    "EAP-TTLS alone": (2, [TTLS], [TTLS]),
    "cert, then EAP": (2, [CERT], [CERT, MSCHAP]),
    "IKEv1 hybrid": (1, [CERT], [XAUTH]),
    "IKEv1 hybrid aggressive": (1, [CERT], [XAUTH]),
    "IKEv1 cert and XAuth": (1, [CERT], [CERT, XAUTH]),
}
# of several rounds, the second by password
ROUNDS = ["cert, then EAP", "IKEv1 cert and XAuth"]

# what a gateway's log tells about a client
FACTS = {
    "certificate": r"received (end entity cert|TLS client certificate).*"
                   "client@lab",
    "user": f"received EAP identity '{USER}'|XAuth authentication of '{USER}'",
    "password": "EAP method EAP_(MSCHAPV2|TTLS) succeeded|"
                "XAuth authentication of .* successful",
}

# what a gateway may get to know before the client refuses it. It is a rule of
# the protocol that an initiator authenticates first, and that nobody
# authenticates before EAP where the gateway does so within
LEARNED = {
    "IKEv2 cert": {"certificate"},
    "IKEv1 cert": {"certificate"},
    "EAP-TTLS alone": {"user"},
    "cert, then EAP": {"certificate"},
    "IKEv1 cert and XAuth": {"certificate"},
}

# the same of a client before the gateway refuses it: was it asked for its
# password, and did it get to know whether that is right?
CLIENT_FACTS = {
    "asked": "server requested EAP_MSCHAPV2|parsed TRANSACTION request .*"
             "CPRQ.X_",
    "right": r"EAP method EAP_MSCHAPV2 succeeded|"
             r"XAuth authentication of .* \(myself\) successful",
}


class World:
    def __init__(self, lab, directory):
        self.lab = lab
        net = lab.segment("10.1.0.0/24")
        for name, plugins in (("gateway", PLUGINS), ("strict", STRICT),
                              ("careful", STRICT), ("stock", PLUGINS),
                              ("user", PLUGINS)):
            daemon = lab.host(name, net).charon(plugins=plugins, conf=CONF)
            setattr(self, name, daemon)
        # of RSA, as hybrid authentication knows no other
        self.pki = Pki(directory, "missing CA", key=("rsa", 2048))

    def credential(self, name):
        return self.pki.issue(name)

    def side(self, daemon, other, way, local, remote, names, **more):
        """Load one side's connection."""
        version, *_ = WAYS[way]
        if version == 1:
            build.need_ikev1()
        own, peer = names
        conn = {"version": version, "remote_addrs": [other.host.v4],
                "proposals": ["aes128-sha256-ecp256"],
                "aggressive": "aggressive" in way}
        if version == 2:
            conn["childless"] = "force"
        for number, auth in enumerate(local):
            conn[f"local-{number}"] = self.round(number, auth, own, True)
        for number, auth in enumerate(remote):
            conn[f"remote-{number}"] = self.round(number, auth, peer, False)
            conn[f"remote-{number}"] |= more if number == 0 else {}
        if PSK not in (*local, *remote):
            daemon.load(cas=[self.pki.cert])
        if {CERT, TLS, TTLS} & {*local}:
            daemon.load(keys=[self.credential(own).key])
        daemon.load(conns.Config({way: conn}, [
            conns.secret("EAP", PASSWORD, USER),
            conns.secret("XAUTH", PASSWORD, USER),
            conns.secret("IKE", conns.SECRET, "gw.lab", "client@lab")]))

    def round(self, number, auth, name, local):
        """A round of authentication in a connection."""
        options = {"round": number + 1, "auth": auth, "id": name}
        if auth == XAUTH:
            # its peer's identity is the user
            options |= {"auth": "xauth", "xauth_id": USER} if local else {
                "auth": "xauth-generic", "id": None}
        elif auth in (TTLS, MSCHAP) or auth == TLS and name == "client@lab":
            options["eap_id"] = USER if local and auth != TLS else None
            if not local and name == "client@lab":
                options["eap_id"] = "%any"
        if local and (auth in (CERT, TLS) or auth == TTLS and name == "gw.lab"):
            options["certs"] = [self.credential(name).cert]
        return {key: value for key, value in options.items() if value}

    def dial(self, client, gateway, way, facts, on, **more):
        """Initiate; whether it is up, and what daemon `on` learned of it."""
        _, server, user = WAYS[way]
        names = "gw.lab", "client@lab"
        self.side(gateway, client, way, server, user, names)
        self.side(client, gateway, way, user, server, names[::-1], **more)
        mark = on.log.mark()
        up = client.vici.initiate(ike=way, must=False)
        learned = {fact for fact, regex in facts.items()
                   if on.log.count(regex, mark)}
        if up:
            client.vici.terminate(ike=way)
        for daemon in (client, gateway):
            daemon.vici.request("unload-conn", {"name": way})
        return up, learned


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Lab() as lab:
        yield World(lab, tmp_path_factory.mktemp("rounds"))


def refused(daemon):
    """How many certificates auth-policy has refused."""
    return int(daemon.control.plugin("auth-policy")["refused"])


@pytest.mark.parametrize("way", WAYS)
def test_gateway_is_refused(world, way):
    """A client tells a gateway nothing it need not before it refuses it; no
    more than one does whose connection has revocation = strict."""
    before = refused(world.careful)
    up, learned = world.dial(world.careful, world.gateway, way, FACTS,
                             world.gateway)
    if way == "IKEv2 PSK":
        assert up
        return
    assert (up, learned) == (False, LEARNED.get(way, set()))
    assert refused(world.careful) == before + 1
    world.careful.log.expect(
        'auth-policy: refused certificate "O=lab, CN=gw.lab" .* revocation is '
        "strict and there is neither a CRL nor an URI")
    # with EAP alone, stock knows of no certificate to demand something of
    if "alone" not in way:
        up, stock = world.dial(world.stock, world.gateway, way, FACTS,
                               world.gateway, revocation="strict")
        assert not up and learned <= stock


@pytest.mark.parametrize("way", WAYS)
def test_client_is_refused(world, way):
    """A gateway neither asks a client for its password nor tells whether it is
    right before it refuses its certificate."""
    up, learned = world.dial(world.user, world.strict, way, CLIENT_FACTS,
                             world.user)
    shows = {CERT, TLS} & {*WAYS[way][2]}
    assert up == (not shows)
    assert not shows or not learned


def test_later_rule(world):
    """A client isn't refused in the first round if a rule by its EAP identity
    may yet let it in."""
    plugins = STRICT | {"auth-policy": {"revocation": "strict", "rules": {
        "user": {"ids": USER, "revocation": "relaxed"}}}}
    world.strict.reload(plugins=plugins)
    for way in ROUNDS if build.has_ikev1() else ROUNDS[:1]:
        assert world.dial(world.user, world.strict, way, {}, world.user)[0]
    world.strict.reload(plugins=STRICT)


@pytest.mark.parametrize("way", ROUNDS)
def test_good(world, way):
    """A certificate that is good lets its owner in, in whichever round it is
    shown, and counts once."""
    if WAYS[way][0] == 1:
        build.need_ikev1()

    def accepted():
        stats = world.strict.control.plugin("auth-policy", "stats")
        return int(stats["accepted"])

    crl = world.pki.crl().read_text()
    world.strict.vici.request("load-cert", {
        "type": "X509_CRL", "flag": "NONE", "data": crl})
    before = accepted()
    assert world.dial(world.user, world.strict, way, {}, world.user)[0]
    assert accepted() == before + 1
    world.strict.vici.request("clear-creds")


@pytest.fixture
def named(world):
    """Log in to strict, or from careful, with one of a certificate's names;
    whether that is accepted."""
    def dial(rules, name, names=("laptop.lab", USER), setup=conns.cert,
             client=world.user, default="relaxed", **more):
        gateway = world.strict if client is world.user else world.gateway
        daemon = world.strict if client is world.user else client
        daemon.reload(plugins=STRICT | {"auth-policy": {
            "revocation": default, "rules": rules}})
        first, *others = names
        san = [word for other in others for word in ("--san", other)]
        credential = world.pki.issue(first, *san)
        host = world.credential("host.lab")
        pair = (host, replace(credential, identity=name))
        sides = setup(gateway.host.v4, client.host.v4,
                      *(pair if client is world.user else pair[::-1]),
                      name="named", **more)
        gateway.load(sides[0])
        client.load(sides[1])
        up = client.vici.initiate(ike="named", must=False)
        if up:
            client.vici.terminate(ike="named")
        for peer in (gateway, client):
            peer.vici.request("unload-conn", {"name": "named"})
            peer.vici.request("clear-creds")
        return up

    yield dial
    for daemon in (world.strict, world.careful):
        daemon.reload(plugins=STRICT)


STAFF = {"staff": {"ids": "*@lab", "revocation": "strict"}}
DN = "O=lab, CN=laptop.lab"


@pytest.mark.parametrize("setup, more", [
    (conns.cert, {}), (conns.cert, {"version": 1}), (conns.eap_tls, {})])
def test_stricter_rule_by_any_name(named, setup, more):
    """Whichever of its names a peer picks, a rule by another one that refuses
    it applies."""
    more = {"setup": setup, **more}
    assert not named(STAFF, USER, **more)
    assert not named(STAFF, "laptop.lab", **more)
    assert not named(STAFF, DN, **more)
    assert not named({"staff": {"ids": f"'{DN.upper()}'",
                                "revocation": "strict"}}, USER, **more)
    assert named(STAFF, "host.lab", ["host.lab"], **more)


def test_stricter_rule_for_gateways(world, named):
    assert not named(STAFF, "laptop.lab", client=world.careful)
    assert named(STAFF, "host.lab", ["host.lab"], client=world.careful)


def test_looser_rule_by_one_name(named):
    """A rule that accepts applies to the name that was authenticated, below
    the CAs it has, and unless one before it refuses another name."""
    def rule(**more):
        return {"host": {"ids": "laptop.lab", "revocation": "relaxed", **more}}

    def accepts(rules, name):
        return named(rules, name, default="strict")

    assert accepts(rule(), "laptop.lab")
    assert not accepts(rule(), USER)
    assert not accepts(rule(), DN)
    assert accepts(rule(cas="'O=lab, CN=missing CA'"), "laptop.lab")
    assert not accepts(rule(cas="'O=other*'"), "laptop.lab")
    assert not accepts(STAFF | rule(), "laptop.lab")
    assert accepts(rule() | STAFF, "laptop.lab")


def test_revoked_is_told(world):
    """Though the same certificate was refused for another reason just now."""
    way = "IKEv2 cert"
    revoke = ("--reason", "key-compromise",
              "--cert", world.credential("client@lab").path)
    mark = world.strict.log.mark()
    assert not world.dial(world.user, world.strict, way, {}, world.user)[0]
    world.strict.vici.request("load-cert", {
        "type": "X509_CRL", "flag": "NONE",
        "data": world.pki.crl(*revoke).read_text()})
    assert not world.dial(world.user, world.strict, way, {}, world.user)[0]
    world.strict.vici.request("clear-creds")
    world.strict.log.expect(
        'auth-policy: refused certificate "O=lab, CN=client@lab" .*: it is '
        r"revoked since .* \(key compromise\)", since=mark)
