# SPDX-License-Identifier: GPL-2.0-or-later
"""Certification authorities for tests, made with strongSwan's pki."""

import datetime
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from lab import conf
from lab.shell import run

_PLUGINS = "random nonce x509 pubkey pkcs1 pkcs8 pem openssl"


def _private(pem):
    return serialization.load_pem_private_key(pem.encode(), None)


@dataclass(frozen=True)
class Credential:
    """An end entity: PEM texts, and the identity the certificate has.

    ca is the root; chain are the intermediate CAs below it, if any, and path
    is the file of the certificate.
    """
    identity: str
    cert: str
    key: str
    ca: str
    chain: tuple = ()
    path: Path = None


class Pki:
    """A CA in a directory. Issued credentials are kept, so asking again for
    an identity costs nothing.

    parent  the Pki whose intermediate CA it is, None for a root
    issue   more options for the parent's `pki --issue`
    key     type and bits of all keys
    """

    def __init__(self, directory, name="CA", parent=None, issue=(),
                 key=("ecdsa", 256)):
        self._dir = directory
        self._key_type, self._key_size = key
        self._issued = {}
        self._serial = itertools.count()
        self._key("ca")
        self.key_path = directory / "ca.key"
        self.path = directory / "ca.crt"
        dn = f"O=lab, CN={name}"
        if parent:
            self.cert = parent.sign(self.key_path, "--ca", "--dn", dn, *issue)
            self.root = parent.root
            self.chain = (self.cert, *parent.chain)
        else:
            self.cert = self._pki("--self", "--ca", "--in", self.key_path,
                                  "--dn", dn, "--outform", "pem")
            self.root = self.cert
            self.chain = ()
        self.path.write_text(self.cert)

    def issue(self, identity, *options):
        """The Credential of an FQDN or e-mail identity; options are more
        options for `pki --issue` the first time."""
        if identity not in self._issued:
            key = self._key(identity)
            cert = self.sign(self._dir / f"{identity}.key", "--san", identity,
                             "--dn", f"O=lab, CN={identity}", *options)
            path = self._dir / f"{identity}.crt"
            path.write_text(cert)
            self._issued[identity] = Credential(identity, cert, key, self.root,
                                                self.chain, path)
        return self._issued[identity]

    def issue_dn(self, *attributes):
        """The Credential of a DN of pairs (OID, value); pki itself takes no
        more than 511 characters. Its identity is None, as strongSwan takes no
        more either where it is configured: it is the subject by default."""
        key = self._key("dn")
        name = x509.Name(x509.NameAttribute(*pair) for pair in attributes)
        now = datetime.datetime.now(datetime.timezone.utc)
        ca = x509.load_pem_x509_certificate(self.cert.encode())
        cert = x509.CertificateBuilder(
            ca.subject, name, _private(key).public_key(),
            next(self._serial) + (1 << 64), now - datetime.timedelta(1),
            now + datetime.timedelta(1)).sign(
                _private(self.key_path.read_text()), hashes.SHA256())
        return Credential(
            None, cert.public_bytes(serialization.Encoding.PEM).decode(), key,
            self.root, self.chain)

    def self_signed(self, identity):
        """The Credential of an identity that no CA issued."""
        key = self._key(identity)
        cert = self._pki("--self", "--in", self._dir / f"{identity}.key",
                         "--san", identity, "--dn", f"O=lab, CN={identity}",
                         "--outform", "pem")
        return Credential(identity, cert, key, cert)

    def sign(self, key, *options):
        """The certificate of a private key's file, issued by this CA."""
        return self._pki("--issue", "--cacert", self.path,
                         "--cakey", self.key_path, "--type", "priv",
                         "--in", key, "--outform", "pem", *options)

    def crl(self, *options):
        """The file of a new CRL; options are those of `pki --signcrl`."""
        path = self._dir / f"{next(self._serial)}.crl"
        path.write_text(self._pki(
            "--signcrl", "--cacert", self.path, "--cakey", self.key_path,
            "--outform", "pem", *options))
        return path

    def bare_crl(self, revoked=()):
        """The text of a CRL that has no key identifier, as that of `openssl
        ca` without extensions, with the certificates of credentials: the more,
        the newer."""
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(1)
        ca = x509.load_pem_x509_certificate(self.cert.encode())
        crl = x509.CertificateRevocationListBuilder(
            ca.subject, now - day / (1 + len(revoked)), now + day)
        for credential in revoked:
            cert = x509.load_pem_x509_certificate(credential.cert.encode())
            crl = crl.add_revoked_certificate(
                x509.RevokedCertificateBuilder(cert.serial_number,
                                               now).build())
        signed = crl.sign(_private(self.key_path.read_text()),
                          hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def _key(self, name):
        pem = self._pki("--gen", "--type", self._key_type,
                        "--size", self._key_size, "--outform", "pem")
        (self._dir / f"{name}.key").write_text(pem)
        return pem

    def _pki(self, *args):
        # all plugins take it twice as long
        path = self._dir / "strongswan.conf"
        path.write_text(conf.dumps({"pki": {"load": _PLUGINS}}))
        env = {**os.environ, "STRONGSWAN_CONF": str(path)}
        return run("pki", *args, env=env).stdout
