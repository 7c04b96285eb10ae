# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests that say what they need of a kernel. They run on this machine if its
kernel has it, else in a virtual machine with Debian's."""

import os
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "e2e")]

from lab import requirements  # noqa: E402
from lab.fixtures import *  # noqa: E402,F401,F403
from vm import Unavailable, needs  # noqa: E402
from vm.runner import Runner  # noqa: E402

_IN_GUEST = "CHARON_ADVANCED_GUEST" in os.environ

_runner = pytest.StashKey[Runner]()
_skipped = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[_skipped] = []
    config.addinivalue_line(
        "markers", "needs(name...): what a test needs of the kernel, see "
        "vm/needs.py")


def _needs(item):
    names = {name for marker in item.iter_markers("needs")
             for name in marker.args}
    needs.check(names)
    return names


def _skip(config, items, reason):
    config.stash[_skipped].append((len(items), reason))
    for item in items:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    ours = [item for item in items if _HERE in item.path.parents]
    if not ours or _IN_GUEST:
        return
    reason = requirements.missing() or requirements.missing_plugins()
    if reason:
        _skip(config, ours, reason)
        return
    config.stash[_runner] = Runner(config, [
        item for item in ours
        if not all(map(needs.offered, _needs(item)))])


def pytest_runtest_protocol(item):
    """Instead of running an item that has run in the guest."""
    runner = item.config.stash.get(_runner, ())
    if item not in runner:
        return None
    try:
        runner.boot()
    except Unavailable as e:
        item.config.stash[_runner] = ()
        _skip(item.config, list(runner), f"no virtual machine: {e}")
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid,
                                       location=item.location)
    for report in runner.reports(item):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid,
                                        location=item.location)
    return True


def pytest_unconfigure(config):
    runner = config.stash.get(_runner, None)
    if runner:
        runner.stop()


def pytest_terminal_summary(terminalreporter, config):
    for count, reason in config.stash[_skipped]:
        terminalreporter.write_sep(
            "=", f"KERNEL TIER SKIPPED: {reason} ({count} tests not run)",
            red=True, bold=True)
