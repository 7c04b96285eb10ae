# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest around the lab: the guard that skips the tier where it can't run."""

from collections import Counter
from pathlib import Path

import pytest

from lab import build, requirements
from lab.fixtures import *  # noqa: F401,F403 fixtures are found by name

_HERE = Path(__file__).parent
_SKIPPED = "E2E TIER SKIPPED"


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "stock: needs the distribution's strongSwan only")


def pytest_collection_modifyitems(items):
    ours = [item for item in items if _HERE in item.path.parents]
    if not ours:
        return
    reason = requirements.missing()
    if not reason and not build.plugins():
        reason = f"no plugin in {build.BUILD}/plugins: run scripts/build"
        ours = [item for item in ours if not item.get_closest_marker("stock")]
    if reason:
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=f"{_SKIPPED}: {reason}"))


def pytest_terminal_summary(terminalreporter):
    # from the reports, which is all that there is of a parallel run's workers
    skipped = (report.longrepr[2]
               for report in terminalreporter.stats.get("skipped", []))
    reasons = Counter(reason.removeprefix("Skipped: ") for reason in skipped
                      if _SKIPPED in reason)
    for reason, count in reasons.items():
        terminalreporter.write_sep("=", f"{reason} ({count} tests not run)",
                                   red=True, bold=True)
