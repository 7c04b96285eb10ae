# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet capture in a host."""

import re
import subprocess

from lab.poll import wait_until
from lab.shell import run


class Capture:
    """Context manager around tcpdump; capturing when the block begins."""

    def __init__(self, host, path, dev, expression):
        self._host = host
        self._dev = dev
        self._expression = expression
        self._proc = None
        self.path = path

    def __enter__(self):
        stderr = self.path.with_suffix(".err")
        with open(stderr, "wb") as err:
            self._proc = self._host.popen(
                "tcpdump", "-n", "-U", "--immediate-mode", "-Z", "root",
                "-i", self._dev, "-w", self.path, self._expression,
                stdout=subprocess.DEVNULL, stderr=err)

        def listening():
            text = stderr.read_text()
            if self._proc.poll() is not None:
                raise RuntimeError(f"tcpdump failed: {text}")
            return "listening on" in text

        wait_until(listening, 5, "tcpdump to listen")
        return self

    def __exit__(self, *exc):
        self._proc.terminate()
        self._proc.wait()

    def lines(self, expression=""):
        """What was captured so far, a line of tcpdump's text a packet."""
        # a packet being written may look truncated, so the exit status
        # means nothing
        out = run("tcpdump", "-n", "-tt", "-r", self.path, expression,
                  check=False).stdout
        return [line for line in out.splitlines() if line[:1].isdigit()]

    def count(self, regex):
        """How many packets' lines match."""
        return sum(bool(re.search(regex, line)) for line in self.lines())

    def expect(self, regex, timeout=5):
        """Wait for a packet whose line matches, and return the line."""
        def found():
            return next((line for line in self.lines()
                         if re.search(regex, line)), None)

        return wait_until(found, timeout, lambda: (
            f"a packet like /{regex}/ in\n" + "\n".join(self.lines())))
