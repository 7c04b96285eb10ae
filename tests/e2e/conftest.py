# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest around the lab: the guard that skips the tier where it can't run."""

from collections import Counter
from pathlib import Path

import pytest

from lab import requirements
from lab.fixtures import *  # noqa: F401,F403 fixtures are found by name

_HERE = Path(__file__).parent
_SKIPPED = "E2E TIER SKIPPED"


def pytest_addoption(parser):
    parser.addoption("--every-site", action="store_true",
                     help="all of the matrix of test_unique_policy_sites.py")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "stock: needs the distribution's strongSwan only")
    config.addinivalue_line(
        "markers", "unsanitized: what it runs doesn't work with sanitizers, or "
        "for minutes")


def pytest_collection_modifyitems(items):
    ours = [item for item in items if _HERE in item.path.parents]
    if not ours:
        return
    reason = requirements.missing()
    if not reason and (reason := requirements.missing_plugins()):
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
    for line in _tables(terminalreporter):
        terminalreporter.write_line(line)


def _tables(terminalreporter):
    """The lines of tables from rows, dicts, that tests recorded as properties
    of the name "row"; rows with the same keys are of one table."""
    headings = None
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, row in getattr(report, "user_properties", ()):
                if key != "row" or report.when != "call":
                    continue
                if list(row) != headings:
                    headings = list(row)
                    yield ""
                    yield f"| {' | '.join(headings)} |"
                    yield "|---" * len(headings) + "|"
                yield f"| {' | '.join(row.values())} |"
