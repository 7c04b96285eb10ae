# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest around the lab: the guard that skips the tier where it can't run."""

from pathlib import Path

import pytest

from lab import build, requirements
from lab.fixtures import *  # noqa: F401,F403 fixtures are found by name

_HERE = Path(__file__).parent
_skipped = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[_skipped] = []
    config.addinivalue_line(
        "markers", "stock: needs the distribution's strongSwan only")


def pytest_collection_modifyitems(config, items):
    ours = [item for item in items if _HERE in item.path.parents]
    if not ours:
        return
    reason = requirements.missing()
    if not reason and not build.plugins():
        reason = f"no plugin in {build.BUILD}/plugins: run scripts/build"
        ours = [item for item in ours if not item.get_closest_marker("stock")]
    if reason and ours:
        config.stash[_skipped].append((len(ours), reason))
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter, config):
    for count, reason in config.stash[_skipped]:
        terminalreporter.write_sep(
            "=", f"E2E TIER SKIPPED: {reason} ({count} tests not run)",
            red=True, bold=True)
