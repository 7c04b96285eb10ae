# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's side: runs tests and writes their reports to a serial line.

Each report is a line of JSON as pytest serialises it for other processes. A
line with the exit status ends it all: {"exit": 0}. Without that line the guest
died.
"""

import json
import os
import sys
import termios
import time
import tty

import pytest

SELECTION = "/selection"
"""File with the arguments for pytest, as JSON, and the time."""


class Reporter:
    """A pytest plugin that reports to a line."""

    def __init__(self, line):
        self._line = line

    def send(self, message):
        """Write a message. It has left the machine when this returns."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._line, data):]
        termios.tcdrain(self._line)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report):
        config = self._config
        self.send(config.hook.pytest_report_to_serializable(
            config=config, report=report))

    @pytest.hookimpl
    def pytest_configure(self, config):
        self._config = config


def main():
    line = os.open(sys.argv[1], os.O_WRONLY | os.O_NOCTTY)
    tty.setraw(line)
    with open(SELECTION) as f:
        selection = json.load(f)
    time.clock_settime(time.CLOCK_REALTIME, selection["time"])
    reporter = Reporter(line)
    status = pytest.main(selection["arguments"], plugins=[reporter])
    reporter.send({"exit": int(status)})


if __name__ == "__main__":
    main()
