# SPDX-License-Identifier: GPL-2.0-or-later
"""Named network namespaces, and what killed runs left of them."""

import os
import re
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

from lab.poll import wait_until
from lab.shell import CommandError, run

_PREFIX = "cadv"
_OURS = re.compile(rf"{_PREFIX}-(\d+)-[0-9a-f]{{4}}")
_NETNS = Path("/run/netns")


def run_name():
    """A name for this run; its pid tells later runs whether it's alive."""
    return f"{_PREFIX}-{os.getpid()}-{secrets.token_hex(2)}"


def names(run_name):
    """The existing namespaces of a run."""
    if not _NETNS.is_dir():
        return []
    return [p.name for p in _NETNS.iterdir()
            if p.name.startswith(f"{run_name}.")]


def work_dir(run_name):
    """A run's directory. Short, as UNIX socket paths end at 107 bytes."""
    return Path(tempfile.gettempdir()) / run_name


def ip(ns, *commands):
    """Run ip commands, given as strings, in a namespace in one process."""
    run("ip", "-n", ns, "-batch", "-", stdin="\n".join(commands) + "\n")


def pids(ns):
    """Processes in a namespace."""
    listed = run("ip", "netns", "pids", ns, check=False).stdout
    return [int(pid) for pid in listed.split() if pid.isdigit()]


def _kill_all(ns):
    for pid in pids(ns):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return not pids(ns)


def destroy(run_name):
    """Remove all namespaces of a run, the processes in them first, and its
    directory. Other runs may be reaping the same at the same time."""
    for ns in names(run_name):
        wait_until(lambda: _kill_all(ns), 10, f"processes of {ns} to end")
        deleted = run("ip", "netns", "del", ns, check=False)
        if ns in names(run_name):
            raise CommandError(f"can't remove {ns}: {deleted.stdout}")
    shutil.rmtree(work_dir(run_name), ignore_errors=True)


def reap():
    """Remove what runs left whose process is dead."""
    found = list(Path(tempfile.gettempdir()).glob(f"{_PREFIX}-*"))
    if _NETNS.is_dir():
        found += _NETNS.iterdir()
    matches = filter(None, (_OURS.match(path.name) for path in found))
    for name, pid in {m.group(0, 1) for m in matches}:
        if not Path("/proc", pid).exists():
            destroy(name)
