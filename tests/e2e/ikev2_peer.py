# SPDX-License-Identifier: GPL-2.0-or-later
"""An IKEv2 initiator that sends what a test wants in IKE_AUTH messages.

IKE_SA_INIT is right, with AES-128, SHA2-256 and ecp256 (RFC 7296); payloads
after that are up to the test.
"""

import hashlib
import hmac
import secrets
import select
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ikev1_peer import open_socket

SA, KE, IDI, IDR, AUTH, NONCE, SK, EAP = 33, 34, 35, 36, 39, 40, 46, 48
_INIT, _IKE_AUTH = 34, 35
_TIMEOUT = 8


def _chain(payloads):
    """Payloads with their headers, from (type, body) pairs."""
    types = [kind for kind, _ in payloads[1:]] + [0]
    return b"".join(struct.pack("!BxH", kind, len(body) + 4) + body
                    for kind, (_, body) in zip(types, payloads))


def _unchain(kind, data):
    """{type: body} of payloads."""
    found = {}
    while kind:
        following, length = struct.unpack("!BxH", data[:4])
        found[kind] = data[4:length]
        kind, data = following, data[length:]
    return found


def _proposal():
    def transform(more, kind, number, attribute=b""):
        return struct.pack("!BxHBxH", more, 8 + len(attribute), kind,
                           number) + attribute

    transforms = (transform(3, 1, 12, struct.pack("!HH", 0x800e, 128)) +
                  transform(3, 3, 12) + transform(3, 2, 5) +
                  transform(0, 4, 19))
    return struct.pack("!BxHBBBB", 0, 8 + len(transforms), 1, 1, 0,
                       4) + transforms


def _prf(key, data):
    return hmac.digest(key, data, "sha256")


class Init:
    """An IKE_SA_INIT request that is taken."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.nonce = secrets.token_bytes(32)
        self.spi = secrets.token_bytes(8)
        point = self.private.public_key().public_numbers()
        body = _chain([
            (SA, _proposal()),
            (KE, struct.pack("!Hxx", 19) + point.x.to_bytes(32, "big") +
             point.y.to_bytes(32, "big")),
            (NONCE, self.nonce)])
        self.message = self.spi + bytes(8) + struct.pack(
            "!BBBBII", SA, 0x20, _INIT, 8, 0, 28 + len(body)) + body


def identity(text):
    """An ID payload's body, an e-mail address."""
    return struct.pack("!Bxxx", 3) + text.encode()


def eap_response(identifier, kind, data):
    """An EAP payload's body."""
    return struct.pack("!BBHB", 2, identifier, 5 + len(data), kind) + data


def mschapv2_response(identifier, number, name):
    """One that has an answer of MSCHAPv2 that is wrong."""
    data = struct.pack("!BBHB", 2, number, 5 + 49 + len(name),
                       49) + bytes(49) + name.encode()
    return eap_response(identifier, 26, data)


def md5_response(request, password):
    """The answer to a request of EAP-MD5."""
    number, size = request[1], request[5]
    value = hashlib.md5(bytes([number]) + password.encode() +
                        request[6:6 + size]).digest()
    return eap_response(number, 4, bytes([16]) + value)


class Ikev2Peer:
    """An initiator at a host's address, on port 500; a context manager."""

    def __init__(self, host, gw):
        self._sock = open_socket(host, host.v4, 500)
        self._gw = gw
        self._mid = 0
        init = Init()
        answer = self._exchange(init.message)
        self._spis = init.spi + answer[8:16]
        found = _unchain(answer[16], answer[28:])
        theirs = found[KE][4:]
        shared = init.private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicNumbers(
                int.from_bytes(theirs[:32], "big"),
                int.from_bytes(theirs[32:], "big"),
                ec.SECP256R1()).public_key())
        seed = init.nonce + found[NONCE] + self._spis
        skeyseed = _prf(init.nonce + found[NONCE], shared)
        keys, last = b"", b""
        for number in range(1, 8):
            last = _prf(skeyseed, last + seed + bytes([number]))
            keys += last
        # d, ai, ar, ei, er
        self._mac = keys[32:64]
        self._key_i, self._key_r = keys[96:112], keys[112:128]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._sock.close()

    def _exchange(self, message):
        self._sock.sendto(message, (self._gw, 500))
        while True:
            ready, _, _ = select.select([self._sock], [], [], _TIMEOUT)
            if not ready:
                raise TimeoutError("no answer")
            answer = self._sock.recv(65535)
            # not to one before
            if answer[20:24] == message[20:24]:
                return answer

    def auth(self, *payloads):
        """Send an IKE_AUTH message, and return its answer: {type: body}."""
        self._mid += 1
        plain = _chain(payloads)
        padding = -(len(plain) + 1) % 16
        plain += bytes(padding) + bytes([padding])
        iv = secrets.token_bytes(16)
        cipher = Cipher(algorithms.AES(self._key_i), modes.CBC(iv)).encryptor()
        sealed = iv + cipher.update(plain) + cipher.finalize()
        length = 4 + len(sealed) + 16
        message = self._spis + struct.pack(
            "!BBBBIIBxH", SK, 0x20, _IKE_AUTH, 8, self._mid, 28 + length,
            payloads[0][0], length) + sealed
        message += _prf(self._mac, message)[:16]
        answer = self._exchange(message)
        iv, sealed = answer[32:48], answer[48:-16]
        cipher = Cipher(algorithms.AES(self._key_r), modes.CBC(iv)).decryptor()
        return _unchain(answer[28], cipher.update(sealed) + cipher.finalize())

    def eap(self, name, user):
        """Begin EAP, up to the request of its method, which is returned."""
        request = self.auth((IDI, identity(name)))[EAP]
        return self.auth((EAP, eap_response(request[1], 1,
                                            user.encode())))[EAP]
