# SPDX-License-Identifier: GPL-2.0-or-later
"""The distribution's charon, where it is installed, and the packages.

Changes the system it runs on: for a root that nothing else uses, see
scripts/in-debian.
"""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# not of the package lab, which needs more than is installed here
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e/lab"))

from poll import patience, wait_until  # noqa: E402

PACKAGES = Path("/packages")
NETNS = "charon-advanced-packages"


def run(*command, **kwargs):
    """Run, fail with what was printed."""
    result = subprocess.run(command, capture_output=True, text=True, **kwargs)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def codename():
    """Of the release that this is."""
    return run("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").strip()


class Charon:
    """The installed daemon, in a network namespace, with what /etc says.
    config replaces /etc/strongswan.conf, plugins the folder of them."""

    def __init__(self, log, config=None, plugins=None):
        self.log = log
        run("ip", "netns", "add", NETNS)
        run("ip", "-n", NETNS, "link", "set", "lo", "up")
        mount = "mount -t tmpfs tmpfs /run; "
        if plugins:
            mount += f"mount --bind {plugins} /usr/lib/ipsec/plugins; "
        if config:
            mount += f"mount --bind {config} /etc/strongswan.conf; "
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", NETNS, "sh", "-ec",
             # or the log is written in blocks
             mount + "exec stdbuf -oL /usr/lib/ipsec/charon"],
            stdout=log.open("w"), stderr=subprocess.STDOUT)

    def __enter__(self):
        wait_until(lambda: "spawning" in self.text() or
                   self.process.poll() is not None, 30, "charon to start")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(patience(30)) == 0, self.text()
        finally:
            self.process.kill()
            self.process.wait()
            run("ip", "netns", "del", NETNS)

    def text(self):
        """What was logged."""
        return self.log.read_text(errors="replace")

    def loaded(self):
        """Names of the plugins that were loaded at the start."""
        return re.search(r"loaded plugins: (.*)", self.text()).group(1).split()

    def run(self, *command):
        """Run a command where it runs, and return what that prints. In its
        root, too, as to enter the mount namespace alone leaves a chroot."""
        return run("nsenter", "-t", str(self.process.pid), "-m", "-n", "-r",
                   *command)

    def swanctl(self, *command):
        """Run swanctl against it, and return what that prints."""
        return self.run("swanctl", *command)


@pytest.fixture
def charon(tmp_path):
    """Function that starts the daemon, for a with statement."""
    count = iter(range(1000))
    return lambda **kwargs: Charon(tmp_path / f"log{next(count)}", **kwargs)
