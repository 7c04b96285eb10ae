#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints who is connected, and then who comes and goes, on a line each.

    sessions.py [SOCKET]

Takes the plugins unique-policy and control, and vici's Python package, as from
"pip install vici". What happens between list and events isn't told: whoever
counts lists the sessions again from time to time.
"""

import socket
import sys

import vici


def connect(path):
    """A connection is for requests or for events."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return vici.Session(sock)


def show(what, message):
    """Print a session. Values are bytes, as whatever a peer sends is among
    them; those that this prints are in doc/control.md."""
    print(what, *(message[key].decode("utf-8", "backslashreplace")
                  for key in ("uniqueid", "id", "connection", "host")),
          flush=True)


def main(path="/run/charon.advanced.vici"):
    for session in connect(path).streamed_request("list-sessions",
                                                  "list-session"):
        show(session["state"].decode(), session)
    for _, event in connect(path).listen(["session"]):
        show(event["type"].decode(), event)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
