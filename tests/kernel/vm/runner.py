# SPDX-License-Identifier: GPL-2.0-or-later
"""Has tests run in one guest and hands their reports to this pytest."""

import pytest

from lab import build
from vm.machine import Died, boot
from vm.rootfs import CHECKOUT


_OK_STATUSES = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}


class Runner:
    """Boots when the first report is wanted, runs all its items at once."""

    def __init__(self, config, items, start=boot):
        self._config = config
        self._start = start
        self._ids = {self._guest_id(item): item for item in items}
        self._reports = {item: [] for item in items}
        self._left = set(items)
        self._machine = None
        self._messages = None
        self._death = None

    @staticmethod
    def _guest_id(item):
        path = item.path.relative_to(build.REPOSITORY)
        return "::".join([str(path), *item.nodeid.split("::")[1:]])

    def __iter__(self):
        return iter(self._reports)

    def boot(self):
        """Start the guest unless it has been. Raises Unavailable."""
        if self._machine:
            return
        directory = build.BUILD / "kernel"
        directory.mkdir(exist_ok=True)
        self._machine = self._start(directory, [
            f"--rootdir={CHECKOUT}", "--color=no", "-p", "no:cacheprovider",
            *(f"{CHECKOUT}/{name}" for name in self._ids)])
        self._messages = self._machine.messages()

    def stop(self):
        """End the guest, if there is one."""
        if self._machine:
            self._machine.stop()

    def _next(self):
        message = next(self._messages)
        if "exit" in message:
            return message["exit"]
        report = self._config.hook.pytest_report_from_serializable(
            config=self._config, data=message)
        item = self._ids[report.nodeid]
        report.nodeid = item.nodeid
        self._reports[item].append(report)
        return None

    def _end(self):
        """Read the end marker."""
        status = self._next()
        if status not in _OK_STATUSES:
            raise Died(f"pytest in the guest ended with status {status}")

    def reports(self, item):
        """The reports of one item, after waiting for them. Where the guest
        died they end with a failure."""
        reports = self._reports[item]
        self._left.discard(item)
        try:
            if self._death:
                raise Died(f"the guest died before: {self._death}")
            while not reports or reports[-1].when != "teardown":
                status = self._next()
                if status is not None:
                    raise Died(f"the guest ended with status {status} before "
                               "this test")
            if not self._left:
                self._end()
        except Died as e:
            self._death = self._death or str(e).splitlines()[0]
            reports.append(pytest.TestReport(
                item.nodeid, item.location, {}, "failed", str(e), "teardown"))
        return reports
