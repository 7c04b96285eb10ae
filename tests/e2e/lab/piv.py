# SPDX-License-Identifier: GPL-2.0-or-later
"""A PIV card (NIST SP 800-73-4) for vpcd's virtual reader, a program.

    python3 piv.py FOLDER [HOST [PORT]]

Connecting is inserting the card, the end of the program is pulling it out.
The folder is the card's memory: 9a.key and 9a.crt (PEM, EC P-256 or RSA 2048)
are the PIV authentication key and its certificate, pin is the PIN, tries how
many wrong ones are left until it is blocked, and log gets a line for each PIN
that was presented and each signature. Which of them were right is up to tests
to look at, hence no more of PIV than OpenSC asks for.
"""

import socket
import struct
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

PORT = 35963
"""vpcd's for its first reader, the next one is that of its second."""

MAX_TRIES = 3

_AID = bytes.fromhex("a000000308000010000100")
# with historical bytes, as OpenSC takes a card without for a PivKey
_ATR = bytes.fromhex("3b8380016c61626d")
_CONTROL = {0: "power off", 1: "power on", 2: "reset"}
_GET_ATR = 4

_OK = 0x9000
_SECURITY_STATUS = 0x6982
_BLOCKED = 0x6983
_WRONG_DATA = 0x6a80
_NOT_FOUND = 0x6a82
_WRONG_P1P2 = 0x6a86
_UNKNOWN_INS = 0x6d00
_WRONG_PIN = 0x63c0
_MORE = 0x6100

_CHUID = 0x5fc102
_CERTIFICATE = 0x5fc105
_DISCOVERY = 0x7e
_EC_P256, _RSA_2048 = 0x11, 0x07


def tlv(tag, *values):
    """A BER-TLV object."""
    value = b"".join(values)
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    else:
        length = b"\x82" + size.to_bytes(2, "big")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value


def untlv(data):
    """The objects in data with tags of one byte: {tag: value}."""
    found = {}
    while data:
        tag, size, data = data[0], data[1], data[2:]
        if size & 0x80:
            count = size & 0x7f
            size = int.from_bytes(data[:count], "big")
            data = data[count:]
        found[tag], data = data[:size], data[size:]
    return found


class Card:
    """Answers APDUs."""

    def __init__(self, folder):
        self._folder = folder
        self._key = serialization.load_pem_private_key(
            (folder / "9a.key").read_bytes(), None)
        cert = x509.load_pem_x509_certificate(
            (folder / "9a.crt").read_bytes())
        der = cert.public_bytes(serialization.Encoding.DER)
        guid = hashes.Hash(hashes.SHA256())
        guid.update(der)
        self._objects = {
            _CHUID: tlv(0x53, tlv(0x30, bytes(25)),
                        tlv(0x34, guid.finalize()[:16]),
                        tlv(0x35, b"20991231"), tlv(0x3e), tlv(0xfe)),
            _CERTIFICATE: tlv(0x53, tlv(0x70, der), tlv(0x71, b"\0"),
                              tlv(0xfe)),
            _DISCOVERY: tlv(0x7e, tlv(0x4f, _AID), tlv(0x5f2f, b"\x40\0")),
        }
        self._commands = {
            0xa4: self._select, 0x20: self._verify, 0xcb: self._get_data,
            0x87: self._authenticate}
        self.reset()

    def reset(self):
        """What a reset makes the card forget."""
        self._verified = False
        self._chain = b""
        self._rest = b""

    def apdu(self, command):
        """The answer to a short command APDU."""
        cla, ins, p1, p2 = command[:4]
        size = command[4] if len(command) > 5 else 0
        data = command[5:5 + size]
        if ins == 0xc0:
            return self._answer(self._rest)
        self._chain += data
        if cla & 0x10:
            return struct.pack(">H", _OK)
        data, self._chain = self._chain, b""
        if ins not in self._commands:
            return struct.pack(">H", _UNKNOWN_INS)
        status, out = self._commands[ins](p1, p2, data)
        if status != _OK:
            return struct.pack(">H", status)
        return self._answer(out)

    def _answer(self, data):
        """Up to 256 bytes, the rest is fetched with GET RESPONSE."""
        data, self._rest = data[:256], data[256:]
        left = len(self._rest)
        status = _MORE | (left if left < 256 else 0) if left else _OK
        return data + struct.pack(">H", status)

    def _select(self, p1, p2, data):
        if not data or not _AID.startswith(data):
            return _NOT_FOUND, b""
        return _OK, tlv(0x61, tlv(0x4f, _AID[5:]),
                        tlv(0x79, tlv(0x4f, _AID[:5])))

    def _get_data(self, p1, p2, data):
        tag = int.from_bytes(untlv(data).get(0x5c, b""), "big")
        if tag not in self._objects:
            return _NOT_FOUND, b""
        return _OK, self._objects[tag]

    def _verify(self, p1, p2, data):
        if p2 != 0x80:
            return _WRONG_P1P2, b""
        tries = self._read_tries()
        if not data:
            return (_OK if self._verified else _WRONG_PIN | tries), b""
        if not tries:
            return _BLOCKED, b""
        pin = (self._folder / "pin").read_bytes().strip().ljust(8, b"\xff")
        self._verified = data == pin
        self._log(f"pin {'right' if self._verified else 'wrong'}")
        tries = MAX_TRIES if self._verified else tries - 1
        (self._folder / "tries").write_text(str(tries))
        return (_OK if self._verified else _WRONG_PIN | tries), b""

    def _authenticate(self, p1, p2, data):
        if p2 != 0x9a:
            return _WRONG_P1P2, b""
        if not self._verified:
            return _SECURITY_STATUS, b""
        challenge = untlv(untlv(data).get(0x7c, b"")).get(0x81)
        if challenge is None:
            return _WRONG_DATA, b""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            # the card pads what is shorter than the curve on the left
            signature = self._key.sign(
                challenge[:32].rjust(32, b"\0"),
                ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        else:
            numbers = self._key.private_numbers()
            modulus = numbers.public_numbers.n
            size = (modulus.bit_length() + 7) // 8
            signature = pow(int.from_bytes(challenge, "big"), numbers.d,
                            modulus).to_bytes(size, "big")
        self._log("sign")
        return _OK, tlv(0x7c, tlv(0x82, signature))

    def _read_tries(self):
        path = self._folder / "tries"
        return int(path.read_text()) if path.exists() else MAX_TRIES

    def _log(self, line):
        with open(self._folder / "log", "a") as f:
            f.write(line + "\n")


def _receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def serve(card, connection):
    """Speak vpcd's protocol until it hangs up: each message has its length in
    two bytes before it, one of a single byte is for the reader."""
    while True:
        size, = struct.unpack(">H", _receive(connection, 2))
        message = _receive(connection, size)
        if size == 1 and message[0] in _CONTROL:
            card.reset()
            continue
        if size == 1 and message[0] == _GET_ATR:
            answer = _ATR
        else:
            answer = card.apdu(message)
        connection.sendall(struct.pack(">H", len(answer)) + answer)


def main(folder, host="127.0.0.1", port=PORT):
    card = Card(Path(folder))
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            serve(card, connection)
        except (EOFError, ConnectionError):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
