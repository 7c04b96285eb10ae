# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest around the lab: fixtures, the guard, logs of failed tests."""

from collections import Counter
from pathlib import Path

import pytest

from lab import Lab, Pki, build, requirements

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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for lab in Lab.live:
            for daemon in lab.daemons.values():
                report.sections.append((f"charon {daemon.name}",
                                        daemon.tail()))


@pytest.fixture
def lab():
    """An empty Lab for one test."""
    with Lab() as lab:
        yield lab


@pytest.fixture
def net(lab):
    """A segment with IPv4 and IPv6."""
    return lab.segment("10.1.0.0/24", "fd01::/64")


@pytest.fixture
def gw(lab, net):
    """The host of the gateway."""
    return lab.host("gw", net)


@pytest.fixture
def alice(lab, net):
    """The host of a client."""
    return lab.host("alice", net)


@pytest.fixture
def bob(lab, net):
    """The host of another client."""
    return lab.host("bob", net)


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """One certification authority for all tests."""
    return Pki(tmp_path_factory.mktemp("pki"))
