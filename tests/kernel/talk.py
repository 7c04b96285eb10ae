# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that answer, and others that ask them."""

import json
import subprocess

_SERVE = """
import json, selectors, socket, sys
selector = selectors.DefaultSelector()
for address, port in json.loads(sys.argv[1]):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        s = socket.socket(family, kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        if kind == socket.SOCK_STREAM:
            s.listen(20)
        selector.register(s, selectors.EVENT_READ, kind)
print("ready", flush=True)
pushed = set()
while True:
    for key, _ in selector.select(0.02 if pushed else None):
        s = key.fileobj
        try:
            if key.data == socket.SOCK_DGRAM:
                data, peer = s.recvfrom(100)
                if data == b"push":
                    pushed.add((s, peer))
                s.sendto(data, peer)
            elif key.data == socket.SOCK_STREAM:
                accepted, _ = s.accept()
                selector.register(accepted, selectors.EVENT_READ, None)
            else:
                data = s.recv(100)
                if data == b"push":
                    pushed.add((s, None))
                if data:
                    s.send(data)
                else:
                    selector.unregister(s)
                    pushed.discard((s, None))
                    s.close()
        except OSError:
            pass
    for s, peer in pushed:
        try:
            s.sendto(b"more", peer) if peer else s.send(b"more")
        except OSError:
            pass
"""

_ASK = """
import errno, json, selectors, socket, sys
wait, asked = json.loads(sys.argv[1])
selector = selectors.DefaultSelector()
found = [None] * len(asked)
for number, (proto, source, target, port, own) in enumerate(asked):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM if proto == "tcp"
                      else socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((source, own))
    s.setblocking(False)
    try:
        s.connect((target, port))
    except BlockingIOError:
        pass
    except OSError as e:
        found[number] = errno.errorcode[e.errno]
        continue
    selector.register(s, selectors.EVENT_WRITE, number)
while selector.get_map():
    events = selector.select(wait)
    if not events:
        break
    for key, event in events:
        s, number = key.fileobj, key.data
        try:
            if event == selectors.EVENT_WRITE:
                s.send(b"ask")
                selector.modify(s, selectors.EVENT_READ, number)
                continue
            found[number] = s.recv(100).decode()
        except OSError as e:
            found[number] = errno.errorcode[e.errno]
        selector.unregister(s)
        s.close()
print(json.dumps(found))
"""

_HOLD = """
import socket, sys
proto, source, target, port = sys.argv[1:]
family = socket.AF_INET6 if ":" in source else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if proto == "tcp"
                  else socket.SOCK_DGRAM)
s.bind((source, 0))
s.connect((target, int(port)))
s.send(b"push")
while True:
    s.recv(100)
    print("more", flush=True)
"""


def serve(host, ends):
    """Answer with what comes, at addresses and ports, on UDP and TCP; those
    that say push get more, without end. Returns the process."""
    process = host.popen("python3", "-c", _SERVE, json.dumps(ends),
                         stdout=subprocess.PIPE)
    assert process.stdout.readline().strip() == b"ready"
    return process


def ask(host, asked, wait=1.5):
    """Ask all (protocol, source, target, port, own port or 0) at once. Returns
    for each "ask" if it was answered, an errno's name, or None after nothing
    came for some seconds."""
    out = host.run("python3", "-c", _ASK, json.dumps([wait, asked])).stdout
    return json.loads(out)


def hold(host, proto, source, target, port):
    """Open a connection, and have it pushed to. Returns the process."""
    process = host.popen("python3", "-c", _HOLD, proto, source, target,
                         port, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdout.readline().strip() == b"more"
    return process
