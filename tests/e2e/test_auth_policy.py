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

import time
from functools import partial

import pytest

from lab import Lab, Pki, conns
from lab.service import http_server, ocsp_responder

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


def stamp(offset):
    """A time from now, as pki takes it."""
    return time.strftime("%d.%m.%y %T", time.localtime(time.time() + offset))


def dates(this_update, next_update):
    return ("--this-update", stamp(this_update),
            "--next-update", stamp(next_update))


EXPIRED = dates(-3 * DAY, -DAY)
IN_GRACE = dates(-3 * DAY, -GRACE / 2)


class World:
    """PKIs, and the files that web serves."""

    def __init__(self, directory, web):
        self.dir = directory
        self.www = directory / "www"
        self.www.mkdir()
        self.web = web
        self.serial = 0
        self.gateway = self.pki("gateway").issue("gw.lab")

    def pki(self, name, parent=None, issue=()):
        self.serial += 1
        directory = self.dir / f"{self.serial}"
        directory.mkdir()
        return Pki(directory, f"{name} CA", parent, issue)

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
        return pki.issue(identity, "--crl", uri), f"{self.serial}.crl"

    def with_crl(self, name, options=(), revoke=(), signer=None):
        """A credential whose CA's CRL was made with options."""
        pki = self.pki(name)
        credential, file = self.user(name, pki)
        if revoke:
            options = [*options, *revoke, "--cert", credential.path]
        self.serve(file, (signer or pki).crl(*options))
        return credential

    def with_delta(self, name, revoked):
        pki = self.pki(name)
        credential, file = self.user(name, pki)
        base = pki.crl("--crluri", self.uri(f"delta-{file}"))
        self.serve(file, base)
        revoke = ("--reason", "key-compromise", "--cert", credential.path)
        self.serve(f"delta-{file}", pki.crl("--basecrl", base,
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
    missing = world.pki("missing")
    compromise = ("--reason", "key-compromise")
    hold = ("--reason", "certificate-hold")
    return {
        "fresh": world.with_crl("fresh"),
        "expired": world.with_crl("expired", EXPIRED),
        "in grace": world.with_crl("in grace", IN_GRACE),
        "missing": missing.issue("missing@lab"),
        "unreachable": world.user("unreachable", world.pki("unreachable"),
                                  f"http://{world.web.v4}:1/crl")[0],
        "wrong signer": forged(world, "wrong signer"),
        "wrong signer in grace": forged(world, "wrong signer in grace",
                                         IN_GRACE),
        "delta": world.with_delta("delta", False),
        "delta revokes": world.with_delta("delta revokes", True),
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


class Proof:
    """The table's topology, and what it found out."""

    def __init__(self, lab, directory):
        net = lab.segment("10.1.0.0/24")
        self.web = lab.host("web", net)
        self.world = World(directory, self.web)
        self.http = http_server(self.web, self.world.www)
        self.credentials = credentials(self.world)
        self.gateways = {}
        alice = lab.host("alice", net)
        self.alice = alice.charon(plugins=["eap-tls"],
                                  conf=conns.MANY_CLIENTS)
        for mode, settings in MODES.items():
            host = lab.host(mode, net)
            plugins = {name: {} for name in PLUGINS}
            if settings is not None:
                plugins["auth-policy"] = settings
            self.gateways[mode] = host.charon(plugins=plugins,
                                              conf=UNPROTECTED)
            for way, setup in WAYS.items():
                self._load(setup, way, mode, alice)

    def _load(self, setup, way, mode, alice):
        gateway = self.gateways[mode]
        for status, credential in self.credentials.items():
            pair = setup(gateway.host.v4, alice.v4, self.world.gateway,
                         credential, gw_name=way,
                         name=self.name(mode, way, status))
            gateway.load(pair[0])
            self.alice.load(pair[1])

    @staticmethod
    def name(mode, way, status):
        return f"{mode}-{way}-{status}".replace(" ", "-")

    def accepts(self, mode, way, status):
        """Whether a gateway lets alice in."""
        name = self.name(mode, way, status)
        up = self.alice.vici.initiate(ike=name, must=False)
        if up:
            self.alice.vici.terminate(ike=name)
        return up


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    with Lab() as lab:
        proof = Proof(lab, tmp_path_factory.mktemp("auth-policy"))
        yield proof


@pytest.fixture(scope="module")
def table(proof, request):
    """Collects the table's rows, and prints them."""
    rows = {}
    yield rows
    lines = ["", "| certificate | login | " + " | ".join(MODES) + " |",
             "|---" * (2 + len(MODES)) + "|"]
    lines += [f"| {status} | {way} | " + " | ".join(row) + " |"
              for (status, way), row in rows.items()]
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    reporter.write_line("\n".join(lines))


@pytest.mark.parametrize("status", EXPECTED)
@pytest.mark.parametrize("way", WAYS)
def test_table(proof, table, status, way):
    row = ["yes" if proof.accepts(mode, way, status) else "no"
           for mode in MODES]
    table[status, way] = row
    assert " ".join(row) == EXPECTED[status]
