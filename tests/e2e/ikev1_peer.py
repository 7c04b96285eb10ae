# SPDX-License-Identifier: GPL-2.0-or-later
"""An IKEv1 initiator that sends what a test wants, in the order it wants.

Main mode with a pre-shared key, its third message encrypted or in clear, Quick
Modes message by message, DPD and deletes (RFC 2407-2409, 3706, 3947). It always
pretends to be behind a NAT, as kernel-libipsec has UDP encapsulation only.
"""

import ctypes
import hashlib
import hmac
import itertools
import os
import secrets
import select
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SA, _KE, _ID, _HASH, _NONCE, _NOTIFY, _DELETE, _VID, _NATD = (
    1, 4, 5, 8, 10, 11, 12, 13, 20)
_CP = 14
_MAIN, _INFO, _TRANSACTION, _QUICK = 2, 5, 6, 32
_ENCRYPTED = 1
_BLOCK = 16
_R_U_THERE = 36136
_PSK, _XAUTH_PSK = 1, 65001
_XAUTH_VID = bytes.fromhex("09002689dfd6b712")
XAUTH_USER, XAUTH_PASSWORD, _XAUTH_STATUS = 16521, 16522, 16527
_NATT_VID = bytes.fromhex("4a131c81070358455c5728f20e95452f")  # "RFC 3947"
_CLONE_NEWNET = 0x40000000
_TIMEOUT = 5


class Ikev1Error(RuntimeError):
    """The gateway answered with something else, or not at all."""


def open_socket(host, address, port):
    """A UDP socket in a host's namespace. A socket stays where it was made,
    and a namespace is a thread's own, so a thread of its own makes it."""
    def make():
        with open(Path("/run/netns", host.ns), "rb") as ns:
            if ctypes.CDLL(None, use_errno=True).setns(ns.fileno(),
                                                       _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"can't enter {host.ns}")
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # a test may have several peers at an address
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        return sock

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(make).result()


def _chain(payloads):
    """Payloads with their headers, from (type, body) pairs."""
    types = [kind for kind, _ in payloads[1:]] + [0]
    return b"".join(struct.pack("!BxH", kind, len(body) + 4) + body
                    for kind, (_, body) in zip(types, payloads))


def _unchain(kind, data):
    """(type, body) pairs from payloads; what follows them is padding."""
    found = []
    while kind:
        following, length = struct.unpack("!BxH", data[:4])
        found.append((kind, data[4:length]))
        kind, data = following, data[length:]
    return found


def _attributes(*pairs):
    return b"".join(struct.pack("!HH", 0x8000 | kind, value)
                    for kind, value in pairs)


def _proposal(protocol, spi, transform, attributes):
    body = struct.pack("!BxHBBxx", 0, len(attributes) + 8, 1, transform)
    body += attributes
    head = struct.pack("!BxHBBBB", 0, len(spi) + len(body) + 8, 1, protocol,
                       len(spi), 1)
    # DOI IPsec, situation identity only
    return struct.pack("!II", 1, 1) + head + spi + body


def _identity(text):
    """An ID payload's body: address, e-mail address or host name."""
    try:
        return struct.pack("!BBH", 1, 0, 0) + socket.inet_aton(text)
    except OSError:
        kind = 3 if "@" in text else 2
        return struct.pack("!BBH", kind, 0, 0) + text.encode()


class _Chain:
    """The IVs of an exchange: each message goes on where the last ended."""

    def __init__(self, key, iv):
        self._key = key
        self.iv = iv

    def _cipher(self):
        return Cipher(algorithms.AES(self._key), modes.CBC(self.iv))

    def encrypt(self, data):
        data += bytes(-len(data) % _BLOCK)
        encryptor = self._cipher().encryptor()
        data = encryptor.update(data) + encryptor.finalize()
        self.iv = data[-_BLOCK:]
        return data

    def decrypt(self, data):
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        self.iv = data[-_BLOCK:]
        return plain


class QuickMode:
    """One Quick Mode exchange; see Ikev1Peer.quick_mode()."""

    def __init__(self, peer, local, remote):
        self._peer = peer
        self._ids = [(_ID, _identity(local)), (_ID, _identity(remote))]
        self._nonces = self._first = b""
        self.mid = peer.new_mid()
        self.spi = secrets.token_bytes(4)
        self._chain = peer.chain(self.mid)

    def _send(self, hashed, payloads):
        digest = self._peer.prf(struct.pack("!I", self.mid) + hashed +
                                _chain(payloads))
        return self._peer.send(_QUICK, self.mid, [(_HASH, digest)] + payloads,
                               self._chain)

    def start(self):
        """First message, and wait for the second."""
        nonce = secrets.token_bytes(32)
        # AES-128 and HMAC-SHA2-256 in a UDP encapsulated tunnel for an hour
        attributes = _attributes((6, 128), (5, 5), (4, 3), (1, 1), (2, 3600))
        self._first = self._send(b"", [
            (_SA, _proposal(3, self.spi, 12, attributes)), (_NONCE, nonce),
            *self._ids])
        answer = dict(self._peer.receive(_QUICK, self.mid, self._chain))
        self._nonces = nonce + answer[_NONCE]

    def retransmit(self):
        """First message once more, though it was answered."""
        self._peer.send_again(self._first)

    def finish(self):
        """Third message."""
        digest = self._peer.prf(b"\0" + struct.pack("!I", self.mid) +
                                self._nonces)
        self._peer.send(_QUICK, self.mid, [(_HASH, digest)], self._chain)


class Ikev1Peer:
    """An initiator at a host's address; a context manager."""

    def __init__(self, host, gw, identity, psk, address=None, xauth=False):
        self._xauth = xauth
        self._address = address or host.v4
        self._gw = gw
        self._identity = identity
        self._psk = psk.encode()
        self._sockets = {port: open_socket(host, self._address, port)
                         for port in (500, 4500)}
        self._port = 500
        self._cookies = secrets.token_bytes(8) + bytes(8)
        self._mids = itertools.count(secrets.randbits(24) << 7 | 1)
        self._key = self._skeyid_a = self._phase1 = self._last = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Close its sockets; the gateway isn't told."""
        for sock in self._sockets.values():
            sock.close()

    def new_mid(self):
        """A message ID that wasn't used."""
        return next(self._mids)

    def prf(self, data, key=None):
        """HMAC with SKEYID_a, or another key."""
        return hmac.digest(key or self._skeyid_a, data, "sha256")

    def chain(self, mid):
        """The IVs of an exchange after phase 1."""
        iv = hashlib.sha256(self._phase1.iv + struct.pack("!I", mid)).digest()
        return _Chain(self._key, iv[:_BLOCK])

    def send(self, exchange, mid, payloads, chain=None):
        """Send a message, encrypted if there is a chain of IVs, and return
        the datagram."""
        body = _chain(payloads)
        if chain:
            body = chain.encrypt(body)
        header = self._cookies + struct.pack(
            "!BBBBII", payloads[0][0], 0x10, exchange,
            _ENCRYPTED if chain else 0, mid, len(body) + 28)
        marker = bytes(4) if self._port == 4500 else b""
        self.send_again(marker + header + body)
        return marker + header + body

    def send_again(self, datagram):
        """Send what send() has returned."""
        self._sockets[self._port].sendto(datagram, (self._gw, self._port))

    def receive(self, exchange, mid, chain=None):
        """Wait for a message of an exchange, skipping others: its payloads."""
        while True:
            # what it has to say about a message it can't read still goes to
            # the port used before
            ready, _, _ = select.select(self._sockets.values(), [], [],
                                        _TIMEOUT)
            if not ready:
                raise Ikev1Error(f"no answer to exchange {exchange}")
            data = ready[0].recv(65535)
            data = data[4:] if ready[0] is self._sockets[4500] else data
            if len(data) < 28:
                continue  # a NAT keepalive
            kind, _, got, flags, got_mid, length = struct.unpack(
                "!BBBBII", data[16:28])
            if got == _INFO and exchange == _MAIN:
                raise Ikev1Error("refused by a notify")
            if (got, got_mid) == (exchange, mid):
                break
        self._cookies = self._cookies[:8] + data[8:16]
        body = data[28:length]
        if flags & _ENCRYPTED:
            body = chain.decrypt(body)
        return _unchain(kind, body)

    def begin(self):
        """Have a half-open IKE_SA; returns the SA payload."""
        # AES-128, SHA2-256, PSK, ecp256, an hour
        sa = _proposal(1, b"", 1, _attributes(
            (1, 7), (14, 128), (2, 4), (3, _XAUTH_PSK if self._xauth else _PSK),
            (4, 19), (11, 1), (12, 3600)))
        vids = [_NATT_VID, _XAUTH_VID] if self._xauth else [_NATT_VID]
        self.send(_MAIN, 0, [(_SA, sa)] + [(_VID, vid) for vid in vids])
        self.receive(_MAIN, 0)
        return sa

    def main_mode(self, clear=False):
        """Establish the IKE_SA; with clear, the third message isn't encrypted.

        Raises Ikev1Error if the gateway refuses."""
        sa = self.begin()
        private = ec.generate_private_key(ec.SECP256R1())
        point = private.public_key().public_numbers()
        ours = point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
        nonce = secrets.token_bytes(32)
        self.send(_MAIN, 0, [(_KE, ours), (_NONCE, nonce),
                             (_NATD, os.urandom(32)), (_NATD, os.urandom(32))])
        answer = dict(self.receive(_MAIN, 0))
        theirs = answer[_KE]
        shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicNumbers(
            int.from_bytes(theirs[:32], "big"),
            int.from_bytes(theirs[32:], "big"), ec.SECP256R1()).public_key())
        skeyid = self.prf(nonce + answer[_NONCE], self._psk)
        previous, keys = b"", []
        for number in range(3):
            previous = self.prf(previous + shared + self._cookies +
                                bytes([number]), skeyid)
            keys.append(previous)
        self._skeyid_a, self._key = keys[1], keys[2][:16]
        self._phase1 = _Chain(
            self._key, hashlib.sha256(ours + theirs).digest()[:_BLOCK])
        identity = _identity(self._identity)
        digest = self.prf(ours + theirs + self._cookies + sa + identity,
                          skeyid)
        self._port = 4500
        self._last = self.send(_MAIN, 0, [(_ID, identity), (_HASH, digest)],
                               None if clear else self._phase1)
        answer = dict(self.receive(_MAIN, 0, self._phase1))
        i_cookie, r_cookie = self._cookies[:8], self._cookies[8:]
        expected = self.prf(theirs + ours + r_cookie + i_cookie + sa +
                            answer[_ID], skeyid)
        if answer[_HASH] != expected:
            raise Ikev1Error("the gateway's HASH_R is wrong")

    def _transaction(self):
        """Wait for a request of XAuth: its message ID, IVs and attributes."""
        while True:
            ready, _, _ = select.select(self._sockets.values(), [], [],
                                        _TIMEOUT)
            if not ready:
                raise Ikev1Error("no request of XAuth")
            data = ready[0].recv(65535)
            data = data[4:] if ready[0] is self._sockets[4500] else data
            if len(data) > 28 and data[18] == _TRANSACTION:
                break
        mid, length = struct.unpack("!II", data[20:28])
        chain = self.chain(mid)
        found = dict(_unchain(data[16], chain.decrypt(data[28:length])))
        return mid, chain, found[_CP]

    def xauth(self, kind, *attributes):
        """Answer the request of XAuth with (type, value) pairs, in a payload
        of a type, and tell whether that is what it takes."""
        mid, chain, request = self._transaction()
        body = struct.pack("!Bx", kind) + request[2:4] + b"".join(
            struct.pack("!HH", number, len(value)) + value
            for number, value in attributes)
        payloads = [(_CP, body)]
        digest = self.prf(struct.pack("!I", mid) + _chain(payloads))
        self.send(_TRANSACTION, mid, [(_HASH, digest)] + payloads, chain)
        _, _, status = self._transaction()
        number, value = struct.unpack("!HH", status[4:8])
        return number == 0x8000 | _XAUTH_STATUS and value == 1

    def again(self):
        """Send the third message of main mode once more."""
        self.send_again(self._last)

    def quick_mode(self, local, remote):
        """A Quick Mode for two addresses, not started yet."""
        return QuickMode(self, local, remote)

    def _inform(self, payload):
        mid = self.new_mid()
        digest = self.prf(struct.pack("!I", mid) + _chain([payload]))
        self.send(_INFO, mid, [(_HASH, digest), payload], self.chain(mid))

    def dpd(self, sequence):
        """Ask whether the gateway is there."""
        self._inform((_NOTIFY, struct.pack("!IBBH", 1, 1, 16, _R_U_THERE) +
                      self._cookies + struct.pack("!I", sequence)))

    def delete(self, quick_mode):
        """Delete the CHILD_SA of a Quick Mode."""
        self._inform((_DELETE, struct.pack("!IBBH", 1, 3, 4, 1) +
                      quick_mode.spi))

    def noise(self):
        """A Quick Mode message that can't be decrypted, as anybody on the
        path can send it."""
        self.send(_QUICK, self.new_mid(), [(_HASH, secrets.token_bytes(60))],
                  _Chain(secrets.token_bytes(16), bytes(16)))

    def drain(self):
        """Throw away what arrives until the gateway is silent for a moment."""
        while select.select(self._sockets.values(), [], [], 0.02)[0]:
            for sock in select.select(self._sockets.values(), [], [], 0)[0]:
                sock.recv(65535)
