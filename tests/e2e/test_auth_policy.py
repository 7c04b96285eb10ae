# SPDX-License-Identifier: GPL-2.0-or-later
"""auth-policy between real daemons, with a real PKI.

    10.1.0.0/24
    ----+----------+---------+----------+----------+----
        |          |         |          |          |
      stock     relaxed    ifuri      strict     alice     web
    (gateways, all but stock with auth-policy)  (client)  (CRLs, OCSP)

Each certificate status is a PKI of its own, whose CRL web serves. alice, who
has a certificate of each, logs in to each gateway in each way.
"""

import re
import time
from dataclasses import replace
from functools import partial

import pytest

from lab import Lab, Pki, build, conns
from lab.service import http_server, ocsp_responder
from lab.shell import run

# one topology for all tests
pytestmark = pytest.mark.xdist_group("auth-policy")

NOW = int(time.time())
DAY = 24 * 3600
GRACE = 2 * 3600
MODES = {
    "stock": None,
    "relaxed": {},
    "ifuri": {"revocation": "ifuri", "grace": GRACE},
    "strict": {"revocation": "strict", "grace": GRACE},
}
WAYS = {
    "IKEv2": conns.cert,
    "IKEv1": partial(conns.cert, version=1),
    "EAP-TLS": conns.eap_tls,
}
PLUGINS = ["revocation", "curl", "eap-tls"]
# a peer that fails in EAP-TLS leaves a half-open IKE_SA behind
UNPROTECTED = {"dos_protection": False}
CLIENT = {"install_routes": False, "reuse_ikesa": False}

# status of a certificate, and who accepts it: stock, relaxed, ifuri, strict
EXPECTED = {
    "fresh": "yes yes yes yes",
    "expired": "yes yes no no",
    "in grace": "yes yes yes yes",
    "missing": "yes yes yes no",
    "unreachable": "yes yes no no",
    "wrong signer": "yes yes no no",
    "wrong signer in grace": "yes yes no no",
    "delta": "yes yes yes yes",
    "delta revokes": "no no no no",
    "delta expired": "yes yes no no",
    "revoked": "no no no no",
    "on hold": "no no no no",
    "intermediate fresh": "yes yes yes yes",
    "intermediate expired": "yes yes no no",
    "intermediate in grace": "yes yes yes yes",
    "intermediate missing": "yes yes yes no",
    "intermediate revoked": "no no no no",
    "OCSP good": "yes yes yes yes",
    "OCSP revoked": "no no no no",
    "OCSP unreachable": "yes yes no no",
}


def dates(*offsets):
    """Times of the start from now and the end from now, as pki takes them."""
    stamps = [time.strftime("%d.%m.%y %T", time.localtime(NOW + offset))
              for offset in offsets]
    return "--this-update", stamps[0], "--next-update", stamps[1]


def logged(offset):
    """A time from now as it is logged, to match the start of a line."""
    return time.strftime("%b %d %H:%M:%S UTC %Y", time.gmtime(NOW + offset))


ISSUED = -3 * DAY
EXPIRED = dates(ISSUED, -DAY)
IN_GRACE = dates(ISSUED, -GRACE / 2)


class World:
    """PKIs, and the files that web serves."""

    def __init__(self, directory, web):
        self.dir = directory
        self.www = directory / "www"
        self.www.mkdir()
        self.web = web
        self.serial = 0
        self.files = {}
        self.missing = self.pki("missing")
        self.gateway = self.pki("gateway").issue("gw.lab")

    def pki(self, name, *args, **kwargs):
        self.serial += 1
        directory = self.dir / f"{self.serial}"
        directory.mkdir()
        return Pki(directory, f"{name} CA", *args, **kwargs)

    def uri(self, name):
        return f"http://{self.web.v4}/{name}"

    def serve(self, name, crl):
        """Have web serve a CRL."""
        (self.www / name).write_bytes(crl.read_bytes())

    def user(self, name, pki, uri=None):
        """alice's credential of a PKI, with the URI of its CRL."""
        self.serial += 1
        uri = uri or self.uri(f"{self.serial}.crl")
        identity = f"{name.replace(' ', '-')}@lab"
        self.files[name] = f"{self.serial}.crl"
        return pki.issue(identity, "--crl", uri), self.files[name]

    def with_crl(self, name, options=(), revoke=(), signer=None):
        """A credential whose CA's CRL was made with options."""
        pki = self.pki(name)
        credential, file = self.user(name, pki)
        if revoke:
            options = [*options, *revoke, "--cert", credential.path]
        self.serve(file, (signer or pki).crl(*options))
        return credential

    def with_delta(self, name, revoked=False, options=()):
        pki = self.pki(name)
        credential, file = self.user(name, pki)
        base = pki.crl("--crluri", self.uri(f"delta-{file}"))
        self.serve(file, base)
        revoke = ("--reason", "key-compromise", "--cert", credential.path)
        self.serve(f"delta-{file}", pki.crl("--basecrl", base, *options,
                                            *(revoke if revoked else ())))
        return credential

    def below(self, name, options=None, revoked=False):
        """A credential with a fresh CRL, of an intermediate CA whose root's
        CRL was made with options; None for no CRL and no URI."""
        root = self.pki(f"{name} root")
        self.serial += 1
        file = f"{self.serial}.crl"
        uri = () if options is None else ("--crl", self.uri(file))
        pki = self.pki(name, root, uri)
        if options is not None:
            if revoked:
                options = [*options, "--reason", "ca-compromise",
                           "--cert", pki.path]
            self.serve(file, root.crl(*options))
        credential, file = self.user(name, pki)
        self.serve(file, pki.crl())
        return credential

    def with_ocsp(self, name, port, status=None):
        """A credential of a CA with an OCSP responder, which knows it as V or
        R."""
        pki = self.pki(name)
        uri = f"http://{self.web.v4}:{port}"
        serial = f"{0x1000 + port:x}"
        credential = pki.issue(f"{name.replace(' ', '-')}@lab",
                               "--ocsp", uri, "--serial", serial)
        if status:
            index = self.dir / f"{port}.index"
            revoked = "251120100000Z" if status == "R" else ""
            index.write_text(f"{status}\t991231235959Z\t{revoked}\t"
                             f"{serial.upper()}\tunknown\t/O=lab\n")
            ocsp_responder(self.web, pki, index, port)
        return credential


def credentials(world):
    """The credential with each status."""
    compromise = ("--reason", "key-compromise")
    hold = ("--reason", "certificate-hold")
    return {
        "fresh": world.with_crl("fresh"),
        "expired": world.with_crl("expired", EXPIRED),
        "in grace": world.with_crl("in grace", IN_GRACE),
        "missing": world.missing.issue("missing@lab"),
        "unreachable": world.user("unreachable", world.pki("unreachable"),
                                  f"http://{world.web.v4}:1/crl")[0],
        "wrong signer": forged(world, "wrong signer"),
        "wrong signer in grace": forged(world, "wrong signer in grace",
                                         IN_GRACE),
        "delta": world.with_delta("delta"),
        "delta revokes": world.with_delta("delta revokes", revoked=True),
        "delta expired": world.with_delta("delta expired", options=IN_GRACE),
        "revoked": world.with_crl("revoked", revoke=compromise),
        "on hold": world.with_crl("on hold", revoke=hold),
        "intermediate fresh": world.below("intermediate fresh", ()),
        "intermediate expired": world.below("intermediate expired", EXPIRED),
        "intermediate in grace": world.below("intermediate in grace",
                                             IN_GRACE),
        "intermediate missing": world.below("intermediate missing"),
        "intermediate revoked": world.below("intermediate revoked", (), True),
        "OCSP good": world.with_ocsp("OCSP good", 8001, "V"),
        "OCSP revoked": world.with_ocsp("OCSP revoked", 8002, "R"),
        "OCSP unreachable": world.with_ocsp("OCSP unreachable", 8003),
    }


def forged(world, name, options=()):
    """A credential whose CRL another CA of the same name has signed."""
    real, fake = world.pki(name), world.pki(name)
    credential, file = world.user(name, real)
    world.serve(file, fake.crl(*options))
    return credential


def possible():
    """The ways that the host has."""
    return [way for way in WAYS if way != "IKEv1" or build.has_ikev1()]


class Proof:
    """The topology, and a PKI for each status."""

    def __init__(self, lab, directory):
        self.lab = lab
        self.net = lab.segment("10.1.0.0/24")
        self.web = lab.host("web", self.net)
        self.world = World(directory, self.web)
        self.http = http_server(self.web, self.world.www)
        self.credentials = credentials(self.world)
        self.alice = self.client("alice")
        for mode, settings in MODES.items():
            self.gateway(mode, settings)
            for way in possible():
                for status in EXPECTED:
                    self.connect(mode, way, status)

    def client(self, name, settings=None, **options):
        """A daemon with auth-policy if there are settings, and which can be
        any number of clients."""
        return self.daemon(name, settings, CLIENT, **options)

    def gateway(self, name, settings=None, conf=None, **options):
        """A gateway with auth-policy if there are settings."""
        return self.daemon(name, settings, UNPROTECTED | (conf or {}),
                           **options)

    def daemon(self, name, settings, conf, plugins=PLUGINS, **options):
        host = self.lab.host(name, self.net)
        plugins = {plugin: {} for plugin in plugins}
        if settings is not None:
            plugins["auth-policy"] = settings
        return host.charon(plugins=plugins, conf=conf, **options)

    def connect(self, where, way, status, **more):
        """Configure alice and a gateway for a login."""
        daemon = self.lab.daemons[where]
        gw, client = WAYS[way](
            daemon.host.v4, self.alice.host.v4, self.world.gateway,
            self.credentials[status], gw_name=way,
            name=self.name(where, way, status), **more)
        daemon.load(gw)
        self.alice.load(client)

    @staticmethod
    def name(gateway, way, status):
        return f"{gateway}-{way}-{status}".replace(" ", "-")

    def accepts(self, gateway, way, status):
        """Whether a gateway lets alice in."""
        name = self.name(gateway, way, status)
        up = self.alice.vici.initiate(ike=name, must=False)
        if up:
            self.alice.vici.terminate(ike=name)
        return up

    def log(self, gateway):
        return self.lab.daemons[gateway].log


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    with Lab() as lab:
        proof = Proof(lab, tmp_path_factory.mktemp("auth-policy"))
        yield proof
        # has nothing of ours, and with some 250 connections it takes a leak
        # checker more time than a daemon has to stop
        proof.alice.kill()


@pytest.fixture(autouse=True)
def stop_own_daemons(proof):
    """Have a test's own daemons stopped with it, and not all at the end."""
    before = set(proof.lab.daemons)
    yield
    for name in set(proof.lab.daemons) - before:
        proof.lab.daemons[name].stop()


@pytest.mark.parametrize("status", EXPECTED)
@pytest.mark.parametrize("way", WAYS)
def test_table(proof, record_property, status, way):
    if way not in possible():
        build.need_ikev1()
    row = {mode: "yes" if proof.accepts(mode, way, status) else "no"
           for mode in MODES}
    record_property("row", {"certificate": status, "login": way} | row)
    assert " ".join(row.values()) == EXPECTED[status]


def refused(proof, status, reason, tried, option, cert=None):
    """The line about a refused certificate, alice's if not cert."""
    cert = cert or proof.credentials[status].path
    text = run("openssl", "x509", "-in", cert, "-noout", "-serial", "-subject",
               "-issuer", "-nameopt", "oneline").stdout
    found = dict(line.split("=", 1) for line in text.splitlines())
    name = {key: found[key].replace(" = ", "=").strip()
            for key in ("subject", "issuer")}
    identity = proof.credentials[status].identity
    return re.escape(
        f"auth-policy: refused certificate \"{name['subject']}\" (serial "
        f"{found['serial'].lower()}, issued by \"{name['issuer']}\") of "
        f"'{identity}' at {proof.alice.host.v4}[4500] on connection 'IKEv2': "
        f"{reason}; tried cached CRLs{tried}{option}") + "$"


def test_refusals_explain(proof):
    """What a line about a refusal has to name, each exactly once."""
    web = f", http://{proof.web.v4}"
    expired = (f"revocation is strict and the CRL of {logged(ISSUED)} expired "
               f"{logged(-DAY)}")
    lines = {
        "expired": (expired, f"{web}/{proof.world.files['expired']}",
                    "; see auth-policy.grace"),
        "missing": ("revocation is strict and there is neither a CRL nor an "
                    "URI", "", "; see auth-policy.revocation"),
        "unreachable": ("revocation is strict and there is no CRL or OCSP "
                        "response", f"{web}:1/crl",
                        "; see auth-policy.revocation"),
        "wrong signer": (
            "revocation is strict and there is no CRL or OCSP response but a "
            "CRL that the issuer didn't sign",
            f"{web}/{proof.world.files['wrong signer']}",
            "; see auth-policy.revocation"),
        "OCSP unreachable": (
            "revocation is strict and there is no CRL or OCSP response",
            f", OCSP http://{proof.web.v4}:8003",
            "; see auth-policy.revocation"),
        "OCSP revoked": ("it is revoked, by OCSP",
                         f", OCSP http://{proof.web.v4}:8002", ""),
    }
    for status, (reason, tried, option) in lines.items():
        assert not proof.accepts("strict", "IKEv2", status)
        proof.log("strict").expect(refused(proof, status, reason, tried,
                                           option))


def test_revocations_explain(proof):
    """Since when, why, and by which CRL; relaxed is told as well."""
    date = r"\w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}"
    for status, reason in (("revoked", "key compromise"),
                           ("delta revokes", "key compromise"),
                           ("on hold", "certificate hold"),
                           ("intermediate revoked", "ca compromise")):
        assert not proof.accepts("relaxed", "IKEv2", status)
        identity = proof.credentials[status].identity
        proof.log("relaxed").expect(
            rf"auth-policy: refused certificate \"O=lab, CN=(intermediate "
            rf"revoked CA|{identity})\" \(serial [0-9a-f]+, issued by "
            rf"\"O=lab, CN={status} (root )?CA\"\) of '{identity}' at .* on "
            rf"connection 'IKEv2': it is revoked since {date} \({reason}\), "
            rf"by the CRL of {date}, valid until {date}; tried cached CRLs, "
            r"http://")


def test_grace_is_logged(proof):
    assert proof.accepts("strict", "IKEv2", "in grace")
    proof.log("strict").expect(
        r"auth-policy: accepted certificate \"O=lab, CN=in-grace@lab\" "
        r"\(serial \w+, issued by \"O=lab, CN=in grace CA\"\) of "
        rf"'in-grace@lab' at .* on connection 'IKEv2' by grace: the CRL of "
        rf"{logged(ISSUED)} expired {logged(-GRACE / 2)}, it is good until "
        rf"{logged(GRACE / 2)}; tried cached CRLs, http://.*; see "
        r"auth-policy.grace$")


def test_rules(proof):
    """By CA, identity and connection; the first that matches applies."""
    proof.gateway("rules", {"revocation": "strict", "rules": {
        "partners": {"cas": "'O=lab, CN=missing CA'", "revocation": "ifuri"},
        "deep": {"cas": "'O=lab, CN=intermediate expired root CA'",
                 "grace": "2d"},
        "one": {"ids": "unreachable@*", "revocation": "relaxed"},
        "old": {"connections": "IKEv1", "grace": GRACE},
    }})
    expected = {
        "missing": "yes yes yes",
        "unreachable": "yes yes yes",
        "expired": "no no no",
        "in grace": "no yes no",
        "intermediate expired": "yes yes yes",
        "intermediate missing": "no no no",
    }
    for status, row in expected.items():
        for way, answer in zip(WAYS, row.split()):
            if way not in possible():
                continue
            proof.connect("rules", way, status)
            up = proof.accepts("rules", way, status)
            assert (status, way, up) == (status, way, answer == "yes")
    log = proof.log("rules")
    if "IKEv1" in possible():
        log.expect("on connection 'IKEv1' by grace: .*; see "
                   "auth-policy.rules.old.grace")
    log.expect("expired@lab.*see auth-policy.grace")


def test_counters_and_reload(proof):
    """Totals are exact; invalid settings change nothing."""
    daemon = proof.gateway("counts", {"revocation": "strict"})
    statuses = ["fresh", "expired", "expired", "expired", "missing", "revoked",
                "on hold", "intermediate fresh"]
    for status in statuses:
        proof.connect("counts", "IKEv2", status)
    logins = [proof.accepts("counts", "IKEv2", status) for status in statuses]
    assert logins == [True, False, False, False, False, False, False, True]
    # a peer doesn't get to write a line each time
    assert 0 < daemon.log.count("refused certificate .O=lab, CN=expired") < 3
    plugins = {name: {} for name in PLUGINS}
    daemon.log.expect(r"on-hold@lab.*\(certificate hold\)")
    daemon.reload(plugins=plugins | {
        "auth-policy": {"revocation": "relaxed"}})
    daemon.log.expect(
        "auth-policy: certificates: 3 accepted, 0 by grace, 6 refused; 3 good, "
        "1 without CRL or URI, 3 stale, 0 not available, 0 unchecked, 1 on "
        "hold, 1 revoked$")
    assert proof.accepts("counts", "IKEv2", "expired")
    daemon.reload(plugins=plugins | {"auth-policy": {"revocation": "strict"}})
    daemon.reload(plugins=plugins | {"auth-policy": {
        "revocation": "lax", "grace": 5}})
    daemon.log.expect('auth-policy: revocation = "lax": expected one of '
                      "relaxed, ifuri, strict; keeping the previous settings")
    assert not proof.accepts("counts", "IKEv2", "expired")


def test_control(proof):
    """Refusals as events, and counters."""
    daemon = proof.gateway("seen", {"revocation": "strict"},
                           plugins=[*PLUGINS, "control"])
    for status in ("fresh", "expired", "revoked"):
        proof.connect("seen", "IKEv2", status)
    with daemon.control.events("revocation") as events:
        assert not proof.accepts("seen", "IKEv2", "expired")
        event = events.get(timeout=5)[1]
        assert (event["result"], event["revocation"]) == ("stale", "strict")
        assert event["subject"].startswith("O=lab, CN=expired")
        assert event["id"] == proof.credentials["expired"].identity
        assert event["connection"] == "IKEv2" and event["port"] == "4500"
        assert event["host"] and int(event["uniqueid"])
        assert event["reason"].startswith("the CRL of ")
        assert event["tried"].startswith(
            f"cached CRLs, http://{proof.web.v4}/")
        assert "rule" not in event
        assert not proof.accepts("seen", "IKEv2", "revoked")
        event = events.get(timeout=5)[1]
        assert event["result"] == "revoked" and "revocation" not in event
    assert proof.accepts("seen", "IKEv2", "fresh")
    status = daemon.control.plugin("auth-policy")
    assert (status["revocation"], status["refused"], status["warnings"]) == (
        "strict", "2", [])
    stats = daemon.control.plugin("auth-policy", "stats")
    assert (stats["accepted"], stats["by-grace"], stats["refused"]) == (
        "1", "0", "2")
    assert (stats["results"]["good"], stats["results"]["stale"],
            stats["results"]["revoked"]) == ("1", "1", "1")


def test_stricter_connection(proof):
    """A connection's own option stays in force, and knows no grace."""
    proof.gateway("own", {"revocation": "ifuri", "grace": GRACE})
    own = {"remote": {"revocation": "strict"}}
    for status, expected in (("fresh", True), ("in grace", False),
                             ("missing", False)):
        proof.connect("own", "IKEv2", status, gateway=own)
        assert proof.accepts("own", "IKEv2", status) == expected
    proof.log("own").expect("constraint check failed")


def test_configured_uris(proof):
    """A CRL from where swanctl's authorities section says."""
    daemon = proof.gateway("authority", {"revocation": "strict"})
    proof.connect("authority", "IKEv2", "missing")
    pki = proof.world.missing
    expired = pki.crl(*EXPIRED)
    proof.world.serve("configured.crl", expired)
    daemon.vici.request("load-authority", {"missing": {
        "cacert": pki.cert, "crl_uris": [proof.world.uri("configured.crl")]}})
    assert not proof.accepts("authority", "IKEv2", "missing")
    daemon.log.expect(f"expired {logged(-DAY)}; tried cached CRLs, "
                      f"{proof.world.uri('configured.crl')}; see")
    proof.world.serve("configured.crl", pki.crl("--lastcrl", expired))
    assert proof.accepts("authority", "IKEv2", "missing")


def test_nobody_checks(proof):
    """Fails closed without the plugin revocation, and says so at the start."""
    proof.gateway("blind", {"revocation": "ifuri"},
                  plugins=["curl", "eap-tls"])
    proof.log("blind").expect(
        "auth-policy: plugin revocation isn't loaded, so all certificates that "
        "need a known status will be refused; set revocation.load = yes")
    for status, expected in (("fresh", False), ("missing", True)):
        proof.connect("blind", "IKEv2", status)
        assert proof.accepts("blind", "IKEv2", status) == expected
    proof.log("blind").expect("revocation is ifuri and nobody checked it: .*; "
                              "tried none of cached CRLs, http://.*; see "
                              "auth-policy.revocation")


def test_overlooked(proof):
    """What charon leaves out: it ignores loaded CRLs without key identifier,
    and what is disabled. Stock lets such peers in."""
    def settings(revocation, **more):
        plugins = {name: {} for name in PLUGINS} | {"revocation": more}
        daemon.reload(plugins=plugins | {
            "auth-policy": {"revocation": revocation}})

    daemon = proof.gateway("overlooked", {"revocation": "ifuri"})
    for where in ("overlooked", "stock"):
        for status in ("missing", "unreachable", "OCSP unreachable"):
            proof.connect(where, "IKEv2", status)
    assert proof.accepts("overlooked", "IKEv2", "missing")
    credential = proof.credentials["missing"]
    for revoked, reason in (
            ((), "revocation is ifuri and nobody looked at the CRL of .*: it "
             "has no key identifier, .*; tried none of cached CRLs; see "
             "auth-policy.revocation$"),
            ([credential], "it is revoked since .*, by the CRL of ")):
        crl = {"type": "X509_CRL", "flag": "NONE",
               "data": proof.world.missing.bare_crl(revoked)}
        for name in ("overlooked", "stock"):
            proof.lab.daemons[name].vici.request("load-cert", crl)
        assert proof.accepts("stock", "IKEv2", "missing")
        assert not proof.accepts("overlooked", "IKEv2", "missing")
        daemon.log.expect(f"refused certificate .*missing@lab.*: {reason}")
    settings("relaxed")
    assert not proof.accepts("overlooked", "IKEv2", "missing")
    for option, status in (("enable_crl", "unreachable"),
                           ("enable_ocsp", "OCSP unreachable")):
        settings("ifuri", **{option: False})
        assert not proof.accepts("overlooked", "IKEv2", status)
        daemon.log.expect(
            f"{proof.credentials[status].identity}.*nobody checked it: .* or "
            "has enable_crl or enable_ocsp off; tried none of cached CRLs, ")


def test_future_crl(proof):
    """The clock of the CA is ahead, or ours is behind."""
    proof.credentials["future"] = proof.world.with_crl(
        "future", dates(DAY, 2 * DAY))
    proof.connect("strict", "IKEv2", "future")
    assert not proof.accepts("strict", "IKEv2", "future")
    proof.log("strict").expect(
        "future@lab.*there is no CRL or OCSP response but the CRL of "
        f"{logged(DAY)}, which isn't valid yet or has no key identifier; "
        "tried .*; see auth-policy.revocation$")


def test_without_cache(proof):
    """The dates of a CRL that expired are known without charon's cache."""
    proof.gateway("uncached", {"revocation": "strict", "grace": GRACE},
                  {"cert_cache": False})
    for status, expected in (("in grace", True), ("expired", False)):
        proof.connect("uncached", "IKEv2", status)
        assert proof.accepts("uncached", "IKEv2", status) == expected


RSA = ("rsa", 2048)


def test_rsa(proof):
    """IKEv1 with RSA signatures."""
    pki = proof.world.pki("RSA", key=RSA)
    credential, file = proof.world.user("RSA", pki)
    expired = pki.crl(*EXPIRED)
    proof.world.serve(file, expired)
    gateway = proof.gateway("rsa", {"revocation": "strict"})
    gw, client = conns.cert(gateway.host.v4, proof.alice.host.v4,
                            pki.issue("rsa.lab"), credential, version=1,
                            name="rsa")
    gateway.load(gw)
    proof.alice.load(client)
    assert not proof.alice.vici.initiate(ike="rsa", must=False)
    gateway.log.expect('auth-policy: refused certificate "O=lab, CN=RSA@lab"')
    proof.world.serve(file, pki.crl("--lastcrl", expired))
    proof.alice.vici.initiate(ike="rsa")


class Gateway:
    """A gateway whose certificate has a CRL, and a client with auth-policy
    and a CHILD_SA."""

    def __init__(self, proof, name, setup=conns.cert, conf=None,
                 key=("ecdsa", 256), **more):
        self.pki = proof.world.pki(name, key=key)
        credential, self.file = proof.world.user(name, self.pki)
        self.world = proof.world
        self.crl = self.pki.crl()
        self.world.serve(self.file, self.crl)
        self.daemon = proof.gateway(f"gw-{name}", libipsec=True)
        self.client = proof.client(f"client-{name}", {"revocation": "strict"},
                                   libipsec=True)
        self.client.reload(conf=CLIENT | (conf or {}))
        gw, client = setup(
            self.daemon.host.v4, self.client.host.v4, credential,
            proof.world.missing.issue("client@lab"), name="net",
            child=("10.9.0.1/32", "10.9.0.2/32"), **more)
        self.daemon.load(gw)
        self.client.load(client)
        for host, address in ((self.daemon.host, 1), (self.client.host, 2)):
            host.ip(f"address add 10.9.0.{address}/32 dev lo")

    def expire(self):
        """The CRL expires, and the client has no other."""
        self.world.serve(self.file, self.pki.crl("--lastcrl", self.crl,
                                                 *EXPIRED))
        self.client.vici.request("flush-certs", {"type": "X509_CRL"})

    def reauthenticate(self):
        self.client.vici.request("rekey", {"ike": "net", "reauth": True})


REFUSED_GATEWAY = (r'auth-policy: refused certificate "O=lab, CN={}@lab" .* '
                   r"revocation is strict and the CRL of .* expired")


def test_reauthentication(proof):
    """A client judges its gateway; also with flush_auth_cfg, each time."""
    gateway = Gateway(proof, "reauth", conf={"flush_auth_cfg": True})
    gateway.client.vici.initiate(child="net")
    gateway.reauthenticate()
    gateway.client.log.expect(r"IKE_SA net\[2\] established")
    gateway.client.vici.expect_sas(1, up=True)
    gateway.expire()
    gateway.reauthenticate()
    gateway.client.log.expect(REFUSED_GATEWAY.format("reauth"))
    gateway.client.vici.expect_sas(0, up=True)


@pytest.mark.parametrize("flush", [False, True])
def test_make_before_break(proof, flush):
    """The check that is deferred until the new IKE_SA is up is judged, too."""
    name = "flushed" if flush else "deferred"
    gateway = Gateway(proof, name, conf={"make_before_break": True,
                                         "flush_auth_cfg": flush})
    gateway.client.vici.initiate(child="net")
    gateway.reauthenticate()
    gateway.client.log.expect("peer certificate successfully verified")
    gateway.client.vici.expect_sas(1, up=True)
    gateway.expire()
    mark = gateway.client.log.mark()
    gateway.reauthenticate()
    gateway.client.log.expect(REFUSED_GATEWAY.format(name), since=mark)
    gateway.client.log.expect("peer certificate verification failed, deleting",
                              since=mark)


def test_hybrid(proof):
    """IKEv1 hybrid authentication: the gateway alone has a certificate."""
    def setup(gw, client, gw_credential, _, name, **more):
        login = [conns.secret("XAUTH", "lab-password", "user@lab")]
        pair = conns.cert(gw, client, gw_credential,
                          proof.world.missing.issue("client@lab"), version=1,
                          name=name, **more)
        xauth = ({"auth": "xauth-generic", "id": "%any"},
                 {"auth": "xauth", "xauth_id": "user@lab", "id": "client@lab"})
        pair[0].connections[name]["remote"] = xauth[0]
        pair[1].connections[name]["local"] = xauth[1]
        return tuple(side | conns.Config(secrets=login) for side in pair)

    gateway = Gateway(proof, "hybrid", setup, key=RSA)
    # not at once, as a gateway ignores what overtakes the end of the login
    gateway.client.vici.initiate(ike="net")
    gateway.daemon.vici.expect_sas(1, up=True)
    gateway.client.vici.initiate(child="net")
    sa, = gateway.client.vici.list_sas(up=True)
    assert sa.version == 1
    gateway.client.vici.terminate(ike="net")
    gateway.expire()
    assert not gateway.client.vici.initiate(child="net", must=False)
    gateway.client.log.expect(REFUSED_GATEWAY.format("hybrid"))


def test_eap_only(proof):
    """A gateway that has no other certificate than the one in EAP-TLS."""
    def setup(*args, **kwargs):
        pair = conns.eap_tls(*args, **kwargs)
        pair[0].connections["net"]["local"]["auth"] = "eap-tls"
        pair[1].connections["net"]["remote"]["auth"] = "eap-tls"
        return pair

    gateway = Gateway(proof, "eap-only", setup)
    gateway.client.vici.initiate(child="net")
    gateway.client.vici.terminate(ike="net")
    gateway.expire()
    assert not gateway.client.vici.initiate(child="net", must=False)
    gateway.client.log.expect(REFUSED_GATEWAY.format("eap-only"))


def test_installed_certificates(proof, tmp_path):
    """Trusted for their own sake: nobody could revoke a self-signed one, of
    another it isn't known."""
    daemon = proof.gateway("installed", {"revocation": "strict"})
    own = Pki(tmp_path, "own")
    users = {"self-signed": (own.self_signed("self-signed@lab"), True),
             "issued": (own.issue("issued@lab"), False)}
    for name, (credential, accepted) in users.items():
        gw, client = conns.cert(
            daemon.host.v4, proof.alice.host.v4, proof.world.gateway,
            credential, name=f"installed-{name}",
            gateway={"remote": {"certs": [credential.cert],
                                "id": credential.identity}})
        daemon.load(replace(gw, cas=[]))
        proof.alice.load(client)
        up = proof.alice.vici.initiate(ike=f"installed-{name}", must=False)
        assert (name, up) == (name, accepted)
    daemon.log.expect("revocation is strict and nobody checked it: its issuer "
                      "isn't known, .*; tried nothing; see "
                      "auth-policy.revocation")
