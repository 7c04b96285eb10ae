# SPDX-License-Identifier: GPL-2.0-or-later
"""A cable that takes its time, which some kernels can't do themselves: moves
frames between two interfaces of this namespace. Stopped (SIGSTOP), it keeps
them until it goes on.

    python3 path.py INTERFACE INTERFACE SECONDS

Writes a line once it carries frames.
"""

import contextlib
import selectors
import socket
import struct
import sys
import time
from collections import deque

_ETH_P_ALL = 3
_SO_RCVBUFFORCE = 33
_BUFFER = 8 << 20
_FRAME_MAX = 1 << 16
_IPV4, _IPV6, _UDP = b"\x08\x00", b"\x86\xdd", 17
_ETH, _UDP_LEN, _UDP_SUM = 14, 4, 6


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) & ~1]))
    if len(data) % 2:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff or 0xffff


def finish(frame):
    """Make up for what a sender leaves to its card: the checksum of UDP. Over
    IPv4 there may be none, over IPv6 there has to be one."""
    kind = frame[12:14]
    if kind == _IPV4 and frame[_ETH + 9] == _UDP:
        # not in fragments after the first, which have no header
        if not int.from_bytes(frame[_ETH + 6:_ETH + 8], "big") & 0x1fff:
            at = _ETH + (frame[_ETH] & 15) * 4 + _UDP_SUM
            frame[at:at + 2] = b"\0\0"
    elif kind == _IPV6 and frame[_ETH + 6] == _UDP:
        udp = _ETH + 40
        end = udp + int.from_bytes(frame[udp + _UDP_LEN:udp + _UDP_SUM], "big")
        at = udp + _UDP_SUM
        frame[at:at + 2] = b"\0\0"
        pseudo = (frame[_ETH + 8:udp] + struct.pack("!II", end - udp, _UDP))
        struct.pack_into("!H", frame, at, _checksum(pseudo + frame[udp:end]))
    return frame


def carry(names, delay):
    """Move frames for ever."""
    waiting = deque()
    selector = selectors.DefaultSelector()
    ends = []
    for name in names:
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                            socket.htons(_ETH_P_ALL))
        end.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        end.bind((name, _ETH_P_ALL))
        ends.append(end)
    for end, other in zip(ends, reversed(ends)):
        selector.register(end, selectors.EVENT_READ, other)
    print(flush=True)
    while True:
        pause = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for key, _ in selector.select(pause):
            # an interface that is down is a cable that is cut
            with contextlib.suppress(OSError):
                frame, address = key.fileobj.recvfrom(_FRAME_MAX)
                if address[2] != socket.PACKET_OUTGOING:
                    waiting.append((time.monotonic() + delay, key.data, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, frame = waiting.popleft()
            with contextlib.suppress(OSError):
                end.send(finish(bytearray(frame)))


if __name__ == "__main__":
    carry(sys.argv[1:3], float(sys.argv[3]))
