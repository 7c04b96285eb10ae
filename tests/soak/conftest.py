# SPDX-License-Identifier: GPL-2.0-or-later
"""pytest around the soak: how much and how long, and the lab."""

import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE.parent / "e2e"))

from lab import requirements  # noqa: E402
from lab.fixtures import *  # noqa: E402,F401,F403


def pytest_addoption(parser):
    parser.addoption("--peers", type=int, default=100)
    parser.addoption("--seconds", type=int, default=60)
    parser.addoption("--crashes", type=int, default=15)
    parser.addoption("--seed", type=int, default=1)


def pytest_collection_modifyitems(items):
    reason = requirements.missing() or requirements.missing_plugins()
    for item in items:
        if reason and _HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(
                reason=f"SOAK TIER SKIPPED: {reason}"))
