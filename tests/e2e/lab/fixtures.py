# SPDX-License-Identifier: GPL-2.0-or-later
"""What conftest.py of a tier imports: fixtures, and logs of failed tests."""

import pytest

from lab.pki import Pki
from lab.topology import Lab


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
