# SPDX-License-Identifier: GPL-2.0-or-later
"""Expectations on a growing log file."""

import re
import time
from collections import deque

from lab.poll import slowly, wait_until


class Log:
    """A daemon's log. A mark is a position in it: what came before is not
    looked at by calls that get it as `since`. Patterns match in one line."""

    def __init__(self, path):
        self.path = path

    def mark(self):
        """The present end of the log."""
        return self.path.stat().st_size if self.path.exists() else 0

    def text(self, since=0):
        """Everything after a mark."""
        if not self.path.exists():
            return ""
        with open(self.path, "rb") as f:
            f.seek(since)
            return f.read().decode(errors="replace")

    def tail(self, lines=80):
        """The last lines."""
        return "\n".join(deque(self.text().splitlines(), lines))

    def matches(self, regex, since=0):
        """The match of each line that has the pattern."""
        found = map(re.compile(regex).search, self.text(since).splitlines())
        return [match for match in found if match]

    def count(self, regex, since=0):
        """How many lines match."""
        return len(self.matches(regex, since))

    def expect(self, regex, timeout=5, count=None, since=0):
        """Wait for a matching line and return its match; with count, for
        that many lines at least and return all their matches."""
        def enough():
            found = self.matches(regex, since)
            return found if len(found) >= (count or 1) else None

        found = wait_until(enough, timeout, lambda: (
            f"{count or 1} log lines like /{regex}/, "
            f"{self.count(regex, since)} there in {self.path}:\n"
            f"{self.tail(30)}"))
        return found[0] if count is None else found

    def refute(self, regex, since=0, settle=0.3):
        """Fail as soon as a line matches within the settling time."""
        end = time.monotonic() + slowly(settle)
        while True:
            found = self.matches(regex, since)
            assert not found, f"unexpected log line: {found[0].string}"
            if time.monotonic() >= end:
                return
            time.sleep(slowly(0.02))
