# SPDX-License-Identifier: GPL-2.0-or-later
"""Echo requests from and to many addresses of this namespace at once.

    python3 echoes.py INTERVAL <<END
    SOURCE DESTINATION
    ...
    END

Writes a line once the first are sent. At SIGTERM it waits for late answers,
and then writes a line for each pair of addresses: for each request 1 if it was
answered, else 0. The one at position N was sent N intervals after the start.
"""

import signal
import socket
import struct
import sys
import time

_IP_PKTINFO = 8
_LATE = 2
_ECHO, _ECHO_REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")


def _request(number, sequence):
    head = _HEADER.pack(_ECHO, 0, 0, number, sequence)
    total = sum(struct.unpack("!4H", head))
    total = (total & 0xffff) + (total >> 16)
    return _HEADER.pack(_ECHO, 0, total ^ 0xffff, number, sequence)


class Echoes:
    """The pairs, and what came back of what was sent."""

    def __init__(self, pairs):
        self._pairs = pairs
        self._answers = [bytearray() for _ in pairs]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                     socket.IPPROTO_ICMP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)

    def send(self, sequence):
        """Send one request for each pair."""
        for number, (source, destination) in enumerate(self._pairs):
            self._answers[number] += b"0"
            info = struct.pack("=I4s4s", 0, socket.inet_aton(source), bytes(4))
            try:
                self._socket.sendmsg(
                    [_request(number, sequence)],
                    [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0,
                    (destination, 0))
            except OSError:
                # there is no way at present
                pass

    def receive(self, until):
        """Take answers until a time."""
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                packet = self._socket.recv(2048)
            except TimeoutError:
                return
            kind, _, _, number, sequence = _HEADER.unpack_from(
                packet, (packet[0] & 15) * 4)
            if kind == _ECHO_REPLY and number < len(self._pairs):
                self._answers[number][sequence:sequence + 1] = b"1"

    def report(self):
        """What was answered, as text."""
        return "\n".join(answers.decode() for answers in self._answers)


def main(interval):
    """Send until told to stop."""
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    echoes = Echoes([line.split() for line in sys.stdin])
    start = time.monotonic()
    sequence = 0
    while not stopped:
        echoes.send(sequence)
        if not sequence:
            print(flush=True)
        sequence += 1
        echoes.receive(start + sequence * interval)
    echoes.receive(time.monotonic() + _LATE)
    print(echoes.report(), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
