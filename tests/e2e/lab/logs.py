# SPDX-License-Identifier: GPL-2.0-or-later
"""journald and syslogd, those of a daemon alone: it has a /run of its own."""

import contextlib
import json
import socket
import threading
from pathlib import Path

import pytest

JOURNALD = Path("/lib/systemd/systemd-journald")

WITH_JOURNAL = ["sh", "-ec", """
mkdir -p /run/systemd/journal /run/log/journal /run/dev
ln -s /run/systemd/journal/dev-log /run/dev/log
mount -t overlay overlay -o lowerdir=/run/dev:/dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
"$0" </dev/null >/dev/null 2>&1 &
while ! [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
exec "$@"
""", JOURNALD]
"""A wrapper for a daemon, that has a journald of its own, which also gets what
is written to syslog."""

needs_journald = pytest.mark.skipif(
    not JOURNALD.exists() or not Path("/etc/machine-id").exists(),
    reason="no systemd-journald, or no machine-id for it")


def journal(daemon, *matches):
    """What is in its journal: "FIELD=VALUE"s, all of which, or with "+" between
    them one, are true."""
    out = daemon.host.run(
        "nsenter", f"--mount=/proc/{daemon.pid}/ns/mnt",
        f"--root=/proc/{daemon.pid}/root", "journalctl",
        "-D", "/run/log/journal", "-o", "json", "--no-pager", *matches,
        check=False).stdout
    return [json.loads(line) for line in out.splitlines()
            if line.startswith("{")]


def own_dev(folder):
    """A wrapper for a daemon, that has a /dev of its own there, as the
    machine's /dev/log isn't ours."""
    return ["sh", "-ec", f"mkdir {folder} && env -u LD_PRELOAD cp -a "
            f"/dev/null /dev/random /dev/urandom {folder} && "
            f'mount --bind {folder} /dev && exec "$@"', "sh"]


@contextlib.contextmanager
def receiver(path):
    """A socket that is read all the time: a list of the datagrams."""
    found = []

    def read():
        with contextlib.suppress(OSError):
            while data := sock.recv(65536):
                found.append(data)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield found
        finally:
            sock.shutdown(socket.SHUT_RDWR)
            thread.join()
