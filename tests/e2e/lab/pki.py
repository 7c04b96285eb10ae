# SPDX-License-Identifier: GPL-2.0-or-later
"""A certification authority for tests, made with strongSwan's pki."""

from dataclasses import dataclass

from lab.shell import run

_SIZES = {"ecdsa": 256, "rsa": 2048}


@dataclass(frozen=True)
class Credential:
    """An end entity: PEM texts, and the identity the certificate has."""
    identity: str
    cert: str
    key: str
    ca: str


class Pki:
    """A CA in a directory. Issued credentials are kept, so asking again for
    an identity costs nothing."""

    def __init__(self, directory):
        self._dir = directory
        self._issued = {}
        self._key("ca")
        self.ca = self._pki("--self", "--ca", "--in", directory / "ca.key",
                            "--dn", "O=lab, CN=CA", "--outform", "pem")
        (directory / "ca.crt").write_text(self.ca)

    def issue(self, identity, kind="ecdsa"):
        """The Credential of an FQDN or e-mail identity, with a P-256 or a
        2048 bit RSA key (kind is "rsa")."""
        if (identity, kind) not in self._issued:
            name = f"{identity}.{kind}"
            key = self._key(name, kind)
            cert = self._pki(
                "--issue", "--cacert", self._dir / "ca.crt",
                "--cakey", self._dir / "ca.key", "--type", "priv",
                "--in", self._dir / f"{name}.key", "--san", identity,
                "--dn", f"O=lab, CN={identity}", "--outform", "pem")
            self._issued[identity, kind] = Credential(identity, cert, key,
                                                      self.ca)
        return self._issued[identity, kind]

    def _key(self, name, kind="ecdsa"):
        pem = self._pki("--gen", "--type", kind, "--size", _SIZES[kind],
                        "--outform", "pem")
        (self._dir / f"{name}.key").write_text(pem)
        return pem

    @staticmethod
    def _pki(*args):
        out = run("pki", *args).stdout
        # warnings about the host's own configuration may come first
        return out[out.index("-----BEGIN"):]
