# SPDX-License-Identifier: GPL-2.0-or-later
"""A certification authority for tests, made with strongSwan's pki."""

from dataclasses import dataclass

from lab.shell import run


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

    def issue(self, identity):
        """The Credential of an FQDN or e-mail identity."""
        if identity not in self._issued:
            self._key(identity)
            self._issued[identity] = self.issue_for(
                identity, self._dir / f"{identity}.key")
        return self._issued[identity]

    def issue_for(self, identity, key):
        """A Credential for a key of one's own, the path of a PEM file."""
        cert = self._pki(
            "--issue", "--cacert", self._dir / "ca.crt",
            "--cakey", self._dir / "ca.key", "--type", "priv",
            "--in", key, "--san", identity,
            "--dn", f"O=lab, CN={identity}", "--outform", "pem")
        return Credential(identity, cert, key.read_text(), self.ca)

    def _key(self, name):
        pem = self._pki("--gen", "--type", "ecdsa", "--size", 256,
                        "--outform", "pem")
        (self._dir / f"{name}.key").write_text(pem)
        return pem

    @staticmethod
    def _pki(*args):
        out = run("pki", *args).stdout
        # warnings about the host's own configuration may come first
        return out[out.index("-----BEGIN"):]
